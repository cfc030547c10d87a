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
                    "CREATE DATABASE hidden",
                    "CREATE TABLE hidden.t (id INT PRIMARY KEY)",
                    // Seen, but not read.
                    "GRANT INSERT ON shop.* TO u",
                    "GRANT INSERT, SELECT ON hidden.* TO u",
                    "SET GLOBAL binlog_format = 'STATEMENT'",
                    "SET GLOBAL binlog_row_image = 'MINIMAL'");

            // Every grant that it asks for, one after the other, and nothing else.
            List<String> given = new ArrayList<>();
            String report = report(server, "shop\\..*", "hidden\\..*");
            assertThat(report)
                    .contains("binlog_format must be 'ROW': current binlog_format = 'STATEMENT'")
                    .contains(
                            "binlog_row_image must be 'FULL': current binlog_row_image = 'MINIMAL'");
            for (Matcher next = GRANT.matcher(report); next.find(); next = GRANT.matcher(report)) {
                assertThat(given).doesNotContain(next.group(1));
                given.add(next.group(1));
                execute(admin, next.group(1));
                report = report(server, "shop\\..*", "hidden\\..*");
            }
            List<String> wanted =
                    new ArrayList<>(
                            List.of(
                                    "GRANT REPLICATION SLAVE ON *.* TO 'u'@'%'",
                                    "GRANT REPLICATION CLIENT ON *.* TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`items` TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`orders` TO 'u'@'%'",
                                    "GRANT SELECT ON `shop`.`people` TO 'u'@'%'"));
            // The 8.0 of these tests is older than 8.0.22.
            if (version.equals("5.7") || version.equals("8.0")) {
                wanted.add("GRANT LOCK TABLES ON *.* TO 'u'@'%'");
            }
            assertThat(given).containsExactlyInAnyOrderElementsOf(wanted);
            assertThat(report)
                    .contains("binlog_ignore_db = 'hidden' keeps changes of [hidden] out");
            // 9.6 and later log what cascades change.
            assertThat(report.contains("shop.items (parent, ON DELETE CASCADE)"))
                    .isEqualTo(!version.equals("9.7"));

            execute(
                    admin,
                    "SET GLOBAL binlog_format = 'ROW'",
                    "SET GLOBAL binlog_row_image = 'FULL'",
                    "ALTER TABLE shop.items DROP FOREIGN KEY parent");
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
    @ValueSource(strings = {"8.0", "mariadb"})
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

    /** All problems in words; empty if there are none. */
    private static String report(MySqlServer server, String... tables) {
        Problems problems = new Problems();
        discovery(server, tables).discover(problems);
        try {
            problems.throwIfAny("It cannot start");
            return "";
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private static SchemaDiscovery discovery(MySqlServer server, String... tables) {
        return new SchemaDiscovery(
                SourceConfig.parse(
                        ReadonlyConfig.fromMap(
                                Map.of(
                                        "instances",
                                        List.of(
                                                Map.of(
                                                        "name",
                                                        "eu",
                                                        "hosts",
                                                        List.of(
                                                                server.host()
                                                                        + ":"
                                                                        + server.port()))),
                                        "username",
                                        "u",
                                        "password",
                                        "pw",
                                        "tables",
                                        List.of(tables)))));
    }

    private static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
