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
import java.util.Map;

/**
 * Whether a server can go on where a stream stands, and how; in words if it cannot. Pure and
 * immutable.
 */
final class Continuation {

    enum Kind {
        /** The server that was read: its order goes on. */
        SAME_SERVER,

        /** Another server, which has all that went out: a new order begins there. */
        SUCCESSOR,

        /** It lacks what went out; it may still be getting it. */
        BEHIND,

        /** It cannot go on, and waiting does not mend that. */
        REFUSED
    }

    private final Kind kind;
    private final boolean byGtids;
    private final String reason;

    private Continuation(Kind kind, boolean byGtids, String reason) {
        this.kind = kind;
        this.byGtids = byGtids;
        this.reason = reason;
    }

    /**
     * @param at where the stream stands
     * @param server what the server says of itself now
     * @param where instance and server, for messages
     */
    static Continuation of(InstanceState at, ServerLogs server, String where) {
        boolean other =
                at.serverUuid() != null
                        && !at.serverUuid().isEmpty()
                        && !server.serverUuid().isEmpty()
                        && !server.serverUuid().equals(at.serverUuid());
        // MariaDB's GTIDs are asked for only where the place is not known: by them it reads a file
        // from its begin on.
        boolean byPlace =
                !other
                        && at.positionKnown()
                        && server.executed() != null
                        && server.executed().areOfMariaDb();
        if (at.gtids() != null && server.executed() != null && !byPlace) {
            return byGtids(at, server, other, where);
        }
        if (other) {
            return refused(
                    where
                            + " is another server ("
                            + server.serverUuid()
                            + ") than the one that was read ("
                            + at.serverUuid()
                            + "), and "
                            + (at.gtids() == null
                                    ? "the stream goes on from "
                                            + at.position()
                                            + ", without GTIDs: a position means nothing on another"
                                            + " server"
                                    : "its gtid_mode is "
                                            + server.gtidMode()
                                            + ", but the stream goes on from GTIDs: switch it to ON")
                            + ". "
                            + newSnapshot());
        }
        if (!at.positionKnown()) {
            return refused(
                    where
                            + " has gtid_mode "
                            + server.gtidMode()
                            + ", but the stream knows its place there by GTIDs alone, having come from"
                            + " another server: set gtid_mode = ON until it has caught up, or start the"
                            + " job anew");
        }
        return byPosition(at.position(), server, where);
    }

    private static Continuation byGtids(
            InstanceState at, ServerLogs server, boolean other, String where) {
        Gtids emitted = at.emittedGtids();
        if (!emitted.isContainedIn(server.executed())) {
            return new Continuation(
                    Kind.BEHIND,
                    true,
                    where
                            + " lacks transactions that were read already: needed "
                            + emitted
                            + ", it has "
                            + server.executed()
                            + ". It is not (or not yet) a successor of the server that was read ("
                            + at.serverUuid()
                            + "). "
                            + newSnapshot());
        }
        if (!server.purged().isContainedIn(at.gtids())) {
            return refused(
                    where
                            + " has purged binlogs that are needed: the stream goes on from "
                            + at.gtids()
                            + ", the server has purged "
                            + server.purged()
                            + ": start the job anew, and keep binlogs longer"
                            + " (binlog_expire_logs_seconds)");
        }
        return new Continuation(other ? Kind.SUCCESSOR : Kind.SAME_SERVER, true, null);
    }

    private static Continuation byPosition(
            BinlogPosition position, ServerLogs server, String where) {
        Map<String, Long> files = server.files();
        Long size = files.get(position.file());
        if (size != null && position.offset() <= size) {
            return new Continuation(Kind.SAME_SERVER, false, null);
        }
        String oldest = files.keySet().iterator().next();
        String needed = "the stream goes on from " + position + ", ";
        if (size == null && position.isBefore(oldest)) {
            return refused(
                    where
                            + " has purged binlogs that are needed: "
                            + needed
                            + "the oldest that is left is "
                            + oldest
                            + ": start the job anew, and keep binlogs longer"
                            + " (binlog_expire_logs_seconds)");
        }
        return refused(
                where
                        + " does not have the binlog that was read: "
                        + needed
                        + (size == null
                                ? "it has the files " + oldest + " to " + server.writtenEnd().file()
                                : "but the file has " + size + " bytes there")
                        + ": it was reset (RESET MASTER, RESET BINARY LOGS AND GTIDS), lost its end in"
                        + " a crash (sync_binlog = 1 prevents that), or was renamed. "
                        + newSnapshot());
    }

    private static String newSnapshot() {
        return "What was written in between is not known there: start the job anew, with a new"
                + " snapshot";
    }

    private static Continuation refused(String reason) {
        return new Continuation(Kind.REFUSED, false, reason);
    }

    Kind kind() {
        return kind;
    }

    /** Whether to go on after the stream's GTIDs, rather than from its position. */
    boolean byGtids() {
        return byGtids;
    }

    /** Why not, for BEHIND and REFUSED; else null. */
    String reason() {
        return reason;
    }
}
