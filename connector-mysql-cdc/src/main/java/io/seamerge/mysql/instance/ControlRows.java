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

import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.wire.ControlTable;
import java.util.Map;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The control rows of an instance, as of where its stream stands; docs/wire.md says what they mean.
 * Called with the stream's lock held.
 */
final class ControlRows {

    private final String instance;
    private final StreamPosition position;

    ControlRows(String instance, StreamPosition position) {
        this.instance = instance;
        this.position = position;
    }

    private ControlTable.Row row(ControlTable.Kind kind) {
        return new ControlTable.Row(instance, kind, position.incarnation())
                .version(position.versionTime())
                .position(position.toString(), position.commitTime());
    }

    /** A job goes on behind what went out last. */
    ControlTable.Row resumed(LastEmitted last, Map<String, TableSnapshot> snapshots) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        ArrayNode done = detail.putArray("snapshots_done");
        ObjectNode read = detail.putObject("snapshots_read");
        for (Map.Entry<String, TableSnapshot> table : snapshots.entrySet()) {
            if (table.getValue().done()) {
                done.add(table.getKey());
            } else if (table.getValue().rowsRead() > 0) {
                read.put(table.getKey(), table.getValue().rowsRead());
            }
        }
        return new ControlTable.Row(instance, ControlTable.Kind.RESUMED, last.incarnation())
                .version(last.versionTime(), last.versionRow())
                .position(position.toString(), position.commitTime())
                .detail(detail.toString());
    }

    /**
     * @param snapshotsLeft tables whose snapshot the last completed checkpoint does not hold as
     *     done
     */
    ControlTable.Row heartbeat(int snapshotsLeft) {
        return row(ControlTable.Kind.HEARTBEAT)
                .detail(
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("snapshots_left", snapshotsLeft)
                                .put("server_uuid", position.serverUuid())
                                .toString());
    }

    /** How far a table's snapshot has come. */
    ControlTable.Row snapshot(ControlTable.Kind kind, CapturedTable table, TableSnapshot snapshot) {
        ControlTable.Row row =
                of(table, row(kind)).rows(snapshot.rowsRead(), table.source().estimatedRows());
        return snapshot.repeated() ? row.detail("{\"repeated\": true}") : row;
    }

    /** The transaction that is being read empties a table. */
    ControlTable.Row truncate(CapturedTable table) {
        return of(table, row(ControlTable.Kind.TRUNCATE).version(position.transactionTime()));
    }

    private static ControlTable.Row of(CapturedTable table, ControlTable.Row row) {
        return row.table(
                table.source().database(), table.source().name(), table.target().tableId());
    }

    /**
     * @param handoff name of the one that the run records; null if it records none
     */
    ControlTable.Row runBegun(String handoff) {
        return row(ControlTable.Kind.RUN_BEGUN).handoff(handoff);
    }

    /**
     * @param handoff name of the one that the run records; null if it records none
     * @param rowsRead by the snapshots of all tables that the run reads
     */
    ControlTable.Row runEnd(String handoff, Map<String, Long> rowsRead) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        detail.put("server_uuid", position.serverUuid());
        ObjectNode counts = detail.putObject("tables");
        rowsRead.forEach(counts::put);
        long rows = rowsRead.values().stream().mapToLong(Long::longValue).sum();
        return row(ControlTable.Kind.RUN_END)
                .rows(rows, rows)
                .handoff(handoff)
                .detail(detail.toString());
    }

    /** Means nothing: it may be lost. */
    ControlTable.Row filler() {
        return row(ControlTable.Kind.FILLER);
    }
}
