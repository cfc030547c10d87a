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

import io.seamerge.mysql.binlog.BinlogHandler;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.binlog.RowsEvent;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.SnapshotKey;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.snapshot.KeyRange;
import io.seamerge.mysql.snapshot.RowKey;
import io.seamerge.mysql.snapshot.WholeTable;
import io.seamerge.mysql.snapshot.Window;
import io.seamerge.mysql.wire.ControlTable;
import io.seamerge.mysql.wire.MetadataColumns;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one ordered stream of an instance: what its binlog reader decodes, what its chunk readers
 * read, and control rows, in an order that is exact per key. It keeps the position, the version
 * clock and the snapshot's progress, and hands rows over together with the state that holds after
 * them.
 *
 * <p>Thread-safe: the binlog reader's thread, the chunk readers' threads and the heartbeat's thread
 * call it; one lock makes the order. A call may wait while the handover is full.
 */
final class InstanceStream implements BinlogHandler, Handover.Gathering {

    private static final Logger LOG = LoggerFactory.getLogger(InstanceStream.class);

    /**
     * Rows after which a batch is handed over though the taker is busy: it bounds latency and
     * memory.
     */
    private static final int BATCH_ROWS = 1_000;

    private static final long BATCH_BYTES = 512 << 10;

    /**
     * Snapshot rows that go with a batch of changes, however many changes there are: else a stream
     * that never rests would hold a snapshot up for ever.
     */
    private static final int SNAPSHOT_ROWS = 250;

    /** What one counts for where the bytes of a batch are bounded. */
    private static final int CONTROL_ROW_BYTES = 512;

    private final String instance;
    private final Map<String, Map<String, CapturedStream>> tables = new HashMap<>();

    /** The same by {@code database.table}. */
    private final Map<String, CapturedStream> tablesByName = new HashMap<>();

    private final boolean controlRows;
    private final ControlRows control;

    /** Whether a sink can tell by the rows how far it has come. */
    private final boolean versioned;

    private final boolean bounded;
    private final boolean endsByPosition;
    private final String handoff;
    private final Handover handover;
    private final Runnable onEnd;
    private final PreparedTransactions prepared;
    private final InstanceStatus status;

    private final ReentrantLock order = new ReentrantLock();

    /** A window was delivered, went out or was aborted, or the reader has passed on. */
    private final Condition windowMoved = order.newCondition();

    /** What was emitted, and the transaction that is being read. */
    private final StreamPosition position;

    private Snapshots snapshots;

    /** Tables whose snapshot was said to have begun, or to go on, by this task. */
    private final Set<String> begun = new HashSet<>();

    /** Tables whose snapshot the last completed checkpoint does not hold as done. */
    private volatile int snapshotsLeft;

    private boolean ended;

    /** Counts the connections of the reader: positions of different ones are not compared. */
    private int connection;

    // Where the reader is; null until it has heard from the server on this connection.
    private BinlogPosition passed;

    /** The written end of the binlog when this connection began; null before the first. */
    private BinlogPosition connectedAt;

    private final List<Window> windows = new ArrayList<>();

    /** Tables that are being read in one piece. */
    private int wholeTables;

    private CaughtUp caughtUp;
    private boolean endRequested;

    /** Where a bounded run ends that reads changes alone; null until it has connected. */
    private BinlogPosition until;

    private Batch batch;
    private boolean stateMoved;

    private LastEmitted lastEmitted;

    /** Whether the state that says that the run has ended was handed over, or is about to be. */
    private boolean endIsCut;

