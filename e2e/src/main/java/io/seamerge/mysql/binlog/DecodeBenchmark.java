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

import io.seamerge.mysql.type.ColumnType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From the bytes of a rows event of a table as the benchmark's to column values, per row. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBenchmark {

    private static final int ROWS = 40;
    private static final int QUERY = 2;
    private static final int ROTATE = 4;
    private static final int FORMAT_DESCRIPTION = 15;
    private static final int XID = 16;
    private static final int TABLE_MAP = 19;
    private static final int WRITE_ROWS = 30;
    private static final int ARTIFICIAL = 0x20;
    private static final int COLUMNS = 8;

    private final ColumnType[] types = {
        ColumnType.parse("bigint", null),
        ColumnType.parse("int", null),
        ColumnType.parse("varchar(12)", "utf8mb4"),
        ColumnType.parse("decimal(12,2)", null),
        ColumnType.parse("int", null),
        ColumnType.parse("datetime(6)", null),
        ColumnType.parse("varchar(40)", "utf8mb4"),
        ColumnType.parse("varchar(160)", "utf8mb4"),
    };

    private final int[] targets = {0, 1, 2, 3, 4, 5, 6, 7};
    private final Object[] row = new Object[COLUMNS];
    private final Reader reader = new Reader();
    private BinlogDecoder decoder;
    private byte[][] transaction;

    /** What comes out of the rows, so that none of it is left out. */
    private final class Reader implements BinlogHandler {

        private long sum;

        @Override
        public void rows(RowsEvent event) {
            while (event.next()) {
                event.readAfter(types, targets, row);
                sum += (Long) row[0] + ((String) row[7]).length();
            }
        }

        @Override
        public void rotate(String file, long offset) {}

        @Override
        public void previousGtids(Gtids gtids) {}

        @Override
        public void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at) {}

        @Override
        public void query(String database, String sql, BinlogPosition end) {}

        @Override
        public void xaBegin(String xid) {}

        @Override
        public void xaPrepare(String xid, BinlogPosition begin) {}

        @Override
        public void xaCommit(String xid, BinlogPosition begin) {}

        @Override
        public void xaRollback(String xid) {}

        @Override
        public void transactionEnd(BinlogPosition end) {}

        @Override
        public void position(BinlogPosition at) {}
    }

    /** Bytes of events, little-endian where the binlog is. */
    private static final class Bytes {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes little(long value, int bytes) {
            for (int i = 0; i < bytes; i++) {
                out.write((int) (value >> (8 * i)));
            }
            return this;
        }

        Bytes big(long value, int bytes) {
            for (int i = bytes - 1; i >= 0; i--) {
                out.write((int) (value >> (8 * i)));
            }
            return this;
        }

        Bytes text(String text, int lengthBytes) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            little(bytes.length, lengthBytes);
            out.write(bytes, 0, bytes.length);
            return this;
        }

        byte[] event(int type, int flags) {
            byte[] body = out.toByteArray();
            Bytes event = new Bytes();
            event.little(1_700_000_000L, 4).little(type, 1).little(1, 4);
            // No offset: what is read again and again has none.
            event.little(19L + body.length, 4).little(0, 4).little(flags, 2);
            event.out.write(body, 0, body.length);
            return event.out.toByteArray();
        }
    }

    /** Announces a file without checksums, and makes a transaction of 40 rows. */
    @Setup
    public void prepare() throws Exception {
        decoder = new BinlogDecoder(reader);
        Bytes rotate = new Bytes().little(4, 8);
        rotate.out.write("binlog.000001".getBytes(StandardCharsets.US_ASCII));
        feed(rotate.event(ROTATE, ARTIFICIAL));
        feed(
                new Bytes()
                        .little(4, 2)
                        .little(0, 54)
                        .little(19, 1)
                        .little(0, 40)
                        .little(0, 1)
                        .event(FORMAT_DESCRIPTION, 0));
        Bytes begin = new Bytes().little(0, 8).little(0, 1).little(0, 2).little(0, 2).little(0, 1);
        begin.out.write("BEGIN".getBytes(StandardCharsets.US_ASCII));
        Bytes table = new Bytes().little(7, 6).little(1, 2).text("bench", 1).little(0, 1);
        table.text("orders", 1).little(0, 1).little(COLUMNS, 1);
        for (int type : new int[] {8, 3, 15, 246, 3, 18, 15, 15}) {
            table.little(type, 1);
        }
        table.little(9, 1).little(48, 2).little(12, 1).little(2, 1).little(6, 1);
        table.little(160, 2).little(640, 2).little(0b0100_0000, 1);
        Bytes rows = new Bytes().little(7, 6).little(1, 2).little(2, 2).little(COLUMNS, 1);
        rows.little(0xFF, 1);
        for (int i = 0; i < ROWS; i++) {
            rows.little(0, 1).little(1_000_000L + i, 8).little(4711, 4).text("shipped", 1);
            rows.big(0x80, 1).big(123_456 + i, 4).big(78, 1).little(0, 4);
            long date = ((2026L * 13 + 11) << 5 | 21) << 17 | 12 << 12 | 30 << 6 | 15;
            rows.big(date + 0x8000000000L, 5).big(123_456, 3);
            rows.text("0123456789abcdef0123456789abcdef", 1);
            rows.text(
                    "order 1000000 is kept for the shop: 0123456789abcdef0123456789abcdef fedcba",
                    2);
        }
        transaction =
                new byte[][] {
                    begin.event(QUERY, 0),
                    table.event(TABLE_MAP, 0),
                    rows.event(WRITE_ROWS, 0),
                    new Bytes().little(1, 8).event(XID, 0)
                };
        decode();
        if (reader.sum == 0) {
            throw new IllegalStateException("No row came out");
        }
    }

    private void feed(byte[] event) throws Exception {
        decoder.event(event, 0, event.length);
    }

    /** A transaction of 40 rows. */
    @Benchmark
    @OperationsPerInvocation(ROWS)
    public long decode() throws Exception {
        for (byte[] event : transaction) {
            feed(event);
        }
        return reader.sum;
    }
}
