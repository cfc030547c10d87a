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
 * Two million updates that two instances have made while nobody read them, in transactions of 1,000
 * rows: every row of the table twice, far from the order of the keys.
 */
final class CatchUpCase {

    private static final String TABLE = "bench.stock_items";
    private static final int PASSES = 2;

    /** The consolidated forms, by the name of their case. */
    private static final Map<String, String> SHAPES = new LinkedHashMap<>();

    static {
        SHAPES.put("catchup", "shape = \"disjoint\"");
        SHAPES.put(
                "catchup-soft",
                "shape = \"consolidated\", resolver = \"last_write_wins\", delete = \"soft\"");
        SHAPES.put(
                "catchup-hard",
                "shape = \"consolidated\", resolver = \"last_write_wins\", delete = \"hard\"");
    }

    private final Bench bench;
    private final long rows;

    CatchUpCase(Bench bench) {
        this.bench = bench;
        this.rows = bench.options().rows(500_000);
    }

    /** Where everything stood before the updates, and what is to stand after them. */
    private record Start(
            List<MySqlServer> servers,
            Map<String, String> templates,
            List<Jobs.Position> positions,
            Orders.Sum wanted) {}

    void run() throws Exception {
        Start start = prepare();
        ApplyLimit limit = limit(start);
        limit.choose(start.templates.get("catchup"));
        long updates = 2 * PASSES * rows;
        for (int repetition = 0; repetition <= bench.options().repetitions(); repetition++) {
            String database = bench.database(start.templates.get("catchup"));
            try (Connection target = bench.target(database)) {
                Measurement measurement = new Measurement(bench, start.servers, target, null);
                limit.run(database, measurement);
                check(target, start, Goals.LIMIT);
                measurement.record("catchup", Goals.LIMIT, repetition, updates);
            }
            bench.drop(database);
            for (Map.Entry<String, String> shape : SHAPES.entrySet()) {
                seaMerge(start, shape.getKey(), shape.getValue(), repetition, updates);
            }
            if (!bench.options().quick() || repetition > 0) {
                stock(start, repetition, updates);
            }
        }
    }

    private Start prepare() throws Exception {
        List<MySqlServer> servers = BackfillCase.servers(bench, TABLE, rows, rows);
        Map<String, String> templates = new LinkedHashMap<>();
        for (Map.Entry<String, String> shape : SHAPES.entrySet()) {
            String database = bench.database(null);
            templates.put(shape.getKey(), database);
            bench.run(
                            bench.engine(Goals.SEAMERGE),
                            job("BATCH", servers, database, shape.getValue()))
                    .await(Duration.ofMinutes(10));
            try (Connection target = bench.target(database);
                    Statement statement = target.createStatement()) {
                statement.execute("VACUUM (ANALYZE) " + TABLE);
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
                            Orders.update(connection, TABLE, first, rows, PASSES * rows);
                            return Orders.inMySql(connection, TABLE, "TRUE");
                        }
                    });
        }
        bench.say("Making %,d updates", 2 * PASSES * rows);
        List<Orders.Sum> sums = Bench.together(updates);
        return new Start(servers, templates, positions, sums.get(0).plus(sums.get(1)));
    }

    private String job(String mode, List<MySqlServer> servers, String database, String shape) {
        return Jobs.seaMerge(
                mode,
                servers,
                List.of(TABLE.replace(".", "\\.")),
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
            Orders.createTarget(target, TABLE);
        }
        for (MySqlServer server : start.servers) {
            Pipe.copy(
                    server,
                    "SELECT " + Orders.COLUMNS + " FROM " + TABLE,
                    bench.postgres(),
                    database,
                    TABLE);
        }
        try (Connection target = bench.target(database)) {
            ApplyLimit limit = ApplyLimit.gather(bench, target, TABLE, rows, PASSES);
            target.close();
            bench.drop(database);
            return limit;
        }
    }

    private void seaMerge(Start start, String name, String shape, int repetition, long updates)
            throws Exception {
        String database = bench.database(start.templates.get(name));
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        try (Connection target = bench.target(database);
                Profile profile =
                        Profile.of(bench, engine, repetition == 0 ? null : name + repetition)) {
            Measurement measurement = new Measurement(bench, start.servers, target, engine);
            measurement.begin();
            EngineJob job = bench.run(engine, job("STREAMING", start.servers, database, shape));
            await(measurement, job);
            job.cancel();
            check(target, start, name);
            measurement.record(name, Goals.SEAMERGE, repetition, updates);
        }
        bench.drop(database);
    }

    private void stock(Start start, int repetition, long updates) throws Exception {
        String database = bench.database(start.templates.get("catchup"));
        SeaTunnelEngine engine = bench.engine(Goals.STOCK);
        try (Connection target = bench.target(database)) {
            Measurement measurement = new Measurement(bench, start.servers, target, engine);
            measurement.begin();
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.stock(
                                    start.servers,
                                    TABLE,
                                    start.positions,
                                    bench.postgres(),
                                    database,
                                    5_000));
            await(measurement, job);
            job.cancel();
            check(target, start, Goals.STOCK);
            measurement.record("catchup", Goals.STOCK, repetition, updates);
        }
        bench.drop(database);
    }

    /** The rows of an instance come in order: its last transaction is there when all are. */
    private void await(Measurement measurement, EngineJob job) throws Exception {
        String first = list(0, Orders.keys(1, rows, 0));
        String last = list(rows, Orders.keys(1, rows, PASSES * rows - Orders.transactionRows()));
        measurement.await(
                "SELECT count(*) FROM %s WHERE id IN (%s) AND revision > 0".formatted(TABLE, first),
                "SELECT count(*) FROM %s WHERE id IN (%s) AND revision = %d"
                        .formatted(TABLE, last, PASSES),
                2L * Orders.transactionRows(),
                job);
    }

    /** The keys of one transaction of both instances; of the first one alone if distance is 0. */
    private static String list(long distance, long[] keys) {
        return LongStream.of(keys)
                .flatMap(
                        key ->
                                distance == 0
                                        ? LongStream.of(key)
                                        : LongStream.of(key, key + distance))
                .mapToObj(Long::toString)
                .collect(Collectors.joining(","));
    }

    private void check(Connection target, Start start, String what) throws SQLException {
        BackfillCase.require(Orders.inPostgres(target, TABLE, "TRUE"), start.wanted, what);
    }
}
