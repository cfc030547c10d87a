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

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Values of MariaDB's COMPRESSED columns as they stand in the binlog: a byte that says how, then
 * the value itself (0), or its length and a zlib stream (8 in the high half; the low half has a bit
 * for a stream without header, and the bytes of the length, which is big-endian). An empty value
 * has no bytes at all.
 */
final class CompressedColumn {

    private static final int PLAIN = 0;
    private static final int ZLIB = 8;

    private CompressedColumn() {}

    /**
     * The value of the next {@code length} bytes.
     *
     * @throws MalformedBytesException if they are not of the form above
     */
    static byte[] inflate(ByteReader in, int length) {
        if (length == 0) {
            return new byte[0];
        }
        int how = in.unsigned1();
        if (how == PLAIN) {
            return in.copy(length - 1);
        }
        int lengthBytes = how & 7;
        if (how >> 4 != ZLIB || lengthBytes == 0 || lengthBytes > 4 || lengthBytes >= length) {
            throw new MalformedBytesException(
                    "a compressed value of " + length + " bytes begins with " + how);
        }
        long plainLength = in.bigEndian(lengthBytes);
        int compressedLength = length - 1 - lengthBytes;
        int at = in.advance(compressedLength);
        // Deflate makes at most 1032 bytes of one: what claims more is damaged.
        if (plainLength > 1032L * compressedLength || plainLength > Integer.MAX_VALUE - 8) {
            throw new MalformedBytesException(
                    compressedLength + " compressed bytes claim to be " + plainLength);
        }
        byte[] plain = new byte[(int) plainLength];
        Inflater inflater = new Inflater((how & 8) != 0);
        try {
            inflater.setInput(in.array(), at, compressedLength);
            int inflated = 0;
            while (inflated < plain.length && !inflater.finished()) {
                int count = inflater.inflate(plain, inflated, plain.length - inflated);
                if (count == 0) {
                    break;
                }
                inflated += count;
            }
            if (inflated < plain.length) {
                throw new MalformedBytesException(
                        "a compressed value ends after "
                                + inflated
                                + " of "
                                + plain.length
                                + " bytes");
            }
            return plain;
        } catch (DataFormatException e) {
            throw new MalformedBytesException(
                    "a compressed value cannot be inflated: " + e.getMessage());
        } finally {
            inflater.end();
        }
    }
}
