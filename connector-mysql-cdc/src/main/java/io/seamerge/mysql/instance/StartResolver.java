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
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.config.Startup;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Finds the place in an instance's binlog that its {@code startup.mode} means. */
final class StartResolver {

    private static final long FIRST_OFFSET = 4;

    private final String instance;
    private final Startup startup;
    private final Collection<String> tables;
    private final BinlogLookup binlog;

    /**
     * @param tables the instance's captured tables, as {@code database.table}
     */
    StartResolver(
            String instance, Startup startup, Collection<String> tables, BinlogLookup binlog) {
        this.instance = instance;
        this.startup = startup;
        this.tables = tables;
        this.binlog = binlog;
    }

    /**
     * The start on the server of this connection.
     *
     * @param incarnation of the run that begins
     * @throws IllegalStateException if the server does not have that place, in words
     * @throws SQLException if the server does not answer
     * @throws IOException if its binlog cannot be looked at
     */
    InstanceState resolve(Connection connection, long incarnation)
            throws SQLException, IOException {
        ServerStatus server = ServerStatus.read(connection);
        switch (startup.mode()) {
            case INITIAL:
            case SNAPSHOT:
            case LATEST:
                // The end is taken first: what is committed between the two is in the set alone,
                // and a stream that starts by GTIDs does not look at the position.
                BinlogPosition end = ServerStatus.writtenEnd(connection);
                Gtids executed =
                        server.isMariaDb()
                                ? server.gtidsAt(connection, end)
                                : server.executed(connection);
                return start(server, end, executed, incarnation);
            case EARLIEST:
                BinlogPosition oldest = ServerStatus.oldestBinlog(connection);
                return start(server, oldest, server.purged(connection), incarnation);
            case TIMESTAMP:
                return startAt(
                        connection, server, at(ServerStatus.writtenEnd(connection)), incarnation);
            case SPECIFIC:
                if (startup.position() != null) {
                    return startAt(connection, server, startup.position(), incarnation);
                }
                if (server.isMariaDb()) {
                    return startBehindMariaDbGtids(connection, server, incarnation);
                }
                if (!startup.gtids().isEmpty() && startup.gtids().areOfMariaDb()) {
                    throw otherKindOfGtids(server);
                }
                if (!server.gtidOn()) {
                    throw new IllegalStateException(
                            "instance "
                                    + instance
                                    + ": startup.gtid-set needs gtid_mode = ON, which the server ("
                                    + server.version()
                                    + ") has not: give startup.position");
                }
                return start(
                                server,
                                ServerStatus.oldestBinlog(connection),
                                startup.gtids(),
                                incarnation)
                        .knownByGtidsAlone();
            case HANDOFF:
                break;
        }
        throw new IllegalStateException("no server knows where a handoff begins");
    }

    private InstanceState startBehindMariaDbGtids(
            Connection connection, ServerStatus server, long incarnation) throws SQLException {
        if (!startup.gtids().isEmpty() && !startup.gtids().areOfMariaDb()) {
            throw otherKindOfGtids(server);
        }
        // Its own words for a position that it has not are about a replica's.
        if (!startup.gtids().isContainedIn(server.executed(connection))) {
            throw new IllegalStateException(
                    "instance "
                            + instance
                            + ": startup.gtid-set = "
                            + startup.gtids()
                            + " is ahead of what the server has written, "
                            + server.executed(connection));
        }
        return start(server, ServerStatus.oldestBinlog(connection), startup.gtids(), incarnation)
                .knownByGtidsAlone();
    }

    private IllegalStateException otherKindOfGtids(ServerStatus server) {
        return new IllegalStateException(
                "instance "
                        + instance
                        + ": startup.gtid-set = "
                        + startup.gtids()
                        + " is not of the kind that the server ("
                        + server.version()
                        + ") has: MySQL's are uuid:1-7, MariaDB's 0-1-7");
    }

    /** The start at a place, with the GTIDs before it if all of them have one. */
    private InstanceState startAt(
            Connection connection, ServerStatus server, BinlogPosition place, long incarnation)
            throws SQLException, IOException {
        Gtids before = server.gtidsAt(connection, place);
        if (server.gtidOn()
                && binlog.files().contains(place.file())
                && ServerStatus.writtenEnd(connection).compareTo(place) >= 0) {
            GtidsBefore look = new GtidsBefore(place);
            binlog.read(new BinlogPosition(place.file(), FIRST_OFFSET), look);
            before = look.exact ? look.gtids : null;
        }
        return start(server, place, before, incarnation);
    }

