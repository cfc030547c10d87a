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

import io.seamerge.mysql.type.UnfaithfulValues.Kind;
import io.seamerge.mysql.type.UnfaithfulValues.Policy;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneOffset;

/**
 * Dates and times of one column, from the binlog's packed numbers and from text, as java.time
 * values, or as MySQL's text. Dates are proleptic Gregorian, as MySQL counts them. What java.time
 * cannot hold becomes what {@link UnfaithfulValues} says. Immutable.
 */
final class MySqlTemporal {

    private static final int[] FRACTION_SCALE = {0, 10_000, 100, 1};

    private final UnfaithfulValues unfaithful;
    private final boolean asText;
    private final int digits;

    /**
     * @param asText whether every value is given as MySQL's text
     * @param digits of a second's fraction, that the column has
     */
    MySqlTemporal(UnfaithfulValues unfaithful, boolean asText, int digits) {
        this.unfaithful = unfaithful;
        this.asText = asText;
        this.digits = digits;
    }

    /** DATE: day, month and year in 5, 4 and 15 bits. */
    Object date(int packed) {
        return date(packed >> 9, packed >> 5 & 15, packed & 31);
    }

    private Object date(int year, int month, int day) {
        return asText ? dateText(year, month, day) : day(year, month, day, "");
    }

    /**
     * The day, or what a day that is none becomes, perhaps null.
     *
     * @param time the text of the time of day that goes with it
     */
    private LocalDate day(int year, int month, int day, String time) {
        if (month >= 1 && month <= 12 && day >= 1) {
            if (day <= 28 || day <= YearMonth.of(year, month).lengthOfMonth()) {
                return LocalDate.of(year, month, day);
            }
        }
        boolean zero = year == 0 && month == 0 && day == 0;
        Kind kind = zero ? Kind.ZERO_DATE : Kind.PARTIAL_DATE;
        if (unfaithful.of(kind) == Policy.FAIL) {
            unfaithful.elseFail(
                    kind,
                    dateText(year, month, day) + time,
                    "there is no such day in the calendar");
        }
        if (unfaithful.of(kind) == Policy.NULL) {
            return null;
        }
        if (zero) {
            // Year 0 is in MySQL's calendar and java.time's, but not in everybody's.
            return LocalDate.of(1, 1, 1);
        }
        int closestMonth = Math.max(1, Math.min(12, month));
        int length = YearMonth.of(year, closestMonth).lengthOfMonth();
        return LocalDate.of(year, closestMonth, Math.max(1, Math.min(length, day)));
    }

    /** TIME(f) as it is stored: seconds packed into 24 bits around a middle, then the fraction. */
    Object time(ByteReader in) {
        int fractionBytes = (digits + 1) / 2;
        long packed = in.bigEndian(3 + fractionBytes) - (0x800000L << (8 * fractionBytes));
        boolean negative = packed < 0;
        long absolute = negative ? -packed : packed;
        int whole = (int) (absolute >> (8 * fractionBytes));
        int micros =
                (int) (absolute & (1L << (8 * fractionBytes)) - 1) * FRACTION_SCALE[fractionBytes];
        return time(negative, whole >> 12, whole >> 6 & 63, whole & 63, micros);
    }

    private Object time(boolean negative, int hour, int minute, int second, int micros) {
        if (asText) {
            return (negative ? "-" : "") + timeOfDay(hour, minute, second, micros);
        }
        if (!negative && hour <= 23) {
            return LocalTime.of(hour, minute, second, micros * 1000);
        }
        Policy policy =
                unfaithful.elseFail(
                        Kind.TIME_RANGE,
                        (negative ? "-" : "") + timeOfDay(hour, minute, second, micros),
                        "a TIME outside 00:00:00 to 23:59:59.999999 is no time of day");
        if (policy == Policy.NULL) {
            return null;
        }
        if (negative) {
            return LocalTime.MIDNIGHT;
        }
        // The last that the column could hold.
        int unit = 1;
        for (int i = digits; i < 9; i++) {
            unit *= 10;
        }
        return LocalTime.of(23, 59, 59, 1_000_000_000 - unit);
    }

    /** DATETIME(f) as it is stored. */
    Object dateTime(ByteReader in) {
        long whole = in.bigEndian(5) - 0x8000000000L;
        int micros = fraction(in);
        int yearMonth = (int) (whole >> 22);
        return dateTime(
                yearMonth / 13,
                yearMonth % 13,
                (int) (whole >> 17) & 31,
                (int) (whole >> 12) & 31,
                (int) (whole >> 6) & 63,
                (int) whole & 63,
                micros);
    }

    private Object dateTime(
            int year, int month, int day, int hour, int minute, int second, int micros) {
        if (asText) {
            return dateText(year, month, day) + " " + timeOfDay(hour, minute, second, micros);
        }
        boolean impossible = month < 1 || month > 12 || day < 1 || day > 28;
        LocalDate date =
                day(
                        year,
                        month,
                        day,
                        impossible ? " " + timeOfDay(hour, minute, second, micros) : "");
        return date == null ? null : date.atTime(hour, minute, second, micros * 1000);
    }

