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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What routes make of source tables, and what the metadata columns say, on real servers. */
class RoutesIT {

    private static final List<String> ALL_METADATA =
            List.of(
                    "source_instance",
                    "source_database=shard",
                    "source_table",
                    "operation=op",
                    "commit_time",
                    "version_time",
                    "version_row",
                    "incarnation",
                    "gtid",
                    "binlog_file",
                    "binlog_position",
                    "binlog_row",
                    "snapshot");

    /** Where the columns of {@link #ALL_METADATA} stand behind a row's own. */
    private static final int DATABASE = 1;

    private static final int OPERATION = 3;
    private static final int COMMIT_TIME = 4;
    private static final int VERSION_TIME = 5;
    private static final int VERSION_ROW = 6;
    private static final int GTID = 8;
    private static final int FILE = 9;
    private static final int POSITION = 10;
    private static final int ROW = 11;
    private static final int SNAPSHOT = 12;

    private static final String FILTER =
            "state IN (1, 2) AND (secret IS NULL OR secret <> 'x') AND NOT qty > 90";

    /**
     * Two shards of different types in one table, with rows that cross the filter beside and after
     * the snapshot: what was emitted, replayed by key, is what the filter leaves of the tables.
     */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void filteredShardsEndEqual(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop_1",
                    "CREATE DATABASE shop_2",
                    "CREATE TABLE shop_1.t (secret VARCHAR(9), id INT PRIMARY KEY, state INT,"
                            + " qty DECIMAL(5,1), name VARCHAR(20))",
                    "CREATE TABLE shop_2.t (ID BIGINT UNSIGNED PRIMARY KEY, state TINYINT,"
                            + " secret VARCHAR(9), label VARCHAR(40), qty INT)");
            Random random = new Random(11);
            for (int shard = 1; shard <= 2; shard++) {
                StringBuilder values = new StringBuilder();
                for (int id = 0; id < 3_000; id++) {
                    values.append(id == 0 ? "" : ", ")
                            .append("(" + id + ", " + random.nextInt(4))
                            .append(", " + secret(random) + ", " + random.nextInt(100) + ", 'x')");
                }
                execute(
                        mysql,
                        "INSERT INTO shop_"
                                + shard
                                + ".t (id, state, secret, qty, "
                                + (shard == 1 ? "name" : "label")
                                + ") VALUES "
                                + values);
            }
            Map<String, Object> options = options(mysql);
            options.put("snapshot.chunk-rows", 50);
            Map<String, Object> route = new HashMap<>();
            route.put("databases", "shop_\\d+");
            route.put("target", "shop.t");
            route.put("key", List.of("shard", "id"));
            route.put("exclude-columns", List.of("Secret"));
            route.put("rename", Map.of("name", "label"));
            route.put("filter", FILTER);
            // A column of one shard alone can be renamed to the other's name.
            Map<String, Object> second = new HashMap<>(route);
            route.put("databases", "shop_1");
            second.put("databases", "shop_2");
            second.remove("rename");
            options.put("routes", List.of(route, second));
            options.put("control-rows", true);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                Set<String> done = new HashSet<>();
                for (int i = 0; i < 400 || done.size() < 2; i++) {
                    write(mysql, random);
                    for (SeaTunnelRow row : i % 20 == 0 ? run.rows() : List.<SeaTunnelRow>of()) {
                        if ("snapshot_done".equals(row.getField(1))) {
                            done.add((String) row.getField(8));
                        }
                    }
                }
                for (int i = 0; i < 100; i++) {
                    write(mysql, random);
                }
                execute(mysql, "INSERT INTO shop_2.t VALUES (99999, 1, NULL, 'last', 0)");
                run.await("last row", row -> "last".equals(row.getField(3)));
                List<SeaTunnelRow> rows =
                        run.rows().stream().filter(r -> r.getTableId().equals("shop.t")).toList();
                Map<String, String> table = new TreeMap<>();
                for (SeaTunnelRow row : rows) {
                    assertThat(row.getArity()).isEqualTo(4 + ALL_METADATA.size());
                    String key = row.getField(4 + DATABASE) + ":" + row.getField(0);
                    if (row.getRowKind() == RowKind.INSERT
                            || row.getRowKind() == RowKind.UPDATE_AFTER) {
                        table.put(key, Arrays.asList(row.getFields()).subList(0, 4).toString());
                    } else if (row.getRowKind() == RowKind.DELETE) {
                        table.remove(key);
                    }
                }
                assertThat(table).isEqualTo(wanted(mysql)).hasSizeGreaterThan(500);
                Map<Object, Long> byOperation = new TreeMap<>();
                rows.forEach(row -> byOperation.merge(row.getField(4 + OPERATION), 1L, Long::sum));
                assertThat(byOperation.keySet())
                        .containsExactly("delete", "insert", "snapshot", "update");
                // Strictly increasing, whatever was left out in between.
                long time = 0;
                long number = 0;
                for (SeaTunnelRow row : rows) {
                    if (!(Boolean) row.getField(4 + SNAPSHOT)) {
                        long rowTime = (Long) row.getField(4 + VERSION_TIME);
                        long rowNumber = (Long) row.getField(4 + VERSION_ROW);
                        assertThat(rowTime).isGreaterThanOrEqualTo(time);
                        assertThat(rowTime > time || rowNumber > number).isTrue();
                        time = rowTime;
                        number = rowNumber;
                    }
                }
            }
        }
    }

    private static void write(MySqlServer mysql, Random random) throws SQLException {
        String table = "shop_" + (1 + random.nextInt(2)) + ".t";
        int id = random.nextInt(3_000);
        int other = random.nextInt(4_000);
        switch (random.nextInt(5)) {
            case 0:
                execute(mysql, "DELETE FROM " + table + " WHERE id = " + id);
                break;
            case 1:
                execute(
                        mysql,
                        "UPDATE IGNORE " + table + " SET id = " + other + " WHERE id = " + id);
                break;
            case 2:
                execute(
                        mysql,
                        "REPLACE INTO " + table + " (id, state, qty) VALUES (" + other + ", 1, 5)");
                break;
            default:
                execute(
                        mysql,
                        "UPDATE "
                                + table
                                + " SET state = (state + 1) % 4, qty = (qty + 7) % 100, secret = "
                                + secret(random)
                                + " WHERE id BETWEEN "
                                + id
                                + " AND "
                                + (id + 5));
        }
    }

    private static String secret(Random random) {
        return random.nextInt(3) == 0 ? "NULL" : random.nextBoolean() ? "'x'" : "'y'";
    }

    private static Map<String, String> wanted(MySqlServer mysql) throws SQLException {
        Map<String, String> wanted = new TreeMap<>();
        for (int shard = 1; shard <= 2; shard++) {
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows =
                            statement.executeQuery(
                                    "SELECT CAST(id AS SIGNED), state, CAST(qty AS DECIMAL(11,1)), "
                                            + (shard == 1 ? "name" : "label")
                                            + " FROM shop_"
                                            + shard
                                            + ".t WHERE "
                                            + FILTER)) {
                while (rows.next()) {
                    List<Object> row = new ArrayList<>();
                    row.add(rows.getLong(1));
                    row.add(rows.getInt(2));
                    row.add(rows.getBigDecimal(3));
                    row.add(rows.getString(4));
                    // In the order of the first shard's columns: secret is left out.
                    wanted.put("shop_" + shard + ":" + rows.getLong(1), row.toString());
                }
            }
        }
        return wanted;
    }

    @ParameterizedTest
    @CsvSource({
        "5.7, ''",
        "8.0, ''",
        "9.7, ''",
        "9.7, binlog_transaction_compression",
        "8.0, gtid off",
        "mariadb, ''"
    })
    void metadataColumnsSayWhatTheServerSays(String version, String setting) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        boolean gtids = !setting.equals("gtid off");
        Map<String, String> settings =
                !gtids
                        ? Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF")
                        : setting.isEmpty() ? Map.of() : Map.of(setting, "ON");
        try (MySqlServer mysql = MySqlServer.start(version, settings)) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.other (id INT PRIMARY KEY)",
                    "CREATE TABLE shop.t (id INT PRIMARY KEY, note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'snapshot')");
            Map<String, Object> options = options(mysql);
            options.put("tables", List.of("shop\\.t"));
            long before = System.currentTimeMillis() * 1_000;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                SeaTunnelRow read = run.await("snapshot", row -> true);
                assertThat(metadata(read, DATABASE - 1)).isEqualTo("eu");
                assertThat(metadata(read, DATABASE)).isEqualTo("shop");
                assertThat(metadata(read, DATABASE + 1)).isEqualTo("t");
                assertThat(metadata(read, OPERATION)).isEqualTo("snapshot");
                assertThat(metadata(read, VERSION_ROW)).isEqualTo(0L);
                assertThat(metadata(read, SNAPSHOT)).isEqualTo(true);
                for (int column : new int[] {COMMIT_TIME, GTID, FILE, POSITION, ROW}) {
                    assertThat(metadata(read, column)).isNull();
                }
                execute(
                        mysql,
                        "BEGIN",
                        "INSERT INTO shop.other VALUES (1)",
                        "INSERT INTO shop.t VALUES (2, 'a'), (3, 'b')",
                        "UPDATE shop.t SET note = 'c' WHERE id = 3",
                        "UPDATE shop.t SET id = 4 WHERE id = 3",
                        "DELETE FROM shop.t WHERE id = 2",
                        "COMMIT");
                String gtid = gtids ? lastGtid(mysql, version) : null;
                execute(mysql, "INSERT INTO shop.t VALUES (9, 'last')");
                run.await("last", row -> "last".equals(row.getField(1)));
                long after = System.currentTimeMillis() * 1_000;
                List<SeaTunnelRow> rows = run.rows();
                assertThat(rows).hasSize(9);
                List<String> shown = new ArrayList<>();
                for (SeaTunnelRow row : rows.subList(1, 8)) {
                    long number = (Long) metadata(row, VERSION_ROW);
                    shown.add(
                            row.getRowKind()
                                    + " "
                                    + row.getField(0)
                                    + row.getField(1)
                                    + " "
                                    + metadata(row, OPERATION)
                                    + " "
                                    + (number >> 32)
                                    + "/"
                                    + (number >> 1 & 0x7fffffff)
                                    + "/"
                                    + (number & 1)
                                    + " "
                                    + metadata(row, ROW));
                }
                assertThat(shown)
                        .containsExactly(
                                "INSERT 2a insert 2/0/1 0",
                                "INSERT 3b insert 2/1/1 1",
                                "UPDATE_BEFORE 3b update 3/0/0 0",
                                "UPDATE_AFTER 3c update 3/0/1 0",
                                "DELETE 3c update 4/0/0 0",
                                "INSERT 4c update 4/0/1 0",
                                "DELETE 2a delete 5/0/0 0");
                boolean wholeSeconds = version.equals("5.7") || version.equals("mariadb");
                long last = 0;
                for (SeaTunnelRow row : rows.subList(1, 9)) {
                    boolean first = row != rows.get(8);
                    long commit = (Long) metadata(row, COMMIT_TIME);
                    assertThat(commit).isBetween(before - 1_000_000, after + 1_000);
                    assertThat(commit % 1_000_000 == 0).isEqualTo(wholeSeconds);
                    long time = (Long) metadata(row, VERSION_TIME);
                    assertThat(time).isGreaterThanOrEqualTo(Math.max(commit, last));
                    assertThat(time == last).isEqualTo(first && last > 0);
                    last = time;
                    if (first) {
                        assertThat(metadata(row, GTID)).isEqualTo(gtid);
                    }
                    assertThat(metadata(row, VERSION_ROW + 1))
                            .isEqualTo(metadata(read, VERSION_ROW + 1));
                    assertThat(metadata(row, SNAPSHOT)).isEqualTo(false);
                    String event =
                            eventAt(
                                    mysql,
                                    (String) metadata(row, FILE),
                                    (Long) metadata(row, POSITION));
                    assertThat(event)
                            .matches(
                                    setting.startsWith("binlog")
                                            ? "Transaction_payload"
                                            : "(Write|Update|Delete)_rows(_v1)?");
                }
            }
        }
    }

    @Test
    void updatesGoOutWithoutTheRowAsItWas() throws Exception {
        try (MySqlServer mysql = MySqlServer.start()) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id INT PRIMARY KEY, note VARCHAR(20))",
                    "INSERT INTO shop.t VALUES (1, 'snapshot')");
            Map<String, Object> options = options(mysql);
            options.put("tables", List.of("shop\\.t"));
            options.put("update-before", false);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                run.checkpointUntilEmitting();
                run.await("snapshot", row -> "snapshot".equals(row.getField(1)));
                execute(
                        mysql,
                        "UPDATE shop.t SET note = 'b'",
                        "UPDATE shop.t SET id = 2",
                        "DELETE FROM shop.t",
                        "INSERT INTO shop.t VALUES (3, 'last')");
                run.await("last", row -> "last".equals(row.getField(1)));
                List<String> shown = new ArrayList<>();
                for (SeaTunnelRow row : run.rows()) {
                    shown.add(
                            row.getRowKind()
                                    + " "
                                    + row.getField(0)
                                    + row.getField(1)
                                    + " "
                                    + ((Long) metadata(row, VERSION_ROW) & 1));
                }
                assertThat(shown)
                        .containsExactly(
                                "INSERT 1snapshot 0",
                                "UPDATE_AFTER 1b 1",
                                "DELETE 1b 0",
                                "INSERT 2b 1",
                                "DELETE 2b 0",
                                "INSERT 3last 1");
            }
        }
    }

    private static Object metadata(SeaTunnelRow row, int column) {
        return row.getField(row.getArity() - ALL_METADATA.size() + column);
    }

    private static String lastGtid(MySqlServer mysql, String version) throws SQLException {
        boolean mariaDb = version.equals("mariadb");
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT @@GLOBAL."
                                        + (mariaDb ? "gtid_binlog_pos" : "gtid_executed"))) {
            rows.next();
            // The set is uuid:1-n; the last is uuid:n.
            return mariaDb ? rows.getString(1) : rows.getString(1).replaceAll(":.*-", ":");
        }
    }

    private static String eventAt(MySqlServer mysql, String file, long position)
            throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SHOW BINLOG EVENTS IN '"
                                        + file
                                        + "' FROM "
                                        + position
                                        + " LIMIT 1")) {
            rows.next();
            return rows.getString("Event_type");
        }
    }

    @Test
    void whatIsWrongWithRoutesIsSaidTogetherBeforeTheFirstRow() throws Exception {
        try (MySqlServer mysql = MySqlServer.start()) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.a (id INT PRIMARY KEY, v INT, _snapshot INT)",
                    "CREATE TABLE shop.b (id INT PRIMARY KEY, v DATE)",
                    "CREATE TABLE shop.g (v VARCHAR(9))");
            Map<String, Object> options = options(mysql);
            options.put(
                    "routes",
                    List.of(
                            Map.of("tables", "shop\\.[ab]", "target", "shop.t"),
                            Map.of("tables", "shop\\.c"),
                            Map.of("tables", "shop\\.b", "target", "shop.u", "filter", "v > 1"),
                            Map.of("tables", "shop\\.g", "filter", "v > 1")));
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("shop.b is matched by two rules")
                    .hasMessageMatching(
                            "(?s).*is int(\\(11\\))? in eu:shop.a.v, but date in eu:shop.b.v.*")
                    .hasMessageContaining("_snapshot of eu:shop.a has the name of a metadata")
                    .hasMessageContaining("no table of any instance matches")
                    .hasMessageContaining("eu:shop.g: the filter does not fit: at character 5 of")
                    .hasMessageContaining("eu:shop.g has neither a primary key");
        }
    }

    private static Map<String, Object> options(MySqlServer mysql) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("metadata-columns", ALL_METADATA);
        return options;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
