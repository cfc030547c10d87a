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
package io.seamerge.mysql.catalog;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.PrimitiveByteArrayType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SqlType;

/**
 * The type of a merged column: MySQL's text of it, and what it is in SeaTunnel. Two types join to
 * the least one that holds every value of both as itself; types whose values would change have no
 * join. Pure and immutable.
 */
final class JoinedType implements Serializable {

    private static final long serialVersionUID = 1L;

    /** What MySQL allows a DECIMAL. */
    private static final int MAX_PRECISION = 65;

    /** Bytes that a VARCHAR or VARBINARY may have. */
    private static final long MAX_VARYING = 65_535;

    private static final List<String> INTEGERS =
            Arrays.asList("tinyint", "smallint", "mediumint", "int", "bigint");

    /** Bits of each of {@link #INTEGERS}. */
    private static final int[] BITS = {8, 16, 24, 32, 64};

    /** Decimal digits of each of {@link #INTEGERS}, signed or not. */
    private static final int[] DIGITS = {3, 5, 8, 10, 20};

    private static final List<String> TEXTS =
            Arrays.asList("tinytext", "text", "mediumtext", "longtext");

    private static final List<String> BLOBS =
            Arrays.asList("tinyblob", "blob", "mediumblob", "longblob");

    /** Bytes of {@link #TEXTS} and of {@link #BLOBS}. */
    private static final long[] CAPACITY = {255, 65_535, 16_777_215, 4_294_967_295L};

    private final SeaTunnelDataType<?> type;
    private final String sourceType;
    private final String name;
    private final int first;
    private final int second;
    private final boolean unsigned;

    /**
     * @param sourceType as {@code information_schema} writes it
     */
    JoinedType(SeaTunnelDataType<?> type, String sourceType) {
        this.type = type;
        this.sourceType = sourceType;
        String text = sourceType.trim().toLowerCase(Locale.ROOT);
        int end = 0;
        while (end < text.length() && Character.isLetterOrDigit(text.charAt(end))) {
            end++;
        }
        this.name = text.substring(0, end);
        int close = text.lastIndexOf(')');
        String[] arguments =
                end < text.length() && text.charAt(end) == '(' && close > end
                        ? text.substring(end + 1, close).split(",")
                        : new String[0];
        this.first = isLabelled() ? longestLabel(sourceType) : number(arguments, 0);
        this.second = isLabelled() ? 0 : number(arguments, 1);
        this.unsigned = text.substring(Math.max(close, end)).contains("unsigned");
    }

    private static int number(String[] arguments, int index) {
        return index < arguments.length ? Integer.parseInt(arguments[index].trim()) : -1;
    }

    SeaTunnelDataType<?> type() {
        return type;
    }

    String sourceType() {
        return sourceType;
    }

    /**
     * The most bytes of a value of text (4 to a character) or of bytes, as SeaTunnel's sinks want
     * it; null for other types.
     */
    Long columnLength() {
        switch (name) {
            case "char":
            case "varchar":
                return first < 0 ? null : Long.valueOf(4L * first);
            case "binary":
            case "varbinary":
                return first < 0 ? null : Long.valueOf(first);
            default:
                int text = TEXTS.indexOf(name);
                int blob = BLOBS.indexOf(name);
                return text < 0 && blob < 0 ? null : Long.valueOf(CAPACITY[Math.max(text, blob)]);
        }
    }

    /** Digits of a second's fraction of a TIME, DATETIME or TIMESTAMP; null for other types. */
    Integer scale() {
        return isTemporal() ? Integer.valueOf(Math.max(first, 0)) : null;
    }

    /** The least type that holds all values of both, or null if there is none. */
    JoinedType join(JoinedType other) {
        if (sourceType.equalsIgnoreCase(other.sourceType) && type.equals(other.type)) {
            return this;
        }
        if (isInteger() && other.isInteger()) {
            return joinIntegers(other);
        }
        if (isExact() && other.isExact()) {
            return joinDecimals(other);
        }
        if (isNumber() && other.isNumber()) {
            return joinFloating(other);
        }
        if (isText() && other.isText()) {
            return joinTexts(other);
        }
        if (isBytes() && other.isBytes()) {
            return joinBytes(other);
        }
        if (isGeometry() && other.isGeometry()) {
            return new JoinedType(type, "geometry");
        }
        if (name.equals("bit") && other.name.equals("bit")) {
            // BIT(1) is a truth value, longer ones are bytes.
            boolean bytes = bits() > 1 && other.bits() > 1;
            return bytes || bits() == other.bits()
                    ? new JoinedType(type, "bit(" + Math.max(bits(), other.bits()) + ")")
                    : null;
        }
        if (!name.equals(other.name) || !type.equals(other.type)) {
            return null;
        }
        if (isTemporal()) {
            int digits = Math.max(Math.max(first, other.first), 0);
            return new JoinedType(type, digits == 0 ? name : name + "(" + digits + ")");
        }
        // Vectors of different lengths are not of one space.
        return null;
    }

