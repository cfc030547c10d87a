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
package io.seamerge.e2e.bench;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a change takes from MySQL to PostgreSQL while three instances together commit 1,000
 * transactions a second, of one row each. It begins when the statement is sent, so that MySQL's own
 * time counts too, and ends when PostgreSQL has committed: {@code track_commit_timestamp} tells
 * that afterwards, and nothing polls meanwhile.
 */
final class LatencyCase {

    private static final String TABLE = "bench.latency";
    private static final int INSTANCES = 3;
    private static final int PER_SECOND = 1_000;
    private static final int ROWS = 20_000;
    private static final Duration WAIT = Duration.ofMinutes(5);

    private final Bench bench;
    private final boolean besideBackfill;
    private final String name;

    LatencyCase(Bench bench, boolean besideBackfill) {
        this.bench = bench;
        this.besideBackfill = besideBackfill;
        this.name = besideBackfill ? "latency-backfill" : "latency";
    }

    void run() throws Exception {
        List<MySqlServer> servers = BackfillCase.servers(bench, INSTANCES, TABLE, ROWS, ROWS);
        if (besideBackfill) {
            BackfillCase.servers(
                    bench,
                    2,
                    "bench.orders",
                    bench.options().rows(500_000),
                    bench.options().rows(500_000));
        }
        for (String contestant :
                besideBackfill || bench.options().alone()
                        ? List.of(Goals.SEAMERGE)
                        : List.of(Goals.SEAMERGE, Goals.STOCK)) {
            // A backfill ends with its job, which begins anew for each run.
            int rounds = 1 + bench.options().repetitions();
            for (int job = 0; job < (besideBackfill ? rounds : 1); job++) {
                String database = bench.database(null);
                try (Connection target = bench.target(database)) {
                    run(
                            servers,
                            contestant,
                            database,
                            target,
                            job,
                            besideBackfill ? job + 1 : rounds);
                }
                bench.drop(database);
            }
        }
    }

    /**
     * Runs one job.
     *
     * @param from the first of its rounds, of which 0 is the warm-up
     * @param to before which they end
     */
    private void run(
            List<MySqlServer> servers,
            String contestant,
            String database,
            Connection target,
            int from,
            int to)
            throws Exception {
        SeaTunnelEngine engine = bench.engine(contestant);
        boolean seaMerge = contestant.equals(Goals.SEAMERGE);
        if (!seaMerge) {
            Orders.createTarget(target, TABLE);
        }
        EngineJob job =
                bench.run(
                        engine,
                        seaMerge
                                ? Jobs.seaMerge(
                                        "STREAMING",
                                        servers,
                                        besideBackfill
                                                ? List.of("bench\\.latency", "bench\\.orders")
                                                : List.of("bench\\.latency"),
                                        "startup.mode = \"initial\"",
                                        bench.postgres(),
                                        database,
                                        "shape = \"disjoint\"")
                                // What it holds is written at checkpoints: as often as it can.
                                : Jobs.stock(
                                        servers, TABLE, null, bench.postgres(), database, 1_000));
        awaitRows(target, job);
        Duration length = Duration.ofSeconds(bench.options().quick() || besideBackfill ? 15 : 25);
        for (int round = from; round < to; round++) {
            List<long[]> sent;
            try (RunProfile profile = bench.profile(servers, target, engine)) {
                sent = traffic(servers, length);
                awaitAll(servers, target, job);
                profile.take();
                if (seaMerge) {
                    bench.results()
                            .explain(
                                    name,
                                    "  µs of processor time per change, what else the job did"
                                            + " included\n"
                                            + RunProfile.text(profile.figures(sent.size()), null));
                }
            }
            measure(servers, target, contestant, round, sent);
        }
        job.cancel();
    }

    private static void awaitRows(Connection target, EngineJob job) throws Exception {
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (Bench.number(
                                target,
                                "SELECT CASE WHEN to_regclass('%s') IS NULL THEN 0 ELSE 1 END"
                                        .formatted(TABLE))
                        == 0
                || Bench.number(target, "SELECT count(*) FROM " + TABLE) < INSTANCES * ROWS) {
            if (System.nanoTime() > deadline || job.status().startsWith("FAIL")) {
                throw new IllegalStateException("The snapshot is not there: " + job.status());
            }
            Thread.sleep(50);
        }
    }

