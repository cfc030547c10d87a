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
package io.seamerge.e2e.traffic;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Servers of several kinds, their tables, writers at random, one job that reads all of them from
 * the first row on into PostgreSQL, and at the end the comparison.
 */
public final class TrafficRun {

    private static final String READER = "seamerge";
    private static final String READER_PASSWORD = "reader-secret";
    private static final int ENGINE_HEAP_MB = 768;

    /** For the job to begin, and for what is left to be applied when the writers have stopped. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /**
     * What a run is.
     *
     * @param seed of all that is drawn at random
     * @param writing how long writers write once the job runs
     * @param versions the servers, as {@link MySqlServer#versions()} names them, each at most once
     * @param sessions that write at once to each server
     * @param keys that a table has at most
     * @param pauseMillis how long a session rests between two transactions, on average
     * @param xa whether some transactions are XA
     * @param progressEvery how often a line says how far it is
     */
    public record Settings(
            long seed,
            Duration writing,
            List<String> versions,
            int sessions,
            int keys,
            double pauseMillis,
            boolean xa,
            Duration progressEvery) {

        public Settings {
            versions = List.copyOf(versions);
        }
    }

    private final Settings settings;
    private final PrintStream out;
    private final Map<String, MySqlServer> servers = new LinkedHashMap<>();
    private final List<TrafficWriter> writers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    public TrafficRun(Settings settings, PrintStream out) {
        this.settings = settings;
        this.out = out;
    }

    /**
     * Runs it.
     *
     * @return whether every row was equal
     * @throws IllegalStateException if the job or a writer fails, or the job falls too far behind;
     *     the engine's log is then kept, and its place in the message
     */
    public boolean run() throws SQLException, IOException, InterruptedException {
        try {
            for (String version : settings.versions()) {
                servers.put(
                        instance(version),
                        MySqlServer.start(version, Map.of("innodb_buffer_pool_size", "64M")));
            }
            return runOn();
        } finally {
            stopWriters();
            for (MySqlServer server : servers.values()) {
                server.close();
            }
        }
    }

    private static String instance(String version) {
        return version.equals("mariadb") ? version : "mysql" + version.replace(".", "");
    }

