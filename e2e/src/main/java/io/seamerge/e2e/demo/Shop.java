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
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The shop's data on its three MySQL servers: orders sharded over servers and databases, customers
 * known to several regions, products owned by one.
 */
final class Shop {

    /** The instances by name; the order is the job's order of preference. */
    static final List<String> INSTANCES = List.of("eu", "us", "ap");

    /** The one that owns the products. */
    static final String PRODUCT_OWNER = "eu";

    static final int SHARDS = 2;

    /** Rows of the demo before the job starts, on all servers: 300,000. */
    private static final int ORDERS_PER_SHARD = 42_000;

    private static final int CUSTOMERS_PER_INSTANCE = 14_000;
    private static final int PRODUCTS = 6_000;

    /** Who reads the binlogs. */
    static final String READER = "seamerge";

    static final String READER_PASSWORD = "reader-secret";

    /** The next instance knows the customers from this much further on: two thirds are shared. */
    private static final int CUSTOMER_OFFSET = 3_000;

    private static final int BATCH = 1_000;

    private static final List<String> STATUSES =
            List.of("new", "paid", "packed", "shipped", "returned");
    private static final List<String> GIVEN_NAMES =
            List.of(
                    "Zoë", "Łukasz", "José", "Σοφία", "Олена", "美咲", "محمد", "Đặng", "Anna",
                    "Seán");
    private static final List<String> FAMILY_NAMES =
            List.of(
                    "Müller",
                    "Żak",
                    "Núñez",
                    "Παππά",
                    "Шевченко",
                    "佐藤",
                    "حسن",
                    "Thị Hà",
                    "O'Neill");
    private static final List<String> COUNTRIES = List.of("DE", "PL", "US", "GR", "UA", "JP", "VN");
    private static final List<String> CATEGORIES = List.of("книги", "küche", "spiel", "garden");
    private static final List<String> TAGS =
            List.of("", "new", "sale", "new,sale", "sale,eco", "eco");

    private final Map<String, MySqlServer> servers;
    private final double scale;

    /** The shop of the demo. */
    Shop(Map<String, MySqlServer> servers) {
        this(servers, 1.0);
    }

    /**
     * @param part how much smaller than the demo's the shop is
     */
    Shop(Map<String, MySqlServer> servers, int part) {
        this(servers, 1.0 / part);
    }

    private Shop(Map<String, MySqlServer> servers, double scale) {
        this.servers = servers;
        this.scale = scale;
    }

    /** A shop of about so many rows, at least a tenth of the demo's. */
    static Shop ofRows(Map<String, MySqlServer> servers, int rows) {
        int demo =
                INSTANCES.size() * (SHARDS * ORDERS_PER_SHARD + CUSTOMERS_PER_INSTANCE) + PRODUCTS;
        return new Shop(servers, Math.max(0.1, (double) rows / demo));
    }

    private int scaled(int number) {
        return (int) Math.round(number * scale);
    }

    int ordersPerShard() {
        return scaled(ORDERS_PER_SHARD);
    }

    int customersPerInstance() {
        return scaled(CUSTOMERS_PER_INSTANCE);
    }

    /** Customers' ids are from 1 to this, before any gets another. */
    int customers() {
        return (INSTANCES.size() - 1) * scaled(CUSTOMER_OFFSET) + customersPerInstance();
    }

    int products() {
        return scaled(PRODUCTS);
    }

    /** Rows on all servers before anybody writes. */
    int rows() {
        return INSTANCES.size() * (SHARDS * ordersPerShard() + customersPerInstance()) + products();
    }

    MySqlServer server(String instance) {
        return servers.get(instance);
    }

    /** A connection whose session is in UTC and whose batches are sent as multi-row statements. */
    Connection connect(String instance) throws SQLException {
        return DriverManager.getConnection(
                servers.get(instance).jdbcUrl("")
                        + "&rewriteBatchedStatements=true&connectionTimeZone=UTC"
                        + "&forceConnectionTimeZoneToSession=true&characterEncoding=UTF-8");
    }

    static String shard(int number) {
        return "shop_" + (number + 1);
    }

    int firstCustomer(String instance) {
        return 1 + scaled(CUSTOMER_OFFSET) * INSTANCES.indexOf(instance);
    }

    /** The ids of a shard's orders: those of an instance's shards differ. */
    static long orderId(int shard, long number) {
        return number * SHARDS + shard + 1;
    }