    /** Whether a value of {@code part}, which was joined into this, is another Java value here. */
    boolean widens(JoinedType part) {
        return !type.equals(part.type) || name.equals("bit") && bitBytes() != part.bitBytes();
    }

    /** A value of a type that was joined into this one, as a value of this one. */
    Object widen(Object value) {
        if (value == null) {
            return null;
        }
        switch (type.getSqlType()) {
            case SMALLINT:
                return ((Number) value).shortValue();
            case INT:
                return ((Number) value).intValue();
            case BIGINT:
                return ((Number) value).longValue();
            case FLOAT:
                return ((Number) value).floatValue();
            case DOUBLE:
                return ((Number) value).doubleValue();
            case DECIMAL:
                BigDecimal decimal =
                        value instanceof BigDecimal
                                ? (BigDecimal) value
                                : BigDecimal.valueOf(((Number) value).longValue());
                return decimal.setScale(((DecimalType) type).getScale());
            case BYTES:
                return name.equals("bit") ? padded((byte[]) value) : value;
            default:
                return value;
        }
    }

    private byte[] padded(byte[] bits) {
        byte[] padded = new byte[bitBytes()];
        System.arraycopy(bits, 0, padded, padded.length - bits.length, bits.length);
        return padded;
    }

    private JoinedType joinIntegers(JoinedType other) {
        // A year is a number from 0 to 2155.
        int left = rank();
        int right = other.rank();
        boolean bothUnsigned = isUnsigned() && other.isUnsigned();
        if (bothUnsigned) {
            return integer(Math.max(left, right), true);
        }
        int bits = Math.max(signedBits(), other.signedBits());
        for (int rank = 0; rank < BITS.length; rank++) {
            if (BITS[rank] >= bits) {
                return integer(rank, false);
            }
        }
        return new JoinedType(new DecimalType(20, 0), "decimal(20,0)");
    }

    private static JoinedType integer(int rank, boolean unsigned) {
        String text = INTEGERS.get(rank) + (unsigned ? " unsigned" : "");
        switch (rank) {
            case 0:
                return new JoinedType(unsigned ? BasicType.SHORT_TYPE : BasicType.BYTE_TYPE, text);
            case 1:
                return new JoinedType(unsigned ? BasicType.INT_TYPE : BasicType.SHORT_TYPE, text);
            case 2:
                return new JoinedType(BasicType.INT_TYPE, text);
            case 3:
                return new JoinedType(unsigned ? BasicType.LONG_TYPE : BasicType.INT_TYPE, text);
            default:
                return new JoinedType(
                        unsigned ? new DecimalType(20, 0) : BasicType.LONG_TYPE, text);
        }
    }

    private JoinedType joinDecimals(JoinedType other) {
        int scale = Math.max(decimalScale(), other.decimalScale());
        int precision = Math.max(wholeDigits(), other.wholeDigits()) + scale;
        return precision > MAX_PRECISION
                ? null
                : new JoinedType(
                        new DecimalType(precision, scale),
                        "decimal(" + precision + "," + scale + ")");
    }

    /** A DOUBLE holds integers of 53 bits, a FLOAT those of 24; a decimal fraction neither does. */
    private JoinedType joinFloating(JoinedType other) {
        int exactBits = 0;
        for (JoinedType each : Arrays.asList(this, other)) {
            if (each.isInteger()) {
                exactBits = each.signedBits() - (each.isUnsigned() ? 1 : 0);
            } else if (each.isExact()) {
                return null;
            }
        }
        boolean isDouble = name.equals("double") || other.name.equals("double");
        if (exactBits > 53) {
            return null;
        }
        return isDouble || exactBits > 24
                ? new JoinedType(BasicType.DOUBLE_TYPE, "double")
                : new JoinedType(BasicType.FLOAT_TYPE, "float");
    }

