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
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.config.WithoutGtid;
import io.seamerge.mysql.snapshot.ChunkReader;
import io.seamerge.mysql.snapshot.RowKey;
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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshot of an instance's tables: each of its threads takes one table after the other and
 * reads it chunk by chunk into the stream. It reads ahead: a chunk has to wait in the stream until
 * the binlog reader has passed it, and the next ones are read meanwhile. A connection that breaks
 * is made anew; chunks whose order broke off are read again.
 */
final class SnapshotWork {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotWork.class);
    private static final long LOG_INTERVAL_NANOS = 5_000_000_000L;

    /** How long a transaction that was read from the binlog may take to become visible. */
    private static final long VISIBILITY_POLL_MS = 1;

    private static final long VISIBILITY_WARN_NANOS = 10_000_000_000L;

    private static final long PAUSE_MS = 200;

    /** Chunks of full size that a thread holds at most: it bounds memory. */
    private static final int CHUNKS_AHEAD = 4;

    /** Chunks of whatever size that a thread holds at most: small tables are many. */
    private static final int WINDOWS_AHEAD = 128;

    private final SourceConfig config;
    private final String instance;
    private final InstanceStream stream;
    private final Queue<CapturedTable> unread;
    private final Connector connector;

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
        this.unread = new ConcurrentLinkedQueue<>(tables);
        this.connector = connector;
    }

    /** Reads tables until none is left; several threads run this side by side. */
    void run() throws InterruptedException {
        Worker worker = new Worker();
        try {
            worker.run();
        } finally {
            InstanceTask.closeQuietly(worker.connection);
        }
    }

    /** A chunk that was delivered and has not been seen to go out. */
    private static final class Ahead {

        final CapturedTable table;
        final Window window;
        final long bytes;

        Ahead(CapturedTable table, Window window, long bytes) {
            this.table = table;
            this.window = window;
            this.bytes = bytes;
        }
    }

    /** One thread's share: its connection, the table that it reads, and what it has read ahead. */
    private final class Worker {

        private final Deque<Ahead> ahead = new ArrayDeque<>();
        private Connection connection;
        private int number;
        private long bytesAhead;

        private CapturedTable table;
        private ChunkReader reader;
        private Progress progress;
        private Object[] bound;

        void run() throws InterruptedException {
            while (true) {
                while (!ahead.isEmpty() && (isFarAhead() || stream.isGone(ahead.peek().window))) {
                    awaitFirst();
                }
                if (table == null && !takeTable()) {
                    if (ahead.isEmpty()) {
                        return;
                    }
                    awaitFirst();
                    continue;
                }
                int current = stream.connection();
                if (number != current) {
                    // What is ahead was aborted, or is out. It must be settled before the next
                    // chunk:
                    // a chunk behind one that is missing would move the bound past it.
                    while (!ahead.isEmpty()) {
                        awaitFirst();
                    }
                    number = current;
                    InstanceTask.closeQuietly(connection);
                    connection = null;
                    continue;
                }
                try {
                    if (connection == null) {
                        connection = connector.connect();
                    }
                    if (connection == null) {
                        Thread.sleep(PAUSE_MS);
                    } else {
                        readChunk();
                    }
                } catch (SQLException e) {
                    LOG.warn(
                            "instance {}: a chunk of {} is read again: {}",
                            instance,
                            table.source().qualifiedName(),
                            e.toString());
                    InstanceTask.closeQuietly(connection);
                    connection = null;
                    Thread.sleep(PAUSE_MS);
                }
            }
        }

        private boolean isFarAhead() {
            return bytesAhead >= (long) CHUNKS_AHEAD * config.chunkBytes()
                    || ahead.size() >= WINDOWS_AHEAD;
        }

        private boolean takeTable() {
            table = unread.poll();
            if (table == null) {
                return false;
            }
            reader = new ChunkReader(table, config.chunkRows(), config.chunkBytes());
            progress = new Progress(table);
            bound = stream.snapshot(table.source().qualifiedName()).bound();
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
            Set<CapturedTable> again = new LinkedHashSet<>();
            again.add(first.table);
            for (Ahead later : ahead) {
                again.add(later.table);
            }
            if (table != null) {
                again.add(table);
            }
            ahead.clear();
            bytesAhead = 0;
            table = null;
            for (CapturedTable each : again) {
                if (!stream.snapshot(each.source().qualifiedName()).done()) {
                    unread.add(each);
                }
            }
        }

        private void readChunk() throws SQLException, InterruptedException {
            Window window = stream.open(table, number);
            if (window == null) {
                return;
            }
            boolean delivered = false;
            try {
                ChunkReader.Chunk chunk = read(window);
                BinlogPosition high = ServerStatus.writtenEnd(connection);
                List<SeaTunnelRow> rows = new ArrayList<>(chunk.rows().size());
                List<RowKey> keys = new ArrayList<>(chunk.rows().size());
                for (Object[] fields : chunk.rows()) {
                    keys.add(new RowKey(fields, table.keyTargets()));
                    rows.add(stream.snapshotRow(table, fields));
                }
                if (!keys.isEmpty()) {
                    bound = keys.get(keys.size() - 1).values();
                }
                ahead.add(new Ahead(table, window, chunk.bytes()));
                bytesAhead += chunk.bytes();
                stream.deliver(window, rows, keys, chunk.isLast(), high);
                delivered = true;
                progress.log();
                if (chunk.isLast()) {
                    table = null;
                }
            } finally {
                if (!delivered) {
                    stream.discard(window);
                }
            }
        }

        private ChunkReader.Chunk read(Window window) throws SQLException, InterruptedException {
            int width = table.readWidth();
            if (window.emitted() != null) {
                awaitVisible(connection, window.emitted());
                return reader.read(connection, bound, width, "");
            }
            if (ServerStatus.isMariaDb(connection)) {
                beginVisible(connection, window.low());
            } else if (config.withoutGtid() == WithoutGtid.SHARED_ROW_LOCKS) {
                return reader.read(connection, bound, width, " LOCK IN SHARE MODE");
            } else {
                ChunkReader.beginBehindReadLock(connection);
            }
            ChunkReader.Chunk chunk = reader.read(connection, bound, width, "");
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
    private void awaitVisible(Connection connection, GtidSet emitted)
            throws SQLException, InterruptedException {
        Waiting waiting = new Waiting();
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed)")) {
            statement.setString(1, emitted.toString());
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

    /** Says every few seconds how far a table has come. */
    private final class Progress {

        private final CapturedTable table;
        private final long began = System.nanoTime();
        private long logged = began;

        Progress(CapturedTable table) {
            this.table = table;
        }

        void log() {
            long now = System.nanoTime();
            if (now - logged < LOG_INTERVAL_NANOS) {
                return;
            }
            logged = now;
            long rows = stream.snapshot(table.source().qualifiedName()).rowsRead();
            long estimated = Math.max(1, table.source().estimatedRows());
            LOG.info(
                    "instance {}: snapshot of {}: {} rows, about {} %, {} rows/s",
                    instance,
                    table.source().qualifiedName(),
                    rows,
                    Math.min(99, rows * 100 / estimated),
                    rows * 1_000_000_000L / (now - began));
        }
    }
}
