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

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The demo's comparison on rows that were copied by hand: it finds them equal, and finds each
 * difference that is made.
 */
class ShopCheckIT {

    @Test
    void findsEveryDifference() throws Exception {
        try (MySqlServer eu = MySqlServer.start();
                MySqlServer us = MySqlServer.start();
                MySqlServer ap = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start();
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            Map<String, MySqlServer> servers = new LinkedHashMap<>();
            servers.put("eu", eu);
            servers.put("us", us);
            servers.put("ap", ap);
            Shop shop = new Shop(servers);
            shop.load();
            Map<Long, ShopTraffic.Write> log = write(shop);
            assertThat(log).isNotEmpty();
            copy(shop, log, connection);

            assertThat(check(shop, log, connection)).startsWith("true").contains("EQUAL");
            change(
                    statement,
                    connection,
                    "DELETE FROM shop.orders WHERE ctid = (SELECT min(ctid) FROM shop.orders)");
            assertThat(check(shop, log, connection)).startsWith("false").contains("is missing");
            change(
                    statement,
                    connection,
                    "UPDATE shop.products SET weight_kg = weight_kg + 1 WHERE sku = (SELECT max(sku) FROM shop.products WHERE weight_kg > 0)");
            assertThat(check(shop, log, connection)).contains("differs in weight_kg");
            change(
                    statement,
                    connection,
                    "INSERT INTO shop.customers SELECT 999999, email, name, country, points, balance, vip, birthday, preferences, edited_in, revision, updated_at FROM shop.customers LIMIT 1");
            assertThat(check(shop, log, connection)).contains("999999 should not be there");
            long lost =
                    log.entrySet().stream()
                            .filter(e -> !e.getValue().deleted())
                            .findFirst()
                            .orElseThrow()
                            .getKey();
            change(
                    statement,
                    connection,
                    "UPDATE shop.customers SET updated_at = updated_at - interval '1 microsecond' WHERE id = "
                            + lost);
            assertThat(check(shop, log, connection))
                    .contains("differs in updated_at")
                    .contains("4 rows differ");
        }
    }

    private static void change(Statement statement, Connection connection, String sql)
            throws SQLException {
        assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        connection.commit();
    }

    private static Map<Long, ShopTraffic.Write> write(Shop shop) throws InterruptedException {
        ShopTraffic traffic = new ShopTraffic(shop);
        traffic.startOrders();
        traffic.startCustomers();
        Thread.sleep(3_000);
        traffic.stop();
        return traffic.customerLog();
    }

    private static String check(Shop shop, Map<Long, ShopTraffic.Write> log, Connection postgres)
            throws SQLException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        boolean equal = new ShopCheck(shop, log, postgres, out).compare();
        return equal + "\n" + bytes.toString(StandardCharsets.UTF_8);
    }

    /** Makes PostgreSQL what it must be, in the plainest way. */
    private static void copy(Shop shop, Map<Long, ShopTraffic.Write> log, Connection postgres)
            throws SQLException {
        postgres.setAutoCommit(false);
        try (Statement statement = postgres.createStatement()) {
            statement.execute(
                    """
                    CREATE SCHEMA shop;
                    CREATE TABLE shop.orders (_source_instance text, id bigint, customer_id bigint,
                        status text, total numeric(12,2), discount numeric(5,4), items jsonb, note text,
                        gift boolean, placed_at timestamp(3), updated_at timestamptz,
                        PRIMARY KEY (_source_instance, id));
                    CREATE TABLE shop.customers (id bigint PRIMARY KEY, email text, name text, country text,
                        points integer, balance numeric(14,4), vip smallint, birthday date,
                        preferences jsonb, edited_in text, revision bigint, updated_at timestamptz);
                    CREATE TABLE shop.products (sku text PRIMARY KEY, name text, category text,
                        price numeric(10,2), weight_kg double precision, tags text, description text,
                        fingerprint bytea, stock integer, updated_at timestamptz);
                    """);
        }
        for (String instance : Shop.INSTANCES) {
            for (int shard = 0; shard < Shop.SHARDS; shard++) {
                String rows =
                        "SELECT '" + instance + "', o.* FROM " + Shop.shard(shard) + ".orders o";
                copy(shop, instance, rows, postgres, "shop.orders");
            }
            copy(shop, instance, "SELECT * FROM shop.customers", postgres, "shop.customers");
        }
        copy(shop, Shop.PRODUCT_OWNER, "SELECT * FROM shop.products", postgres, "shop.products");
        try (Statement statement = postgres.createStatement()) {
            for (Map.Entry<Long, ShopTraffic.Write> each : log.entrySet()) {
                statement.execute("DELETE FROM shop.customers WHERE id = " + each.getKey());
                if (!each.getValue().deleted()) {
                    String rows = "SELECT * FROM shop.customers WHERE id = " + each.getKey();
                    copy(shop, each.getValue().instance(), rows, postgres, "shop.customers");
                }
            }
        }
        postgres.commit();
    }

    private static void copy(Shop shop, String instance, String sql, Connection postgres, String to)
            throws SQLException {
        try (Connection connection = shop.connect(instance);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            ResultSetMetaData columns = rows.getMetaData();
            StringBuilder casts = new StringBuilder();
            for (int column = 1; column <= columns.getColumnCount(); column++) {
                boolean json = columns.getColumnTypeName(column).equals("JSON");
                casts.append(column > 1 ? ", " : "").append(json ? "?::jsonb" : "?");
            }
            try (PreparedStatement insert =
                    postgres.prepareStatement(
                            "INSERT INTO "
                                    + to
                                    + " VALUES ("
                                    + casts
                                    + ") ON CONFLICT DO NOTHING")) {
                for (int count = 1; rows.next(); count++) {
                    for (int column = 1; column <= columns.getColumnCount(); column++) {
                        insert.setObject(column, value(rows, columns, column));
                    }
                    insert.addBatch();
                    if (count % 2_000 == 0) {
                        insert.executeBatch();
                    }
                }
                insert.executeBatch();
            }
        }
    }

    private static Object value(ResultSet rows, ResultSetMetaData columns, int column)
            throws SQLException {
        switch (columns.getColumnTypeName(column)) {
            case "TIMESTAMP":
                return rows.getObject(column, LocalDateTime.class).atOffset(ZoneOffset.UTC);
            case "DATETIME":
                return rows.getObject(column, LocalDateTime.class);
            case "BIT":
                // Connector/J calls TINYINT(1) a BIT too.
                return columns.getColumnName(column).equals("vip")
                        ? (Object) rows.getInt(column)
                        : rows.getBoolean(column);
            case "DATE":
                return rows.getObject(column, LocalDate.class);
            case "BINARY":
                return rows.getBytes(column);
            case "JSON":
                return rows.getString(column);
            default:
                return rows.getObject(column);
        }
    }
}
