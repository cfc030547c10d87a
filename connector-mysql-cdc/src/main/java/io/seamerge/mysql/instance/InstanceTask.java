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
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.binlog.Outage;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.config.HandoffConfig;
import io.seamerge.mysql.config.HostAndPort;
import io.seamerge.mysql.config.InstanceConfig;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private static final long FIRST_PAUSE_MS = 200;

    /**
     * Refused credentials may be a password file that is being changed; more than this is an error.
     */
    private static final int MAX_REFUSALS = 5;

    private static final int ACCESS_DENIED = 1045;

    private final SourceConfig config;
    private final InstanceConfig instance;
    private final Map<String, CapturedTable> captured;
    private final MySqlConnections connections;
    private final Handover handover;
    private final boolean bounded;
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch mayEmit = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);

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
        this.captured = catalog.captured(name);
        this.connections = new MySqlConnections(config, instance);
        this.handover = handover;
        this.bounded = bounded || instance.startup().mode() == StartupMode.SNAPSHOT;
        this.start = restored == null ? null : withTablesOf(restored);
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
    }

    /**
     * The restored state for the tables that the job captures now: one that was added is to be
     * read, beside the stream that goes on.
     *
     * @throws IllegalStateException if one was taken away in the middle of its snapshot
     */
    private InstanceState withTablesOf(InstanceState restored) {
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>(restored.snapshots());
        for (Map.Entry<String, TableSnapshot> known : restored.snapshots().entrySet()) {
            if (!captured.containsKey(known.getKey())) {
                if (!known.getValue().done()) {
                    throw new IllegalStateException(
                            "instance "
                                    + instance.name()
                                    + ": the checkpoint is in the middle of the snapshot of "
                                    + known.getKey()
                                    + ", which the job file no longer matches (or which is gone): put"
                                    + " it back, or start the job anew");
                }
                snapshots.remove(known.getKey());
            }
        }
        // A job that began without a snapshot has no table here, and reads none that is added.
        if (instance.startup().mode().readsTables() && !restored.ended()) {
            for (String table : captured.keySet()) {
                if (!snapshots.containsKey(table)) {
                    LOG.info("instance {}: {} is new to the job", instance.name(), table);
                    snapshots.put(table, TableSnapshot.unread(false, null));
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
                boolean repeated = known == null || !fresh;
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

    /**
     * Lets the first row out. At a fresh start of a streaming job this is called when a checkpoint
     * that holds the resolved start has completed (protocol, S6).
     */
    public void allowEmission() {
        mayEmit.countDown();
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
        Retries retries = new Retries();
        while (start == null) {
            for (HostAndPort candidate : instance.hosts()) {
                try (Connection connection = connections.open(candidate)) {
                    host = candidate;
                    start = withResnapshots(resolveStart(connection), true);
                    LOG.info("instance {}: starts at {}", instance.name(), start);
                    break;
                } catch (SQLException | IOException e) {
                    if (e instanceof BinlogException && !Outage.is((BinlogException) e)) {
                        throw e;
                    }
                    retries.pauseAfter(e);
                }
            }
        }
        if (mayEmit.getCount() > 0) {
            LOG.info(
                    "instance {}: emits once a checkpoint that holds this start has completed"
                            + " (checkpoint.interval says when)",
                    instance.name());
        }
        mayEmit.await();
        stream =
                new InstanceStream(
                        instance.name(),
                        captured,
                        config.metadataColumns(),
                        config.controlRows(),
                        bounded,
                        !instance.startup().mode().readsTables(),
                        config.handoff() == null ? null : config.handoff().name(),
                        start,
                        handover,
                        lookup,
                        this::closeReader);
        stream.begin();
        startSnapshot();
        run("heartbeat", this::runHeartbeat);
        retries = new Retries();
        while (!isClosing() && !stream.hasEnded()) {
            for (HostAndPort candidate : instance.hosts()) {
                try {
                    retries.attemptBegins();
                    streamFrom(candidate);
                } catch (SQLException | IOException e) {
                    if (e instanceof BinlogException && !Outage.is((BinlogException) e)) {
                        throw e;
                    }
                    if (isClosing() || stream.hasEnded()) {
                        return;
                    }
                    retries.pauseAfter(e);
                }
                if (isClosing() || stream.hasEnded()) {
                    return;
                }
            }
        }
    }

    private void streamFrom(HostAndPort candidate) throws Exception {
        InstanceState from;
        try (Connection connection = connections.open(candidate)) {
            // Before the stream counts the connection: who knows its number finds its host.
            host = candidate;
            from = continueOn(connection, candidate);
        }
        try (BinlogClient reader =
                clientOf(candidate).serverId(instance.serverIds().draw()).build()) {
            client = reader;
            if (isClosing() || stream.hasEnded()) {
                return;
            }
            streaming = true;
            reader.stream(from.position(), from.gtids(), stream);
        } catch (BinlogException e) {
            throw new BinlogException(
                    "instance " + instance.name() + ": " + e.getMessage(), e.getCause());
        } finally {
            streaming = false;
            client = null;
        }
    }

    private BinlogClient.Builder clientOf(HostAndPort candidate) throws IOException {
        // Four missed heartbeats make a dead link.
        Duration heartbeat = Duration.ofMillis(Math.max(250, config.readTimeoutMs() / 4));
        return BinlogClient.to(candidate.host(), candidate.port())
                .login(instance.username(), instance.password())
                .ssl(instance.sslMode())
                .connectTimeout(Duration.ofMillis(config.connectTimeoutMs()))
                .heartbeatInterval(heartbeat);
    }

    /** Makes sure that this server can go on where the stream is, and tells the stream. */
    private InstanceState continueOn(Connection connection, HostAndPort candidate)
            throws SQLException {
        ServerStatus server = ServerStatus.read(connection);
        InstanceState at = stream.state();
        boolean newServer =
                at.serverUuid() != null
                        && !server.serverUuid().isEmpty()
                        && !server.serverUuid().equals(at.serverUuid());
        String where =
                "instance " + instance.name() + ": " + candidate + " (" + server.version() + ")";
        if (newServer) {
            // Its order of transactions may be another one, and versions and positions with it.
            throw new IllegalStateException(
                    where
                            + " is another server ("
                            + server.serverUuid()
                            + ") than the one that was read ("
                            + at.serverUuid()
                            + "). Going on with a successor is not carried yet: start the job anew");
        }
        if (at.gtids() != null) {
            GtidSet executed = server.executed(connection);
            if (executed == null) {
                throw new IllegalStateException(
                        where
                                + " has gtid_mode OFF, but the stream goes on from GTIDs "
                                + at.gtids()
                                + ": switch it on again, or start the job anew");
            }
            if (!at.gtids().isContainedIn(executed)) {
                throw new IllegalStateException(
                        where
                                + " lacks transactions that were read already: needed "
                                + at.gtids()
                                + ", it has "
                                + executed
                                + ". It is not a successor of the server that was read: start the job"
                                + " anew");
            }
            GtidSet purged = server.purged(connection);
            if (!purged.isContainedIn(at.gtids())) {
                throw new IllegalStateException(
                        where
                                + " has purged binlogs that are needed: the stream goes on from "
                                + at.gtids()
                                + ", the server has purged "
                                + purged
                                + ": start the job anew, and keep binlogs longer"
                                + " (binlog_expire_logs_seconds)");
            }
        } else {
            BinlogPosition end = ServerStatus.writtenEnd(connection);
            if (at.position().compareTo(end) > 0) {
                throw binlogIsAnother(candidate, at.position(), end);
            }
            BinlogPosition oldest = ServerStatus.oldestBinlog(connection);
            if (at.position().compareTo(oldest) < 0) {
                throw new IllegalStateException(
                        where
                                + " has purged binlogs that are needed: the stream goes on from "
                                + at.position()
                                + ", the oldest that is left is "
                                + oldest.file()
                                + ": start the job anew, and keep binlogs longer"
                                + " (binlog_expire_logs_seconds)");
            }
        }
        if (bounded) {
            stream.mayEndAt(ServerStatus.writtenEnd(connection));
        }
        return stream.connected(server.serverUuid());
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
    private static long newIncarnation() {
        return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    }

    private InstanceState resolveStart(Connection connection) throws SQLException, IOException {
        if (instance.startup().mode() == StartupMode.HANDOFF) {
            Set<String> instances = new LinkedHashSet<>();
            for (InstanceConfig other : config.instances()) {
                instances.add(other.name());
            }
            HandoffConfig handoff = config.handoff();
            return new HandoffReader(handoff).read(instance.name(), instances, captured.keySet());
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
                    long time = ServerStatus.clockMicros(connection);
                    BinlogPosition end = ServerStatus.writtenEnd(connection);
                    if (passed != null && end.compareTo(passed) < 0) {
                        throw binlogIsAnother(host, passed, end);
                    }
                    stream.heartbeat(number, time, end);
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

    // ---- retries and the end -----------------------------------------------------------------

    /** Pauses between the tries to reach the instance, and how long it may stay out of reach. */
    private final class Retries {

        private long pauseMs = FIRST_PAUSE_MS;
        private long downSince;
        private int refusals;
        private long attemptBegan = System.nanoTime();

        void attemptBegins() {
            attemptBegan = System.nanoTime();
        }

        void pauseAfter(Exception failure) throws Exception {
            long now = System.nanoTime();
            // An attempt that held for a while was a success: its end is a new failure.
            if (downSince == 0 || now - attemptBegan > TimeUnit.SECONDS.toNanos(10)) {
                downSince = now;
                pauseMs = FIRST_PAUSE_MS;
                refusals = 0;
            }
            if (failure instanceof SQLException
                    && ((SQLException) failure).getErrorCode() == ACCESS_DENIED
                    && ++refusals >= MAX_REFUSALS) {
                throw failure;
            }
            long downMs = TimeUnit.NANOSECONDS.toMillis(now - downSince);
            if (config.instanceFailureTimeoutMs() > 0
                    && downMs > config.instanceFailureTimeoutMs()) {
                throw new IOException(
                        "instance "
                                + instance.name()
                                + " has been out of reach for "
                                + downMs
                                + " ms; instance-failure-timeout-ms = "
                                + config.instanceFailureTimeoutMs(),
                        failure);
            }
            LOG.warn(
                    "instance {}: out of reach for {} ms, next try in {} ms: {}",
                    instance.name(),
                    downMs,
                    pauseMs,
                    failure.toString());
            if (closing.await(pauseMs, TimeUnit.MILLISECONDS)) {
                throw new InterruptedException();
            }
            pauseMs = Math.min(pauseMs * 2, config.reconnectBackoffMaxMs());
        }
    }

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
