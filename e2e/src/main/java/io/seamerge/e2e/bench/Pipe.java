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
package io.seamerge.e2e.bench;

import io.seamerge.e2e.servers.ClientPrograms;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** {@code mysql -q -B | psql -c 'COPY … FROM STDIN'}: what a backfill is compared with. */
final class Pipe {

    /** A user on the servers who may read all, and logs in the old way. */
    static final String USER = "pipe";

    static final String PASSWORD = "pipe-secret";

    private Pipe() {}

    /** Fetches the programs, and lets MariaDB's client log in. */
    static void prepare(MySqlServer server) throws SQLException {
        ClientPrograms.mysql(List.of());
        ClientPrograms.psql(List.of());
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute(
                    "CREATE USER IF NOT EXISTS '"
                            + USER
                            + "'@'%' IDENTIFIED WITH mysql_native_password BY '"
                            + PASSWORD
                            + "'");
            statement.execute("GRANT SELECT ON *.* TO '" + USER + "'@'%'");
        }
    }

    /** Copies what a query gives, and waits for the end. */
    static void copy(
            MySqlServer server, String query, PostgresServer postgres, String database, String into)
            throws IOException, InterruptedException {
        ProcessBuilder read =
                new ProcessBuilder(
                                ClientPrograms.mysql(
                                        List.of(
                                                "--no-defaults",
                                                "-h127.0.0.1",
                                                "-P" + server.port(),
                                                "-u" + USER,
                                                "--skip-ssl",
                                                "--default-character-set=utf8mb4",
                                                "-q",
                                                "-B",
                                                "-N",
                                                "-e",
                                                query)))
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        read.environment().put("MYSQL_PWD", PASSWORD);
        ProcessBuilder write =
                new ProcessBuilder(
                                ClientPrograms.psql(
                                        List.of(
                                                "-X",
                                                "-q",
                                                "-h127.0.0.1",
                                                "-p" + postgres.port(),
                                                "-U" + postgres.user(),
                                                "-d" + database,
                                                "-c",
                                                "COPY " + into + " FROM STDIN (NULL 'NULL')")))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        write.environment().put("PGPASSWORD", postgres.password());
        write.environment().put("PGCLIENTENCODING", "UTF8");
        List<Process> pipe = ProcessBuilder.startPipeline(List.of(read, write));
        for (Process process : pipe) {
            int status = process.waitFor();
            if (status != 0) {
                pipe.forEach(Process::destroyForcibly);
                throw new IOException("The pipe ended with status " + status);
            }
        }
    }
}
