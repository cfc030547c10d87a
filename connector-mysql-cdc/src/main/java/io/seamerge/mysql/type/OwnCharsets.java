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

import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The characters of character sets that Java has not, as a MySQL server converts them; a test
 * compares each code with a server. Constants.
 */
final class OwnCharsets {

    private static final char NONE = '\ufffd';

    /** Of sets of one byte: the characters of 0x80 to 0xff. */
    private static final Map<String, String> UPPER_HALVES = upperHalves();

    /** Swedish letters in the place of brackets and the like. */
    private static final String SWE7 =
            "@\u00c9[\u00c4\\\u00d6]\u00c5^\u00dc`\u00e9{\u00e4|\u00f6}\u00e5~\u00fc\u007f\ufffd";

    /** IBM's extensions of EUC-JP, from 0x8ff3f3 to 0x8ff4fe. */
    private static final String IBM_EXTENSIONS =
            "\u2170\u2171\u2172\u2173\u2174\u2175\u2176\u2177\u2178\u2179\u2160\u2161"
                    + "\u2162\u2163\u2164\u2165\u2166\u2167\u2168\u2169\uff07\uff02\u3231\u2116"
                    + "\u2121\u70bb\u4efc\u50f4\u51ec\u5307\u5324\ufa0e\u548a\u5759\ufa0f\ufa10"
                    + "\u589e\u5bec\u5cf5\u5d53\ufa11\u5fb7\u6085\u6120\u654e\u663b\u6665\ufa12"
                    + "\uf929\u6801\ufa13\ufa14\u6a6b\u6ae2\u6df8\u6df2\u7028\ufa15\ufa16\u7501"
                    + "\u7682\u769e\ufa17\u7930\ufa18\ufa19\ufa1a\ufa1b\u7ae7\ufa1c\ufa1d\u7da0"
                    + "\u7dd6\ufa1e\u8362\ufa1f\u85b0\ufa20\ufa21\u8807\ufa22\u8b7f\u8cf4\u8d76"
                    + "\ufa23\ufa24\ufa25\u90de\ufa26\u9115\ufa27\ufa28\u9592\uf9dc\ufa29\u973b"
                    + "\u974d\u9751\ufa2a\ufa2b\ufa2c\u999e\u9ad9\u9b72\ufa2d\u9ed1";

    private OwnCharsets() {}

    static boolean isOneByte(String name) {
        return oneByteNames().contains(name);
    }

    static Set<String> oneByteNames() {
        Set<String> names = new TreeSet<>(UPPER_HALVES.keySet());
        names.add("swe7");
        return names;
    }

    /** The character of each byte, U+FFFD where there is none. */
    static char[] table(String name) {
        char[] table = new char[256];
        for (int i = 0; i < 128; i++) {
            table[i] = (char) i;
        }
        String upper = UPPER_HALVES.get(name);
        for (int i = 0; i < 128; i++) {
            table[128 + i] = upper == null ? NONE : upper.charAt(i);
        }
        if (name.equals("swe7")) {
            for (int i = 0; i < SWE7.length(); i += 2) {
                table[SWE7.charAt(i)] = SWE7.charAt(i + 1);
            }
        }
        return table;
    }

    /**
     * Reads eucjpms: the characters of windows-31j in the codes of EUC-JP, IBM's extensions in
     * three bytes, and rows 85 to 94 for private use. What is none of these becomes U+FFFD.
     */
    static String decodeEucJpMs(byte[] bytes, int offset, int length) {
        StringBuilder text = new StringBuilder(length);
        int end = offset + length;
        for (int i = offset; i < end; ) {
            int first = bytes[i] & 0xff;
            int left = end - i;
            if (first < 0x80) {
                text.append((char) first);
                i++;
            } else if (first == 0x8e && left > 1 && isBetween(bytes[i + 1], 0xa1, 0xdf)) {
                text.append((char) (0xff61 + (bytes[i + 1] & 0xff) - 0xa1));
                i += 2;
            } else if (first == 0x8f
                    && left > 2
                    && isBetween(bytes[i + 1], 0xa1, 0xfe)
                    && isBetween(bytes[i + 2], 0xa1, 0xfe)) {
                text.append(ofThree((bytes[i + 1] & 0xff) - 0xa0, (bytes[i + 2] & 0xff) - 0xa0));
                i += 3;
            } else if (first >= 0xa1
                    && first <= 0xfe
                    && left > 1
                    && isBetween(bytes[i + 1], 0xa1, 0xfe)) {
                text.append(ofTwo(first - 0xa0, (bytes[i + 1] & 0xff) - 0xa0));
                i += 2;
            } else {
                text.append(NONE);
                i++;
            }
        }
        return text.toString();
    }

