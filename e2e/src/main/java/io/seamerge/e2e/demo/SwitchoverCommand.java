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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The switch from backfill to stream at a size of one's choice: the shop's three servers, the
 * shipped jobs {@code backfill.batch.conf} and {@code stream.streaming.conf} one after the other,
 * writers who never pause, and in the end every row compared with what MySQL and the writers' log
 * say. Exit status: 0 if all are equal, 1 if not or if anything failed.
 */
public final class SwitchoverCommand {

    private static final String USAGE =
            """
            switchover.sh [--rows N] [--pause SECONDS] [--seconds SECONDS]

            Fills three MySQL servers with a shop of N rows, runs config-templates/jobs/backfill.batch.conf
            into a PostgreSQL while its people write, lets them write on while no job runs, then runs
            stream.streaming.conf from where the backfill ended; at the end compares every row.

              --rows N            rows on all servers before anybody writes (1000000)
              --pause SECONDS     between the two jobs (10)
              --seconds SECONDS   that are written on after the stream has begun (20)

            Exit status: 0 if every row is equal, 1 if not.
            """;

    /** An engine, three readers and a sink live in this heap. */
    private static final int ENGINE_HEAP_MB = 1024;

    /** How long nothing may move before a job counts as stuck. */
    private static final Duration STUCK = Duration.ofMinutes(3);

    private static final Duration BACKFILL = Duration.ofHours(2);

    private final int rows;
    private final Duration pause;
    private final Duration writing;
    private final PrintStream out;
    private final long begun = System.nanoTime();

    private SwitchoverCommand(int rows, Duration pause, Duration writing, PrintStream out) {
        this.rows = rows;
        this.pause = pause;
        this.writing = writing;
        this.out = out;
    }

    /** See the usage. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        int rows = 1_000_000;
        int pause = 10;
        int seconds = 20;
        for (int i = 0; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i++]) {
                case "--rows" -> rows = Integer.parseInt(value);
                case "--pause" -> pause = Integer.parseInt(value);
                case "--seconds" -> seconds = Integer.parseInt(value);
                default -> {
                    System.err.print(USAGE);
                    System.exit(arguments[i - 1].matches("-h|--help") ? 0 : 2);
                }
            }
        }
        boolean equal =
                new SwitchoverCommand(
                                rows, Duration.ofSeconds(pause), Duration.ofSeconds(seconds), out)
                        .run();
        System.exit(equal ? 0 : 1);
    }

    private boolean run() throws Exception {
        try (MySqlServer eu = MySqlServer.start();
                MySqlServer us = MySqlServer.start();
                MySqlServer ap = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start()) {
            Map<String, MySqlServer> servers = new LinkedHashMap<>();
            List<MySqlServer> inOrder = List.of(eu, us, ap);
            for (String instance : Shop.INSTANCES) {
                servers.put(instance, inOrder.get(servers.size()));
            }
            Shop shop = Shop.ofRows(servers, rows);
            say("filling the shop with %,d rows", shop.rows());
            shop.load();
            ShopTarget.createWriter(postgres);
            try (SeaTunnelEngine engine =
                            SeaTunnelEngine.start(
                                    SeaTunnelEngine.Settings.defaults()
                                            .withHeapMegabytes(ENGINE_HEAP_MB));
                    ShopTraffic traffic = new ShopTraffic(shop);
                    Connection target = postgres.connect()) {
                Map<String, String> variables = ShopTarget.variables(shop, postgres);
                traffic.startOrders();
                say("backfill begins, orders are being written");
                long start = System.nanoTime();
                EngineJob backfill =
                        engine.run(ShopTarget.jobFile("backfill.batch.conf"), variables);
                String status = backfill.await(BACKFILL);
                if (!status.equals("FINISHED")) {
                    throw new IllegalStateException("The backfill is " + status);
                }
                double seconds = (System.nanoTime() - start) / 1e9;
                long read =
                        Long.parseLong(
                                value(
                                        target,
                                        "SELECT sum(rows) FROM seamerge.handoff WHERE state ="
                                                + " 'finished'"));
                say(
                        "backfill ended: %,d rows read in %.1f s (%,.0f rows/s), %,d rows changed"
                                + " meanwhile",
                        read, seconds, read / seconds, traffic.changes());
                traffic.startCustomers();
                say("no job runs for %d s; customers are edited on all servers", pause.toSeconds());
                Thread.sleep(pause.toMillis());
                say("stream begins, %,d rows changed so far", traffic.changes());
                EngineJob stream =
                        engine.run(ShopTarget.jobFile("stream.streaming.conf"), variables);
                awaitReached(target, stream, traffic, ShopTarget.now(shop));
                say("stream has caught up with what was written before it began");
                Thread.sleep(writing.toMillis());
                traffic.stop();
                say("writers have stopped after %,d changed rows", traffic.changes());
                awaitReached(target, stream, traffic, ShopTarget.now(shop));
                say("comparing every column of every row with the servers and the writers' log");
                boolean equal = new ShopCheck(shop, traffic.customerLog(), target, out).compare();
                say("%s", equal ? "done" : "FAILED");
                return equal;
            }
        }
    }

    /** Waits as long as the job gets on. */
    private void awaitReached(
            Connection target, EngineJob job, ShopTraffic traffic, Map<String, String> moments)
            throws SQLException, InterruptedException {
        String moved = "";
        long deadline = System.nanoTime() + STUCK.toNanos();
        while (ShopTarget.reached(target, moments) < Shop.INSTANCES.size()) {
            traffic.check();
            String now =
                    value(
                            target,
                            "SELECT string_agg(position, ' ' ORDER BY instance) FROM"
                                    + " seamerge.instance");
            if (!moved.equals(now)) {
                moved = now;
                deadline = System.nanoTime() + STUCK.toNanos();
            }
            String status = job.status();
            if (status.startsWith("FAIL")
                    || status.startsWith("CANCEL")
                    || System.nanoTime() > deadline) {
                throw new IllegalStateException("The stream is " + status + ", at " + now);
            }
            Thread.sleep(500);
        }
    }

    private void say(String what, Object... values) {
        out.printf("%7.1f s  %s%n", (System.nanoTime() - begun) / 1e9, what.formatted(values));
    }

    private static String value(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }
}
