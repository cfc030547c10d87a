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
package io.seamerge.postgres.apply;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Claim;
import io.seamerge.postgres.merge.InstanceProgress;
import io.seamerge.postgres.merge.LaneProgress;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.ControlKind;
import io.seamerge.postgres.wire.ControlRow;
import io.seamerge.postgres.wire.MetadataColumns;
import io.seamerge.postgres.wire.SourceName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies all rows of one sink subtask, in the order in which they come, over a fixed number of
 * connections.
 *
 * <p>Rows are gathered into a flush, folded by key, and handed to the lanes by the hash of their
 * keys; while the lanes write one flush, the next is gathered, and one more may wait: {@link
 * #write} blocks beyond that. A flush is handed over when it is full, or when the lanes rest and
 * its first row has waited long enough. What lanes fail with comes out of the next call.
 * Thread-safe.
 */
public final class Applier implements RowSink {

    private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

    /** Parts that a lane holds at most: the one that it writes, and the next. */
    private static final int PARTS_PER_LANE = 2;

    /**
     * How long writing a flush may take in which changes stand among rows of a snapshot: a change
     * waits for the flush that is written, for the next one and for its own.
     */
    private static final long MIXED_FLUSH_NANOS = 60_000_000;

    /** The same for one in which changes stand that were just made, and no rows of a snapshot. */
    private static final long RECENT_FLUSH_NANOS = 200_000_000;

    /** Fewer are not worth a transaction in each lane, however long they take. */
    private static final long TIMED_FLUSH_ROWS = 500;

    /** It bounds the transaction. */
    private static final int MOST_WAITING_CONTROLS = 200;

    /**
     * How long the begins and ends of first snapshots wait for more of them while rows come: what
     * they cost all lanes is then a small part of it.
     */
    private static final long TRAIL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How often a wait looks whether the writer was closed, which may happen without the lock. */
    private static final long LOOK_MS = 100;

    /**
     * The same for our own threads, which {@link #close()} interrupts: they cost nothing at rest.
     */
    private static final long REST_MS = 1_000;

    /** How long {@link #close()} waits for threads that no longer have a connection. */
    private static final long CLOSE_MS = 10_000;

    /**
     * Progress of a snapshot is shown, not relied on: more often than that is not worth a barrier.
     */
    private static final long SNAPSHOT_PROGRESS_MS = 1_000;

    /** There is room for two days ahead: an hour is often enough, and seldom enough. */
    private static final long CONFLICT_KEEPING_NANOS = TimeUnit.HOURS.toNanos(1);

    /** How many times as long rows wait for company that nobody waits for. */
    private static final int PATIENCE = 10;

    /** Stands for the version of a row that has none. */
    private static final Version NO_VERSION = new Version(0, 0, 0);

    private final MergeConfig config;
    private final int expectedTables;
    private final boolean bounded;
    private final String name;
    private final Database control;
    private final Metrics metrics;
    private final Map<String, IncomingTable> incoming = new LinkedHashMap<>();
    private final Map<String, InstanceProgress> instances = new HashMap<>();
    private final Sources sources;

    /**
     * By instance, the version of a DELETE whose INSERT under another key may follow (protocol O3).
     */
    private final Map<String, Version> openPairs = new HashMap<>();

    /** By instance, the UPDATE_BEFORE that came last, where its UPDATE_AFTER wants it. */
    private final Map<String, Object[]> befores = new HashMap<>();

    private final Map<String, Long> snapshotShownNanos = new HashMap<>();

    /** By instance and table, in the order of their coming. */
    private final Map<String, ControlRow> unshownSnapshots = new LinkedHashMap<>();

    private final List<Worker> workers = new ArrayList<>();
    private final RowsAnew rowsAnew;
    private final SourceRows sourceRows;

    private final AtomicInteger deadLetters = new AtomicInteger();

    /**
     * Fair: the writer takes it for every row or block, and would else keep lanes and flusher from
     * it for as long as rows come.
     */
    private final ReentrantLock lock = new ReentrantLock(true);

    private final Condition gathered = lock.newCondition();
    private final Condition written = lock.newCondition();

    private Map<String, TargetTable> tables;
    private int[] controlPlaces;
    private Tombstones tombstones;
    private DeltaSources deltaSources;
    private DeferredKeys deferredKeys;
    private long epoch;
    private String rules;
    private boolean logsConflicts;
    private boolean conflictsKept;
    private long conflictsKeptNanos;
    private Flush flush;
    private int openParts;

    /**
     * Control rows that wait for more of them, by instance, each in the order of their coming: one
     * transaction is enough for many.
     */
    private final Map<String, List<ControlRow>> waitingControls = new LinkedHashMap<>();

    private int waiting;

    /** When the first of them came, by {@link System#nanoTime()}. */
    private long waitingSinceNanos;

    /** Whether one of them is to be applied before the next row of a table is gathered. */
    private boolean barrierWaits;

    /**
     * Whether the flusher applies some: what comes after them must wait, though the lock is free.
     */
    private boolean flusherApplies;

    /** What a lane has needed for a row lately; 0 until one has written any. */
    private long nanosPerRow;

    private long skipped;
    private Thread flusher;
    private PostgresMergeException failure;
    private volatile boolean closed;

    /**
     * Does not connect yet.
     *
     * @param expectedTables how many tables are registered before the first row comes
     * @param bounded whether the job ends by itself
     */
    public Applier(
            MergeConfig config,
            int subtask,
            int expectedTables,
            boolean bounded,
            MetricsContext metrics) {
        this.metrics = new Metrics(metrics);
        this.config = config;
        this.expectedTables = expectedTables;
        this.bounded = bounded;
        this.name = "seamerge " + config.pipeline() + " subtask " + subtask;
        this.control = new Database(config, name);
        this.rowsAnew = new RowsAnew(config, deadLetters, this.metrics);
        this.sourceRows = new SourceRows(config, rowsAnew);
        this.sources = new Sources(config, control);
        this.flush = new Flush(config.lanes());
    }

    /**
     * Takes a table into account; with the last one that is expected, connects, and opens or
     * creates them all.
     *
     * @throws PostgresMergeException if they cannot be written as they are
     */
    @Override
    public void register(CatalogTable table) {
        lock.lock();
        try {
            String tableId = table.getTablePath().toString();
            if (tableId.equals(ControlRow.TABLE_ID)) {
                controlPlaces = controlPlaces(table);
            } else {
                incoming.put(tableId, new IncomingTable(table, config));
            }
            if (incoming.size() + (controlPlaces == null ? 0 : 1) == expectedTables) {
                open();
            }
        } finally {
            lock.unlock();
        }
    }

    static int[] controlPlaces(CatalogTable table) {
        List<String> names = Arrays.asList(table.getSeaTunnelRowType().getFieldNames());
        int[] places = new int[ControlRow.columns().size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = names.indexOf(ControlRow.columns().get(i));
            if (places[i] < 0) {
                throw new PostgresMergeException(
                        PostgresMergeException.Code.WIRE,
                        "Table "
                                + ControlRow.TABLE_ID
                                + " has no column "
                                + ControlRow.columns().get(i)
                                + ". The name is reserved for the control rows of MySQL-Merge-CDC");
            }
        }
        return places;
    }

    private void open() {
        if (tables != null) {
            return;
        }
        Map<String, TargetTable> opened =
                new TargetOpener(config, control).open(incoming.values(), bounded);
        epoch =
                control.control(
                        "Drawing an epoch",
                        s -> (Long) s.value(ControlSql.EPOCH_DRAW, Values.none()));
        rules = fingerprint(opened.values());
        new KeptRules(config, control, rowsAnew).apply(opened.values(), epoch);
        control.control(
                "Looking for repeated snapshots",
                session -> {
                    sourceRows.resume(session, opened.values());
                    return null;
                });
        deltaSources = new DeltaSources(config, control, opened.values(), controlPlaces != null);
        tombstones = new Tombstones(config, control, opened.values());
        deferredKeys = new DeferredKeys(opened.values());
        for (int lane = 0; lane < config.lanes(); lane++) {
            Worker worker = new Worker(lane);
            workers.add(worker);
            worker.thread.start();
        }
        flusher = new Thread(this::flushInTime, name + " flusher");
        flusher.setDaemon(true);
        flusher.start();
        for (TargetTable table : opened.values()) {
            logsConflicts |= table.tellsSources() && table.conflictLog().keeps();
        }
        tables = opened;
        LOG.info(
                "{}: epoch {}, {} tables, {} connections",
                name,
                epoch,
                tables.size(),
                config.lanes());
    }

    /** Another fingerprint means that a key may have another lane than before. */
    private String fingerprint(Collection<TargetTable> opened) {
        List<String> laneRules = new ArrayList<>();
        for (TargetTable table : opened) {
            laneRules.add(table.laneRule());
        }
        laneRules.sort(null);
        return config.lanes() + " lanes, " + Integer.toHexString(laneRules.hashCode());
    }

    /**
     * Applies a row of a table, or a control row. Returns when it is gathered. A control row is
     * committed after all that came before it, and before the next row of a table is gathered; one
     * that others rely on at once. The begins and ends of a source's first snapshot alone may
     * follow rows that came after them, for about a second at most: nobody reads from them what
     * stands in a table.
     *
     * @throws PostgresMergeException if this row cannot be applied, or one before it could not be
     */
    @Override
    public void write(String tableId, SeaTunnelRow row) {
        lock.lock();
        try {
            check();
            if (tables == null) {
                open();
            }
            if (tableId.equals(ControlRow.TABLE_ID)) {
                awaitFlusher();
                take(ControlRow.read(row, controlPlaces));
                return;
            }
            writeRow(tableId, row);
        } catch (PostgresMergeException e) {
            fail(e);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /** The same for rows of tables, at the cost of one lock for all of them. */
    @Override
    public void write(List<SeaTunnelRow> rows) {
        lock.lock();
        try {
            if (tables == null) {
                open();
            }
            for (SeaTunnelRow row : rows) {
                check();
                writeRow(row.getTableId(), row);
            }
        } catch (PostgresMergeException e) {
            fail(e);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private void writeRow(String tableId, SeaTunnelRow row) {
        awaitFlusher();
        if (barrierWaits) {
            applyWaitingControls();
        }
        gather(tables.get(tableId), row);
        if (isFull(1) && openPairs.isEmpty() || isFull(2)) {
            handOver();
        }
    }

    /**
     * Returns when all rows so far are committed.
     *
     * @throws PostgresMergeException if one of them could not be
     */
    @Override
    public void commit() {
        lock.lock();
        try {
            check();
            if (tables == null) {
                open();
            }
            awaitFlusher();
            showSnapshots();
            applyWaitingControls();
            rest();
        } catch (PostgresMergeException e) {
            fail(e);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void finish() {
        lock.lock();
        try {
            check();
            deferredKeys.addAll(control);
        } catch (PostgresMergeException e) {
            fail(e);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /** Ends at once: what is not committed by then is not applied by this writer any more. */
    @Override
    public void close() {
        closed = true;
        control.close();
        for (Worker worker : workers) {
            worker.lane.close();
            worker.thread.interrupt();
        }
        if (flusher != null) {
            flusher.interrupt();
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MS);
        try {
            for (Worker worker : workers) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                worker.thread.join(Math.max(1, left));
            }
        } catch (InterruptedException e) {
            // The engine wants its thread back; the lanes have no connections any more.
            Thread.currentThread().interrupt();
        }
    }

    // ---- gathering, under the lock
    // -------------------------------------------------------------------------------

    private void gather(TargetTable table, SeaTunnelRow row) {
        boolean wasEmpty = flush.isEmpty();
        boolean wasRecent = flush.isRecent();
        if (table.metadata().versioned()) {
            gatherVersioned(table, row);
        } else {
            gatherPlain(table, row);
        }
        if (wasEmpty && !flush.isEmpty() || !wasRecent && flush.isRecent()) {
            gathered.signal();
        }
    }

    private boolean isFull(int times) {
        return flush.rows() >= times * rowsOfFlush()
                || flush.bytes() >= times * config.batchBytes();
    }

    private long rowsOfFlush() {
        if (nanosPerRow == 0 || !flush.isMixed() && !flush.isRecent()) {
            return config.batchSize();
        }
        long nanos = flush.isMixed() ? MIXED_FLUSH_NANOS : RECENT_FLUSH_NANOS;
        long inTime = config.lanes() * nanos / nanosPerRow;
        return Math.min(config.batchSize(), Math.max(TIMED_FLUSH_ROWS, inTime));
    }

    private void gatherVersioned(TargetTable table, SeaTunnelRow row) {
        MetadataColumns metadata = table.metadata();
        Object[] fields = row.getFields();
        String instance = metadata.instance(fields);
        Version version = metadata.version(fields);
        if (instance == null || version == null) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.WIRE,
                    "Table "
                            + table.tableId()
                            + ": a row's source instance, version or incarnation is null (instance '"
                            + instance
                            + "'). Only rows of MySQL-Merge-CDC, and all of them, may carry these columns");
        }
        Version deleted = openPairs.isEmpty() ? null : openPairs.remove(instance);
        boolean completesPair =
                deleted != null
                        && deleted.time() == version.time()
                        && deleted.row() + 1 == version.row();
        if (!completesPair && isFull(1) && openPairs.isEmpty()) {
            handOver();
        }
        InstanceProgress progress = progress(instance, version.incarnation());
        boolean snapshot = metadata.isSnapshot(fields, version);
        Object[] before = befores.isEmpty() ? null : befores.remove(instance);
        if (row.getRowKind() == RowKind.UPDATE_BEFORE && table.wantsBefore()) {
            befores.put(instance, fields);
        }
        Operation operation = MetadataColumns.operation(row.getRowKind(), snapshot);
        int source = RowKey.ANY_SOURCE;
        if (table.namesSources()) {
            int number = sources.of(table, metadata.source(fields));
            source = table.tellsSources() ? number : source;
        }
        RowKey key = key(table, fields, source);
        int lane = table.lane(key, config.lanes());
        if (operation == Operation.DELETE && (version.row() & 1) == 0) {
            openPairs.put(instance, version);
        }
        if (snapshot && progress.isOlderThanClaim(version.time())) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.SUPERSEDED,
                    "Table "
                            + table.target()
                            + ": a snapshot row of instance '"
                            + instance
                            + "' was read before an earlier attempt of this job had ended its last"
                            + " flush. Restore the job: the row is then read anew");
        }
        if (!snapshot && !progress.advance(lane, version.time(), version.row())) {
            skipped++;
            if (sourceRows.marks(table) && operation != null && operation != Operation.DELETE) {
                // Written before the snapshot began again, it may have taken its row's place in a
                // page since.
                Change seen = new Change(operation, fields, source, Version.OLDEST, version);
                flush.see(lane, table, seen, progress, row.getBytesSize());
            } else {
                flush.touch(progress);
            }
            return;
        }
        if (operation == null || operation == Operation.DELETE && table.ignoresDeletes()) {
            // The UPDATE_AFTER of the same key follows, and is the later version.
            flush.touch(progress);
            return;
        }
        long mergedTime = table.mergedTime(operation, fields, progress.mergedTime(version.time()));
        Change change = new Change(operation, fields, source, mergedTime, version);
        if (operation == Operation.UPDATE && table.wantsBefore()) {
            if (before == null) {
                throw new PostgresMergeException(
                        PostgresMergeException.Code.WIRE,
                        "Table "
                                + table.target()
                                + ": an update comes without the row as it was, which the column resolver delta with a base"
                                + " counts from. Set update-before = true at the source, and restore the job");
            }
            change = change.after(before);
        }
        flush.add(lane, table, key, change, progress, row.getBytesSize());
    }

    /** Rows without versions: by order of arrival; after a restore some come again. */
    private void gatherPlain(TargetTable table, SeaTunnelRow row) {
        Operation operation =
                row.getRowKind() == RowKind.UPDATE_BEFORE
                        ? Operation.DELETE
                        : MetadataColumns.operation(row.getRowKind(), false);
        if (operation == Operation.DELETE && table.ignoresDeletes()) {
            return;
        }
        RowKey key = key(table, row.getFields(), RowKey.ANY_SOURCE);
        Change change = new Change(operation, row.getFields(), RowKey.ANY_SOURCE, 0, null);
        flush.add(table.lane(key, config.lanes()), table, key, change, null, row.getBytesSize());
        // The UPDATE_AFTER may have another key: the old one must go, but the row must not be
        // missed in between.
        if (row.getRowKind() == RowKind.UPDATE_BEFORE) {
            openPairs.put(table.tableId(), NO_VERSION);
        } else {
            openPairs.remove(table.tableId());
        }
    }

    static RowKey key(TargetTable table, Object[] fields, int source) {
        RowKey key = table.key(fields, source);
        if (key == null) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.WIRE,
                    "Table "
                            + table.tableId()
                            + ": a row has null in a column of its key. Give the route a key whose columns are NOT NULL"
                            + " at every source");
        }
        return key;
    }

    private InstanceProgress progress(String instance, long incarnation) {
        InstanceProgress progress = instances.get(instance);
        if (progress != null && progress.incarnation() == incarnation) {
            return progress;
        }
        if (progress != null) {
            // What came before belongs to its earlier incarnation.
            showSnapshots();
            applyWaitingControls();
            rest();
        }
        InstanceProgress claimed = claim(instance, incarnation);
        instances.put(instance, claimed);
        return claimed;
    }

    private InstanceProgress claim(String instance, long incarnation) {
        Values values = Values.of("pipeline", config.pipeline()).and("instance", instance);
        Claim claim =
                control.control(
                        "Taking over instance '" + instance + "'",
                        session -> {
                            session.value(ControlSql.CLAIM_LOCK, values);
                            List<LaneProgress> stored = new ArrayList<>();
                            session.query(
                                    ControlSql.CLAIM_READ, values, stored, Applier::laneProgress);
                            boolean known =
                                    (Boolean) session.value(ControlSql.INSTANCE_KNOWN, values);
                            Claim decided =
                                    Claim.decide(
                                            stored,
                                            config.lanes(),
                                            rules,
                                            epoch,
                                            incarnation,
                                            known);
                            if (decided.outcome() == Claim.Outcome.GRANTED) {
                                session.update(ControlSql.CLAIM_CLEAR, values);
                                for (LaneProgress lane : decided.lanes()) {
                                    session.update(
                                            ControlSql.CLAIM_WRITE, laneValues(instance, lane));
                                }
                            }
                            return decided;
                        });
        switch (claim.outcome()) {
            case SUPERSEDED:
                throw Lane.superseded(config, instance, epoch, null);
            case OUTDATED_INCARNATION:
                throw new PostgresMergeException(
                        PostgresMergeException.Code.WIRE,
                        "Instance '"
                                + instance
                                + "' sends incarnation "
                                + incarnation
                                + ", but seamerge.progress of pipeline '"
                                + config.pipeline()
                                + "' knows a later one: the job was restored from a checkpoint that is older than what"
                                + " was applied under another start. Restore from a later one, or start afresh");
            case GRANTED:
                break;
        }
        if (claim.replays()) {
            LOG.info(
                    "{}: keys have other lanes than before, instance '{}' goes on from the lane that was least far",
                    name,
                    instance);
        }
        return new InstanceProgress(instance, claim.lanes());
    }

    static LaneProgress laneProgress(java.sql.ResultSet row) throws java.sql.SQLException {
        return new LaneProgress(
                row.getInt("lane"),
                new Version(
                        row.getLong("incarnation"),
                        row.getLong("version_time"),
                        row.getLong("version_row")),
                row.getLong("floor_time"),
                row.getLong("flushes"),
                row.getLong("epoch"),
                row.getString("rules"),
                new Version(
                        row.getLong("incarnation"),
                        row.getLong("repeats_to_time"),
                        row.getLong("repeats_to_row")));
    }

    private Values laneValues(String instance, LaneProgress lane) {
        return Values.of("pipeline", config.pipeline())
                .and("instance", instance)
                .and("lane", lane.lane())
                .and("incarnation", lane.version().incarnation())
                .and("version_time", lane.version().time())
                .and("version_row", lane.version().row())
                .and("floor_time", lane.floorTime())
                .and("flushes", lane.flushes())
                .and("epoch", lane.epoch())
                .and("rules", lane.rules())
                .and("repeats_to_time", lane.repeatsTo().time())
                .and("repeats_to_row", lane.repeatsTo().row());
    }

    // ---- control rows, under the lock
    // ----------------------------------------------------------------------------

    private void take(ControlRow row) {
        if (row.kind() == ControlKind.FILLER || !isDue(row)) {
            return;
        }
        if (row.kind() == ControlKind.RESUMED) {
            applyWaitingControls();
            new Resumption(config, control).check(row);
            return;
        }
        takeNow(row);
    }

    private void takeNow(ControlRow row) {
        // Those that wait are so of one incarnation.
        progress(row.instance(), row.version().incarnation());
        boolean othersWait =
                waiting > 0
                        && (waitingControls.size() > 1
                                || !waitingControls.containsKey(row.instance()));
        if (!mayWait(row.kind()) || othersWait && (barrierWaits || !mayTrail(row))) {
            applyWaitingControls();
        }
        if (waiting == 0) {
            waitingSinceNanos = System.nanoTime();
        }
        waitingControls.computeIfAbsent(row.instance(), i -> new ArrayList<>()).add(row);
        waiting++;
        if (!mayTrail(row)) {
            barrierWaits = true;
            openPairs.clear();
        }
        if (!mayWait(row.kind()) || waiting >= MOST_WAITING_CONTROLS) {
            applyWaitingControls();
        } else {
            gathered.signal();
        }
    }

    /** Whether nobody needs to see it before what comes next is gathered. */
    private static boolean mayWait(ControlKind kind) {
        switch (kind) {
            case SNAPSHOT_BEGUN:
            case SNAPSHOT_PROGRESS:
            case SNAPSHOT_DONE:
                return true;
            case RESUMED:
            case HEARTBEAT:
            case TRUNCATE:
            case RUN_BEGUN:
            case RUN_END:
            case FILLER:
                return false;
        }
        throw new IllegalStateException(kind.name());
    }

    /**
     * Whether it may be committed after rows that came behind it. What begins or ends a first
     * snapshot is for those who look at seamerge.snapshot; at the end of a repeated one rows are
     * removed, and from its begin on keys are noted for that.
     */
    private boolean mayTrail(ControlRow row) {
        if (!mayWait(row.kind()) || row.detail() != null) {
            return false;
        }
        TargetTable table = tables.get(row.targetTable());
        // A repeated one that was broken off goes on as repeated, whatever the source says.
        return table == null || !sourceRows.marks(table);
    }

    private void awaitFlusher() {
        while (flusherApplies) {
            await(written);
        }
    }

    private void applyWaitingControls() {
        if (waiting == 0) {
            return;
        }
        List<List<ControlRow>> groups = new ArrayList<>(waitingControls.values());
        waitingControls.clear();
        waiting = 0;
        barrierWaits = false;
        groups.forEach(this::apply);
    }

    /**
     * Applies control rows of one instance in one transaction, behind all that came before them.
     * Where it fails the writer does.
     */
    private void apply(List<ControlRow> rows) {
        ControlRow last = rows.get(rows.size() - 1);
        InstanceProgress progress = progress(last.instance(), last.version().incarnation());
        // So no lane moves past a row that is not committed.
        rest();
        boolean repeated = progress.hasReached(last.version().time(), last.version().row());
        if (last.kind() == ControlKind.TRUNCATE && repeated) {
            // It was applied before, and so was what came after it.
            return;
        }
        List<TargetTable> targets = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (ControlRow row : rows) {
            TargetTable table = targetOf(row);
            targets.add(table);
            numbers.add(
                    table == null
                            ? null
                            : sources.of(
                                    table,
                                    new SourceName(
                                            row.instance(),
                                            row.sourceDatabase(),
                                            row.sourceTable())));
            progress.advanceAll(row.version().time(), row.version().row());
        }
        Map<TargetTable, Integer> letters = new HashMap<>();
        control.control(
                (rows.size() == 1 ? "Control row " : rows.size() + " control rows up to ")
                        + last.kind()
                        + " of instance '"
                        + last.instance()
                        + "'",
                session -> {
                    letters.clear();
                    if (moveAll(session, progress)) {
                        session.update(
                                ControlSql.INSTANCE_WRITE, values(last, null, null, progress));
                        if (rows.size() > 1 && noteTogether(session, rows)) {
                            return null;
                        }
                        for (int i = 0; i < rows.size(); i++) {
                            TargetTable table = targets.get(i);
                            letters.merge(
                                    table,
                                    write(session, rows.get(i), table, numbers.get(i), progress),
                                    Integer::sum);
                        }
                    } else {
                        session.rollback();
                    }
                    return null;
                });
        letters.forEach(rowsAnew::committed);
        for (int lane = 0; lane < config.lanes(); lane++) {
            progress.flushed(lane);
        }
        if (last.caughtUpTime() != null) {
            metrics.caughtUp(last.instance(), last.caughtUpTime());
            progress.caughtUp(
                    last.caughtUpTime(),
                    TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()));
        }
        deferredKeys.applied(control, rows, targets);
        if (last.kind() == ControlKind.HEARTBEAT) {
            deltaSources.check(last.instance());
            tombstones.purge();
        }
    }

    /** How far a snapshot has come is written now and then; the rest waits for a checkpoint. */
    private boolean isDue(ControlRow row) {
        if (row.sourceTable() == null) {
            return true;
        }
        String table = row.instance() + '\n' + row.sourceDatabase() + '\n' + row.sourceTable();
        unshownSnapshots.remove(table);
        long now = System.nanoTime();
        if (row.kind() != ControlKind.SNAPSHOT_PROGRESS) {
            if (row.kind() == ControlKind.SNAPSHOT_BEGUN) {
                snapshotShownNanos.put(table, now);
            } else {
                snapshotShownNanos.remove(table);
            }
            return true;
        }
        Long shown = snapshotShownNanos.get(table);
        if (shown != null && now - shown < TimeUnit.MILLISECONDS.toNanos(SNAPSHOT_PROGRESS_MS)) {
            unshownSnapshots.put(table, row);
            return false;
        }
        snapshotShownNanos.put(table, now);
        return true;
    }

    /** What a checkpoint holds of snapshots must be known here, for {@link Resumption}. */
    private void showSnapshots() {
        List<ControlRow> rows = new ArrayList<>(unshownSnapshots.values());
        unshownSnapshots.clear();
        rows.forEach(this::takeNow);
    }

    /**
     * @return false if the control row was committed before, and only the answer was lost
     */
    private boolean moveAll(Session session, InstanceProgress progress)
            throws java.sql.SQLException {
        int n = config.lanes();
        Integer[] lanes = new Integer[n];
        Long[] times = new Long[n];
        Long[] rows = new Long[n];
        Long[] flushes = new Long[n];
        for (int lane = 0; lane < n; lane++) {
            lanes[lane] = lane;
            times[lane] = progress.version(lane).time();
            rows[lane] = progress.version(lane).row();
            flushes[lane] = progress.flushes(lane);
        }
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("instance", progress.instance())
                        .and("epoch", epoch)
                        .and("lanes", lanes)
                        .and("version_times", times)
                        .and("version_rows", rows)
                        .and("flushes", flushes);
        if (session.update(ControlSql.PROGRESS_MOVE_ALL, values) == n) {
            return true;
        }
        List<LaneProgress> stored = new ArrayList<>();
        session.query(ControlSql.CLAIM_READ, values, stored, Applier::laneProgress);
        boolean arrived = stored.size() == n;
        for (LaneProgress lane : stored) {
            if (lane.epoch() != epoch) {
                throw Lane.superseded(config, progress.instance(), epoch, lane.epoch());
            }
            arrived &= lane.lane() < n && lane.flushes() == flushes[lane.lane()] + 1;
        }
        if (!arrived) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.DATABASE,
                    "seamerge.progress of pipeline '"
                            + config.pipeline()
                            + "', instance '"
                            + progress.instance()
                            + "' was changed by hand. Leave it alone while the job runs");
        }
        return false;
    }

    /** The table that a control row concerns, where it is about rows; null for all others. */
    private TargetTable targetOf(ControlRow row) {
        switch (row.kind()) {
            case SNAPSHOT_BEGUN:
            case SNAPSHOT_DONE:
                return row.sourceDatabase() == null || row.sourceTable() == null
                        ? null
                        : tables.get(row.targetTable());
            case TRUNCATE:
                TargetTable table = tables.get(row.targetTable());
                if (table == null || row.sourceDatabase() == null || row.sourceTable() == null) {
                    throw new PostgresMergeException(
                            PostgresMergeException.Code.WIRE,
                            "A control row 'truncate' of instance '"
                                    + row.instance()
                                    + "' is about table "
                                    + row.sourceDatabase()
                                    + "."
                                    + row.sourceTable()
                                    + ", which goes to "
                                    + row.targetTable()
                                    + ": this job has no such table");
                }
                return table;
            case RESUMED:
            case HEARTBEAT:
            case SNAPSHOT_PROGRESS:
            case RUN_BEGUN:
            case RUN_END:
            case FILLER:
                return null;
        }
        throw new IllegalStateException(row.kind().name());
    }

    /**
     * @return how many letters were written
     */
    private int write(
            Session session,
            ControlRow row,
            TargetTable table,
            Integer source,
            InstanceProgress progress)
            throws java.sql.SQLException {
        Values values = values(row, table, source, progress);
        int letters = 0;
        switch (row.kind()) {
            case SNAPSHOT_BEGUN:
                noteSnapshots(session, Collections.singleton(row), ControlSql.SNAPSHOT_BEGUN);
                if (table != null) {
                    sourceRows.begun(session, table, values);
                }
                break;
            case SNAPSHOT_DONE:
                if (table != null) {
                    letters = sourceRows.done(session, table, values);
                }
                noteSnapshots(session, Collections.singleton(row), ControlSql.SNAPSHOT_PROGRESS);
                break;
            case SNAPSHOT_PROGRESS:
                noteSnapshots(session, Collections.singleton(row), ControlSql.SNAPSHOT_PROGRESS);
                break;
            case TRUNCATE:
                letters = sourceRows.truncate(session, table, values);
                break;
            case RUN_BEGUN:
                if (row.handoff() != null) {
                    session.update(ControlSql.HANDOFF_BEGUN, values);
                }
                break;
            case RUN_END:
                if (row.handoff() != null) {
                    session.update(ControlSql.HANDOFF_FINISHED, values);
                }
                break;
            case RESUMED:
            case HEARTBEAT:
            case FILLER:
                break;
        }
        return letters;
    }

    private Values values(
            ControlRow row, TargetTable table, Integer source, InstanceProgress progress) {
        return Values.of("pipeline", config.pipeline())
                .and("instance", row.instance())
                .and("incarnation", row.version().incarnation())
                .and("version_time", row.version().time())
                .and("version_row", row.version().row())
                .and("position", row.position())
                .and("commit_time", row.commitTime())
                .and("caught_up_time", row.caughtUpTime())
                .and("database", row.sourceDatabase())
                .and("table", row.sourceTable())
                .and("target", row.targetTable())
                .and("handoff", row.handoff())
                .and("table_name", table == null ? null : table.name())
                .and("merged_time", progress.mergedTime(row.version().time()))
                .and("rows", row.rowsRead())
                .and("detail", row.detail())
                .and("source", source);
    }

    /**
     * Notes begins and ends of first snapshots in two statements for all of them.
     *
     * @return false if some are not of that kind; nothing is then written
     */
    private boolean noteTogether(Session session, List<ControlRow> rows)
            throws java.sql.SQLException {
        for (ControlRow row : rows) {
            if (!mayWait(row.kind()) || row.detail() != null) {
                return false;
            }
        }
        Set<String> repeats = new HashSet<>();
        session.query(
                ControlSql.SNAPSHOT_REPEATS,
                Values.of("pipeline", config.pipeline()),
                repeats,
                row -> row.getString(1));
        for (ControlRow row : rows) {
            if (repeats.contains(row.targetTable())) {
                return false;
            }
        }
        Map<List<String>, ControlRow> begun = new LinkedHashMap<>();
        Map<List<String>, ControlRow> moved = new LinkedHashMap<>();
        for (ControlRow row : rows) {
            List<String> table =
                    Arrays.asList(row.sourceDatabase(), row.sourceTable(), row.targetTable());
            if (row.kind() != ControlKind.SNAPSHOT_BEGUN) {
                moved.put(table, row);
                continue;
            }
            if (begun.containsKey(table) || moved.containsKey(table)) {
                // It begins anew.
                noteSnapshots(session, begun, moved);
            }
            begun.put(table, row);
        }
        noteSnapshots(session, begun, moved);
        return true;
    }

    private void noteSnapshots(
            Session session,
            Map<List<String>, ControlRow> begun,
            Map<List<String>, ControlRow> moved)
            throws java.sql.SQLException {
        noteSnapshots(session, begun.values(), ControlSql.SNAPSHOT_BEGUN);
        noteSnapshots(session, moved.values(), ControlSql.SNAPSHOT_PROGRESS);
        begun.clear();
        moved.clear();
    }

    /**
     * @param rows of as many tables, of one instance, all with the same detail
     */
    private void noteSnapshots(Session session, Collection<ControlRow> rows, Statement statement)
            throws java.sql.SQLException {
        if (rows.isEmpty()) {
            return;
        }
        int n = rows.size();
        String[] databases = new String[n];
        String[] names = new String[n];
        String[] targets = new String[n];
        Long[] read = new Long[n];
        Long[] estimated = new Long[n];
        String[] states = new String[n];
        ControlRow last = null;
        int i = 0;
        for (ControlRow row : rows) {
            databases[i] = row.sourceDatabase();
            names[i] = row.sourceTable();
            targets[i] = row.targetTable();
            read[i] = row.rowsRead();
            estimated[i] = row.rowsEstimated();
            states[i++] = row.kind() == ControlKind.SNAPSHOT_DONE ? "done" : "begun";
            last = row;
        }
        session.update(
                statement,
                Values.of("pipeline", config.pipeline())
                        .and("instance", last.instance())
                        .and("incarnation", last.version().incarnation())
                        .and("detail", last.detail())
                        .and("databases", databases)
                        .and("tables", names)
                        .and("targets", targets)
                        .and("rows_read", read)
                        .and("rows_estimated", estimated)
                        .and("states", states));
    }

    // ---- flushes
    // -------------------------------------------------------------------------------------------------

    /** Hands the flush to the lanes, as soon as each of them has room. */
    private void handOver() {
        if (flush.isEmpty()) {
            return;
        }
        // What is gathered while the flusher applies control rows would move lanes with them.
        while (!lanesHaveRoom() || flusherApplies && Thread.currentThread() != flusher) {
            await(written);
        }
        if (flush.isEmpty()) {
            // The flusher was quicker.
            return;
        }
        keepConflicts();
        List<Flush.Part> parts = flush.split();
        flush = new Flush(config.lanes());
        openPairs.clear();
        for (int lane = 0; lane < parts.size(); lane++) {
            if (parts.get(lane) != null) {
                workers.get(lane).parts.add(parts.get(lane));
                workers.get(lane).waiting.signal();
                openParts++;
            }
        }
    }

    /** Sees to it that there is room for what the lanes may log within the next days. */
    private void keepConflicts() {
        long now = System.nanoTime();
        if (!logsConflicts || conflictsKept && now - conflictsKeptNanos < CONFLICT_KEEPING_NANOS) {
            return;
        }
        control.control(
                "Keeping the partitions of seamerge.conflict",
                session ->
                        session.value(
                                ControlSql.CONFLICT_KEEP,
                                Values.of("days", config.conflictRetentionDays())));
        conflictsKept = true;
        conflictsKeptNanos = now;
    }

    private boolean lanesHaveRoom() {
        for (Worker worker : workers) {
            if (worker.parts.size() >= PARTS_PER_LANE) {
                return false;
            }
        }
        return true;
    }

    /** Hands over what there is and waits until all lanes have committed. */
    private void rest() {
        handOver();
        while (openParts > 0) {
            await(written);
        }
    }

    private void await(Condition condition) {
        check();
        try {
            condition.await(LOOK_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CLOSED, "The engine interrupted the writer", e);
        }
        check();
    }

    private void check() {
        if (failure != null) {
            throw new PostgresMergeException(failure);
        }
        if (closed) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CLOSED, "The writer has been closed");
        }
    }

    private void fail(PostgresMergeException e) {
        if (failure == null) {
            failure = e;
        }
        written.signalAll();
        gathered.signalAll();
        for (Worker worker : workers) {
            worker.waiting.signalAll();
        }
    }

    /** Hands over what has waited long enough while the lanes rest, and applies control rows. */
    private void flushInTime() {
        lock.lock();
        try {
            while (!closed && failure == null) {
                metrics.showLag();
                long left = Math.min(controlsDueIn(), flushDueIn());
                if (left > 0) {
                    gathered.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(REST_MS)));
                } else if (controlsDueIn() <= 0) {
                    flusherApplies = true;
                    applyWaitingControls();
                    flusherApplies = false;
                    written.signalAll();
                } else {
                    handOver();
                }
            }
        } catch (PostgresMergeException e) {
            fail(e);
        } catch (InterruptedException e) {
            // Only close() interrupts.
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            fail(
                    new PostgresMergeException(
                            PostgresMergeException.Code.DATABASE,
                            "A flush failed unexpectedly: " + e,
                            e));
        } finally {
            lock.unlock();
        }
    }

    /** Nanoseconds until what waits of control rows is to be applied; many if nothing does. */
    private long controlsDueIn() {
        if (waiting == 0) {
            return Long.MAX_VALUE;
        }
        boolean rowsCome = !flush.isEmpty() || openParts > 0;
        long wait =
                rowsCome && !barrierWaits
                        ? TRAIL_NANOS
                        : Math.min(TRAIL_NANOS, flushIntervalNanos());
        return waitingSinceNanos + forOpenPairs(wait) - System.nanoTime();
    }

    /** The same for what is gathered; as long as lanes write, it waits for more. */
    private long flushDueIn() {
        if (flush.isEmpty() || openParts > 0) {
            return Long.MAX_VALUE;
        }
        long wait = flush.isRecent() ? flushIntervalNanos() : PATIENCE * flushIntervalNanos();
        return flush.begunNanos() + forOpenPairs(wait) - System.nanoTime();
    }

    /** The INSERT of a changed key follows its DELETE at once; but a DELETE may stand alone. */
    private long forOpenPairs(long wait) {
        return openPairs.isEmpty() ? wait : 2 * wait + TimeUnit.MILLISECONDS.toNanos(1);
    }

    private long flushIntervalNanos() {
        return TimeUnit.MILLISECONDS.toNanos(config.flushIntervalMs());
    }

    /** A lane and its thread. */
    private final class Worker implements Runnable {

        private final Lane lane;
        private final Thread thread;
        private final Condition waiting = lock.newCondition();
        private final Deque<Flush.Part> parts = new ArrayDeque<>();

        Worker(int number) {
            lane = new Lane(config, number, epoch, sourceRows, deferredKeys, deadLetters, metrics);
            thread = new Thread(this, name + " lane " + number);
            thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                for (Flush.Part part = next(); part != null; part = next()) {
                    long begun = System.nanoTime();
                    lane.apply(part);
                    done(part.rows(), System.nanoTime() - begun);
                }
            } catch (PostgresMergeException e) {
                failed(e);
            } catch (InterruptedException e) {
                // Only close() interrupts.
                Thread.currentThread().interrupt();
            } catch (RuntimeException | Error e) {
                failed(
                        new PostgresMergeException(
                                PostgresMergeException.Code.DATABASE,
                                "A flush failed unexpectedly: " + e,
                                e));
            }
        }

        /** The next part; it stays in the queue until it is committed. Null at the end. */
        private Flush.Part next() throws InterruptedException {
            lock.lock();
            try {
                while (parts.isEmpty()) {
                    if (closed || failure != null) {
                        return null;
                    }
                    waiting.await(REST_MS, TimeUnit.MILLISECONDS);
                }
                return closed || failure != null ? null : parts.peek();
            } finally {
                lock.unlock();
            }
        }

        private void done(int rows, long nanos) {
            lock.lock();
            try {
                parts.remove();
                if (rows > 0) {
                    long each = Math.max(1, nanos / rows);
                    nanosPerRow = nanosPerRow == 0 ? each : (3 * nanosPerRow + each) / 4;
                }
                openParts--;
                written.signalAll();
                if (openParts == 0) {
                    gathered.signal();
                }
            } finally {
                lock.unlock();
            }
        }

        private void failed(PostgresMergeException e) {
            lock.lock();
            try {
                fail(e);
            } finally {
                lock.unlock();
            }
        }
    }

    /** How many rows of the stream were skipped, since they had been applied before. */
    public long skipped() {
        lock.lock();
        try {
            return skipped;
        } finally {
            lock.unlock();
        }
    }
}