    private JoinedType joinTexts(JoinedType other) {
        int left = TEXTS.indexOf(name);
        int right = TEXTS.indexOf(other.name);
        if (left < 0 && right < 0) {
            int characters = Math.max(characters(), other.characters());
            if (characters < 0 || isJson() || other.isJson()) {
                return new JoinedType(BasicType.STRING_TYPE, "longtext");
            }
            boolean fixed = name.equals("char") && other.name.equals("char");
            return new JoinedType(
                    BasicType.STRING_TYPE, (fixed ? "char(" : "varchar(") + characters + ")");
        }
        if (left >= 0 && right >= 0) {
            return new JoinedType(BasicType.STRING_TYPE, TEXTS.get(Math.max(left, right)));
        }
        boolean json = isJson() || other.isJson();
        // A TINYTEXT may be too small for what is joined to it; a TEXT holds any VARCHAR.
        int size = json ? TEXTS.size() - 1 : Math.max(1, Math.max(left, right));
        return new JoinedType(BasicType.STRING_TYPE, TEXTS.get(size));
    }

    private JoinedType joinBytes(JoinedType other) {
        int left = BLOBS.indexOf(name);
        int right = BLOBS.indexOf(other.name);
        if (left < 0 && right < 0) {
            long length = Math.max(Math.max(first, other.first), 1);
            return new JoinedType(
                    PrimitiveByteArrayType.INSTANCE,
                    length > MAX_VARYING ? "longblob" : "varbinary(" + length + ")");
        }
        int size = Math.max(left, right);
        return new JoinedType(
                PrimitiveByteArrayType.INSTANCE,
                BLOBS.get(left >= 0 && right >= 0 ? size : Math.max(1, size)));
    }

    private boolean isInteger() {
        return INTEGERS.contains(name) || name.equals("year");
    }

    private boolean isExact() {
        return isInteger() || name.equals("decimal");
    }

    private boolean isNumber() {
        return isExact() || name.equals("float") || name.equals("double");
    }

    private boolean isText() {
        return type.getSqlType() == SqlType.STRING;
    }

    private boolean isJson() {
        return name.equals("json");
    }

    private boolean isLabelled() {
        return name.equals("enum") || name.equals("set");
    }

    private boolean isBytes() {
        return name.equals("binary") || name.equals("varbinary") || BLOBS.contains(name);
    }

    private boolean isGeometry() {
        return name.startsWith("geom")
                || name.endsWith("point")
                || name.endsWith("linestring")
                || name.endsWith("polygon");
    }

    private boolean isTemporal() {
        return type.equals(LocalTimeType.LOCAL_TIME_TYPE)
                || type.equals(LocalTimeType.LOCAL_DATE_TIME_TYPE);
    }

    private int rank() {
        return name.equals("year") ? 1 : INTEGERS.indexOf(name);
    }

    private boolean isUnsigned() {
        return unsigned && !name.equals("year");
    }

    /** Bits of a signed number that holds all values. */
    private int signedBits() {
        return BITS[rank()] + (isUnsigned() ? 1 : 0);
    }

    private int decimalScale() {
        return name.equals("decimal") ? ((DecimalType) type).getScale() : 0;
    }

    private int wholeDigits() {
        if (name.equals("decimal")) {
            return ((DecimalType) type).getPrecision() - decimalScale();
        }
        return name.equals("bigint") && !unsigned ? 19 : DIGITS[rank()];
    }

    private int bits() {
        return first < 0 ? 1 : first;
    }

    private int bitBytes() {
        return name.equals("bit") ? (bits() + 7) / 8 : 0;
    }

    /** The most characters of a CHAR, VARCHAR or ENUM; -1 where that is not known. */
    private int characters() {
        switch (name) {
            case "uuid":
                return 36;
            case "inet4":
                return 15;
            case "inet6":
                return 45;
            case "json":
                return -1;
            default:
                return first;
        }
    }

    /** Of an ENUM the length of its longest label, of a SET that of all of them together. */
    private int longestLabel(String text) {
        int longest = 0;
        int all = 0;
        int length = -1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\'') {
                boolean doubled =
                        length >= 0 && i + 1 < text.length() && text.charAt(i + 1) == '\'';
                if (length < 0) {
                    length = 0;
                } else if (doubled) {
                    length++;
                    i++;
                } else {
                    longest = Math.max(longest, length);
                    all += length + 1;
                    length = -1;
                }
            } else if (length >= 0) {
                length++;
            }
        }
        return Math.max(1, name.equals("set") ? all - 1 : longest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JoinedType
                && type.equals(((JoinedType) other).type)
                && sourceType.equals(((JoinedType) other).sourceType);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, sourceType);
    }

    @Override
    public String toString() {
        return sourceType;
    }
}
