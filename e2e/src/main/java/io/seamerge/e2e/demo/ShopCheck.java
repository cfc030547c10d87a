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

import io.seamerge.e2e.demo.ShopTable.Column;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Compares every column of every row in PostgreSQL with what must be there, computed from the MySQL
 * tables and the log of the shop's writers alone. Nothing may be written meanwhile.
 */
final class ShopCheck {

    /** So many differences of a table are printed; all are counted. */
    private static final int PRINTED = 20;

    private final Shop shop;
    private final Map<Long, ShopTraffic.Write> customerLog;
    private final Connection postgres;
    private final PrintStream out;
    private long rows;
    private long values;
    private long differences;

    ShopCheck(
            Shop shop,
            Map<Long, ShopTraffic.Write> customerLog,
            Connection postgres,
            PrintStream out) {
        this.shop = shop;
        this.customerLog = customerLog;
        this.postgres = postgres;
        this.out = out;
    }

    /** Compares all tables and prints what it did. True if nothing differs. */
    boolean compare() throws SQLException {
        postgres.setAutoCommit(false);
        compareOrders();
        compareCustomers();
        compareProducts();
        postgres.rollback();
        out.printf(
                "%s: %,d rows, %,d values compared, %,d %s%n",
                differences == 0 ? "EQUAL" : "DIFFERENT",
                rows,
                values,
                differences,
                differences == 1 ? "row differs" : "rows differ");
        return differences == 0;
    }

    /** One table of PostgreSQL, with what the comparison saw of it. */
    private final class Comparison {
        final ShopTable table;
        final String where;
        long rowsHere;
        long differencesHere;

        Comparison(ShopTable table, String where) {
            this.table = table;
            this.where = where;
        }

        /** Both in ascending order of the key. */
        void compare(Rows expected, Rows found) throws SQLException {
            Object[] want = expected.next();
            Object[] have = found.next();
            while (want != null || have != null) {
                rowsHere++;
                int order = want == null ? 1 : have == null ? -1 : compareKeys(want[0], have[0]);
                if (order < 0) {
                    differs("is missing", want, null);
                } else if (order > 0) {
                    differs("should not be there", null, have);
                } else {
                    compare(want, have);
                }
                want = order <= 0 ? expected.next() : want;
                have = order >= 0 ? found.next() : have;
            }
            rows += rowsHere;
            differences += differencesHere;
        }

        private void compare(Object[] want, Object[] have) {
            values += want.length;
            for (int column = 0; column < want.length; column++) {
                if (!Objects.equals(want[column], have[column])) {
                    differs(
                            "differs in " + table.columns().get(column).name(),
                            new Object[] {want[0], want[column]},
                            new Object[] {have[0], have[column]});
                    return;
                }
            }
        }

        private void differs(String how, Object[] want, Object[] have) {
            differencesHere++;
            if (differencesHere <= PRINTED) {
                Object key = want != null ? want[0] : have[0];
                out.printf(
                        "  shop.%s %s%s %s:%n    expected %s%n    found    %s%n",
                        table.name(), where, key, how, text(want), text(have));
            }
        }

