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
package io.seamerge.mysql.wire;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.catalog.PrimaryKey;
import org.apache.seatunnel.api.table.catalog.TableIdentifier;
import org.apache.seatunnel.api.table.catalog.TableSchema;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.api.table.type.SeaTunnelRowType;

/** The table {@code seamerge.control}; docs/wire.md says what its rows mean. */
public final class ControlTable {

    /** The id of the control table, as rows carry it. */
    public static final String TABLE_ID = "seamerge.control";

    /** What a control row says. */
    public enum Kind {
        RESUMED,
        HEARTBEAT,
        SNAPSHOT_BEGUN,
        SNAPSHOT_PROGRESS,
        SNAPSHOT_DONE,
        TRUNCATE,
        RUN_BEGUN,
        RUN_END,
        FILLER,
        ROWS
    }

    private static final String[] NAMES = {
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
        "detail"
    };

    private static final SeaTunnelDataType<?>[] TYPES = {
        BasicType.STRING_TYPE,
        BasicType.STRING_TYPE,
        BasicType.LONG_TYPE,
        BasicType.LONG_TYPE,
        BasicType.LONG_TYPE,
        BasicType.STRING_TYPE,
        BasicType.LONG_TYPE,
        BasicType.LONG_TYPE,
        BasicType.STRING_TYPE,
        BasicType.STRING_TYPE,
        BasicType.STRING_TYPE,
        BasicType.LONG_TYPE,
        BasicType.LONG_TYPE,
        BasicType.STRING_TYPE,
        BasicType.STRING_TYPE
    };

    /**
     * What jobs with packed rows have as well. Its type names no fields: a value's fields are what
     * the sink runs when it has taken the rows, and the rows, each of its own table.
     */
    private static final String ROWS = "rows";

    private static final SeaTunnelRowType ROWS_TYPE =
            new SeaTunnelRowType(new String[0], new SeaTunnelDataType<?>[0]);

    private ControlTable() {}

    /**
     * The table as SeaTunnel's engine and sinks see it.
     *
     * @param packed whether rows of other tables come in blocks, which are rows of this table
     */
    public static CatalogTable catalogTable(boolean packed) {
        TableSchema.Builder schema = TableSchema.builder();
        for (int i = 0; i < NAMES.length; i++) {
            schema.column(PhysicalColumn.of(NAMES[i], TYPES[i], (Long) null, i > 1, null, null));
        }
        if (packed) {
            schema.column(PhysicalColumn.of(ROWS, ROWS_TYPE, (Long) null, true, null, null));
        }
        schema.primaryKey(PrimaryKey.of("key", Collections.singletonList("instance")));
        return CatalogTable.of(
                TableIdentifier.of("MySQL-Merge-CDC", "seamerge", "control"),
                schema.build(),
                Collections.<String, String>emptyMap(),
                Collections.<String>emptyList(),
                "Control rows of SeaMerge");
    }

    /**
     * A block: the rows of one instance, in order, which pass the engine as one.
     *
     * @param taken what the sink is to run when it has taken them; it stays in this process
     */
    public static SeaTunnelRow block(String instance, List<SeaTunnelRow> rows, Runnable taken) {
        Object[] fields = new Object[NAMES.length + 1];
        fields[0] = instance;
        fields[1] = Kind.ROWS.name().toLowerCase(Locale.ROOT);
        Object[] content = new Object[1 + rows.size()];
        content[0] = taken;
        for (int i = 0; i < rows.size(); i++) {
            content[1 + i] = rows.get(i);
        }
        fields[NAMES.length] = new SeaTunnelRow(content);
        SeaTunnelRow row = new SeaTunnelRow(fields);
        row.setTableId(TABLE_ID);
        return row;
    }

    /** Another row of the table as it is where rows come in blocks: this one holds none. */
    public static SeaTunnelRow besideBlocks(SeaTunnelRow control) {
        SeaTunnelRow row = new SeaTunnelRow(Arrays.copyOf(control.getFields(), NAMES.length + 1));
        row.setTableId(TABLE_ID);
        return row;
    }

    /** A control row under construction: set what the kind needs, the rest stays null. */
    public static final class Row {

        private final Object[] fields = new Object[NAMES.length];

        public Row(String instance, Kind kind, long incarnation) {
            fields[0] = instance;
            fields[1] = kind.name().toLowerCase(Locale.ROOT);
            fields[2] = incarnation;
        }

        /** The version of the last transaction that was emitted whole. */
        public Row version(long time) {
            return version(time, Long.MAX_VALUE);
        }

        public Row version(long time, long row) {
            fields[3] = time;
            fields[4] = row;
            return this;
        }

        public long versionTime() {
            return (Long) fields[3];
        }

        public Row position(String position, Long commitTime) {
            fields[5] = position;
            fields[6] = commitTime;
            return this;
        }

        public Row caughtUpTime(long micros) {
            fields[7] = micros;
            return this;
        }

        public Row table(String database, String table, String target) {
            fields[8] = database;
            fields[9] = table;
            fields[10] = target;
            return this;
        }

        public Row rows(long read, long estimated) {
            fields[11] = read;
            fields[12] = estimated;
            return this;
        }

        public Row handoff(String name) {
            fields[13] = name;
            return this;
        }

        public Row detail(String json) {
            fields[14] = json;
            return this;
        }

        public SeaTunnelRow build() {
            SeaTunnelRow row = new SeaTunnelRow(fields);
            row.setTableId(TABLE_ID);
            return row;
        }
    }
}
