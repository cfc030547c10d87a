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

import io.seamerge.postgres.config.ForeignKeys;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.CopyBuffer;
import io.seamerge.postgres.target.TargetTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Properties;
import java.util.Set;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.copy.CopyIn;

/**
 * One connection, always within a transaction: each statement begins one if there is none. Not
 * thread-safe but for {@link #abort()}.
 */
final class Session {

    /** Bytes after which staged rows are sent. */
    private static final int COPY_BYTES = 64 * 1024;

    /** Tables with a staging table at a time: each commit empties them all. */
    private static final int MAX_STAGED = 64;

    /** Seconds; a server that does not answer is worse than one that is gone. */
    private static final String CONNECT_TIMEOUT = "10";

    /**
     * Seconds for one answer: longer than any flush, shorter than a silent cut of the network may
     * last.
     */
    private static final String SOCKET_TIMEOUT = "300";

    private static final String LOOK_UP_BY_KEY =
            "SELECT set_config('random_page_cost',"
                    + " least(current_setting('random_page_cost')::float8, 1.1)::text, false)";

    /** What a flush stages stays in memory. */
    private static final String STAGE_IN_MEMORY =
            "SELECT set_config('temp_buffers', '32MB', false)"
                    + " WHERE pg_size_bytes(current_setting('temp_buffers')) < 33554432";

    private final Connection connection;
    private final CopyBuffer buffer = new CopyBuffer();
    private Set<TargetTable> staged = new LinkedHashSet<>();
    private Set<TargetTable> stagedAtCommit = new LinkedHashSet<>();

    private Session(Connection connection) {
        this.connection = connection;
    }

