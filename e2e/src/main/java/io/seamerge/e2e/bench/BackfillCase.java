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
import io.seamerge.e2e.machine.MachineException;
import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Reading two instances into an empty target: with keys of their own, and with half of their keys
 * in common, where SeaMerge keeps the row of the instance that is preferred.
 */
final class BackfillCase {

    private static final int SAMPLES = 200;

    private final Bench bench;
    private final boolean consolidated;
    private final String name;
    private final String table;
    private final long rows;

    BackfillCase(Bench bench, boolean consolidated) {
        this.bench = bench;
        this.consolidated = consolidated;
        this.name = consolidated ? "backfill-consolidated" : "backfill";
        this.table = consolidated ? "bench.customers" : "bench.orders";
        this.rows = bench.options().rows(1_000_000);
    }

    void run() throws Exception {
        List<MySqlServer> servers = servers(bench, 2, table, rows, consolidated ? rows / 2 : rows);
        Orders.Sum wanted = wanted(servers);
        for (int repetition = 0; repetition <= bench.options().repetitions(); repetition++) {
            if (!bench.options().alone()) {
                pipe(servers, repetition, wanted);
            }
            seaMerge(servers, repetition, wanted);
            if (!consolidated && repetition == 1 && !bench.options().alone()) {
                stock(servers, repetition, wanted);
                if (Pgloader.installed()) {
                    pgloader(repetition, wanted);
                }
            }
        }
    }

    /** Servers with that table: so many rows each, their first keys so far apart. */
    static List<MySqlServer> servers(Bench bench, int count, String table, long rows, long distance)
            throws Exception {
        List<MySqlServer> servers = bench.mySqls(count);
        return bench.once(
                "table " + table,
                () -> {
                    bench.say("Loading %d x %,d rows into %s", count, rows, table);
                    List<Callable<Void>> loads = new ArrayList<>();
                    for (MySqlServer server : servers) {
                        long first = 1 + loads.size() * distance;
                        loads.add(
                                () -> {
                                    try (Connection connection = server.connect()) {
                                        Orders.create(connection, table);
                                        Orders.load(connection, table, first, rows);
                                    }
                                    return null;
                                });
                    }
                    Bench.together(loads);
                    return servers;
                });
    }

    private Orders.Sum wanted(List<MySqlServer> servers) throws Exception {
        List<Callable<Orders.Sum>> sums = new ArrayList<>();
        for (MySqlServer server : servers) {
            // The first of the sources is preferred.
            String condition = consolidated && !sums.isEmpty() ? "id > " + rows : "TRUE";
            sums.add(
                    () -> {
                        try (Connection connection = server.connect()) {
                            return Orders.inMySql(connection, table, condition);
                        }
                    });
        }
        List<Orders.Sum> found = Bench.together(sums);
        return found.get(0).plus(found.get(1));
    }

    private void pipe(List<MySqlServer> servers, int repetition, Orders.Sum wanted)
            throws Exception {
        sideBySide(
                servers,
                repetition,
                wanted,
                Goals.PIPE,
                (server, database, others) -> {
                    // It cannot decide between sources: keys in common are left out of one of them.
                    String condition = consolidated && others ? " WHERE id > " + rows : "";
                    Pipe.copy(
                            server,
                            "SELECT " + Orders.COLUMNS + " FROM " + table + condition,
                            bench.postgres(),
                            database,
                            table);
                });
    }

    /**
     * A contestant that is not ours: if it cannot do this, the others are measured all the same.
     */
    private void pgloader(int repetition, Orders.Sum wanted) throws Exception {
        try {
            pgloader(Pgloader.servers(bench, table, rows), repetition, wanted);
        } catch (SQLException | IllegalStateException | MachineException e) {
            bench.say("pgloader is left out: %s", e.getMessage());
        }
    }

    private void pgloader(List<MySqlServer> servers, int repetition, Orders.Sum wanted)
            throws Exception {
        sideBySide(
                servers,
                repetition,
                wanted,
                Goals.PGLOADER,
                (server, database, others) ->
                        Pgloader.copy(server, table, bench.postgres(), database));
    }

    /** Copies one server's table. */
    @FunctionalInterface
    private interface Copier {
        void copy(MySqlServer server, String database, boolean others) throws Exception;
    }

