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
package io.seamerge.postgres.target;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/**
 * Writes values of one column as the text that PostgreSQL reads into the target's own type. The
 * session's time zone is UTC: a MySQL TIMESTAMP, which comes as its UTC time, reads as the same
 * moment into {@code timestamptz}.
 */
abstract class ValueWriter {

    /** Writes a value that is not null. */
    abstract void write(Object value, CopyBuffer out);

    /**
     * The writer for values of a SeaTunnel type into a column.
     *
     * @param baseType PostgreSQL's name of the type, below any domain
     * @param bits width of a {@code bit(n)}
     * @return null if values of this type cannot be written
     */
    static ValueWriter of(SeaTunnelDataType<?> type, String baseType, int bits) {
        boolean toBoolean = baseType.equals("bool");
        boolean toBits = baseType.equals("bit") || baseType.equals("varbit");
        switch (type.getSqlType()) {
            case STRING:
                return TEXT;
            case BOOLEAN:
                return toBoolean
                        ? BOOLEAN
                        : toBits || isNumber(baseType) ? BOOLEAN_AS_NUMBER : BOOLEAN;
            case TINYINT:
            case SMALLINT:
            case INT:
            case BIGINT:
                return toBoolean ? NUMBER_AS_BOOLEAN : INTEGER;
            case FLOAT:
            case DOUBLE:
                return PLAIN;
            case DECIMAL:
                return DECIMAL;
            case BYTES:
                return baseType.equals("uuid")
                        ? HEX
                        : toBits ? new Bits(baseType.equals("bit") ? bits : 0) : BYTEA;
            case DATE:
                return DATE;
            case TIME:
                return TIME;
            case TIMESTAMP:
                return TIMESTAMP;
            default:
                return null;
        }
    }

    private static boolean isNumber(String baseType) {
        return baseType.matches("int[248]|numeric|float[48]");
    }

    private static final ValueWriter TEXT =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.text((String) value);
                }
            };

    private static final ValueWriter BOOLEAN =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.put((Boolean) value ? 't' : 'f');
                }
            };

    private static final ValueWriter BOOLEAN_AS_NUMBER =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.put((Boolean) value ? '1' : '0');
                }
            };

    private static final ValueWriter INTEGER =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.number(((Number) value).longValue());
                }
            };

    /** MySQL's boolean is tinyint(1). */
    private static final ValueWriter NUMBER_AS_BOOLEAN =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.put(((Number) value).longValue() != 0 ? 't' : 'f');
                }
            };

    private static final ValueWriter PLAIN =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.ascii(value.toString());
                }
            };

    private static final ValueWriter DECIMAL =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.ascii(((BigDecimal) value).toPlainString());
                }
            };

    private static final ValueWriter BYTEA =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.put('\\');
                    out.put('\\');
                    out.put('x');
                    out.hex((byte[]) value);
                }
            };

    private static final ValueWriter HEX =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.hex((byte[]) value);
                }
            };

    private static final ValueWriter DATE =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    LocalDate date = (LocalDate) value;
                    date(date, out);
                    era(date, out);
                }
            };

    private static final ValueWriter TIME =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    time((LocalTime) value, out);
                }
            };

    private static final ValueWriter TIMESTAMP =
            new ValueWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    LocalDateTime moment = (LocalDateTime) value;
                    date(moment.toLocalDate(), out);
                    out.put(' ');
                    time(moment.toLocalTime(), out);
                    era(moment.toLocalDate(), out);
                }
            };

    private static void date(LocalDate date, CopyBuffer out) {
        int year = date.getYear();
        // PostgreSQL has no year 0: 1 BC comes before 1 AD.
        out.padded(year > 0 ? year : 1 - year, 4);
        out.put('-');
        out.padded(date.getMonthValue(), 2);
        out.put('-');
        out.padded(date.getDayOfMonth(), 2);
    }

    private static void era(LocalDate date, CopyBuffer out) {
        if (date.getYear() <= 0) {
            out.ascii(" BC");
        }
    }

    private static void time(LocalTime time, CopyBuffer out) {
        out.padded(time.getHour(), 2);
        out.put(':');
        out.padded(time.getMinute(), 2);
        out.put(':');
        out.padded(time.getSecond(), 2);
        int micros = time.getNano() / 1000;
        if (micros != 0) {
            out.put('.');
            out.padded(micros, 6);
        }
    }

    /**
     * Big-endian bytes as zeros and ones, as many as the column is wide; all of them if it has no
     * width.
     */
    private static final class Bits extends ValueWriter {

        private final int width;

        Bits(int width) {
            this.width = width;
        }

        @Override
        void write(Object value, CopyBuffer out) {
            byte[] bytes = (byte[]) value;
            int bits = width == 0 ? bytes.length * 8 : width;
            for (int i = bits - 1; i >= 0; i--) {
                int at = bytes.length - 1 - i / 8;
                out.put(at >= 0 && (bytes[at] >> i % 8 & 1) != 0 ? '1' : '0');
            }
            for (int i = bits; i < bytes.length * 8; i++) {
                if ((bytes[bytes.length - 1 - i / 8] >> i % 8 & 1) != 0) {
                    throw new IllegalArgumentException("it has more than " + width + " bits");
                }
            }
        }
    }
}
