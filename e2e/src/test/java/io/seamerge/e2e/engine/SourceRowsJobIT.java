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
package io.seamerge.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a source has no longer, from its binlog or its tables to the target, with the real engine
 * between the real connectors: a TRUNCATE, and deletions that nobody watched, found when the table
 * is read again. Two databases write to one table of each engine.
 */
@Timeout(900)
class SourceRowsJobIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String JOB =
            """
            env { job.mode = "STREAMING", parallelism = 1, checkpoint.interval = 500 }
            source {
              MySQL-Merge-CDC {
                username = ${mysql_user}
                password = ${mysql_password}
                instances = [ { name = "main", hosts = [${mysql}] } ]
                routes = [
                  { tables = "[ab]\\\\.plain", target = "shop.plain", key = ["_source_database", "id"] }
                  { tables = "[ab]\\\\.latest", target = "shop.latest" }
                  { tables = "[ab]\\\\.summed", target = "shop.summed" }
                ]
                metadata-columns = ["source_instance", "source_database", "source_table",
                                    "version_time", "version_row", "incarnation", "snapshot"]
                control-rows = true
                # more
              }
            }
            sink {
              Postgres-Merge {
                url = ${pg_url}
                username = ${pg_user}
                password = ${pg_password}
                pipeline = "rows"
                sources = ["main"]
                tables = [
                  { table = "shop.latest", shape = consolidated }
                  { table = "shop.summed", shape = consolidated, precedence = update_wins,
                    column_resolvers { n = sum } }
                ]
              }
            }
            """;

    @TempDir private Path folder;
    private Statement mysql;
    private Statement postgres;

    @Test
    void rowsThatTheirSourceHasNoLongerGo() throws Exception {
        try (MySqlServer source = MySqlServer.start();
                PostgresServer target = PostgresServer.start();
                SeaTunnelEngine engine = SeaTunnelEngine.start();
                Connection inMySql = source.connect();
                Connection inPostgres = target.connect()) {
            mysql = inMySql.createStatement();
            postgres = inPostgres.createStatement();
            for (String database : List.of("a", "b")) {
                mysql.execute("CREATE DATABASE " + database);
                for (String table : List.of("plain", "latest", "summed")) {
                    mysql.execute(
                            "CREATE TABLE "
                                    + database
                                    + "."
                                    + table
                                    + " (id INT PRIMARY KEY, name VARCHAR(20), n INT NOT NULL)");
                }
            }
            everywhere("a", "INSERT INTO %s VALUES (1, 'a', 1), (2, 'a', 2), (3, 'a', 3)");
            everywhere("b", "INSERT INTO %s VALUES (2, 'b', 20), (3, 'b', 30), (4, 'b', 40)");
            Map<String, String> variables =
                    Map.of(
                            "mysql", "127.0.0.1:" + source.port(),
                            "mysql_user", source.user(),
                            "mysql_password", source.password(),
                            "pg_url", target.jdbcUrl(),
                            "pg_user", target.user(),
                            "pg_password", target.password());
            Path file = Files.writeString(folder.resolve("rows.conf"), JOB);
            EngineJob job = engine.run(file, variables);
            // Rows of a snapshot are equally old: a's name sorts first.
            comesTo(
                    job,
                    "a 1 a 1; a 2 a 2; a 3 a 3; b 2 b 20; b 3 b 30; b 4 b 40",
                    "1 a 1; 2 a 2; 3 a 3; 4 b 40",
                    "1 a 1; 2 a 22; 3 a 33; 4 b 40");

            everywhere("b", "UPDATE %s SET name = 'b later' WHERE id = 3");
            everywhere("a", "TRUNCATE %s");
            everywhere("a", "INSERT INTO %s VALUES (5, 'a after', 50)");
            // Row 2 of b comes to light only where the state remembers it.
            comesTo(
                    job,
                    "a 5 a after 50; b 2 b 20; b 3 b later 30; b 4 b 40",
                    "3 b later 30; 4 b 40; 5 a after 50",
                    "2 b 20; 3 b later 30; 4 b 40; 5 a after 50");

            everywhere("a", "INSERT INTO %s VALUES (3, 'a again', 300), (6, 'a', 60)");
            comesTo(
                    job,
                    "a 3 a again 300; a 5 a after 50; a 6 a 60; b 2 b 20; b 3 b later 30; b 4 b 40",
                    "3 a again 300; 4 b 40; 5 a after 50; 6 a 60",
                    "2 b 20; 3 a again 330; 4 b 40; 5 a after 50; 6 a 60");
            job.savepoint();
            mysql.execute("SET sql_log_bin = 0");
            everywhere("a", "DELETE FROM %s WHERE id IN (3, 6)");
            everywhere("a", "UPDATE %s SET n = 51 WHERE id = 5");
            mysql.execute("SET sql_log_bin = 1");
            everywhere("b", "INSERT INTO %s VALUES (7, 'b', 70)");
            Files.writeString(
                    file,
                    JOB.replace(
                            "# more",
                            "resnapshot = { id = \"again\", tables = [\"main:a\\\\..*\"] }"));
            job = engine.restore(job.id(), file, variables);
            everywhere("b", "INSERT INTO %s VALUES (8, 'b', 80)");
            comesTo(
                    job,
                    "a 5 a after 51; b 2 b 20; b 3 b later 30; b 4 b 40; b 7 b 70; b 8 b 80",
                    "4 b 40; 5 a after 51; 7 b 70; 8 b 80",
                    "2 b 20; 3 b later 30; 4 b 40; 5 a after 51; 7 b 70; 8 b 80");
            job.cancel();
        }
    }

    private void everywhere(String database, String change) throws SQLException {
        for (String table : List.of("plain", "latest", "summed")) {
            mysql.execute(String.format(change, database + "." + table));
        }
    }

    /** Rows in the order of their keys: database where it is part of it, id, name, n. */
    private void comesTo(EngineJob job, String plain, String latest, String summed)
            throws Exception {
        String wanted = plain + "\n" + latest + "\n" + summed;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        String found = "";
        while (!found.equals(wanted)) {
            if (job.status().equals("FAILED")) {
                fail("with %s the job failed: %s", found, job.awaitFailure(PATIENCE));
            }
            assertThat(System.nanoTime()).as("not yet: %s", found).isLessThan(deadline);
            Thread.sleep(100);
            found =
                    String.join(
                            "\n",
                            rows("concat_ws(' ', _source_database, id, name, n)", "shop.plain"),
                            rows("concat_ws(' ', id, name, n)", "shop.latest"),
                            rows("concat_ws(' ', id, name, n)", "shop.summed"));
        }
    }

    private String rows(String shown, String table) throws SQLException {
        List<String> found = new ArrayList<>();
        try (ResultSet there = postgres.executeQuery("SELECT to_regclass('" + table + "')")) {
            there.next();
            if (there.getString(1) == null) {
                return "";
            }
        }
        try (ResultSet rows =
                postgres.executeQuery("SELECT " + shown + " FROM " + table + " ORDER BY 1")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return String.join("; ", found);
    }
}
