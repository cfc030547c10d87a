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
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a server's version or settings make of logins, columns and binlog events. */
class ServerFormsIT {

    /** With the grants of the docs alone, and a login that the server has not cached. */
    @ParameterizedTest
    @CsvSource({
        "5.7, mysql_native_password, DISABLED",
        "8.0, caching_sha2_password, DISABLED",
        "8.0, caching_sha2_password, REQUIRED",
        "9.7, caching_sha2_password, DISABLED",
        "9.7, caching_sha2_password, REQUIRED",
        "mariadb, mysql_native_password, DISABLED"
    })
    void snapshotAndStreamLogInWithTheGrantsOfTheDocs(String version, String plugin, String sslMode)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(
                    mysql,
                    version.equals("mariadb")
                            ? "CREATE USER seamerge@'%' IDENTIFIED BY 'sha2-secret'"
                            : "CREATE USER seamerge@'%' IDENTIFIED WITH "
                                    + plugin
                                    + " BY 'sha2-secret'",
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO seamerge@'%'",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'snapshot')");
            Map<String, Object> options = options(mysql);
            options.put("username", "seamerge");
            options.put("password", "sha2-secret");
            options.put("ssl-mode", sslMode);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitNote(run, "snapshot");
                execute(mysql, "INSERT INTO shop.t VALUES (2, 'stream')");
                awaitNote(run, "stream");
            }
        }
    }

    /** Column by column equal from snapshot and stream, whatever is hidden, and where. */
    @ParameterizedTest
    @CsvSource({
        "5.7, '', ''",
        "9.7, binlog_row_metadata, FULL",
        "9.7, binlog_row_metadata, MINIMAL",
        "9.7, show_gipk_in_create_table_and_information_schema, OFF",
        "9.7, binlog_transaction_compression, ON",
        "mariadb, binlog_row_metadata, FULL",
        "mariadb, log_bin_compress, ON"
    })
    void generatedAndInvisibleColumnsComeLikeOthers(String version, String setting, String value)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings = new HashMap<>();
        if (!setting.isEmpty()) {
            settings.put(setting, value);
        }
        if (setting.equals("log_bin_compress")) {
            settings.put("log_bin_compress_min_len", "10");
        }
        boolean ownKey = version.equals("9.7");
        if (ownKey) {
            settings.put("sql_generate_invisible_primary_key", "ON");
        }
        String invisible = version.equals("5.7") ? "" : " INVISIBLE";
        try (MySqlServer mysql = MySqlServer.start(version, settings)) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t ("
                            + (ownKey ? "" : "id INT AUTO_INCREMENT PRIMARY KEY, ")
                            + "a INT, v INT GENERATED ALWAYS AS (a * 2) VIRTUAL, h INT DEFAULT 7"
                            + invisible
                            + ", s INT GENERATED ALWAYS AS (a + 1) STORED, z VARCHAR(200)"
                            + (ownKey ? ", INDEX f ((a * 3))" : "")
                            + ")",
                    "INSERT INTO shop.t (a, z) VALUES (10, REPEAT('snapshot', 10))");
            try (SourceRun run = SourceRun.start(options(mysql), JobMode.STREAMING)) {
                awaitNote(run, "snapshot".repeat(10));
                execute(mysql, "INSERT INTO shop.t (a, z) VALUES (20, REPEAT('stream', 10))");
                awaitNote(run, "stream".repeat(10));
                List<List<Object>> rows =
                        run.rows().stream().map(row -> Arrays.asList(row.getFields())).toList();
                assertThat(rows)
                        .isEqualTo(
                                List.of(
                                        fields(version, 1, 10, "snapshot".repeat(10)),
                                        fields(version, 2, 20, "stream".repeat(10))));
            }
        }
    }

    private static List<Object> fields(String version, int id, int a, String note) {
        // A key that the server makes itself is a BIGINT UNSIGNED.
        Object key = version.equals("9.7") ? BigDecimal.valueOf(id) : (Object) id;
        return List.of(key, a, a * 2, 7, a + 1, note);
    }

    /** Rows events and statements that MariaDB compresses, on either side of its threshold. */
    @Test
    void compressedEventsOfMariaDbAreRead() throws Exception {
        try (MySqlServer mysql =
                MySqlServer.start(
                        "mariadb",
                        Map.of("log_bin_compress", "ON", "log_bin_compress_min_len", "100"))) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note LONGTEXT)",
                    "INSERT INTO shop.t VALUES (0, 'snapshot')");
            try (SourceRun run = SourceRun.start(options(mysql), JobMode.STREAMING)) {
                awaitNote(run, "snapshot");
                execute(
                        mysql,
                        "CREATE TABLE shop.other (id INT) COMMENT '" + "long ".repeat(100) + "'",
                        "INSERT INTO shop.t VALUES (1, 'short'), (2, REPEAT('long', 300000))",
                        "UPDATE shop.t SET note = CONCAT(note, '!')",
                        "DELETE FROM shop.t WHERE id = 2",
                        "INSERT INTO shop.t VALUES (3, 'last')");
                awaitNote(run, "last");
                assertThat(
                                run.rows().stream()
                                        .map(
                                                row ->
                                                        row.getRowKind().shortString()
                                                                + row.getField(0)))
                        .containsExactly(
                                "+I0", "+I1", "+I2", "-U0", "+U0", "-U1", "+U1", "-U2", "+U2",
                                "-D2", "+I3");
                assertThat((String) run.rows().get(9).getField(1))
                        .isEqualTo("long".repeat(300_000) + "!");
            }
        }
    }

    @Test
    void aColumnThatIsLeftOutIsNotCarried() throws Exception {
        try (MySqlServer mysql = MySqlServer.start()) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, x CHAR(3) CHARACTER SET hp8,"
                            + " note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'x', 'snapshot')");
            Map<String, Object> options = options(mysql);
            options.remove("tables");
            options.put(
                    "routes",
                    List.of(Map.of("tables", "shop\\.t", "exclude-columns", List.of("x"))));
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitNote(run, "snapshot");
                execute(mysql, "INSERT INTO shop.t VALUES (2, 'y', 'stream')");
                awaitNote(run, "stream");
                assertThat(run.rows()).allMatch(row -> row.getArity() == 2);
            }
        }
    }

    @Test
    void aStreamGoesOnAfterTaggedGtids() throws Exception {
        assumeThat(MySqlServer.whyNot("9.7")).isEmpty();
        try (MySqlServer mysql = MySqlServer.start("9.7", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note VARCHAR(20))",
                    "SET gtid_next = 'AUTOMATIC:before'",
                    "INSERT INTO shop.t VALUES (1, 'snapshot')");
            Map<String, Object> options = options(mysql);
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitNote(run, "snapshot");
                execute(
                        mysql,
                        "SET gtid_next = 'AUTOMATIC:tag'",
                        "INSERT INTO shop.t VALUES (2, 'stream')");
                awaitNote(run, "stream");
                // A checkpoint holds what was emitted when the one before was taken.
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            execute(
                    mysql,
                    "FLUSH BINARY LOGS",
                    "SET gtid_next = 'AUTOMATIC:tag'",
                    "INSERT INTO shop.t VALUES (3, 'restored')");
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                awaitNote(run, "restored");
                assertThat(run.rows()).hasSize(1);
            }
        }
    }

    @Test
    void whatMariaDbHasBesideIsRefusedInWords() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("mariadb", Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.h (id BIGINT PRIMARY KEY, note VARCHAR(20)) WITH SYSTEM VERSIONING",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'snapshot')");
            Map<String, Object> options = options(mysql);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitNote(run, "snapshot");
                execute(
                        mysql,
                        "INSERT INTO shop.h VALUES (1, 'y')",
                        "INSERT INTO shop.t VALUES (2, 'stream')");
                awaitNote(run, "stream");
            }
            options.put("tables", List.of("shop\\..*"));
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("eu:shop.h: a system-versioned table is not supported");
        }
    }

    private static void awaitNote(SourceRun run, String note) throws Exception {
        if (run.size() == 0) {
            run.checkpointUntilEmitting();
        }
        run.await(
                "row with " + note,
                row -> {
                    Object[] fields = row.getFields();
                    return note.equals(fields[fields.length - 1]);
                });
    }

    private static Map<String, Object> options(MySqlServer mysql) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
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
