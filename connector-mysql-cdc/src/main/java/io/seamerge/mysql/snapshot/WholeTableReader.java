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

import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.SourceTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Reads a table that has no key to page over, in one streaming statement. Not thread-safe. */
public final class WholeTableReader implements AutoCloseable {

    private static final int ROWS_AT_ONCE = 500;
    private static final long BYTES_AT_ONCE = 256 << 10;

    private final ChunkReader reader;
    private final PreparedStatement statement;
    private final ResultSet result;
    private long bytes;

    /**
     * Locks a table against writers and opens a read view of it on another connection. Whoever was
     * writing to it is waited for, a second long.
     *
     * @param locker holds the lock until {@code UNLOCK TABLES}
     * @param connection gets the read view
     * @throws SQLException also if the lock could not be had in time: while it is waited for,
     *     nobody else can write to the table
     */
    public static void lock(SourceTable table, Connection locker, Connection connection)
            throws SQLException {
        try (Statement statement = locker.createStatement()) {
            statement.execute("SET SESSION lock_wait_timeout = 1");
            statement.execute(
                    "LOCK TABLES "
                            + ChunkQuery.quote(table.database())
                            + "."
                            + ChunkQuery.quote(table.name())
                            + " READ");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
        }
    }

    /** Begins to read in the connection's read view. */
    public WholeTableReader(CapturedTable table, Connection connection) throws SQLException {
        reader = new ChunkReader(table, 1, 1);
        statement =
                connection.prepareStatement(
                        ChunkQuery.all(table.source(), reader.columns()),
                        ResultSet.TYPE_FORWARD_ONLY,
                        ResultSet.CONCUR_READ_ONLY);
        statement.setFetchSize(Integer.MIN_VALUE);
        result = statement.executeQuery();
    }

    /**
     * The next rows, few; none at the end.
     *
     * @param width fields of a row as it is read
     */
    public List<Object[]> next(int width) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        bytes = 0;
        while (rows.size() < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE && result.next()) {
            Object[] row = new Object[width];
            bytes += reader.readRow(result, row);
            rows.add(row);
        }
        return rows;
    }

    /** Bytes of the rows that came last, as the server sent them. */
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
