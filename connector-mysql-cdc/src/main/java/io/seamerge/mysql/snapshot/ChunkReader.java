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
package io.seamerge.mysql.snapshot;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.SourceColumn;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads the chunks of one range of a table, one after the other, over a connection that is its
 * caller's. Its chunks adapt: so many rows as fit the bytes, by the rows seen so far. Not
 * thread-safe.
 */
public final class ChunkReader {

    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    /** Rows of the first page, whatever they may hold. */
    private static final int FIRST_ROWS = 256;

    /** What a value takes in memory beside its bytes. */
    private static final long BYTES_OF_COLUMN = 8;

    private final CapturedTable table;

    /** Places of the columns that somebody wants. */
    private final int[] columns;

    private final int maxRows;
    private final int maxBytes;
    private final int firstRows;
    private long rowsSeen;
    private long bytesSeen;

    public ChunkReader(CapturedTable table, int maxRows, int maxBytes) {
        this.table = table;
        this.columns =
                IntStream.range(0, table.targets().length)
                        .filter(i -> table.targets()[i] >= 0)
                        .toArray();
        this.maxRows = maxRows;
        this.maxBytes = maxBytes;
        this.firstRows = (int) Math.min(maxRows, Math.max(FIRST_ROWS, maxBytes / mostBytes()));
    }

    /** Bytes that a row has at most, as far as its columns' types say. */
    private long mostBytes() {
        long most = 1;
        for (int column : columns) {
            long bytes = table.source().columns().get(column).type().mostBytes();
            most =
                    Math.min(
                            Integer.MAX_VALUE,
                            most + BYTES_OF_COLUMN + Math.min(bytes, Integer.MAX_VALUE));
        }
        return most;
    }

    /** The rows of a chunk, in the layout of the merged table with room for metadata behind. */
    public static final class Chunk {

        private final List<Object[]> rows;
        private final long bytes;
        private final boolean last;

        Chunk(List<Object[]> rows, long bytes, boolean last) {
            this.rows = rows;
            this.bytes = bytes;
            this.last = last;
        }

        public List<Object[]> rows() {
            return rows;
        }

        /** Bytes of the rows as the server sent them. */
        public long bytes() {
            return bytes;
        }

        /** Whether the range has no row beyond this chunk. */
        public boolean isLast() {
            return last;
        }
    }

    /**
     * Reads the first rows of a range in one statement.
     *
     * @param width fields of a row as it is read
     * @param lock appended to the statement, perhaps empty
     * @throws SQLException if the server fails
     * @throws IllegalStateException if a value has no faithful form, naming table, column and key
     */
    public Chunk read(Connection connection, KeyRange range, int width, String lock)
            throws SQLException {
        int limit = limit();
        String sql = ChunkQuery.page(table.source(), columns, range, limit, lock);
        List<Object[]> rows = new ArrayList<>(Math.min(limit, 1024));
        long bytes = 0;
        try (PreparedStatement statement =
                connection.prepareStatement(
                        sql, ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            // Connector/J's row by row streaming: it never holds the page itself.
            statement.setFetchSize(Integer.MIN_VALUE);
            bind(statement, ChunkQuery.parameters(range));
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    Object[] row = new Object[width];
                    bytes += readRow(result, row);
                    rows.add(row);
                }
            }
        }
        rowsSeen += rows.size();
        bytesSeen += bytes;
        return new Chunk(rows, bytes, rows.size() < limit);
    }

    /**
     * Reads the row that the result stands on.
     *
     * @param row receives its values, in the layout of the merged table
     * @return its bytes as the server sent them
     */
    long readRow(ResultSet result, Object[] row) throws SQLException {
        long bytes = BYTES_OF_COLUMN * columns.length;
        for (int i = 0; i < columns.length; i++) {
            byte[] value = result.getBytes(i + 1);
            if (value != null) {
                bytes += value.length;
                row[table.targets()[columns[i]]] = decode(columns[i], value, row);
            }
        }
        table.widen(row);
        return bytes;
    }

    /**
     * Rows for the next page. The first page is small where the types say nothing of the rows'
     * size: nothing else is known of it yet. Else most small tables are read by one statement.
     */
    public int limit() {
        if (rowsSeen == 0) {
            return firstRows;
        }
        long perRow = Math.max(1, bytesSeen / rowsSeen);
        return (int) Math.max(1, Math.min(maxRows, maxBytes / perRow));
    }

    /** Places of the columns that are read. */
    int[] columns() {
        return columns;
    }

    /** Bytes that the next page is expected to have, by the rows seen so far. */
    public long expectedBytes() {
        return rowsSeen == 0 ? 0 : limit() * (bytesSeen / rowsSeen);
    }

    private Object decode(int i, byte[] value, Object[] row) {
        SourceColumn column = table.source().columns().get(i);
        try {
            return column.type().fromText(value);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    table.source()
                            + ", column "
                            + column
                            + ", key "
                            + new RowKey(row, table.keyTargets())
                            + ": the snapshot cannot carry this value: "
                            + e.getMessage(),
                    e);
        }
    }

    static void bind(PreparedStatement statement, List<Object> values) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            if (value instanceof BigDecimal) {
                statement.setBigDecimal(i + 1, (BigDecimal) value);
            } else if (value instanceof Number) {
                statement.setLong(i + 1, ((Number) value).longValue());
            } else if (value instanceof byte[]) {
                statement.setBytes(i + 1, (byte[]) value);
            } else if (value instanceof LocalDateTime) {
                statement.setString(i + 1, MICROS.format((LocalDateTime) value));
            } else if (value instanceof LocalDate || value instanceof String) {
                statement.setString(i + 1, value.toString());
            } else {
                throw new IllegalStateException(
                        "no key value can be of "
                                + value.getClass()
                                + ": this is a fault of SeaMerge");
            }
        }
    }

    /**
     * Opens a read view on MariaDB.
     *
     * @return the place of the binlog up to which it shows all transactions, and none beyond
     */
    public static BinlogPosition beginAtPosition(Connection connection) throws SQLException {
        String file = null;
        long offset = 0;
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            try (ResultSet rows = statement.executeQuery("SHOW STATUS LIKE 'binlog_snapshot_%'")) {
                while (rows.next()) {
                    if (rows.getString(1).equalsIgnoreCase("binlog_snapshot_file")) {
                        file = rows.getString(2);
                    } else if (rows.getString(1).equalsIgnoreCase("binlog_snapshot_position")) {
                        offset = rows.getLong(2);
                    }
                }
            }
        }
        if (file == null || file.isEmpty()) {
            throw new SQLException("the server does not say binlog_snapshot_file");
        }
        return new BinlogPosition(file, offset);
    }

    /**
     * Opens a read view in which all that was written to the binlog before is visible, by stopping
     * commits for a moment. For servers without GTIDs.
     *
     * @throws SQLException also if the lock could not be had within a second: while it is waited
     *     for, no other session can begin to write, and one that has begun may wait for such a
     *     session
     */
    public static void beginBehindReadLock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION lock_wait_timeout = 1");
            statement.execute("FLUSH TABLES WITH READ LOCK");
            try {
                statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
            } finally {
                statement.execute("UNLOCK TABLES");
            }
        }
    }
}