    /** TIMESTAMP(f) as it is stored, in UTC. */
    Object timestamp(ByteReader in) {
        long seconds = in.bigEndian(4);
        return timestamp(seconds, fraction(in));
    }

    /** Seconds since 1970 in UTC, where 0 is MySQL's zero timestamp. */
    Object timestamp(long seconds, int micros) {
        if (seconds == 0) {
            return dateTime(0, 0, 0, 0, 0, 0, micros);
        }
        LocalDateTime time = LocalDateTime.ofEpochSecond(seconds, micros * 1000, ZoneOffset.UTC);
        return asText
                ? dateTime(
                        time.getYear(),
                        time.getMonthValue(),
                        time.getDayOfMonth(),
                        time.getHour(),
                        time.getMinute(),
                        time.getSecond(),
                        micros)
                : time;
    }

    private int fraction(ByteReader in) {
        int bytes = (digits + 1) / 2;
        return bytes == 0 ? 0 : (int) in.bigEndian(bytes) * FRACTION_SCALE[bytes];
    }

    /** DATETIME of servers before 5.6.4: the digits YYYYMMDDhhmmss as a number. */
    Object oldDateTime(long number) {
        int date = (int) (number / 1_000_000);
        int time = (int) (number % 1_000_000);
        return dateTime(
                date / 10_000,
                date / 100 % 100,
                date % 100,
                time / 10_000,
                time / 100 % 100,
                time % 100,
                0);
    }

    /** TIME of servers before 5.6.4: the digits hhmmss as a signed number of 3 bytes. */
    Object oldTime(int unsigned) {
        int number = unsigned << 8 >> 8;
        int absolute = Math.abs(number);
        return time(number < 0, absolute / 10_000, absolute / 100 % 100, absolute % 100, 0);
    }

    /** {@code YYYY-MM-DD}. */
    Object dateOf(byte[] text) {
        if (text.length != 10 || text[4] != '-' || text[7] != '-') {
            throw noText("YYYY-MM-DD", text);
        }
        return date(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
    }

    /** {@code YYYY-MM-DD hh:mm:ss[.f…]}. */
    Object dateTimeOf(byte[] text) {
        if (text.length < 19
                || text[4] != '-'
                || text[7] != '-'
                || text[10] != ' '
                || text[13] != ':'
                || text[16] != ':') {
            throw noText("YYYY-MM-DD hh:mm:ss", text);
        }
        return dateTime(
                digits(text, 0, 4),
                digits(text, 5, 7),
                digits(text, 8, 10),
                digits(text, 11, 13),
                digits(text, 14, 16),
                digits(text, 17, 19),
                fractionOf(text, 19));
    }

    /** {@code [-]h…:mm:ss[.f…]}. */
    Object timeOf(byte[] text) {
        boolean negative = text.length > 0 && text[0] == '-';
        int start = negative ? 1 : 0;
        int colon = start;
        while (colon < text.length && text[colon] != ':') {
            colon++;
        }
        if (colon == start || colon + 6 > text.length || text[colon + 3] != ':') {
            throw noText("hh:mm:ss", text);
        }
        return time(
                negative,
                digits(text, start, colon),
                digits(text, colon + 1, colon + 3),
                digits(text, colon + 4, colon + 6),
                fractionOf(text, colon + 6));
    }

    private static int fractionOf(byte[] text, int at) {
        if (at == text.length) {
            return 0;
        }
        int count = text.length - at - 1;
        if (text[at] != '.' || count < 1 || count > 6) {
            throw noText("a fraction of up to 6 digits", text);
        }
        int micros = digits(text, at + 1, text.length);
        for (int i = count; i < 6; i++) {
            micros *= 10;
        }
        return micros;
    }

    private static int digits(byte[] text, int from, int to) {
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                throw noText("digits", text);
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** {@code YYYY-MM-DD}, whatever the numbers are. */
    static String dateText(int year, int month, int day) {
        StringBuilder text = new StringBuilder(10);
        appendPadded(text, year, 4).append('-');
        appendPadded(text, month, 2).append('-');
        return appendPadded(text, day, 2).toString();
    }

    /** {@code hh:mm:ss[.f…]}, with as many digits of a fraction as the column has. */
    private String timeOfDay(int hour, int minute, int second, int micros) {
        StringBuilder text = new StringBuilder(16);
        appendPadded(text, hour, 2).append(':');
        appendPadded(text, minute, 2).append(':');
        appendPadded(text, second, 2);
        if (digits == 0) {
            return text.toString();
        }
        int length = text.length() + 1 + digits;
        appendPadded(text.append('.'), micros, 6).setLength(length);
        return text.toString();
    }

    static StringBuilder appendPadded(StringBuilder text, int number, int width) {
        String digits = Integer.toString(number);
        for (int i = digits.length(); i < width; i++) {
            text.append('0');
        }
        return text.append(digits);
    }

    private static MalformedBytesException noText(String wanted, byte[] text) {
        return new MalformedBytesException(
                "wanted " + wanted + ", found " + new String(text, StandardCharsets.ISO_8859_1));
    }
}
