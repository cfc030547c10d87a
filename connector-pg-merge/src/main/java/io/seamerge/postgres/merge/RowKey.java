/*
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package io.seamerge.postgres.merge;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;

/**
 * The key under which the changes of one flush are folded: the key columns' values and, where every
 * source has a state of its own, the source. Two keys are equal if PostgreSQL takes them for the
 * same. Immutable.
 */
public final class RowKey {

    /** The source of keys that are folded whatever their source. */
    public static final int ANY_SOURCE = 0;

    private final Object[] values;
    private final int source;
    private final int valuesHash;

    private RowKey(Object[] values, int source, int valuesHash) {
        this.values = values;
        this.source = source;
        this.valuesHash = valuesHash;
    }

    /**
     * @param fields the row
     * @param columns where its key columns are
     * @param forms how PostgreSQL compares each of them
     * @return null if a key column is null
     */
    public static RowKey of(Object[] fields, int[] columns, KeyForm[] forms, int source) {
        Object[] values = new Object[columns.length];
        int hash = 0;
        for (int i = 0; i < columns.length; i++) {
            Object value = fields[columns[i]];
            if (value == null) {
                return null;
            }
            values[i] = canonical(value, forms[i]);
            hash = 31 * hash + stableHash(values[i]);
        }
        return new RowKey(values, source, hash);
    }

    /**
     * The lane of this key among {@code lanes}: the same in every run, whatever the Java version
     * and the source.
     */
    public int lane(int lanes) {
        int mixed = valuesHash;
        mixed ^= mixed >>> 16;
        mixed *= 0x85ebca6b;
        mixed ^= mixed >>> 13;
        mixed *= 0xc2b2ae35;
        mixed ^= mixed >>> 16;
        return Math.floorMod(mixed, lanes);
    }

    private static Object canonical(Object value, KeyForm form) {
        if (value instanceof String) {
            return form.canonical((String) value);
        }
        if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
            return ((Number) value).longValue();
        }
        if (value instanceof BigDecimal) {
            return ((BigDecimal) value).stripTrailingZeros();
        }
        if (value instanceof Float || value instanceof Double) {
            double number = ((Number) value).doubleValue();
            return number == 0 ? 0.0d : number;
        }
        if (value instanceof byte[]) {
            return new Bytes((byte[]) value);
        }
        return value;
    }

    /**
     * Only hashes that the language specifies: progress per lane must mean the same in the next
     * run.
     */
    private static int stableHash(Object value) {
        if (value instanceof LocalDate) {
            return Long.hashCode(((LocalDate) value).toEpochDay());
        }
        if (value instanceof LocalTime) {
            return Long.hashCode(((LocalTime) value).toNanoOfDay());
        }
        if (value instanceof LocalDateTime) {
            LocalDateTime moment = (LocalDateTime) value;
            return 31 * Long.hashCode(moment.toLocalDate().toEpochDay())
                    + Long.hashCode(moment.toLocalTime().toNanoOfDay());
        }
        if (value instanceof BigDecimal) {
            BigDecimal number = (BigDecimal) value;
            return 31 * number.unscaledValue().hashCode() + number.scale();
        }
        // String, Long, Double, Boolean and our own Bytes.
        return value.hashCode();
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof RowKey)) {
            return false;
        }
        RowKey that = (RowKey) other;
        return valuesHash == that.valuesHash
                && source == that.source
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return 31 * valuesHash + source;
    }

    @Override
    public String toString() {
        return Arrays.toString(values);
    }

    private static final class Bytes {

        private final byte[] content;

        Bytes(byte[] content) {
            this.content = content;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes && Arrays.equals(content, ((Bytes) other).content);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(content);
        }

        @Override
        public String toString() {
            StringBuilder hex = new StringBuilder("0x");
            for (byte b : content) {
                hex.append(Character.forDigit(b >> 4 & 0xf, 16))
                        .append(Character.forDigit(b & 0xf, 16));
            }
            return hex.toString();
        }
    }
}
