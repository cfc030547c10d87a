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
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/**
 * Decodes text of one of MySQL's character sets, without ever replacing what it cannot read: bytes
 * that are no text throw {@link UnfaithfulValueException}. Thread-safe.
 */
final class TextCharset {

    private static final char REPLACEMENT = '\ufffd';

    private static final Map<String, String> JAVA_NAMES = javaNames();

    /**
     * MySQL's latin1 is windows-1252 with the five bytes that it leaves free as control characters.
     */
    private static final char[] LATIN1 = latin1();

    static final TextCharset UTF8 = of("utf8mb4");

    /** Null for latin1. */
    private final Charset charset;

    private final String name;

    private TextCharset(String name, Charset charset) {
        this.name = name;
        this.charset = charset;
    }

    /**
     * @param name MySQL's name of the character set
     * @throws IllegalArgumentException if it is not supported
     */
    static TextCharset of(String name) {
        if (name.equals("latin1")) {
            return new TextCharset(name, null);
        }
        String javaName = JAVA_NAMES.get(name);
        if (javaName == null) {
            throw new IllegalArgumentException(
                    "The character set "
                            + name
                            + " is not supported. Supported are latin1, "
                            + String.join(", ", new java.util.TreeSet<>(JAVA_NAMES.keySet()))
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

    String decode(byte[] bytes, int offset, int length) {
        if (charset == null) {
            char[] characters = new char[length];
            for (int i = 0; i < length; i++) {
                characters[i] = LATIN1[bytes[offset + i] & 0xff];
            }
            return new String(characters);
        }
        String text = new String(bytes, offset, length, charset);
        // The fast way replaces what it cannot read; only then is the slow way needed to tell.
        return text.indexOf(REPLACEMENT) < 0 ? text : decodeStrictly(bytes, offset, length);
    }

    private String decodeStrictly(byte[] bytes, int offset, int length) {
        try {
            return charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, offset, length))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder hex = new StringBuilder("0x");
            for (int i = 0; i < length && i < 100; i++) {
                hex.append(Character.forDigit(bytes[offset + i] >> 4 & 15, 16));
                hex.append(Character.forDigit(bytes[offset + i] & 15, 16));
            }
            throw new UnfaithfulValueException(
                    hex + (length > 100 ? "…" : ""), "these bytes are no text in " + name);
        }
    }

    private static char[] latin1() {
        char[] table = new String(everyByte(), Charset.forName("windows-1252")).toCharArray();
        for (int i = 0; i < 256; i++) {
            if (table[i] == REPLACEMENT) {
                table[i] = (char) i;
            }
        }
        return table;
    }

    private static byte[] everyByte() {
        byte[] bytes = new byte[256];
        for (int i = 0; i < 256; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static Map<String, String> javaNames() {
        Map<String, String> names = new HashMap<>();
        names.put("utf8", StandardCharsets.UTF_8.name());
        names.put("utf8mb3", StandardCharsets.UTF_8.name());
        names.put("utf8mb4", StandardCharsets.UTF_8.name());
        names.put("ascii", StandardCharsets.US_ASCII.name());
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
        names.put("sjis", "Shift_JIS");
        names.put("cp932", "windows-31j");
        names.put("ucs2", "UTF-16BE");
        names.put("utf16", "UTF-16BE");
        names.put("utf16le", "UTF-16LE");
        names.put("utf32", "UTF-32BE");
        return Collections.unmodifiableMap(names);
    }
}
