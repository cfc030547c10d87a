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
package io.seamerge.e2e.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DatabaseServerIT {

    @ParameterizedTest
    @ValueSource(strings = {"PostgreSQL 18", "MySQL 8.0"})
    void keepsPortAndDataThroughKillAndRestart(String name) throws SQLException {
        try (DatabaseServer server = start(name)) {
            assertThat(server.name()).isEqualTo(name);
            int port = server.port();
            execute(server, "CREATE TABLE " + table(server) + " (id INT PRIMARY KEY)");
            execute(server, "INSERT INTO " + table(server) + " VALUES (1)");
            server.kill();
            assertThat(server.isRunning()).isFalse();
            assertThatThrownBy(server::connect).isInstanceOf(SQLException.class);
            server.restart();
            assertThat(server.port()).isEqualTo(port);
            execute(server, "INSERT INTO " + table(server) + " VALUES (2)");
            server.restart();
            assertThat(number(server, "SELECT COUNT(*) FROM " + table(server))).isEqualTo(2);
        }
    }

    private static DatabaseServer start(String name) {
        String[] words = name.split(" ");
        return words[0].equals("PostgreSQL")
                ? PostgresServer.start(words[1], Map.of())
                : MySqlServer.start(words[1], Map.of());
    }

    private static String table(DatabaseServer server) throws SQLException {
        if (server instanceof PostgresServer) {
            return "kept";
        }
        execute(server, "CREATE DATABASE IF NOT EXISTS shop");
        return "shop.kept";
    }

    private static void execute(DatabaseServer server, String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(DatabaseServer server, String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }
}
