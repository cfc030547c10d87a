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
package io.seamerge.e2e.templates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.DatabaseServer;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The users, grants and server settings that the templates give are enough, as they stand. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class DatabaseRolesIT {

    private static final String PASSWORD = "change-this-password";

    @Test
    void aJobRunsWithTheTemplatesUserAndRole() throws Exception {
        try (MySqlServer mySql = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start();
                SeaTunnelEngine engine = SeaTunnelEngine.start()) {
            run(mySql, statements("mysql/user.sql"));
            run(
                    mySql,
                    List.of(
                            "CREATE DATABASE shop",
                            "CREATE TABLE shop.products (id INT PRIMARY KEY, name VARCHAR(20))",
                            "INSERT INTO shop.products VALUES (1, 'read')"));
            run(postgres, List.of(Files.readString(template("postgres/role.sql"))));
            EngineJob job =
                    engine.run(
                            template("jobs/one-to-one.streaming.conf"),
                            Map.of(
                                    "mysql",
                                    "127.0.0.1:" + mySql.port(),
                                    "mysql_user",
                                    "seamerge",
                                    "mysql_password",
                                    PASSWORD,
                                    "mysql_tables",
                                    "shop\\..*",
                                    "pg_url",
                                    "jdbc:postgresql://127.0.0.1:"
                                            + postgres.port()
                                            + "/"
                                            + PostgresServer.DATABASE,
                                    "pg_user",
                                    "seamerge",
                                    "pg_password",
                                    PASSWORD));
            awaitRows(postgres, job, 1);
            run(mySql, List.of("INSERT INTO shop.products VALUES (2, 'streamed')"));
            awaitRows(postgres, job, 2);
            job.cancel();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void everyVersionTakesTheSettingsAndTheUser(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings = new LinkedHashMap<>();
        for (String line : Files.readAllLines(template("mysql/binlog.cnf"))) {
            if (line.contains("=") && !line.startsWith("#")) {
                String[] setting = line.split("\\s*=\\s*", 2);
                settings.put(setting[0], setting[1]);
            }
        }
        assertThat(settings).hasSizeGreaterThan(5);
        try (MySqlServer server = MySqlServer.start(version, settings)) {
            run(server, statements("mysql/user.sql"));
            assertThat(server.isRunning()).isTrue();
        }
    }

    private static void awaitRows(PostgresServer postgres, EngineJob job, long wanted)
            throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (rows(postgres) < wanted) {
            assertThat(job.status()).isNotEqualTo("FAILED");
            assertThat(System.nanoTime()).as("time for row " + wanted).isLessThan(deadline);
            Thread.sleep(100);
        }
    }

    private static long rows(PostgresServer postgres) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet result =
                        statement.executeQuery(
                                "SELECT coalesce(sum(n_tup_ins), 0) FROM pg_stat_user_tables"
                                        + " WHERE schemaname = 'shop' AND relname = 'products'")) {
            result.next();
            return result.getLong(1);
        }
    }

    private static void run(DatabaseServer server, List<String> statements) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> statements(String template) throws IOException {
        String text = Files.readString(template(template)).replaceAll("(?m)^--.*$", "");
        return Arrays.stream(text.split(";"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
    }

    private static Path template(String name) {
        return Path.of(System.getProperty("seamerge.root"), "config-templates", name);
    }
}