    /**
     * @param endsByPosition whether a bounded run reads changes alone, and ends where {@link
     *     #mayEndAt} says; else it ends with its snapshot
     * @param binlog looks at the binlog of the server that is read
     * @param onEnd called once a bounded run has ended and its last rows were handed over
     */
    InstanceStream(
            String instance,
            Map<String, CapturedTable> captured,
            SourceConfig config,
            boolean bounded,
            boolean endsByPosition,
            InstanceState start,
            InstanceStatus status,
            Handover handover,
            BinlogLookup binlog,
            Runnable onEnd) {
        this.instance = instance;
        MetadataColumns metadata = config.metadataColumns();
        this.controlRows = config.controlRows();
        this.versioned =
                metadata.indexOf(MetadataColumns.Kind.SOURCE_INSTANCE) >= 0
                        && metadata.indexOf(MetadataColumns.Kind.VERSION_TIME) >= 0
                        && metadata.indexOf(MetadataColumns.Kind.VERSION_ROW) >= 0
                        && metadata.indexOf(MetadataColumns.Kind.INCARNATION) >= 0;
        this.bounded = bounded;
        this.endsByPosition = bounded && endsByPosition;
        this.handoff = config.handoff() == null ? null : config.handoff().name();
        this.handover = handover;
        this.onEnd = onEnd;
        this.status = status;
        this.position = new StreamPosition(instance, start, config.maxClockSkewMs());
        this.control = new ControlRows(instance, position);
        this.snapshots = new Snapshots(start.snapshots());
        this.snapshotsLeft = this.snapshots.unfinished();
        this.ended = start.ended();
        this.endIsCut = this.ended;
        this.prepared = new PreparedTransactions(instance, start.prepared(), binlog);
        this.batch = new Batch(instance);
        this.lastEmitted = start.lastEmitted();
        for (CapturedTable table : captured.values()) {
            CapturedStream stream =
                    new CapturedStream(table, new OutgoingRows(instance, table, config, position));
            tables.computeIfAbsent(table.source().database(), d -> new HashMap<>())
                    .put(table.source().name(), stream);
            tablesByName.put(table.source().qualifiedName(), stream);
        }
        handover.register(this);
    }

    /** A captured table as the stream sees it. */
    private static final class CapturedStream {

        final CapturedTable table;
        final OutgoingRows outgoing;
        final List<Window> open = new ArrayList<>(2);

        final boolean canPage;

        /** Set while the table is being read in one piece. */
        WholeTable whole;

        Object checkedMap;

        CapturedStream(CapturedTable table, OutgoingRows outgoing) {
            this.table = table;
            this.outgoing = outgoing;
            this.canPage = SnapshotKey.canPage(table.source());
        }

        Object[] newRow() {
            return new Object[table.readWidth()];
        }
    }

    /** A moment of the server's clock, and the binlog's end after it. */
    private static final class CaughtUp {

        final long timeMicros;
        final long readNanos;
        final BinlogPosition end;

        CaughtUp(long timeMicros, long readNanos, BinlogPosition end) {
            this.timeMicros = timeMicros;
            this.readNanos = readNanos;
            this.end = end;
        }
    }

    // ---- connections -------------------------------------------------------------------------

    /**
     * A connection to the server that was read begins, from {@link #state()}. Open windows are
     * aborted: their order broke off.
     */
    InstanceState connected(ServerLogs server) {
        order.lock();
        try {
            breakOff(server);
            return state();
        } finally {
            order.unlock();
        }
    }

    /** The place that the reader has passed on this connection; null if it has not, or another. */
    BinlogPosition passed(int onConnection) {
        order.lock();
        try {
            return onConnection == connection ? passed : null;
        } finally {
            order.unlock();
        }
    }

    /**
     * A connection to another server begins, which has all that was emitted. Its order may be
     * another one, so that this is a new incarnation (protocol, O4); of a transaction of which rows
     * went out before, all go out again. Rows may follow when a checkpoint holds the state that is
     * returned, which is on its way.
     */
    InstanceState succeededBy(ServerLogs server) throws InterruptedException {
        order.lock();
        try {
            breakOff(server);
            position.succeededBy(server);
            prepared.otherServer();
            handOver();
            return state();
        } finally {
            order.unlock();
        }
    }

    private void breakOff(ServerLogs server) {
        finishBegunWindows();
        for (Window window : windows) {
            window.abort();
        }
        windows.clear();
        for (CapturedStream table : tablesByName.values()) {
            table.open.clear();
            table.checkedMap = null;
            if (table.whole != null) {
                end(table.whole);
            }
        }
        windowMoved.signalAll();
        connection++;
        passed = null;
        connectedAt = server.writtenEnd();
        caughtUp = null;
        position.connectedTo(server);
        prepared.transactionBegin();
    }

