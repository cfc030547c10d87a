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
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run-job.sh --check}. */
class JobCheckIT {

    private static final String JOB =
            """
            env { job.mode = "STREAMING" }
            source {
              MySQL-Merge-CDC {
                username = "u", password = "pw"
                instances = [ { name = "eu", hosts = [${mysql}] } ]
                routes = [
                  { tables = "shop_\\\\d\\\\.orders", target = "shop.orders", key = ["_source_database", "id"] }
                ]
                metadata-columns = ["source_instance", "source_database", "source_table",
                                    "version_time", "version_row", "incarnation", "snapshot"]
                control-rows = true
              }
            }
            sink {
              Postgres-Merge {
                url = "jdbc:postgresql://nowhere.invalid/db", username = "p", password = "s3cret"
                pipeline = "shop"
              }
            }
            """;

    @TempDir Path folder;

    @Test
    void saysWhatWouldBeDoneAndDoesNothing() throws Exception {
        Path job = Files.writeString(folder.resolve("job.conf"), JOB);
        try (MySqlServer server = MySqlServer.start();
                Connection admin = server.connect();
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE USER u IDENTIFIED BY 'pw'");
            for (int shard = 1; shard <= 2; shard++) {
                statement.execute("CREATE DATABASE shop_" + shard);
                statement.execute(
                        "CREATE TABLE shop_"
                                + shard
                                + ".orders (id "
                                + (shard == 1 ? "INT" : "BIGINT")
                                + " PRIMARY KEY, total DECIMAL(10,2), at TIMESTAMP(3) NULL)");
            }
            String mySql = server.host() + ":" + server.port();
            statement.execute("GRANT SELECT ON *.* TO u");

            String before = binlogEnd(statement);
            String refused = check(job, mySql, false);
            assertThat(refused)
                    .contains("GRANT REPLICATION SLAVE ON *.* TO 'u'@'%'")
                    .contains("GRANT REPLICATION CLIENT ON *.* TO 'u'@'%'");

            assertThat(binlogEnd(statement)).isEqualTo(before);
            statement.execute("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO u");
            before = binlogEnd(statement);
            String plan = check(job, mySql, true);
            assertThat(plan).doesNotContain("s3cret").doesNotContain("pw");
            assertThat(plan.replace(mySql, "MYSQL").replaceAll("(?m)[ \t]+$", "").trim())
                    .isEqualTo(
                            new String(
                                            JobCheckIT.class
                                                    .getResourceAsStream("/check/plan.txt")
                                                    .readAllBytes(),
                                            StandardCharsets.UTF_8)
                                    .trim());
            assertThat(binlogEnd(statement)).isEqualTo(before);
        }
    }

    /** Where the binlog ends: every change of anything moves it. */
    private static String binlogEnd(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW MASTER STATUS")) {
            row.next();
            return row.getString(1) + ":" + row.getLong(2);
        }
    }

    private static String check(Path job, String mySql, boolean well) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        boolean found =
                JobCheck.check(
                        job,
                        List.of("mysql=" + mySql),
                        new PrintStream(said, true, StandardCharsets.UTF_8));
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(found).as(text).isEqualTo(well);
        return text;
    }
}
