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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.mysql.type.ColumnType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events byte by byte: what the decoder makes of them, and what it refuses. */
class BinlogDecoderTest {

    private static final int QUERY = 2;
    private static final int ROTATE = 4;
    private static final int FORMAT_DESCRIPTION = 15;
    private static final int XID = 16;
    private static final int TABLE_MAP = 19;
    private static final int HEARTBEAT = 27;
    private static final int WRITE_ROWS = 30;
    private static final int UPDATE_ROWS = 31;
    private static final int DELETE_ROWS = 32;
    private static final int GTID = 33;
    private static final int ANONYMOUS_GTID = 34;
    private static final int XA_PREPARE = 38;
    private static final int PAYLOAD = 40;
    private static final int ARTIFICIAL = 0x20;
    private static final int IGNORABLE = 0x80;

    private static final UUID SERVER = UUID.fromString("3e11fa47-71ca-11e1-9e33-c80aa9429562");
    private static final ColumnType[] TYPES = {
        ColumnType.parse("int", null), ColumnType.parse("varchar(20)", "utf8mb4")
    };

    private final List<String> calls = new ArrayList<>();
    private final BinlogDecoder decoder = new BinlogDecoder(new Recorder());
    private long offset = 4;
    private boolean checksums = true;

    private class Recorder implements BinlogHandler {

        private BinlogPosition last;

        @Override
        public void rotate(String file, long at) {
            calls.add("rotate " + file + ":" + at);
        }

        @Override
        public void transactionBegin(String gtid, long micros, BinlogPosition at) {
            calls.add("begin " + gtid + " " + micros + " at " + at.offset());
        }

        @Override
        public void previousGtids(Gtids gtids) {
            calls.add("previous " + gtids);
        }

        @Override
        public void rows(RowsEvent event) {
            StringBuilder call = new StringBuilder();
            call.append(event.kind()).append(' ').append(event.tableMap());
            call.append(" #")
                    .append(event.ordinal())
                    .append(" at ")
                    .append(event.position().offset());
            while (event.next()) {
                Object[] row = new Object[2];
                if (event.kind() != RowsEvent.Kind.INSERT) {
                    event.readBefore(TYPES, new int[] {0, 1}, row);
                    call.append(" -").append(Arrays.toString(row));
                }
                if (event.kind() != RowsEvent.Kind.DELETE) {
                    event.readAfter(TYPES, new int[] {0, 1}, row);
                    call.append(" +").append(Arrays.toString(row));
                }
            }
            calls.add(call.toString());
        }

        @Override
        public void query(String database, String sql, BinlogPosition end) {
            calls.add("query " + database + ": " + sql);
        }

        @Override
        public void xaBegin(String xid) {
            calls.add("xa begin " + xid);
        }

        @Override
        public void xaPrepare(String xid, BinlogPosition begin) {
            calls.add("xa prepare " + xid + " at " + begin.offset());
        }

        @Override
        public void xaCommit(String xid, BinlogPosition begin) {
            calls.add("xa commit " + xid + (begin == null ? "" : " at " + begin.offset()));
        }

        @Override
        public void xaRollback(String xid) {
            calls.add("xa rollback " + xid);
        }

        @Override
        public void transactionEnd(BinlogPosition end) {
            calls.add("end " + end.offset());
        }

        @Override
        public void position(BinlogPosition at) {
            assertThat(last == null || at.compareTo(last) >= 0).isTrue();
            last = at;
        }
    }

    @BeforeEach
    void beginFile() throws Exception {
        raw(EventBytes.checked(ROTATE, ARTIFICIAL, 0, EventBytes.rotate("binlog.000001", 4)));
        raw(EventBytes.checked(FORMAT_DESCRIPTION, 0, 0, EventBytes.formatDescription(1)));
        calls.clear();
    }

