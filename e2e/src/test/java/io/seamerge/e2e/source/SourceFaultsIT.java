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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong between the source and its server: nothing is lost, doubled or passed over. */
class SourceFaultsIT {

    @ParameterizedTest
    @CsvSource({"5.7, ON", "5.7, OFF", "8.0, ON", "8.0, OFF", "9.7, ON", "mariadb, ''"})
    void aCutInMidTransactionLosesAndDoublesNothing(String version, String gtidMode)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, gtids(gtidMode));
                TcpProxy proxy = TcpProxy.to(mysql)) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, b BLOB)");
            Map<String, Object> options = options(mysql, proxy.port());
            options.put("startup.mode", "latest");
            // Small enough that the reader stands in the middle of the transaction when it is cut.
            options.put("queue-bytes", 70_000);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1, '')");
                awaitFirst(run, mysql);
                proxy.throttle(2_000_000);
                StringBuilder rows = new StringBuilder();
                for (int i = 0; i < 1_000; i++) {
                    rows.append(i == 0 ? "" : ",").append("(" + i + ", REPEAT('x', 2000))");
                }
                execute(mysql, "INSERT INTO shop.t VALUES " + rows);
                int before = run.size();
                run.await("a part of the transaction", row -> id(row) >= 200 && id(row) < 900);
                proxy.cut();
                run.await("the rest of it", row -> id(row) == 999);
                proxy.cut();
                execute(mysql, "INSERT INTO shop.t VALUES (5000, '')");
                run.await("a row after it", row -> id(row) == 5000);
                List<Long> ids = new ArrayList<>();
                for (SeaTunnelRow row : run.rows()) {
                    if (id(row) >= 0) {
                        ids.add(id(row));
                    }
                }
                List<Long> wanted = new ArrayList<>();
                for (long i = 0; i < 1_000; i++) {
                    wanted.add(i);
                }
                wanted.add(5000L);
                assertThat(ids).isEqualTo(wanted);
                assertThat(before).isLessThan(run.size());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void cutsDuringTheSnapshotLoseNoRow(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of());
                TcpProxy proxy = TcpProxy.to(mysql)) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, b BLOB)");
            int rows = 20_000;
            for (int from = 0; from < rows; from += 2_000) {
                StringBuilder sql = new StringBuilder("INSERT INTO shop.t VALUES ");
                for (int i = from; i < from + 2_000; i++) {
                    sql.append(i == from ? "" : ",").append("(" + i + ", REPEAT('x', 100))");
                }
                execute(mysql, sql.toString());
            }
            Map<String, Object> options = options(mysql, proxy.port());
            options.put("snapshot.chunk-rows", 100);
            options.put("control-rows", true);
            // Otherwise it is over before it can be cut; a chunk is 12 kB.
            proxy.throttle(300_000);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                int cuts = 0;
                for (; cuts < 6 && !isDone(run); cuts++) {
                    Thread.sleep(100);
                    proxy.cut();
                }
                proxy.throttle(1_000_000_000);
                run.await("end of the snapshot", SourceFaultsIT::isDone);
                assertThat(cuts).isGreaterThan(3);
                BitSet seen = new BitSet();
                for (SeaTunnelRow row : run.rows()) {
                    if (row.getTableId().equals("shop.t")) {
                        seen.set((int) id(row));
                    }
                }
                assertThat(seen.cardinality()).isEqualTo(rows);
            }
        }
    }

    private static boolean isDone(SourceRun run) {
        return run.rows().stream().anyMatch(SourceFaultsIT::isDone);
    }

    private static boolean isDone(SeaTunnelRow row) {
        return row.getTableId().equals("seamerge.control")
                && "snapshot_done".equals(row.getField(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aServerThatIsKilledAndComesBackIsReadOn(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of("sync_binlog", "1"))) {
            execute(mysql, "CREATE DATABASE shop", "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)");
            Map<String, Object> options = options(mysql, mysql.port());
            options.put("startup.mode", "latest");
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1)");
                awaitFirst(run, mysql);
                for (int i = 0; i < 3; i++) {
                    execute(mysql, "INSERT INTO shop.t VALUES (" + i + ")");
                    mysql.kill();
                    mysql.restart();
                }
                execute(mysql, "INSERT INTO shop.t VALUES (3)");
                run.await("the last row", row -> id(row) == 3);
                List<Long> ids = new ArrayList<>();
                run.rows().stream().map(SourceFaultsIT::id).filter(i -> i >= 0).forEach(ids::add);
                assertThat(ids).containsExactly(0L, 1L, 2L, 3L);
            }
        }
    }

    private static final String NOTED = "the columns [id, note, c]";

    /** Statements, and what is said of them; one server for all. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void whatRowsDoNotShowStopsTheJobInWords(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        // Before 8.0 the binlog does not name columns.
        boolean names = !version.equals("5.7");
        Map<String, String> cases = new LinkedHashMap<>();
        cases.put("ALTER TABLE shop.t ADD COLUMN c INT", names ? NOTED : "has 3 columns");
        if (names) {
            cases.put("ALTER TABLE shop.t CHANGE note remark TEXT", "the columns [id, remark]");
        }
        cases.put("TRUNCATE TABLE shop.t", "TRUNCATE TABLE shop.t");
        cases.put("DROP TABLE shop.t", "DROP TABLE");
        cases.put(
                "SET SESSION binlog_format = STATEMENT; INSERT INTO shop.t VALUES (8, 'x')",
                "INSERT INTO shop.t");
        cases.put(
                "SET SESSION binlog_row_image = MINIMAL; UPDATE shop.t SET note = 'y' WHERE id = 1",
                "binlog_row_image");
        cases.put(
                "SET SESSION binlog_row_image = NOBLOB; UPDATE shop.t SET id = 9 WHERE id = 1",
                "binlog_row_image");
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            for (Map.Entry<String, String> one : cases.entrySet()) {
                stopsTheJob(mysql, version, one.getKey(), one.getValue());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void truncateIsSaidByAControlRow(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'a')");
            Map<String, Object> options = options(mysql, mysql.port());
            options.put("control-rows", true);
            options.put("metadata-columns", List.of("version_time"));
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                run.await("the snapshot", row -> "snapshot_done".equals(row.getField(1)));
                execute(
                        mysql,
                        "INSERT INTO shop.t VALUES (2, 'b')",
                        "TRUNCATE TABLE shop.t",
                        "INSERT INTO shop.t VALUES (3, 'c')");
                run.await("the last row", row -> Long.valueOf(3).equals(row.getField(0)));
                List<String> order = new ArrayList<>();
                List<Long> versions = new ArrayList<>();
                for (SeaTunnelRow row : run.rows()) {
                    if ("truncate".equals(row.getField(1))) {
                        order.add("truncate " + row.getField(9) + " of " + row.getField(10));
                        versions.add((Long) row.getField(3));
                    } else if (!row.getTableId().equals("seamerge.control")) {
                        order.add("row " + row.getField(0));
                        versions.add((Long) row.getField(2));
                    }
                }
                assertThat(order)
                        .containsExactly("row 1", "row 2", "truncate t of shop.t", "row 3");
                assertThat(versions).isSorted().doesNotHaveDuplicates();
            }
        }
    }

    private static void stopsTheJob(
            MySqlServer mysql, String version, String statements, String words) throws Exception {
        execute(
                mysql,
                "DROP DATABASE IF EXISTS shop",
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note TEXT)",
                "INSERT INTO shop.t VALUES (1, 'a'), (2, 'b')");
        try (SourceRun run = SourceRun.start(options(mysql, mysql.port()), JobMode.STREAMING)) {
            run.checkpointUntilEmitting();
            execute(mysql, statements.split(";\\s*"));
            if (statements.startsWith("ALTER")) {
                execute(mysql, "UPDATE shop.t SET id = id + 100");
            }
            StringBuilder said = new StringBuilder();
            for (Throwable e = run.awaitFailure(); e != null; e = e.getCause()) {
                said.append(e.getMessage()).append('\n');
            }
            assertThat(said.toString()).as(version + ": " + statements).contains(words, "shop.t");
            assertThat(said.toString()).contains("instance eu", "binlog.0");
        }
    }

    /** File numbers have six digits, then seven; and what uncaptured tables do is no matter. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void filesGoOnPastTheirLastSixDigits(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, gtidsOff(version))) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note TEXT)");
            countFrom(mysql, 999_998);
            Map<String, Object> options = options(mysql, mysql.port());
            options.put("startup.mode", "latest");
            options.put("metadata-columns", List.of("binlog_file"));
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1, '')");
                awaitFirst(run, mysql);
                execute(
                        mysql,
                        "INSERT INTO shop.t VALUES (1, '')",
                        "FLUSH BINARY LOGS",
                        "CREATE TABLE shop.other (id INT PRIMARY KEY)",
                        "INSERT INTO shop.other VALUES (1)",
                        "TRUNCATE TABLE shop.other",
                        "DROP TABLE shop.other",
                        "INSERT INTO shop.t VALUES (2, '')");
                run.await("a row after the digits", row -> id(row) == 2);
                run.checkpoint();
                checkpoint = run.checkpoint();
                assertThat(
                                run.rows().stream()
                                        .filter(row -> id(row) > 0)
                                        .map(row -> (String) row.getField(2)))
                        .containsExactly("binlog.999999", "binlog.1000000");
            }
            execute(mysql, "FLUSH BINARY LOGS", "INSERT INTO shop.t VALUES (3, '')");
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("a row after the restore", row -> id(row) == 3);
                assertThat(run.rows()).hasSize(1);
                assertThat(run.rows().get(0).getField(2)).isEqualTo("binlog.1000001");
            }
        }
    }

    private static Map<String, String> gtidsOff(String version) {
        return gtids(version.equals("mariadb") ? "" : "OFF");
    }

    /** Gives a server's last binlog another number; its next one counts on from that. */
    private static void countFrom(MySqlServer mysql, int number) throws Exception {
        Path folder;
        String last;
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@datadir")) {
            row.next();
            folder = Path.of(row.getString(1));
            last = ServerStatus.writtenEnd(connection).file();
        }
        mysql.stop();
        Files.move(folder.resolve(last), folder.resolve("binlog." + number));
        Path index = folder.resolve("binlog.index");
        Files.writeString(index, Files.readString(index).replace(last, "binlog." + number));
        mysql.restart();
    }

    @ParameterizedTest
    @CsvSource({"5.7, OFF", "9.7, ON", "mariadb, ''"})
    void aBinlogThatWasResetIsRefused(String version, String gtidMode) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        String reset = version.equals("9.7") ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER";
        try (MySqlServer mysql = MySqlServer.start(version, gtids(gtidMode))) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note TEXT)",
                    "FLUSH BINARY LOGS");
            Map<String, Object> options = options(mysql, mysql.port());
            options.put("startup.mode", "latest");
            // It is asked again for so long, as it might be getting what it lacks.
            options.put("successor-timeout-ms", 1_000);
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                execute(mysql, "INSERT INTO shop.t VALUES (-1, '')");
                awaitFirst(run, mysql);
                run.checkpoint();
                checkpoint = run.checkpoint();
                execute(mysql, reset, "INSERT INTO shop.t VALUES (1, '')");
                assertThat(run.awaitFailure()).hasStackTraceContaining("instance eu");
                assertThat(run.rows()).noneMatch(row -> id(row) == 1);
            }
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu")
                        .hasMessageContaining(
                                gtidMode.equals("ON")
                                        ? "lacks transactions that were read already"
                                        : "it was reset (RESET MASTER");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5.7, ON", "5.7, OFF", "8.0, ON", "9.7, ON", "mariadb, ''"})
    void purgedBinlogsAreNamed(String version, String gtidMode) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, gtids(gtidMode))) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (0)");
            Map<String, Object> options = options(mysql, mysql.port());
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                checkpoint = run.checkpoint();
            }
            execute(mysql, "INSERT INTO shop.t VALUES (1)", "FLUSH BINARY LOGS");
            purge(mysql);
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu")
                        .hasMessageContaining("has purged binlogs that are needed")
                        .hasMessageContaining(
                                gtidMode.equals("ON")
                                        ? "the server has purged"
                                        : "the oldest that is left is binlog.0");
            }
        }
    }

    /**
     * A fresh stream emits only after its first checkpoint: complete some, and wait for the row.
     */
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

    private static long id(SeaTunnelRow row) {
        return (Long) row.getField(0);
    }

    /** A file that a reader still has open is not purged, nor is that an error. */
    private static void purge(MySqlServer mysql) throws Exception {
        try (Connection connection = mysql.connect()) {
            String first = ServerStatus.oldestBinlog(connection).file();
            for (int i = 0; ServerStatus.oldestBinlog(connection).file().equals(first); i++) {
                assertThat(i).as("tries to purge %s", first).isLessThan(3_000);
                execute(mysql, "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY");
                Thread.sleep(100);
            }
        }
    }

    private static Map<String, String> gtids(String mode) {
        return mode.isEmpty()
                ? Map.of()
                : Map.of("gtid_mode", mode, "enforce_gtid_consistency", mode);
    }

    private static Map<String, Object> options(MySqlServer mysql, int port) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances", List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + port))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("heartbeat-interval-ms", 200);
        return options;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
