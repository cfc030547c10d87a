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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.instance.TableSnapshot;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a snapshot reads, how it divides it, how fast it may, and what it says of itself. */
class SnapshotIT {

    private static final int ROWS = 2_000;

    /** Can be raised: {@code -Dseamerge.snapshot-rows=4000000}. */
    private static final int COUNTED_ROWS = Integer.getInteger("seamerge.snapshot-rows", 20_000);

    /** Can be raised: {@code -Dseamerge.tables=10000}. */
    private static final int TABLES = Integer.getInteger("seamerge.tables", 100);

    /** Rows of the table that is read while latency is measured. */
    private static final int BACKFILL_ROWS = Integer.getInteger("seamerge.backfill-rows", 40_000);

    /** Changes that come one after the other beside it. */
    private static final int CHANGES = 20;

    /** A kind of key: the columns of a table's primary key, and the values of its i-th row. */
    private record Kind(String columns, String key, IntFunction<String> values) {}

    private static Map<String, Kind> kinds(String version) {
        Random random = new Random(5);
        String ai =
                version.startsWith("5") || version.equals("mariadb") ? "unicode_ci" : "0900_ai_ci";
        Map<String, Kind> kinds = new java.util.LinkedHashMap<>();
        kinds.put("integers", new Kind("k INT", "k", i -> "" + (i - 1_000)));
        kinds.put("sparse", new Kind("k BIGINT", "k", i -> "" + (long) i * i * i * 7_919));
        kinds.put("skewed", new Kind("k BIGINT", "k", i -> i == 7 ? "" + (1L << 62) : "" + i));
        kinds.put(
                "unsigned",
                new Kind(
                        "k BIGINT UNSIGNED",
                        "k",
                        i -> Long.toUnsignedString(-1 - i * 9_000_000_000_000_000L)));
        kinds.put("decimals", new Kind("k DECIMAL(20,4)", "k", i -> (i - 900) + "." + (i % 9_000)));
        kinds.put(
                "texts",
                new Kind(
                        "k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_" + ai,
                        "k",
                        i -> text(i % 2 == 0 ? word(random) + i : "Ä" + i + "ß")));
        kinds.put(
                "latin",
                new Kind(
                        "k VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci",
                        "k",
                        i -> text(word(random) + "é" + i)));
        kinds.put(
                "german",
                new Kind(
                        "k VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_german2_ci",
                        "k",
                        i -> text((i % 3 == 0 ? "Ä" : i % 3 == 1 ? "AE" : "ß") + i)));
        kinds.put(
                "binaries",
                new Kind("k VARBINARY(16)", "k", i -> "UNHEX(LEFT(SHA2(" + i + ", 256), 24))"));
        kinds.put(
                "dates",
                new Kind(
                        "k DATE", "k", i -> "'" + LocalDate.of(1900, 1, 1).plusDays(7L * i) + "'"));
        kinds.put(
                "moments",
                new Kind(
                        "k DATETIME(6)",
                        "k",
                        i ->
                                "'2024-01-01' + INTERVAL "
                                        + (long) i * i * 1_000_003
                                        + " MICROSECOND"));
        kinds.put(
                "composite",
                new Kind(
                        "a SMALLINT UNSIGNED, b VARCHAR(20) CHARACTER SET utf8mb4 COLLATE"
                                + " utf8mb4_bin, c DATE",
                        "a, b, c",
                        i ->
                                i % 3
                                        + ", "
                                        + text(word(random) + i)
                                        + ", '2024-01-"
                                        + (1 + i % 28)
                                        + "'"));
        return kinds;
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 4; i++) {
            word.append((char) ((random.nextBoolean() ? 'a' : 'A') + random.nextInt(26)));
        }
        return word.toString();
    }

    private static String text(String value) {
        StringBuilder hex = new StringBuilder("CONVERT(x'");
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            hex.append(String.format("%02x", b));
        }
        return hex + "' USING utf8mb4)";
    }

    /** One table with one kind of key after the other, so that its ranges have to be divided. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void rangesOfOneTableAreReadSideBySideAndEachRowOnce(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(mysql, "CREATE DATABASE shop CHARACTER SET utf8mb4");
            for (Map.Entry<String, Kind> kind : kinds(version).entrySet()) {
                String table = kind.getKey();
                execute(
                        mysql,
                        "CREATE TABLE shop."
                                + table
                                + " ("
                                + kind.getValue().columns()
                                + ", n INT NOT NULL, PRIMARY KEY ("
                                + kind.getValue().key()
                                + "))");
                load(mysql, table, ROWS, i -> kind.getValue().values().apply(i) + ", " + i);
                Map<String, Object> options = options(mysql, table);
                options.put("snapshot.chunk-rows", 50);
                options.put("snapshot.parallelism", 3);
                List<Integer> ordered =
                        numbers(
                                mysql,
                                "SELECT n FROM shop."
                                        + table
                                        + " ORDER BY "
                                        + kind.getValue().key());
                // On a busy machine one thread may be done before another asks for a part: then
                // they get more time for it.
                List<Integer> read = ordered;
                for (int rate = 8_000; rate > 50 && read.equals(ordered); rate /= 2) {
                    options.put("snapshot.max-rows-per-second", rate);
                    read = read(options, table);
                    assertThat(read)
                            .as(table)
                            .hasSize(ROWS)
                            .containsExactlyInAnyOrderElementsOf(ordered);
                }
                assertThat(read).as("%s read by one thread alone", table).isNotEqualTo(ordered);
            }
        }
    }

    /** The numbers of the rows, as they come. */
    private static List<Integer> read(Map<String, Object> options, String table) throws Exception {
        List<Integer> read = new ArrayList<>();
        try (SourceRun run = SourceRun.start(options, JobMode.BATCH)) {
            run.awaitEnd();
            for (SeaTunnelRow row : run.rows()) {
                if (row.getTableId().equals("shop." + table)) {
                    read.add((Integer) row.getField(row.getArity() - 1));
                }
            }
            assertThat(run.metric("MySqlMergeSnapshotRows#eu")).isEqualTo(ROWS);
            assertThat(run.metric("MySqlMergeSnapshotPercent#eu")).isEqualTo(100);
            assertThat(run.metric("MySqlMergeSnapshotSecondsLeft#eu")).isZero();
        }
        return read;
    }

    @Test
    void eachRowIsReadOnceByTheServerToo() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, n INT NOT NULL)");
            Map<String, Object> options = options(mysql, "t");
            options.put("snapshot.chunk-rows", 500);
            options.put("snapshot.parallelism", 3);
            long[] reads = new long[3];
            int rows = COUNTED_ROWS;
            for (int run = 0; run < 2; run++) {
                reads[run] = handlerReads(mysql);
                try (SourceRun source = SourceRun.start(options, JobMode.BATCH)) {
                    source.discard();
                    source.awaitEnd();
                }
                reads[run] = handlerReads(mysql) - reads[run];
                if (run == 0) {
                    load(mysql, "t", 20_000, i -> i * 3L + ", " + i);
                    for (int there = 20_000; there < rows; there *= 2) {
                        execute(
                                mysql,
                                "INSERT INTO shop.t SELECT id + 3 * "
                                        + there
                                        + ", n + "
                                        + there
                                        + " FROM shop.t WHERE n < "
                                        + (rows - there));
                    }
                }
            }
            long forTheRows = reads[1] - reads[0];
            System.err.println(
                    rows + " rows: the server's Handler_read counters say " + forTheRows);
            assertThat(forTheRows).isBetween(rows - rows / 20L, rows + rows / 20L);
        }
    }

    @Test
    void readsNoMoreThanIsAllowedPerSecond() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, n CHAR(100) NOT NULL)");
            load(mysql, "t", 2_000, i -> i + ", REPEAT('x', 100)");
            Map<String, Object> byRows = options(mysql, "t");
            byRows.put("snapshot.max-rows-per-second", 1_000);
            Map<String, Object> byBytes = options(mysql, "t");
            byBytes.put("snapshot.max-bytes-per-second", 100_000);
            for (Map<String, Object> options : List.of(byRows, byBytes)) {
                options.put("snapshot.parallelism", 2);
                long began = System.nanoTime();
                try (SourceRun run = SourceRun.start(options, JobMode.BATCH)) {
                    run.await("first row", row -> row.getTableId().equals("shop.t"));
                    run.awaitEnd();
                    assertThat(run.rows().stream().filter(r -> r.getTableId().equals("shop.t")))
                            .hasSize(2_000);
                }
                // Two seconds' worth, of which the last read is over before its time is.
                assertThat(Duration.ofNanos(System.nanoTime() - began))
                        .isGreaterThan(Duration.ofMillis(1_500));
            }
        }
    }

    @Test
    void aTableIsReadOnceMoreForEachRequest() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, n INT NOT NULL)",
                    "CREATE TABLE shop.other (id BIGINT PRIMARY KEY, n INT NOT NULL)");
            load(mysql, "t", 10, i -> i + ", 0");
            load(mysql, "other", 10, i -> i + ", 0");
            Map<String, Object> options = options(mysql, "(t|other)");
            options.put("heartbeat-interval-ms", 50);
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                run.await("snapshot of t", row -> isControl(row, "snapshot_done", "t"));
                run.await("snapshot of other", row -> isControl(row, "snapshot_done", "other"));
                assertThat(run.rows()).noneMatch(SnapshotIT::isRepeated);
                int done = run.size();
                run.await(
                        "a heartbeat behind the snapshots",
                        row -> run.rows().indexOf(row) > done && isHeartbeat(row));
                assertThat(run.rows().stream().filter(SnapshotIT::isHeartbeat))
                        .as("a restart would read both again")
                        .allMatch(row -> snapshotsLeft(row) == 2);
                run.checkpoint();
                checkpoint = run.checkpoint();
                run.await(
                        "a heartbeat behind the checkpoint",
                        row -> isHeartbeat(row) && snapshotsLeft(row) == 0);
            }
            options.put("resnapshot", Map.of("id", "again", "tables", List.of("eu:shop\\.t")));
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("second snapshot", row -> isControl(row, "snapshot_done", "t"));
                assertThat(run.rows().stream().filter(SnapshotIT::isRepeated))
                        .as("begun and done")
                        .hasSizeGreaterThanOrEqualTo(2)
                        .allMatch(row -> row.getField(9).equals("t"));
                assertThat(run.rows().stream().filter(r -> r.getTableId().equals("shop.t")))
                        .hasSize(10);
                assertThat(run.rows()).noneMatch(row -> row.getTableId().equals("shop.other"));
                assertThat(run.rows().stream().filter(SnapshotIT::isHeartbeat))
                        .allMatch(row -> snapshotsLeft(row) == 1);
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                execute(mysql, "INSERT INTO shop.other VALUES (99, 1)");
                run.await("a change", row -> row.getTableId().equals("shop.other"));
                assertThat(run.rows()).noneMatch(row -> row.getTableId().equals("shop.t"));
            }
            options.put("resnapshot", Map.of("id", "third", "tables", List.of("eu:shop\\.x")));
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("resnapshot")
                    .hasMessageContaining("eu:shop\\.x");
        }
    }

    /**
     * A table without a key, with equal rows in it, while it is written to: as a bag it is exact.
     */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aTableWithoutAKeyIsReadAsOfOneMoment(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.bag (a INT, b VARCHAR(20))",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, n INT NOT NULL)");
            load(mysql, "bag", 3_000, i -> i % 1_000 + ", NULL");
            load(mysql, "t", 3_000, i -> i + ", 0");
            Map<String, Object> options = options(mysql, "(bag|t)");
            options.put("snapshot.chunk-rows", 100);
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("shop.bag has neither a primary key");
            options.put("snapshot.keyless", "lock");
            AtomicBoolean stop = new AtomicBoolean();
            CompletableFuture<Void> writer =
                    CompletableFuture.runAsync(() -> writeToBag(mysql, stop));
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                run.await("end of the bag's snapshot", r -> isControl(r, "snapshot_done", "bag"));
                run.await("end of the other's", r -> isControl(r, "snapshot_done", "t"));
                run.await(
                        "a change behind the snapshot",
                        r -> r.getTableId().equals("shop.bag") && !(Boolean) r.getField(2));
                stop.set(true);
                writer.get();
                execute(mysql, "INSERT INTO shop.t VALUES (-1, 0)");
                run.await(
                        "last row",
                        r -> r.getTableId().equals("shop.t") && r.getField(0).equals(-1L));
                Map<List<Object>, Integer> bag = new HashMap<>();
                int changes = 0;
                for (SeaTunnelRow row : run.rows()) {
                    if (!row.getTableId().equals("shop.bag")) {
                        continue;
                    }
                    List<Object> values = new ArrayList<>();
                    Collections.addAll(values, row.getField(0), row.getField(1));
                    boolean away =
                            row.getRowKind() == RowKind.DELETE
                                    || row.getRowKind() == RowKind.UPDATE_BEFORE;
                    assertThat(away && !bag.containsKey(values))
                            .as("%s before it came", row)
                            .isFalse();
                    bag.merge(values, away ? -1 : 1, (x, y) -> x + y == 0 ? null : x + y);
                    changes += (Boolean) row.getField(2) ? 0 : 1;
                }
                assertThat(bag).isEqualTo(bag(mysql));
                assertThat(changes).as("changes behind the snapshot").isPositive();
            } finally {
                stop.set(true);
            }
        }
    }

    private static void writeToBag(MySqlServer mysql, AtomicBoolean stop) {
        Random random = new Random(3);
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            while (!stop.get()) {
                int a = random.nextInt(1_000);
                switch (random.nextInt(3)) {
                    case 0:
                        statement.execute("INSERT INTO shop.bag VALUES (" + a + ", 'new')");
                        break;
                    case 1:
                        statement.execute("UPDATE shop.bag SET b = 'x" + a + "' WHERE a = " + a);
                        break;
                    default:
                        statement.execute("DELETE FROM shop.bag WHERE a = " + a);
                }
                statement.execute("UPDATE shop.t SET n = n + 1 WHERE id = " + a);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<List<Object>, Integer> bag(MySqlServer mysql) throws SQLException {
        Map<List<Object>, Integer> bag = new HashMap<>();
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT a, b FROM shop.bag")) {
            while (rows.next()) {
                List<Object> values = new ArrayList<>();
                Collections.addAll(values, rows.getInt(1), rows.getString(2));
                bag.merge(values, 1, Integer::sum);
            }
        }
        return bag;
    }

    @Test
    void manyTablesCostFewBytesInACheckpoint() throws Exception {
        int tables = TABLES;
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(mysql, "CREATE DATABASE shop");
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement()) {
                for (int i = 0; i < tables; i++) {
                    statement.execute("CREATE TABLE shop.t" + i + " (id BIGINT PRIMARY KEY)");
                    statement.execute("INSERT INTO shop.t" + i + " VALUES (1), (2)");
                }
            }
            long began = System.nanoTime();
            try (SourceRun run = SourceRun.start(options(mysql, "t\\d+"), JobMode.STREAMING)) {
                long discovered = System.nanoTime();
                run.checkpointUntilEmitting();
                for (int i = 0; doneTables(run) < tables; i++) {
                    assertThat(i).as("snapshots: %s", doneTables(run)).isLessThan(3_000);
                    run.failIfFailed();
                    Thread.sleep(100);
                }
                System.err.println(
                        tables
                                + " tables: found in "
                                + (discovered - began) / 1_000_000
                                + " ms, read in "
                                + (System.nanoTime() - discovered) / 1_000_000
                                + " ms");
                SourceRun.Checkpoint last =
                        run.checkpointUntil(
                                "eu",
                                "the end of all snapshots",
                                state ->
                                        state.snapshots().values().stream()
                                                .allMatch(TableSnapshot::done));
                int bytes = last.splits().get(0).length;
                System.gc();
                Runtime memory = Runtime.getRuntime();
                System.err.println(
                        tables
                                + " tables: "
                                + bytes
                                + " bytes in a checkpoint, "
                                + (memory.totalMemory() - memory.freeMemory() >> 20)
                                + " MiB of heap in all");
                assertThat(bytes).isLessThan(tables * 40 + 500);
                assertThat(run.rows().stream().filter(r -> r.getTableId().startsWith("shop.t")))
                        .hasSize(2 * tables);
            }
        }
    }

    /** Not tried again for ever without a word. */
    @Test
    void aTableThatMayNotBeReadAnyMoreFailsTheJob() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, n INT)",
                    "CREATE USER reader@'%' IDENTIFIED BY 'secret'",
                    "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO reader@'%'",
                    "GRANT SELECT ON shop.t TO reader@'%'");
            load(mysql, "t", 2_000, i -> i + ", " + i);
            Map<String, Object> options = options(mysql, "t");
            options.put("username", "reader");
            options.put("password", "secret");
            options.put("snapshot.chunk-rows", 50);
            // It is not over before the privilege is gone.
            options.put("snapshot.max-rows-per-second", 50);
            execute(mysql, "ANALYZE TABLE shop.t");
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                for (int i = 0; run.metric("MySqlMergeSnapshotSecondsLeft#eu") <= 0; i++) {
                    assertThat(i).as("time left").isLessThan(3_000);
                    run.failIfFailed();
                    Thread.sleep(100);
                }
                assertThat(run.metric("MySqlMergeSnapshotPercent#eu")).isBetween(1L, 99L);
                assertThat(run.metric("MySqlMergeSnapshotRowsPerSecond#eu")).isPositive();
                execute(mysql, "REVOKE SELECT ON shop.t FROM reader@'%'");
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu: shop.t cannot be read")
                        .hasMessageContaining("SELECT command denied")
                        .hasMessageContaining("(error 1142, 10 times)");
            }
        }
    }

    private static int doneTables(SourceRun run) {
        Set<Object> done = new HashSet<>();
        for (SeaTunnelRow row : run.rows()) {
            if (isControl(row, "snapshot_done", null)) {
                done.add(row.getField(9));
            }
        }
        return done.size();
    }

    /** From a commit to its row, one after the other, as long as the backfill lasts. */
    @Test
    void changesDoNotWaitForTheBackfillBesideThem() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("8.0", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.large (id BIGINT PRIMARY KEY, n INT, note CHAR(100))",
                    "CREATE TABLE shop.ping (id BIGINT PRIMARY KEY)");
            load(mysql, "large", 20_000, i -> i + ", " + i + ", 'x'");
            for (int there = 20_000; there < BACKFILL_ROWS; there *= 2) {
                execute(
                        mysql,
                        "INSERT INTO shop.large SELECT id + "
                                + there
                                + ", n, note FROM shop.large");
            }
            Map<String, Object> options = options(mysql, "(large|ping)");
            options.put("snapshot.chunk-rows", 1_000);
            boolean measures = BACKFILL_ROWS > 40_000;
            if (!measures) {
                // So that it lasts, also on a machine where a change takes a second.
                options.put("snapshot.max-rows-per-second", 500);
            }
            List<Long> micros = new ArrayList<>();
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement();
                    SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                while ((measures || micros.size() < CHANGES)
                        && run.rows().stream()
                                .noneMatch(row -> isControl(row, "snapshot_done", "large"))) {
                    long id = 1_000_000 + micros.size();
                    long began = System.nanoTime();
                    statement.execute("INSERT INTO shop.ping VALUES (" + id + ")");
                    run.await(
                            "the change",
                            row ->
                                    row.getTableId().equals("shop.ping")
                                            && Long.valueOf(id).equals(row.getField(0)));
                    micros.add((System.nanoTime() - began) / 1_000);
                }
            }
            Collections.sort(micros);
            System.err.println(
                    micros.size()
                            + " changes beside a backfill of "
                            + BACKFILL_ROWS
                            + " rows: median "
                            + micros.get(micros.size() / 2)
                            + " µs, 99 % "
                            + micros.get(micros.size() * 99 / 100)
                            + " µs, all "
                            + micros.get(micros.size() - 1)
                            + " µs");
            assertThat(micros)
                    .as("changes that came while the backfill went on")
                    .hasSizeGreaterThanOrEqualTo(CHANGES);
        }
    }

    private static boolean isControl(SeaTunnelRow row, String kind, String table) {
        return row.getTableId().equals("seamerge.control")
                && row.getField(1).equals(kind)
                && (table == null || table.equals(row.getField(9)));
    }

    private static boolean isHeartbeat(SeaTunnelRow row) {
        return row.getTableId().equals("seamerge.control") && row.getField(1).equals("heartbeat");
    }

    private static boolean isRepeated(SeaTunnelRow row) {
        return row.getTableId().equals("seamerge.control")
                && "{\"repeated\": true}".equals(row.getField(14));
    }

    private static Map<String, Object> options(MySqlServer mysql, String tables) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\." + tables));
        options.put("control-rows", true);
        if (tables.contains("bag")) {
            options.put("metadata-columns", List.of("snapshot"));
        }
        return options;
    }

    private static void load(MySqlServer mysql, String table, int rows, IntFunction<String> values)
            throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (int from = 0; from < rows; from += 1_000) {
                StringBuilder sql = new StringBuilder("INSERT INTO shop." + table + " VALUES ");
                for (int i = from; i < Math.min(rows, from + 1_000); i++) {
                    sql.append(i == from ? "(" : ", (").append(values.apply(i)).append(')');
                }
                statement.execute(sql.toString());
            }
        }
    }

    private static List<Integer> numbers(MySqlServer mysql, String query) throws SQLException {
        List<Integer> numbers = new ArrayList<>();
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                numbers.add(rows.getInt(1));
            }
        }
        return numbers;
    }

    private static long handlerReads(MySqlServer mysql) throws SQLException {
        long sum = 0;
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Handler\\_read%'")) {
            while (rows.next()) {
                sum += rows.getLong(2);
            }
        }
        return sum;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static int snapshotsLeft(SeaTunnelRow heartbeat) {
        return Integer.parseInt(
                String.valueOf(heartbeat.getField(14))
                        .replaceFirst(".*\"snapshots_left\":(\\d+).*", "$1"));
    }
}
