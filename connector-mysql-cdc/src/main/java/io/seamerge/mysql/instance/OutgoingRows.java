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
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.wire.MetadataColumns;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.api.table.type.SeaTunnelRowType;

/**
 * The rows of a captured table that go out: what the route's filter leaves of a change, or of a row
 * of the snapshot, in the merged table's form, with the metadata columns behind.
 *
 * <p>Rows go into a batch with the stream's lock held; any thread may make {@link #ofSnapshot
 * snapshot rows}.
 */
final class OutgoingRows {

    private final String instance;
    private final CapturedTable table;
    private final StreamPosition position;
    private final MetadataColumns metadata;
    private final boolean updateBefore;
    private final SeaTunnelRowType rowType;
    private final int ownColumns;

    /** Place of the version time in a row, or -1. */
    private final int versionColumn;

    /**
     * What the metadata columns of snapshot rows hold, but for the version time; made anew for
     * another incarnation.
     */
    private volatile SnapshotMetadata snapshotMetadata;

    /** Shared by the rows of a table: they are many. */
    private static final class SnapshotMetadata {

        final long incarnation;
        final Object[] values;

        SnapshotMetadata(long incarnation, Object[] values) {
            this.incarnation = incarnation;
            this.values = values;
        }
    }

    /**
     * @param position of the instance's stream, which says what transaction is being read
     */
    OutgoingRows(
            String instance, CapturedTable table, SourceConfig config, StreamPosition position) {
        this.instance = instance;
        this.table = table;
        this.position = position;
        this.metadata = config.metadataColumns();
        this.updateBefore = config.updateBefore();
        this.rowType = table.target().catalogTable(metadata).getSeaTunnelRowType();
        this.ownColumns = table.target().size();
        int version = metadata.indexOf(MetadataColumns.Kind.VERSION_TIME);
        this.versionColumn = version < 0 ? -1 : ownColumns + version;
    }

    /**
     * Adds what the route's filter leaves of a change: an update by which a row comes to meet the
     * condition is an insert, one by which it ceases to a delete. Numbers are those of the change
     * itself, whatever a filter says (protocol, O3).
     *
     * @param before the row as it was, null of an insert; it becomes the outgoing row's
     * @param after the row as it is, null of a delete; likewise
     * @param number row number of the change, that of its image before
     * @param file where the rows event stands
     * @param offset likewise
     * @param rowInEvent the row's place in the event
     * @return the row number of the last image that was added, or -1
     */
    long change(
            Object[] before,
            Object[] after,
            long number,
            String file,
            Long offset,
            long rowInEvent,
            Batch into) {
        boolean was = before != null && table.passes(before);
        boolean is = after != null && table.passes(after);
        if (was && is) {
            boolean keyChanges = table.changesMergedKey(before, after);
            if (keyChanges || updateBefore) {
                RowKind kind = keyChanges ? RowKind.DELETE : RowKind.UPDATE_BEFORE;
                add(before, kind, "update", number, file, offset, rowInEvent, into);
            }
            RowKind kind = keyChanges ? RowKind.INSERT : RowKind.UPDATE_AFTER;
            add(after, kind, "update", number | 1, file, offset, rowInEvent, into);
            return number | 1;
        }
        if (is) {
            add(after, RowKind.INSERT, "insert", number | 1, file, offset, rowInEvent, into);
            return number | 1;
        }
        if (was) {
            add(before, RowKind.DELETE, "delete", number, file, offset, rowInEvent, into);
            return number;
        }
        return -1;
    }

    private void add(
            Object[] read,
            RowKind kind,
            String operation,
            long number,
            String file,
            Long offset,
            long rowInEvent,
            Batch into) {
        Object[] fields = table.outgoing(read);
        for (int i = 0; i < metadata.size(); i++) {
            fields[ownColumns + i] =
                    value(metadata.kind(i), operation, number, file, offset, rowInEvent);
        }
        SeaTunnelRow row = new SeaTunnelRow(fields);
        row.setTableId(table.target().tableId());
        row.setRowKind(kind);
        into.add(row, bytes(row));
    }

    /**
     * Makes a snapshot row of values just read.
     *
     * @return null if the route's filter leaves it out
     */
    SeaTunnelRow ofSnapshot(Object[] read) {
        if (!table.passes(read)) {
            return null;
        }
        Object[] fields = table.outgoing(read);
        Object[] shared = snapshotMetadata();
        System.arraycopy(shared, 0, fields, ownColumns, shared.length);
        SeaTunnelRow row = new SeaTunnelRow(fields);
        row.setTableId(table.target().tableId());
        row.setRowKind(RowKind.INSERT);
        row.getBytesSize(rowType);
        return row;
    }

    /**
     * Adds a snapshot row, which goes out now. Its image is as of now: no change of its key lies
     * between its read and this place.
     */
    void add(SeaTunnelRow snapshotRow, Batch into) {
        if (versionColumn >= 0) {
            snapshotRow.setField(versionColumn, position.versionTime());
        }
        into.add(snapshotRow, bytes(snapshotRow));
    }

    private Object[] snapshotMetadata() {
        SnapshotMetadata known = snapshotMetadata;
        long current = position.incarnation();
        if (known == null || known.incarnation != current) {
            Object[] values = new Object[metadata.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        metadata.kind(i) == MetadataColumns.Kind.INCARNATION
                                ? Long.valueOf(current)
                                : value(metadata.kind(i), "snapshot", 0, null, null, 0);
            }
            known = new SnapshotMetadata(current, values);
            snapshotMetadata = known;
        }
        return known.values;
    }

    /**
     * @param file null of a snapshot row
     */
    private Object value(
            MetadataColumns.Kind kind,
            String operation,
            long number,
            String file,
            Long offset,
            long rowInEvent) {
        boolean snapshot = file == null;
        switch (kind) {
            case SOURCE_INSTANCE:
                return instance;
            case SOURCE_DATABASE:
                return table.source().database();
            case SOURCE_TABLE:
                return table.source().name();
            case OPERATION:
                return operation;
            case COMMIT_TIME:
                return snapshot ? null : position.transactionCommitTime();
            case VERSION_TIME:
                // Of a snapshot row it is known when the row goes out.
                return snapshot ? Long.valueOf(0) : position.transactionTime();
            case VERSION_ROW:
                return number;
            case INCARNATION:
                return position.incarnation();
            case GTID:
                return snapshot ? null : position.gtid();
            case BINLOG_FILE:
                return file;
            case BINLOG_POSITION:
                return offset;
            case BINLOG_ROW:
                return snapshot ? null : Long.valueOf(rowInEvent);
            case SNAPSHOT:
                return snapshot;
        }
        throw new IllegalStateException("no such metadata column: " + kind);
    }

    /** The engine asks for this too and keeps it in the row, so it is computed once. */
    private int bytes(SeaTunnelRow row) {
        return 64 + row.getBytesSize(rowType);
    }
}
