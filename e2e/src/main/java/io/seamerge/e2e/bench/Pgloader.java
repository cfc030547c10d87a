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

import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * pgloader, on machines that have it: a process for each server, into a table that is there. It
 * reads MariaDB servers with the same rows, since it does not get along with MySQL 8's
 * information_schema.
 */
final class Pgloader {

    private Pgloader() {}

    static boolean installed() {
        return Commands.succeeds(List.of("pgloader", "--version"));
    }

    /** Servers that hold the same rows as the others. */
    static List<MySqlServer> servers(Bench bench, String table, long rows) throws Exception {
        return bench.once(
                "pgloader's servers",
                () -> {
                    List<Callable<MySqlServer>> starts = new ArrayList<>();
                    for (int i = 0; i < 2; i++) {
                        long first = 1 + i * rows;
                        starts.add(
                                () -> {
                                    MySqlServer server = bench.mySql("mariadb");
                                    try (Connection connection = server.connect();
                                            Statement statement = connection.createStatement()) {
                                        Orders.create(connection, table);
                                        Orders.load(connection, table, first, rows);
                                        statement.execute(
                                                "CREATE USER '%s'@'%%' IDENTIFIED BY '%s'"
                                                        .formatted(Pipe.USER, Pipe.PASSWORD));
                                        statement.execute(
                                                "GRANT SELECT ON *.* TO '" + Pipe.USER + "'@'%'");
                                    }
                                    return server;
                                });
                    }
                    return Bench.together(starts);
                });
    }

    /** Copies a table of the database {@code bench}, and waits for the end. */
    static void copy(MySqlServer server, String table, PostgresServer postgres, String database)
            throws IOException {
        Path folder = Files.createTempDirectory("seamerge-pgloader-");
        try {
            Path file = folder.resolve("load");
            Files.writeString(
                    file,
                    """
                    LOAD DATABASE
                      FROM mysql://%s:%s@127.0.0.1:%d/bench
                      INTO postgresql://%s:%s@127.0.0.1:%d/%s
                    WITH data only, workers = 2, concurrency = 1, batch rows = 25000, prefetch rows = 50000
                    INCLUDING ONLY TABLE NAMES MATCHING '%s';
                    """
                            .formatted(
                                    Pipe.USER,
                                    Pipe.PASSWORD,
                                    server.port(),
                                    postgres.user(),
                                    postgres.password(),
                                    postgres.port(),
                                    database,
                                    table.substring(table.indexOf('.') + 1)));
            Commands.run(
                    List.of("pgloader", "-q", "-D", folder.toString(), file.toString()),
                    Map.of("TZ", "UTC"),
                    folder);
        } finally {
            Commands.deleteFolder(folder);
        }
    }
}
