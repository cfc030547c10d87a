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
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.instance.ServerStatus;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a job begins that is not restored, and where one ends that is bounded. */
class StartModesIT {

    private static final String LAST = "S1 S2 S3 S4";

    @ParameterizedTest
    @CsvSource({"5.7, OFF", "8.0, ON", "9.7, ON", "mariadb, ''"})
    void eachModeBeginsWhereItSays(String version, String gtids) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                gtids.isEmpty()
                        ? Map.of()
                        : Map.of("gtid_mode", gtids, "enforce_gtid_consistency", gtids);
        try (MySqlServer mysql = MySqlServer.start(version, settings);
                Connection connection = mysql.connect()) {
            execute(
                    connection,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (1)",
                    "INSERT INTO shop.t VALUES (2)");
            BinlogPosition afterTwo = ServerStatus.writtenEnd(connection);
            boolean mariaDb = version.equals("mariadb");
            String setAfterTwo =
                    mariaDb
                            ? text(connection, "SELECT @@GLOBAL.gtid_binlog_pos")
                            : gtids.equals("ON") ? executed(connection) : null;
            // Commit times of 5.7 and MariaDB have whole seconds.
            Thread.sleep(1_100);
            long time = System.currentTimeMillis() / 1000 * 1000;
            execute(
                    connection,
                    "FLUSH BINARY LOGS",
                    "INSERT INTO shop.t VALUES (3)",
                    "FLUSH BINARY LOGS",
                    "FLUSH BINARY LOGS",
                    "INSERT INTO shop.t VALUES (4)");

            try (SourceRun run =
                    start(mysql, JobMode.STREAMING, Map.of("startup.mode", "earliest"))) {
                Thread.sleep(500);
                assertThat(run.rows()).as("before a checkpoint holds the start").isEmpty();
            }
            assertThat(streamed(mysql, Map.of("startup.mode", "earliest")))
                    .isEqualTo("I1 I2 I3 I4");
            Map<String, Object> since =
                    Map.of("startup.mode", "timestamp", "startup.timestamp-ms", time);
            assertThat(streamed(mysql, since)).isEqualTo("I3 I4");
            Map<String, Object> later =
                    Map.of("startup.mode", "timestamp", "startup.timestamp-ms", time + 3_600_000);
            assertThat(streamed(mysql, later)).isEmpty();
            Map<String, Object> before =
                    Map.of("startup.mode", "timestamp", "startup.timestamp-ms", time - 3_600_000);
            assertThat(streamed(mysql, before)).isEqualTo("I1 I2 I3 I4");
            Map<String, Object> place =
                    Map.of("startup.mode", "specific", "startup.position", afterTwo.toString());
            assertThat(streamed(mysql, place)).isEqualTo("I3 I4");
            if (setAfterTwo != null) {
                Map<String, Object> set =
                        Map.of("startup.mode", "specific", "startup.gtid-set", setAfterTwo);
                assertThat(streamed(mysql, set)).isEqualTo("I3 I4");
                assertThat(bounded(mysql, JobMode.BATCH, set)).isEqualTo("I3 I4");
            }
            if (setAfterTwo == null || mariaDb) {
                try (SourceRun run = start(mysql, JobMode.STREAMING, gtidSet())) {
                    assertThat(run.awaitFailure())
                            .hasMessageContaining(
                                    mariaDb
                                            ? "is not of the kind that the server"
                                            : "startup.gtid-set needs gtid_mode = ON");
                }
            }
            assertThat(streamed(mysql, Map.of("startup.mode", "latest"))).isEmpty();
            assertThat(streamed(mysql, Map.of())).isEqualTo(LAST);

            // Bounded: to the end as it is when they begin.
            assertThat(bounded(mysql, JobMode.BATCH, Map.of())).isEqualTo(LAST);
            Map<String, Object> snapshot = Map.of("startup.mode", "snapshot");
            assertThat(bounded(mysql, JobMode.BATCH, snapshot)).isEqualTo(LAST);
            assertThat(bounded(mysql, JobMode.STREAMING, snapshot)).isEqualTo(LAST);
            assertThat(bounded(mysql, JobMode.BATCH, Map.of("startup.mode", "earliest")))
                    .isEqualTo("I1 I2 I3 I4");
            assertThat(bounded(mysql, JobMode.BATCH, since)).isEqualTo("I3 I4");
            assertThat(bounded(mysql, JobMode.BATCH, place)).isEqualTo("I3 I4");
            assertThatThrownBy(() -> start(mysql, JobMode.BATCH, Map.of("startup.mode", "latest")))
                    .hasMessageContaining("instance eu: a job with job.mode = BATCH");

            eachInstanceHasItsOwnMode(mysql, time, afterTwo);
            whatIsPurgedIsRefused(mysql, connection, time);
        }
    }

    private static Map<String, Object> gtidSet() {
        return Map.of(
                "startup.mode",
                "specific",
                "startup.gtid-set",
                "3e11fa47-71ca-11e1-9e33-c80aa9429562:1");
    }

    private static void eachInstanceHasItsOwnMode(
            MySqlServer mysql, long time, BinlogPosition afterTwo) throws Exception {
        Map<String, Object> options = options(mysql);
        Map<String, Object> eu = new HashMap<>(instance(mysql, "eu"));
        // As a job file has it, and as a map has it.
        eu.put("startup", Map.of("mode", "timestamp", "timestamp-ms", time));
        Map<String, Object> us = new HashMap<>(instance(mysql, "us"));
        us.put("startup.mode", "snapshot");
        Map<String, Object> af = new HashMap<>(instance(mysql, "af"));
        af.put("startup.mode", "specific");
        af.put("startup.position", afterTwo.toString());
        Map<String, Object> sa = new HashMap<>(instance(mysql, "sa"));
        sa.put("startup.mode", "earliest");
        options.put("instances", List.of(eu, us, instance(mysql, "ap"), af, sa));
        options.put("startup.mode", "latest");
        options.put("metadata-columns", List.of("source_instance"));
        options.put(
                "routes",
                List.of(Map.of("tables", "shop\\.t", "key", List.of("_source_instance", "id"))));
        options.remove("tables");
        options.put("control-rows", true);
        options.put("heartbeat-interval-ms", 50);
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            // Each emits once a checkpoint holds its start.
            List<String> streams = List.of("eu", "ap", "af", "sa");
            for (String streaming : streams) {
                for (int i = 0;
                        run.rows().stream()
                                .noneMatch(
                                        row ->
                                                isCaughtUp(row)
                                                        && streaming.equals(row.getField(0)));
                        i++) {
                    run.checkpoint();
                    Thread.sleep(50);
                    run.failIfFailed();
                    assertThat(i).isLessThan(3_000);
                }
            }
            for (int i = 0; tableRows(run).size() < 12; i++) {
                run.checkpoint();
                Thread.sleep(50);
                run.failIfFailed();
                assertThat(i).isLessThan(3_000);
            }
            try (Connection connection = mysql.connect()) {
                execute(connection, "INSERT INTO shop.t VALUES (9)");
            }
            for (String streaming : streams) {
                run.await(
                        "the last row of " + streaming,
                        row -> row.getField(0).equals(9L) && row.getField(1).equals(streaming));
            }
            List<String> rows = new ArrayList<>();
            for (SeaTunnelRow row : tableRows(run)) {
                rows.add(row.getField(1) + " " + row.getField(0));
            }
            assertThat(rows)
                    .containsExactlyInAnyOrder(
                            "eu 3", "eu 4", "us 1", "us 2", "us 3", "us 4", "eu 9", "ap 9", "af 3",
                            "af 4", "af 9", "sa 1", "sa 2", "sa 3", "sa 4", "sa 9");
        }
    }

    private static void whatIsPurgedIsRefused(MySqlServer mysql, Connection connection, long time)
            throws Exception {
        String file = ServerStatus.writtenEnd(connection).file();
        for (int i = 0; !ServerStatus.oldestBinlog(connection).file().equals(file); i++) {
            assertThat(i).isLessThan(3_000);
            execute(connection, "PURGE BINARY LOGS TO '" + file + "'");
            Thread.sleep(100);
        }
        assertThat(streamed(mysql, Map.of("startup.mode", "earliest"))).isEqualTo("I4 I9");
        refused(
                mysql,
                Map.of("startup.mode", "timestamp", "startup.timestamp-ms", time - 3_600_000),
                "lies before the first transaction of the oldest binlog that is left, " + file);
        refused(
                mysql,
                Map.of("startup.mode", "specific", "startup.position", "binlog.000001:4"),
                "has purged binlogs that are needed");
        refused(
                mysql,
                Map.of("startup.mode", "specific", "startup.position", file + ":99999999"),
                "the stream goes on from " + file + ":99999999, but the file has");
    }

    private static void refused(MySqlServer mysql, Map<String, Object> mode, String words)
            throws Exception {
        try (SourceRun run = start(mysql, JobMode.STREAMING, mode)) {
            for (int i = 0; i < 6_000 && !run.hasFailed(); i++) {
                run.checkpoint();
                Thread.sleep(50);
            }
            assertThat(run.awaitFailure())
                    .hasStackTraceContaining("instance eu")
                    .hasStackTraceContaining(words);
        }
    }

    /** What comes before a row that is written when the stream runs. */
    private static String streamed(MySqlServer mysql, Map<String, Object> mode) throws Exception {
        Map<String, Object> withControl = new HashMap<>(mode);
        withControl.put("control-rows", true);
        withControl.put("heartbeat-interval-ms", 50);
        try (SourceRun run = start(mysql, JobMode.STREAMING, withControl)) {
            assertThat(run.rows()).as("before a checkpoint holds the start").isEmpty();
            for (int i = 0; run.rows().stream().noneMatch(StartModesIT::isCaughtUp); i++) {
                run.checkpoint();
                Thread.sleep(50);
                run.failIfFailed();
                assertThat(i).isLessThan(6_000);
            }
            if (!mode.containsKey("startup.mode")) {
                run.await("the snapshot", row -> "snapshot_done".equals(kind(row)));
            }
            return text(run);
        }
    }

    private static String bounded(MySqlServer mysql, JobMode job, Map<String, Object> mode)
            throws Exception {
        try (SourceRun run = start(mysql, job, mode)) {
            run.awaitEnd();
            return text(run);
        }
    }

    private static List<SeaTunnelRow> tableRows(SourceRun run) {
        return run.rows().stream().filter(row -> row.getTableId().equals("shop.t")).toList();
    }

    private static boolean isCaughtUp(SeaTunnelRow row) {
        return "heartbeat".equals(kind(row)) && row.getField(7) != null;
    }

    private static String kind(SeaTunnelRow row) {
        return row.getTableId().equals("shop.t") ? "" : (String) row.getField(1);
    }

    private static String text(SourceRun run) {
        List<SeaTunnelRow> rows = new ArrayList<>(tableRows(run));
        rows.sort(Comparator.comparing(row -> (Long) row.getField(0)));
        StringBuilder text = new StringBuilder();
        for (SeaTunnelRow row : rows) {
            text.append(text.length() == 0 ? "" : " ")
                    .append((Boolean) row.getField(1) ? "S" : "I")
                    .append(row.getField(0));
        }
        return text.toString();
    }

    private static SourceRun start(MySqlServer mysql, JobMode job, Map<String, Object> mode)
            throws Exception {
        Map<String, Object> options = options(mysql);
        options.put("metadata-columns", List.of("snapshot"));
        options.putAll(mode);
        return SourceRun.start(options, job);
    }

    private static Map<String, Object> options(MySqlServer mysql) {
        Map<String, Object> options = new HashMap<>();
        options.put("instances", List.of(instance(mysql, "eu")));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
        return options;
    }

    private static Map<String, Object> instance(MySqlServer mysql, String name) {
        return Map.of("name", name, "hosts", List.of("127.0.0.1:" + mysql.port()));
    }

    private static String executed(Connection connection) throws SQLException {
        return text(connection, "SELECT @@GLOBAL.gtid_executed");
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
