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
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.machine.MachineException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DatabaseServerIT {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PostgreSQL 15",
                "PostgreSQL 16",
                "PostgreSQL 17",
                "PostgreSQL 18",
                "MySQL 5.7",
                "MySQL 8.0",
                "MySQL 9.7",
                "MariaDB 10.11"
            })
    void keepsPortAndDataThroughKillAndRestart(String name) throws SQLException {
        try (DatabaseServer server = start(name)) {
            assertThat(server.name()).isEqualTo(name);
            keepsPortAndData(server);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PostgreSQL 18", "MySQL 8.4"})
    void soDoesAContainer(String name) throws SQLException {
        assumeThat(ContainerServer.dockerAnswers()).as("Docker answers").isTrue();
        String version = name.substring(name.indexOf(' ') + 1);
        try (DatabaseServer server =
                name.startsWith("MySQL")
                        ? ContainerServer.mySql(version)
                        : ContainerServer.postgres(version)) {
            keepsPortAndData(server);
        }
    }

    private static void keepsPortAndData(DatabaseServer server) throws SQLException {
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

    @ParameterizedTest
    @ValueSource(strings = {"PostgreSQL 18", "MySQL 8.0"})
    void answersNothingWhilePaused(String name) throws SQLException, InterruptedException {
        try (DatabaseServer server = start(name);
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            server.pause();
            AtomicBoolean answered = new AtomicBoolean();
            Thread query =
                    new Thread(
                            () -> {
                                try {
                                    answered.set(statement.execute("SELECT 1"));
                                } catch (SQLException e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            query.start();
            query.join(500);
            assertThat(answered).isFalse();
            assertThat(server.isRunning()).isTrue();
            server.resume();
            query.join();
            assertThat(answered).isTrue();
            server.pause();
            server.kill();
            assertThat(server.isRunning()).isFalse();
        }
    }

    @Test
    void saysWhyAServerDoesNotStart() {
        assertThatThrownBy(() -> MySqlServer.start("8.0", Map.of("no_such_setting", "1")))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("no_such_setting");
        assertThatThrownBy(() -> PostgresServer.start("18", Map.of("no_such_setting", "1")))
                .isInstanceOf(MachineException.class)
                .hasMessageContaining("no_such_setting");
    }

    @Test
    void takesSettings() throws SQLException {
        try (MySqlServer mySql =
                MySqlServer.start("8.0", Map.of("gtid_mode", "OFF", "binlog_row_metadata", ""))) {
            assertThat(text(mySql, "SELECT @@gtid_mode")).isEqualTo("OFF");
            assertThat(text(mySql, "SELECT @@binlog_row_metadata")).isEqualTo("MINIMAL");
        }
        try (PostgresServer postgres =
                PostgresServer.start("18", Map.of("max_connections", "17"))) {
            assertThat(text(postgres, "SHOW max_connections")).isEqualTo("17");
        }
    }

    @Test
    void mySqlHasAnEmptyBinlogAndAnIdentityOfItsOwn() throws SQLException {
        try (MySqlServer one = MySqlServer.start();
                MySqlServer other = MySqlServer.start()) {
            assertThat(text(one, "SELECT @@gtid_executed")).isEmpty();
            assertThat(text(one, "SELECT @@server_uuid"))
                    .isNotEqualTo(text(other, "SELECT @@server_uuid"));
        }
    }

    @Test
    void bothPasswordPluginsCanBeUsed() throws SQLException {
        try (MySqlServer server = MySqlServer.start()) {
            for (String plugin : List.of("caching_sha2_password", "mysql_native_password")) {
                execute(
                        server,
                        "CREATE USER " + plugin + " IDENTIFIED WITH " + plugin + " BY 'secret'");
                for (String ssl : List.of("DISABLED", "REQUIRED")) {
                    String url =
                            "jdbc:mysql://127.0.0.1:"
                                    + server.port()
                                    + "/?allowPublicKeyRetrieval=true&sslMode="
                                    + ssl;
                    try (Connection connection =
                            DriverManager.getConnection(url, plugin, "secret")) {
                        assertThat(connection.isValid(5)).isTrue();
                    }
                }
            }
        }
    }

    private static DatabaseServer start(String name) {
        String[] words = name.split(" ");
        if (words[0].equals("PostgreSQL")) {
            return PostgresServer.start(words[1], Map.of());
        }
        String version = words[0].equals("MariaDB") ? "mariadb" : words[1];
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        return MySqlServer.start(version, Map.of());
    }

    private static String table(DatabaseServer server) throws SQLException {
        if (server.name().startsWith("PostgreSQL")) {
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

    private static String text(DatabaseServer server, String sql) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
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
