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
import io.seamerge.mysql.binlog.BinlogHandler;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.binlog.Outage;
import io.seamerge.mysql.binlog.RowsEvent;
import java.io.EOFException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Short looks at what is in the binlog of an instance already, beside the stream that is read, on
 * connections of their own. Each look is one connection, and reads as far as its visitor wants.
 *
 * <p>Looks come one after the other, on one thread; {@link #close()} ends one from any.
 */
final class BinlogLookup implements AutoCloseable {

    /** How to reach the server whose binlog is looked at. */
    interface Server {

        /** Settings of a client of that server, without a server id. */
        BinlogClient.Builder client() throws IOException;

        Connection connect() throws SQLException;
    }

    private final Server server;
    private volatile BinlogClient client;
    private volatile boolean closed;

    BinlogLookup(Server server) {
        this.server = server;
    }

    /** Takes what a look shows; does nothing with what it does not override. */
    abstract static class Visitor implements BinlogHandler {

        private BinlogClient client;
        private boolean stopped;

        /** Ends the look when the callback returns. Nothing is told to a visitor after that. */
        final void stop() {
            stopped = true;
            client.close();
        }

        final boolean isStopped() {
            return stopped;
        }

        @Override
        public void rotate(String file, long offset) throws Exception {}

        @Override
        public void previousGtids(Gtids gtids) {
            // Nothing is looked for there.
        }

        @Override
        public void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at)
                throws Exception {}

        @Override
        public void rows(RowsEvent event) throws Exception {}

        @Override
        public void query(String database, String sql, BinlogPosition end) throws Exception {}

        @Override
        public void xaBegin(String xid) throws Exception {}

        @Override
        public void xaPrepare(String xid, BinlogPosition begin) throws Exception {}

        @Override
        public void xaCommit(String xid, BinlogPosition begin) throws Exception {}

        @Override
        public void xaRollback(String xid) throws Exception {}

        @Override
        public void transactionEnd(BinlogPosition end) throws Exception {}

        @Override
        public void position(BinlogPosition at) throws Exception {}
    }

    /**
     * Shows the binlog from a place on, until the visitor stops.
     *
     * @throws EOFException if the connection or the binlog ended before: the place can be tried
     *     again
     * @throws IOException whatever else ended it; the message names server and position
     */
    void read(BinlogPosition from, Visitor visitor) throws IOException {
        try (BinlogClient reader = server.client().unregistered().build()) {
            client = reader;
            visitor.client = reader;
            if (!closed) {
                reader.stream(from, null, visitor);
            }
        } catch (BinlogException e) {
            if (Outage.is(e)) {
                EOFException outage =
                        new EOFException("a look at the binlog broke off: " + e.getMessage());
                outage.initCause(e);
                throw outage;
            }
            throw e;
        } finally {
            client = null;
        }
        if (!visitor.stopped) {
            throw new EOFException("a look at the binlog from " + from + " was ended");
        }
    }

    /** The binlog files that the server has, oldest first. */
    List<String> files() throws SQLException {
        List<String> files = new ArrayList<>();
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
            while (rows.next()) {
                files.add(rows.getString(1));
            }
        }
        return files;
    }

    @Override
    public void close() {
        closed = true;
        BinlogClient reader = client;
        if (reader != null) {
            reader.close();
        }
    }
}
