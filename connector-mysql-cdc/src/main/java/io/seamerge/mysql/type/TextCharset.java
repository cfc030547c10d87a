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

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decodes text of one of MySQL's character sets to the characters that MySQL takes it for, without
 * ever replacing what it cannot read: bytes that are no text throw {@link
 * UnfaithfulValueException}. Thread-safe.
 */
final class TextCharset {

    private static final char REPLACEMENT = '\ufffd';

    private static final Map<String, String> JAVA_NAMES = javaNames();

    private static final Set<String> ONE_BYTE =
            new HashSet<>(
                    Arrays.asList(
                            "ascii",
                            "cp1250",
                            "cp1251",
                            "cp1256",
                            "cp1257",
                            "cp850",
                            "cp852",
                            "cp866",
                            "greek",
                            "hebrew",
                            "koi8r",
                            "koi8u",
                            "latin1",
                            "latin2",
                            "latin5",
                            "latin7",
                            "macce",
                            "macroman",
                            "tis620"));

    static final TextCharset UTF8 = of("utf8mb4");

    private final String name;
    private final Charset charset;

    /**
     * Of a character set of one byte: the character of each byte, or {@link #REPLACEMENT}; else
     * null.
     */
    private final char[] table;

    /** Pairs of what Java reads and what MySQL reads, where they differ. */
    private final String replaced;

    private TextCharset(String name, Charset charset) {
        this.name = name;
        this.charset = charset;
        this.table =
                OwnCharsets.isOneByte(name)
                        ? OwnCharsets.table(name)
                        : ONE_BYTE.contains(name) ? table(name, charset) : null;
        this.replaced = replaced(name, charset);
    }

    /**
     * @param name MySQL's name of the character set
     * @throws IllegalArgumentException if it is not supported
     */
    static TextCharset of(String name) {
        String javaName = JAVA_NAMES.get(name);
        if (javaName == null) {
            if (OwnCharsets.isOneByte(name)) {
                return new TextCharset(name, null);
            }
            throw new IllegalArgumentException(
                    "The character set "
                            + name
                            + " is not supported. Supported are "
                            + String.join(", ", supported())
                            + ". No other character sets are supported.");
        }
        if (!Charset.isSupported(javaName)) {
            throw new IllegalArgumentException(
                    "The character set "
                            + name
                            + " needs "
                            + javaName
                            + ", which this Java runtime lacks: install the module jdk.charsets");
        }
        return new TextCharset(name, Charset.forName(javaName));
    }

    private static Set<String> supported() {
        Set<String> names = new TreeSet<>(JAVA_NAMES.keySet());
        names.addAll(OwnCharsets.oneByteNames());
        return names;
    }

    String decode(byte[] bytes, int offset, int length) {
        return decode(bytes, offset, length, UnfaithfulValues.FAIL);
    }

    /**
     * @return null only if the policy for bytes that are no text says so
     */
    String decode(byte[] bytes, int offset, int length, UnfaithfulValues unfaithful) {
        String text =
                table != null
                        ? decodeByTable(bytes, offset, length)
                        : name.equals("eucjpms")
                                ? OwnCharsets.decodeEucJpMs(bytes, offset, length)
                                : new String(bytes, offset, length, charset);
        // The fast way replaces what it cannot read; only then is the slow way needed to tell.
        if (text.indexOf(REPLACEMENT) >= 0 && !isText(bytes, offset, length)) {
            UnfaithfulValues.Policy policy =
                    unfaithful.elseFail(
                            UnfaithfulValues.Kind.INVALID_TEXT,
                            hex(bytes, offset, length),
                            "these bytes are no text in " + name);
            if (policy == UnfaithfulValues.Policy.NULL) {
                return null;
            }
        }
        return replaced.isEmpty() ? text : replace(text);
    }

    private String decodeByTable(byte[] bytes, int offset, int length) {
        char[] characters = new char[length];
        for (int i = 0; i < length; i++) {
            characters[i] = table[bytes[offset + i] & 0xff];
        }
        return new String(characters);
    }

