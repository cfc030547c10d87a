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
import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What the cases of one sitting share: its settings, servers, engines and results. Not thread-safe
 * but where it says so.
 */
final class Bench implements AutoCloseable {

    /** What the whole of SeaTunnel and a connector may use, in every case. */
    static final int HEAP_MEGABYTES = 512;

    /**
     * The optimizing compiler gets what is fifty times as hot as by default, which is what rows
     * pass through: else it compiles for a minute what runs once for each table.
     */
    private static final String JVM_OPTIONS =
            "-XX:+UseParallelGC -Xmn300m -XX:Tier4InvocationThreshold=250000"
                    + " -XX:Tier4MinInvocationThreshold=30000 -XX:Tier4CompileThreshold=750000"
                    + " -XX:Tier4BackEdgeThreshold=2000000";

    private static final Map<String, String> MYSQL_SETTINGS =
            Map.of(
                    "innodb_buffer_pool_size", "1G",
                    "innodb_log_file_size", "512M",
                    "innodb_flush_method", "O_DIRECT_NO_FSYNC",
                    "max_binlog_size", "1G");

    /** Durable as PostgreSQL is by default; sizes as a server of this kind has them. */
    private static final Map<String, String> POSTGRES_SETTINGS =
            Map.of(
                    "fsync", "on",
                    "full_page_writes", "on",
                    "synchronous_commit", "on",
                    "shared_buffers", "1GB",
                    "max_wal_size", "8GB",
                    "checkpoint_timeout", "30min",
                    // Statements are told apart by their whole text.
                    "track_activity_query_size", "8192",
                    // When a row became visible is asked for after the fact.
                    "track_commit_timestamp", "on");

    private final Options options;
    private final Results results = new Results();
    private final List<MySqlServer> mySqls = new ArrayList<>();
    private final List<MySqlServer> started = Collections.synchronizedList(new ArrayList<>());
    private final Map<Long, Set<Long>> ownThreads = new ConcurrentHashMap<>();
    private final Map<String, SeaTunnelEngine> engines = new LinkedHashMap<>();
    private final Map<String, Object> kept = new LinkedHashMap<>();
    private final List<RunProfile> profiles = new ArrayList<>();
    private final Path jobs;
    private PostgresServer postgres;
    private int databases;

    /** What the command line says. */
    record Options(
            boolean quick,
            double scale,
            int repetitions,
            Path out,
            boolean profile,
            boolean alone) {

        /** A number of rows, which is a multiple of 1,000. */
        long rows(long full) {
            return Math.max(1, Math.round(full * scale / (quick ? 5 : 1) / 1_000)) * 1_000;
        }
    }

    Bench(Options options) throws IOException {
        this.options = options;
        this.jobs = Files.createTempDirectory("seamerge-bench-");
    }

    Options options() {
        return options;
    }

    Results results() {
        return results;
    }

    void say(String format, Object... arguments) {
        System.err.printf(
                "%tT  %s%n", System.currentTimeMillis(), String.format(format, arguments));
    }

    /** Makes something once per sitting, for all cases that ask for it. */
    @SuppressWarnings("unchecked")
    <T> T once(String name, Callable<T> maker) throws Exception {
        if (!kept.containsKey(name)) {
            kept.put(name, maker.call());
        }
        return (T) kept.get(name);
    }

    /** The first so many MySQL servers, started where need be. */
    List<MySqlServer> mySqls(int count) throws Exception {
        List<Callable<MySqlServer>> starts = new ArrayList<>();
        for (int i = mySqls.size(); i < count; i++) {
            starts.add(
                    () -> {
                        MySqlServer server = mySql(MySqlServer.DEFAULT_VERSION);
                        Pipe.prepare(server);
                        return server;
                    });
        }
        mySqls.addAll(together(starts));
        return List.copyOf(mySqls.subList(0, count));
    }

    /** Starts a server, which ends with the sitting. */
    MySqlServer mySql(String version) throws SQLException {
        return mySql(version, MYSQL_SETTINGS);
    }

    /** Starts a server with its performance schema on, which costs it some speed. */
    MySqlServer mySqlThatTells() throws SQLException {
        Map<String, String> settings = new LinkedHashMap<>(MYSQL_SETTINGS);
        settings.put("performance_schema", "ON");
        return mySql(MySqlServer.DEFAULT_VERSION, settings);
    }

    private MySqlServer mySql(String version, Map<String, String> settings) throws SQLException {
        MySqlServer server = MySqlServer.start(version, settings);
        started.add(server);
        try (Connection connection = server.connect()) {
            ownThreads.put(server.pid(), ownThreads(server.pid(), connection));
            Orders.prepare(connection);
        }
        return server;
    }

