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
package io.seamerge.mysql.type;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Base64;

/**
 * MySQL's binary JSON as the text that MySQL itself writes for it, character by character: a blank
 * behind each comma and colon, keys in their stored order, doubles in the server's form, dates and
 * decimals that JSON has no literals for as the server shows them.
 */
final class JsonText {

    private static final int SMALL_OBJECT = 0;
    private static final int LARGE_OBJECT = 1;
    private static final int SMALL_ARRAY = 2;
    private static final int LARGE_ARRAY = 3;
    private static final int LITERAL = 4;
    private static final int INT_16 = 5;
    private static final int UINT_16 = 6;
    private static final int INT_32 = 7;
    private static final int UINT_32 = 8;
    private static final int INT_64 = 9;
    private static final int UINT_64 = 10;
    private static final int DOUBLE = 11;
    private static final int STRING = 12;
    private static final int OPAQUE = 15;

    private static final int OPAQUE_TIMESTAMP = 7;
    private static final int OPAQUE_DATE = 10;
    private static final int OPAQUE_TIME = 11;
    private static final int OPAQUE_DATETIME = 12;
    private static final int OPAQUE_DECIMAL = 246;
    private static final int OPAQUE_VAR_STRING = 253;

    /** Every number of so many digits is told from every other when it becomes a normal double. */
    private static final int EXACT_DIGITS = 15;

    /** The server's own limit is 100. */
    private static final int DEEPEST = 128;

    /**
     * No byte of a document becomes more characters: a control character becomes 6, a small number
     * with its comma 4.
     */
    private static final int MOST_CHARACTERS_PER_BYTE = 8;

    /** The length at which the server breaks lines of base64. */
    private static final int BASE64_LINE = 76;

    private final byte[] bytes;
    private final int end;
    private final StringBuilder text;
    private final long mostCharacters;
    private final boolean old;

    private JsonText(byte[] bytes, int end, int length, boolean old) {
        this.old = old;
        this.bytes = bytes;
        this.end = end;
        this.mostCharacters = 64 + (long) MOST_CHARACTERS_PER_BYTE * length;
        this.text = new StringBuilder(length + length / 4 + 16);
    }

    /**
     * The text of the document that these bytes are; no bytes are the document {@code null}.
     *
     * @param old as servers before 8.0 write it
     */
    static String of(byte[] bytes, int offset, int length, boolean old) {
        if (length == 0) {
            return "null";
        }
        JsonText json = new JsonText(bytes, offset + length, length, old);
        try {
            json.value(bytes[offset] & 0xff, offset + 1, 0);
        } catch (IndexOutOfBoundsException e) {
            throw new MalformedBytesException("a JSON document points outside of its bytes");
        }
        return json.text.toString();
    }

    private void value(int type, int at, int depth) {
        if (text.length() > mostCharacters) {
            throw new MalformedBytesException("a JSON document points to its values repeatedly");
        }
        if (depth > DEEPEST) {
            throw new MalformedBytesException("a JSON document deeper than " + DEEPEST);
        }
        switch (type) {
            case SMALL_OBJECT:
                container(at, 2, true, depth);
                return;
            case LARGE_OBJECT:
                container(at, 4, true, depth);
                return;
            case SMALL_ARRAY:
                container(at, 2, false, depth);
                return;
            case LARGE_ARRAY:
                container(at, 4, false, depth);
                return;
            case LITERAL:
                text.append(literal(reader(at).unsigned1()));
                return;
            case INT_16:
                text.append((short) reader(at).unsigned2());
                return;
            case UINT_16:
                text.append(reader(at).unsigned2());
                return;
            case INT_32:
                text.append(reader(at).signed4());
                return;
            case UINT_32:
                text.append(reader(at).unsigned4());
                return;
            case INT_64:
                text.append(reader(at).signed8());
                return;
            case UINT_64:
                text.append(Long.toUnsignedString(reader(at).signed8()));
                return;
            case DOUBLE:
                appendDouble(text, Double.longBitsToDouble(reader(at).signed8()), old ? "" : ".0");
                return;
            case STRING:
                ByteReader string = reader(at);
                int length = variableLength(string);
                quoted(string.advance(length), length);
                return;
            case OPAQUE:
                opaque(reader(at));
                return;
            default:
                throw new MalformedBytesException("a JSON value of type " + type);
        }
    }

