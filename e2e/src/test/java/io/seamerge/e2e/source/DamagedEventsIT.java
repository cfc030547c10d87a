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

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.TcpProxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that cannot be decoded end the job, and nothing is passed over. */
class DamagedEventsIT {

    private static final Duration SOON = Duration.ofMinutes(5);

    @ParameterizedTest
    @CsvSource({"5.7, CRC32", "8.0, NONE", "9.7, CRC32", "mariadb, NONE"})
    void rowsThatCannotBeDecodedAreNamed(String version, String checksum) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of("binlog_checksum", checksum));
                TcpProxy proxy = TcpProxy.to(mysql)) {
            createTable(mysql);
            try (SourceRun run = SourceRun.start(options(mysql, proxy.port()), JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                proxy.damageBefore("to be damaged");
                execute(mysql, "INSERT INTO shop.t VALUES (2, 'to be damaged'), (3, 'after it')");
                execute(mysql, "INSERT INTO shop.t VALUES (4, 'later')");
                assertThat(wordsOf(run.awaitFailure()))
                        .contains("instance eu", "shop.t", "binlog.0")
                        .contains(
                                checksum.equals("NONE") ? "cannot be carried" : "The checksum of");
                assertThat(run.rows()).extracting(row -> row.getField(0)).containsExactly(1L);
            }
        }
    }

    /**
     * What a server could not log although it had happened already: the rows of a table without
     * transactions that did not fit into the cache of a statement.
     */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void anIncidentThatTheServerNotesEndsTheJob(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> smallCache =
                Map.of("binlog_stmt_cache_size", "4096", "max_binlog_stmt_cache_size", "4096");
        try (MySqlServer mysql = MySqlServer.start(version, smallCache)) {
            createTable(mysql);
            execute(mysql, "CREATE TABLE shop.log (note VARCHAR(1000)) ENGINE = MyISAM");
            try (SourceRun run = SourceRun.start(options(mysql, mysql.port()), JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                String row = "(REPEAT('x', 1000))";
                String rows = row + (", " + row).repeat(99);
                assertThatThrownBy(() -> execute(mysql, "INSERT INTO shop.log VALUES " + rows))
                        .hasMessageContaining("max_binlog_stmt_cache_size");
                execute(mysql, "INSERT INTO shop.t VALUES (4, 'later')");
                assertThat(wordsOf(run.awaitFailure()))
                        .contains("instance eu")
                        .containsPattern("At binlog\\.\\d+:\\d+ the server notes an incident");
                assertThat(run.rows()).extracting(each -> each.getField(0)).containsExactly(1L);
            }
        }
    }

    private static Map<String, Object> options(MySqlServer mysql, int port) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances", List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + port))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("ssl-mode", "disabled");
        options.put("tables", List.of("shop\\.t"));
        return options;
    }

    private static String wordsOf(Throwable failure) {
        StringBuilder said = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            said.append(e.getMessage()).append('\n');
        }
        return said.toString();
    }

    /** The engine says why, and a job of a bounded start ends by itself though it streams. */
    @Test
    void theJobFailsOnTheEngine(@TempDir Path folder) throws Exception {
        try (MySqlServer mysql = MySqlServer.start();
                TcpProxy proxy = TcpProxy.to(mysql);
                SeaTunnelEngine engine = SeaTunnelEngine.start()) {
            createTable(mysql);
            EngineJob snapshot = engine.run(job(folder, mysql, proxy, "snapshot"), Map.of());
            assertThat(snapshot.await(SOON)).isEqualTo("FINISHED");
            assertThat(engine.log()).content().contains("the first");

            EngineJob job = engine.run(job(folder, mysql, proxy, "latest"), Map.of());
            proxy.damageBefore("to be damaged");
            long deadline = System.nanoTime() + SOON.toNanos();
            for (int i = 10; !Files.readString(engine.log()).contains("streamed"); i++) {
                execute(mysql, "INSERT INTO shop.t VALUES (" + i + ", 'streamed')");
                Thread.sleep(200);
                assertThat(System.nanoTime()).as("time for a row").isLessThan(deadline);
            }
            execute(mysql, "INSERT INTO shop.t VALUES (2, 'to be damaged')");
            assertThat(job.awaitFailure(SOON))
                    .contains("instance eu", "shop.t", "binlog.0", "The checksum of the event");
        }
    }

    private static Path job(Path folder, MySqlServer mysql, TcpProxy proxy, String mode)
            throws Exception {
        Path file = folder.resolve(mode + ".conf");
        Files.writeString(
                file,
                "env { job.mode = STREAMING, parallelism = 1, checkpoint.interval = 500,"
                        + " job.retry.times = 0 }\n"
                        + "source { MySQL-Merge-CDC { username = \""
                        + mysql.user()
                        + "\", password = \""
                        + mysql.password()
                        + "\", ssl-mode = disabled, startup.mode = "
                        + mode
                        + ", tables = [\"shop\\\\.t\"], instances = [{ name = eu, hosts = [\"127.0.0.1:"
                        + proxy.port()
                        + "\"] }] } }\n"
                        + "sink { Console {} }\n");
        return file;
    }

    private static void createTable(MySqlServer mysql) throws SQLException {
        execute(
                mysql,
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note VARCHAR(30))",
                "INSERT INTO shop.t VALUES (1, 'the first')");
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
