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

import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job file names no more when it is restored: refused, unless it is to be forgotten. */
class ForgetIT {

    private static MySqlServer mysql;
    private static int lastRow = 10;

    @BeforeAll
    static void open() throws Exception {
        mysql = MySqlServer.start();
        execute(
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                "CREATE TABLE shop.u (id BIGINT PRIMARY KEY)",
                "INSERT INTO shop.t VALUES (1)",
                "INSERT INTO shop.u VALUES (1)");
    }

    @AfterAll
    static void close() throws Exception {
        mysql.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"initial", "latest"})
    void aTable(String mode) throws Exception {
        Map<String, Object> options = options(mode, "eu");
        SourceRun.Checkpoint checkpoint = checkpoint(options);
        options.put("tables", List.of("shop\\.t"));
        assertThatThrownBy(() -> SourceRun.restore(options, JobMode.STREAMING, checkpoint))
                .hasMessageContaining("the checkpoint holds table shop.u")
                .hasMessageContaining("forget = [\"eu:shop\\\\.u\"]");
        options.put("forget", List.of("eu:shop\\.u"));
        try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
            int id = ++lastRow;
            execute("INSERT INTO shop.u VALUES (" + id + ")");
            execute("INSERT INTO shop.t VALUES (" + id + ")");
            run.await("the row", row -> row.getField(0).equals((long) id));
            assertThat(run.rows())
                    .as("the other table streams on, the forgotten one does not")
                    .allMatch(row -> row.getTableId().equals("shop.t"));
            run.checkpoint();
            run.checkpoint();
            // Forgotten for good.
            SourceRun.Checkpoint later = run.checkpoint();
            options.remove("forget");
            SourceRun.restore(options, JobMode.STREAMING, later).close();
        }
    }

    @Test
    void anInstance() throws Exception {
        SourceRun.Checkpoint checkpoint = checkpoint(options("initial", "eu", "us"));
        Map<String, Object> options = options("initial", "eu");
        assertThatThrownBy(() -> SourceRun.restore(options, JobMode.STREAMING, checkpoint))
                .hasMessageContaining("the checkpoint holds instance 'us'")
                .hasMessageContaining("forget = [\"us\"]");
        options.put("forget", List.of("us"));
        try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
            int id = ++lastRow;
            execute("INSERT INTO shop.t VALUES (" + id + ")");
            run.await("the row", row -> row.getField(0).equals((long) id));
            assertThat(run.rows())
                    .as("the other instance streams on, the forgotten one does not")
                    .allMatch(row -> row.getField(1).equals("eu") && row.getField(2).equals(false));
        }
    }

    /** Of a job whose snapshots are done and that streams. */
    private static SourceRun.Checkpoint checkpoint(Map<String, Object> options) throws Exception {
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            if (options.get("startup.mode").equals("latest")) {
                run.checkpoint();
                while (run.size() == 0) {
                    execute("INSERT INTO shop.t VALUES (" + ++lastRow + ")");
                    run.checkpoint();
                    Thread.sleep(100);
                }
            } else {
                run.checkpointUntilEmitting();
                List<?> instances = (List<?>) options.get("instances");
                for (Object each : instances) {
                    Object name = ((Map<?, ?>) each).get("name");
                    for (String table : List.of("shop.t", "shop.u")) {
                        run.await(
                                "snapshot of " + table,
                                row ->
                                        row.getTableId().equals(table)
                                                && row.getField(1).equals(name));
                    }
                }
                int id = ++lastRow;
                execute("INSERT INTO shop.t VALUES (" + id + ")");
                for (Object each : instances) {
                    Object name = ((Map<?, ?>) each).get("name");
                    run.await(
                            "the row",
                            row ->
                                    row.getField(0).equals((long) id)
                                            && row.getField(1).equals(name));
                }
            }
            run.checkpoint();
            return run.checkpoint();
        }
    }

    private static Map<String, Object> options(String mode, String... instances) {
        Map<String, Object> options = new HashMap<>();
        List<String> hosts = List.of("127.0.0.1:" + mysql.port());
        options.put(
                "instances",
                List.of(instances).stream()
                        .map(name -> Map.of("name", name, "hosts", hosts))
                        .toList());
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.[tu]"));
        options.put("startup.mode", mode);
        options.put("metadata-columns", List.of("source_instance", "snapshot"));
        return options;
    }

    private static void execute(String... statements) throws Exception {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
