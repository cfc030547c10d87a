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

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * People who go on buying: on each server one who writes orders (and products, where they are
 * owned), and one who edits customers, which others edit elsewhere. Edits of one customer are at
 * least {@link #APART_MILLIS} ms apart, wherever they are made, so that their order is known: it is
 * kept in a log. The first failure ends all of them and is thrown by {@link #stop}.
 */
final class ShopTraffic implements AutoCloseable {

    /** Between the end of one write to a customer and the begin of the next one to it. */
    static final long APART_MILLIS = 20;

    /** So few are edited most of the time that edits collide. */
    private static final int BUSY_CUSTOMERS = 60;

    private static final int LOCKS = 64;

    /** The last write to a customer: where it was made, and whether it removed the customer. */
    record Write(String instance, boolean deleted) {}

    private final Shop shop;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong customerWrites = new AtomicLong();
    private final AtomicLong newCustomers = new AtomicLong(1_000_000);

    private final Lock[] customerLocks = new Lock[LOCKS];
    private final Map<Long, Long> customerFreeAt = new ConcurrentHashMap<>();
    private final Map<Long, Write> customerLog = new ConcurrentHashMap<>();

    ShopTraffic(Shop shop) {
        this.shop = shop;
        for (int index = 0; index < LOCKS; index++) {
            customerLocks[index] = new ReentrantLock();
        }
    }

    /** Begins to write orders and products. */
    void startOrders() {
        for (String instance : Shop.INSTANCES) {
            start("orders-" + instance, () -> writeOrders(instance));
        }
    }

    /**
     * Begins to edit customers. To be called when every instance is being streamed: an edit from
     * before that is part of the snapshot, which has no times.
     */
    void startCustomers() {
        for (String instance : Shop.INSTANCES) {
            start("customers-" + instance, () -> writeCustomers(instance));
        }
    }

    /** Rows changed so far. */
    long changes() {
        return changes.get();
    }

    /** Customers edited so far, each edit counted. */
    long customerWrites() {
        return customerWrites.get();
    }

    /** The last write to each customer that was written to; complete after {@link #stop}. */
    Map<Long, Write> customerLog() {
        return customerLog;
    }

    /** Ends all writing, and returns when the last commit is done. */
    void stop() throws InterruptedException {
        close();
        for (Thread thread : threads) {
            thread.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException("The shop's writers failed", failure.get());
        }
    }

    /** Fails if a writer has. */
    void check() {
        if (failure.get() != null) {
            throw new IllegalStateException("The shop's writers failed", failure.get());
        }
    }

    @Override
    public void close() {
        stopped.countDown();
    }

    private interface Work {
        void run() throws Exception;
    }

    private void start(String name, Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (Exception e) {
                                failure.compareAndSet(null, e);
                                stopped.countDown();
                            }
                        },
                        name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private boolean pause(long millis) throws InterruptedException {
        return !stopped.await(millis, TimeUnit.MILLISECONDS);
    }

    // ---- orders and products -----------------------------------------------------------------

    private void writeOrders(String instance) throws SQLException, InterruptedException {
        Random random = new Random(instance.hashCode() + 1L);
        try (Connection connection = shop.connect(instance)) {
            connection.setAutoCommit(false);
            List<Orders> shards = new ArrayList<>();
            for (int shard = 0; shard < Shop.SHARDS; shard++) {
                shards.add(new Orders(connection, shard, shop.ordersPerShard()));
            }
            Products products =
                    instance.equals(Shop.PRODUCT_OWNER)
                            ? new Products(connection, shop.products())
                            : null;
            while (pause(8 + random.nextInt(16))) {
                int written = 0;
                for (int count = 1 + random.nextInt(4); count > 0; count--) {
                    written += shards.get(random.nextInt(Shop.SHARDS)).change(random);
                }
                if (products != null && random.nextInt(3) == 0) {
                    written += products.change(random);
                }
                connection.commit();
                changes.addAndGet(written);
            }
        }
    }

    /** The orders of one shard, and which of them there are. */
    private static final class Orders {
        private final Connection connection;
        private final int shard;
        private final List<Long> ids = new ArrayList<>();
        private long next;

        Orders(Connection connection, int shard, int orders) {
            this.next = orders;
            this.connection = connection;
            this.shard = shard;
            for (int number = 0; number < orders; number++) {
                ids.add(Shop.orderId(shard, number));
            }
        }

        int change(Random random) throws SQLException {
            String table = Shop.shard(shard) + ".orders";
            int index = random.nextInt(ids.size());
            long id = ids.get(index);
            int dice = random.nextInt(100);
            if (dice < 35) {
                long fresh = Shop.orderId(shard, next++);
                try (PreparedStatement insert =
                        connection.prepareStatement(
                                Shop.INSERT_ORDER.formatted(Shop.shard(shard)))) {
                    Shop.setOrder(insert, fresh, random);
                    ids.add(fresh);
                    return insert.executeUpdate();
                }
            }
            if (dice < 75) {
                return run(
                        "UPDATE " + table + " SET status = ?, total = ? WHERE id = ?",
                        Shop.status(random),
                        Shop.money(random, 2),
                        id);
            }
            if (dice < 80) {
                return run(
                        "UPDATE "
                                + table
                                + " SET note = CONCAT('Nº ', id) WHERE id BETWEEN ? AND ?",
                        id,
                        id + 20);
            }
            if (dice < 92) {
                ids.set(index, ids.get(ids.size() - 1));
                ids.remove(ids.size() - 1);
                return run("DELETE FROM " + table + " WHERE id = ?", id);
            }
            if (dice < 97) {
                // The key itself changes.
                long fresh = Shop.orderId(shard, next++);
                ids.set(index, fresh);
                return run("UPDATE " + table + " SET id = ? WHERE id = ?", fresh, id);
            }
            return swap(table, id, ids.get(random.nextInt(ids.size())));
        }

        /** Two orders change places, by way of an id that nobody has. */
        private int swap(String table, long one, long other) throws SQLException {
            if (one == other) {
                return 0;
            }
            String move = "UPDATE " + table + " SET id = ? WHERE id = ?";
            return run(move, -1L, one) + run(move, one, other) + run(move, other, -1L);
        }

        private int run(String sql, Object... parameters) throws SQLException {
            return ShopTraffic.run(connection, sql, parameters);
        }
    }

    private static final class Products {
        private final Connection connection;
        private final List<String> skus = new ArrayList<>();
        private long next;

        Products(Connection connection, int products) {
            this.next = products;
            this.connection = connection;
            for (int number = 0; number < products; number++) {
                skus.add(Shop.sku(number));
            }
        }

        int change(Random random) throws SQLException {
            int index = random.nextInt(skus.size());
            String sku = skus.get(index);
            int dice = random.nextInt(10);
            if (dice < 7) {
                return run(
                        connection,
                        "UPDATE shop.products SET price = ?, stock = stock + 1 WHERE sku = ?",
                        Shop.money(random, 2),
                        sku);
            }
            String fresh = Shop.sku(next++);
            if (dice < 8) {
                skus.set(index, fresh);
                return run(
                        connection, "UPDATE shop.products SET sku = ? WHERE sku = ?", fresh, sku);
            }
            if (dice < 9) {
                skus.set(index, skus.get(skus.size() - 1));
                skus.remove(skus.size() - 1);
                return run(connection, "DELETE FROM shop.products WHERE sku = ?", sku);
            }
            try (PreparedStatement insert = connection.prepareStatement(Shop.INSERT_PRODUCT)) {
                Shop.setProduct(insert, fresh, random);
                skus.add(fresh);
                return insert.executeUpdate();
            }
        }
    }

    private static int run(Connection connection, String sql, Object... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int index = 0; index < parameters.length; index++) {
                statement.setObject(index + 1, parameters[index]);
            }
            return statement.executeUpdate();
        }
    }

    // ---- customers ---------------------------------------------------------------------------

    private void writeCustomers(String instance) throws SQLException, InterruptedException {
        Random random = new Random(instance.hashCode() + 2L);
        try (Connection connection = shop.connect(instance)) {
            while (pause(3 + random.nextInt(10))) {
                long id =
                        random.nextInt(10) < 7
                                ? shop.customers() / 3 + random.nextInt(BUSY_CUSTOMERS)
                                : 1 + random.nextInt(shop.customers());
                int dice = random.nextInt(100);
                if (dice < 4) {
                    move(connection, instance, id);
                } else {
                    edit(connection, instance, id, dice, random);
                }
            }
        }
    }

    private void edit(Connection connection, String instance, long id, int dice, Random random)
            throws SQLException, InterruptedException {
        Lock lock = lockWhenFree(id);
        try {
            int written;
            boolean deleted = dice < 14;
            if (deleted) {
                written = run(connection, "DELETE FROM shop.customers WHERE id = ?", id);
            } else if (dice < 26) {
                try (PreparedStatement replace =
                        connection.prepareStatement(Shop.REPLACE_CUSTOMER)) {
                    Shop.setCustomer(replace, id, instance, random);
                    written = replace.executeUpdate();
                }
            } else {
                written =
                        run(
                                connection,
                                "UPDATE shop.customers SET name = ?, points = points + ?,"
                                        + " balance = ?, edited_in = ?, revision = revision + 1"
                                        + " WHERE id = ?",
                                Shop.name(random),
                                random.nextInt(100),
                                Shop.money(random, 4),
                                instance,
                                id);
            }
            if (written > 0) {
                wrote(id, instance, deleted);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A customer gets another id: gone under the old one, there under the new one. */
    private void move(Connection connection, String instance, long id)
            throws SQLException, InterruptedException {
        long fresh = newCustomers.incrementAndGet();
        Lock lock = lockWhenFree(id);
        try {
            // Nobody knows the new id before it is in the log.
            int written =
                    run(
                            connection,
                            "UPDATE shop.customers SET id = ?, edited_in = ? WHERE id = ?",
                            fresh,
                            instance,
                            id);
            if (written > 0) {
                wrote(id, instance, true);
                wrote(fresh, instance, false);
            }
        } finally {
            lock.unlock();
        }
    }

    private Lock lockWhenFree(long id) throws InterruptedException {
        Lock lock = customerLocks[(int) (id % LOCKS)];
        lock.lock();
        boolean free = false;
        try {
            long wait = customerFreeAt.getOrDefault(id, System.nanoTime()) - System.nanoTime();
            if (wait > 0) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
            free = true;
            return lock;
        } finally {
            if (!free) {
                lock.unlock();
            }
        }
    }

    private void wrote(long id, String instance, boolean deleted) {
        customerFreeAt.put(id, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(APART_MILLIS));
        customerLog.put(id, new Write(instance, deleted));
        customerWrites.incrementAndGet();
        changes.incrementAndGet();
    }
}
