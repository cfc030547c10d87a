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

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A stream that starts from a handoff, or refuses it in words. */
class HandoffIT {

    private static final long INCARNATION = 42;
    private static final long CLOCK = 9_000_000_000_000_000L;

    private static MySqlServer mysql;
    private static PostgresServer postgres;

    @BeforeAll
    static void open() throws Exception {
        mysql = MySqlServer.start();
        postgres = PostgresServer.start();
        execute(
                mysql.connect(),
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                "INSERT INTO shop.t VALUES (1)",
                "CREATE TABLE shop.v (id BIGINT PRIMARY KEY)",
                "INSERT INTO shop.v VALUES (1)");
        execute(
                postgres.connect(),
                "CREATE SCHEMA seamerge",
                "CREATE TABLE seamerge.handoff (name text, instance text, state text, incarnation"
                        + " bigint, version_time bigint, position text, detail jsonb)");
    }

    @AfterAll
    static void close() throws Exception {
        mysql.close();
        postgres.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        execute(postgres.connect(), "DELETE FROM seamerge.handoff");
    }

    @Test
    void startsWhereTheBackfillEnded() throws Exception {
        record("eu", "finished", "shop.t");
        execute(mysql.connect(), "INSERT INTO shop.t VALUES (2)");
        try (SourceRun run = SourceRun.start(options(), JobMode.STREAMING)) {
            run.checkpointUntilEmitting();
            SeaTunnelRow first = run.rows().get(0);
            assertThat(first.getField(0)).isEqualTo(2L);
            assertThat(first.getField(1)).as("the clock goes on, never back").isEqualTo(CLOCK + 1);
            assertThat(first.getField(2)).as("incarnation").isEqualTo(INCARNATION);
            assertThat(first.getField(3)).as("no snapshot").isEqualTo(false);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "  |          |        | handoff 'h' is unknown",
                "eu| begun    | shop.t | handoff 'h' is not finished for instance eu",
                "us| finished | shop.t | handoff 'h' is for the instances [us], this job has [eu]",
                "eu| finished | shop.u | handoff 'h' is for the tables [shop.u] of instance eu, this job has [shop.t]"
            })
    void refusesInWords(String instance, String state, String table, String words)
            throws Exception {
        if (instance != null) {
            record(instance, state, table);
        }
        try (SourceRun run = SourceRun.start(options(), JobMode.STREAMING)) {
            assertThat(run.awaitFailure()).hasMessageContaining(words);
        }
    }

    @Test
    void refusesInWordsWhatTheServerHasPurged() throws Exception {
        try (MySqlServer own = MySqlServer.start()) {
            execute(
                    own.connect(),
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)");
            record(own, "eu", "finished", "shop.t");
            execute(own.connect(), "INSERT INTO shop.t VALUES (7)", "FLUSH BINARY LOGS");
            String last = field(own, "SHOW MASTER STATUS", 1);
            execute(own.connect(), "PURGE BINARY LOGS TO '" + last + "'");
            try (SourceRun run = SourceRun.start(options(own), JobMode.STREAMING)) {
                for (int i = 0; i < 1_500 && !run.hasFailed(); i++) {
                    run.checkpoint();
                    Thread.sleep(200);
                }
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu")
                        .hasMessageContaining("purged");
            }
        }
    }

