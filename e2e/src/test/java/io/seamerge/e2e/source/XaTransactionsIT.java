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
package io.seamerge.e2e.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.TcpProxy;
import io.seamerge.mysql.instance.ServerStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * XA transactions: their rows are logged when they are prepared, and belong where they commit, or
 * nowhere.
 */
class XaTransactionsIT {

    private static final int UNKNOWN_XID = 1397;

    @ParameterizedTest
    @CsvSource({"5.7, OFF, OFF", "8.0, ON, OFF", "9.7, ON, ON", "mariadb, '', OFF"})
    void rowsComeWhereTheirTransactionCommits(String version, String gtids, String compressed)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings = new HashMap<>(Map.of("max_allowed_packet", "64M"));
        if (!gtids.isEmpty()) {
            settings.put("gtid_mode", gtids);
            settings.put("enforce_gtid_consistency", gtids);
        }
        if (compressed.equals("ON")) {
            settings.put("binlog_transaction_compression", "ON");
        }
        try (MySqlServer mysql = MySqlServer.start(version, settings);
                TcpProxy proxy = TcpProxy.to(mysql)) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note LONGTEXT)",
                    "CREATE TABLE shop.other (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
            // Prepared before the job begins, and in a file before the one that it begins in.
            prepare(mysql, "early", "UPDATE shop.t SET note = 'early' WHERE id = 1");
            execute(mysql, "FLUSH BINARY LOGS");
            Map<String, Object> options = options(proxy.port());
            List<String> seen = new ArrayList<>();
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1, '')");
                awaitFirst(run, mysql);
                execute(mysql, "XA COMMIT 'early'");
                prepare(
                        mysql,
                        "one",
                        "INSERT INTO shop.t VALUES (10, 'one'), (11, 'one')",
                        "INSERT INTO shop.other VALUES (10)",
                        "UPDATE shop.t SET note = 'two' WHERE id = 10");
                prepare(mysql, "never", "DELETE FROM shop.t WHERE id = 2");
                prepare(mysql, "other", "INSERT INTO shop.other VALUES (20)");
                if (!version.equals("mariadb")) {
                    // MariaDB itself rolls one back that changes nothing.
                    prepare(mysql, "nothing");
                    execute(mysql, "XA COMMIT 'nothing'");
                }
                execute(
                        mysql,
                        "INSERT INTO shop.t VALUES (12, 'between')",
                        "XA ROLLBACK 'never'",
                        "XA COMMIT 'one'",
                        "XA COMMIT 'other'",
                        "XA START 'g\0', 'branch', 77",
                        "INSERT INTO shop.t VALUES (13, 'in one')",
                        "XA END 'g\0', 'branch', 77",
                        "XA COMMIT 'g\0', 'branch', 77 ONE PHASE",
                        // Too large to be kept in memory: read again, over the slow proxy.
                        "XA START 'large'",
                        "INSERT INTO shop.t VALUES (14, REPEAT('x', 6000000))",
                        "INSERT INTO shop.t VALUES (15, REPEAT('y', 6000000))",
                        "XA END 'large'",
                        "XA PREPARE 'large'");
                proxy.throttle(40_000_000);
                execute(mysql, "XA COMMIT 'large'");
                run.await("the first large row", row -> id(row) == 14);
                proxy.cut();
                proxy.throttle(1_000_000_000);
                prepare(mysql, "later", "UPDATE shop.t SET note = 'later' WHERE id = 3");
                prepare(mysql, "undone", "DELETE FROM shop.t WHERE id = 1");
                prepare(mysql, "same", "INSERT INTO shop.t VALUES (30, 'first')");
                execute(mysql, "XA ROLLBACK 'same'", "INSERT INTO shop.t VALUES (16, 'after')");
                prepare(mysql, "same", "INSERT INTO shop.t VALUES (31, 'second')");
                execute(mysql, "INSERT INTO shop.t VALUES (17, 'end')");
                run.await("the last row", row -> id(row) == 17);
                collect(run, seen);
                // A checkpoint holds what was emitted when the one before was taken.
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            assertThat(seen)
                    .containsExactly(
                            "-U1 a",
                            "+U1 early",
                            "+I12 between",
                            "+I10 one",
                            "+I11 one",
                            "-U10 one",
                            "+U10 two",
                            "+I13 in one",
                            "+I14 xx",
                            "+I15 yy",
                            "+I16 after",
                            "+I17 end");
            if (version.equals("5.7")) {
                // By itself it writes down what is prepared only once a second.
                execute(mysql, "FLUSH ENGINE LOGS");
            }
            mysql.kill();
            mysql.restart();
            execute(mysql, "XA COMMIT 'later'", "XA ROLLBACK 'undone'", "XA COMMIT 'same'");
            execute(mysql, "INSERT INTO shop.t VALUES (18, 'restored')");
            seen.clear();
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("the last row", row -> id(row) == 18);
                collect(run, seen);
            }
            assertThat(seen).containsExactly("-U3 c", "+U3 later", "+I31 second", "+I18 restored");
        }
    }

    /**
     * What a window holds of a key is older than the commit, though the rows were logged before.
     */
    @ParameterizedTest
    @CsvSource({"8.0", "mariadb"})
    void aSnapshotSeesThemOnceAndInOrder(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        int keys = 400;
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            StringBuilder rows = new StringBuilder();
            for (int i = 0; i < keys; i++) {
                rows.append(i == 0 ? "" : ",").append("(" + i + ", '0')");
            }
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note LONGTEXT)",
                    "INSERT INTO shop.t VALUES " + rows);
            Map<String, Object> options = options(mysql.port());
            options.put("startup.mode", "initial");
            options.put("snapshot.chunk-rows", 10);
            options.put("control-rows", true);
            try (Connection writer = mysql.connect();
                    Statement statement = writer.createStatement();
                    SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                int last = 0;
                for (int i = 1; i <= keys || !isSnapshotDone(run); i++) {
                    long id = (i * 7919L) % keys;
                    statement.execute("XA START 'x" + i + "'");
                    statement.execute("UPDATE shop.t SET note = '" + i + "' WHERE id = " + id);
                    statement.execute("XA END 'x" + i + "'");
                    statement.execute("XA PREPARE 'x" + i + "'");
                    boolean undone = i % 3 == 0;
                    statement.execute((undone ? "XA ROLLBACK 'x" : "XA COMMIT 'x") + i + "'");
                    last = undone ? last : i;
                    if (i % 20 == 0) {
                        run.checkpoint();
                    }
                }
                run.checkpointUntilEmitting();
                String wanted = Integer.toString(last);
                run.await("the last update", row -> isTable(row) && wanted.equals(note(row)));
                Map<Long, String> found = new HashMap<>();
                for (SeaTunnelRow row : run.rows()) {
                    if (isTable(row) && !row.getRowKind().shortString().equals("-U")) {
                        String before = found.put(id(row), note(row));
                        assertThat(before == null ? 0 : Integer.parseInt(before))
                                .as("key %s goes back", id(row))
                                .isLessThanOrEqualTo(Integer.parseInt(note(row)));
                    }
                }
                Map<Long, String> there = new HashMap<>();
                try (var result = statement.executeQuery("SELECT id, note FROM shop.t")) {
                    while (result.next()) {
                        there.put(result.getLong(1), result.getString(2));
                    }
                }
                assertThat(found).isEqualTo(there);
            }
        }
    }

    @Test
    void oneWhoseRowsArePurgedIsNamed() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note LONGTEXT)");
            prepare(mysql, "early", "INSERT INTO shop.t VALUES (1, '')");
            execute(mysql, "FLUSH BINARY LOGS");
            try (Connection connection = mysql.connect()) {
                String now = ServerStatus.writtenEnd(connection).file();
                execute(mysql, "PURGE BINARY LOGS TO '" + now + "'");
            }
            try (SourceRun run = SourceRun.start(options(mysql.port()), JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1, '')");
                awaitFirst(run, mysql);
                execute(mysql, "XA COMMIT 'early'");
                assertThat(run.awaitFailure())
                        .hasStackTraceContaining("instance eu: the XA transaction X'6561726c79'")
                        .hasStackTraceContaining("no binlog that is left says what it changes");
            }
        }
    }

    private static void prepare(MySqlServer mysql, String xid, String... statements)
            throws SQLException {
        List<String> all = new ArrayList<>();
        all.add("XA START '" + xid + "'");
        all.addAll(List.of(statements));
        all.add("XA END '" + xid + "'");
        all.add("XA PREPARE '" + xid + "'");
        // In a session of its own: it ends, and the transaction stays.
        execute(mysql, all.toArray(new String[0]));
    }

    private static void collect(SourceRun run, List<String> seen) {
        for (SeaTunnelRow row : run.rows()) {
            if (id(row) > 0) {
                String note = note(row);
                seen.add(
                        row.getRowKind().shortString()
                                + id(row)
                                + " "
                                + (note.length() > 1000 ? note.substring(0, 2) : note));
            }
        }
    }

    private static void awaitFirst(SourceRun run, MySqlServer mysql) throws Exception {
        for (int i = 0; run.rows().stream().noneMatch(row -> id(row) < 0); i++) {
            run.checkpoint();
            Thread.sleep(100);
            // The first one may have been before the start.
            execute(mysql, "INSERT INTO shop.t (id) VALUES (" + (-2 - i) + ")");
            run.failIfFailed();
            assertThat(i).isLessThan(3_000);
        }
    }

    private static boolean isSnapshotDone(SourceRun run) {
        return run.rows().stream()
                .anyMatch(row -> !isTable(row) && "snapshot_done".equals(row.getField(1)));
    }

    private static boolean isTable(SeaTunnelRow row) {
        return row.getTableId().equals("shop.t");
    }

    private static long id(SeaTunnelRow row) {
        return (Long) row.getField(0);
    }

    private static String note(SeaTunnelRow row) {
        return (String) row.getField(1);
    }

    private static Map<String, Object> options(int port) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances", List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + port))));
        options.put("username", "admin");
        options.put("password", "admin-secret");
        options.put("tables", List.of("shop\\.t"));
        options.put("startup.mode", "latest");
        options.put("queue-bytes", 70_000);
        return options;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                boolean decides = sql.startsWith("XA COMMIT") || sql.startsWith("XA ROLLBACK");
                long until = System.nanoTime() + 300_000_000_000L;
                while (true) {
                    try {
                        statement.execute(sql);
                        break;
                    } catch (SQLException e) {
                        // The session that prepared it may not have ended yet.
                        if (!decides
                                || e.getErrorCode() != UNKNOWN_XID
                                || System.nanoTime() > until) {
                            throw e;
                        }
                        Thread.onSpinWait();
                    }
                }
            }
        }
    }
}