    /** The threads of a server that has just started which are no connection's. */
    private static Set<Long> ownThreads(long pid, Connection connection) throws SQLException {
        int ofConnections;
        try (Statement statement = connection.createStatement();
                ResultSet created =
                        statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Threads_created'")) {
            created.next();
            ofConnections = created.getInt(2);
        }
        try {
            // It makes those of connections, of which it ends none so soon, when all others run.
            List<Long> threads = List.copyOf(ThreadTimes.threads(pid));
            return Set.copyOf(threads.subList(0, Math.max(0, threads.size() - ofConnections)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The threads of a server that are no connection's, but write its pages and logs. */
    Set<Long> ownThreads(MySqlServer server) {
        return ownThreads.get(server.pid());
    }

    MySqlServer mySql(int index) throws Exception {
        return mySqls(index + 1).get(index);
    }

    /** The name of an instance in job files. */
    static String instance(int index) {
        return "i" + (index + 1);
    }

    PostgresServer postgres() {
        if (postgres == null) {
            postgres = PostgresServer.start(PostgresServer.DEFAULT_VERSION, POSTGRES_SETTINGS);
        }
        return postgres;
    }

    /** A connection to a database of the target. */
    Connection target(String database) throws SQLException {
        return DriverManager.getConnection(postgres().jdbcUrl(database));
    }

    /**
     * Creates a database, as a copy if a template is named, and brings the server to rest: what
     * others have left to be written is written before the next contestant begins.
     */
    String database(String template) throws SQLException {
        String name = "b" + ++databases;
        try (Connection admin = target("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute(
                    "CREATE DATABASE "
                            + name
                            + (template == null
                                    ? ""
                                    : " TEMPLATE " + template + " STRATEGY FILE_COPY"));
            statement.execute("CHECKPOINT");
        }
        return name;
    }

    void drop(String database) throws SQLException {
        try (Connection admin = target("postgres");
                Statement statement = admin.createStatement()) {
            statement.execute("DROP DATABASE " + database + " WITH (FORCE)");
            statement.execute("CHECKPOINT");
        }
    }

    /** The engine of a contestant: a process of its own, which goes on between its jobs. */
    SeaTunnelEngine engine(String contestant) {
        return engines.computeIfAbsent(contestant, key -> SeaTunnelEngine.start(engineSettings()));
    }

    /** How all engines run, those of stock SeaTunnel too: what was measured to be best for both. */
    static SeaTunnelEngine.Settings engineSettings() {
        return SeaTunnelEngine.Settings.defaults()
                .withHeapMegabytes(HEAP_MEGABYTES)
                .withEnvironment(Map.of("JDK_JAVA_OPTIONS", JVM_OPTIONS))
                .withClassesKept();
    }

    /** Ends a contestant's engine, so that the next job finds a new one. */
    void endEngine(String contestant) {
        SeaTunnelEngine engine = engines.remove(contestant);
        if (engine != null) {
            engine.close();
        }
    }

    /**
     * Begins to look where a run's time goes.
     *
     * @param target to the database that is looked at
     * @param engine null if the contestant has none
     */
    RunProfile profile(List<MySqlServer> servers, Connection target, SeaTunnelEngine engine)
            throws Exception {
        RunProfile profile = new RunProfile(this, servers, target, engine);
        profiles.add(profile);
        return profile;
    }

    /** Ends all engines, and whatever jobs and profiles a case that failed has left running. */
    void endEngines() {
        profiles.forEach(RunProfile::close);
        profiles.clear();
        List.copyOf(engines.keySet()).forEach(this::endEngine);
    }

    EngineJob run(SeaTunnelEngine engine, String job) throws IOException {
        Path file = Files.createTempFile(jobs, "job-", ".conf");
        Files.writeString(file, job);
        return engine.run(file, Map.of());
    }

    /** Runs all at the same time, each in a thread, and waits for their ends. */
    static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
        if (tasks.isEmpty()) {
            return List.of();
        }
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> done = new ArrayList<>();
            for (Future<T> future : threads.invokeAll(tasks)) {
                done.add(future.get());
            }
            return done;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        } finally {
            threads.shutdownNow();
        }
    }

    static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Override
    public void close() throws IOException {
        engines.values().forEach(SeaTunnelEngine::close);
        started.forEach(MySqlServer::close);
        if (postgres != null) {
            postgres.close();
        }
        io.seamerge.e2e.machine.Commands.deleteFolder(jobs);
    }
}
