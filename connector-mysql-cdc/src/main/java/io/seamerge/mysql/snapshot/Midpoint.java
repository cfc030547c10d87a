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
package io.seamerge.mysql.snapshot;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Objects;

/**
 * Guesses keys midway between two others. A guess only says where to ask the server: it knows
 * nothing of collations, and what it says may lie anywhere. Pure.
 */
final class Midpoint {

    /** Characters, or bytes, that a guess looks at behind those that both keys begin with. */
    private static final int DIGITS = 3;

    private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

    private Midpoint() {}

    /**
     * @param low a key, or the first columns of one
     * @param high likewise
     * @return the first columns of a key that is about midway between them, perhaps those of {@code
     *     high}; null if the two do not differ, or one was widened to what the other cannot be
     *     compared with
     */
    static Object[] between(Object[] low, Object[] high) {
        for (int i = 0; i < Math.min(low.length, high.length); i++) {
            if (!Objects.deepEquals(low[i], high[i])) {
                if (!isOneKind(low[i], high[i])) {
                    return null;
                }
                Object[] key = Arrays.copyOf(high, i + 1);
                Object middle = between(low[i], high[i]);
                if (!Objects.deepEquals(middle, low[i])) {
                    key[i] = middle;
                }
                return key;
            }
        }
        return null;
    }

    /** A key that comes from a row has the merged table's type, one from a look-up its own. */
    private static boolean isOneKind(Object low, Object high) {
        return low instanceof Number
                ? high instanceof Number
                : low != null && high != null && low.getClass() == high.getClass();
    }

    private static Object between(Object low, Object high) {
        if (low instanceof BigDecimal || high instanceof BigDecimal) {
            BigDecimal a = new BigDecimal(low.toString());
            BigDecimal b = new BigDecimal(high.toString());
            return a.add(b)
                    .divide(
                            BigDecimal.valueOf(2),
                            Math.max(a.scale(), b.scale()),
                            RoundingMode.FLOOR);
        }
        if (low instanceof Number) {
            return middle(((Number) low).longValue(), ((Number) high).longValue());
        }
        if (low instanceof LocalDate) {
            return LocalDate.ofEpochDay(
                    middle(((LocalDate) low).toEpochDay(), ((LocalDate) high).toEpochDay()));
        }
        if (low instanceof LocalDateTime) {
            long micros = middle(micros((LocalDateTime) low), micros((LocalDateTime) high));
            return LocalDateTime.ofEpochSecond(
                    Math.floorDiv(micros, 1_000_000L),
                    (int) Math.floorMod(micros, 1_000_000L) * 1_000,
                    ZoneOffset.UTC);
        }
        if (low instanceof byte[]) {
            return between((byte[]) low, (byte[]) high);
        }
        return between((String) low, (String) high);
    }

    private static long middle(long low, long high) {
        return (low & high) + ((low ^ high) >> 1);
    }

    private static long micros(LocalDateTime time) {
        return time.toEpochSecond(ZoneOffset.UTC) * 1_000_000L + time.getNano() / 1_000;
    }

    private static byte[] between(byte[] low, byte[] high) {
        int common = 0;
        while (common < Math.min(low.length, high.length) && low[common] == high[common]) {
            common++;
        }
        byte[] bytes = Arrays.copyOf(high.length > common ? high : low, common + DIGITS);
        long sum = 0;
        for (int i = common; i < common + DIGITS; i++) {
            sum = (sum << 8) + (i < low.length ? low[i] & 0xff : 0);
            sum += i < high.length ? high[i] & 0xff : 0;
        }
        long middle = sum / 2;
        for (int i = common + DIGITS - 1; i >= common; i--) {
            bytes[i] = (byte) middle;
            middle >>= 8;
        }
        return bytes;
    }

    /** Letters and digits as most collations order them, whatever their case; else code units. */
    private static String between(String low, String high) {
        int common = 0;
        while (common < Math.min(low.length(), high.length())
                && low.charAt(common) == high.charAt(common)) {
            common++;
        }
        // Where only case tells them apart, code units do.
        boolean plain =
                isPlain(low, common)
                        && isPlain(high, common)
                        && number(low, common, true, ALPHABET.length())
                                != number(high, common, true, ALPHABET.length());
        boolean upper = plain && !hasLower(low, common) && !hasLower(high, common);
        // Characters beyond what both keys hold may not exist in the column's character set.
        int base =
                plain
                        ? ALPHABET.length()
                        : isLatin(low, common) && isLatin(high, common) ? 0x100 : 0x10000;
        long middle = (number(low, common, plain, base) + number(high, common, plain, base)) / 2;
        char[] digits = new char[DIGITS];
        for (int i = DIGITS - 1; i >= 0; i--) {
            digits[i] = character((int) (middle % base), plain, upper);
            middle /= base;
        }
        return low.substring(0, common) + new String(digits);
    }

    private static boolean isLatin(String text, int from) {
        for (int i = from; i < Math.min(text.length(), from + DIGITS); i++) {
            if (text.charAt(i) >= 0x100) {
                return false;
            }
        }
        return true;
    }

    private static long number(String text, int from, boolean plain, int base) {
        long number = 0;
        for (int i = from; i < from + DIGITS; i++) {
            number = number * base + digit(text, i, plain);
        }
        return number;
    }

    private static boolean isPlain(String text, int from) {
        for (int i = from; i < Math.min(text.length(), from + DIGITS); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasLower(String text, int from) {
        for (int i = from; i < Math.min(text.length(), from + DIGITS); i++) {
            if (text.charAt(i) >= 'a' && text.charAt(i) <= 'z') {
                return true;
            }
        }
        return false;
    }

    private static int digit(String text, int i, boolean plain) {
        if (i >= text.length()) {
            return 0;
        }
        char c = text.charAt(i);
        // Punctuation stands before digits and letters.
        return plain ? Math.max(0, ALPHABET.indexOf(Character.toLowerCase(c))) : c;
    }

    private static char character(int digit, boolean plain, boolean upper) {
        if (plain) {
            char c = ALPHABET.charAt(digit);
            return upper ? Character.toUpperCase(c) : c;
        }
        // Half of a surrogate pair is no character, and neither is NUL in any text of use.
        return digit >= 0xD800 && digit <= 0xDFFF ? '\uD7FF' : (char) Math.max(1, digit);
    }
}
