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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.binlog.BinlogClient;
import io.seamerge.mysql.binlog.BinlogException;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.binlog.MariaDbGtids;
import io.seamerge.mysql.binlog.Outage;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.catalog.SchemaDiscovery;
import io.seamerge.mysql.catalog.SourceTable;
import io.seamerge.mysql.config.HostAndPort;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.ResnapshotConfig;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.config.StartupMode;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one instance running within a subtask: resolves its start, keeps its binlog reader
 * connected, runs its chunk readers and its heartbeat. An instance that is out of reach is tried
 * again with growing pauses and disturbs no other; whatever cannot mend itself fails the subtask.
 *
 * <p>{@link #start()} and {@link #close()} are called once each; the rest happens on threads of its
 * own.
 */
public final class InstanceTask implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(InstanceTask.class);
    private static final long NO_INCARNATION = -1;

    private final SourceConfig config;
    private final InstanceConfig instance;
    private final Catalog catalog;

    /** Null as long as the instance has not joined. */
    private volatile Map<String, CapturedTable> captured;

    private final MySqlConnections connections;
    private final ServerIdChoice serverIds;
    private final Handover handover;
    private final boolean batch;
    private final boolean bounded;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final InstanceStatus status = new InstanceStatus();
    private final Object durability = new Object();
    private long durableIncarnation;

    private volatile InstanceState start;
    private volatile InstanceStream stream;
    private volatile HostAndPort host;
    private volatile BinlogClient client;
    private volatile boolean streaming;
    private final BinlogLookup lookup;

    /**
     * @param restored the state to go on from, or null at a fresh start
     * @param bounded whether the job ends by itself
     */
    public InstanceTask(
            SourceConfig config,
            Catalog catalog,
            String name,
            InstanceState restored,
            boolean bounded,
            Handover handover) {
        this.config = config;
        this.instance = config.instance(name);
        this.catalog = catalog;
        this.captured = catalog.isAbsent(name) ? null : catalog.captured(name);
        this.connections = new MySqlConnections(config, instance);
        this.serverIds = new ServerIdChoice(instance);
        this.handover = handover;
        this.batch = bounded;
        this.bounded = bounded || instance.startup().mode() == StartupMode.SNAPSHOT;
        this.start = restored == null || captured == null ? restored : withTablesOf(restored);
        this.lookup =
                new BinlogLookup(
                        new BinlogLookup.Server() {
                            @Override
                            public BinlogClient.Builder client() throws IOException {
                                return clientOf(host);
                            }

                            @Override
                            public Connection connect() throws SQLException {
                                return connections.open(host);
                            }
                        });
        this.durableIncarnation = restored == null ? NO_INCARNATION : restored.incarnation();
    }

    /**
     * The restored state for the tables that the job captures now: one that was added is to be
     * read, beside the stream that goes on.
     *
     * @throws IllegalStateException if one was taken away without being named as forgotten
     */
    private InstanceState withTablesOf(InstanceState restored) {
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>(restored.snapshots());
        for (Map.Entry<String, TableSnapshot> known : restored.snapshots().entrySet()) {
            if (!captured.containsKey(known.getKey())) {
                if (!config.forget().matches(instance.name(), known.getKey())) {
                    throw new IllegalStateException(
                            "instance "
                                    + instance.name()
                                    + ": the checkpoint holds table "
                                    + known.getKey()
                                    + ", which the job file no longer matches (or which is gone): put"
                                    + " it back, or, if it is not to be read any more, say so by"
                                    + " forget = [\""
                                    + (instance.name() + ":" + known.getKey()).replace(".", "\\\\.")
                                    + "\"]");
                }
                LOG.warn("instance {}: {} is forgotten", instance.name(), known.getKey());
                snapshots.remove(known.getKey());
            }
        }
        if (!restored.ended()) {
            for (String table : captured.keySet()) {
                if (!snapshots.containsKey(table)) {
                    LOG.info("instance {}: {} is new to the job", instance.name(), table);
                    snapshots.put(
                            table,
                            instance.startup().mode().isComplete()
                                    ? TableSnapshot.unread(false, null)
                                    : TableSnapshot.nothingToRead());
                }
            }
        }
        return withResnapshots(restored.withSnapshots(snapshots), false);
    }

    /**
     * A state in which the tables that {@code resnapshot} names are to be read once more, if they
     * have not been for this request.
     *
     * @param fresh whether the tables of the state are to be read for the first time anyway
     */
    private InstanceState withResnapshots(InstanceState state, boolean fresh) {
        ResnapshotConfig wanted = config.resnapshot();
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>(state.snapshots());
        for (String table : captured.keySet()) {
            TableSnapshot known = snapshots.get(table);
            if (wanted.matches(instance.name(), table)
                    && (known == null || !wanted.id().equals(known.request()))) {
                boolean repeated = known == null || known.done() || !fresh;
                LOG.info(
                        "instance {}: {} is read once more (resnapshot {})",
                        instance.name(),
                        table,
                        wanted.id());
                snapshots.put(table, TableSnapshot.unread(repeated, wanted.id()));
            }
        }
        return state.withSnapshots(snapshots);
    }

    public String instance() {
        return instance.name();
    }

    /** The resolved start, or null as long as it is not resolved. */
    public InstanceState resolvedStart() {
        return start;
    }

    public void start() {
        run("stream", this::runStream);
    }

    /** How the instance is at the moment. */
    public InstanceStatus status() {
        return status;
    }

    /**
     * Says that a checkpoint has completed which holds this state of the instance. In a streaming
     * job the first row of an incarnation goes out only when a checkpoint that holds it has
     * completed (protocol, S6): a crash then replays within it, and nothing from before it.
     */
    public void checkpointCompleted(InstanceState state) {
        synchronized (durability) {
            durableIncarnation = state.incarnation();
            durability.notifyAll();
        }
        InstanceStream running = stream;
        if (running != null) {
            running.checkpointCompleted(state);
        }
    }

    private void awaitDurable(long incarnation) throws InterruptedException {
        // A BATCH job has no checkpoints unless it asks for them; one that fails without begins
        // anew, as a new incarnation.
        if (batch) {
            return;
        }
        synchronized (durability) {
            if (durableIncarnation != incarnation) {
                LOG.info(
                        "instance {}: emits once a checkpoint that holds this start has completed"
                                + " (checkpoint.interval says when)",
                        instance.name());
            }
            while (durableIncarnation != incarnation) {
                durability.wait();
            }
        }
    }

    /** A part of this task that runs on a thread of its own until it ends or is interrupted. */
    private interface Part {
        void run() throws Exception;
    }

    private void run(String role, Part part) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                part.run();
                            } catch (InterruptedException | Handover.ClosedException e) {
                                LOG.debug("instance {}: {} stops", instance.name(), role);
                            } catch (Throwable e) {
                                if (!isClosing()) {
                                    LOG.error("instance {}: {} failed", instance.name(), role, e);
                                    handover.fail(e);
                                }
                            }
                        },
                        "seamerge-" + instance.name() + "-" + role);
        thread.setDaemon(true);
        synchronized (threads) {
            if (isClosing()) {
                return;
            }
            threads.add(thread);
        }
        thread.start();
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    // ---- the stream --------------------------------------------------------------------------

    private void runStream() throws Exception {
        Reconnects reconnects = new Reconnects(config, instance, status, closing);
        while (start == null || captured == null) {
            for (HostAndPort candidate : instance.hosts()) {
                try (Connection connection = connections.open(candidate)) {
                    host = candidate;
                    if (captured == null) {
                        join(connection);
                    }
                    if (start == null) {
                        start = withResnapshots(resolveStart(connection), true);
                        LOG.info("instance {}: starts at {}", instance.name(), start);
                    }
                    break;
                } catch (SQLException | IOException e) {
                    if (e instanceof BinlogException && !Outage.is((BinlogException) e)) {
                        throw e;
                    }
                    reconnects.pauseAfter(candidate, e);
                }
            }
        }
        if (bounded && !start.ended() && config.handoffFolder() != null) {
            new HandoffFolder(config.handoff()).begin(instance.name());
        }
        awaitDurable(start.incarnation());
        stream =
                new InstanceStream(
                        instance.name(),
                        captured,
                        config,
                        bounded,
                        !instance.startup().mode().readsTables(),
                        start,
                        status,
                        handover,
                        lookup,
                        this::closeReader);
        stream.begin();
        startSnapshot();
        run("heartbeat", this::runHeartbeat);
        reconnects = new Reconnects(config, instance, status, closing);
        HostAndPort preferred = null;
        while (!isClosing() && !stream.hasEnded()) {
            for (HostAndPort candidate : hostsFrom(preferred)) {
                long connects = status.connects();
                try {
                    reconnects.attemptBegins();
                    streamFrom(candidate, reconnects);
                } catch (SQLException | IOException e) {
                    if (e instanceof BinlogException && !Outage.is((BinlogException) e)) {
                        throw e;
                    }
                    if (isClosing() || stream.hasEnded()) {
                        return;
                    }
                    reconnects.pauseAfter(candidate, e);
                }
                if (isClosing() || stream.hasEnded()) {
                    return;
                }
                if (status.connects() > connects) {
                    preferred = candidate;
                    break;
                }
            }
        }
    }

    /** The instance was out of reach when the job began: now its tables are known. */
    private void join(Connection connection) throws SQLException {
        Problems problems = new Problems();
        SchemaDiscovery discovery = new SchemaDiscovery(config);
        List<SourceTable> tables = discovery.discover(connection, instance, problems);
        Catalog joined = catalog.join(config, instance.name(), tables, problems);
        discovery.warnings().forEach(warning -> LOG.warn("{}", warning));
        problems.throwIfAny("instance " + instance.name() + " cannot join the job");
        captured = joined.captured(instance.name());
        if (start != null) {
            start = withTablesOf(start);
        }
        LOG.info(
                "instance {}: joins the job, with the tables {}",
                instance.name(),
                captured.keySet());
    }

    /** The host that was read last comes first: each change of server has its price. */
    private List<HostAndPort> hostsFrom(HostAndPort preferred) {
        List<HostAndPort> hosts = new ArrayList<>(instance.hosts());
        if (preferred != null && hosts.remove(preferred)) {
            hosts.add(0, preferred);
        }
        return hosts;
    }

    private void streamFrom(HostAndPort candidate, Reconnects reconnects) throws Exception {
        InstanceState from;
        boolean byGtids;
        long serverId;
        boolean mariaDb;
        try (Connection connection = connections.open(candidate)) {
            ServerStatus server = ServerStatus.read(connection);
            mariaDb = server.isMariaDb();
            ServerLogs logs = ServerLogs.read(connection, server);
            Continuation continuation =
                    Continuation.of(
                            stream.state(),
                            logs,
                            "instance "
                                    + instance.name()
                                    + ": "
                                    + candidate
                                    + " ("
                                    + server.version()
                                    + ")");
            byGtids = continuation.byGtids();
            serverId = serverIds.next(ServerStatus.serverIds(connection));
            // Before the stream counts the connection: who knows its number finds its host.
            host = candidate;
            if (bounded) {
                stream.mayEndAt(logs.writtenEnd());
            }
            switch (continuation.kind()) {
                case SAME_SERVER:
                    if (byGtids) {
                        new UnnamedTransactions(instance.name(), lookup)
                                .refuseToLeaveOut(stream.state(), logs);
                    }
                    from = stream.connected(logs);
                    break;
                case SUCCESSOR:
                    from = stream.succeededBy(logs);
                    status.switchedServer();
                    LOG.warn(
                            "instance {}: goes on at {}, another server ({}), as incarnation {}",
                            instance.name(),
                            candidate,
                            logs.serverUuid(),
                            from.incarnation());
                    break;
                default:
                    throw new Reconnects.HostRefusedException(
                            continuation, String.valueOf(logs.executed()));
            }
        }
        awaitDurable(from.incarnation());
        try (BinlogClient reader = clientOf(candidate).serverId(serverId).build()) {
            client = reader;
            if (isClosing() || stream.hasEnded()) {
                return;
            }
            streaming = true;
            status.connected(candidate);
            reconnects.connected(candidate);
            reader.stream(from.position(), byGtids ? gtidsOf(from, mariaDb) : null, stream);
        } catch (BinlogException e) {
            if (Outage.isContested(e)) {
                serverIds.contested();
            }
            throw new BinlogException(
                    "instance " + instance.name() + ": " + e.getMessage(), e.getCause());
        } finally {
            streaming = false;
            client = null;
        }
    }

    /** An empty set does not show of which kind it is. */
    private static Gtids gtidsOf(InstanceState from, boolean mariaDb) {
        return mariaDb && from.gtids().isEmpty() ? new MariaDbGtids() : from.gtids();
    }

    private BinlogClient.Builder clientOf(HostAndPort candidate) throws IOException {
        // Four missed heartbeats make a dead link.
        Duration heartbeat = Duration.ofMillis(Math.max(250, config.readTimeoutMs() / 4));
        return BinlogClient.to(candidate.host(), candidate.port())
                .login(instance.username(), instance.password())
                .tls(instance.tls())
                .connectTimeout(Duration.ofMillis(config.connectTimeoutMs()))
                .heartbeatInterval(heartbeat);
    }

    private IllegalStateException binlogIsAnother(
            HostAndPort where, BinlogPosition needed, BinlogPosition end) {
        return new IllegalStateException(
                "instance "
                        + instance.name()
                        + ": the binlog of "
                        + where
                        + " ends at "
                        + end
                        + ", before "
                        + needed
                        + ", from where the stream goes on: it was reset (RESET MASTER, RESET BINARY"
                        + " LOGS AND GTIDS), or the server lost its end in a crash (sync_binlog = 1"
                        + " prevents that). Start the job anew");
    }

    /** Ordered: a later fresh start is a greater incarnation. */
    static long newIncarnation() {
        return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    }

    private InstanceState resolveStart(Connection connection) throws SQLException, IOException {
        if (instance.startup().mode() == StartupMode.HANDOFF) {
            return new HandoffReader(config.handoff())
                    .read(instance.name(), config.handedOver(), captured.keySet());
        }
        return new StartResolver(instance.name(), instance.startup(), captured.keySet(), lookup)
                .resolve(connection, newIncarnation());
    }

    // ---- snapshot and heartbeat --------------------------------------------------------------

    private void startSnapshot() {
        List<CapturedTable> unread = new ArrayList<>();
        for (CapturedTable table : captured.values()) {
            TableSnapshot progress = stream.snapshot(table.source().qualifiedName());
            if (progress != null && !progress.done()) {
                unread.add(table);
            }
        }
        if (unread.isEmpty()) {
            return;
        }
        SnapshotWork work =
                new SnapshotWork(
                        config,
                        instance.name(),
                        stream,
                        Collections.unmodifiableList(unread),
                        () -> streaming ? connections.open(host) : null);
        for (int i = 0; i < config.snapshotParallelism(); i++) {
            run("snapshot-" + i, work::run);
        }
    }

    private void runHeartbeat() throws Exception {
        Connection connection = null;
        int number = 0;
        try {
            while (!closing.await(config.heartbeatIntervalMs(), TimeUnit.MILLISECONDS)
                    && !stream.hasEnded()) {
                if (!streaming) {
                    continue;
                }
                try {
                    if (connection == null || number != stream.connection()) {
                        closeQuietly(connection);
                        connection = null;
                        number = stream.connection();
                        connection = connections.open(host);
                    }
                    BinlogPosition passed = stream.passed(number);
                    long readNanos = System.nanoTime();
                    long time = ServerStatus.clockMicros(connection);
                    BinlogPosition end = ServerStatus.writtenEnd(connection);
                    if (passed != null && end.compareTo(passed) < 0) {
                        throw binlogIsAnother(host, passed, end);
                    }
                    stream.heartbeat(number, time, readNanos, end);
                } catch (SQLException e) {
                    LOG.debug("instance {}: no heartbeat", instance.name(), e);
                    closeQuietly(connection);
                    connection = null;
                }
            }
        } finally {
            closeQuietly(connection);
        }
    }

    static void closeQuietly(Connection connection) {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("a connection did not close cleanly", e);
        }
    }

    // ---- the end -----------------------------------------------------------------------------

    private void closeReader() {
        BinlogClient reader = client;
        if (reader != null) {
            reader.close();
        }
    }

    /** Ends all threads and connections. */
    @Override
    public void close() {
        closing.countDown();
        closeReader();
        lookup.close();
        List<Thread> running;
        synchronized (threads) {
            running = new ArrayList<>(threads);
        }
        for (Thread thread : running) {
            thread.interrupt();
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        for (Thread thread : running) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            try {
                thread.join(Math.max(1, left));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
