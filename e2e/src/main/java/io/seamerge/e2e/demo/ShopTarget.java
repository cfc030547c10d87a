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
package io.seamerge.e2e.demo;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the shipped job files need to merge the shop into PostgreSQL, and how far they have come.
 */
final class ShopTarget {

    private static final String WRITER = "shop_writer";
    private static final String WRITER_PASSWORD = "writer-secret";

    private ShopTarget() {}

    /** A role that may do what the sink needs and no more: make schemas of its own. */
    static void createWriter(PostgresServer postgres) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE ROLE " + WRITER + " LOGIN PASSWORD '" + WRITER_PASSWORD + "'");
            statement.execute(
                    "GRANT CREATE ON DATABASE " + PostgresServer.DATABASE + " TO " + WRITER);
        }
    }

    /** The values of the job files' variables. */
    static Map<String, String> variables(Shop shop, PostgresServer postgres) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String instance : Shop.INSTANCES) {
            MySqlServer server = shop.server(instance);
            variables.put("mysql_" + instance, server.host() + ":" + server.port());
        }
        variables.put("mysql_user", Shop.READER);
        variables.put("mysql_password", Shop.READER_PASSWORD);
        variables.put(
                "pg_url",
                "jdbc:postgresql://"
                        + postgres.host()
                        + ":"
                        + postgres.port()
                        + "/"
                        + PostgresServer.DATABASE);
        variables.put("pg_user", WRITER);
        variables.put("pg_password", WRITER_PASSWORD);
        return variables;
    }

    /** A shipped job file, found from the working folder or the system property seamerge.root. */
    static Path jobFile(String name) {
        Path folder = Path.of(System.getProperty("seamerge.root", "")).toAbsolutePath();
        while (folder != null) {
            Path file = folder.resolve("config-templates/jobs").resolve(name);
            if (Files.exists(file)) {
                return file;
            }
            folder = folder.getParent();
        }
        throw new IllegalStateException(
                "config-templates/jobs/"
                        + name
                        + " is not there: set the system property seamerge.root to SeaMerge's folder");
    }

    /** What each instance's clock shows. */
    static Map<String, String> now(Shop shop) throws SQLException {
        Map<String, String> moments = new LinkedHashMap<>();
        for (String instance : Shop.INSTANCES) {
            try (Connection connection = shop.connect(instance);
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)")) {
                row.next();
                moments.put(instance, row.getString(1));
            }
        }
        return moments;
    }

    /**
     * How many instances have been applied up to a moment, where one is given for them; the others
     * count as soon as they are streamed.
     */
    static int reached(Connection postgres, Map<String, String> moments) throws SQLException {
        int instances = 0;
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT instance, coalesce(to_char(caught_up_time AT TIME ZONE"
                                        + " 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '')"
                                        + " FROM seamerge.instance")) {
            while (row.next()) {
                String moment = moments.get(row.getString(1));
                if (moment == null || row.getString(2).compareTo(moment) > 0) {
                    instances++;
                }
            }
        }
        return instances;
    }
}