    /** The number of the reader's connection, from 1; 0 before the first. */
    int connection() {
        order.lock();
        try {
            return connection;
        } finally {
            order.unlock();
        }
    }

    /** What is left of a chunk would come twice if all of it were read again. */
    private void finishBegunWindows() {
        for (Window window : new ArrayList<>(windows)) {
            if (window.isBegun()) {
                while (window.hasNext()) {
                    tablesByName.get(window.table()).outgoing.add(window.next(), batch);
                }
                close(window);
            }
        }
    }

    /**
     * Begins the run: says to the sink what it must have already, if the run goes on with an
     * earlier one, and that the run is bounded if it is.
     */
    void begin() throws InterruptedException {
        order.lock();
        try {
            if (!lastEmitted.isNothing()) {
                showOnly(control.resumed(lastEmitted, snapshots));
            }
            if (bounded && !ended && controlRows) {
                emitControl(control.runBegun(handoff));
            }
            endWithSnapshot();
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    /** Says where the binlog ends now; of a bounded run that reads changes the first one counts. */
    void mayEndAt(BinlogPosition end) {
        order.lock();
        try {
            if (endsByPosition && until == null) {
                until = end;
            }
        } finally {
            order.unlock();
        }
    }

    InstanceState state() {
        order.lock();
        try {
            return position.state(snapshots, ended)
                    .withPrepared(prepared.positions())
                    .withLastEmitted(lastEmitted);
        } finally {
            order.unlock();
        }
    }

    boolean hasEnded() {
        order.lock();
        try {
            return ended;
        } finally {
            order.unlock();
        }
    }

    // ---- binlog ------------------------------------------------------------------------------

    @Override
    public void rotate(String file, long offset) throws InterruptedException {
        position(new BinlogPosition(file, offset));
    }

    @Override
    public void previousGtids(Gtids before) {
        order.lock();
        try {
            position.previousGtids(before);
        } finally {
            order.unlock();
        }
    }

    @Override
    public void transactionBegin(String transactionGtid, long commitTimeMicros, BinlogPosition at) {
        position.checkClock(transactionGtid, commitTimeMicros, at);
        order.lock();
        try {
            position.begin(transactionGtid, commitTimeMicros, at);
            prepared.transactionBegin();
        } finally {
            order.unlock();
        }
    }

    @Override
    public void rows(RowsEvent event) throws Exception {
        Map<String, CapturedStream> database = tables.get(event.database());
        CapturedStream table = database == null ? null : database.get(event.table());
        if (table == null) {
            return;
        }
        order.lock();
        try {
            if (ended) {
                return;
            }
            if (prepared.isPreparing()) {
                prepared.add(event);
                return;
            }
            if (table.checkedMap != event.tableMap()) {
                SchemaCheck.check(instance, table.table.source(), event);
                table.checkedMap = event.tableMap();
            }
            emitRows(table, event);
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    private void emitRows(CapturedStream table, RowsEvent event) throws Exception {
        if (isInTheWholeToCome(table)) {
            return;
        }
        CapturedTable captured = table.table;
        String file = event.position().file();
        Long offset = event.position().offset();
        long base = (long) event.ordinal() << 32;
        while (event.next()) {
            long number = base | (long) event.rowInEvent() << 1;
            if (position.hasEmitted(number)) {
                continue;
            }
            awaitRoom(table);
            Object[] before = null;
            Object[] after = null;
            try {
                if (event.kind() != RowsEvent.Kind.INSERT) {
                    before = table.newRow();
                    event.readBefore(captured.types(), captured.targets(), before);
                    captured.widen(before);
                }
                if (event.kind() != RowsEvent.Kind.DELETE) {
                    after = table.newRow();
                    event.readAfter(captured.types(), captured.targets(), after);
                    captured.widen(after);
                }
            } catch (RuntimeException e) {
                throw new IllegalStateException(
                        "instance "
                                + instance
                                + ": a row of "
                                + captured.source().qualifiedName()
                                + " at "
                                + event.position()
                                + ", row "
                                + event.rowInEvent()
                                + keyText(captured, before)
                                + ", cannot be carried: "
                                + e.getMessage(),
                        e);
            }
            if (!table.open.isEmpty()) {
                noteChange(table, before);
                noteChange(table, after);
            }
            long last =
                    table.outgoing.change(
                            before, after, number, file, offset, event.rowInEvent(), batch);
            if (versioned && last >= 0) {
                lastWent(position.transactionTime(), last);
            }
            position.emitted(number);
            if (batchIsFull()) {
                handOver();
            }
        }
    }

    /**
     * Whether a table without a key is yet to be read as of a place behind this transaction: its
     * rows will show what the transaction did, and nothing could tell that it came twice.
     */
    private boolean isInTheWholeToCome(CapturedStream table) {
        if (table.canPage) {
            return false;
        }
        TableSnapshot snapshot = snapshots.get(table.table.source().qualifiedName());
        return snapshot != null
                && !snapshot.done()
                && (table.whole == null || !table.whole.holdsBack(position.transactionAt()));
    }

    /**
     * Waits for chunks that are being read and cannot note more changes, and for a table that is
     * being read in one piece as it was before this transaction.
     */
    private void awaitRoom(CapturedStream table) throws InterruptedException {
        while (isHeldBack(table)) {
            windowMoved.await();
        }
        for (int i = 0; i < table.open.size(); ) {
            if (table.open.get(i).isFull()) {
                windowMoved.await();
                i = 0;
            } else {
                i++;
            }
        }
    }

    private boolean isHeldBack(CapturedStream table) {
        return table.whole != null && table.whole.holdsBack(position.transactionAt());
    }

    private static void noteChange(CapturedStream table, Object[] image) {
        if (image != null) {
            RowKey key = key(table.table, image);
            for (Window window : table.open) {
                window.changed(key);
            }
        }
    }

    /** Nothing, where the key itself could not be read. */
    private static String keyText(CapturedTable table, Object[] row) {
        if (row == null) {
            return "";
        }
        RowKey key = key(table, row);
        for (Object value : key.values()) {
            if (value == null) {
                return "";
            }
        }
        return ", key " + key;
    }

    private static RowKey key(CapturedTable table, Object[] row) {
        return new RowKey(row, table.keyTargets());
    }

    /** Never back: a control row may come while a transaction goes out in parts. */
    private void lastWent(long time, long row) {
        if (controlRows && lastEmitted.isBefore(position.incarnation(), time, row)) {
            lastEmitted = new LastEmitted(position.incarnation(), time, row);
        }
    }

    @Override
    public void query(String database, String sql, BinlogPosition end) throws InterruptedException {
        order.lock();
        try {
            if (ended) {
                return;
            }
            String truncated = controlRows ? StatementCheck.truncated(database, sql) : null;
            CapturedStream table = truncated == null ? null : tablesByName.get(truncated);
            if (table == null) {
                StatementCheck.check(instance, tablesByName.keySet(), database, sql, end);
            } else {
                emitTruncate(table);
            }
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    /**
     * Says that a captured table was emptied: to its open windows, each of its keys has changed.
     */
    private void emitTruncate(CapturedStream table) throws InterruptedException {
        while (isHeldBack(table)) {
            windowMoved.await();
        }
        for (Window window : table.open) {
            window.changedAll();
        }
        emitControl(control.truncate(table.table));
    }

    @Override
    public void xaBegin(String xid) {
        order.lock();
        try {
            prepared.begin();
        } finally {
            order.unlock();
        }
    }

    @Override
    public void xaPrepare(String xid, BinlogPosition transactionBegin) {
        order.lock();
        try {
            prepared.prepare(xid, transactionBegin);
        } finally {
            order.unlock();
        }
    }

    /** Its rows go out as those of the transaction that commits it. */
    @Override
    public void xaCommit(String xid, BinlogPosition transactionBegin) throws Exception {
        order.lock();
        try {
            if (!ended) {
                prepared.commit(xid, transactionBegin, position.transactionAt(), this::rows);
            }
        } finally {
            order.unlock();
        }
    }

    @Override
    public void xaRollback(String xid) {
        order.lock();
        try {
            prepared.rollback(xid);
        } finally {
            order.unlock();
        }
    }

    @Override
    public void transactionEnd(BinlogPosition end) throws InterruptedException {
        order.lock();
        try {
            if (ended) {
                return;
            }
            prepared.ended();
            position.end(end);
            stateMoved = true;
            pass(end);
            if (endRequested && !ended && position.isBetweenTransactions()) {
                end();
            }
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    @Override
    public void position(BinlogPosition at) throws InterruptedException {
        order.lock();
        try {
            if (!position.inTransaction() && !ended) {
                position.moveTo(at);
                stateMoved = true;
            }
            pass(at);
        } finally {
            order.unlock();
        }
        if (!position.inTransaction()) {
            handOverIfIdle();
        }
    }

    /** Everything before this position has been emitted. */
    private void pass(BinlogPosition at) {
        boolean wasBehind = !hasPassed(connectedAt);
        passed = at;
        if (until != null && at.compareTo(until) >= 0 && snapshots.areComplete()) {
            requestEnd();
        }
        endWithSnapshot();
        if (wholeTables > 0 || wasBehind && hasPassed(connectedAt)) {
            windowMoved.signalAll();
        }
        if (caughtUp != null && !ended && passed.compareTo(caughtUp.end) >= 0) {
            CaughtUp reached = caughtUp;
            caughtUp = null;
            status.caughtUp(reached.readNanos);
            emitControl(control.heartbeat(snapshotsLeft).caughtUpTime(reached.timeMicros));
        }
    }

    // ---- snapshot ----------------------------------------------------------------------------

    /** How far the table's snapshot has come, or null if it is not to be read. */
    TableSnapshot snapshot(String table) {
        order.lock();
        try {
            return snapshots.get(table);
        } finally {
            order.unlock();
        }
    }

    /** Whether all that is to be read of all tables went out. */
    boolean snapshotIsComplete() {
        order.lock();
        try {
            return snapshots.areComplete();
        } finally {
            order.unlock();
        }
    }

    /**
     * Waits until the table may be read. One that is read once more has to wait until the stream
     * has passed what was in the binlog when its connection began: else a change from before the
     * restore, which goes out again, would stand for a row that is gone without a trace in the
     * binlog.
     *
     * @param onConnection the reader's connection
     * @return false if the reader has another connection by now
     */
    boolean awaitBegin(CapturedTable captured, int onConnection) throws InterruptedException {
        order.lock();
        try {
            TableSnapshot progress = snapshots.get(captured.source().qualifiedName());
            while (onConnection == connection
                    && progress.repeated()
                    && progress.isUntouched()
                    && !hasPassed(connectedAt)) {
                windowMoved.await();
            }
            return onConnection == connection;
        } finally {
            order.unlock();
        }
    }

    private boolean hasPassed(BinlogPosition place) {
        return passed != null && place != null && passed.compareTo(place) >= 0;
    }

    /**
     * Opens a window for the next chunk of a range: from now on changed keys are collected.
     *
     * @param onConnection the reader's connection, to whose server the chunk will be put
     * @return null if the reader has another connection by now
     */
    Window open(CapturedTable captured, int range, int onConnection) {
        order.lock();
        try {
            if (onConnection != connection) {
                return null;
            }
            String name = captured.source().qualifiedName();
            TableSnapshot progress = snapshots.get(name);
            // Several chunks are read before the first one goes out.
            if (begun.add(name)) {
                if (progress.isUntouched()) {
                    emitControl(
                            control.snapshot(ControlTable.Kind.SNAPSHOT_BEGUN, captured, progress));
                } else {
                    // The sink may have seen its end already, before the restart.
                    showOnly(
                            control.snapshot(
                                    ControlTable.Kind.SNAPSHOT_PROGRESS, captured, progress));
                }
            }
            Window window = new Window(name, range, position.emittedGtids(), position.low(passed));
            windows.add(window);
            tablesByName.get(name).open.add(window);
            return window;
        } finally {
            order.unlock();
        }
    }

    /**
     * A range ends at a key that no window has reached.
     *
     * @return the range that begins there
     */
    KeyRange split(CapturedTable captured, int range, Object[] at) {
        order.lock();
        try {
            String name = captured.source().qualifiedName();
            TableSnapshot split = snapshots.get(name).split(range, at);
            snapshots = snapshots.with(name, split);
            stateMoved = true;
            return split.left().get(split.left().size() - 1);
        } finally {
            order.unlock();
        }
    }

    /**
     * Makes a snapshot row of values just read.
     *
     * @return null if the route's filter leaves it out
     */
    SeaTunnelRow snapshotRow(CapturedTable captured, Object[] read) {
        return tablesByName.get(captured.source().qualifiedName()).outgoing.ofSnapshot(read);
    }

    /**
     * Delivers what was read for a window. It goes out, bit by bit as rows are taken, when the
     * reader has passed {@code high}. If the order broke off meanwhile, it is dropped.
     */
    void deliver(
            Window window,
            List<SeaTunnelRow> rows,
            List<RowKey> keys,
            boolean last,
            BinlogPosition high)
            throws InterruptedException {
        order.lock();
        try {
            if (!window.isAborted()) {
                window.deliver(rows, keys, last, high);
                windowMoved.signalAll();
            }
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    /**
     * Waits until a delivered window went out.
     *
     * @return false if the order broke off instead: the chunk must be read again
     */
    boolean awaitOut(Window window) throws InterruptedException {
        order.lock();
        try {
            while (!window.isGone()) {
                windowMoved.await();
            }
            return window.isClosed();
        } finally {
            order.unlock();
        }
    }

    /** Whether a delivered window is gone, so that {@link #awaitOut} does not wait. */
    boolean isGone(Window window) {
        order.lock();
        try {
            return window.isGone();
        } finally {
            order.unlock();
        }
    }

    /** The chunk could not be read: its window is closed without rows. */
    void discard(Window window) {
        order.lock();
        try {
            if (!window.isGone()) {
                window.abort();
                remove(window);
            }
        } finally {
            order.unlock();
        }
    }

    /**
     * Says that a table will be read in one piece. It must be locked against writers: its changes
     * behind this place are held back from now on.
     *
     * @param asOf written end of the binlog while the table is locked
     * @param onConnection the reader's connection, to whose server the place belongs
     * @return null if the reader has another connection by now
     */
    WholeTable openWhole(CapturedTable captured, BinlogPosition asOf, int onConnection) {
        order.lock();
        try {
            if (onConnection != connection) {
                return null;
            }
            String name = captured.source().qualifiedName();
            if (begun.add(name)) {
                emitControl(
                        control.snapshot(
                                ControlTable.Kind.SNAPSHOT_BEGUN, captured, snapshots.get(name)));
            }
            WholeTable whole = new WholeTable(name, asOf);
            tablesByName.get(name).whole = whole;
            wholeTables++;
            return whole;
        } finally {
            order.unlock();
        }
    }

    /**
     * Waits until the stream has come to where the rows of a table belong.
     *
     * @return false if its order broke off instead: the table must be read anew
     */
    boolean awaitDue(WholeTable whole) throws InterruptedException {
        order.lock();
        try {
            while (!whole.isGone() && !whole.isDue(passed)) {
                windowMoved.await();
            }
            return !whole.isGone();
        } finally {
            order.unlock();
        }
    }

    /**
     * Emits rows of a table that is read in one piece.
     *
     * @param rows null where one does not go out
     * @return false if the stream's order broke off: the table must be read anew
     */
    boolean emit(WholeTable whole, List<SeaTunnelRow> rows) throws InterruptedException {
        order.lock();
        try {
            if (whole.isGone()) {
                return false;
            }
            for (SeaTunnelRow row : rows) {
                if (row != null) {
                    tablesByName.get(whole.table()).outgoing.add(row, batch);
                    if (batchIsFull()) {
                        handOver();
                    }
                }
            }
        } finally {
            order.unlock();
        }
        handOverIfIdle();
        return true;
    }

    /**
     * All rows of a table that is read in one piece were emitted.
     *
     * @return false if the stream's order broke off: the table must be read anew
     */
    boolean close(WholeTable whole, long rows) throws InterruptedException {
        order.lock();
        try {
            if (whole.isGone()) {
                return false;
            }
            advance(
                    whole.table(),
                    new TableSnapshot(
                            Collections.<KeyRange>emptyList(),
                            rows,
                            snapshots.get(whole.table()).repeated(),
                            snapshots.get(whole.table()).request()));
            end(whole);
            endWithSnapshot();
        } finally {
            order.unlock();
        }
        handOverIfIdle();
        return true;
    }

    /** The table could not be read to its end. */
    void discard(WholeTable whole) {
        order.lock();
        try {
            if (!whole.isGone()) {
                end(whole);
            }
        } finally {
            order.unlock();
        }
    }

    private void end(WholeTable whole) {
        whole.end();
        tablesByName.get(whole.table()).whole = null;
        wholeTables--;
        windowMoved.signalAll();
    }

    /**
     * Moves rows of chunks that are due into the batch: as many as a batch holds, and in any case a
     * few. No more than what is being taken leaves a chunk, so that changes never wait behind a
     * queue of snapshot rows.
     */
    private void addSnapshotRows() {
        int most = Math.max(SNAPSHOT_ROWS, BATCH_ROWS - batch.size());
        long mostBytes = Math.max(BATCH_BYTES / 4, BATCH_BYTES - batch.bytes()) + batch.bytes();
        int added = 0;
        List<Window> emptied = new ArrayList<>();
        for (int i = 0; i < windows.size() && added < most && batch.bytes() < mostBytes; i++) {
            Window window = windows.get(i);
            if (window.isDue(passed)) {
                CapturedStream table = tablesByName.get(window.table());
                while (window.hasNext() && added < most && batch.bytes() < mostBytes) {
                    table.outgoing.add(window.next(), batch);
                    added++;
                }
                if (!window.hasNext()) {
                    emptied.add(window);
                }
            }
        }
        // Behind the rows of all: control rows that come together are applied together.
        emptied.forEach(this::close);
        endWithSnapshot();
    }

    private boolean hasDueWindow() {
        for (Window window : windows) {
            if (window.isDue(passed)) {
                return true;
            }
        }
        return false;
    }

    private void close(Window window) {
        advance(
                window.table(),
                snapshots
                        .get(window.table())
                        .read(
                                window.range(),
                                window.lastKey() == null ? null : window.lastKey().values(),
                                window.size(),
                                window.isLast()));
        window.close();
        remove(window);
    }

    private void advance(String table, TableSnapshot moved) {
        snapshots = snapshots.with(table, moved);
        stateMoved = true;
        CapturedTable captured = tablesByName.get(table).table;
        if (!moved.done()) {
            showOnly(control.snapshot(ControlTable.Kind.SNAPSHOT_PROGRESS, captured, moved));
        } else {
            emitControl(control.snapshot(ControlTable.Kind.SNAPSHOT_DONE, captured, moved));
            LOG.info(
                    "instance {}: snapshot of {} done, {} rows", instance, table, moved.rowsRead());
        }
    }

    private void remove(Window window) {
        windows.remove(window);
        tablesByName.get(window.table()).open.remove(window);
        windowMoved.signalAll();
    }

    // ---- control rows and the end of a bounded run -------------------------------------------

    /**
     * Notes that the server's binlog ended at {@code end} after its clock showed {@code
     * timeMicros}; once the reader has passed that, a heartbeat says so. As long as it has not, a
     * further call says where the reader is instead, and that end stays the one to get to: else a
     * reader that is always further behind than the time between two calls would never get there.
     *
     * @param onConnection the reader's connection, whose server said this
     * @param readNanos {@link System#nanoTime} before its clock was read
     */
    void heartbeat(int onConnection, long timeMicros, long readNanos, BinlogPosition end)
            throws InterruptedException {
        order.lock();
        try {
            if (ended || onConnection != connection) {
                return;
            }
            if (caughtUp != null) {
                emitControl(control.heartbeat(snapshotsLeft));
            } else {
                caughtUp = new CaughtUp(timeMicros, readNanos, end);
            }
            if (passed != null) {
                pass(passed);
            }
            if (stateMoved) {
                handOver();
            }
        } finally {
            order.unlock();
        }
        handOverIfIdle();
    }

    /**
     * Says that a checkpoint has completed which holds this state: from it a restart goes on. Waits
     * for nothing.
     */
    void checkpointCompleted(InstanceState state) {
        if (snapshotsLeft > 0) {
            snapshotsLeft = new Snapshots(state.snapshots()).unfinished();
        }
    }

    /** One that moves the sink's progress to all that was emitted. */
    private void emitControl(ControlTable.Row row) {
        if (controlRows) {
            batch.add(row.build(), CONTROL_ROW_BYTES);
            lastWent(row.versionTime(), Long.MAX_VALUE);
        }
    }

    /** One that a sink may leave out. */
    private void showOnly(ControlTable.Row row) {
        if (controlRows) {
            batch.add(row.build(), CONTROL_ROW_BYTES);
        }
    }

    private void endWithSnapshot() {
        if (bounded && !endsByPosition && snapshots.areComplete()) {
            requestEnd();
        }
    }

    private void requestEnd() {
        if (ended || endRequested) {
            return;
        }
        endRequested = true;
        // After a reconnect the rest of a transaction may be still to come.
        if (position.isBetweenTransactions()) {
            end();
        }
    }

    /** The last rows are in the batch then, which is to be handed over. */
    private void end() {
        Map<String, Long> rowsRead = new HashMap<>();
        for (String table : tablesByName.keySet()) {
            TableSnapshot read = snapshots.get(table);
            rowsRead.put(table, read == null ? 0 : read.rowsRead());
        }
        emitControl(control.runEnd(handoff, rowsRead));
        // The engine may finish with one row still in flight: let it be this one (protocol, C2).
        showOnly(control.filler());
        ended = true;
        LOG.info(
                "instance {}: bounded run ends at {}, {} rows read",
                instance,
                position,
                rowsRead.values().stream().mapToLong(Long::longValue).sum());
        onEnd.run();
    }

    // ---- handover ----------------------------------------------------------------------------

    private boolean batchIsFull() {
        return batch.size() >= BATCH_ROWS || batch.bytes() >= BATCH_BYTES;
    }

    private void handOver() throws InterruptedException {
        handover.put(this, cut());
    }

    private Batch cut() {
        addSnapshotRows();
        Batch full = batch;
        full.closeWith(state());
        batch = new Batch(instance);
        stateMoved = false;
        endIsCut = ended;
        return full;
    }

    /**
     * Hands over what there is if the taker waits for it: called after the lock was let go, since a
     * taker that began to wait meanwhile found the stream at work.
     */
    private void handOverIfIdle() throws InterruptedException {
        if (handover.takerIsIdle()) {
            order.lock();
            try {
                if (hasRows()) {
                    handOver();
                }
            } finally {
                order.unlock();
            }
        }
    }

    private boolean hasRows() {
        return batch.size() > 0 || hasDueWindow() || ended && !endIsCut;
    }

    @Override
    public Batch takeIfFree(long waitNanos) throws InterruptedException {
        if (!order.tryLock(waitNanos, TimeUnit.NANOSECONDS)) {
            return Handover.AT_WORK;
        }
        try {
            return hasRows() && !handover.holds(this) ? cut() : null;
        } finally {
            order.unlock();
        }
    }
}