    /** Creates and fills all tables, the servers side by side. */
    void load() throws SQLException, InterruptedException {
        ExecutorService loaders = Executors.newFixedThreadPool(INSTANCES.size());
        try {
            List<Future<?>> loading = new ArrayList<>();
            for (String instance : INSTANCES) {
                loading.add(
                        loaders.submit(
                                () -> {
                                    load(instance);
                                    return null;
                                }));
            }
            for (Future<?> each : loading) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new SQLException("Cannot fill the shop", e.getCause());
        } finally {
            loaders.shutdownNow();
        }
    }

    private void load(String instance) throws SQLException {
        Random random = new Random(instance.hashCode());
        try (Connection connection = connect(instance);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE USER " + READER + " IDENTIFIED BY '" + READER_PASSWORD + "'");
            statement.execute(
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + READER);
            connection.setAutoCommit(false);
            for (int shard = 0; shard < SHARDS; shard++) {
                statement.execute("CREATE DATABASE " + shard(shard));
                statement.execute(createOrders(shard(shard)));
                loadOrders(connection, shard, random);
            }
            statement.execute("CREATE DATABASE shop");
            statement.execute(CREATE_CUSTOMERS);
            loadCustomers(connection, instance, random);
            if (instance.equals(PRODUCT_OWNER)) {
                statement.execute(CREATE_PRODUCTS);
                loadProducts(connection, random);
            }
        }
    }

    private static String createOrders(String database) {
        return "CREATE TABLE "
                + database
                + """
                .orders (
                    id          BIGINT        NOT NULL PRIMARY KEY,
                    customer_id INT UNSIGNED  NOT NULL,
                    status      ENUM('new', 'paid', 'packed', 'shipped', 'returned') NOT NULL,
                    total       DECIMAL(12,2) NOT NULL,
                    discount    DECIMAL(5,4),
                    items       JSON          NOT NULL,
                    note        VARCHAR(200)  CHARACTER SET utf8mb4,
                    gift        BIT(1)        NOT NULL,
                    placed_at   DATETIME(3)   NOT NULL,
                    updated_at  TIMESTAMP(6)  NOT NULL
                                DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
                )
                """;
    }

    private static final String CREATE_CUSTOMERS =
            """
            CREATE TABLE shop.customers (
                id          INT UNSIGNED  NOT NULL PRIMARY KEY,
                email       VARCHAR(120)  NOT NULL,
                name        VARCHAR(100)  CHARACTER SET utf8mb4 NOT NULL,
                country     CHAR(2)       NOT NULL,
                points      INT           NOT NULL,
                balance     DECIMAL(14,4) NOT NULL,
                vip         TINYINT(1)    NOT NULL,
                birthday    DATE,
                preferences JSON,
                edited_in   VARCHAR(10)   NOT NULL,
                revision    INT UNSIGNED  NOT NULL,
                updated_at  TIMESTAMP(6)  NOT NULL
                            DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
            )
            """;

    private static final String CREATE_PRODUCTS =
            """
            CREATE TABLE shop.products (
                sku         VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
                name        VARCHAR(120)  CHARACTER SET utf8mb4 NOT NULL,
                category    ENUM('книги', 'küche', 'spiel', 'garden') CHARACTER SET utf8mb4 NOT NULL,
                price       DECIMAL(10,2) NOT NULL,
                weight_kg   DOUBLE,
                tags        SET('new', 'sale', 'eco') NOT NULL,
                description TEXT          CHARACTER SET utf8mb4,
                fingerprint BINARY(16)    NOT NULL,
                stock       INT           NOT NULL,
                updated_at  TIMESTAMP(6)  NOT NULL
                            DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
            )
            """;

    static final String INSERT_ORDER =
            "INSERT INTO %s.orders (id, customer_id, status, total, discount, items, note, gift,"
                    + " placed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

    static final String REPLACE_CUSTOMER =
            "REPLACE INTO shop.customers (id, email, name, country, points, balance, vip, birthday,"
                    + " preferences, edited_in, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

    static final String INSERT_PRODUCT =
            "INSERT INTO shop.products (sku, name, category, price, weight_kg, tags, description,"
                    + " fingerprint, stock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

