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
package io.seamerge.e2e.chaos;

import io.seamerge.e2e.engine.EngineException;
import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import io.seamerge.e2e.servers.TcpProxy;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import net.bytebuddy.agent.builder.AgentBuilder;

/**
 * Three MySQL servers, a PostgreSQL and an engine with one job between them; the job reaches every
 * server through a proxy, the test reaches it directly. Faults are done to it from one thread.
 */
final class World implements AutoCloseable {

    /** The instances by name; the order is the job's order of preference. */
    static final List<String> INSTANCES = List.of("a", "b", "c");

    private static final String WRITER = "chaos_writer";
    private static final String WRITER_PASSWORD = "chaos-writer-secret";
    private static final String READER = "chaos_reader";
    private static final String READER_PASSWORD = "chaos-reader-secret";

    private static final Duration RECOVERY = Duration.ofMinutes(1);

    /** At another server a job goes on two checkpoints later, each of which may take its time. */
    private static final Duration SUCCESSION = Duration.ofMinutes(5);

    /** The instance that has a replica, which takes its place now and then. */
    private static final String PAIR = "b";

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final Map<String, MySqlServer> mysql = new LinkedHashMap<>();
    private final Map<String, TcpProxy> mysqlProxies = new LinkedHashMap<>();
    private final List<TcpProxy> pairProxies = new ArrayList<>();
    private MySqlServer replica;
    private TcpProxy replicaProxy;
    private final PostgresServer postgres;
    private final TcpProxy postgresProxy;
    private final SeaTunnelEngine engine;
    private final Path crashFile;
    private final Path agent;
    private final Path jobFile;
    private EngineJob job;
    private int parallelism = 2;
    private long heartbeatMillis = 250;
    private boolean logsConflicts;
    private boolean packsRows;

    World() throws IOException, SQLException {
        boolean whole = false;
        try {
            for (String instance : INSTANCES) {
                MySqlServer server = keep(MySqlServer.start());
                mysql.put(instance, server);
                mysqlProxies.put(instance, keep(TcpProxy.to(server)));
                try (Connection connection = server.connect();
                        Statement statement = connection.createStatement()) {
                    statement.execute(
                            "CREATE USER " + READER + " IDENTIFIED BY '" + READER_PASSWORD + "'");
                    statement.execute(
                            "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO "
                                    + READER);
                }
            }
            replica = keep(MySqlServer.start());
            replicaProxy = keep(TcpProxy.to(replica));
            replicaProxy.refuse();
            pairProxies.add(mysqlProxies.get(PAIR));
            pairProxies.add(replicaProxy);
            follow(replica, mysql.get(PAIR));
            postgres = keep(PostgresServer.start());
            postgresProxy = keep(TcpProxy.to(postgres));
            createTarget();
            crashFile = Files.createTempFile("chaos-", ".crash");
            opened.push(() -> Files.deleteIfExists(crashFile));
            agent = crashAgent();
            opened.push(() -> Files.deleteIfExists(agent));
            engine =
                    keep(
                            SeaTunnelEngine.start(
                                    SeaTunnelEngine.Settings.defaults()
                                            .withEnvironment(
                                                    Map.of(
                                                            "JAVA_TOOL_OPTIONS",
                                                            "-javaagent:"
                                                                    + agent
                                                                    + "="
                                                                    + crashFile))));
            jobFile = Files.createTempFile("chaos-", ".conf");
            opened.push(() -> Files.deleteIfExists(jobFile));
            try (InputStream template = World.class.getResourceAsStream("chaos.conf")) {
                Files.write(jobFile, template.readAllBytes());
            }
            whole = true;
        } finally {
            if (!whole) {
                close();
            }
        }
    }

    private <T extends AutoCloseable> T keep(T resource) {
        opened.push(resource);
        return resource;
    }

