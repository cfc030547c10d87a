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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Updates that instances have made while nobody read them, far from the order of the keys: two
 * million from two instances in transactions of 1,000 rows, each row twice; or 200,000 from three,
 * each in a transaction of its own.
 */
final class CatchUpCase {

    private static final String DISJOINT = "shape = \"disjoint\"";
    private static final String CONSOLIDATED =
            "shape = \"consolidated\", resolver = \"last_write_wins\", delete = ";

    /** Rows of each instance that are looked at to draw the rate over time. */
    private static final int SAMPLES = 250;

    private final Bench bench;
    private final String name;
    private final String table;
    private final int instances;
    private final int passes;
    private final boolean oneByOne;
    private final long rows;

    /** The sink's options, by the name of the case that they make. */
    private final Map<String, String> shapes = new LinkedHashMap<>();

    private CatchUpCase(
            Bench bench, String name, String table, int instances, int passes, long rows) {
        this.bench = bench;
        this.name = name;
        this.table = table;
        this.instances = instances;
        this.passes = passes;
        this.oneByOne = passes == 1;
        this.rows = bench.options().rows(rows);
        shapes.put(name, DISJOINT);
    }

    /** Transactions of 1,000 rows, into a disjoint table and into consolidated ones. */
    static CatchUpCase updates(Bench bench) {
        CatchUpCase made = new CatchUpCase(bench, "catchup", "bench.stock_items", 2, 2, 500_000);
        made.shapes.put("catchup-soft", CONSOLIDATED + "\"soft\"");
        made.shapes.put("catchup-hard", CONSOLIDATED + "\"hard\"");
        return made;
    }

    /** Transactions of one row, from three instances. */
    static CatchUpCase singles(Bench bench) {
        return new CatchUpCase(bench, "singles", "bench.carts", 3, 1, 67_000);
    }

    /** Where everything stood before the updates, and what is to stand after them. */
    private record Start(
            List<MySqlServer> servers,
            Map<String, String> templates,
            List<Jobs.Position> positions,
            Orders.Sum wanted) {}

    void run() throws Exception {
        Start start = prepare();
        ApplyLimit limit = oneByOne || bench.options().alone() ? null : limit(start);
        if (limit != null) {
            limit.choose(start.templates.get(name));
        }
        long updates = instances * passes * rows;
        for (int repetition = 0; repetition <= bench.options().repetitions(); repetition++) {
            if (limit != null && repetition > 0) {
                // Its choice was its warm-up.
                limit(start, limit, repetition, updates);
            }
            for (Map.Entry<String, String> shape : shapes.entrySet()) {
                if (repetition == 0 && !shape.getKey().equals(name)) {
                    // One form warms the engine up for all.
                    continue;
                }
                seaMerge(start, shape.getKey(), shape.getValue(), repetition, updates);
            }
            if (repetition == 1 && !bench.options().alone()) {
                stock(start, repetition, updates);
            }
        }
    }

    private Start prepare() throws Exception {
        List<MySqlServer> servers = BackfillCase.servers(bench, instances, table, rows, rows);
        Map<String, String> templates = new LinkedHashMap<>();
        for (Map.Entry<String, String> shape : shapes.entrySet()) {
            String database = bench.database(null);
            templates.put(shape.getKey(), database);
            bench.run(
                            bench.engine(Goals.SEAMERGE),
                            job("BATCH", servers, database, shape.getValue()))
                    .await(Duration.ofMinutes(10));
            try (Connection target = bench.target(database);
                    Statement statement = target.createStatement()) {
                statement.execute("VACUUM (ANALYZE) " + table);
            }
        }
        List<Jobs.Position> positions = new ArrayList<>();
        List<Callable<Orders.Sum>> updates = new ArrayList<>();
        for (MySqlServer server : servers) {
            positions.add(position(server));
            long first = 1 + updates.size() * rows;
            updates.add(
                    () -> {
                        try (Connection connection = server.connect()) {
                            if (oneByOne) {
                                Orders.updateOneByOne(connection, table, first, rows);
                            } else {
                                Orders.update(connection, table, first, rows, passes * rows);
                            }
                            return Orders.inMySql(connection, table, "TRUE");
                        }
                    });
        }
        bench.say("Making %,d updates", instances * passes * rows);
        List<Orders.Sum> sums = Bench.together(updates);
        return new Start(
                servers,
                templates,
                positions,
                sums.stream().reduce(Orders.Sum::plus).orElseThrow());
    }