    private void loadOrders(Connection connection, int shard, Random random) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(INSERT_ORDER.formatted(shard(shard)))) {
            for (int number = 0; number < ordersPerShard(); number++) {
                setOrder(insert, orderId(shard, number), random);
                insert.addBatch();
                sendBatch(connection, insert, number);
            }
            insert.executeBatch();
            connection.commit();
        }
    }

    private void loadCustomers(Connection connection, String instance, Random random)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(REPLACE_CUSTOMER)) {
            for (int number = 0; number < customersPerInstance(); number++) {
                setCustomer(insert, firstCustomer(instance) + number, instance, random);
                insert.addBatch();
                sendBatch(connection, insert, number);
            }
            insert.executeBatch();
            connection.commit();
        }
    }

    private void loadProducts(Connection connection, Random random) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_PRODUCT)) {
            for (int number = 0; number < products(); number++) {
                setProduct(insert, sku(number), random);
                insert.addBatch();
                sendBatch(connection, insert, number);
            }
            insert.executeBatch();
            connection.commit();
        }
    }

    private static void sendBatch(Connection connection, PreparedStatement insert, int number)
            throws SQLException {
        if (number % BATCH == BATCH - 1) {
            insert.executeBatch();
            connection.commit();
        }
    }

    static String sku(long number) {
        return String.format(Locale.ROOT, "SKU-%07d", number);
    }

    /** Sets the parameters of {@link #INSERT_ORDER}. */
    static void setOrder(PreparedStatement insert, long id, Random random) throws SQLException {
        insert.setLong(1, id);
        insert.setInt(2, 1 + random.nextInt(20_000));
        insert.setString(3, anyOf(STATUSES, random));
        insert.setBigDecimal(4, money(random, 2));
        insert.setBigDecimal(
                5, random.nextInt(4) > 0 ? null : BigDecimal.valueOf(random.nextInt(5_000), 4));
        insert.setString(6, items(random));
        insert.setString(7, random.nextInt(3) > 0 ? null : "für " + name(random) + " 🎁");
        insert.setBoolean(8, random.nextInt(10) == 0);
        insert.setObject(9, moment(random));
    }

    /** Sets the parameters of {@link #REPLACE_CUSTOMER}. */
    static void setCustomer(PreparedStatement insert, long id, String instance, Random random)
            throws SQLException {
        insert.setLong(1, id);
        insert.setString(2, "customer" + id + "@" + instance + ".example");
        insert.setString(3, name(random));
        insert.setString(4, anyOf(COUNTRIES, random));
        insert.setInt(5, random.nextInt(10_000) - 100);
        insert.setBigDecimal(6, money(random, 4).negate());
        insert.setInt(7, random.nextInt(2));
        insert.setObject(
                8,
                random.nextInt(5) == 0
                        ? null
                        : LocalDate.of(1940, 1, 1).plusDays(random.nextInt(25_000)));
        insert.setString(9, random.nextInt(3) == 0 ? null : preferences(random));
        insert.setString(10, instance);
        insert.setInt(11, 0);
    }

    /** Sets the parameters of {@link #INSERT_PRODUCT}. */
    static void setProduct(PreparedStatement insert, String sku, Random random)
            throws SQLException {
        byte[] fingerprint = new byte[16];
        random.nextBytes(fingerprint);
        // BINARY(16) ends in zeros now and then.
        fingerprint[15] = (byte) (random.nextBoolean() ? 0 : 1);
        insert.setString(1, sku);
        insert.setString(2, "Ware № " + random.nextInt(1_000) + " “" + name(random) + "”");
        insert.setString(3, anyOf(CATEGORIES, random));
        insert.setBigDecimal(4, money(random, 2));
        insert.setObject(5, random.nextInt(4) == 0 ? null : random.nextDouble() * 40);
        insert.setString(6, anyOf(TAGS, random));
        insert.setString(
                7,
                random.nextInt(4) == 0 ? null : "Tab\there, line\nbreak, back\\slash, ünïcödé ✓");
        insert.setBytes(8, fingerprint);
        insert.setInt(9, random.nextInt(500));
    }

    static BigDecimal money(Random random, int scale) {
        return BigDecimal.valueOf(random.nextInt(10_000_000), scale);
    }

    static String name(Random random) {
        return anyOf(GIVEN_NAMES, random) + " " + anyOf(FAMILY_NAMES, random);
    }

    static String status(Random random) {
        return anyOf(STATUSES, random);
    }

    static String items(Random random) {
        return String.format(
                Locale.ROOT,
                "[{\"sku\": \"%s\", \"count\": %d, \"engraving\": \"%s\"}]",
                sku(random.nextInt(PRODUCTS)),
                1 + random.nextInt(9),
                name(random));
    }

    private static String preferences(Random random) {
        return String.format(
                Locale.ROOT,
                "{\"newsletter\": %b, \"language\": \"%s\", \"sizes\": [%d, null, 4.25]}",
                random.nextBoolean(),
                anyOf(COUNTRIES, random).toLowerCase(Locale.ROOT),
                30 + random.nextInt(20));
    }

    private static LocalDateTime moment(Random random) {
        return LocalDateTime.of(2024, 1, 1, 0, 0)
                .plusSeconds(random.nextInt(60_000_000))
                .plusNanos(random.nextInt(1_000) * 1_000_000L);
    }

    private static String anyOf(List<String> values, Random random) {
        return values.get(random.nextInt(values.size()));
    }
}