    /** The target's tables, which log what is applied to them, and the job's role. */
    private void createTarget() throws SQLException, IOException {
        try (InputStream file = World.class.getResourceAsStream("target.sql");
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "CREATE ROLE " + WRITER + " LOGIN PASSWORD '" + WRITER_PASSWORD + "'");
            statement.execute(
                    "GRANT CREATE ON DATABASE " + PostgresServer.DATABASE + " TO " + WRITER);
            statement.execute(new String(file.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    /** A connection to an instance, past the proxy. */
    Connection connect(String instance) throws SQLException {
        return DriverManager.getConnection(
                mysql.get(instance).jdbcUrl("")
                        + "&characterEncoding=UTF-8&connectTimeout=2000&socketTimeout=30000");
    }

    /** A connection to the target, past the proxy; waits while it recovers from a kill. */
    Connection connectToTarget() throws SQLException {
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        while (true) {
            try {
                return postgres.connect();
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                pause();
            }
        }
    }

    // ---- the pair ----------------------------------------------------------------------------

    private static void execute(MySqlServer server, String... statements) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void follow(MySqlServer server, MySqlServer primary) throws SQLException {
        execute(
                server,
                "SET GLOBAL super_read_only = ON",
                "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = "
                        + primary.port()
                        + ", MASTER_USER = '"
                        + primary.user()
                        + "', MASTER_PASSWORD = '"
                        + primary.password()
                        + "', MASTER_AUTO_POSITION = 1, MASTER_CONNECT_RETRY = 1,"
                        + " GET_MASTER_PUBLIC_KEY = 1",
                "START SLAVE");
    }

    /**
     * One instance's server dies for good, and its replica, which has all its transactions, takes
     * its place; the dead one comes back as a replica. Clients reach the one that is the primary
     * alone. The job has gone on there when this returns.
     *
     * @return false if the job or the replica was too far behind, so that nothing was done
     */
    boolean promote() throws SQLException, InterruptedException {
        MySqlServer former = mysql.get(PAIR);
        TcpProxy formerProxy = mysqlProxies.get(PAIR);
        MySqlServer heir = replica;
        execute(former, "SET GLOBAL super_read_only = ON");
        // What went out in part would come again, whole, as the new incarnation's.
        if (!isReached(PAIR, RECOVERY) || !hasAllOf(heir, former)) {
            execute(former, "SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF");
            return false;
        }
        formerProxy.refuse();
        formerProxy.cut();
        former.kill();
        execute(
                heir,
                "STOP SLAVE",
                "RESET SLAVE ALL",
                "SET GLOBAL super_read_only = OFF",
                "SET GLOBAL read_only = OFF");
        mysql.put(PAIR, heir);
        mysqlProxies.put(PAIR, replicaProxy);
        replicaProxy.accept();
        former.restart();
        follow(former, heir);
        replica = former;
        replicaProxy = formerProxy;
        if (!isReached(PAIR, SUCCESSION)) {
            throw new IllegalStateException(
                    "The job has not gone on at the promoted replica within "
                            + SUCCESSION
                            + ": "
                            + engine.logEnd());
        }
        return true;
    }

    private boolean isReached(String instance, Duration patience)
            throws SQLException, InterruptedException {
        String moment = now(instance);
        long deadline = System.nanoTime() + patience.toNanos();
        while (!streamsAll() || !reached(instance, moment)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(100);
        }
        return true;
    }

    private static boolean hasAllOf(MySqlServer server, MySqlServer primary) throws SQLException {
        try (Connection from = primary.connect();
                Connection to = server.connect();
                Statement inPrimary = from.createStatement();
                Statement inServer = to.createStatement();
                ResultSet executed = inPrimary.executeQuery("SELECT @@GLOBAL.gtid_executed")) {
            executed.next();
            try (ResultSet waited =
                    inServer.executeQuery(
                            "SELECT WAIT_FOR_EXECUTED_GTID_SET('"
                                    + executed.getString(1)
                                    + "', "
                                    + RECOVERY.toSeconds()
                                    + ")")) {
                waited.next();
                return waited.getInt(1) == 0;
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while a server recovers", e);
        }
    }

    MySqlServer mysql(String instance) {
        return mysql.get(instance);
    }

    TcpProxy proxy(String instance) {
        return mysqlProxies.get(instance);
    }

    PostgresServer postgres() {
        return postgres;
    }

    TcpProxy postgresProxy() {
        return postgresProxy;
    }

    SeaTunnelEngine engine() {
        return engine;
    }

    // ---- the job -----------------------------------------------------------------------------

    void startJob() {
        job = submit(() -> engine.run(jobFile, variables()));
    }

    EngineJob job() {
        return job;
    }

    /** Who submits a job asks every server for its tables: a busy machine may answer too late. */
    private static EngineJob submit(Supplier<EngineJob> submission) {
        return repeatWhile("Communications link failure", submission);
    }

    /** Asks the engine again as long as it refuses with these words. */
    private static <T> T repeatWhile(String refusal, Supplier<T> request) {
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        while (true) {
            try {
                return request.get();
            } catch (EngineException e) {
                if (!String.valueOf(e.getMessage()).contains(refusal)
                        || System.nanoTime() > deadline) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Kills the engine, starts it again and restores the job. */
    void killEngine() {
        engine.kill();
        engine.restart();
        job = submit(() -> engine.restore(job.id(), jobFile, variables()));
    }

    /**
     * Starts the engine anew with something to do to itself ({@link CrashPoint#instruction}), and
     * gives it the job. It may end before it has taken the job.
     */
    void startArmed(String instruction) throws IOException {
        Files.writeString(crashFile, instruction);
        try {
            if (job == null) {
                engine.restart();
                startJob();
            } else {
                killEngine();
            }
        } catch (EngineException e) {
            if (engine.isRunning()) {
                throw e;
            }
        } finally {
            Files.writeString(crashFile, "");
        }
    }

    /** Waits until the engine has ended by itself. Whether it has. */
    boolean awaitCrash(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (engine.isRunning() && System.nanoTime() < deadline) {
            Thread.sleep(50);
        }
        return !engine.isRunning();
    }

    /** A jar that says who the agent is; its classes are on the engine's class path. */
    private static Path crashAgent() throws IOException {
        Path jar = Files.createTempFile("chaos-agent-", ".jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Premain-Class", CrashAgent.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        AgentBuilder.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toString());
        try (OutputStream file = Files.newOutputStream(jar)) {
            new JarOutputStream(file, manifest).close();
        }
        return jar;
    }

    /** Stops the job with a savepoint and restores it with so many subtasks. */
    void savepoint(int subtasks) {
        // While the engine restarts the pipeline there is nothing to save.
        repeatWhile(
                "Task not all ready",
                () -> {
                    job.savepoint();
                    return null;
                });
        parallelism = subtasks;
        job = submit(() -> engine.restore(job.id(), jobFile, variables()));
    }

    private Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        mysqlProxies.forEach(
                (instance, proxy) ->
                        variables.put("mysql_" + instance, "127.0.0.1:" + proxy.port()));
        for (int i = 0; i < pairProxies.size(); i++) {
            variables.put("mysql_pair_" + i, "127.0.0.1:" + pairProxies.get(i).port());
        }
        variables.put("mysql_user", READER);
        variables.put("mysql_password", READER_PASSWORD);
        variables.put(
                "pg_url",
                "jdbc:postgresql://127.0.0.1:"
                        + postgresProxy.port()
                        + "/"
                        + PostgresServer.DATABASE);
        variables.put("pg_user", WRITER);
        variables.put("pg_password", WRITER_PASSWORD);
        variables.put("parallelism", Integer.toString(parallelism));
        variables.put("heartbeat_ms", Long.toString(heartbeatMillis));
        variables.put("packed_rows", Boolean.toString(packsRows));
        variables.put("conflict_log", logsConflicts ? "all" : "none");
        return variables;
    }

    /** The role that the job writes as. */
    static String writerRole() {
        return WRITER;
    }

    /** From the next start on. */
    void setHeartbeatMillis(long millis) {
        heartbeatMillis = millis;
    }

    /** From the next start on: they are written in other ways then. */
    void logConflicts() {
        logsConflicts = true;
    }

    /** From the next start on: they pass the engine in blocks then. */
    void packRows() {
        packsRows = true;
    }

    boolean logsConflicts() {
        return logsConflicts;
    }

    // ---- what the target says ----------------------------------------------------------------

    /** A single value of the target, which may be on its way up again after a fault. */
    String target(String query) throws SQLException {
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        while (true) {
            try (Connection connection = connectToTarget();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                return row.next() ? row.getString(1) : null;
            } catch (SQLException e) {
                // Its class says that the connection is gone, or that the server is not ready.
                if (!String.valueOf(e.getSQLState()).matches("08.*|57P.*")
                        || System.nanoTime() > deadline) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** Whether every instance is being streamed. */
    boolean streamsAll() throws SQLException {
        return "t".equals(target("SELECT to_regclass('seamerge.instance') IS NOT NULL"))
                && Integer.parseInt(target("SELECT count(*) FROM seamerge.instance"))
                        == INSTANCES.size();
    }

    /** Whether everything is applied that an instance had committed when its clock showed this. */
    boolean reached(String instance, String moment) throws SQLException {
        return "t"
                .equals(
                        target(
                                "SELECT bool_or(caught_up_time > TIMESTAMPTZ '"
                                        + moment
                                        + "+00') FROM seamerge.instance WHERE instance = '"
                                        + instance
                                        + "'"));
    }

    /** What the instance's clock shows, in UTC. */
    String now(String instance) throws SQLException {
        try (Connection connection = connect(instance);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)")) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public void close() {
        RuntimeException failed = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                if (failed == null) {
                    failed = new IllegalStateException("The world did not end well", e);
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
