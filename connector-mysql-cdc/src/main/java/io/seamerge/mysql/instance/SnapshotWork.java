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

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.SnapshotKey;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.config.WithoutGtid;
import io.seamerge.mysql.snapshot.ChunkReader;
import io.seamerge.mysql.snapshot.KeyRange;
import io.seamerge.mysql.snapshot.RangeSplitter;
import io.seamerge.mysql.snapshot.RowKey;
import io.seamerge.mysql.snapshot.Throttle;
import io.seamerge.mysql.snapshot.WholeTable;
import io.seamerge.mysql.snapshot.WholeTableReader;
import io.seamerge.mysql.snapshot.Window;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshot of an instance's tables: each of its threads takes one range of a table's key after
 * the other and reads it chunk by chunk into the stream. At first each table is one range; a thread
 * that finds none left gets the upper part of what another one is reading. Threads read ahead: a
 * chunk has to wait in the stream until the binlog reader has passed it, and the next ones are read
 * meanwhile. A connection that breaks is made anew; chunks whose order broke off are read again.
 */
final class SnapshotWork {

    /** A privilege may be missing for a moment only. */
    private static final int MOST_REFUSALS = 10;

    private static final int ILLEGAL_MIX_OF_COLLATIONS = 1267;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotWork.class);

    /** How long a transaction that was read from the binlog may take to become visible. */
    private static final long VISIBILITY_POLL_MS = 1;

    private static final long VISIBILITY_WARN_NANOS = 10_000_000_000L;

    private static final long PAUSE_MS = 200;

    /** How long a thread without work waits for another one's before it looks around. */
    private static final long IDLE_MS = 20;

    /** Chunks of full size that a thread holds at most, with the one it reads: it bounds memory. */
    private static final int CHUNKS_HELD = 2;

    /** Chunks of whatever size that a thread holds at most: small tables are many. */
    private static final int WINDOWS_AHEAD = 128;

    private final SourceConfig config;
    private final String instance;
    private final InstanceStream stream;
    private final BlockingQueue<Part> unread = new LinkedBlockingQueue<>();
    private final AtomicInteger idle = new AtomicInteger();
    private final Connector connector;
    private final Throttle throttle;
    private final int chunkRows;
    private final int chunkBytes;

    /** Connects to the server that the binlog is read from; null while there is none. */
    interface Connector {
        Connection connect() throws SQLException;
    }

    /**
     * @param tables those whose snapshot is not done
     */
    SnapshotWork(
            SourceConfig config,
            String instance,
            InstanceStream stream,
            List<CapturedTable> tables,
            Connector connector) {
        this.config = config;
        this.instance = instance;
        this.stream = stream;
        this.connector = connector;
        this.throttle =
                new Throttle(config.snapshotMaxRowsPerSecond(), config.snapshotMaxBytesPerSecond());
        this.chunkRows = Math.min(config.chunkRows(), throttle.maxRows());
        this.chunkBytes = Math.min(config.chunkBytes(), throttle.maxBytes());
        for (CapturedTable table : tables) {
            for (KeyRange range : stream.snapshot(table.source().qualifiedName()).left()) {
                unread.add(new Part(table, range.number()));
            }
        }
    }

    /** Reads until nothing is left; several threads run this side by side. */
    void run() throws InterruptedException {
        Worker worker = new Worker();
        try {
            worker.run();
        } finally {
            InstanceTask.closeQuietly(worker.connection);
        }
    }

    /** A range of a table: what one thread reads at a time. */
    private static final class Part {

        final CapturedTable table;
        final int range;

        Part(CapturedTable table, int range) {
            this.table = table;
            this.range = range;
        }
    }

    /** A chunk that was delivered and has not been seen to go out. */
    private static final class Ahead {

        final Part part;
        final Window window;
        final long bytes;

        Ahead(Part part, Window window, long bytes) {
            this.part = part;
            this.window = window;
            this.bytes = bytes;
        }
    }

    /** One thread's share: its connection, the range that it reads, and what it has read ahead. */
    private final class Worker {

        private final Deque<Ahead> ahead = new ArrayDeque<>();
        private Connection connection;
        private int number;
        private long bytesAhead;

        /** Transactions that were seen to be visible on this connection, as a GTID set. */
        private String visible;

        private Part part;
        private ChunkReader reader;

        /** What of the range is not read, beyond what is ahead. */
        private KeyRange rest;

        /** Whether another thread could be given a piece of it. */
        private boolean divisible;

        /** Statements that the server refused, one after the other. */
        private int refusals;

        void run() throws InterruptedException {
            while (true) {
                // First the connection's number, then the chunks ahead: those of an older one are
                // gone by now, and all are seen to be. A chunk behind one that was aborted would
                // move its range's begin past it.
                int current = stream.connection();
                while (!ahead.isEmpty() && (isFarAhead() || stream.isGone(ahead.peek().window))) {
                    awaitFirst();
                }
                if (part == null && !takePart()) {
                    if (stream.snapshotIsComplete()) {
                        return;
                    }
                    continue;
                }
                try {
                    if (connection == null || number != current) {
                        InstanceTask.closeQuietly(connection);
                        connection = null;
                        number = current;
                        visible = null;
                        connection = connector.connect();
                    }
                    if (connection == null) {
                        Thread.sleep(PAUSE_MS);
                    } else {
                        readOn();
                        refusals = 0;
                    }
                } catch (SQLException e) {
                    if (isPermanent(e) && ++refusals >= MOST_REFUSALS) {
                        throw new IllegalStateException(
                                "instance "
                                        + instance
                                        + ": "
                                        + part.table.source().qualifiedName()
                                        + " cannot be read: "
                                        + e.getMessage()
                                        + " (error "
                                        + e.getErrorCode()
                                        + ", "
                                        + refusals
                                        + " times): mend that on the server, and restore the job",
                                e);
                    }
                    LOG.warn(
                            "instance {}: a chunk of {} is read again: {}",
                            instance,
                            part.table.source().qualifiedName(),
                            e.toString());
                    InstanceTask.closeQuietly(connection);
                    connection = null;
                    Thread.sleep(PAUSE_MS);
                }
            }
        }

        private void readOn() throws SQLException, InterruptedException {
            if (!stream.awaitBegin(part.table, number)) {
                return;
            }
            if (SnapshotKey.canPage(part.table.source())) {
                shareWithIdle();
                readChunk();
            } else {
                readWhole();
            }
        }

        /** Whether the statement itself is refused (syntax, privileges, values, collations). */
        private boolean isPermanent(SQLException failure) {
            String state = String.valueOf(failure.getSQLState());
            return state.startsWith("42")
                    || state.startsWith("22")
                    || failure.getErrorCode() == ILLEGAL_MIX_OF_COLLATIONS;
        }

        private boolean isFarAhead() {
            long next = reader == null ? 0 : reader.expectedBytes();
            return bytesAhead + next > (long) CHUNKS_HELD * config.chunkBytes()
                    || ahead.size() >= WINDOWS_AHEAD;
        }

        /** Takes a range; if there is none, lets the others know and waits for a moment. */
        private boolean takePart() throws InterruptedException {
            Part next = unread.poll();
            if (next == null) {
                idle.incrementAndGet();
                try {
                    next = unread.poll(IDLE_MS, TimeUnit.MILLISECONDS);
                } finally {
                    idle.decrementAndGet();
                }
            }
            if (next == null) {
                return false;
            }
            rest = stream.snapshot(next.table.source().qualifiedName()).range(next.range);
            if (rest == null) {
                return false;
            }
            part = next;
            reader = new ChunkReader(part.table, chunkRows, chunkBytes);
            divisible = true;
            return true;
        }

        /** Waits for the first chunk that is ahead; if it did not go out, all are read again. */
        private void awaitFirst() throws InterruptedException {
            Ahead first = ahead.remove();
            if (stream.awaitOut(first.window)) {
                bytesAhead -= first.bytes;
                return;
            }
            // Windows of one connection are aborted together: the others are gone as well.
            Set<Part> again = new LinkedHashSet<>();
            again.add(first.part);
            for (Ahead later : ahead) {
                again.add(later.part);
            }
            if (part != null) {
                again.add(part);
            }
            ahead.clear();
            bytesAhead = 0;
            part = null;
            unread.addAll(again);
        }

        /** Gives the upper part of the range to a thread that has nothing to read. */
        private void shareWithIdle() throws SQLException {
            // Before the first chunk nothing is known of the rows, not even that there are many.
            if (!divisible || rest.from() == null || idle.get() == 0 || !unread.isEmpty()) {
                return;
            }
            Object[] at =
                    new RangeSplitter(part.table.source())
                            .split(connection, rest, 2L * reader.limit());
            if (at == null) {
                divisible = false;
                return;
            }
            KeyRange upper = stream.split(part.table, part.range, at);
            rest = new KeyRange(part.range, rest.from(), at);
            unread.add(new Part(part.table, upper.number()));
        }

        private void readChunk() throws SQLException, InterruptedException {
            int reservedRows = reader.limit();
            long reservedBytes = reader.expectedBytes();
            TimeUnit.NANOSECONDS.sleep(
                    throttle.reserve(System.nanoTime(), reservedRows, reservedBytes));
            Window window = stream.open(part.table, part.range, number);
            if (window == null) {
                return;
            }
            boolean delivered = false;
            try {
                ChunkReader.Chunk chunk = read(window);
                throttle.settle(reservedRows, reservedBytes, chunk.rows().size(), chunk.bytes());
                BinlogPosition high = ServerStatus.writtenEnd(connection);
                List<SeaTunnelRow> rows = new ArrayList<>(chunk.rows().size());
                List<RowKey> keys = new ArrayList<>(chunk.rows().size());
                for (Object[] fields : chunk.rows()) {
                    keys.add(new RowKey(fields, part.table.keyTargets()));
                    rows.add(stream.snapshotRow(part.table, fields));
                }
                if (!keys.isEmpty()) {
                    rest = rest.behind(keys.get(keys.size() - 1).values());
                }
                ahead.add(new Ahead(part, window, chunk.bytes()));
                bytesAhead += chunk.bytes();
                stream.deliver(window, rows, keys, chunk.isLast(), high);
                delivered = true;
                if (chunk.isLast()) {
                    part = null;
                }
            } finally {
                if (!delivered) {
                    stream.discard(window);
                }
            }
        }

        /** Reads a table that has no key to page over. */
        private void readWhole() throws SQLException, InterruptedException {
            WholeTable whole;
            Connection locker = connector.connect();
            if (locker == null) {
                Thread.sleep(PAUSE_MS);
                return;
            }
            try {
                WholeTableReader.lock(part.table.source(), locker, connection);
                // Nobody can change the table before the stream knows where its rows belong.
                whole = stream.openWhole(part.table, ServerStatus.writtenEnd(locker), number);
            } finally {
                InstanceTask.closeQuietly(locker);
            }
            boolean isOut = false;
            try {
                isOut = whole != null && stream.awaitDue(whole) && emitAll(whole);
            } finally {
                if (whole != null && !isOut) {
                    stream.discard(whole);
                }
                if (!isOut) {
                    // What is left of the read would have to be fetched before a proper end.
                    connection.abort(Runnable::run);
                    connection = null;
                }
            }
            if (isOut) {
                part = null;
            } else {
                LOG.warn(
                        "instance {}: {} has no key to go on from, it is read anew: rows of it that"
                                + " went out go out again",
                        instance,
                        part.table.source().qualifiedName());
            }
        }

        private boolean emitAll(WholeTable whole) throws SQLException, InterruptedException {
            long count = 0;
            try (WholeTableReader all = new WholeTableReader(part.table, connection)) {
                while (true) {
                    List<SeaTunnelRow> rows = new ArrayList<>();
                    for (Object[] fields : all.next(part.table.readWidth())) {
                        rows.add(stream.snapshotRow(part.table, fields));
                    }
                    if (rows.isEmpty()) {
                        break;
                    }
                    count += rows.size();
                    if (!stream.emit(whole, rows)) {
                        return false;
                    }
                    TimeUnit.NANOSECONDS.sleep(
                            throttle.reserve(System.nanoTime(), rows.size(), all.bytes()));
                }
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute("COMMIT");
            }
            return stream.close(whole, count);
        }

        private ChunkReader.Chunk read(Window window) throws SQLException, InterruptedException {
            int width = part.table.readWidth();
            if (window.emitted() != null) {
                String emitted = window.emitted().toString();
                // Most chunks of a quiet server follow one another without a change in between.
                if (!emitted.equals(visible)) {
                    awaitVisible(connection, emitted);
                    visible = emitted;
                }
                return reader.read(connection, rest, width, "");
            }
            if (ServerStatus.isMariaDb(connection)) {
                beginVisible(connection, window.low());
            } else if (config.withoutGtid() == WithoutGtid.SHARED_ROW_LOCKS) {
                return reader.read(connection, rest, width, " LOCK IN SHARE MODE");
            } else {
                ChunkReader.beginBehindReadLock(connection);
            }
            ChunkReader.Chunk chunk = reader.read(connection, rest, width, "");
            try (Statement statement = connection.createStatement()) {
                statement.execute("COMMIT");
            }
            return chunk;
        }
    }

    /**
     * Waits until all that the stream has emitted is visible: a transaction is in the binlog before
     * its rows can be read (group commit, semi-synchronous replication).
     */
    private void awaitVisible(Connection connection, String emitted)
            throws SQLException, InterruptedException {
        Waiting waiting = new Waiting();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)")) {
            statement.setString(1, emitted);
            while (true) {
                try (ResultSet result = statement.executeQuery()) {
                    result.next();
                    if (result.getBoolean(1)) {
                        return;
                    }
                }
                waiting.pause();
            }
        }
    }

    /**
     * Opens a read view in which all that the stream has emitted is visible; MariaDB says which
     * place of the binlog a view shows.
     */
    private void beginVisible(Connection connection, BinlogPosition low)
            throws SQLException, InterruptedException {
        Waiting waiting = new Waiting();
        while (ChunkReader.beginAtPosition(connection).compareTo(low) < 0) {
            waiting.pause();
        }
    }

    /** Waits in small steps for transactions to become visible, and says so if it takes long. */
    private final class Waiting {

        private final long began = System.nanoTime();
        private boolean warned;

        void pause() throws InterruptedException {
            if (!warned && System.nanoTime() - began > VISIBILITY_WARN_NANOS) {
                warned = true;
                LOG.warn(
                        "instance {}: transactions that are in the binlog are not visible after 10 s;"
                                + " the snapshot waits for them (a semi-synchronous replica that does"
                                + " not answer?)",
                        instance);
            }
            Thread.sleep(VISIBILITY_POLL_MS);
        }
    }
}
