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

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;

/**
 * MySQL's dates and times, from the binlog's packed numbers and from text, as java.time values.
 * Dates are proleptic Gregorian, as MySQL counts them. What java.time cannot hold throws {@link
 * UnfaithfulValueException}.
 */
final class MySqlTemporal {

    private static final int[] FRACTION_SCALE = {0, 10_000, 100, 1};

    private MySqlTemporal() {}

    /** DATE: day, month and year in 5, 4 and 15 bits. */
    static LocalDate date(int packed) {
        return date(packed >> 9, packed >> 5 & 15, packed & 31);
    }

    static LocalDate date(int year, int month, int day) {
        try {
            return LocalDate.of(year, month, day);
        } catch (DateTimeException e) {
            throw noSuchDate(dateText(year, month, day));
        }
    }

    /** TIME(f) as it is stored: seconds packed into 24 bits around a middle, then the fraction. */
    static LocalTime time(ByteReader in, int digits) {
        int fractionBytes = (digits + 1) / 2;
        long packed = in.bigEndian(3 + fractionBytes) - (0x800000L << (8 * fractionBytes));
        boolean negative = packed < 0;
        long absolute = negative ? -packed : packed;
        int whole = (int) (absolute >> (8 * fractionBytes));
        int micros =
                (int) (absolute & (1L << (8 * fractionBytes)) - 1) * FRACTION_SCALE[fractionBytes];
        return time(negative, whole >> 12, whole >> 6 & 63, whole & 63, micros);
    }

    static LocalTime time(boolean negative, int hour, int minute, int second, int micros) {
        if (negative || hour > 23) {
            throw new UnfaithfulValueException(
                    timeText(negative, hour, minute, second, micros),
                    "a TIME outside 00:00:00 to 23:59:59.999999 is no time of day");
        }
        return LocalTime.of(hour, minute, second, micros * 1000);
    }

    /** DATETIME(f) as it is stored. */
    static LocalDateTime dateTime(ByteReader in, int digits) {
        long whole = in.bigEndian(5) - 0x8000000000L;
        int micros = fraction(in, digits);
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

    static LocalDateTime dateTime(
            int year, int month, int day, int hour, int minute, int second, int micros) {
        try {
            return LocalDateTime.of(year, month, day, hour, minute, second, micros * 1000);
        } catch (DateTimeException e) {
            throw noSuchDate(
                    dateText(year, month, day)
                            + " "
                            + timeText(false, hour, minute, second, micros));
        }
    }

    /** TIMESTAMP(f) as it is stored, in UTC. */
    static LocalDateTime timestamp(ByteReader in, int digits) {
        long seconds = in.bigEndian(4);
        int micros = fraction(in, digits);
        return timestamp(seconds, micros);
    }

    /** Seconds since 1970 in UTC, where 0 is MySQL's zero timestamp. */
    static LocalDateTime timestamp(long seconds, int micros) {
        if (seconds == 0) {
            throw noSuchDate("0000-00-00 00:00:00");
        }
        return LocalDateTime.ofEpochSecond(seconds, micros * 1000, ZoneOffset.UTC);
    }

    private static int fraction(ByteReader in, int digits) {
        int bytes = (digits + 1) / 2;
        return bytes == 0 ? 0 : (int) in.bigEndian(bytes) * FRACTION_SCALE[bytes];
    }

    /** DATETIME of servers before 5.6.4: the digits YYYYMMDDhhmmss as a number. */
    static LocalDateTime oldDateTime(long digits) {
        int date = (int) (digits / 1_000_000);
        int time = (int) (digits % 1_000_000);
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
    static LocalTime oldTime(int unsigned) {
        int digits = unsigned << 8 >> 8;
        int absolute = Math.abs(digits);
        return time(digits < 0, absolute / 10_000, absolute / 100 % 100, absolute % 100, 0);
    }

    /** {@code YYYY-MM-DD}. */
    static LocalDate dateOf(byte[] text) {
        if (text.length != 10 || text[4] != '-' || text[7] != '-') {
            throw noText("YYYY-MM-DD", text);
        }
        return date(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
    }

    /** {@code YYYY-MM-DD hh:mm:ss[.f…]}. */
    static LocalDateTime dateTimeOf(byte[] text) {
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
    static LocalTime timeOf(byte[] text) {
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

    /** {@code [-]hh:mm:ss[.ffffff]}, the fraction only if there is one. */
    static String timeText(boolean negative, int hour, int minute, int second, int micros) {
        StringBuilder text = new StringBuilder(negative ? "-" : "");
        appendPadded(text, hour, 2).append(':');
        appendPadded(text, minute, 2).append(':');
        appendPadded(text, second, 2);
        return micros == 0 ? text.toString() : appendPadded(text.append('.'), micros, 6).toString();
    }

    static StringBuilder appendPadded(StringBuilder text, int number, int width) {
        String digits = Integer.toString(number);
        for (int i = digits.length(); i < width; i++) {
            text.append('0');
        }
        return text.append(digits);
    }

    private static UnfaithfulValueException noSuchDate(String text) {
        return new UnfaithfulValueException(text, "there is no such day in the calendar");
    }

    private static MalformedBytesException noText(String wanted, byte[] text) {
        return new MalformedBytesException(
                "wanted " + wanted + ", found " + new String(text, StandardCharsets.ISO_8859_1));
    }
}