    private String job(String mode, List<MySqlServer> servers, String database, String shape) {
        return Jobs.seaMerge(
                mode,
                servers,
                List.of(table.replace(".", "\\.")),
                Jobs.handoff(mode, bench.postgres(), database),
                bench.postgres(),
                database,
                shape);
    }

    static Jobs.Position position(MySqlServer server) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SHOW MASTER STATUS")) {
            result.next();
            return new Jobs.Position(result.getString(1), result.getLong(2));
        }
    }

    private ApplyLimit limit(Start start) throws Exception {
        String database = bench.database(null);
        try (Connection target = bench.target(database)) {
            Orders.createTarget(target, table);
        }
        for (MySqlServer server : start.servers) {
            Pipe.copy(
                    server,
                    "SELECT " + Orders.COLUMNS + " FROM " + table,
                    bench.postgres(),
                    database,
                    table);
        }
        try (Connection target = bench.target(database)) {
            ApplyLimit limit = ApplyLimit.gather(bench, target, table, rows, passes);
            target.close();
            bench.drop(database);
            return limit;
        }
    }

    private void limit(Start start, ApplyLimit limit, int repetition, long updates)
            throws Exception {
        String database = bench.database(start.templates.get(name));
        try (Connection target = bench.target(database)) {
            Measurement measurement = new Measurement(bench, start.servers, target, null);
            limit.run(database, measurement);
            check(target, start, Goals.LIMIT);
            measurement.record(name, Goals.LIMIT, repetition, updates);
        }
        bench.drop(database);
    }

    private void seaMerge(Start start, String form, String shape, int repetition, long updates)
            throws Exception {
        String database = bench.database(start.templates.get(form));
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        try (Connection target = bench.target(database);
                Profile profile = Profile.of(bench, engine, repetition == 1 ? form : null)) {
            Measurement measurement = new Measurement(bench, start.servers, target, engine);
            measurement.begin();
            EngineJob job = bench.run(engine, job("STREAMING", start.servers, database, shape));
            await(measurement, job);
            job.cancel();
            check(target, start, form);
            measurement.record(form, Goals.SEAMERGE, repetition, updates);
        }
        bench.drop(database);
    }

    private void stock(Start start, int repetition, long updates) throws Exception {
        String database = bench.database(start.templates.get(name));
        SeaTunnelEngine engine = bench.engine(Goals.STOCK);
        try (Connection target = bench.target(database)) {
            Measurement measurement = new Measurement(bench, start.servers, target, engine);
            measurement.begin();
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.stock(
                                    start.servers,
                                    table,
                                    start.positions,
                                    bench.postgres(),
                                    database,
                                    5_000));
            await(measurement, job);
            job.cancel();
            check(target, start, Goals.STOCK);
            measurement.record(name, Goals.STOCK, repetition, updates);
        }
        bench.drop(database);
    }

    /** The rows of an instance come in order: its last ones are there when all are. */
    private void await(Measurement measurement, EngineJob job) throws Exception {
        int ends = Orders.transactionRows();
        measurement.await(
                "SELECT count(*) FROM %s WHERE id IN (%s) AND revision > 0"
                        .formatted(table, list(1, Orders.keys(1, rows, 0))),
                "SELECT count(*) FROM %s WHERE id IN (%s) AND revision = %d"
                        .formatted(
                                table,
                                list(instances, Orders.keys(1, rows, passes * rows - ends)),
                                passes),
                (long) instances * ends,
                "SELECT sum(revision)::float8 / %d FROM %s WHERE id IN (%s)"
                        .formatted(
                                (long) instances * SAMPLES * passes,
                                table,
                                list(instances, Orders.samples(rows, SAMPLES))),
                job);
    }

    /** The first instance's keys, and the same ones of so many instances in all. */
    private String list(int count, long[] keys) {
        return LongStream.of(keys)
                .flatMap(key -> LongStream.range(0, count).map(i -> key + i * rows))
                .mapToObj(Long::toString)
                .collect(Collectors.joining(","));
    }

    private void check(Connection target, Start start, String what) throws SQLException {
        BackfillCase.require(Orders.inPostgres(target, table, "TRUE"), start.wanted, what);
    }
}
