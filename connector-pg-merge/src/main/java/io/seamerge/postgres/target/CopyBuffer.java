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

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Rows in PostgreSQL's COPY format, as text or binary. Not thread-safe. */
public final class CopyBuffer {

    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BINARY_HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };
    private static final int INITIAL_BYTES = 128 * 1024;

    private byte[] content = new byte[INITIAL_BYTES];

    /** The same bytes, for numbers. */
    private ByteBuffer numbers = ByteBuffer.wrap(content);

    private int length;
    private final byte[] digits = new byte[20];

    /** The bytes so far; those beyond {@link #length()} mean nothing. */
    public byte[] content() {
        return content;
    }

    public int length() {
        return length;
    }

    /** What PostgreSQL reads from a column of ASCII characters that holds no line ends or tabs. */
    String unescaped() {
        return new String(content, 0, length, StandardCharsets.US_ASCII).replace("\\\\", "\\");
    }

    /** Forgets what is in it. */
    public void clear() {
        length = 0;
    }

    void nullValue() {
        put('\\');
        put('N');
    }

    void endColumn() {
        put('\t');
    }

    /** Turns the last column's end into the row's end. */
    void endRow() {
        content[length - 1] = '\n';
    }

    /** A character that needs no escape. */
    void put(int character) {
        ensure(1);
        content[length++] = (byte) character;
    }

    /** Text that needs no escape: digits and the like. */
    void ascii(String text) {
        int n = text.length();
        ensure(n);
        for (int i = 0; i < n; i++) {
            content[length++] = (byte) text.charAt(i);
        }
    }

    void number(long value) {
        if (value == Long.MIN_VALUE) {
            ascii("-9223372036854775808");
            return;
        }
        ensure(20);
        long rest = value;
        if (rest < 0) {
            content[length++] = '-';
            rest = -rest;
        }
        int n = 0;
        do {
            digits[n++] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        while (n > 0) {
            content[length++] = digits[--n];
        }
    }

    /** At least so many digits, with zeros before. */
    void padded(int value, int width) {
        int limit = 1;
        for (int i = 1; i < width; i++) {
            limit *= 10;
            if (value < limit) {
                for (int j = i; j < width; j++) {
                    put('0');
                }
                break;
            }
        }
        number(value);
    }

    void hex(byte[] bytes) {
        ensure(bytes.length * 2);
        for (byte b : bytes) {
            content[length++] = HEX[b >> 4 & 0xf];
            content[length++] = HEX[b & 0xf];
        }
    }

    /**
     * Any text.
     *
     * @throws IllegalArgumentException if it holds a NUL or half a surrogate pair, which PostgreSQL
     *     cannot store
     */
    void text(String text) {
        int n = text.length();
        ensure(n * 3);
        for (int i = 0; i < n; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                escaped(c);
            } else {
                i += beyondAscii(text, i, c);
            }
        }
    }

    /**
     * @return how many more characters of the text it took
     */
    private int beyondAscii(String text, int i, char c) {
        if (c < 0x800) {
            content[length++] = (byte) (0xc0 | c >> 6);
            content[length++] = (byte) (0x80 | c & 0x3f);
            return 0;
        }
        if (!Character.isSurrogate(c)) {
            content[length++] = (byte) (0xe0 | c >> 12);
            content[length++] = (byte) (0x80 | c >> 6 & 0x3f);
            content[length++] = (byte) (0x80 | c & 0x3f);
            return 0;
        }
        int point = text.codePointAt(i);
        if (point == c) {
            throw new IllegalArgumentException(
                    "it holds half a surrogate pair at character " + (i + 1));
        }
        content[length++] = (byte) (0xf0 | point >> 18);
        content[length++] = (byte) (0x80 | point >> 12 & 0x3f);
        content[length++] = (byte) (0x80 | point >> 6 & 0x3f);
        content[length++] = (byte) (0x80 | point & 0x3f);
        return 1;
    }

    private void escaped(char c) {
        switch (c) {
            case 0:
                throw new IllegalArgumentException(
                        "it holds a NUL byte, which PostgreSQL cannot store in text");
            case '\\':
            case '\t':
            case '\n':
            case '\r':
                content[length++] = '\\';
                content[length++] =
                        (byte) (c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\');
                break;
            default:
                content[length++] = (byte) c;
        }
    }

    // ---- the binary form ---------------------------------------------------------------------

    /** What comes before the first row. */
    public void binaryHeader() {
        bytes(BINARY_HEADER);
    }

    /** What comes behind the last row. */
    public void binaryTrailer() {
        int16(-1);
    }

    void int16(int value) {
        ensure(2);
        numbers.putShort(length, (short) value);
        length += 2;
    }

    void int32(int value) {
        ensure(4);
        numbers.putInt(length, value);
        length += 4;
    }

    void int64(long value) {
        ensure(8);
        numbers.putLong(length, value);
        length += 8;
    }

    void bytes(byte[] value) {
        ensure(value.length);
        System.arraycopy(value, 0, content, length, value.length);
        length += value.length;
    }

    /** Leaves room for a value's length, to be filled in by {@link #endValue}. */
    int beginValue() {
        int32(0);
        return length;
    }

    void endValue(int begin) {
        numbers.putInt(begin - 4, length - begin);
    }

    /**
     * Any text, as it is.
     *
     * @throws IllegalArgumentException as {@link #text}
     */
    void utf8(String text) {
        int n = text.length();
        ensure(n * 3);
        for (int i = 0; i < n; i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new IllegalArgumentException(
                        "it holds a NUL byte, which PostgreSQL cannot store in text");
            }
            if (c < 0x80) {
                content[length++] = (byte) c;
            } else {
                i += beyondAscii(text, i, c);
            }
        }
    }

    private void ensure(int more) {
        if (content.length - length < more) {
            content = Arrays.copyOf(content, Math.max(content.length * 2, length + more));
            numbers = ByteBuffer.wrap(content);
        }
    }
}
