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
package io.seamerge.mysql.catalog;

import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.filter.Filter;
import io.seamerge.mysql.filter.FilterColumns;
import io.seamerge.mysql.filter.FilterException;
import io.seamerge.mysql.filter.RowFilter;
import io.seamerge.mysql.type.ColumnType;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/**
 * A source table together with the merged table that it goes to: which column goes where. Immutable
 * but for the arrays that it hands out, which callers must not change.
 */
public final class CapturedTable implements Serializable {

    private static final long serialVersionUID = 1L;

    private final SourceTable source;
    private final MergedTable target;
    private final ColumnType[] types;
    private final int[] targets;
    private final int[] keyTargets;
    private final int[] mergedKeyTargets;

    /** For each field of a row, what its values must become; null where they are right. */
    private final JoinedType[] widened;

    private final int width;
    private final int readWidth;
    private final RowFilter filter;

    /**
     * @param metadataColumns how many metadata columns follow the merged table's own
     * @param problems a filter that does not fit the table is noted here
     */
    CapturedTable(RoutedTable routed, MergedTable target, int metadataColumns, Problems problems) {
        this.source = routed.source();
        this.target = target;
        this.width = target.size() + metadataColumns;
        List<SourceColumn> columns = source.columns();
        this.types = new ColumnType[columns.size()];
        this.targets = new int[columns.size()];
        Filter condition = routed.route().filter();
        int fields = width;
        JoinedType[] widening = new JoinedType[target.size()];
        boolean any = false;
        for (int i = 0; i < types.length; i++) {
            types[i] = columns.get(i).type();
            String name = routed.mergedName(i);
            if (name != null) {
                targets[i] = target.indexOf(name);
                JoinedType type = target.type(targets[i]);
                if (type.widens(RoutedTable.type(columns.get(i)))) {
                    widening[targets[i]] = type;
                    any = true;
                }
            } else {
                // What only the filter looks at stands behind the row, and is cut off with it.
                boolean asked =
                        types[i] != null
                                && condition != null
                                && condition.names(columns.get(i).name());
                targets[i] = asked ? fields++ : -1;
            }
        }
        this.readWidth = fields;
        this.widened = any ? widening : new JoinedType[0];
        // Metadata columns in the key are not columns of its own: a source never changes them.
        this.mergedKeyTargets =
                target.key().stream().mapToInt(target::indexOf).filter(i -> i >= 0).toArray();
        this.keyTargets = new int[source.key().size()];
        for (int i = 0; i < keyTargets.length; i++) {
            keyTargets[i] = targets[source.indexOf(source.key().get(i))];
        }
        this.filter = condition == null ? null : bind(routed, problems);
    }

    private RowFilter bind(RoutedTable routed, Problems problems) {
        FilterColumns columns =
                new FilterColumns() {
                    @Override
                    public int place(String column) {
                        int i = source.indexOf(column);
                        return i < 0 ? -1 : targets[i];
                    }

                    @Override
                    public SeaTunnelDataType<?> type(String column) {
                        return types[source.indexOf(column)].seaTunnelType();
                    }
                };
        try {
            return routed.route().filter().bind(columns);
        } catch (FilterException e) {
            problems.add("%s: the filter does not fit: %s", source, e.getMessage());
            return null;
        }
    }

    public SourceTable source() {
        return source;
    }

    public MergedTable target() {
        return target;
    }

    /** Types of the source's columns, in its order; null where a column cannot be read. */
    public ColumnType[] types() {
        return types;
    }

    /**
     * For each source column, its place in a row as it is read: one of the merged table, or behind
     * it where only the filter needs it; -1 if nobody does.
     */
    public int[] targets() {
        return targets;
    }

    /** Fields of a row that goes out: the merged table's own and the metadata. */
    public int width() {
        return width;
    }

    /** Fields of a row as it is read: {@link #width} and what only the filter needs. */
    public int readWidth() {
        return readWidth;
    }

    /** Whether a row as it was read, and widened, belongs to what the route carries. */
    public boolean passes(Object[] row) {
        return filter == null || filter.passes(row);
    }

    /** A row as it was read, without what only the filter needs. */
    public Object[] outgoing(Object[] row) {
        return readWidth == width ? row : Arrays.copyOf(row, width);
    }

    /** For each column of the source's key, its place in a row of the merged table. */
    public int[] keyTargets() {
        return keyTargets;
    }

    /** Whether two images of a row have different keys in the merged table. */
    public boolean changesMergedKey(Object[] before, Object[] after) {
        for (int i : mergedKeyTargets) {
            if (!Objects.deepEquals(before[i], after[i])) {
                return true;
            }
        }
        return false;
    }

    /** Brings the values of a row just read to the merged table's types, in place. */
    public void widen(Object[] row) {
        for (int i = 0; i < widened.length; i++) {
            if (widened[i] != null) {
                row[i] = widened[i].widen(row[i]);
            }
        }
    }

    @Override
    public String toString() {
        return source + " → " + target.tableId();
    }
}
