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
package io.seamerge.e2e.traffic;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;

/**
 * A column: its definition in MySQL, its values, and how it is compared.
 *
 * @param least to greatest, and whatever else is worth more than chance
 */
record Field(
        String name,
        String definition,
        Form form,
        List<Value> edges,
        Function<Random, Value> random) {

    /**
     * @param sql an expression
     * @param parameter the same for a prepared statement; null where only the expression will do
     */
    record Value(String sql, Object parameter) {

        static final Value NULL = new Value("NULL", null);

        static Value number(Object number) {
            return new Value(number.toString(), number.toString());
        }

        /** Whatever the connection's character set and sql_mode. */
        static Value text(String text) {
            return new Value(
                    "_utf8mb4 x'"
                            + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8))
                            + "'",
                    text);
        }

        static Value quoted(String text) {
            return new Value("'" + text + "'", text);
        }

        static Value bytes(byte[] bytes) {
            return new Value("x'" + HexFormat.of().formatHex(bytes) + "'", bytes);
        }

        static Value expression(String sql) {
            return new Value(sql, null);
        }
    }

    /** A value of it: one in eight NULL, one in three an edge. */
    Value draw(Random random) {
        int dice = random.nextInt(24);
        if (dice < 3) {
            return Value.NULL;
        }
        if (dice < 11 && !edges.isEmpty()) {
            return edges.get(random.nextInt(edges.size()));
        }
        return this.random.apply(random);
    }

    String quoted() {
        return "`" + name + "`";
    }

    // ---- kinds of columns --------------------------------------------------------------------

    /** An integer of so many bits. */
    static Field integer(String name, String type, int bits, boolean unsigned) {
        BigInteger least = unsigned ? BigInteger.ZERO : BigInteger.ONE.shiftLeft(bits - 1).negate();
        BigInteger greatest =
                unsigned
                        ? BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE)
                        : BigInteger.ONE.shiftLeft(bits - 1).subtract(BigInteger.ONE);
        return new Field(
                name,
                type,
                Form.NUMBER,
                List.of(
                        Value.number(least),
                        Value.number(greatest),
                        Value.number(0),
                        Value.number(unsigned ? 1 : -1)),
                random -> Value.number(new BigInteger(bits, random).add(least)));
    }

    static Field decimal(String name, int precision, int scale) {
        String whole = "9".repeat(precision - scale);
        String most = (whole.isEmpty() ? "0" : whole) + (scale == 0 ? "" : "." + "9".repeat(scale));
        return new Field(
                name,
                "DECIMAL(" + precision + "," + scale + ")",
                Form.NUMBER,
                List.of(
                        Value.number(most),
                        Value.number("-" + most),
                        Value.number(0),
                        Value.number(scale == 0 ? "1" : "0." + "0".repeat(scale - 1) + "1")),
                random -> {
                    String digits = digits(random, precision - scale);
                    String fraction = scale == 0 ? "" : "." + digits(random, scale);
                    return Value.number(
                            (random.nextBoolean() ? "-" : "")
                                    + (digits.isEmpty() ? "0" : digits)
                                    + fraction);
                });
    }

    private static String digits(Random random, int count) {
        StringBuilder digits = new StringBuilder();
        for (int index = 0; index < count; index++) {
            digits.append((char) ('0' + random.nextInt(10)));
        }
        return digits.toString();
    }

    static Field single(String name, String type) {
        return new Field(
                name,
                type,
                Form.SINGLE,
                List.of(
                        Value.number("-3.40282e38"),
                        Value.number("1.17549e-38"),
                        Value.number("16777216"),
                        Value.number("0.1")),
                random -> Value.number((random.nextFloat() - 0.5f) * 1e6f));
    }

    static Field real(String name, String type) {
        return new Field(
                name,
                type,
                Form.DOUBLE,
                List.of(
                        Value.number("-1.7976931348623157e308"),
                        Value.number("2.2250738585072014e-308"),
                        Value.number("1e23"),
                        Value.number("0.1")),
                random -> Value.number(random.nextGaussian() * Math.pow(10, random.nextInt(40))));
    }

    /** As {@link #real}, with declared digits. */
    static Field cutReal(String name) {
        return new Field(
                name,
                "DOUBLE(20,4)",
                Form.DOUBLE,
                List.of(Value.number("9999999999.9999"), Value.number("-0.0001")),
                random -> Value.number((random.nextDouble() - 0.5) * 1e9));
    }

    static Field bits(String name, int width) {
        BigInteger greatest = BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
        return new Field(
                name,
                "BIT(" + width + ")",
                width == 1 ? Form.TRUTH : Form.BITS,
                List.of(Value.expression("b'0'"), Value.expression(greatest.toString())),
                random -> Value.expression(new BigInteger(width, random).toString()));
    }

    static Field year(String name) {
        return new Field(
                name,
                "YEAR",
                Form.NUMBER,
                List.of(Value.quoted("0000"), Value.number(1901), Value.number(2155)),
                random -> Value.number(1901 + random.nextInt(255)));
    }

    /**
     * @param letters what its character set can write
     */
    static Field text(String name, String definition, int longest, String letters) {
        int[] alphabet = letters.codePoints().toArray();
        List<Value> edges = new ArrayList<>();
        edges.add(Value.text(""));
        edges.add(Value.text(letters.substring(0, letters.offsetByCodePoints(0, 1))));
        if (longest <= 255) {
            edges.add(Value.text(letters.substring(0, 1).repeat(longest)));
        }
        return new Field(
                name,
                definition,
                Form.TEXT,
                edges,
                random -> {
                    // Mostly short, seldom as long as may be.
                    int most = random.nextInt(50) == 0 ? longest : Math.min(longest, 24);
                    int length = random.nextInt(most + 1);
                    StringBuilder text = new StringBuilder();
                    for (int index = 0; index < length; index++) {
                        text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
                    }
                    return Value.text(text.toString());
                });
    }

    static Field choice(String name, String definition, String... labels) {
        List<Value> values = new ArrayList<>();
        for (String label : labels) {
            values.add(Value.text(label));
        }
        return new Field(
                name,
                definition,
                Form.TEXT,
                values,
                random -> values.get(random.nextInt(values.size())));
    }

    static Field bytes(String name, String type, int longest) {
        List<Value> edges = new ArrayList<>();
        edges.add(Value.bytes(new byte[0]));
        edges.add(Value.bytes(new byte[] {0}));
        edges.add(Value.bytes(new byte[] {-1, 0, ' ', '\\', '\''}));
        if (longest <= 255) {
            byte[] most = new byte[longest];
            java.util.Arrays.fill(most, (byte) 0xc3);
            edges.add(Value.bytes(most));
        }
        return new Field(
                name,
                type,
                Form.BYTES,
                edges.stream()
                        .filter(value -> ((byte[]) value.parameter).length <= longest)
                        .toList(),
                random -> {
                    int most = random.nextInt(50) == 0 ? longest : Math.min(longest, 24);
                    byte[] bytes = new byte[random.nextInt(most + 1)];
                    random.nextBytes(bytes);
                    return Value.bytes(bytes);
                });
    }

    static Field geometry(String name, String type) {
        return new Field(
                name,
                type,
                Form.BYTES,
                List.of(Value.expression("ST_GeomFromText('POINT(0 0)')")),
                random ->
                        Value.expression(
                                String.format(
                                        Locale.ROOT,
                                        "ST_GeomFromText('POINT(%.3f %.3f)')",
                                        random.nextDouble() * 180 - 90,
                                        random.nextDouble() * 180 - 90)));
    }

    static Field vector(String name) {
        return new Field(
                name,
                "VECTOR(3)",
                Form.BYTES,
                List.of(Value.expression("TO_VECTOR('[0, -0.0, 3e38]')")),
                random ->
                        Value.expression(
                                "TO_VECTOR('["
                                        + random.nextFloat()
                                        + ","
                                        + random.nextInt()
                                        + ","
                                        + random.nextFloat() * 1e-20f
                                        + "]')"));
    }

    static Field date(String name) {
        return new Field(
                name,
                "DATE",
                Form.MOMENT,
                List.of(
                        Value.quoted("1000-01-01"),
                        Value.quoted("1582-10-10"),
                        Value.quoted("2024-02-29"),
                        Value.quoted("9999-12-31")),
                random -> Value.quoted(anyDay(random)));
    }

    static Field time(String name, int digits) {
        return new Field(
                name,
                "TIME(" + digits + ")",
                Form.MOMENT,
                List.of(
                        Value.quoted("00:00:00"),
                        Value.quoted("23:59:59" + fraction(digits, "999999"))),
                random -> Value.quoted(anyTime(random, digits)));
    }

    static Field dateTime(String name, int digits) {
        return new Field(
                name,
                "DATETIME(" + digits + ")",
                Form.MOMENT,
                List.of(
                        Value.quoted("1000-01-01 00:00:00"),
                        Value.quoted("2024-03-31 02:30:00" + fraction(digits, "000001")),
                        Value.quoted("9999-12-31 23:59:59" + fraction(digits, "999999"))),
                random -> Value.quoted(anyDay(random) + " " + anyTime(random, digits)));
    }

    static Field timestamp(String name, int digits) {
        return new Field(
                name,
                "TIMESTAMP(" + digits + ") NULL",
                Form.MOMENT,
                List.of(
                        Value.quoted("1970-01-01 00:00:01"),
                        Value.quoted("2024-10-27 01:30:00" + fraction(digits, "123456")),
                        Value.quoted("2038-01-19 03:14:07")),
                random ->
                        Value.quoted(
                                LocalDate.of(1970, 1, 2).plusDays(random.nextInt(24_000))
                                        + " "
                                        + anyTime(random, digits)));
    }

    private static String anyDay(Random random) {
        return LocalDate.of(1000, 1, 1).plusDays(random.nextInt(3_287_000)).toString();
    }

    private static String anyTime(Random random, int digits) {
        return String.format(
                Locale.ROOT,
                "%02d:%02d:%02d%s",
                random.nextInt(24),
                random.nextInt(60),
                random.nextInt(60),
                fraction(digits, digits(random, 6)));
    }

    private static String fraction(int digits, String sixDigits) {
        return digits == 0 ? "" : "." + sixDigits.substring(0, digits);
    }

    static Field json(String name) {
        return new Field(
                name,
                "JSON",
                Form.JSON,
                List.of(
                        Value.text("null"),
                        Value.text("{}"),
                        Value.text("[]"),
                        Value.text("\"\""),
                        Value.text("[18446744073709551615, -9223372036854775808, 0.1, 1e22]"),
                        Value.expression(
                                "JSON_OBJECT('d', CAST(1.50 AS DECIMAL(10,2)), 't',"
                                        + " CAST('2024-02-29 12:34:56.5' AS DATETIME(6)))")),
                random -> Value.text(anyJson(random, 0)));
    }

    private static String anyJson(Random random, int depth) {
        switch (random.nextInt(depth > 3 ? 5 : 8)) {
            case 0:
                return Integer.toString(random.nextInt());
            case 1:
                return Double.toString(random.nextGaussian());
            case 2:
                return random.nextBoolean() ? "true" : "null";
            case 3:
                return Long.toString(random.nextLong());
            case 4:
                return "\"" + "äé\\\"日😀x\\n".repeat(random.nextInt(4)) + "\"";
            default:
                boolean array = random.nextBoolean();
                StringBuilder text = new StringBuilder(array ? "[" : "{");
                int size = random.nextInt(5);
                for (int index = 0; index < size; index++) {
                    text.append(index == 0 ? "" : ",");
                    if (!array) {
                        text.append("\"k").append(random.nextInt(9)).append("\":");
                    }
                    text.append(anyJson(random, depth + 1));
                }
                return text.append(array ? "]" : "}").toString();
        }
    }
}
