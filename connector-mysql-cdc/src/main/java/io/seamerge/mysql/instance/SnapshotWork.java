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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshot of an instance's tables: each of its threads takes one table after the other and
 * reads it chunk by chunk into the stream. A connection that breaks is made anew; a chunk whose
 * order broke off is read again.
 */
final class SnapshotWork {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotWork.class);
    private static final long LOG_INTERVAL_NANOS = 5_000_000_000L;

    /** How long a transaction that was read from the binlog may take to become visible. */
    private static final long VISIBILITY_POLL_MS = 1;

    private static final long VISIBILITY_WARN_NANOS = 10_000_000_000L;

    private static final long PAUSE_MS = 200;

    private final SourceConfig config;
    private final String instance;
    private final InstanceStream stream;
    private final List<CapturedTable> tables;
    private final Connector connector;
    private final AtomicInteger next = new AtomicInteger();

    /** Connects to the server that the binlog is read from; null while there is none. */
    interface Connector {
        Connection connect() throws SQLException;
    }

    SnapshotWork(
            SourceConfig config,
            String instance,
            InstanceStream stream,
            List<CapturedTable> tables,
            Connector connector) {
        this.config = config;
        this.instance = instance;
        this.stream = stream;
        this.tables = tables;
        this.connector = connector;
    }

    /** Takes tables until none is left; several threads run this side by side. */
    void run() throws InterruptedException {
        Connection connection = null;
        int number = 0;
        try {
            for (int i = next.getAndIncrement(); i < tables.size(); i = next.getAndIncrement()) {
                CapturedTable table = tables.get(i);
                ChunkReader reader =
                        new ChunkReader(table, config.chunkRows(), config.chunkBytes());
                Progress progress = new Progress(table);
                boolean done = false;
                while (!done) {
                    try {
                        if (connection == null || number != stream.connection()) {
                            InstanceTask.closeQuietly(connection);
                            connection = null;
                            number = stream.connection();
                            connection = connector.connect();
                        }
                        if (connection == null) {
                            Thread.sleep(PAUSE_MS);
                            continue;
                        }
                        done = readChunk(connection, number, table, reader);
                        progress.log();
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
        } finally {
            InstanceTask.closeQuietly(connection);
        }
    }

    /**
     * @return whether the table's last chunk went out
     */
    private boolean readChunk(
            Connection connection, int number, CapturedTable table, ChunkReader reader)
            throws SQLException, InterruptedException {
        Window window = stream.open(table, number);
        if (window == null) {
            return false;
        }
        boolean delivered = false;
        try {
            String lock = "";
            boolean transaction = false;
            if (window.emitted() != null) {
                awaitVisible(connection, window.emitted());
            } else if (ServerStatus.isMariaDb(connection)) {
                beginVisible(connection, window.low());
                transaction = true;
            } else if (config.withoutGtid() == WithoutGtid.SHARED_ROW_LOCKS) {
                lock = " LOCK IN SHARE MODE";
            } else {
                ChunkReader.beginBehindReadLock(connection);
                transaction = true;
            }
            ChunkReader.Chunk chunk =
                    reader.read(
                            connection,
                            stream.snapshot(window.table()).bound(),
                            stream.width(table),
                            lock);
            if (transaction) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("COMMIT");
                }
            }
            BinlogPosition high = ServerStatus.writtenEnd(connection);
            List<SeaTunnelRow> rows = new ArrayList<>(chunk.rows().size());
            List<RowKey> keys = new ArrayList<>(chunk.rows().size());
            for (Object[] fields : chunk.rows()) {
                keys.add(new RowKey(fields, table.keyTargets()));
                rows.add(stream.snapshotRow(table, fields));
            }
            delivered = stream.deliver(window, rows, keys, chunk.isLast(), high);
            return delivered && chunk.isLast();
        } finally {
            if (!delivered) {
                stream.discard(window);
            }
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