    private static boolean isBetween(byte value, int least, int greatest) {
        return (value & 0xff) >= least && (value & 0xff) <= greatest;
    }

    private static String ofTwo(int row, int cell) {
        if (row >= 85) {
            return String.valueOf((char) (0xe000 + (row - 85) * 94 + cell - 1));
        }
        int high = (row - 1) / 2 + (row <= 62 ? 0x81 : 0xc1);
        int low = row % 2 == 0 ? cell + 0x9e : cell + (cell <= 63 ? 0x3f : 0x40);
        return new String(new byte[] {(byte) high, (byte) low}, Windows31J.CHARSET);
    }

    private static String ofThree(int row, int cell) {
        if (row >= 85) {
            return String.valueOf((char) (0xe3ac + (row - 85) * 94 + cell - 1));
        }
        int extension = (row - 83) * 94 + cell - 83;
        if (extension >= 0) {
            return String.valueOf(IBM_EXTENSIONS.charAt(extension));
        }
        if (row == 2 && cell == 0x23) {
            return "\uffe4";
        }
        byte[] code = {(byte) 0x8f, (byte) (row + 0xa0), (byte) (cell + 0xa0)};
        return new String(code, Windows31J.EUC);
    }

    /** Looked for when they are needed: a small Java runtime may lack them. */
    private static final class Windows31J {

        private static final Charset CHARSET = Charset.forName("windows-31j");
        private static final Charset EUC = Charset.forName("EUC-JP");
    }

