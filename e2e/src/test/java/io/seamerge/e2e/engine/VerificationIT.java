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

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Verification as a job of the real engine: it ends well, or fails with what differs, or mends it.
 */
@Timeout(600)
class VerificationIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String JOB =
            """
            env { job.mode = "BATCH", parallelism = 1, checkpoint.timeout = 600000 }
            source {
              MySQL-Merge-CDC {
                username = ${mysql_user}
                password = ${mysql_password}
                instances = [ { name = "main", hosts = [${mysql}] } ]
                routes = [ { tables = "shop\\\\.items", target = "shop.items" } ]
                metadata-columns = ["source_instance", "source_database", "source_table",
                                    "version_time", "version_row", "incarnation", "snapshot"]
                control-rows = true
              }
            }
            sink {
              Postgres-Merge {
                url = ${pg_url}
                username = ${pg_user}
                password = ${pg_password}
                pipeline = "items"
                write_mode = ${mode}
                repair = ${repair}
              }
            }
            """;

    @TempDir private Path folder;

    @Test
    void endsWellOrFailsOrMends() throws Exception {
        try (MySqlServer mysql = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start();
                SeaTunnelEngine engine = SeaTunnelEngine.start();
                Connection source = mysql.connect();
                Statement inMySql = source.createStatement();
                Connection target = postgres.connect();
                Statement inPostgres = target.createStatement()) {
            inMySql.execute("CREATE DATABASE shop");
            inMySql.execute("CREATE TABLE shop.items (id INT PRIMARY KEY, name VARCHAR(20))");
            inMySql.execute("INSERT INTO shop.items VALUES (1, 'one'), (2, 'two'), (3, 'three')");
            Path file = Files.writeString(folder.resolve("items.conf"), JOB);

            assertThat(run(engine, file, mysql, postgres, "apply", "false").await(PATIENCE))
                    .isEqualTo("FINISHED");
            assertThat(run(engine, file, mysql, postgres, "verify", "false").await(PATIENCE))
                    .isEqualTo("FINISHED");
            inPostgres.execute("UPDATE shop.items SET name = 'planted' WHERE id = 2");
            inPostgres.execute("DELETE FROM shop.items WHERE id = 3");
            assertThat(run(engine, file, mysql, postgres, "verify", "false").awaitFailure(PATIENCE))
                    .contains("PGMERGE-09", "shop.items: 1 missing, 0 extra, 1 different");
            assertThat(run(engine, file, mysql, postgres, "verify", "true").await(PATIENCE))
                    .isEqualTo("FINISHED");
            try (ResultSet rows =
                    inPostgres.executeQuery(
                            "SELECT string_agg(name, ',' ORDER BY id) FROM shop.items")) {
                rows.next();
                assertThat(rows.getString(1)).isEqualTo("one,two,three");
            }
        }
    }

    private static EngineJob run(
            SeaTunnelEngine engine,
            Path file,
            MySqlServer mysql,
            PostgresServer postgres,
            String mode,
            String repair) {
        return engine.run(
                file,
                Map.of(
                        "mysql", "127.0.0.1:" + mysql.port(),
                        "mysql_user", mysql.user(),
                        "mysql_password", mysql.password(),
                        "pg_url", postgres.jdbcUrl(),
                        "pg_user", postgres.user(),
                        "pg_password", postgres.password(),
                        "mode", mode,
                        "repair", repair));
    }
}
