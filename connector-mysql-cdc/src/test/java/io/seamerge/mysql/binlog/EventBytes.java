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
package io.seamerge.mysql.binlog;

import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32;

/** Writes binlog events as a server does, following the positions in a file. */
final class EventBytes {

    static final int SECONDS = 1_700_000_000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static EventBytes body() {
        return new EventBytes();
    }

    /** A little-endian number. */
    EventBytes number(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >> (8 * i)));
        }
        return this;
    }

    EventBytes bytes(byte... bytes) {
        out.write(bytes, 0, bytes.length);
        return this;
    }

    EventBytes text(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] toArray() {
        return out.toByteArray();
    }

    /** An event without a checksum. */
    static byte[] event(int type, int flags, long nextPosition, byte[] body) {
        return body().number(SECONDS, 4)
                .number(type, 1)
                .number(1, 4)
                .number(19 + body.length, 4)
                .number(nextPosition, 4)
                .number(flags, 2)
                .bytes(body)
                .toArray();
    }

    /** The same with its checksum. */
    static byte[] checked(int type, int flags, long nextPosition, byte[] body) {
        byte[] withRoom = body().bytes(body).number(0, 4).toArray();
        byte[] event = event(type, flags, nextPosition, withRoom);
        CRC32 crc = new CRC32();
        crc.update(event, 0, event.length - 4);
        byte[] checksum = body().number(crc.getValue(), 4).toArray();
        System.arraycopy(checksum, 0, event, event.length - 4, 4);
        return event;
    }

    static byte[] rotate(String file, long offset) {
        return body().number(offset, 8).text(file).toArray();
    }

    static byte[] formatDescription(int checksumAlgorithm) {
        return body().number(4, 2)
                .bytes(new byte[50])
                .number(0, 4)
                .number(19, 1)
                .bytes(new byte[40])
                .number(checksumAlgorithm, 1)
                .toArray();
    }

    static byte[] gtid(UUID uuid, long number, Long immediateMicros, Long originalMicros) {
        EventBytes body = body().number(1, 1);
        for (int i = 7; i >= 0; i--) {
            body.number(uuid.getMostSignificantBits() >> (8 * i), 1);
        }
        for (int i = 7; i >= 0; i--) {
            body.number(uuid.getLeastSignificantBits() >> (8 * i), 1);
        }
        body.number(number, 8).number(2, 1).number(0, 8).number(1, 8);
        if (immediateMicros != null) {
            body.number(immediateMicros | (originalMicros == null ? 0 : 1L << 55), 7);
        }
        if (originalMicros != null) {
            body.number(originalMicros, 7);
        }
        return body.toArray();
    }

    static byte[] query(String database, String sql) {
        return body().number(0, 8)
                .number(database.length(), 1)
                .number(0, 2)
                .number(3, 2)
                .bytes((byte) 1, (byte) 2, (byte) 3)
                .text(database)
                .number(0, 1)
                .text(sql)
                .toArray();
    }

    static byte[] xaPrepare(boolean commits, int format, String global, String branch) {
        return body().number(commits ? 1 : 0, 1)
                .number(format, 4)
                .number(global.length(), 4)
                .number(branch.length(), 4)
                .text(global)
                .text(branch)
                .toArray();
    }

    /** A table {@code shop.t} of an INT and a VARCHAR(20). */
    static byte[] tableMap(long id) {
        return body().number(id, 6)
                .number(1, 2)
                .number(4, 1)
                .text("shop")
                .number(0, 1)
                .number(1, 1)
                .text("t")
                .number(0, 1)
                .number(2, 1)
                .bytes((byte) 3, (byte) 15)
                .number(2, 1)
                .number(80, 2)
                .number(2, 1)
                .toArray();
    }

    /** The head of rows of that table. */
    static EventBytes rows(long id, int images) {
        EventBytes rows = body().number(id, 6).number(1, 2).number(2, 2).number(2, 1);
        for (int i = 0; i < images; i++) {
            rows.number(0b11, 1);
        }
        return rows;
    }

    EventBytes row(int id, String text) {
        number(text == null ? 0b10 : 0, 1).number(id, 4);
        if (text != null) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            number(bytes.length, 1).bytes(bytes);
        }
        return this;
    }

    /** The body of a TRANSACTION_PAYLOAD. */
    static byte[] payload(int compression, byte[]... events) throws IOException {
        ByteArrayOutputStream plain = new ByteArrayOutputStream();
        for (byte[] event : events) {
            plain.write(event);
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        if (compression == 0) {
            try (ZstdOutputStream zstd = new ZstdOutputStream(packed)) {
                zstd.write(plain.toByteArray());
            }
        } else {
            packed.write(plain.toByteArray());
        }
        return body().number(2, 1)
                .number(compression < 251 ? 1 : 3, 1)
                .bytes(compression < 251 ? new byte[0] : new byte[] {(byte) 252})
                .number(compression, compression < 251 ? 1 : 2)
                .number(1, 1)
                .number(3, 1)
                .number(252, 1)
                .number(packed.size(), 2)
                .number(0, 1)
                .bytes(packed.toByteArray())
                .toArray();
    }
}