    /** Commits for so long; key and µs of each transaction. */
    private static List<long[]> traffic(List<MySqlServer> servers, Duration length)
            throws Exception {
        int each = (int) (length.toMillis() * PER_SECOND / 1000 / INSTANCES);
        List<Callable<List<long[]>>> writers = new ArrayList<>();
        for (MySqlServer server : servers) {
            int index = writers.size();
            writers.add(() -> write(server, 1 + (long) index * ROWS, Math.min(each, ROWS), index));
        }
        List<long[]> sent = new ArrayList<>();
        Bench.together(writers).forEach(sent::addAll);
        sent.sort((one, other) -> Long.compare(one[1], other[1]));
        return sent;
    }

    private static List<long[]> write(MySqlServer server, long first, int count, int index)
            throws SQLException {
        List<long[]> sent = new ArrayList<>(count);
        long interval = 1_000_000_000L * INSTANCES / PER_SECOND;
        try (Connection connection = server.connect();
                PreparedStatement update =
                        connection.prepareStatement(
                                "UPDATE "
                                        + TABLE
                                        + " SET revision = revision + 1, amount = amount + 1 WHERE"
                                        + " id = ?")) {
            long begun = System.nanoTime() + index * interval / INSTANCES;
            for (int i = 0; i < count; i++) {
                long due = begun + i * interval;
                while (due > System.nanoTime()) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                update.setLong(1, first + i);
                long now = micros();
                update.executeUpdate();
                sent.add(new long[] {first + i, now});
            }
        }
        return sent;
    }

    private static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private static void awaitAll(List<MySqlServer> servers, Connection target, EngineJob job)
            throws Exception {
        String query = "SELECT sum(revision) FROM " + TABLE;
        long wanted = 0;
        for (MySqlServer server : servers) {
            try (Connection connection = server.connect()) {
                wanted += Bench.number(connection, query);
            }
        }
        long deadline = System.nanoTime() + WAIT.toNanos();
        while (Bench.number(target, query) < wanted) {
            if (System.nanoTime() > deadline || job.status().startsWith("FAIL")) {
                throw new IllegalStateException("Changes are missing: " + job.status());
            }
            Thread.sleep(100);
        }
    }

    private void measure(
            List<MySqlServer> servers,
            Connection target,
            String contestant,
            int round,
            List<long[]> sent)
            throws Exception {
        Orders.Sum wanted = null;
        for (MySqlServer server : servers) {
            try (Connection connection = server.connect()) {
                Orders.Sum own = Orders.inMySql(connection, TABLE, "TRUE");
                wanted = wanted == null ? own : wanted.plus(own);
            }
        }
        BackfillCase.require(Orders.inPostgres(target, TABLE, "TRUE"), wanted, contestant);
        long to = Long.MAX_VALUE;
        if (besideBackfill) {
            to =
                    Bench.number(
                            target,
                            "SELECT (extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) *"
                                    + " 1e6)::bigint FROM bench.orders");
        }
        Map<Long, Long> seen = new TreeMap<>();
        try (Statement statement = target.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT id, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) *"
                                        + " 1e6)::bigint FROM "
                                        + TABLE)) {
            while (rows.next()) {
                seen.put(rows.getLong(1), rows.getLong(2));
            }
        }
        List<Double> millis = new ArrayList<>();
        for (long[] change : sent) {
            if (change[1] < to) {
                millis.add((seen.get(change[0]) - change[1]) / 1e3);
            }
        }
        double[] sorted = millis.stream().mapToDouble(value -> value).sorted().toArray();
        if (sorted.length < 500) {
            throw new IllegalStateException(
                    "Only " + sorted.length + " changes fell into the time that counts");
        }
        Map<String, Double> figures = new TreeMap<>();
        figures.put("changes", (double) sorted.length);
        figures.put(
                "changes_per_second",
                sent.size() * 1e6 / (sent.get(sent.size() - 1)[1] - sent.get(0)[1]));
        figures.put("p50_ms", quantile(sorted, 0.5));
        figures.put("p90_ms", quantile(sorted, 0.9));
        figures.put("p99_ms", quantile(sorted, 0.99));
        figures.put("p999_ms", quantile(sorted, 0.999));
        figures.put("greatest_ms", sorted[sorted.length - 1]);
        List<double[]> distribution = new ArrayList<>();
        for (int percent = 0; percent <= 1_000; percent += 5) {
            distribution.add(new double[] {percent / 1_000.0, quantile(sorted, percent / 1_000.0)});
        }
        bench.results().add(new Results.Run(name, contestant, round, figures, distribution));
        bench.say("%s, %s, run %d: %s", name, contestant, round, figures);
    }

    static double quantile(double[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
    }
}