    static Session open(MergeConfig config, String name) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", config.username());
        properties.setProperty("password", config.password());
        properties.setProperty("ApplicationName", name);
        properties.setProperty("connectTimeout", CONNECT_TIMEOUT);
        properties.setProperty("loginTimeout", CONNECT_TIMEOUT);
        properties.setProperty("socketTimeout", SOCKET_TIMEOUT);
        properties.setProperty("tcpKeepAlive", "true");
        // A plan that was made while a table was small must not be kept.
        properties.setProperty("prepareThreshold", "0");
        // What a row holds stays out of logs.
        properties.setProperty("logServerErrorDetail", "false");
        Connection connection = new Driver().connect(config.url(), properties);
        if (connection == null) {
            throw new SQLException("The URL is none of PostgreSQL's", "08001");
        }
        try {
            connection.setAutoCommit(false);
            try (java.sql.Statement statement = connection.createStatement()) {
                // MySQL's TIMESTAMP comes as UTC.
                statement.execute("SET TIME ZONE 'UTC'");
                // Rows are looked up by their keys; to read a whole table instead, because it was
                // not analyzed yet, takes seven times as long.
                statement.execute(LOOK_UP_BY_KEY);
                statement.execute(STAGE_IN_MEMORY);
                if (config.foreignKeys() == ForeignKeys.REPLICA_ROLE) {
                    statement.execute("SET session_replication_role = replica");
                }
            }
            connection.commit();
        } catch (SQLException e) {
            closeQuietly(connection, e);
            throw e;
        }
        return new Session(connection);
    }

    /** What may take PostgreSQL hours. */
    interface LongWork {
        void run() throws SQLException;
    }

    /** Runs what may take longer than an answer otherwise does before the server counts as gone. */
    void awaitLong(LongWork work) throws SQLException {
        int timeout = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, 0);
        try {
            work.run();
        } finally {
            if (!connection.isClosed()) {
                connection.setNetworkTimeout(Runnable::run, timeout);
            }
        }
    }

    /** Reads a row. */
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Runs a statement that returns no rows. */
    int update(Statement sql, Values values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values)) {
            return statement.executeUpdate();
        }
    }

    /** Runs a statement without values, whatever it returns. */
    void run(Statement sql) throws SQLException {
        try (PreparedStatement statement = prepare(sql, Values.none())) {
            statement.execute();
        }
    }

    /** Runs a statement, and leaves alone what rows it may return. */
    void run(Statement sql, Values values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values)) {
            statement.execute();
        }
    }

    /** Runs a query; the reader is called for each row. */
    <T> void query(Statement sql, Values values, Collection<T> into, RowReader<T> reader)
            throws SQLException {
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                into.add(reader.read(rows));
            }
        }
    }

    /** Runs a query for the first column of its first row; null if there is none. */
    Object value(Statement sql, Values values) throws SQLException {
        try (PreparedStatement statement = prepare(sql, values);
                ResultSet rows = statement.executeQuery()) {
            if (!rows.next()) {
                return null;
            }
            Object value = rows.getObject(1);
            return value instanceof java.sql.Array ? ((java.sql.Array) value).getArray() : value;
        }
    }

    private PreparedStatement prepare(Statement sql, Values values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql.jdbc());
        try {
            if (sql.plannedOnce()) {
                statement.unwrap(PGStatement.class).setPrepareThreshold(1);
            }
            for (int i = 0; i < sql.values().size(); i++) {
                Object value = values.get(sql.values().get(i));
                if (value instanceof String[]) {
                    statement.setArray(i + 1, connection.createArrayOf("text", (String[]) value));
                } else if (value instanceof Long[]) {
                    statement.setArray(i + 1, connection.createArrayOf("int8", (Long[]) value));
                } else if (value instanceof Integer[]) {
                    statement.setArray(i + 1, connection.createArrayOf("int4", (Integer[]) value));
                } else {
                    statement.setObject(i + 1, value);
                }
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    /**
     * Fills the staging table of a target, which is created when it is first used; by text, which
     * PostgreSQL reads in each column's own way.
     */
    void stage(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        stage(table, changes, false);
    }

    /** Fills it with the key of a change and nothing else of its image. */
    void stageKey(TargetTable table, Change change) throws SQLException, RowRefusedException {
        stage(table, Collections.singletonList(change), true);
    }

    /** Fills it with the keys of changes likewise. */
    void stageOnlyKeys(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        stage(table, changes, true);
    }

    private void stage(TargetTable table, Collection<Change> changes, boolean keyOnly)
            throws SQLException, RowRefusedException {
        openStage(table);
        copy(
                table,
                table.sql().copy(),
                false,
                changes,
                (change, number) -> table.stage(change, keyOnly, buffer));
    }

    /** The same in COPY's binary form, where there is one. */
    void stageBinary(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        if (!table.binary() || table.perSource()) {
            stage(table, changes);
            return;
        }
        openStage(table);
        copy(
                table,
                table.sql().binaryCopy(),
                true,
                changes,
                (change, number) -> table.stageBinary(change, buffer));
    }

    /** Fills it with the keys of changes and their versions alone, numbered from 0. */
    void stageKeys(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        openStage(table);
        copy(
                table,
                table.sql().keysCopy(),
                table.binary(),
                changes,
                (change, number) -> table.writeKey(change, number, buffer));
    }

    /** Puts the rows that changes leave into the table itself. */
    void copyRows(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        copy(
                table,
                table.sql().rowsCopy(),
                table.binary(),
                changes,
                (change, number) -> {
                    if (table.leavesRow(change)) {
                        table.writeRow(change, buffer);
                    }
                });
    }

    /** Puts the keys of changes, and whose they are, into the table that says so. */
    void copyOwners(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        copy(
                table,
                table.sql().ownersCopy(),
                table.binary(),
                changes,
                (change, number) -> table.writeOwner(change, buffer));
    }

    /** Puts the keys of changes, none of them deleted, and their versions into the state. */
    void copyState(TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        copy(
                table,
                table.sql().stateCopy(),
                table.binary(),
                changes,
                (change, number) -> table.writeState(change, buffer));
    }

    /** Writes a change into the buffer. */
    private interface Encoder {
        void encode(Change change, int number);
    }

    private void copy(
            TargetTable table,
            Statement sql,
            boolean binary,
            Collection<Change> changes,
            Encoder encoder)
            throws SQLException, RowRefusedException {
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql.jdbc());
        Change current = null;
        try {
            buffer.clear();
            if (binary) {
                buffer.binaryHeader();
            }
            int number = 0;
            for (Change change : changes) {
                current = change;
                encoder.encode(change, number++);
                if (buffer.length() >= COPY_BYTES) {
                    copy.writeToCopy(buffer.content(), 0, buffer.length());
                    buffer.clear();
                }
            }
            current = null;
            if (binary) {
                buffer.binaryTrailer();
            }
            if (buffer.length() > 0) {
                copy.writeToCopy(buffer.content(), 0, buffer.length());
            }
            copy.endCopy();
        } catch (IllegalArgumentException e) {
            throw new RowRefusedException(table, current, e.getMessage(), e);
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    /**
     * Creates the staging tables of a target unless they are there; those longest unused make room
     * for them.
     */
    void openStage(TargetTable table) throws SQLException {
        if (!staged.remove(table)) {
            if (staged.size() == MAX_STAGED) {
                TargetTable eldest = staged.iterator().next();
                for (Statement drop : eldest.sql().dropStage()) {
                    update(drop, Values.none());
                }
                staged.remove(eldest);
            }
            for (Statement creation : table.sql().createStage()) {
                update(creation, Values.none());
            }
        }
        staged.add(table);
    }

    /**
     * A place to go back to, with the staging tables of a target there and empty.
     *
     * @return for {@link #goBack} or {@link #goOn}
     */
    Savepoint mark(TargetTable table) throws SQLException {
        openStage(table);
        update(table.sql().empty(), Values.none());
        return connection.setSavepoint();
    }

    /** A place to go back to, with everything as it is. */
    Savepoint mark() throws SQLException {
        return connection.setSavepoint();
    }

    /** Undoes what was done since the mark. */
    void goBack(Savepoint mark) throws SQLException {
        connection.rollback(mark);
        connection.releaseSavepoint(mark);
    }

    /** Keeps what was done since the mark. */
    void goOn(Savepoint mark) throws SQLException {
        connection.releaseSavepoint(mark);
    }

    void commit() throws SQLException {
        connection.commit();
        stagedAtCommit = new LinkedHashSet<>(staged);
    }

    void rollback() throws SQLException {
        connection.rollback();
        staged = new LinkedHashSet<>(stagedAtCommit);
    }

    /** Ends the connection at once, whatever it is doing. Any thread may call it. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    /** Ends the connection. */
    void close() throws SQLException {
        connection.close();
    }

    private static void closeQuietly(Connection connection, SQLException because) {
        try {
            connection.close();
        } catch (SQLException e) {
            because.addSuppressed(e);
        }
    }
}