    private static Map<String, String> upperHalves() {
        Map<String, String> halves = new HashMap<>();
        halves.put(
                "armscii8",
                "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
                        + "\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097"
                        + "\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u2741\u00a7\u0589"
                        + "\u0029\u0028\u00bb\u00ab\u2014\u002e\u055d\u002c\u002d\u055f\u2026\u055c"
                        + "\u055b\u055e\u0531\u0561\u0532\u0562\u0533\u0563\u0534\u0564\u0535\u0565"
                        + "\u0536\u0566\u0537\u0567\u0538\u0568\u0539\u0569\u053a\u056a\u053b\u056b"
                        + "\u053c\u056c\u053d\u056d\u053e\u056e\u053f\u056f\u0540\u0570\u0541\u0571"
                        + "\u0542\u0572\u0543\u0573\u0544\u0574\u0545\u0575\u0546\u0576\u0547\u0577"
                        + "\u0548\u0578\u0549\u0579\u054a\u057a\u054b\u057b\u054c\u057c\u054d\u057d"
                        + "\u054e\u057e\u054f\u057f\u0550\u0580\u0551\u0581\u0552\u0582\u0553\u0583"
                        + "\u0554\u0584\u0555\u0585\u0556\u0586\u2019\u0027");
        halves.put(
                "dec8",
                "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
                        + "\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097"
                        + "\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u00a1\u00a2\u00a3"
                        + "\ufffd\u00a5\ufffd\u00a7\u00a4\u00a9\u00aa\u00ab\ufffd\ufffd\ufffd\ufffd"
                        + "\u00b0\u00b1\u00b2\u00b3\ufffd\u00b5\u00b6\u00b7\ufffd\u00b9\u00ba\u00bb"
                        + "\u00bc\u00bd\ufffd\u00bf\u00c0\u00c1\u00c2\u00c3\u00c4\u00c5\u00c6\u00c7"
                        + "\u00c8\u00c9\u00ca\u00cb\u00cc\u00cd\u00ce\u00cf\ufffd\u00d1\u00d2\u00d3"
                        + "\u00d4\u00d5\u00d6\u0152\u00d8\u00d9\u00da\u00db\u00dc\u0178\ufffd\u00df"
                        + "\u00e0\u00e1\u00e2\u00e3\u00e4\u00e5\u00e6\u00e7\u00e8\u00e9\u00ea\u00eb"
                        + "\u00ec\u00ed\u00ee\u00ef\ufffd\u00f1\u00f2\u00f3\u00f4\u00f5\u00f6\u0153"
                        + "\u00f8\u00f9\u00fa\u00fb\u00fc\u00ff\ufffd\ufffd");
        halves.put(
                "geostd8",
                "\u20ac\ufffd\u201a\ufffd\u201e\u2026\u2020\u2021\ufffd\u2030\ufffd\u2039"
                        + "\ufffd\ufffd\ufffd\ufffd\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014"
                        + "\ufffd\ufffd\ufffd\u203a\ufffd\ufffd\ufffd\ufffd\u00a0\u00a1\u00a2\u00a3"
                        + "\u00a4\u00a5\u00a6\u00a7\u00a8\u00a9\u00aa\u00ab\u00ac\u00ad\u00ae\u00af"
                        + "\u00b0\u00b1\u00b2\u00b3\u00b4\u00b5\u00b6\u00b7\u00b8\u00b9\u00ba\u00bb"
                        + "\u00bc\u00bd\u00be\u00bf\u10d0\u10d1\u10d2\u10d3\u10d4\u10d5\u10d6\u10f1"
                        + "\u10d7\u10d8\u10d9\u10da\u10db\u10dc\u10f2\u10dd\u10de\u10df\u10e0\u10e1"
                        + "\u10e2\u10f3\u10e3\u10e4\u10e5\u10e6\u10e7\u10e8\u10e9\u10ea\u10eb\u10ec"
                        + "\u10ed\u10ee\u10f4\u10ef\u10f0\u10f5\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
                        + "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd"
                        + "\ufffd\ufffd\ufffd\ufffd\ufffd\u2116\ufffd\ufffd");
        halves.put(
                "hp8",
                "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b"
                        + "\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097"
                        + "\u0098\u0099\u009a\u009b\u009c\u009d\u009e\u009f\u00a0\u00c0\u00c2\u00c8"
                        + "\u00ca\u00cb\u00ce\u00cf\u00b4\u02cb\u02c6\u00a8\u02dc\u00d9\u00db\u20a4"
                        + "\u00af\u00dd\u00fd\u00b0\u00c7\u00e7\u00d1\u00f1\u00a1\u00bf\u00a4\u00a3"
                        + "\u00a5\u00a7\u0192\u00a2\u00e2\u00ea\u00f4\u00fb\u00e1\u00e9\u00f3\u00fa"
                        + "\u00e0\u00e8\u00f2\u00f9\u00e4\u00eb\u00f6\u00fc\u00c5\u00ee\u00d8\u00c6"
                        + "\u00e5\u00ed\u00f8\u00e6\u00c4\u00ec\u00d6\u00dc\u00c9\u00ef\u00df\u00d4"
                        + "\u00c1\u00c3\u00e3\u00d0\u00f0\u00cd\u00cc\u00d3\u00d2\u00d5\u00f5\u0160"
                        + "\u0161\u00da\u0178\u00ff\u00de\u00fe\u00b7\u00b5\u00b6\u00be\u2014\u00bc"
                        + "\u00bd\u00aa\u00ba\u00ab\u25a0\u00bb\u00b1\ufffd");
        halves.put(
                "keybcs2",
                "\u010c\u00fc\u00e9\u010f\u00e4\u010e\u0164\u010d\u011b\u011a\u0139\u00cd"
                        + "\u013e\u013a\u00c4\u00c1\u00c9\u017e\u017d\u00f4\u00f6\u00d3\u016f\u00da"
                        + "\u00fd\u00d6\u00dc\u0160\u013d\u00dd\u0158\u0165\u00e1\u00ed\u00f3\u00fa"
                        + "\u0148\u0147\u016e\u00d4\u0161\u0159\u0155\u0154\u00bc\u00a1\u00ab\u00bb"
                        + "\u2591\u2592\u2593\u2502\u2524\u2561\u2562\u2556\u2555\u2563\u2551\u2557"
                        + "\u255d\u255c\u255b\u2510\u2514\u2534\u252c\u251c\u2500\u253c\u255e\u255f"
                        + "\u255a\u2554\u2569\u2566\u2560\u2550\u256c\u2567\u2568\u2564\u2565\u2559"
                        + "\u2558\u2552\u2553\u256b\u256a\u2518\u250c\u2588\u2584\u258c\u2590\u2580"
                        + "\u03b1\u00df\u0393\u03c0\u03a3\u03c3\u00b5\u03c4\u03a6\u0398\u03a9\u03b4"
                        + "\u221e\u03c6\u03b5\u2229\u2261\u00b1\u2265\u2264\u2320\u2321\u00f7\u2248"
                        + "\u00b0\u2219\u00b7\u221a\u207f\u00b2\u25a0\u00a0");
        return halves;
    }
}
