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

/** The text that MariaDB gives for the bytes of its types UUID, INET4 and INET6. */
final class AddressText {

    private static final int WORDS = 8;

    private AddressText() {}

    /** 16 bytes as {@code 8-4-4-4-12} hexadecimal digits. */
    static String uuid(byte[] bytes) {
        StringBuilder text = new StringBuilder(36);
        for (int i = 0; i < bytes.length; i++) {
            text.append(i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "");
            text.append(Character.forDigit(bytes[i] >> 4 & 15, 16));
            text.append(Character.forDigit(bytes[i] & 15, 16));
        }
        return text.toString();
    }

    static String inet4(byte[] bytes) {
        return inet4(bytes, 0);
    }

    private static String inet4(byte[] bytes, int at) {
        return (bytes[at] & 0xff)
                + "."
                + (bytes[at + 1] & 0xff)
                + "."
                + (bytes[at + 2] & 0xff)
                + "."
                + (bytes[at + 3] & 0xff);
    }

    /**
     * 16 bytes as an IPv6 address: the first of the longest runs of zero words, even a single one,
     * is left out; addresses that stand for one of IPv4 end in its form.
     */
    static String inet6(byte[] bytes) {
        int[] words = new int[WORDS];
        int gap = -1;
        int gapLength = 0;
        int run = 0;
        for (int i = 0; i < WORDS; i++) {
            words[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
            run = words[i] == 0 ? run + 1 : 0;
            if (run > gapLength) {
                gapLength = run;
                gap = i - run + 1;
            }
        }
        boolean inet4 = gap == 0 && (gapLength == 6 || gapLength == 5 && words[5] == 0xffff);
        StringBuilder text = new StringBuilder(45);
        for (int i = 0; i < WORDS; i++) {
            if (i == gap) {
                text.append(i == 0 ? "::" : ":");
                i += gapLength - 1;
            } else if (i == 6 && inet4) {
                return text.append(inet4(bytes, 12)).toString();
            } else {
                text.append(Integer.toHexString(words[i])).append(i == WORDS - 1 ? "" : ":");
            }
        }
        return text.toString();
    }
}
