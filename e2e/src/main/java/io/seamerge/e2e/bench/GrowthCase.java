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

import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Whether SeaMerge's backfill keeps its rate as tables grow, as instances join, and as rows spread
 * over more tables. A rate here is what was committed in the target after the first transaction,
 * over the time since, so that a small table is not measured by its job's start and end.
 */
final class GrowthCase {

    private static final int WARM_UPS = 2;
    private static final String WARM_UP = "warm-up";

    private final Bench bench;

    /** Where the time of each went, per row. */
    private final Map<String, Map<String, Double>> profiles = new TreeMap<>();

    GrowthCase(Bench bench) {
        this.bench = bench;
    }

    void run() throws Exception {
        runRows();
        Map<String, Double> rates = new TreeMap<>();
        Map<String, Double> processors = new TreeMap<>();
        for (int instances : bench.options().quick() ? List.of(1, 4) : List.of(1, 2, 4, 8)) {
            List<Long> each = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                each.add(rows(150_000));
            }
            String name = "instances_" + instances;
            rates.put(name, rate(each, 1, name, processors));
        }
        record("growth-instances", rates, processors);
        rates = new TreeMap<>();
        processors = new TreeMap<>();
        for (int tables : bench.options().quick() ? List.of(1, 100) : List.of(1, 10, 100, 1_000)) {
            String name = "tables_" + tables;
            // Enough rows that the last of many tables still has a thousand.
            rates.put(name, rate(List.of(rows(1_000_000)), tables, name, processors));
        }
        record("growth-tables", rates, processors);
    }

    /** Over rows alone. */
    void runRows() throws Exception {
        // They count nowhere: a table that is read within a second is otherwise all compilation.
        for (int i = 0; i < WARM_UPS; i++) {
            rate(List.of(rows(500_000), rows(500_000)), 1, WARM_UP, new TreeMap<>());
        }
        Map<String, Double> rates = new TreeMap<>();
        Map<String, Double> processors = new TreeMap<>();
        List<Long> sizes = new ArrayList<>(List.of(100_000L, 1_000_000L));
        if (!bench.options().quick()) {
            sizes.add(10_000_000L);
        }
        for (long size : sizes) {
            rates.put("rows_" + size, rate(List.of(size), 1, "rows_" + size, processors));
        }
        record("growth-rows", rates, processors);
    }

    private long rows(long full) {
        return bench.options().quick() ? full / 2 : full;
    }

    private void record(String name, Map<String, Double> rates, Map<String, Double> processors) {
        double least = rates.values().stream().mapToDouble(rate -> rate).min().orElseThrow();
        double most = rates.values().stream().mapToDouble(rate -> rate).max().orElseThrow();
        Map<String, Double> figures = new TreeMap<>(rates);
        figures.put("slowest_to_fastest", least / most);
        figures.putAll(processors);
        bench.results().add(new Results.Run(name, Goals.SEAMERGE, 1, figures, List.of()));
        Comparator<Map.Entry<String, Double>> byRate = Map.Entry.comparingByValue();
        String slowest = rates.entrySet().stream().min(byRate).orElseThrow().getKey();
        String fastest = rates.entrySet().stream().max(byRate).orElseThrow().getKey();
        bench.results()
                .explain(
                        name,
                        "  µs of processor time per row, with the job's start: %s | %s%n%s"
                                .formatted(
                                        slowest,
                                        fastest,
                                        RunProfile.text(
                                                profiles.get(slowest), profiles.get(fastest))));
        bench.say("%s: %s", name, figures);
    }

    /**
     * Rows per second of a backfill, from its first commit to its last.
     *
     * @param each rows of each instance, spread evenly over so many tables
     * @param processors receives what the job as a whole, with its start and end, used per row, how
     *     many cores were at work, and how many transactions PostgreSQL committed
     */
    private double rate(List<Long> each, int tables, String what, Map<String, Double> processors)
            throws Exception {
        List<MySqlServer> servers = bench.mySqls(each.size());
        List<Callable<Orders.Sum>> loads = new ArrayList<>();
        long first = 1;
        for (MySqlServer server : servers) {
            long from = first;
            long rows = each.get(loads.size());
            first += rows;
            loads.add(() -> load(server, from, rows, tables));
        }
        Orders.Sum wanted = Bench.together(loads).stream().reduce(Orders.Sum::plus).orElseThrow();
        String database = bench.database(null);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        double rate;
        Map<String, Double> before = used(servers, engine);
        long begun = System.nanoTime();
        try (Connection target = bench.target(database);
                RunProfile spent = bench.profile(servers, target, engine);
                Profile profile = Profile.of(bench, engine, profiled(what))) {
            bench.run(
                            engine,
                            Jobs.seaMerge(
                                    "BATCH",
                                    servers,
                                    List.of("growth\\.t\\d+"),
                                    "startup.mode = \"initial\"",
                                    bench.postgres(),
                                    database,
                                    "shape = \"disjoint\""))
                    .await(Duration.ofMinutes(10));
            double seconds = (System.nanoTime() - begun) / 1e9;
            spent.take();
            profiles.put(what, spent.figures(wanted.rows()));
            double all = 0;
            for (Map.Entry<String, Double> after : used(servers, engine).entrySet()) {
                double used = after.getValue() - before.get(after.getKey());
                all += used;
                processors.put(
                        what + "_cpu_" + after.getKey() + "_us_per_row",
                        1e6 * used / wanted.rows());
            }
            processors.put(what + "_cores", all / seconds);
            processors.put(what + "_engine_peak_resident_mb", Usage.peakMegabytes(engine.pid()));
            processors.put(
                    what + "_commits",
                    (double)
                            Bench.number(
                                    target,
                                    "SELECT xact_commit FROM pg_stat_database WHERE datname = '"
                                            + database
                                            + "'"));
            String union =
                    IntStream.range(0, tables)
                            .mapToObj(i -> "SELECT *, xmin AS by FROM growth.t" + i)
                            .collect(Collectors.joining(" UNION ALL ", "(", ") AS rows"));
            BackfillCase.require(
                    Orders.inPostgres(target, union, "TRUE"), wanted, "growth over " + what);
            rate =
                    Bench.number(
                            target,
                            """
                            WITH flushes AS (
                              SELECT extract(epoch FROM pg_xact_commit_timestamp(by)) AS seconds, count(*) AS rows
                              FROM %s GROUP BY 1)
                            SELECT (SUM(rows) FILTER (WHERE seconds > (SELECT MIN(seconds) FROM flushes))
                              / NULLIF(MAX(seconds) - MIN(seconds), 0))::bigint FROM flushes\
                            """
                                    .formatted(union));
        }
        bench.drop(database);
        bench.say(
                "growth, %s: %d instances, %d tables, %,d rows: %,.0f rows/s",
                what, servers.size(), tables, wanted.rows(), rate);
        return rate;
    }

    private static String profiled(String what) {
        return what.equals(WARM_UP) ? null : "growth-" + what;
    }

    private Map<String, Double> used(List<MySqlServer> servers, SeaTunnelEngine engine) {
        return Map.of(
                "engine",
                Usage.cpuSeconds(engine.pid()),
                "mysql",
                servers.stream().mapToDouble(server -> Usage.cpuSeconds(server.pid())).sum(),
                "postgres",
                Usage.cpuSeconds(bench.postgres().pid()));
    }

    private static Orders.Sum load(MySqlServer server, long first, long rows, int tables)
            throws Exception {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute("DROP DATABASE IF EXISTS growth");
            statement.execute("CREATE DATABASE growth");
            long each = rows / tables;
            Orders.Sum sum = new Orders.Sum(0, "0");
            for (int i = 0; i < tables; i++) {
                String table = "growth.t" + i;
                Orders.create(connection, table);
                Orders.load(connection, table, first + i * each, each);
                statement.execute("SET SESSION sql_log_bin = 0");
                sum = sum.plus(Orders.inMySql(connection, table, "TRUE"));
            }
            return sum;
        }
    }
}
