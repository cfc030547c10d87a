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

import io.seamerge.mysql.type.ColumnType;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
    private final int[] widened;

    CapturedTable(SourceTable source, MergedTable target) {
        this.source = source;
        this.target = target;
        List<SourceColumn> columns = source.columns();
        this.types = new ColumnType[columns.size()];
        this.targets = new int[columns.size()];
        int[] widening = new int[columns.size()];
        int widenings = 0;
        for (int i = 0; i < types.length; i++) {
            types[i] = columns.get(i).type();
            targets[i] = target.indexOf(columns.get(i).name());
            if (targets[i] >= 0 && target.widens(targets[i], columns.get(i))) {
                widening[widenings++] = targets[i];
            }
        }
        this.widened = Arrays.copyOf(widening, widenings);
        // Metadata columns in the key are not columns of its own: a source never changes them.
        this.mergedKeyTargets =
                target.key().stream().mapToInt(target::indexOf).filter(i -> i >= 0).toArray();
        this.keyTargets = new int[source.key().size()];
        for (int i = 0; i < keyTargets.length; i++) {
            keyTargets[i] = targets[source.indexOf(source.key().get(i))];
        }
    }

    public SourceTable source() {
        return source;
    }

    public MergedTable target() {
        return target;
    }

    /** Types of the source's columns, in its order. */
    public ColumnType[] types() {
        return types;
    }

    /** For each source column, its place in a row of the merged table. */
    public int[] targets() {
        return targets;
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
        for (int i : widened) {
            row[i] = target.widen(i, row[i]);
        }
    }

    @Override
    public String toString() {
        return source + " → " + target.tableId();
    }
}
