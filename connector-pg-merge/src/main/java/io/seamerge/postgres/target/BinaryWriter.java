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
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/**
 * Writes values of one SeaTunnel type in the binary form of one PostgreSQL type: what the type's
 * receive function reads. Each gives the same value as {@link ValueWriter} does by text; where that
 * is not sure there is none. Stateless.
 */
abstract class BinaryWriter {

    /** PostgreSQL counts from 2000-01-01. */
    private static final long EPOCH_DAY = LocalDate.of(2000, 1, 1).toEpochDay();

    private static final long EPOCH_SECOND = EPOCH_DAY * 86_400;
    private static final BigInteger TEN_THOUSAND = BigInteger.valueOf(10_000);

    /** Decimals of up to so many digits are written without big integers. */
    private static final int LONG_DIGITS = 14;

    /**
     * Writes a value that is not null, without its length.
     *
     * @throws IllegalArgumentException if the type has no such value
     */
    abstract void write(Object value, CopyBuffer out);

    /**
     * The writer for values of a SeaTunnel type into a column.
     *
     * @param baseType PostgreSQL's name of the type, below any domain
     * @return null if values must be written by text
     */
    static BinaryWriter of(SeaTunnelDataType<?> type, String baseType) {
        switch (type.getSqlType()) {
            case STRING:
                return ofText(baseType);
            case BOOLEAN:
                return baseType.equals("bool") ? BOOLEAN : null;
            case TINYINT:
            case SMALLINT:
            case INT:
            case BIGINT:
                return ofInteger(baseType);
            case FLOAT:
                return baseType.equals("float4") ? FLOAT : null;
            case DOUBLE:
                return baseType.equals("float8") ? DOUBLE : null;
            case DECIMAL:
                return baseType.equals("numeric") ? NUMERIC : null;
            case BYTES:
                return baseType.equals("bytea") ? BYTEA : null;
            case DATE:
                return baseType.equals("date") ? DATE : null;
            case TIME:
                return baseType.equals("time") ? TIME : null;
            case TIMESTAMP:
                // With a time zone: every value is UTC, as the session is.
                return baseType.equals("timestamp") || baseType.equals("timestamptz")
                        ? TIMESTAMP
                        : null;
            default:
                return null;
        }
    }

    private static BinaryWriter ofText(String baseType) {
        switch (baseType) {
            case "text":
            case "varchar":
            case "bpchar":
            case "citext":
            case "json":
                return TEXT;
            case "jsonb":
                return JSONB;
            default:
                return null;
        }
    }

    private static BinaryWriter ofInteger(String baseType) {
        switch (baseType) {
            case "int2":
                return INT2;
            case "int4":
                return INT4;
            case "int8":
                return INT8;
            default:
                return null;
        }
    }

    private static final BinaryWriter TEXT =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.utf8((String) value);
                }
            };

    private static final BinaryWriter JSONB =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    // The version of the form.
                    out.put(1);
                    out.utf8((String) value);
                }
            };

    private static final BinaryWriter BOOLEAN =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.put((Boolean) value ? 1 : 0);
                }
            };

    private static final BinaryWriter INT2 =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int16((int) within(value, Short.MIN_VALUE, Short.MAX_VALUE));
                }
            };

    private static final BinaryWriter INT4 =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int32((int) within(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
                }
            };

    private static final BinaryWriter INT8 =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int64(((Number) value).longValue());
                }
            };

    private static long within(Object value, long least, long greatest) {
        long number = ((Number) value).longValue();
        if (number < least || number > greatest) {
            throw new IllegalArgumentException("value " + number + " is out of range");
        }
        return number;
    }

    private static final BinaryWriter FLOAT =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int32(Float.floatToIntBits((Float) value));
                }
            };

    private static final BinaryWriter DOUBLE =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int64(Double.doubleToLongBits((Double) value));
                }
            };

    private static final BinaryWriter NUMERIC =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    numeric((BigDecimal) value, out);
                }
            };

    private static final BinaryWriter BYTEA =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.bytes((byte[]) value);
                }
            };

    private static final BinaryWriter DATE =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int32((int) (((LocalDate) value).toEpochDay() - EPOCH_DAY));
                }
            };

    private static final BinaryWriter TIME =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    out.int64(((LocalTime) value).toNanoOfDay() / 1_000);
                }
            };

    private static final BinaryWriter TIMESTAMP =
            new BinaryWriter() {
                @Override
                void write(Object value, CopyBuffer out) {
                    LocalDateTime moment = (LocalDateTime) value;
                    long seconds = moment.toEpochSecond(ZoneOffset.UTC) - EPOCH_SECOND;
                    out.int64(seconds * 1_000_000 + moment.getNano() / 1_000);
                }
            };

    /** Digits to the base of ten thousand, of which {@code weight} is the first one's power. */
    private static void numeric(BigDecimal value, CopyBuffer out) {
        BigDecimal number = value.scale() < 0 ? value.setScale(0) : value;
        int scale = number.scale();
        int fraction = (scale + 3) / 4;
        int shift = fraction * 4 - scale;
        int sign = number.signum() < 0 ? 0x4000 : 0;
        if (number.precision() <= LONG_DIGITS) {
            long digits = Math.abs(number.unscaledValue().longValue());
            for (int i = 0; i < shift; i++) {
                digits *= 10;
            }
            int groups = 0;
            for (long rest = digits; rest != 0; rest /= 10_000) {
                groups++;
            }
            head(groups, fraction, sign, scale, out);
            long unit = 1;
            for (int i = 1; i < groups; i++) {
                unit *= 10_000;
            }
            for (; groups > 0; groups--) {
                out.int16((int) (digits / unit));
                digits %= unit;
                unit /= 10_000;
            }
            return;
        }
        BigInteger rest = number.unscaledValue().abs().multiply(BigInteger.TEN.pow(shift));
        int[] reversed = new int[number.precision() / 4 + 3];
        int groups = 0;
        while (rest.signum() != 0) {
            BigInteger[] divided = rest.divideAndRemainder(TEN_THOUSAND);
            reversed[groups++] = divided[1].intValue();
            rest = divided[0];
        }
        head(groups, fraction, sign, scale, out);
        while (groups > 0) {
            out.int16(reversed[--groups]);
        }
    }

    private static void head(int groups, int fraction, int sign, int scale, CopyBuffer out) {
        out.int16(groups);
        out.int16(groups - fraction - 1);
        out.int16(sign);
        out.int16(scale);
    }
}