    private ByteReader reader(int at) {
        if (at > end) {
            throw new MalformedBytesException("a JSON value outside of its document");
        }
        return new ByteReader(bytes, at, end - at);
    }

    private static String literal(int number) {
        switch (number) {
            case 0:
                return "null";
            case 1:
                return "true";
            case 2:
                return "false";
            default:
                throw new MalformedBytesException("a JSON literal of number " + number);
        }
    }

    /**
     * Count and size; of an object the offset and length of each key; of each value its type and
     * offset, or the value itself if it is small. Offsets count from here.
     */
    private void container(int start, int width, boolean object, int depth) {
        ByteReader in = reader(start);
        long count = in.littleEndian(width);
        in.skip(width);
        int keys = in.position();
        int keyEntry = object ? width + 2 : 0;
        if (count * (keyEntry + 1 + width) > in.remaining()) {
            throw new MalformedBytesException("a JSON container of " + count + " values");
        }
        int values = keys + (int) count * keyEntry;
        text.append(object ? '{' : '[');
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                text.append(", ");
            }
            if (object) {
                in.position(keys + i * keyEntry);
                long keyOffset = in.littleEndian(width);
                int keyLength = in.unsigned2();
                quoted(reader(within(start, keyOffset)).advance(keyLength), keyLength);
                text.append(": ");
            }
            in.position(values + i * (1 + width));
            int type = in.unsigned1();
            int at = isInline(type, width) ? in.position() : within(start, in.littleEndian(width));
            value(type, at, depth + 1);
        }
        text.append(object ? '}' : ']');
    }

    private static boolean isInline(int type, int width) {
        return type == LITERAL
                || type == INT_16
                || type == UINT_16
                || width == 4 && (type == INT_32 || type == UINT_32);
    }

    private int within(int start, long offset) {
        if (offset > end - start) {
            throw new MalformedBytesException("a JSON value outside of its document");
        }
        return start + (int) offset;
    }

    /** Seven bits per byte, the lowest first; the highest bit says that more follow. */
    private static int variableLength(ByteReader in) {
        long length = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = in.unsigned1();
            length |= (long) (next & 0x7f) << shift;
            if ((next & 0x80) == 0) {
                if (length > in.remaining()) {
                    break;
                }
                return (int) length;
            }
        }
        throw new MalformedBytesException("a JSON string longer than its document");
    }

    private void quoted(int at, int length) {
        text.append('"');
        int plain = at;
        for (int i = at; i < at + length; i++) {
            int c = bytes[i];
            if (c >= 0 && c < ' ' || c == '"' || c == '\\') {
                text.append(TextCharset.UTF8.decode(bytes, plain, i - plain));
                escape((char) c);
                plain = i + 1;
            }
        }
        text.append(TextCharset.UTF8.decode(bytes, plain, at + length - plain));
        text.append('"');
    }

    private void escape(char c) {
        switch (c) {
            case '"':
            case '\\':
                text.append('\\').append(c);
                return;
            case '\b':
                text.append("\\b");
                return;
            case '\t':
                text.append("\\t");
                return;
            case '\n':
                text.append("\\n");
                return;
            case '\f':
                text.append("\\f");
                return;
            case '\r':
                text.append("\\r");
                return;
            default:
                text.append("\\u00")
                        .append(Character.forDigit(c >> 4, 16))
                        .append(Character.forDigit(c & 15, 16));
        }
    }

    /** A value of an SQL type that JSON does not have. */
    private void opaque(ByteReader in) {
        int type = in.unsigned1();
        int length = variableLength(in);
        ByteReader value = new ByteReader(bytes, in.advance(length), length);
        switch (type) {
            case OPAQUE_DECIMAL:
                int precision = value.unsigned1();
                int scale = value.unsigned1();
                text.append(ColumnType.readDecimal(value, precision, scale).toPlainString());
                return;
            case OPAQUE_DATE:
                text.append('"');
                date(value.signed8());
                text.append('"');
                return;
            case OPAQUE_DATETIME:
            case OPAQUE_TIMESTAMP:
                long dateTime = value.signed8();
                text.append('"');
                date(dateTime);
                text.append(' ');
                time(dateTime, 31);
                text.append('"');
                return;
            case OPAQUE_TIME:
                long time = value.signed8();
                text.append(time < 0 ? "\"-" : "\"");
                time(Math.abs(time), 1023);
                text.append('"');
                return;
            case OPAQUE_VAR_STRING:
                if (old) {
                    base64(type, value.copy(length));
                } else {
                    quoted(value.position(), length);
                }
                return;
            default:
                base64(type, value.copy(length));
        }
    }

    /** Above 24 bits of microseconds and 17 of time: day in 5 bits, and 13 months to a year. */
    private void date(long packed) {
        long days = packed >> 41;
        int yearMonth = (int) (days >> 5);
        text.append(MySqlTemporal.dateText(yearMonth / 13, yearMonth % 13, (int) days & 31));
    }

    private void time(long packed, int hourMask) {
        long whole = packed >> 24;
        int hour = (int) (whole >> 12) & hourMask;
        MySqlTemporal.appendPadded(text, hour, 2).append(':');
        MySqlTemporal.appendPadded(text, (int) (whole >> 6) & 63, 2).append(':');
        MySqlTemporal.appendPadded(text, (int) whole & 63, 2).append('.');
        MySqlTemporal.appendPadded(text, (int) packed & 0xffffff, 6);
    }

    private void base64(int type, byte[] value) {
        text.append("\"base64:type").append(type).append(':');
        String encoded = Base64.getEncoder().encodeToString(value);
        for (int i = 0; i < encoded.length(); i += BASE64_LINE) {
            // The server's line breaks end up within a JSON string, escaped.
            text.append(i == 0 ? "" : "\\n");
            text.append(encoded, i, Math.min(encoded.length(), i + BASE64_LINE));
        }
        text.append('"');
    }

    /**
     * A double as the server writes it in JSON: the shortest digits that read back as the same
     * number; with an exponent only below 1e-15, and for whole numbers from 1e15 on; with a mark
     * where neither point nor exponent would show that it is a double.
     *
     * @param mark {@code .0}, or nothing before 8.0
     */
    static void appendDouble(StringBuilder text, double value, String mark) {
        if (value == 0) {
            text.append(1 / value < 0 ? "-0" : "0").append(mark);
            return;
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        // The value is 0.DIGITS times ten to the power of this.
        int point = digits.length() - shortest.scale();
        if (value < 0) {
            text.append('-');
        }
        boolean plain = point > -15 && (point <= 15 || digits.length() > point);
        if (!plain) {
            text.append(digits.charAt(0));
            if (digits.length() > 1) {
                text.append('.').append(digits, 1, digits.length());
            }
            text.append('e').append(point - 1);
        } else if (point <= 0) {
            text.append("0.");
            zeros(text, -point);
            text.append(digits);
        } else if (point < digits.length()) {
            text.append(digits, 0, point).append('.').append(digits, point, digits.length());
        } else {
            text.append(digits);
            zeros(text, point - digits.length());
            text.append(mark);
        }
    }

    private static void zeros(StringBuilder text, int count) {
        for (int i = 0; i < count; i++) {
            text.append('0');
        }
    }

    /**
     * Before JDK 19 Double.toString can give a digit too many; what it gives reads back, so fewer
     * digits are looked for.
     */
    private static BigDecimal shortest(double value) {
        BigDecimal found = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        if (found.precision() <= EXACT_DIGITS && value >= Double.MIN_NORMAL) {
            // No two numbers of so few digits are the same double: there is no shorter one.
            return found;
        }
        BigDecimal exact = new BigDecimal(value);
        for (int digits = found.precision(); digits > 0; digits--) {
            BigDecimal fewer = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (fewer.doubleValue() != value) {
                // At a power of two the next double above is twice as far as the one below: what is
                // rounded up may do.
                fewer = exact.round(new MathContext(digits, RoundingMode.UP));
                if (fewer.doubleValue() != value) {
                    break;
                }
            }
            found = fewer.stripTrailingZeros();
        }
        return found;
    }
}
