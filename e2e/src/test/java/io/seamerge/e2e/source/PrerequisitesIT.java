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
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.catalog.SchemaDiscovery;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.prerequisites.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the job says of servers that are not as they must be, and that what it says mends them. */
class PrerequisitesIT {

    private static final Pattern GRANT = Pattern.compile("To mend: (GRANT [^\n]+)");

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void whatItSaysMendsThem(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        boolean hasGtids = !version.equals("mariadb");
        Map<String, String> settings = new HashMap<>();
        settings.put("binlog_ignore_db", "hidden");
        if (hasGtids) {
            settings.put("gtid_mode", "OFF");
        }
        try (MySqlServer server = MySqlServer.start(version, settings);
                Connection admin = server.connect()) {
            execute(
                    admin,
                    "CREATE USER u IDENTIFIED BY 'pw'",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.orders (id INT PRIMARY KEY, n INT)",
                    "CREATE TABLE shop.items (order_id INT, n INT, PRIMARY KEY (order_id, n),"
                            + " CONSTRAINT parent FOREIGN KEY (order_id) REFERENCES orders (id)"
                            + " ON DELETE CASCADE)",
                    "CREATE TABLE shop.people (email VARCHAR(50) CHARACTER SET utf8mb4"
                            + " COLLATE utf8mb4_general_ci PRIMARY KEY) ENGINE = MyISAM",
                    "CREATE TABLE shop.bag (n INT)",
                    "CREATE DATABASE hidden",
                    "CREATE TABLE hidden.t (id INT PRIMARY KEY)",
                    // Seen, but not read.
                    "GRANT INSERT ON shop.* TO u",
                    "GRANT INSERT, SELECT ON hidden.* TO u",
                    "SET GLOBAL binlog_format = 'STATEMENT'",
                    "SET GLOBAL binlog_row_image = 'MINIMAL'");

            // Every grant that it asks for, one after the other, and nothing else.
            List<String> given = new ArrayList<>();
            Map<String, Object> options = options(server, "shop\\..*", "hidden\\..*");
            options.put("snapshot.keyless", "lock");
            String report = report(options);
            assertThat(report)
                    .contains("binlog_format must be 'ROW': current binlog_format = 'STATEMENT'")
                    .contains(
                            "binlog_row_image must be 'FULL': current binlog_row_image = 'MINIMAL'");
            for (Matcher next = GRANT.matcher(report); next.find(); next = GRANT.matcher(report)) {
                assertThat(given).doesNotContain(next.group(1));
                given.add(next.group(1));
                execute(admin, next.group(1));
                report = report(options);
            }
            List<String> wanted =
                    new ArrayList<>(
                            List.of(
                                    "GRANT REPLICATION SLAVE ON *.* TO 'u'@'%'",
                                    "GRANT REPLICATION CLIENT ON *.* TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`bag` TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`items` TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`orders` TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`people` TO 'u'@'%'"));
            // The 8.0 of these tests is older than 8.0.22.
            wanted.add(
                    version.equals("5.7") || version.equals("8.0")
                            ? "GRANT LOCK TABLES ON *.* TO 'u'@'%'"
                            : "GRANT LOCK TABLES ON `shop`.* TO 'u'@'%'");
            assertThat(given).containsExactlyInAnyOrderElementsOf(wanted);
            // SELECT on the table alone shows it: MariaDB keeps it from information_schema then.
            execute(admin, "REVOKE INSERT ON shop.* FROM u");
            report = report(options);
            assertThat(report)
                    .contains("binlog_ignore_db = 'hidden' keeps changes of [hidden] out");
            // 9.6 and later log what cascades change.
            assertThat(report.contains("shop.items (parent, ON DELETE CASCADE)"))
                    .isEqualTo(!version.equals("9.7"));

            execute(
                    admin,
                    "SET GLOBAL binlog_format = 'ROW'",
                    "SET GLOBAL binlog_row_image = 'FULL'",
                    "ALTER TABLE shop.items DROP FOREIGN KEY parent",
                    "DROP TABLE shop.bag");
            Problems problems = new Problems();
            SchemaDiscovery discovery = discovery(server, "shop\\..*");
            Catalog catalog = discovery.discover(problems);
            assertThat(catalog).as(report(server, "shop\\..*")).isNotNull();
            String warnings =
                    discovery.warnings().stream()
                            .map(Finding::toString)
                            .collect(Collectors.joining("\n"));
            assertThat(warnings)
                    .contains("shop.people (MyISAM)")
                    .contains("shop.people.email (utf8mb4_general_ci)");
            assertThat(warnings.contains("gtid_mode should be ON")).isEqualTo(hasGtids);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.0", "9.7", "mariadb"})
    void rolesCount(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer server = MySqlServer.start(version, Map.of());
                Connection admin = server.connect()) {
            execute(
                    admin,
                    "CREATE USER u IDENTIFIED BY 'pw'",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.orders (id INT PRIMARY KEY)",
                    "CREATE ROLE reader",
                    "GRANT SELECT ON shop.* TO reader",
                    "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO reader",
                    "GRANT reader TO u",
                    version.equals("mariadb")
                            ? "SET DEFAULT ROLE reader FOR u"
                            : "SET DEFAULT ROLE reader TO u");

            assertThat(report(server, "shop\\..*")).isEmpty();
        }
    }

    /**
     * Whatever a server's settings can do to a job, all at once on one server: in one report, and
     * each mended by what the report says.
     */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void everySettingThatMattersIsInOneReport(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        boolean mariaDb = version.equals("mariadb");
        boolean old = version.equals("5.7");
        Map<String, String> settings = new HashMap<>();
        settings.put("binlog_do_db", "elsewhere");
        if (!mariaDb) {
            settings.put("gtid_mode", "OFF");
        }
        // The names of 5.7 and MariaDB, and of later servers.
        settings.put("log_slave_updates", version.equals("9.7") ? "" : "OFF");
        if (version.equals("9.7")) {
            settings.put("log_replica_updates", "OFF");
        }
        try (MySqlServer server = MySqlServer.start(version, settings);
                Connection admin = server.connect()) {
            execute(
                    admin,
                    "CREATE USER u IDENTIFIED BY 'pw'",
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO u",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.orders (id INT PRIMARY KEY, b LONGBLOB)",
                    "CREATE TABLE shop.items (order_id INT PRIMARY KEY, CONSTRAINT parent"
                            + " FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE)",
                    // A replica is one that has been told its source, running or not.
                    version.equals("9.7")
                            ? "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1'"
                            : "CHANGE MASTER TO MASTER_HOST = '127.0.0.1'",
                    "SET GLOBAL binlog_format = 'MIXED'",
                    "SET GLOBAL binlog_row_image = 'NOBLOB'");
            if (mariaDb) {
                // Else it says of no replication that it is there but stopped.
                execute(admin, "GRANT SLAVE MONITOR ON *.* TO u");
            }
            List<String> errors =
                    new ArrayList<>(
                            List.of(
                                    "binlog_format must be 'ROW': current binlog_format = 'MIXED'",
                                    "binlog_row_image must be 'FULL': current binlog_row_image ="
                                            + " 'NOBLOB'",
                                    "binlog_do_db = 'elsewhere' keeps changes of [shop] out",
                                    "is a replica that does not log what it replicates"));
            List<String> warnings = new ArrayList<>();
            if (old) {
                // Days are the least that it counts: what is large takes longer.
                execute(
                        admin,
                        "SET GLOBAL expire_logs_days = 1",
                        "INSERT INTO shop.orders VALUES (1, REPEAT('x', 3000000)),"
                                + " (2, REPEAT('x', 3000000)), (3, REPEAT('x', 3000000))",
                        "ANALYZE TABLE shop.orders");
                warnings.add("binlogs are kept for 86400 s, which is short");
            } else {
                execute(
                        admin,
                        "SET GLOBAL binlog_expire_logs_seconds = 3600",
                        "SET GLOBAL binlog_row_metadata = 'MINIMAL'");
                warnings.add("binlogs are kept for 3600 s, which is short");
                warnings.add("binlog_row_metadata should be 'FULL'");
            }
            if (!mariaDb) {
                warnings.add("gtid_mode should be ON: current gtid_mode = OFF");
                errors.add("the user lacks RELOAD: snapshot.without-gtid =");
                // MariaDB knows no server without an id.
                execute(admin, "SET GLOBAL server_id = 0");
                errors.add("server_id must not be 0");
            }
            if (!mariaDb && !old) {
                execute(admin, "SET GLOBAL binlog_row_value_options = 'PARTIAL_JSON'");
                errors.add(
                        "binlog_row_value_options must be '': current binlog_row_value_options ="
                                + " 'PARTIAL_JSON'");
            }
            // 9.6 and later log what cascades change.
            if (!version.equals("9.7")) {
                warnings.add("shop.items (parent, ON DELETE CASCADE)");
            }
            Map<String, Object> options = options(server, "shop\\..*");
            options.put("foreign-key-cascades", "warn");
            options.put("snapshot.without-gtid", "flush_tables_with_read_lock");

            assertThat(report(options)).contains(errors);
            assertThat(countOf(report(options), "To mend: ")).isEqualTo(errors.size());
            assertThat(warnings(options)).contains(warnings);

            execute(
                    admin,
                    "SET GLOBAL binlog_format = 'ROW'",
                    "SET GLOBAL binlog_row_image = 'FULL'",
                    "SET GLOBAL server_id = 4711");
            if (!mariaDb) {
                execute(admin, "GRANT RELOAD ON *.* TO 'u'@'%'");
            }
            if (!mariaDb && !old) {
                execute(admin, "SET GLOBAL binlog_row_value_options = ''");
            }
            options.put("server-id", "4711");
            assertThat(report(options))
                    .contains("server-id = 4711 is the server's own server_id")
                    .contains("binlog_do_db", "does not log what it replicates");
            assertThat(countOf(report(options), "To mend: ")).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aServerWithoutBinlogIsRefused(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings = new HashMap<>();
        settings.put("log_bin", "");
        settings.put("log_slave_updates", "");
        if (!version.equals("mariadb")) {
            settings.put("gtid_mode", "OFF");
            settings.put("enforce_gtid_consistency", "OFF");
            settings.put("disable_log_bin", version.equals("5.7") ? "" : "ON");
        }
        try (MySqlServer server = MySqlServer.start(version, settings);
                Connection admin = server.connect()) {
            execute(
                    admin,
                    "CREATE USER u IDENTIFIED BY 'pw'",
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO u",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.orders (id INT PRIMARY KEY)");
            assertThat(report(server, "shop\\..*"))
                    .contains("instance eu: log_bin must be ON: current log_bin = OFF")
                    .contains("To mend: log_bin = binlog in my.cnf");
        }
    }

    private static int countOf(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private static String warnings(Map<String, Object> options) throws SQLException {
        SchemaDiscovery discovery = discovery(options);
        discovery.discover(new Problems());
        return discovery.warnings().stream()
                .map(Finding::toString)
                .collect(Collectors.joining("\n"));
    }

    /** All problems in words; empty if there are none. */
    private static String report(MySqlServer server, String... tables) {
        return report(options(server, tables));
    }

    private static String report(Map<String, Object> options) {
        Problems problems = new Problems();
        discovery(options).discover(problems);
        try {
            problems.throwIfAny("It cannot start");
            return "";
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static SchemaDiscovery discovery(MySqlServer server, String... tables) {
        return discovery(options(server, tables));
    }

    private static SchemaDiscovery discovery(Map<String, Object> options) {
        return new SchemaDiscovery(SourceConfig.parse(ReadonlyConfig.fromMap(options)));
    }

    private static Map<String, Object> options(MySqlServer server, String... tables) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(
                        Map.of(
                                "name",
                                "eu",
                                "hosts",
                                List.of(server.host() + ":" + server.port()))));
        options.put("username", "u");
        options.put("password", "pw");
        options.put("tables", List.of(tables));
        return options;
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
