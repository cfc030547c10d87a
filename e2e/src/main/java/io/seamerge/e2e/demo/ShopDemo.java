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

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Three MySQL servers with a shop, one PostgreSQL, and the shipped job {@code
 * many-to-one.streaming.conf} between them, while the shop's people go on writing; then every row
 * compared. Exit status: 0 if all are equal, 1 if not or if anything failed.
 */
public final class ShopDemo {

    private static final String USAGE =
            """
            demo.sh [--keep] [--seconds N]

            Starts three MySQL servers (eu, us, ap) with a shop of 300,000 rows and a PostgreSQL, runs
            config-templates/jobs/many-to-one.streaming.conf between them while writers insert, update,
            delete, change keys and collide, then stops the writers and compares every row; last come
            a few conflicts to follow by hand, with winners and losers.

              --keep        leave everything running afterwards, until Ctrl-C
              --seconds N   write for N seconds after the snapshot (20)

            Exit status: 0 if every row and conflict is as it must be, 1 if not.
            """;

    /** An engine, three readers and a sink live in this heap. */
    private static final int ENGINE_HEAP_MB = 768;

    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /**
     * For all instances to be streamed, for the snapshot, for the lag to go: each far more than
     * needed.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final boolean keep;
    private final Duration writing;
    private final PrintStream out;
    private final ShopScreen screen;

    private ShopDemo(boolean keep, Duration writing, PrintStream out) {
        this.keep = keep;
        this.writing = writing;
        this.out = out;
        this.screen = new ShopScreen(out, System.console() != null);
    }

    public static void main(String[] arguments) {
        // The shop's people have names that not every console's default can print.
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        boolean keep = false;
        Duration writing = Duration.ofSeconds(20);
        try {
            for (int index = 0; index < arguments.length; index++) {
                switch (arguments[index]) {
                    case "--keep" -> keep = true;
                    case "--seconds" ->
                            writing = Duration.ofSeconds(Long.parseLong(arguments[++index]));
                    case "-h", "--help" -> {
                        out.print(USAGE);
                        return;
                    }
                    default -> throw new IllegalArgumentException(arguments[index]);
                }
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            System.err.print(USAGE);
            System.exit(1);
        }
        boolean equal = false;
        try {
            equal = new ShopDemo(keep, writing, out).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            System.err.println("The demo failed:");
            e.printStackTrace();
        }
        System.exit(equal ? 0 : 1);
    }

    private boolean run() throws Exception {
        long begun = System.nanoTime();
        out.println("Starting three MySQL servers and a PostgreSQL …");
        try (MySqlServer eu = MySqlServer.start();
                MySqlServer us = MySqlServer.start();
                MySqlServer ap = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start()) {
            Map<String, MySqlServer> servers = new LinkedHashMap<>();
            List<MySqlServer> inOrder = List.of(eu, us, ap);
            for (String instance : Shop.INSTANCES) {
                servers.put(instance, inOrder.get(servers.size()));
            }
            Shop shop = new Shop(servers);
            out.printf("Filling the shop with %,d rows …%n", shop.rows());
            shop.load();
            ShopTarget.createWriter(postgres);
            out.println("Starting SeaTunnel …");
            try (SeaTunnelEngine engine =
                            SeaTunnelEngine.start(
                                    SeaTunnelEngine.Settings.defaults()
                                            .withHeapMegabytes(ENGINE_HEAP_MB));
                    ShopTraffic traffic = new ShopTraffic(shop);
                    Connection connection = postgres.connect()) {
                traffic.startOrders();
                EngineJob job =
                        engine.run(
                                ShopTarget.jobFile("many-to-one.streaming.conf"),
                                ShopTarget.variables(shop, postgres));
                boolean equal = watchAndCompare(job, shop, traffic, connection);
                out.printf(
                        "%s after %d s%n",
                        equal ? "Done" : "FAILED", (System.nanoTime() - begun) / 1_000_000_000L);
                if (keep) {
                    keepRunning(job, shop, postgres);
                }
                return equal;
            }
        }
    }

    private boolean watchAndCompare(
            EngineJob job, Shop shop, ShopTraffic traffic, Connection postgres)
            throws SQLException, InterruptedException {
        int all = Shop.INSTANCES.size();
        watch(
                job,
                traffic,
                postgres,
                "starting",
                done -> ShopTarget.reached(postgres, Map.of()) == all);
        traffic.startCustomers();
        watch(job, traffic, postgres, "snapshot and stream", done -> done);
        long until = System.nanoTime() + writing.toNanos();
        watch(job, traffic, postgres, "streaming", done -> System.nanoTime() - until >= 0);
        traffic.stop();
        Map<String, String> stoppedAt = ShopTarget.now(shop);
        watch(
                job,
                traffic,
                postgres,
                "writers stopped, catching up",
                done -> ShopTarget.reached(postgres, stoppedAt) == all);
        screen.leave();
        out.println();
        out.println(
                "Comparing every column of every row with the MySQL tables and the writers' log:");
        boolean equal = new ShopCheck(shop, traffic.customerLog(), postgres, out).compare();
        postgres.setAutoCommit(true);
        ShopConflicts conflicts = new ShopConflicts(shop, out);
        conflicts.write(postgres);
        Map<String, String> writtenAt = ShopTarget.now(shop);
        out.println();
        watch(
                job,
                traffic,
                postgres,
                "a few conflicts more",
                done -> ShopTarget.reached(postgres, writtenAt) == all);
        screen.leave();
        return conflicts.compare(postgres) & equal;
    }

    private interface Condition {
        boolean holds(boolean snapshotDone) throws SQLException;
    }

    /**
     * Shows the job until the condition holds; fails if the job or a writer does, or if it takes
     * long.
     */
    private void watch(
            EngineJob job,
            ShopTraffic traffic,
            Connection postgres,
            String stage,
            Condition condition)
            throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.plus(writing).toNanos();
        while (true) {
            if (ShopScreen.hasStatus(postgres)) {
                boolean snapshotDone = screen.show(postgres, stage, traffic);
                if (condition.holds(snapshotDone)) {
                    return;
                }
            }
            traffic.check();
            String status = job.status();
            if (status.startsWith("FAIL")
                    || status.startsWith("CANCEL")
                    || status.equals("FINISHED")) {
                job.await(Duration.ofSeconds(30));
                throw new IllegalStateException("The job is " + status);
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "Still \""
                                + stage
                                + "\" after "
                                + PATIENCE.plus(writing).toSeconds()
                                + " s");
            }
            Thread.sleep(LOOK_EVERY.toMillis());
        }
    }

    private void keepRunning(EngineJob job, Shop shop, PostgresServer postgres)
            throws InterruptedException {
        out.println();
        out.println(
                "Everything goes on running until Ctrl-C. What you write to MySQL (shop, shop_1,");
        out.println(
                "shop_2) arrives in PostgreSQL (schema shop); what goes on is in seamerge.status.");
        for (String instance : Shop.INSTANCES) {
            MySqlServer server = shop.server(instance);
            out.printf(
                    "  %s: mysql -h %s -P %d -u %s -p%s%n",
                    instance, server.host(), server.port(), server.user(), server.password());
        }
        out.printf(
                "  PostgreSQL: psql postgresql://%s:%s@%s:%d/%s%n",
                postgres.user(),
                postgres.password(),
                postgres.host(),
                postgres.port(),
                PostgresServer.DATABASE);
        while (job.status().equals("RUNNING")) {
            Thread.sleep(1_000);
        }
        throw new IllegalStateException("The job is " + job.status());
    }
}
