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

    private final Bench bench;

    GrowthCase(Bench bench) {
        this.bench = bench;
    }

    void run() throws Exception {
        // A warm-up that counts nowhere.
        rate(List.of(rows(100_000)), 1, "warm-up");
        Map<String, Double> rates = new TreeMap<>();
        List<Long> sizes = new ArrayList<>(List.of(100_000L, 1_000_000L));
        if (bench.options().scale() >= 10) {
            sizes.add(10_000_000L);
        }
        for (long size : sizes) {
            rates.put("rows_" + size, rate(List.of(size), 1, "rows"));
        }
        record("growth-rows", rates);
        rates = new TreeMap<>();
        for (int instances : bench.options().quick() ? List.of(1, 4) : List.of(1, 2, 4, 8)) {
            List<Long> each = new ArrayList<>();
            for (int i = 0; i < instances; i++) {
                each.add(rows(150_000));
            }
            rates.put("instances_" + instances, rate(each, 1, "instances"));
        }
        record("growth-instances", rates);
        rates = new TreeMap<>();
        for (int tables : bench.options().quick() ? List.of(1, 100) : List.of(1, 10, 100, 1_000)) {
            rates.put("tables_" + tables, rate(List.of(rows(300_000)), tables, "tables"));
        }
        record("growth-tables", rates);
    }

    private long rows(long full) {
        return bench.options().quick() ? full / 2 : full;
    }

    private void record(String name, Map<String, Double> rates) {
        double least = rates.values().stream().mapToDouble(rate -> rate).min().orElseThrow();
        double most = rates.values().stream().mapToDouble(rate -> rate).max().orElseThrow();
        Map<String, Double> figures = new TreeMap<>(rates);
        figures.put("slowest_to_fastest", least / most);
        bench.results().add(new Results.Run(name, Goals.SEAMERGE, 1, figures, List.of()));
        bench.say("%s: %s", name, figures);
    }

    /**
     * Rows per second of a backfill.
     *
     * @param each rows of each instance, spread evenly over so many tables
     */
    private double rate(List<Long> each, int tables, String what) throws Exception {
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
        try (Connection target = bench.target(database)) {
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
                              / NULLIF(MAX(seconds) - MIN(seconds), 0))::bigint FROM flushes"""
                                    .formatted(union));
        }
        bench.drop(database);
        bench.say(
                "growth over %s: %d instances, %d tables, %,d rows: %,.0f rows/s",
                what, servers.size(), tables, wanted.rows(), rate);
        return rate;
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
