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
                "INSERT INTO shop.t VALUES (1)");
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

    private static void record(String instance, String state, String table) throws SQLException {
        String position;
        String server;
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            ResultSet status = statement.executeQuery("SHOW MASTER STATUS");
            status.next();
            position =
                    status.getString(1) + ":" + status.getLong(2) + " gtid " + status.getString(5);
            ResultSet uuid = statement.executeQuery("SELECT @@server_uuid");
            uuid.next();
            server = uuid.getString(1);
        }
        execute(
                postgres.connect(),
                "INSERT INTO seamerge.handoff VALUES ('h', '%s', '%s', %d, %d, '%s', '{\"server_uuid\": \"%s\", \"tables\": {\"%s\": 1}}')"
                        .formatted(instance, state, INCARNATION, CLOCK, position, server, table));
    }

    private static Map<String, Object> options() {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
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