    /** A program for each server at the same time, into a table that is there. */
    private void sideBySide(
            List<MySqlServer> servers,
            int repetition,
            Orders.Sum wanted,
            String contestant,
            Copier copier)
            throws Exception {
        String database = bench.database(null);
        try (Connection target = bench.target(database)) {
            Orders.createTarget(target, table);
            Measurement measurement = new Measurement(bench, servers, target, null);
            measurement.begin();
            List<Callable<Void>> copies = new ArrayList<>();
            for (MySqlServer server : servers) {
                boolean others = !copies.isEmpty();
                copies.add(
                        () -> {
                            copier.copy(server, database, others);
                            return null;
                        });
            }
            Bench.together(copies);
            measurement.end();
            check(target, wanted, contestant);
            measurement.record(name, contestant, repetition, wanted.rows());
        }
        bench.drop(database);
    }

    private void seaMerge(List<MySqlServer> servers, int repetition, Orders.Sum wanted)
            throws Exception {
        seaMerge(servers, repetition, wanted, bench.engine(Goals.SEAMERGE), Goals.SEAMERGE);
    }

    /** SeaMerge alone, on the engine of a cluster. */
    void run(SeaTunnelEngine engine, String contestant, int repetition) throws Exception {
        List<MySqlServer> servers = servers(bench, 2, table, rows, rows);
        seaMerge(servers, repetition, wanted(servers), engine, contestant);
    }

    private void seaMerge(
            List<MySqlServer> servers,
            int repetition,
            Orders.Sum wanted,
            SeaTunnelEngine engine,
            String contestant)
            throws Exception {
        String database = bench.database(null);
        try (Connection target = bench.target(database)) {
            Measurement measurement = new Measurement(bench, servers, target, engine);
            String job =
                    Jobs.seaMerge(
                            "BATCH",
                            servers,
                            List.of(table.replace(".", "\\.")),
                            "startup.mode = \"initial\"",
                            bench.postgres(),
                            database,
                            consolidated
                                    ? "shape = \"consolidated\", resolver = \"last_write_wins\""
                                    : "shape = \"disjoint\"");
            try (Profile profile =
                    Profile.of(
                            bench,
                            engine,
                            repetition == 1 && contestant.equals(Goals.SEAMERGE) ? name : null)) {
                measurement.begin();
                EngineJob running = bench.run(engine, job);
                measurement.awaitFirst(
                        "SELECT COALESCE(pg_relation_size(to_regclass('%s')), 0)".formatted(table),
                        2 * rows * 220,
                        running);
                running.await(Duration.ofMinutes(15));
                measurement.end();
            }
            check(target, wanted, contestant);
            measurement.record(name, contestant, repetition, 2 * rows);
        }
        bench.drop(database);
    }

    private void stock(List<MySqlServer> servers, int repetition, Orders.Sum wanted)
            throws Exception {
        String database = bench.database(null);
        SeaTunnelEngine engine = bench.engine(Goals.STOCK);
        try (Connection target = bench.target(database)) {
            Orders.createTarget(target, table);
            Measurement measurement = new Measurement(bench, servers, target, engine);
            measurement.begin();
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.stock(servers, table, null, bench.postgres(), database, 5_000));
            String samples =
                    LongStream.rangeClosed(1, SAMPLES)
                            .map(sample -> sample * 2 * rows / SAMPLES)
                            .mapToObj(Long::toString)
                            .collect(Collectors.joining(","));
            String seen = "SELECT count(*) FROM %s WHERE id IN (%s)".formatted(table, samples);
            measurement.await(
                    "SELECT pg_relation_size('%s')".formatted(table),
                    seen,
                    SAMPLES,
                    seen.replace("count(*)", "count(*)::float8 / " + SAMPLES),
                    job);
            measurement.await(
                    "SELECT 1", "SELECT count(*) FROM " + table, wanted.rows(), "SELECT 1", job);
            job.cancel();
            check(target, wanted, Goals.STOCK);
            measurement.record(name, Goals.STOCK, repetition, 2 * rows);
        }
        bench.drop(database);
    }

    private void check(Connection target, Orders.Sum wanted, String contestant) throws Exception {
        require(Orders.inPostgres(target, table, "TRUE"), wanted, name + ", " + contestant);
        long keys =
                Bench.number(
                        target,
                        "SELECT count(*) FROM pg_index WHERE indisprimary AND indrelid = '%s'::regclass"
                                .formatted(table));
        if (keys != 1) {
            throw new IllegalStateException(contestant + " left " + table + " without a key");
        }
    }

    /** Fails unless the target holds what it should. */
    static void require(Orders.Sum found, Orders.Sum wanted, String what) {
        if (!found.equals(wanted)) {
            throw new IllegalStateException(
                    what + ": the target holds " + found + ", the sources " + wanted);
        }
    }
}