    private boolean runOn() throws SQLException, IOException, InterruptedException {
        long number = 0;
        for (String version : settings.versions()) {
            MySqlServer server = servers.get(instance(version));
            List<TrafficTable> tables = TrafficTable.of(version);
            create(server, tables);
            for (int session = 0; session < settings.sessions(); session++) {
                number++;
                writers.add(
                        new TrafficWriter(
                                instance(version) + "-" + session,
                                server.jdbcUrl(TrafficTable.DATABASE),
                                tables,
                                settings.keys(),
                                settings.seed() * 1_000 + number,
                                settings.pauseMillis(),
                                settings.xa()));
            }
        }
        for (TrafficWriter writer : writers) {
            Thread thread = new Thread(writer, "traffic-writer");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        try (PostgresServer postgres = PostgresServer.start();
                Connection target = postgres.connect();
                SeaTunnelEngine engine =
                        SeaTunnelEngine.start(
                                SeaTunnelEngine.Settings.defaults()
                                        .withHeapMegabytes(ENGINE_HEAP_MB))) {
            boolean equal = false;
            try {
                equal = runJob(postgres, target, engine);
            } finally {
                if (!equal) {
                    keepLog(engine);
                }
            }
            return equal;
        }
    }

    private void keepLog(SeaTunnelEngine engine) throws IOException {
        Path kept = Files.createTempFile("seamerge-traffic-" + settings.seed() + "-", ".log");
        Files.copy(engine.log(), kept, StandardCopyOption.REPLACE_EXISTING);
        out.println("The engine's log is kept: " + kept);
    }

    private boolean runJob(PostgresServer postgres, Connection target, SeaTunnelEngine engine)
            throws SQLException, IOException, InterruptedException {
        // So that the snapshot finds rows.
        Thread.sleep(Math.min(5_000, settings.writing().toMillis() / 4));
        Path jobFile = Files.createTempFile("seamerge-traffic-", ".conf");
        try {
            Files.writeString(jobFile, jobFile(postgres));
            EngineJob job = engine.run(jobFile, Map.of());
            long begun = System.nanoTime();
            watch(job, target, begun, "starting", PATIENCE, () -> reached(target, Map.of()));
            long until = System.nanoTime() + settings.writing().toNanos();
            watch(
                    job,
                    target,
                    begun,
                    "writing",
                    settings.writing().plus(PATIENCE),
                    () -> System.nanoTime() - until >= 0);
            stopWriters();
            checkWriters();
            Map<String, String> stoppedAt = new LinkedHashMap<>();
            for (Map.Entry<String, MySqlServer> server : servers.entrySet()) {
                stoppedAt.put(server.getKey(), clock(server.getValue()));
            }
            watch(
                    job,
                    target,
                    begun,
                    "catching up",
                    PATIENCE,
                    () -> reached(target, stoppedAt) && snapshotDone(target));
            report(begun);
            return compare(target);
        } finally {
            Files.deleteIfExists(jobFile);
        }
    }

    private boolean compare(Connection target) throws SQLException {
        TrafficCheck check = new TrafficCheck(target, out);
        Map<String, TrafficTable> tables = new LinkedHashMap<>();
        for (String version : settings.versions()) {
            // A YEAR as its number.
            String url = servers.get(instance(version)).jdbcUrl() + "&yearIsDateType=false";
            try (Connection mySql = DriverManager.getConnection(url)) {
                check.compare(instance(version), mySql, TrafficTable.of(version));
            }
            TrafficTable.of(version).forEach(table -> tables.put(table.name(), table));
        }
        return check.equal(List.copyOf(tables.values()));
    }

    private static void create(MySqlServer server, List<TrafficTable> tables) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE USER " + READER + " IDENTIFIED BY '" + READER_PASSWORD + "'");
            statement.execute(
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + READER);
            statement.execute("CREATE DATABASE " + TrafficTable.DATABASE);
            for (TrafficTable table : tables) {
                for (int shard = 0; shard < TrafficTable.SHARDS; shard++) {
                    statement.execute(table.creation(shard));
                }
            }
        }
    }

    /** Each table's shards on all servers become one table, with server and shard in its key. */
    private String jobFile(PostgresServer postgres) {
        StringBuilder instances = new StringBuilder();
        servers.forEach(
                (name, server) ->
                        instances.append(
                                String.format(
                                        "      { name = \"%s\", hosts = [\"%s:%d\"] }%n",
                                        name, server.host(), server.port())));
        Map<String, TrafficTable> tables = new LinkedHashMap<>();
        for (String version : settings.versions()) {
            TrafficTable.of(version).forEach(table -> tables.put(table.name(), table));
        }
        StringBuilder routes = new StringBuilder();
        for (TrafficTable table : tables.values()) {
            StringBuilder key = new StringBuilder("\"_source_instance\", \"_source_table\"");
            table.key().forEach(field -> key.append(", \"").append(field.name()).append('"'));
            routes.append(
                    String.format(
                            "      { tables = \"traffic\\\\.%s_\\\\d\", target = \"traffic.%s\", key ="
                                    + " [%s] }%n",
                            table.name(), table.name(), key));
        }
        return String.format(
                """
                env { job.mode = "STREAMING", parallelism = 2, checkpoint.interval = 2000 }
                source {
                  MySQL-Merge-CDC {
                    username = "%s", password = "%s"
                    instances = [
                %s    ]
                    routes = [
                %s    ]
                    # So small that a table is many chunks.
                    snapshot.chunk-rows = 100
                    metadata-columns = ["source_instance", "source_database", "source_table",
                        "version_time", "version_row", "incarnation", "snapshot"]
                    control-rows = true
                  }
                }
                sink {
                  Postgres-Merge {
                    url = "jdbc:postgresql://%s:%d/%s"
                    username = "%s", password = "%s", pipeline = "traffic"
                  }
                }
                """,
                READER,
                READER_PASSWORD,
                instances,
                routes,
                postgres.host(),
                postgres.port(),
                PostgresServer.DATABASE,
                postgres.user(),
                postgres.password());
    }

    private interface Condition {
        boolean holds() throws SQLException;
    }

    private void watch(
            EngineJob job,
            Connection target,
            long begun,
            String stage,
            Duration patience,
            Condition condition)
            throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        long nextLine = System.nanoTime();
        while (!condition.holds()) {
            checkWriters();
            String status = job.status();
            if (status.startsWith("FAIL") || status.equals("FINISHED")) {
                job.await(Duration.ofSeconds(30));
                throw new IllegalStateException("The job is " + status);
            }
            if (System.nanoTime() - nextLine >= 0) {
                nextLine += settings.progressEvery().toNanos();
                out.printf(
                        "%5d s  %-11s  %,9d transactions, %,11d rows changed; %s%n",
                        (System.nanoTime() - begun) / 1_000_000_000L,
                        stage,
                        writers.stream().mapToLong(TrafficWriter::transactions).sum(),
                        writers.stream().mapToLong(TrafficWriter::rows).sum(),
                        applied(target));
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "Still \"" + stage + "\" after " + patience.toSeconds() + " s");
            }
            Thread.sleep(LOOK_EVERY.toMillis());
        }
    }

    private void report(long begun) {
        Map<TrafficWriter.Kind, Long> statements = new TreeMap<>();
        for (TrafficWriter writer : writers) {
            writer.statements().forEach((kind, count) -> statements.merge(kind, count, Long::sum));
        }
        out.printf(
                "%5d s  caught up with %,d transactions; statements: %s%n",
                (System.nanoTime() - begun) / 1_000_000_000L,
                writers.stream().mapToLong(TrafficWriter::transactions).sum(),
                statements);
    }

    private void checkWriters() {
        for (TrafficWriter writer : writers) {
            if (writer.failure() != null) {
                throw new IllegalStateException(writer.failure().getMessage(), writer.failure());
            }
        }
    }

    private void stopWriters() throws InterruptedException {
        writers.forEach(TrafficWriter::stop);
        for (Thread thread : threads) {
            thread.join(60_000);
            if (thread.isAlive()) {
                throw new IllegalStateException("A writer does not stop");
            }
        }
    }

    private static String clock(MySqlServer server) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)")) {
            row.next();
            return row.getString(1);
        }
    }

    private static boolean installed(Connection target) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT to_regclass('seamerge.status') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Whether every server is streamed, and beyond the moment that is given for it. */
    private boolean reached(Connection target, Map<String, String> moments) throws SQLException {
        if (!installed(target)) {
            return false;
        }
        int reached = 0;
        try (Statement statement = target.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT instance, to_char(caught_up_time AT TIME ZONE 'UTC',"
                                        + " 'YYYY-MM-DD HH24:MI:SS.US') FROM seamerge.instance"
                                        + " WHERE caught_up_time IS NOT NULL")) {
            while (row.next()) {
                String moment = moments.get(row.getString(1));
                if (moment == null || row.getString(2).compareTo(moment) > 0) {
                    reached++;
                }
            }
        }
        return reached == servers.size();
    }

    private static boolean snapshotDone(Connection target) throws SQLException {
        try (Statement statement = target.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT count(*) > 0 AND bool_and(state = 'done')"
                                        + " FROM seamerge.snapshot")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static String applied(Connection target) throws SQLException {
        if (!installed(target)) {
            return "nothing applied yet";
        }
        try (Statement statement = target.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT to_char(coalesce(sum(rows_applied), 0), 'FM999,999,999,990'),"
                                        + " coalesce(extract(epoch FROM max(lag)), 0)::numeric(12,1)"
                                        + " FROM seamerge.status")) {
            row.next();
            return row.getString(1) + " applied, lag " + row.getString(2) + " s";
        }
    }
}