    @Test
    void anInstanceThatTheHandoffDoesNotHaveIsReadFromItsBeginning() throws Exception {
        record("eu", "finished", "shop.t");
        Map<String, Object> options = options();
        options.put(
                "instances",
                List.of(
                        Map.of("name", "eu", "hosts", hosts(mysql)),
                        Map.of("name", "new", "hosts", hosts(mysql), "startup.mode", "initial")));
        options.put("metadata-columns", List.of("source_instance", "snapshot"));
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            run.checkpointUntilEmitting();
            SeaTunnelRow row = run.await("row of new", each -> "new".equals(each.getField(1)));
            assertThat(row.getField(2)).as("snapshot").isEqualTo(true);
            assertThat(run.rows()).noneMatch(each -> "eu".equals(each.getField(1)));
        }
    }

    @Test
    void aTableThatIsAddedLaterIsRead() throws Exception {
        record("eu", "finished", "shop.t");
        Map<String, Object> options = options();
        SourceRun.Checkpoint checkpoint;
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            execute(mysql.connect(), "REPLACE INTO shop.t VALUES (3)");
            run.checkpointUntilEmitting();
            run.checkpoint();
            checkpoint = run.checkpoint();
        }
        options.put("tables", List.of("shop\\.[tv]"));
        try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
            SeaTunnelRow row = run.await("row of v", each -> each.getTableId().equals("shop.v"));
            assertThat(row.getField(3)).as("snapshot").isEqualTo(true);
            assertThat(run.rows()).noneMatch(each -> each.getTableId().equals("shop.t"));
        }
    }

    @Test
    void keepsItInAFolderForSinksThatCannot(@TempDir Path folder) throws Exception {
        Map<String, Object> options = options();
        options.put("handoff", Map.of("name", "f", "folder", folder.resolve("h").toString()));
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            assertThat(run.awaitFailure()).hasMessageContaining("handoff 'f' is unknown");
        }
        Map<String, Object> backfill = new HashMap<>(options);
        backfill.put("startup.mode", "initial");
        long incarnation;
        try (SourceRun run = SourceRun.start(backfill, JobMode.BATCH)) {
            run.awaitEnd();
            incarnation = (Long) run.rows().get(0).getField(2);
            try (SourceRun early = SourceRun.start(options, JobMode.STREAMING)) {
                assertThat(early.awaitFailure())
                        .hasMessageContaining("handoff 'f' is not finished for instance eu");
            }
            run.checkpoint();
        }
        execute(mysql.connect(), "INSERT INTO shop.t VALUES (11)");
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            run.checkpointUntilEmitting();
            SeaTunnelRow first = run.rows().get(0);
            assertThat(first.getField(0)).isEqualTo(11L);
            assertThat(first.getField(2)).as("the same order goes on").isEqualTo(incarnation);
        }
        options.put("tables", List.of("shop\\.v"));
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            assertThat(run.awaitFailure())
                    .hasMessageContaining(
                            "handoff 'f' is for the tables [shop.t] of instance eu, this job has"
                                    + " [shop.v]");
        }
        options.put("instances", List.of(Map.of("name", "us", "hosts", hosts(mysql))));
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            assertThat(run.awaitFailure())
                    .hasMessageContaining("is for the instances [eu], this job has [us]");
        }
    }

    private static void record(String instance, String state, String table) throws SQLException {
        record(mysql, instance, state, table);
    }

    private static String field(MySqlServer server, String query, int column) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(column);
        }
    }

    private static List<String> hosts(MySqlServer server) {
        return List.of("127.0.0.1:" + server.port());
    }

    private static void record(MySqlServer server, String instance, String state, String table)
            throws SQLException {
        String position =
                field(server, "SHOW MASTER STATUS", 1)
                        + ":"
                        + field(server, "SHOW MASTER STATUS", 2)
                        + " gtid "
                        + field(server, "SHOW MASTER STATUS", 5);
        String uuid = field(server, "SELECT @@server_uuid", 1);
        execute(
                postgres.connect(),
                "INSERT INTO seamerge.handoff VALUES ('h', '%s', '%s', %d, %d, '%s', '{\"server_uuid\": \"%s\", \"tables\": {\"%s\": 1}}')"
                        .formatted(instance, state, INCARNATION, CLOCK, position, uuid, table));
    }

    private static Map<String, Object> options() {
        return options(mysql);
    }

    private static Map<String, Object> options(MySqlServer mysql) {
        Map<String, Object> options = new HashMap<>();
        options.put("instances", List.of(Map.of("name", "eu", "hosts", hosts(mysql))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("startup.mode", "handoff");
        options.put("metadata-columns", List.of("version_time", "incarnation", "snapshot"));
        options.put("handoff", Map.of("name", "h", "url", postgres.jdbcUrl()));
        return options;
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (connection;
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
