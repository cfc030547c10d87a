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

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of the commands that ask a server for its binlog: COM_BINLOG_DUMP and
 * COM_BINLOG_DUMP_GTID.
 */
final class DumpRequest {

    private static final byte BINLOG_DUMP = 0x12;
    private static final byte BINLOG_DUMP_GTID = 0x1e;
    private static final short THROUGH_GTID = 4;
    private static final long FIRST_OFFSET = 4;

    private DumpRequest() {}

    /** All events from a position on. */
    static byte[] from(long serverId, BinlogPosition position) {
        if (position.offset() > 0xffffffffL) {
            throw new IllegalArgumentException(
                    "A server without GTIDs cannot be asked for positions past 4 GiB of a file: "
                            + position);
        }
        return from(
                serverId,
                Math.max(position.offset(), FIRST_OFFSET),
                position.file().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] from(long serverId, long offset, byte[] file) {
        ByteBuffer request = ByteBuffer.allocate(11 + file.length).order(ByteOrder.LITTLE_ENDIAN);
        request.put(BINLOG_DUMP);
        request.putInt((int) offset);
        request.putShort((short) 0);
        request.putInt((int) serverId);
        request.put(file);
        return request.array();
    }

    /**
     * All events behind the GTIDs that the session's variables name; MariaDB looks for the file.
     */
    static byte[] fromConnectState(long serverId) {
        return from(serverId, FIRST_OFFSET, new byte[0]);
    }

    /** All transactions that are not in the set. */
    static byte[] after(long serverId, GtidSet gtids) {
        byte[] set = gtids.encode();
        ByteBuffer request = ByteBuffer.allocate(23 + set.length).order(ByteOrder.LITTLE_ENDIAN);
        request.put(BINLOG_DUMP_GTID);
        request.putShort(THROUGH_GTID);
        request.putInt((int) serverId);
        request.putInt(0); // no file: the server looks for it
        request.putLong(FIRST_OFFSET);
        request.putInt(set.length);
        request.put(set);
        return request.array();
    }
}