    private boolean isText(byte[] bytes, int offset, int length) {
        if (table != null || name.equals("eucjpms")) {
            // None of its characters is the replacement itself.
            return false;
        }
        try {
            charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, offset, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private String replace(String text) {
        StringBuilder changed = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            for (int pair = 0; pair < replaced.length(); pair += 2) {
                if (c == replaced.charAt(pair)) {
                    changed = changed == null ? new StringBuilder(text) : changed;
                    changed.setCharAt(i, replaced.charAt(pair + 1));
                }
            }
        }
        return changed == null ? text : changed.toString();
    }

    private static String hex(byte[] bytes, int offset, int length) {
        StringBuilder hex = new StringBuilder("0x");
        for (int i = 0; i < length && i < 100; i++) {
            hex.append(Character.forDigit(bytes[offset + i] >> 4 & 15, 16));
            hex.append(Character.forDigit(bytes[offset + i] & 15, 16));
        }
        return hex + (length > 100 ? "…" : "");
    }

    private static char[] table(String name, Charset charset) {
        byte[] everyByte = new byte[256];
        for (int i = 0; i < 256; i++) {
            everyByte[i] = (byte) i;
        }
        char[] table = new String(everyByte, charset).toCharArray();
        switch (name) {
            case "latin1":
                // windows-1252, and the five bytes that it leaves free are control characters.
                for (int i = 0x80; i < 0xa0; i++) {
                    table[i] = table[i] == REPLACEMENT ? (char) i : table[i];
                }
                break;
            case "tis620":
                for (int i = 0x80; i < 0xa0; i++) {
                    table[i] = (char) i;
                }
                break;
            case "cp866":
                table[0xfc] = '\u207f';
                table[0xfd] = '\u00b2';
                break;
            case "greek":
                table[0xa1] = '\u02bd';
                table[0xa2] = '\u02bc';
                break;
            case "hebrew":
                table[0xaf] = '\u203e';
                break;
            case "koi8u":
                table[0x95] = '\u2022';
                break;
            default:
                // Java and MySQL agree.
                break;
        }
        return table;
    }

    private static String replaced(String name, Charset charset) {
        switch (name) {
            case "sjis":
                return "\u2014\u2015\uff3c\\";
            case "ujis":
                return "\u2014\u2015\uff3c\\\uff5e~";
            case "gbk":
                return "\u2641\u2295";
            case "gb18030":
                return swappedInGb18030(charset);
            default:
                return "";
        }
    }

    /**
     * MySQL's GB 18030 is that of 2005; that of 2022, which newer Java runtimes have, swaps 18
     * characters with private ones.
     */
    private static String swappedInGb18030(Charset charset) {
        int[] codes = {
            0xa6d9, 0xa6da, 0xa6db, 0xa6dc, 0xa6dd, 0xa6de, 0xa6df, 0xa6ec, 0xa6ed, 0xa6f3, 0xfe59,
            0xfe61, 0xfe66, 0xfe67, 0xfe6d, 0xfe7e, 0xfe90, 0xfea0
        };
        String inMySql =
                "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796"
                        + "\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864";
        StringBuilder pairs = new StringBuilder();
        for (int i = 0; i < codes.length; i++) {
            byte[] code = {(byte) (codes[i] >> 8), (byte) codes[i]};
            char inJava = new String(code, charset).charAt(0);
            if (inJava != inMySql.charAt(i)) {
                pairs.append(inJava).append(inMySql.charAt(i));
                pairs.append(inMySql.charAt(i)).append(inJava);
            }
        }
        return pairs.toString();
    }

    private static Map<String, String> javaNames() {
        Map<String, String> names = new HashMap<>();
        names.put("utf8", StandardCharsets.UTF_8.name());
        names.put("utf8mb3", StandardCharsets.UTF_8.name());
        names.put("utf8mb4", StandardCharsets.UTF_8.name());
        names.put("ascii", StandardCharsets.US_ASCII.name());
        names.put("latin1", "windows-1252");
        names.put("latin2", "ISO-8859-2");
        names.put("latin5", "ISO-8859-9");
        names.put("latin7", "ISO-8859-13");
        names.put("greek", "ISO-8859-7");
        names.put("hebrew", "ISO-8859-8");
        names.put("cp1250", "windows-1250");
        names.put("cp1251", "windows-1251");
        names.put("cp1256", "windows-1256");
        names.put("cp1257", "windows-1257");
        names.put("cp850", "IBM850");
        names.put("cp852", "IBM852");
        names.put("cp866", "IBM866");
        names.put("koi8r", "KOI8-R");
        names.put("koi8u", "KOI8-U");
        names.put("tis620", "TIS-620");
        names.put("macroman", "x-MacRoman");
        names.put("macce", "x-MacCentralEurope");
        names.put("gbk", "GBK");
        names.put("gb2312", "GB2312");
        names.put("gb18030", "GB18030");
        names.put("big5", "Big5");
        names.put("euckr", "x-windows-949");
        names.put("ujis", "EUC-JP");
        // What is not that of windows-31j is looked up by OwnCharsets.
        names.put("eucjpms", "windows-31j");
        names.put("sjis", "Shift_JIS");
        names.put("cp932", "windows-31j");
        names.put("ucs2", "UTF-16BE");
        names.put("utf16", "UTF-16BE");
        names.put("utf16le", "UTF-16LE");
        names.put("utf32", "UTF-32BE");
        return Collections.unmodifiableMap(names);
    }
}
