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
package io.seamerge.e2e.binlog;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.binlog.BinlogClient;
import io.seamerge.mysql.binlog.BinlogHandler;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.binlog.RowsEvent;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.instance.ServerStatus;
import io.seamerge.mysql.tls.Tls;
import io.seamerge.mysql.type.ColumnType;
import io.seamerge.mysql.type.UnfaithfulValueException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server's binlog holds between two places, with the rows of the tables that were asked for.
 */
class Stream implements BinlogHandler {

    private static final AtomicLong SERVER_IDS = new AtomicLong(70_000);

    final List<String> calls = new ArrayList<>();
    final List<String> gtids = new ArrayList<>();

    /** By {@code database.table}: after-images of inserts and updates, before-images of deletes. */
    final Map<String, List<List<Object>>> rows = new HashMap<>();

    private final Map<String, ReadTable> tables = new HashMap<>();
    private final BinlogPosition until;
    private BinlogClient client;
    private Runnable onPosition = () -> {};
    BinlogPosition lastEnd;
    BinlogPosition lastPosition;
    long lastCommitTimeMicros;

    Stream(BinlogPosition until) {
        this.until = until;
    }

    /** Has something run whenever the reader has passed a place. */
    void onPosition(Runnable action) {
        onPosition = action;
    }

    static BinlogClient.Builder client(MySqlServer server) {
        return BinlogClient.to(server.host(), server.port())
                .login(server.user(), server.password())
                .tls(Tls.of(SslMode.DISABLED))
                .connectTimeout(Duration.ofSeconds(20))
                .serverId(SERVER_IDS.incrementAndGet());
    }

    static BinlogPosition now(Connection connection) throws SQLException {
        return ServerStatus.writtenEnd(connection);
    }

    /** Reads from a place to another. */
    static Stream read(
            MySqlServer server, BinlogPosition from, BinlogPosition until, List<ReadTable> tables)
            throws IOException {
        Stream stream = new Stream(until);
        stream.run(client(server).build(), from, null, tables);
        return stream;
    }

    void run(BinlogClient newClient, BinlogPosition from, GtidSet gtids, List<ReadTable> wanted)
            throws IOException {
        for (ReadTable table : wanted) {
            tables.put(table.database() + "." + table.name(), table);
        }
        client = newClient;
        client.stream(from, gtids, this);
    }

    List<List<Object>> rowsOf(ReadTable table) {
        return rows.getOrDefault(table.database() + "." + table.name(), List.of());
    }

    @Override
    public void rotate(String file, long offset) {
        calls.add("rotate " + file + ":" + offset);
    }

    @Override
    public void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at) {
        calls.add("begin");
        gtids.add(gtid);
        lastCommitTimeMicros = commitTimeMicros;
    }

    @Override
    public void previousGtids(Gtids gtids) {
        // Of no matter here.
    }

    @Override
    public void rows(RowsEvent event) {
        calls.add(event.kind() + " " + event.tableMap() + " " + event.ordinal());
        ReadTable table = tables.get(event.database() + "." + event.table());
        if (table == null) {
            return;
        }
        ColumnType[] types = table.types();
        int[] targets = new int[types.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = i;
        }
        while (event.next()) {
            Object[] values = new Object[types.length];
            try {
                if (event.kind() == RowsEvent.Kind.DELETE) {
                    event.readBefore(types, targets, values);
                } else {
                    event.readAfter(types, targets, values);
                }
            } catch (UnfaithfulValueException e) {
                values[types.length - 1] = Refusal.of(e);
            }
            rows.computeIfAbsent(event.database() + "." + event.table(), key -> new ArrayList<>())
                    .add(Arrays.asList(values));
        }
    }

    @Override
    public void query(String database, String sql, BinlogPosition end) {
        calls.add("query " + sql);
    }

    @Override
    public void xaBegin(String xid) {
        calls.add("xa begin " + xid);
    }

    @Override
    public void xaPrepare(String xid, BinlogPosition begin) {
        calls.add("xa prepare " + xid);
    }

    @Override
    public void xaCommit(String xid, BinlogPosition begin) {
        calls.add("xa commit " + xid + (begin == null ? "" : " in one"));
    }

    @Override
    public void xaRollback(String xid) {
        calls.add("xa rollback " + xid);
    }

    @Override
    public void transactionEnd(BinlogPosition end) {
        calls.add("end");
        lastEnd = end;
    }

    @Override
    public void position(BinlogPosition at) throws InterruptedException {
        lastPosition = at;
        onPosition.run();
        if (until != null && at.compareTo(until) >= 0) {
            client.close();
        }
    }
}