    private void raw(byte[] event) throws Exception {
        // Within a larger array, as the client has it: nothing beside the event may be read.
        byte[] around = new byte[event.length + 20];
        Arrays.fill(around, (byte) 0x7f);
        System.arraycopy(event, 0, around, 10, event.length);
        decoder.event(around, 10, event.length);
    }

    private void event(int type, byte[] body) throws Exception {
        offset += 19 + body.length + (checksums ? 4 : 0);
        raw(
                checksums
                        ? EventBytes.checked(type, 0, offset, body)
                        : EventBytes.event(type, 0, offset, body));
    }

    private static byte[] xid() {
        return EventBytes.body().number(9, 8).toArray();
    }

    private static byte[] begin() {
        return EventBytes.query("", "BEGIN");
    }

    @Test
    void aTransactionOfRows() throws Exception {
        event(GTID, EventBytes.gtid(SERVER, 23, 5_000_000L, 4_000_001L));
        event(QUERY, begin());
        event(TABLE_MAP, EventBytes.tableMap(108));
        long insert = offset;
        event(WRITE_ROWS, EventBytes.rows(108, 1).row(1, "a").row(-2, null).toArray());
        long update = offset;
        event(UPDATE_ROWS, EventBytes.rows(108, 2).row(1, "a").row(3, "ä").toArray());
        long delete = offset;
        event(DELETE_ROWS, EventBytes.rows(108, 1).row(3, "").toArray());
        event(XID, xid());

        assertThat(calls)
                .containsExactly(
                        "begin " + SERVER + ":23 4000001 at 4",
                        "INSERT shop.t #1 at " + insert + " +[1, a] +[-2, null]",
                        "UPDATE shop.t #2 at " + update + " -[1, a] +[3, ä]",
                        "DELETE shop.t #3 at " + delete + " -[3, ]",
                        "end " + offset);
        assertThat(decoder.position()).hasToString("binlog.000001:" + offset);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 255})
    void aCompressedTransactionIsOneEventInItsFile(int compression) throws Exception {
        event(GTID, EventBytes.gtid(SERVER, 1, 5L, null));
        long start = offset;
        event(
                PAYLOAD,
                EventBytes.payload(
                        compression,
                        EventBytes.event(QUERY, 0, 0, begin()),
                        EventBytes.event(TABLE_MAP, 0, 0, EventBytes.tableMap(108)),
                        EventBytes.event(
                                WRITE_ROWS, 0, 0, EventBytes.rows(108, 1).row(1, "a").toArray()),
                        EventBytes.event(
                                WRITE_ROWS, 0, 0, EventBytes.rows(108, 1).row(2, "b").toArray()),
                        EventBytes.event(XID, 0, 0, xid())));
        assertThat(calls)
                .containsExactly(
                        "begin " + SERVER + ":1 5 at 4",
                        "INSERT shop.t #1 at " + start + " +[1, a]",
                        "INSERT shop.t #2 at " + start + " +[2, b]",
                        "end " + offset);
    }

    @Test
    void aCompressedTransactionThatBreaksOffIsRefused() throws Exception {
        event(GTID, EventBytes.gtid(SERVER, 1, 5L, null));
        byte[] query = EventBytes.event(QUERY, 0, 0, begin());
        assertThatThrownBy(
                        () ->
                                event(
                                        PAYLOAD,
                                        EventBytes.payload(
                                                0, Arrays.copyOf(query, query.length - 1))))
                .hasMessageContaining("ends within an event");
    }

    @Test
    void statementsAreTransactionsByThemselves() throws Exception {
        event(ANONYMOUS_GTID, EventBytes.gtid(SERVER, 0, null, null));
        event(QUERY, EventBytes.query("shop", "CREATE TABLE ü (id INT)"));
        long end = offset;
        event(QUERY, EventBytes.query("shop", "DROP TABLE ü"));
        assertThat(calls)
                .containsExactly(
                        "begin null 1700000000000000 at 4",
                        "query shop: CREATE TABLE ü (id INT)",
                        "end " + end,
                        "begin null 1700000000000000 at " + end,
                        "query shop: DROP TABLE ü",
                        "end " + offset);
    }

    @Test
    void savepointsAreNoStatements() throws Exception {
        event(QUERY, begin());
        event(QUERY, EventBytes.query("shop", "SAVEPOINT `s`"));
        event(QUERY, EventBytes.query("shop", "ROLLBACK TO `s`"));
        event(QUERY, EventBytes.query("shop", "COMMIT"));
        assertThat(calls).hasSize(2).last().isEqualTo("end " + offset);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ROLLBACK", "ROLLBACK TO `s`"})
    void rowsThatAreRolledBackAreRefused(String sql) throws Exception {
        event(QUERY, begin());
        event(TABLE_MAP, EventBytes.tableMap(108));
        event(WRITE_ROWS, EventBytes.rows(108, 1).row(1, "a").toArray());
        assertThatThrownBy(() -> event(QUERY, EventBytes.query("", sql)))
                .hasMessageContaining("rolled back");
    }

    @Test
    void anXaTransactionIsPreparedAndThenDecidedOver() throws Exception {
        event(GTID, EventBytes.gtid(SERVER, 1, 5L, null));
        event(QUERY, EventBytes.query("", "XA START X'78',X'',1"));
        event(TABLE_MAP, EventBytes.tableMap(108));
        long rows = offset;
        event(WRITE_ROWS, EventBytes.rows(108, 1).row(1, "a").toArray());
        event(QUERY, EventBytes.query("", "XA END X'78',X'',1"));
        event(XA_PREPARE, EventBytes.xaPrepare(false, 1, "x", ""));
        long first = offset;
        event(GTID, EventBytes.gtid(SERVER, 2, 6L, null));
        event(QUERY, EventBytes.query("", "XA COMMIT X'78',X'',1"));
        long second = offset;
        event(QUERY, EventBytes.query("", "XA ROLLBACK X'79',X'0A',2"));
        assertThat(calls)
                .containsExactly(
                        "begin " + SERVER + ":1 5 at 4",
                        "xa begin X'78',X'',1",
                        "INSERT shop.t #1 at " + rows + " +[1, a]",
                        "xa prepare X'78',X'',1 at 4",
                        "end " + first,
                        "begin " + SERVER + ":2 6 at " + first,
                        "xa commit X'78',X'',1",
                        "end " + second,
                        "begin null 1700000000000000 at " + second,
                        "xa rollback X'79',X'0a',2",
                        "end " + offset);
    }

    @Test
    void anXaTransactionMayPrepareAndCommitInOne() throws Exception {
        event(QUERY, EventBytes.query("", "XA START X'78',X'79',1"));
        event(QUERY, EventBytes.query("", "XA END X'78',X'79',1"));
        event(XA_PREPARE, EventBytes.xaPrepare(true, 1, "x", "y"));
        assertThat(calls)
                .containsExactly(
                        "begin null 1700000000000000 at 4",
                        "xa begin X'78',X'79',1",
                        "xa commit X'78',X'79',1 at 4",
                        "end " + offset);
    }

    @Test
    void xaStatementsThatDoNotFitAreRefused() throws Exception {
        assertThatThrownBy(() -> event(QUERY, EventBytes.query("", "XA RECOVER")))
                .hasMessageContaining("a statement of an XA transaction that is not known");
        assertThatThrownBy(() -> event(XA_PREPARE, EventBytes.xaPrepare(false, 1, "x", "")))
                .hasMessageContaining("outside of a transaction");
        event(QUERY, EventBytes.query("", "XA START X'78',X'',1"));
        assertThatThrownBy(() -> event(XA_PREPARE, EventBytes.xaPrepare(false, 1, "y", "")))
                .hasMessageContaining("the end of the XA transaction X'79',X'',1");
        assertThatThrownBy(() -> event(XID, xid())).hasMessageContaining("a commit");
        assertThatThrownBy(() -> event(QUERY, EventBytes.query("", "XA COMMIT X'78',X'',1")))
                .hasMessageContaining("before the transaction that was being read is whole");
    }

    @Test
    void filesWithoutChecksumsFollowFilesWithThem() throws Exception {
        event(ROTATE, EventBytes.rotate("binlog.000002", 4));
        checksums = false;
        raw(EventBytes.event(ROTATE, ARTIFICIAL, 0, EventBytes.rotate("binlog.000002", 4)));
        offset = 4 + 19 + EventBytes.formatDescription(0).length + 4;
        raw(
                EventBytes.event(
                        FORMAT_DESCRIPTION,
                        0,
                        offset,
                        EventBytes.body()
                                .bytes(EventBytes.formatDescription(0))
                                .number(0, 4)
                                .toArray()));
        event(QUERY, begin());
        event(XID, xid());
        assertThat(calls).hasSize(3).startsWith("rotate binlog.000002:4");
        assertThat(decoder.position()).hasToString("binlog.000002:" + offset);
    }

    @Test
    void positionsPast4GigabytesGoOn() {
        assertThat(BinlogDecoder.whole(100, 4)).isEqualTo(100);
        assertThat(BinlogDecoder.whole(100, 0xfffffff0L)).isEqualTo(0x100000064L);
        assertThat(BinlogDecoder.whole(200, 0x100000064L)).isEqualTo(0x1000000c8L);
        assertThat(BinlogDecoder.whole(200, 0x1000000c8L)).isEqualTo(0x1000000c8L);
    }

    @Test
    void heartbeatsMoveThePosition() throws Exception {
        raw(
                EventBytes.checked(
                        HEARTBEAT, 0, 5000, EventBytes.body().text("binlog.000001").toArray()));
        assertThat(decoder.position().offset()).isEqualTo(5000);
        raw(
                EventBytes.checked(
                        HEARTBEAT, 0, 4900, EventBytes.body().text("binlog.000001").toArray()));
        assertThat(decoder.position().offset()).isEqualTo(5000);
        assertThat(calls).isEmpty();
    }

    @Test
    void damageIsNoticed() throws Exception {
        byte[] event = EventBytes.checked(QUERY, 0, 100, begin());
        event[30] ^= 1;
        assertThatThrownBy(() -> raw(event))
                .hasMessageContaining("checksum of the event of type 2 after binlog.000001:4");
    }

    @Test
    void anEventThatIsShorterThanItSaysIsRefused() {
        byte[] event = EventBytes.checked(QUERY, 0, 100, begin());
        assertThatThrownBy(() -> raw(Arrays.copyOf(event, event.length - 1)))
                .hasMessageContaining("says it has " + event.length);
        assertThatThrownBy(() -> raw(new byte[5])).hasMessageContaining("of 5 bytes");
    }

    @Test
    void unknownEventsAreRefusedUnlessTheServerCallsThemIgnorable() throws Exception {
        raw(EventBytes.checked(99, IGNORABLE, 50, new byte[3]));
        assertThatThrownBy(() -> event(99, new byte[3]))
                .hasMessageContaining("an event of type 99, which is not known");
    }

    @Test
    void eventsThatMeanLossAreRefused() {
        assertThatThrownBy(() -> event(26, new byte[3])).hasMessageContaining("incident");
        assertThatThrownBy(() -> event(39, new byte[3]))
                .hasMessageContaining("binlog_row_value_options = ''");
        assertThatThrownBy(() -> event(42, new byte[3])).hasMessageContaining("tagged GTID");
        assertThatThrownBy(() -> event(164, new byte[3])).hasMessageContaining("is encrypted");
    }

    @Test
    void rowsThatMariaDbCompressesInAWayThatIsNotKnownAreRefused() throws Exception {
        event(162, EventBytes.body().number(9, 8).number(0, 4).number(0, 1).toArray());
        event(TABLE_MAP, EventBytes.tableMap(108));
        EventBytes before =
                EventBytes.body().number(108, 6).number(1, 2).number(2, 1).number(0b11, 1);
        byte[] otherAlgorithm = before.number(0x91, 1).number(9, 1).toArray();
        assertThatThrownBy(() -> event(166, otherAlgorithm))
                .hasMessageContaining("is compressed in the form 145");
    }

    @Test
    void rowsWithoutTheirTableMapAreRefused() throws Exception {
        byte[] rows = EventBytes.rows(108, 1).row(1, "a").toArray();
        assertThatThrownBy(() -> event(WRITE_ROWS, rows))
                .hasMessageContaining("outside of a transaction");
        event(QUERY, begin());
        event(TABLE_MAP, EventBytes.tableMap(108));
        event(XID, xid());
        event(QUERY, begin());
        assertThatThrownBy(() -> event(WRITE_ROWS, rows))
                .hasMessageContaining("table id 108, which no TABLE_MAP of their transaction");
    }

    @Test
    void aTransactionThatLosesItsEndIsRefused() throws Exception {
        event(QUERY, begin());
        assertThatThrownBy(() -> event(GTID, EventBytes.gtid(SERVER, 1, null, null)))
                .hasMessageContaining("before the transaction that was being read is whole");
    }

    @Test
    void imagesWithoutAllColumnsAreRefused() throws Exception {
        event(QUERY, begin());
        event(TABLE_MAP, EventBytes.tableMap(108));
        byte[] rows =
                EventBytes.body()
                        .number(108, 6)
                        .number(1, 2)
                        .number(2, 2)
                        .number(2, 1)
                        .number(0b01, 1)
                        .number(0, 1)
                        .number(7, 4)
                        .toArray();
        assertThatThrownBy(() -> event(WRITE_ROWS, rows))
                .hasMessageContaining("shop.t")
                .hasMessageContaining("binlog_row_image must be FULL");
    }

    @Test
    void rowsThatEndTooEarlyAreRefused() throws Exception {
        event(QUERY, begin());
        event(TABLE_MAP, EventBytes.tableMap(108));
        byte[] rows = EventBytes.rows(108, 1).row(1, "abc").toArray();
        for (int length = rows.length - 1; length > 12; length--) {
            byte[] shorter = Arrays.copyOf(rows, length);
            assertThatThrownBy(() -> event(WRITE_ROWS, shorter))
                    .isInstanceOf(BinlogException.class)
                    .hasMessageContaining("cannot be decoded");
        }
    }

    @Test
    void aTableMapOfTheSameBytesIsTheSameObject() throws Exception {
        List<TableMap> maps = new ArrayList<>();
        BinlogDecoder own =
                new BinlogDecoder(
                        new Recorder() {
                            @Override
                            public void rows(RowsEvent event) {
                                maps.add(event.tableMap());
                            }
                        });
        byte[] rows = EventBytes.rows(108, 1).row(1, "a").toArray();
        for (byte[] event :
                Arrays.asList(
                        EventBytes.checked(
                                ROTATE, ARTIFICIAL, 0, EventBytes.rotate("binlog.000001", 4)),
                        EventBytes.checked(
                                FORMAT_DESCRIPTION, 0, 0, EventBytes.formatDescription(1)),
                        EventBytes.checked(QUERY, 0, 100, begin()),
                        EventBytes.checked(TABLE_MAP, 0, 200, EventBytes.tableMap(108)),
                        EventBytes.checked(WRITE_ROWS, 0, 300, rows),
                        EventBytes.checked(TABLE_MAP, 0, 400, EventBytes.tableMap(108)),
                        EventBytes.checked(WRITE_ROWS, 0, 500, rows))) {
            own.event(event, 0, event.length);
        }
        assertThat(maps).hasSize(2);
        assertThat(maps.get(0)).isSameAs(maps.get(1));
    }
}
