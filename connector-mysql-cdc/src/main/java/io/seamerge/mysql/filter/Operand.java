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
package io.seamerge.mysql.filter;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/** A column or a literal of a filter, and how values of one kind compare. Immutable. */
final class Operand implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Values that can be compared with each other. */
    enum Kind {
        NUMBER("a number"),
        TEXT("text"),
        BOOLEAN("true or false"),
        DATE("a date"),
        TIME("a time"),
        TIMESTAMP("a date with time"),
        BYTES("bytes");

        final String words;

        Kind(String words) {
            this.words = words;
        }

        /**
         * Compares two values that are not null: numbers by value, text by code points, bytes
         * unsigned.
         */
        int compare(Object left, Object right) {
            switch (this) {
                case NUMBER:
                    return compareNumbers(left, right);
                case TEXT:
                    return compareText((String) left, (String) right);
                case BOOLEAN:
                    return Boolean.compare((Boolean) left, (Boolean) right);
                case DATE:
                    return ((LocalDate) left).compareTo((LocalDate) right);
                case TIME:
                    return ((LocalTime) left).compareTo((LocalTime) right);
                case TIMESTAMP:
                    return ((LocalDateTime) left).compareTo((LocalDateTime) right);
                case BYTES:
                    return compareBytes((byte[]) left, (byte[]) right);
            }
            throw new AssertionError(this);
        }
    }

    final Kind kind;

    /** Where it stands in the filter's text, from 0. */
    final int at;

    /** Where the column stands in a row; -1: this is a literal. */
    private final int place;

    private final Serializable literal;

    private Operand(Kind kind, int at, int place, Serializable literal) {
        this.kind = kind;
        this.at = at;
        this.place = place;
        this.literal = literal;
    }

    static Operand literal(Kind kind, int at, Serializable value) {
        return new Operand(kind, at, -1, value);
    }

    static Operand column(SeaTunnelDataType<?> type, int at, int place) {
        return new Operand(kindOf(type), at, place, null);
    }

    boolean isLiteral() {
        return place < 0;
    }

    Object of(Object[] row) {
        return place < 0 ? literal : row[place];
    }

    /**
     * This operand as one of another kind: text of a date or time, and true and false as the
     * numbers that they are in MySQL; null if it is none.
     */
    Operand as(Kind wanted) {
        if (kind == wanted) {
            return this;
        }
        if (!isLiteral()) {
            return null;
        }
        if (kind == Kind.BOOLEAN && wanted == Kind.NUMBER) {
            return literal(wanted, at, (Boolean) literal ? BigDecimal.ONE : BigDecimal.ZERO);
        }
        if (kind == Kind.NUMBER && wanted == Kind.BOOLEAN) {
            BigDecimal number = (BigDecimal) literal;
            boolean one = number.compareTo(BigDecimal.ONE) == 0;
            return one || number.signum() == 0 ? literal(wanted, at, one) : null;
        }
        Serializable moment = kind == Kind.TEXT ? moment((String) literal, wanted) : null;
        return moment == null ? null : literal(wanted, at, moment);
    }

    private static Serializable moment(String text, Kind wanted) {
        try {
            switch (wanted) {
                case DATE:
                    return LocalDate.parse(text);
                case TIME:
                    return LocalTime.parse(text);
                case TIMESTAMP:
                    return text.length() == 10
                            ? LocalDate.parse(text).atStartOfDay()
                            : LocalDateTime.parse(text.replace(' ', 'T'));
                default:
                    return null;
            }
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Kind kindOf(SeaTunnelDataType<?> type) {
        switch (type.getSqlType()) {
            case STRING:
                return Kind.TEXT;
            case BOOLEAN:
                return Kind.BOOLEAN;
            case DATE:
                return Kind.DATE;
            case TIME:
                return Kind.TIME;
            case TIMESTAMP:
                return Kind.TIMESTAMP;
            case BYTES:
                return Kind.BYTES;
            default:
                return Kind.NUMBER;
        }
    }

    private static int compareNumbers(Object left, Object right) {
        if (isWhole(left) && isWhole(right)) {
            return Long.compare(((Number) left).longValue(), ((Number) right).longValue());
        }
        return decimal(left).compareTo(decimal(right));
    }

    private static boolean isWhole(Object number) {
        return number instanceof Integer
                || number instanceof Long
                || number instanceof Short
                || number instanceof Byte;
    }

    /** A FLOAT or DOUBLE is the shortest decimal that reads as it: 0.1 is 0.1. */
    private static BigDecimal decimal(Object number) {
        if (number instanceof BigDecimal) {
            return (BigDecimal) number;
        }
        return isWhole(number)
                ? BigDecimal.valueOf(((Number) number).longValue())
                : new BigDecimal(number.toString());
    }

    /** By code points, which UTF-16 does not order as Java compares it. */
    private static int compareText(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                // Halves of code points beyond U+FFFF stand below U+E000, but come after U+FFFF.
                boolean beyondA = Character.isSurrogate(a);
                boolean beyondB = Character.isSurrogate(b);
                return beyondA == beyondB ? Character.compare(a, b) : beyondA ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    private static int compareBytes(byte[] left, byte[] right) {
        int length = Math.min(left.length, right.length);
        for (int i = 0; i < length; i++) {
            int compared = Integer.compare(left[i] & 0xff, right[i] & 0xff);
            if (compared != 0) {
                return compared;
            }
        }
        return Integer.compare(left.length, right.length);
    }
}
