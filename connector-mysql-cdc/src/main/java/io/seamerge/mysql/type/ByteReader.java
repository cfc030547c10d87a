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

import java.util.Arrays;

/**
 * Reads the numbers and bytes of MySQL's binary formats from a part of a byte array, without
 * copying it. Every read is checked against the end of that part: reading past it throws {@link
 * MalformedBytesException}, since the array behind may hold bytes of something older.
 *
 * <p>Not thread-safe.
 */
public final class ByteReader {

    private byte[] bytes;
    private int position;
    private int end;

    /** A reader of nothing; see {@link #reset}. */
    public ByteReader() {
        reset(new byte[0], 0, 0);
    }

    /** A reader of {@code length} bytes from {@code offset}. */
    public ByteReader(byte[] bytes, int offset, int length) {
        reset(bytes, offset, length);
    }

    /** Makes this a reader of {@code length} bytes from {@code offset}; the array is not copied. */
    public void reset(byte[] bytes, int offset, int length) {
        if (offset < 0 || length < 0 || length > bytes.length - offset) {
            throw new IndexOutOfBoundsException(
                    length + " bytes from " + offset + " of " + bytes.length);
        }
        this.bytes = bytes;
        this.position = offset;
        this.end = offset + length;
    }

    /** The array that is read; {@link #position()} is an index in it. */
    public byte[] array() {
        return bytes;
    }

    public int position() {
        return position;
    }

    /** Moves to an index of the array, within the part that is read. */
    public void position(int newPosition) {
        if (newPosition < 0 || newPosition > end) {
            throw new MalformedBytesException(
                    "position " + newPosition + " is past the end " + end);
        }
        position = newPosition;
    }

    public int remaining() {
        return end - position;
    }

    /** Skips {@code count} bytes. */
    public void skip(int count) {
        advance(count);
    }

    /** Skips {@code count} bytes and returns the index where they begin. */
    public int advance(int count) {
        if (count < 0 || count > end - position) {
            throw new MalformedBytesException(
                    "wanted " + count + " bytes, found " + (end - position));
        }
        int start = position;
        position += count;
        return start;
    }

    public int unsigned1() {
        return bytes[advance(1)] & 0xff;
    }

    public int unsigned2() {
        int at = advance(2);
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
    }

    public int unsigned3() {
        int at = advance(3);
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff) << 16;
    }

    public int signed4() {
        int at = advance(4);
        return (bytes[at] & 0xff)
                | (bytes[at + 1] & 0xff) << 8
                | (bytes[at + 2] & 0xff) << 16
                | bytes[at + 3] << 24;
    }

    public long unsigned4() {
        return signed4() & 0xffffffffL;
    }

    public long signed8() {
        long low = unsigned4();
        return low | (long) signed4() << 32;
    }

    /** A little-endian unsigned number of 0 to 8 bytes; 8 bytes come as a signed long. */
    public long littleEndian(int count) {
        int at = advance(count);
        long value = 0;
        for (int i = count - 1; i >= 0; i--) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    /** A big-endian unsigned number of 0 to 8 bytes; 8 bytes come as a signed long. */
    public long bigEndian(int count) {
        int at = advance(count);
        long value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | bytes[at + i] & 0xff;
        }
        return value;
    }

    /** A length-encoded number of the client protocol, of 1 to 9 bytes. */
    public long packed() {
        int first = unsigned1();
        if (first < 251) {
            return first;
        }
        switch (first) {
            case 252:
                return unsigned2();
            case 253:
                return unsigned3();
            case 254:
                return signed8();
            default:
                throw new MalformedBytesException("no length-encoded number begins with " + first);
        }
    }

    /** A length-encoded number that must count bytes within this reader. */
    public int packedLength() {
        long length = packed();
        if (length < 0 || length > remaining()) {
            throw new MalformedBytesException(
                    "a length of " + length + " with " + remaining() + " bytes left");
        }
        return (int) length;
    }

    /** A copy of the next {@code count} bytes. */
    public byte[] copy(int count) {
        int at = advance(count);
        return Arrays.copyOfRange(bytes, at, at + count);
    }
}
