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
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.instance.ServerStatus;
import io.seamerge.mysql.instance.TableSnapshot;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The snapshot beside the stream, with writers on the very rows that are being read: replayed per
 * key, what was emitted never goes back and ends equal to the table.
 */
class InterleavedSnapshotIT {

    private static final int ROWS = 20_000;
    private static final int WRITERS = 3;

    @ParameterizedTest
    @CsvSource({
        "5.7, gtid",
        "5.7, read lock",
        "5.7, shared row locks",
        "8.0, gtid",
        "8.0, read lock",
        "8.0, shared row locks",
        "9.7, gtid",
        "9.7, shared row locks",
        "mariadb, snapshot position",
        "8.0, gtid and slow group commits",
        "9.7, gtid and slow group commits",
        "mariadb, snapshot position and slow group commits"
    })
    void staysInOrderPerKeyAndEndsEqual(String version, String visibility) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        // What the default is on this server.
        boolean gtid = visibility.startsWith("gtid") || visibility.startsWith("snapshot position");
        Map<String, String> settings =
                gtid ? Map.of() : Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF");
        if (visibility.endsWith("slow group commits")) {
            // What is in the binlog is visible some milliseconds later.
            settings =
                    version.equals("mariadb")
                            ? Map.of(
                                    "binlog_commit_wait_count",
                                    "8",
                                    "binlog_commit_wait_usec",
                                    "5000")
                            : Map.of("binlog_group_commit_sync_delay", "5000", "sync_binlog", "1");
        }
        try (MySqlServer mysql = MySqlServer.start(version, settings)) {
            load(mysql);
            Map<String, Object> options = options(mysql, version.equals("8.0"));
            if (!gtid) {
                options.put(
                        "snapshot.without-gtid",
                        visibility.equals("read lock")
                                ? "flush_tables_with_read_lock"
                                : "shared_row_locks");
            }
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                // Writers that wait for each other's rows keep a read lock from being had.
                Writers writers = new Writers(mysql, visibility.equals("read lock") ? 1 : WRITERS);
                // However fast the one or the other is, there are changes beside the snapshot.
                run.holdBehind(row -> isRow(row) && (Boolean) row.getField(7));
                run.checkpointUntilEmitting();
                run.await("a row of the snapshot", row -> isRow(row) && (Boolean) row.getField(7));
                writers.awaitMore(20);
                run.release();
                run.await("end of the snapshot", row -> isControl(row, "snapshot_done"));
                writers.stop();
                write(mysql, "INSERT INTO shop.t VALUES (-1, 0, 'last', 0)");
                run.await("last row", row -> isRow(row) && row.getField(0).equals(-1L));
                Replay replay = new Replay();
                run.rows().forEach(replay::add);
                assertThat(replay.table).isEqualTo(table(mysql));
                assertThat(replay.changes).as("changes").isPositive();
                assertThat(replay.lastSnapshotRow)
                        .as("the last row of the snapshot came behind the first change")
                        .isGreaterThan(replay.firstChange);
                assertThat(run.rows().stream().filter(row -> isControl(row, "snapshot_begun")))
                        .hasSize(1);
                assertThat(replay.snapshotRows).isGreaterThan(ROWS / 2);
            }
        }
    }

    /** Rows that were read before it are still to go out, and others are read meanwhile. */
    @ParameterizedTest
    @CsvSource({"5.7, gtid", "8.0, gtid", "8.0, shared row locks", "9.7, gtid", "mariadb, gtid"})
    void aTruncateInItsMidstLeavesNothingOfWhatWasReadBefore(String version, String visibility)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        boolean gtid = visibility.equals("gtid");
        try (MySqlServer mysql =
                MySqlServer.start(
                        version,
                        gtid
                                ? Map.of()
                                : Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF"))) {
            load(mysql);
            Map<String, Object> options = options(mysql);
            if (!gtid) {
                options.put("snapshot.without-gtid", "shared_row_locks");
            }
            options.put("snapshot.chunk-rows", 50);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                Writers writers = new Writers(mysql, WRITERS);
                Predicate<SeaTunnelRow> inTheMidst =
                        row ->
                                isRow(row)
                                        && (Boolean) row.getField(7)
                                        && (Long) row.getField(0) > 2000;
                run.holdBehind(inTheMidst);
                run.checkpointUntilEmitting();
                run.await("a row in the midst", inTheMidst);
                // Long enough for chunks to be read that wait to go out, and then to be emptied.
                Thread.sleep(200);
                write(mysql, "TRUNCATE shop.t");
                Thread.sleep(200);
                run.release();
                run.await("end of the snapshot", row -> isControl(row, "snapshot_done"));
                writers.stop();
                write(mysql, "INSERT INTO shop.t VALUES (-1, 0, 'last', 0)");
                run.await("last row", row -> isRow(row) && row.getField(0).equals(-1L));
                Replay replay = new Replay();
                run.rows().forEach(replay::add);
                assertThat(replay.table).isEqualTo(table(mysql));
                List<String> controls = new ArrayList<>();
                for (SeaTunnelRow row : run.rows()) {
                    if (isControl(row, "truncate") || isControl(row, "snapshot_done")) {
                        controls.add((String) row.getField(1));
                    }
                }
                assertThat(controls).containsExactly("truncate", "snapshot_done");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aRestoreFromAnyCheckpointEndsEqual(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            load(mysql);
            Map<String, Object> options = options(mysql, version.equals("9.7"));
            // Slow enough that most restores are in the middle of it.
            options.put("snapshot.chunk-rows", 20);
            Random random = new Random(7);
            Writers writers = new Writers(mysql, WRITERS);
            Map<Long, List<Object>> target = new TreeMap<>();
            List<SeaTunnelRow> sinceCheckpoint = new ArrayList<>();
            SourceRun.Checkpoint checkpoint = null;
            for (int attempt = 0; attempt < 6; attempt++) {
                try (SourceRun run =
                        checkpoint == null
                                ? SourceRun.start(options, JobMode.STREAMING)
                                : SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                    if (checkpoint == null) {
                        run.checkpointUntilEmitting();
                    }
                    for (int i = 0; i < 3; i++) {
                        Thread.sleep(random.nextInt(150));
                        checkpoint = run.checkpoint();
                    }
                    if (attempt == 4) {
                        // The next attempt reads it once more, in the midst of the snapshot.
                        write(mysql, "TRUNCATE shop.t");
                    }
                    Thread.sleep(random.nextInt(150));
                    run.failIfFailed();
                    countsOnWhatWentOut(run.rows(), sinceCheckpoint);
                    sinceCheckpoint.addAll(run.rows());
                }
            }
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                writers.stop();
                write(mysql, "INSERT INTO shop.t VALUES (-1, 0, 'last', 0)");
                run.await("last row", row -> isRow(row) && row.getField(0).equals(-1L));
                if (sinceCheckpoint.stream().noneMatch(row -> isControl(row, "snapshot_done"))) {
                    run.await("end of the snapshot", row -> isControl(row, "snapshot_done"));
                }
                sinceCheckpoint.addAll(run.rows());
            }
            // A stock sink: applies what comes, in order, replays and all.
            for (SeaTunnelRow row : sinceCheckpoint) {
                Replay.apply(target, row);
            }
            assertThat(target).isEqualTo(table(mysql));
        }
    }

    /** What a restored run says of the snapshot to be in the target was said before. */
    private static void countsOnWhatWentOut(List<SeaTunnelRow> run, List<SeaTunnelRow> before) {
        Pattern read = Pattern.compile("\"snapshots_read\":\\{\"shop.t\":([0-9]+)\\}");
        for (SeaTunnelRow resumed : run) {
            if (isControl(resumed, "resumed")) {
                Matcher rows = read.matcher((String) resumed.getField(14));
                if (rows.find()) {
                    assertThat(before)
                            .anyMatch(
                                    row ->
                                            isControl(row, "snapshot_progress")
                                                    && row.getField(11)
                                                            .equals(Long.valueOf(rows.group(1))));
                } else {
                    assertThat((String) resumed.getField(14)).doesNotContain("shop.t\":");
                }
            }
        }
    }

    @Test
    void aTableThatIsAddedBeforeARestoreIsReadBesideTheStream() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            load(mysql);
            write(
                    mysql,
                    "CREATE TABLE shop.added (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.added VALUES (1), (2)");
            Map<String, Object> options = options(mysql);
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                run.await("end of the snapshot", row -> isControl(row, "snapshot_done"));
                checkpoint =
                        run.checkpointUntil(
                                "eu",
                                "the end of the snapshot",
                                state ->
                                        state.snapshots().values().stream()
                                                .allMatch(TableSnapshot::done));
            }
            write(mysql, "DELETE FROM shop.added WHERE id = 2");
            options.put("tables", List.of("shop\\.(t|added)"));
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("the snapshot of the other", row -> isControl(row, "snapshot_done"));
                assertThat(run.rows().stream().filter(InterleavedSnapshotIT::isRow)).isEmpty();
                assertThat(
                                run.rows().stream()
                                        .filter(row -> row.getTableId().equals("shop.added"))
                                        .map(row -> row.getRowKind() + "" + row.getField(0)))
                        .containsExactly("DELETE2", "INSERT1");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aBoundedRunEndsWithWhereTheStreamGoesOn(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            load(mysql);
            Map<String, Object> options = options(mysql, version.equals("8.0"));
            options.put("handoff", Map.of("name", "h"));
            Writers writers = new Writers(mysql, WRITERS);
            try (SourceRun run = SourceRun.start(options, JobMode.BATCH)) {
                run.awaitEnd();
                writers.stop();
                List<SeaTunnelRow> rows = run.rows();
                assertThat(isControl(rows.get(0), "run_begun")).isTrue();
                assertThat(isControl(rows.get(rows.size() - 2), "run_end")).isTrue();
                assertThat(isControl(rows.get(rows.size() - 1), "filler")).isTrue();
                SeaTunnelRow end = rows.get(rows.size() - 2);
                assertThat((String) end.getField(5))
                        .contains(version.equals("mariadb") ? "binlog.0" : " gtid ");
                assertThat(end.getField(13)).isEqualTo("h");
                assertThat((String) end.getField(14)).contains("\"shop.t\":", "server_uuid");
                assertThat((Long) end.getField(11)).isGreaterThan(ROWS / 2L);
            }
        }
    }

    /**
     * The transaction is read from the binlog long before its rows can be, and chunks begin while
     * the reader stands in the middle of it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"9.7", "mariadb"})
    void waitsForATransactionThatASemiSynchronousServerHoldsBack(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        // No replica ever acknowledges: commits become visible when the server ceases to wait.
        Map<String, String> settings =
                version.equals("9.7")
                        ? Map.of(
                                "plugin_load_add", "semisync_source.so",
                                "loose_rpl_semi_sync_source_timeout", "600000",
                                "max_allowed_packet", "64M")
                        : Map.of(
                                "rpl_semi_sync_master_wait_point", "AFTER_SYNC",
                                "rpl_semi_sync_master_timeout", "600000",
                                "max_allowed_packet", "64M");
        try (MySqlServer mysql = MySqlServer.start(version, settings)) {
            load(mysql);
            write(mysql, "CREATE TABLE shop.filler (b LONGBLOB)");
            Map<String, Object> options = options(mysql);
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement();
                    SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                connection.setAutoCommit(false);
                statement.execute("UPDATE shop.t SET rev = 1");
                for (int i = 0; i < 40; i++) {
                    statement.execute("INSERT INTO shop.filler VALUES (REPEAT('x', 1000000))");
                }
                String master = version.equals("9.7") ? "source" : "master";
                write(mysql, "SET GLOBAL rpl_semi_sync_" + master + "_enabled = ON");
                try (Connection other = mysql.connect()) {
                    long end = ServerStatus.writtenEnd(other).offset();
                    Future<?> commit = CompletableFuture.runAsync(() -> commit(connection));
                    while (ServerStatus.writtenEnd(other).offset() < end + 40_000_000) {
                        Thread.sleep(10);
                    }
                    // The stream begins before the transaction, the snapshot beside it.
                    run.checkpointUntilEmitting();
                    // Time for a chunk to be read, were it not to wait.
                    Thread.sleep(1_000);
                    assertThat(commit.isDone()).as("visible already").isFalse();
                    write(mysql, "SET GLOBAL rpl_semi_sync_" + master + "_enabled = OFF");
                    commit.get();
                }
                run.await("end of the snapshot", row -> isControl(row, "snapshot_done"));
                write(mysql, "INSERT INTO shop.t VALUES (-1, 0, 'last', 0)");
                run.await("last row", row -> isRow(row) && row.getField(0).equals(-1L));
                Replay replay = new Replay();
                run.rows().forEach(replay::add);
                assertThat(replay.table).isEqualTo(table(mysql));
            }
        }
    }

    private static void commit(Connection connection) {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }

    private static void load(MySqlServer mysql) throws SQLException {
        write(
                mysql,
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, rev INT NOT NULL, note VARCHAR(100),"
                        + " money DECIMAL(10,2))");
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (int from = 0; from < ROWS; from += 1000) {
                StringBuilder sql = new StringBuilder("INSERT INTO shop.t VALUES ");
                for (int i = from; i < from + 1000; i++) {
                    sql.append(i == from ? "" : ",")
                            .append("(" + i * 2 + ",0,'row " + i + "',1.5)");
                }
                statement.execute(sql.toString());
            }
        }
    }

    private static Map<String, Object> options(MySqlServer mysql) {
        return options(mysql, false);
    }

    private static Map<String, Object> options(MySqlServer mysql, boolean packed) {
        Map<String, Object> options = new HashMap<>();
        options.put("packed-rows", packed);
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("snapshot.chunk-rows", 300);
        options.put("queue-bytes", 200_000);
        options.put("control-rows", true);
        options.put(
                "metadata-columns",
                List.of("version_time", "version_row", "incarnation", "snapshot"));
        return options;
    }

    private static boolean isRow(SeaTunnelRow row) {
        return row.getTableId().equals("shop.t");
    }

    private static boolean isControl(SeaTunnelRow row, String kind) {
        return row.getTableId().equals("seamerge.control") && row.getField(1).equals(kind);
    }

    private static void write(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static Map<Long, List<Object>> table(MySqlServer mysql) throws SQLException {
        Map<Long, List<Object>> table = new TreeMap<>();
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT id, rev, note, money FROM shop.t")) {
            while (rows.next()) {
                table.put(
                        rows.getLong(1),
                        List.of(rows.getInt(2), rows.getString(3), rows.getBigDecimal(4)));
            }
        }
        return table;
    }

    /** Applies rows in order; per key, the revision must never go back. */
    private static final class Replay {

        final Map<Long, List<Object>> table = new TreeMap<>();
        final Map<Long, Integer> revisions = new HashMap<>();
        int changes;
        int snapshotRows;
        int firstChange;
        int lastSnapshotRow;
        long versionTime;
        long versionRow;

        void add(SeaTunnelRow row) {
            if (!isRow(row)) {
                apply(table, row);
                return;
            }
            long id = (Long) row.getField(0);
            int revision = (Integer) row.getField(1);
            boolean snapshot = (Boolean) row.getField(7);
            int last = revisions.getOrDefault(id, -1);
            if (revision < last) {
                fail("key %d goes back from revision %d to %d: %s", id, last, revision, row);
            }
            revisions.put(id, revision);
            if (snapshot) {
                snapshotRows++;
                lastSnapshotRow = snapshotRows + changes;
            } else {
                changes++;
                firstChange = firstChange == 0 ? snapshotRows + changes : firstChange;
                long time = (Long) row.getField(4);
                long number = (Long) row.getField(5);
                boolean later = time > versionTime || time == versionTime && number > versionRow;
                assertThat(later)
                        .as(
                                "version (%d, %d) after (%d, %d)",
                                time, number, versionTime, versionRow)
                        .isTrue();
                versionTime = time;
                versionRow = number;
            }
            apply(table, row);
        }

        static void apply(Map<Long, List<Object>> table, SeaTunnelRow row) {
            if (isControl(row, "truncate")) {
                table.clear();
            }
            if (!isRow(row)) {
                return;
            }
            long id = (Long) row.getField(0);
            if (row.getRowKind() == RowKind.DELETE) {
                table.remove(id);
            } else if (row.getRowKind() != RowKind.UPDATE_BEFORE) {
                table.put(id, List.of(row.getField(1), row.getField(2), row.getField(3)));
            }
        }
    }

    /**
     * Updates, deletes, inserts anew and moves keys. Every write of a key has a revision greater
     * than any before: they are all drawn from one counter while the row is locked.
     */
    private static final class Writers {

        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicInteger transactions = new AtomicInteger();
        private final List<Thread> threads = new ArrayList<>();
        private volatile Throwable failure;

        Writers(MySqlServer mysql, int count) throws SQLException {
            InterleavedSnapshotIT.write(
                    mysql,
                    "CREATE TABLE shop.revision (n INT NOT NULL)",
                    "INSERT INTO shop.revision VALUES (1)");
            for (int i = 0; i < count; i++) {
                Random random = new Random(i);
                Thread thread = new Thread(() -> run(mysql, random), "writer-" + i);
                thread.start();
                threads.add(thread);
            }
        }

        private void run(MySqlServer mysql, Random random) {
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                while (!stop.get()) {
                    try {
                        statement.execute("UPDATE shop.revision SET n = LAST_INSERT_ID(n + 1)");
                        ResultSet result = statement.executeQuery("SELECT LAST_INSERT_ID()");
                        result.next();
                        int revision = result.getInt(1);
                        for (int i = 0; i < 1 + random.nextInt(4); i++) {
                            statement.execute(change(random, revision));
                        }
                        connection.commit();
                        transactions.incrementAndGet();
                    } catch (SQLException e) {
                        connection.rollback();
                        if (e.getErrorCode() != 1062 && e.getErrorCode() != 1213) {
                            throw e;
                        }
                    }
                }
            } catch (SQLException e) {
                failure = e;
            }
        }

        private static String change(Random random, int revision) {
            int id = random.nextInt(ROWS * 2);
            switch (random.nextInt(5)) {
                case 0:
                    return "DELETE FROM shop.t WHERE id = " + id;
                case 1:
                    return "INSERT INTO shop.t VALUES ("
                            + id
                            + ", "
                            + revision
                            + ", 'new', 2.5) ON DUPLICATE KEY UPDATE rev = "
                            + revision;
                case 2:
                    return "UPDATE shop.t SET id = "
                            + random.nextInt(ROWS * 2)
                            + ", rev = "
                            + revision
                            + " WHERE id = "
                            + id;
                default:
                    return "UPDATE shop.t SET rev = "
                            + revision
                            + ", note = 'änderung' WHERE id BETWEEN "
                            + id
                            + " AND "
                            + (id + 20);
            }
        }

        /** Waits for so many transactions more. */
        void awaitMore(int count) throws InterruptedException {
            for (int before = transactions.get(); transactions.get() < before + count; ) {
                assertThat(failure).isNull();
                Thread.sleep(10);
            }
        }

        void stop() throws Exception {
            stop.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            if (failure != null) {
                throw new AssertionError("a writer failed", failure);
            }
        }
    }
}