    /** Finds what was committed before a place, in the file of the place. */
    private static final class GtidsBefore extends BinlogLookup.Visitor {

        private final BinlogPosition place;
        private Gtids gtids;
        private String gtid;

        /** Whether the place lies between two transactions. */
        private boolean exact;

        GtidsBefore(BinlogPosition place) {
            this.place = place;
        }

        @Override
        public void previousGtids(Gtids before) {
            gtids = before;
            if (place.offset() <= FIRST_OFFSET) {
                exact = true;
                stop();
            }
        }

        @Override
        public void transactionBegin(String named, long commitTimeMicros, BinlogPosition at) {
            if (isStopped()) {
                return;
            }
            gtid = named;
            if (named == null) {
                // Not all have one: the place alone can be gone on from.
                gtids = null;
                stop();
            }
        }

        @Override
        public void transactionEnd(BinlogPosition end) {
            if (!isStopped() && end.compareTo(place) <= 0) {
                gtids = gtids == null ? null : gtids.and(gtid);
            }
            position(end);
        }

        @Override
        public void position(BinlogPosition at) {
            if (!isStopped() && at.compareTo(place) >= 0) {
                exact = at.equals(place);
                stop();
            }
        }

        @Override
        public void rotate(String file, long offset) {
            if (!file.equals(place.file())) {
                position(new BinlogPosition(file, offset));
            }
        }
    }

    private InstanceState start(
            ServerStatus server, BinlogPosition position, Gtids gtids, long incarnation) {
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>();
        for (String table : tables) {
            snapshots.put(
                    table,
                    startup.mode().readsTables()
                            ? TableSnapshot.unread(false, null)
                            : TableSnapshot.nothingToRead());
        }
        return new InstanceState(
                server.serverUuid(), position, gtids, null, 0, 0, 0, incarnation, snapshots, false);
    }

    /**
     * Where the first transaction begins that was committed at the timestamp or later; the end, if
     * there is none. Files are looked at from the latest back to the first that begins earlier.
     */
    private BinlogPosition at(BinlogPosition end) throws SQLException, IOException {
        long micros = TimeUnit.MILLISECONDS.toMicros(startup.timestampMs());
        List<String> files = binlog.files();
        int newest = files.indexOf(end.file());
        for (int i = newest; i >= 0; i--) {
            FirstSince first = new FirstSince(files.get(i), Long.MIN_VALUE, end);
            binlog.read(new BinlogPosition(files.get(i), FIRST_OFFSET), first);
            if (first.found != null && first.micros < micros) {
                FirstSince since = new FirstSince(null, micros, end);
                binlog.read(first.found, since);
                return since.found == null ? end : since.found;
            }
            if (i == 0 && first.found == null) {
                return end;
            }
        }
        BinlogPosition oldest = new BinlogPosition(files.get(0), FIRST_OFFSET);
        if (!oldest.isFirstFile()) {
            throw new IllegalStateException(
                    "instance "
                            + instance
                            + ": startup.timestamp-ms = "
                            + startup.timestampMs()
                            + " lies before the first transaction of the oldest binlog that is left, "
                            + oldest.file()
                            + ": what was committed in between is gone. Take a later timestamp, or"
                            + " startup.mode = earliest or initial");
        }
        return oldest;
    }

    /** Finds the first transaction that was committed at a time or later. */
    private static final class FirstSince extends BinlogLookup.Visitor {

        /** Null: this file and all after it. */
        private final String file;

        private final long sinceMicros;
        private final BinlogPosition end;
        private BinlogPosition found;
        private long micros;

        FirstSince(String file, long sinceMicros, BinlogPosition end) {
            this.file = file;
            this.sinceMicros = sinceMicros;
            this.end = end;
        }

        @Override
        public void rotate(String next, long offset) {
            if (file != null && !next.equals(file)) {
                stop();
            }
        }

        @Override
        public void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at) {
            if (!isStopped() && commitTimeMicros >= sinceMicros) {
                found = at;
                micros = commitTimeMicros;
                stop();
            }
        }

        @Override
        public void position(BinlogPosition at) {
            if (!isStopped() && at.compareTo(end) >= 0) {
                stop();
            }
        }
    }
}
