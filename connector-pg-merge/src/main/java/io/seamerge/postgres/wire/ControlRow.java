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
package io.seamerge.postgres.wire;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.merge.Version;
import java.util.Arrays;
import java.util.List;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/** A row of {@code seamerge.control}, as docs/wire.md defines it. Immutable. */
public final class ControlRow {

    /** The table id of control rows. */
    public static final String TABLE_ID = "seamerge.control";

    private static final List<String> COLUMNS =
            Arrays.asList(
                    "instance",
                    "kind",
                    "incarnation",
                    "version_time",
                    "version_row",
                    "position",
                    "commit_time",
                    "caught_up_time",
                    "source_database",
                    "source_table",
                    "target_table",
                    "rows_read",
                    "rows_estimated",
                    "handoff",
                    "detail");

    private final Object[] values;
    private final ControlKind kind;

    private ControlRow(Object[] values, ControlKind kind) {
        this.values = values;
        this.kind = kind;
    }

    /** The columns that every control table has, in any order; later ones may have more. */
    public static List<String> columns() {
        return COLUMNS;
    }

    /**
     * Reads a row.
     *
     * @param places where each of {@link #columns()} is within the row
     * @throws PostgresMergeException if it is of a kind that this release does not know, or lacks
     *     what every kind has
     */
    public static ControlRow read(SeaTunnelRow row, int[] places) {
        Object[] values = new Object[COLUMNS.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.getField(places[i]);
        }
        String kindName = (String) values[1];
        ControlKind kind = ControlKind.of(kindName);
        if (kind == null) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.WIRE,
                    "A control row of instance '"
                            + values[0]
                            + "' is of kind '"
                            + kindName
                            + "', which this release of Postgres-Merge does not know."
                            + " Use releases of both connectors that belong together");
        }
        if (kind != ControlKind.FILLER) {
            for (int i : new int[] {0, 2, 3, 4}) {
                if (values[i] == null) {
                    throw new PostgresMergeException(
                            PostgresMergeException.Code.WIRE,
                            "A control row '"
                                    + kindName
                                    + "' of instance '"
                                    + values[0]
                                    + "' has no "
                                    + COLUMNS.get(i));
                }
            }
        }
        return new ControlRow(values, kind);
    }

    public String instance() {
        return (String) values[0];
    }

    public ControlKind kind() {
        return kind;
    }

    /** The last transaction that was emitted whole, and how much of it. */
    public Version version() {
        return new Version((Long) values[2], (Long) values[3], (Long) values[4]);
    }

    public String position() {
        return (String) values[5];
    }

    /** µs, or null. */
    public Long commitTime() {
        return (Long) values[6];
    }

    /** µs, or null. */
    public Long caughtUpTime() {
        return (Long) values[7];
    }

    public String sourceDatabase() {
        return (String) values[8];
    }

    public String sourceTable() {
        return (String) values[9];
    }

    public String targetTable() {
        return (String) values[10];
    }

    public Long rowsRead() {
        return (Long) values[11];
    }

    public Long rowsEstimated() {
        return (Long) values[12];
    }

    public String handoff() {
        return (String) values[13];
    }

    /** A JSON object as text, or null. */
    public String detail() {
        return (String) values[14];
    }
}
