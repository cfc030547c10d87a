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
package io.seamerge.mysql.source;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.instance.InstanceState;
import io.seamerge.mysql.instance.LastEmitted;
import io.seamerge.mysql.instance.TableSnapshot;
import io.seamerge.mysql.snapshot.KeyRange;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.serialization.Serializer;

/**
 * The bytes of a split in a checkpoint. They begin with a format number, so that a later version of
 * the connector can restore what an earlier one stored; Java serialization is not used.
 */
public final class InstanceSplitSerializer implements Serializer<InstanceSplit> {

    private static final int FORMAT = 3;

    @Override
    public byte[] serialize(InstanceSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(FORMAT);
        writeText(out, split.splitId());
        InstanceState state = split.state();
        out.writeBoolean(state != null);
        if (state != null) {
            writeText(out, state.serverUuid());
            writeText(out, state.position().toString());
            writeText(out, state.gtids() == null ? null : state.gtids().toString());
            writeText(out, state.partialGtid());
            out.writeLong(state.place());
            out.writeLong(state.versionTime());
            out.writeLong(state.commitTime());
            out.writeLong(state.incarnation());
            out.writeBoolean(state.ended());
            out.writeBoolean(state.positionKnown());
            out.writeLong(state.lastEmitted().incarnation());
            out.writeLong(state.lastEmitted().versionTime());
            out.writeLong(state.lastEmitted().versionRow());
            out.writeInt(state.snapshots().size());
            for (Map.Entry<String, TableSnapshot> table : state.snapshots().entrySet()) {
                writeText(out, table.getKey());
                out.writeLong(table.getValue().rowsRead());
                out.writeBoolean(table.getValue().repeated());
                writeText(out, table.getValue().request());
                out.writeInt(table.getValue().left().size());
                for (KeyRange range : table.getValue().left()) {
                    writeKey(out, range.from());
                    writeKey(out, range.to());
                }
            }
            out.writeInt(state.prepared().size());
            for (Map.Entry<String, BinlogPosition> prepared : state.prepared().entrySet()) {
                writeText(out, prepared.getKey());
                writeText(out, prepared.getValue().toString());
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public InstanceSplit deserialize(byte[] serialized) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
        int format = in.readByte();
        if (format != FORMAT) {
            throw new IOException(
                    "this checkpoint was stored in format "
                            + format
                            + " of MySQL-Merge-CDC; this version reads format "
                            + FORMAT
                            + ": restore it with the version that stored it, or a later one");
        }
        String instance = readText(in);
        if (!in.readBoolean()) {
            return new InstanceSplit(instance, null);
        }
        String serverUuid = readText(in);
        BinlogPosition position = BinlogPosition.parse(readText(in));
        String gtids = readText(in);
        String partialGtid = readText(in);
        long place = in.readLong();
        long versionTime = in.readLong();
        long commitTime = in.readLong();
        long incarnation = in.readLong();
        boolean ended = in.readBoolean();
        boolean positionKnown = in.readBoolean();
        LastEmitted last = new LastEmitted(in.readLong(), in.readLong(), in.readLong());
        int tables = in.readInt();
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>();
        for (int t = 0; t < tables; t++) {
            String table = readText(in);
            long rowsRead = in.readLong();
            boolean repeated = in.readBoolean();
            String request = readText(in);
            int ranges = in.readInt();
            List<KeyRange> left = new ArrayList<>();
            for (int r = 0; r < ranges; r++) {
                left.add(new KeyRange(r, readKey(in), readKey(in)));
            }
            snapshots.put(table, new TableSnapshot(left, rowsRead, repeated, request));
        }
        int transactions = in.readInt();
        Map<String, BinlogPosition> prepared = new LinkedHashMap<>();
        for (int t = 0; t < transactions; t++) {
            String xid = readText(in);
            prepared.put(xid, BinlogPosition.parse(readText(in)));
        }
        InstanceState state =
                new InstanceState(
                                serverUuid,
                                position,
                                gtids == null ? null : Gtids.parse(gtids),
                                partialGtid,
                                place,
                                versionTime,
                                commitTime,
                                incarnation,
                                snapshots,
                                ended)
                        .withPrepared(prepared)
                        .withLastEmitted(last);
        return new InstanceSplit(instance, positionKnown ? state : state.knownByGtidsAlone());
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        if (text == null) {
            out.writeInt(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        byte[] bytes = readBytes(in);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }

    private static void writeKey(DataOutputStream out, Object[] key) throws IOException {
        out.writeInt(key == null ? -1 : key.length);
        for (int i = 0; key != null && i < key.length; i++) {
            writeValue(out, key[i]);
        }
    }

    private static Object[] readKey(DataInputStream in) throws IOException {
        int size = in.readInt();
        Object[] key = size < 0 ? null : new Object[size];
        for (int i = 0; i < size; i++) {
            key[i] = readValue(in);
        }
        return key;
    }

    private static void writeValue(DataOutputStream out, Object value) throws IOException {
        if (value instanceof BigDecimal) {
            out.writeByte('D');
            byte[] unscaled = ((BigDecimal) value).unscaledValue().toByteArray();
            out.writeInt(((BigDecimal) value).scale());
            out.writeInt(unscaled.length);
            out.write(unscaled);
        } else if (value instanceof Number) {
            out.writeByte('N');
            out.writeLong(((Number) value).longValue());
        } else if (value instanceof String) {
            out.writeByte('S');
            writeText(out, (String) value);
        } else if (value instanceof byte[]) {
            out.writeByte('B');
            out.writeInt(((byte[]) value).length);
            out.write((byte[]) value);
        } else if (value instanceof LocalDate) {
            out.writeByte('d');
            writeText(out, value.toString());
        } else if (value instanceof LocalDateTime) {
            out.writeByte('t');
            writeText(out, value.toString());
        } else {
            throw new IOException("no key value can be of " + value.getClass());
        }
    }

    private static Object readValue(DataInputStream in) throws IOException {
        int tag = in.readByte();
        switch (tag) {
            case 'D':
                int scale = in.readInt();
                return new BigDecimal(new BigInteger(readBytes(in)), scale);
            case 'N':
                return in.readLong();
            case 'S':
                return readText(in);
            case 'B':
                return readBytes(in);
            case 'd':
                return LocalDate.parse(readText(in));
            case 't':
                return LocalDateTime.parse(readText(in));
            default:
                throw new IOException("unknown kind of key value " + tag);
        }
    }
}