        private static String text(Object[] row) {
            return row == null ? "no row" : Arrays.toString(row);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static int compareKeys(Object left, Object right) {
        return ((Comparable) left).compareTo(right);
    }

    // ---- what must be there ------------------------------------------------------------------

    /** Each instance's orders stand beside the others' under the instance's name. */
    private void compareOrders() throws SQLException {
        Map<String, Long> counts = new LinkedHashMap<>();
        for (String instance : Shop.INSTANCES) {
            Comparison comparison = new Comparison(ShopTable.ORDERS, instance + " ");
            String found =
                    "SELECT "
                            + ShopTable.ORDERS.columnList()
                            + " FROM shop.orders WHERE _source_instance = '"
                            + instance
                            + "' ORDER BY id";
            List<Rows> shards = new ArrayList<>();
            try {
                for (int shard = 0; shard < Shop.SHARDS; shard++) {
                    shards.add(inMySql(instance, ShopTable.ORDERS, Shop.shard(shard) + ".orders"));
                }
                try (Rows rows = inPostgres(ShopTable.ORDERS, found)) {
                    comparison.compare(merged(shards), rows);
                }
            } finally {
                for (Rows each : shards) {
                    each.close();
                }
            }
            counts.put(instance, comparison.rowsHere);
        }
        refuseOthers();
        out.printf(
                "  shop.orders     %,9d rows = %s (%d shards each)%n",
                counts.values().stream().mapToLong(Long::longValue).sum(),
                counts.entrySet().stream()
                        .map(each -> String.format("%s %,d", each.getKey(), each.getValue()))
                        .collect(Collectors.joining(" + ")),
                Shop.SHARDS);
    }

    /** Orders of an instance that does not exist. */
    private void refuseOthers() throws SQLException {
        String names =
                Shop.INSTANCES.stream()
                        .map(name -> "'" + name + "'")
                        .collect(Collectors.joining(", "));
        try (Statement statement = postgres.createStatement();
                ResultSet others =
                        statement.executeQuery(
                                "SELECT count(*) FROM shop.orders WHERE _source_instance NOT IN ("
                                        + names
                                        + ")")) {
            others.next();
            if (others.getLong(1) > 0) {
                out.printf("  shop.orders: %d orders of no instance%n", others.getLong(1));
                differences += others.getLong(1);
            }
        }
    }

    /**
     * A customer who was written to: as the instance of the last write has it, or gone if that was
     * a delete. Any other: as the first instance in the order of preference that has it.
     */
    private void compareCustomers() throws SQLException {
        Comparison comparison = new Comparison(ShopTable.CUSTOMERS, "");
        List<Rows> all = new ArrayList<>();
        try {
            for (String instance : Shop.INSTANCES) {
                all.add(inMySql(instance, ShopTable.CUSTOMERS, "shop.customers"));
            }
            Winners winners = new Winners(all);
            String found =
                    "SELECT "
                            + ShopTable.CUSTOMERS.columnList()
                            + " FROM shop.customers ORDER BY id";
            try (Rows rows = inPostgres(ShopTable.CUSTOMERS, found)) {
                comparison.compare(winners, rows);
            }
            out.printf(
                    "  shop.customers  %,9d rows: %,d as last written (%s), %,d never written to and"
                            + " so of the preferred server; %,d more were deleted last, though %,d of"
                            + " them are still on another server%n",
                    comparison.rowsHere,
                    winners.byLog,
                    lastWrites(),
                    winners.byPreference,
                    customerLog.values().stream().filter(ShopTraffic.Write::deleted).count(),
                    winners.deletedHereStillThere);
        } finally {
            for (Rows each : all) {
                each.close();
            }
        }
    }

    /** How many customers were last written where. */
    private String lastWrites() {
        return Shop.INSTANCES.stream()
                .map(
                        instance ->
                                String.format(
                                        "%s %,d",
                                        instance,
                                        customerLog.values().stream()
                                                .filter(write -> !write.deleted())
                                                .filter(write -> write.instance().equals(instance))
                                                .count()))
                .collect(Collectors.joining(", "));
    }

    private void compareProducts() throws SQLException {
        Comparison comparison = new Comparison(ShopTable.PRODUCTS, "");
        String found =
                "SELECT "
                        + ShopTable.PRODUCTS.columnList()
                        + " FROM shop.products ORDER BY sku COLLATE \"C\"";
        try (Rows expected = inMySql(Shop.PRODUCT_OWNER, ShopTable.PRODUCTS, "shop.products");
                Rows rows = inPostgres(ShopTable.PRODUCTS, found)) {
            comparison.compare(expected, rows);
        }
        out.printf("  shop.products   %,9d rows = %s%n", comparison.rowsHere, Shop.PRODUCT_OWNER);
    }

    // ---- rows, one after the other -----------------------------------------------------------

    /** Rows in ascending order of their first column. */
    private interface Rows extends AutoCloseable {
        /** The next one, or null after the last. */
        Object[] next() throws SQLException;

        @Override
        void close() throws SQLException;
    }

    /** Picks each customer from the instance that must have won. */
    private final class Winners implements Rows {
        private final List<Rows> instances;
        private final List<Object[]> heads = new ArrayList<>();
        long byLog;
        long byPreference;
        long deletedHereStillThere;

        Winners(List<Rows> instances) throws SQLException {
            this.instances = instances;
            for (Rows each : instances) {
                heads.add(each.next());
            }
        }

        @Override
        public Object[] next() throws SQLException {
            while (true) {
                Object least = null;
                for (Object[] head : heads) {
                    if (head != null && (least == null || compareKeys(head[0], least) < 0)) {
                        least = head[0];
                    }
                }
                if (least == null) {
                    return null;
                }
                Object[] winner = winner(least);
                for (int index = 0; index < heads.size(); index++) {
                    if (heads.get(index) != null && heads.get(index)[0].equals(least)) {
                        heads.set(index, instances.get(index).next());
                    }
                }
                if (winner != null) {
                    return winner;
                }
            }
        }

        private Object[] winner(Object id) {
            ShopTraffic.Write last = customerLog.get((Long) id);
            if (last == null) {
                byPreference++;
                return heads.stream()
                        .filter(head -> head != null && head[0].equals(id))
                        .findFirst()
                        .orElseThrow();
            }
            if (last.deleted()) {
                deletedHereStillThere++;
                return null;
            }
            byLog++;
            Object[] head = heads.get(Shop.INSTANCES.indexOf(last.instance()));
            if (head == null || !head[0].equals(id)) {
                throw new NoSuchElementException(
                        "The log says that customer "
                                + id
                                + " was last written in "
                                + last.instance()
                                + ", which does not have it");
            }
            return head;
        }

        @Override
        public void close() {}
    }

    private static Rows merged(List<Rows> sources) throws SQLException {
        List<Object[]> heads = new ArrayList<>();
        for (Rows each : sources) {
            heads.add(each.next());
        }
        return new Rows() {
            @Override
            public Object[] next() throws SQLException {
                int first = -1;
                for (int index = 0; index < heads.size(); index++) {
                    if (heads.get(index) != null
                            && (first < 0
                                    || compareKeys(heads.get(index)[0], heads.get(first)[0]) < 0)) {
                        first = index;
                    }
                }
                return first < 0 ? null : heads.set(first, sources.get(first).next());
            }

            @Override
            public void close() {}
        };
    }

    private Rows inMySql(String instance, ShopTable table, String name) throws SQLException {
        Connection connection = shop.connect(instance);
        Statement statement = connection.createStatement();
        // Connector/J's way to say: one row at a time.
        statement.setFetchSize(Integer.MIN_VALUE);
        ResultSet rows =
                statement.executeQuery(
                        "SELECT "
                                + table.columnList()
                                + " FROM "
                                + name
                                + " ORDER BY "
                                + table.key());
        return new Stream(table, rows, connection, false);
    }

    private Rows inPostgres(ShopTable table, String sql) throws SQLException {
        Statement statement = postgres.createStatement();
        statement.setFetchSize(5_000);
        return new Stream(table, statement.executeQuery(sql), statement, true);
    }

    private static final class Stream implements Rows {
        private final ShopTable table;
        private final ResultSet rows;
        private final AutoCloseable owner;
        private final boolean inPostgres;

        Stream(ShopTable table, ResultSet rows, AutoCloseable owner, boolean inPostgres) {
            this.table = table;
            this.rows = rows;
            this.owner = owner;
            this.inPostgres = inPostgres;
        }

        @Override
        public Object[] next() throws SQLException {
            if (!rows.next()) {
                return null;
            }
            Object[] values = new Object[table.columns().size()];
            Iterator<Column> columns = table.columns().iterator();
            for (int index = 0; index < values.length; index++) {
                ShopTable.Kind kind = columns.next().kind();
                values[index] =
                        inPostgres
                                ? kind.fromPostgres(rows, index + 1)
                                : kind.fromMySql(rows, index + 1);
            }
            return values;
        }

        @Override
        public void close() throws SQLException {
            try {
                owner.close();
            } catch (SQLException e) {
                throw e;
            } catch (Exception e) {
                throw new SQLException("Cannot close a query", e);
            }
        }
    }
}
