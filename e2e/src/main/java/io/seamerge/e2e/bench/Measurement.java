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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One run of one contestant, from {@link #begin} to {@link #end}: its time, and what servers and
 * engine used meanwhile.
 */
final class Measurement {

    private static final long TIMEOUT_NANOS = 900_000_000_000L;
    private static final long STATUS_NANOS = 2_000_000_000L;
    private static final long POLL_MILLIS = 15;
    private static final long SAMPLE_NANOS = 250_000_000L;

    private final Bench bench;
    private final List<MySqlServer> mySqls;
    private final Connection target;
    private final SeaTunnelEngine engine;

    private final Map<String, Double> before = new TreeMap<>();
    private final Map<String, Double> used = new TreeMap<>();
    private final List<double[]> progress = new ArrayList<>();
    private final Map<String, Double> more = new TreeMap<>();
    private RunProfile profile;
    private long begun;
    private long first;
    private long ended;

    /**
     * @param target to the target's database; polls for what has become visible go through it
     * @param engine null if the contestant has none
     */
    Measurement(Bench bench, List<MySqlServer> mySqls, Connection target, SeaTunnelEngine engine) {
        this.bench = bench;
        this.mySqls = mySqls;
        this.target = target;
        this.engine = engine;
    }

    void begin() throws Exception {
        profile = bench.profile(mySqls, target, engine);
        before.putAll(counters());
        begun = System.nanoTime();
        first = begun;
    }

    /**
     * Waits until the first condition, and then the second one, holds.
     *
     * @param started a query for a number, which is above 0 as soon as the first row is there
     * @param done a query for a number, which is {@code wanted} when all are; cheap
     * @param part a query for the part of all that is there, for the rate over time
     * @param job its failure is this one's
     */
    void await(String started, String done, long wanted, String part, EngineJob job)
            throws Exception {
        long nextStatus = begun + STATUS_NANOS;
        long nextSample = begun;
        boolean any = false;
        try (PreparedStatement isStarted = target.prepareStatement(started);
                PreparedStatement isDone = target.prepareStatement(done);
                PreparedStatement partDone = target.prepareStatement(part)) {
            while (true) {
                long now = System.nanoTime();
                if (!any && number(isStarted) > 0) {
                    any = true;
                    if (first == begun) {
                        first = System.nanoTime();
                    }
                }
                if (any) {
                    long found = number(isDone);
                    if (now >= nextSample) {
                        nextSample = now + SAMPLE_NANOS;
                        progress.add(new double[] {(now - begun) / 1e9, partOf(partDone)});
                    }
                    if (found >= wanted) {
                        end();
                        return;
                    }
                }
                if (now > nextStatus) {
                    nextStatus = now + STATUS_NANOS;
                    if (job.status().matches("FAIL.*|CANCEL.*")) {
                        job.await(java.time.Duration.ofSeconds(30));
                        throw new IllegalStateException(job + " ended " + job.status());
                    }
                }
                if (now - begun > TIMEOUT_NANOS) {
                    throw new IllegalStateException(
                            "Not there after 15 minutes: " + done + " is not " + wanted);
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    /**
     * Waits until a size is above 0, which is the moment of the first row, and goes on looking at
     * it, for the rate over time, until the job has ended.
     *
     * @param size a query for a number of bytes
     * @param wanted about what it will be in the end
     */
    void awaitFirst(String size, long wanted, EngineJob job)
            throws SQLException, InterruptedException {
        boolean any = false;
        long nextStatus = begun;
        long nextSample = begun;
        try (PreparedStatement query = target.prepareStatement(size)) {
            while (true) {
                long now = System.nanoTime();
                if (!any || now >= nextSample) {
                    long found = number(query);
                    if (!any && found > 0) {
                        any = true;
                        first = System.nanoTime();
                    }
                    if (now >= nextSample) {
                        nextSample = now + SAMPLE_NANOS;
                        progress.add(
                                new double[] {
                                    (now - begun) / 1e9, Math.min(1, found / (double) wanted)
                                });
                    }
                }
                if (now >= nextStatus) {
                    nextStatus = now + STATUS_NANOS / 10;
                    if (!job.status().matches("INIT.*|CREATED|PENDING|SCHEDULED|RUNNING|DO.*")) {
                        return;
                    }
                }
                Thread.sleep(POLL_MILLIS);
            }
        }
    }

    /** What comes after counts no more, unless this is called again. */
    void end() throws Exception {
        ended = System.nanoTime();
        counters().forEach((counter, value) -> used.put(counter, value - before.get(counter)));
        profile.take();
    }

    /** One more figure to be recorded. */
    void figure(String name, double value) {
        more.put(name, value);
    }

    /** Seconds from the beginning to the end. */
    double seconds() {
        return (ended - begun) / 1e9;
    }

    /** Puts the figures among the results: call it when the result is known to be right. */
    void record(String name, String contestant, int repetition, long rows) throws Exception {
        profile.close();
        Map<String, Double> figures = new TreeMap<>(used);
        figures.putAll(profile.figures(rows));
        double whole = seconds();
        double net = (ended - first) / 1e9;
        figures.putAll(more);
        figures.put("rows", (double) rows);
        figures.put("seconds", whole);
        figures.put("seconds_from_first_row", net);
        figures.put("rows_per_second", rows / net);
        figures.put("rows_per_second_with_start", rows / whole);
        for (String counter : List.copyOf(figures.keySet())) {
            if (counter.startsWith("cpu_") || counter.equals("wal_bytes")) {
                figures.put(
                        counter.equals("wal_bytes") ? "wal_bytes_per_row" : counter + "_us_per_row",
                        figures.get(counter) / rows * (counter.startsWith("cpu_") ? 1e6 : 1));
            }
        }
        if (engine != null) {
            figures.put("engine_peak_resident_mb", Usage.peakMegabytes(engine.pid()));
        }
        bench.results().add(new Results.Run(name, contestant, repetition, figures, progress));
        bench.say(
                "%s, %s, run %d: %,.0f rows/s (%,.0f with its start), cpu us/row: engine %.1f,"
                        + " MySQL %.1f, PostgreSQL %.1f",
                name,
                contestant,
                repetition,
                rows / net,
                rows / whole,
                figures.getOrDefault("cpu_engine_us_per_row", 0d),
                figures.get("cpu_mysql_us_per_row"),
                figures.get("cpu_postgres_us_per_row"));
    }

    private Map<String, Double> counters() throws SQLException {
        Map<String, Double> counters = new TreeMap<>();
        double cpu = 0;
        double read = 0;
        for (MySqlServer server : mySqls) {
            cpu += Usage.cpuSeconds(server.pid());
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement();
                    ResultSet result =
                            statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_rows_read'")) {
                // MariaDB does not count them.
                if (result.next()) {
                    read += result.getDouble(2);
                }
            }
        }
        counters.put("cpu_mysql", cpu);
        counters.put("mysql_rows_read", read);
        counters.put("cpu_postgres", profile.postgresSeconds());
        counters.put(
                "wal_bytes",
                (double) Bench.number(target, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"));
        if (engine != null) {
            counters.put("cpu_engine", Usage.cpuSeconds(engine.pid()));
        }
        return counters;
    }

    private static double partOf(PreparedStatement query) throws SQLException {
        try (ResultSet result = query.executeQuery()) {
            result.next();
            return result.getDouble(1);
        }
    }

    private static long number(PreparedStatement query) throws SQLException {
        try (ResultSet result = query.executeQuery()) {
            result.next();
            return result.getLong(1);
        }
    }
}
