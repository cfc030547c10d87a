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

import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Entry;
import io.seamerge.postgres.merge.Fold;
import io.seamerge.postgres.merge.InstanceProgress;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.target.TargetTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The rows that are written together, as they are gathered. Not thread-safe. */
final class Flush {

    /**
     * What one lane writes of it, in one transaction. Changed by nobody once it has been handed
     * over.
     */
    static final class Part {

        private final Map<TargetTable, TablePart> tables = new HashMap<>();
        private List<TablePart> ordered = Collections.emptyList();
        private List<Move> moves = Collections.emptyList();

        /** In the order in which every transaction touches tables. */
        Collection<TablePart> tables() {
            return ordered;
        }

        /** How progress moves with it, ordered by instance. */
        List<Move> moves() {
            return moves;
        }

        int rows() {
            int rows = 0;
            for (TablePart table : tables.values()) {
                rows += table.fold.size();
            }
            return rows;
        }

        boolean consolidated() {
            for (TargetTable table : tables.keySet()) {
                if (table.consolidated()) {
                    return true;
                }
            }
            return false;
        }
    }

    /** One table's share of a part. */
    static final class TablePart {

        private final TargetTable table;
        private final Fold fold = new Fold();
        private final List<Entry> history;
        private final List<Change> seen = new ArrayList<>();
        private final Map<String, long[]> rowsOfInstance = new HashMap<>();

        /** Of the instance whose row came last: most rows follow one of the same. */
        private String lastInstance;

        private long[] lastRows;
        private boolean deletes;
        private boolean upserts;
        private boolean snapshots;
        private boolean inserts;
        private boolean changesRows;
        private boolean bringsRows;

        /** Whether a row that went, or changed, is then said to be new. */
        private boolean bringsBack;

        private TablePart(TargetTable table) {
            this.table = table;
            this.history = table.rowsDependOnEachOther() ? new ArrayList<>() : null;
        }

        TargetTable table() {
            return table;
        }

        Collection<Change> changes() {
            return fold.changes();
        }

        /**
         * What may be applied one after the other where the folded changes are refused together:
         * where rows depend on each other, all that came, in the order in which it came; else what
         * is left of it.
         */
        List<Entry> history() {
            return history == null ? fold.entries() : history;
        }

        /**
         * Rows that are not to be written again, though a repeated snapshot wants to know that they
         * are there.
         */
        List<Change> seen() {
            return seen;
        }

        /** Rows that came, before folding, by instance. */
        Map<String, Long> rowsOfInstance() {
            Map<String, Long> rows = new HashMap<>();
            rowsOfInstance.forEach((instance, count) -> rows.put(instance, count[0]));
            return rows;
        }

        boolean deletes() {
            return deletes;
        }

        boolean upserts() {
            return upserts;
        }

        boolean snapshots() {
            return snapshots;
        }

        /** Whether all of its rows were read, and none was changed. */
        boolean onlySnapshots() {
            return snapshots && !inserts && !changesRows;
        }

        /** Whether some of its changes are of rows that are there, as far as their sources know. */
        boolean changesRows() {
            return changesRows;
        }

        /**
         * Whether some of its changes are of rows that their sources take for new, and rightly so.
         */
        boolean bringsRows() {
            return bringsRows && !bringsBack;
        }

        private void add(RowKey key, Change change, String instance) {
            Change earlier = fold.add(key, change);
            if (change.isOfNewRow()) {
                bringsRows = true;
                bringsBack |= earlier != null && !earlier.isOfNewRow();
            }
            if (history != null) {
                history.add(new Entry(key, change));
            }
            if (instance != null) {
                if (!instance.equals(lastInstance)) {
                    lastInstance = instance;
                    lastRows = rowsOfInstance.computeIfAbsent(instance, i -> new long[1]);
                }
                lastRows[0]++;
            }
            switch (change.operation()) {
                case DELETE:
                    changesRows = true;
                    deletes |= !table.softDeletes();
                    upserts |= table.softDeletes();
                    break;
                case SNAPSHOT:
                    snapshots = true;
                    upserts = true;
                    break;
                case UPDATE:
                    changesRows = true;
                    upserts = true;
                    break;
                case INSERT:
                    inserts = true;
                    upserts = true;
                    break;
            }
        }
    }

    /** An instance's progress in one lane, and where to it moves. Immutable. */
    static final class Move {

        private final InstanceProgress progress;
        private final Version to;

        private Move(InstanceProgress progress, Version to) {
            this.progress = progress;
            this.to = to;
        }

        InstanceProgress progress() {
            return progress;
        }

        Version to() {
            return to;
        }
    }

    private static final long RECENT_MS = 5_000;

    private final Part[] parts;
    private final Set<InstanceProgress> instances = new LinkedHashSet<>();
    private int rows;
    private int snapshotRows;
    private long bytes;
    private long begunNanos;

    /** Changes that were committed after this, in µs since 1970, are to be seen soon. */
    private long recentFrom;

    private boolean recent;

    Flush(int lanes) {
        parts = new Part[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            parts[lane] = new Part();
        }
    }

    boolean isEmpty() {
        return rows == 0 && instances.isEmpty();
    }

    int rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    /** Whether changes stand among rows of a snapshot. */
    boolean isMixed() {
        return snapshotRows > 0 && snapshotRows < rows;
    }

    /** When its first row came, by {@link System#nanoTime()}. */
    long begunNanos() {
        return begunNanos;
    }

    /**
     * Whether some of its rows have just been committed at their source, or are of one that keeps
     * pace, or do not say when: others can wait a little longer for company.
     */
    boolean isRecent() {
        return recent;
    }

    /** Adds a row; the instance is null where rows have no versions. */
    void add(
            int lane,
            TargetTable table,
            RowKey key,
            Change change,
            InstanceProgress instance,
            int size) {
        begin();
        part(lane, table).add(key, change, instance == null ? null : instance.instance());
        rows++;
        snapshotRows += change.operation() == Operation.SNAPSHOT ? 1 : 0;
        bytes += size;
        recent |= isAwaited(change, instance, recentFrom);
        if (instance != null) {
            instances.add(instance);
        }
    }

    /**
     * Whether somebody may wait to see a change.
     *
     * @param instance null where rows have no versions
     * @param recentFrom in µs since 1970
     */
    static boolean isAwaited(Change change, InstanceProgress instance, long recentFrom) {
        return change.isLaterThan(recentFrom)
                || instance != null
                        && instance.keepsPace()
                        && change.operation() != Operation.SNAPSHOT;
    }

    /** Adds a row that was written before, for the sake of its key. */
    void see(int lane, TargetTable table, Change change, InstanceProgress instance, int size) {
        touch(instance);
        part(lane, table).seen.add(change);
        rows++;
        bytes += size;
    }

    private TablePart part(int lane, TargetTable table) {
        TablePart part = parts[lane].tables.get(table);
        if (part == null) {
            part = new TablePart(table);
            parts[lane].tables.put(table, part);
        }
        return part;
    }

    /** Takes note that an instance's progress moves, though there may be no row of it. */
    void touch(InstanceProgress instance) {
        begin();
        instances.add(instance);
    }

    private void begin() {
        if (isEmpty()) {
            begunNanos = System.nanoTime();
            recentFrom = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis() - RECENT_MS);
        }
    }

    /**
     * Fixes the end of the flush: every lane moves every instance up to what was gathered.
     *
     * @return one part per lane; null for a lane that has nothing to do
     */
    List<Part> split() {
        List<InstanceProgress> sorted = new ArrayList<>(instances);
        sorted.sort((a, b) -> a.instance().compareTo(b.instance()));
        for (InstanceProgress instance : sorted) {
            instance.advanceAll(Version.OLDEST, Version.OLDEST);
        }
        List<Part> result = new ArrayList<>(parts.length);
        for (int lane = 0; lane < parts.length; lane++) {
            List<Move> moves = new ArrayList<>(sorted.size());
            for (InstanceProgress instance : sorted) {
                moves.add(new Move(instance, instance.version(lane)));
            }
            parts[lane].moves = moves;
            parts[lane].ordered = new ArrayList<>(parts[lane].tables.values());
            parts[lane].ordered.sort((a, b) -> a.table().compareTo(b.table()));
            result.add(moves.isEmpty() && parts[lane].tables.isEmpty() ? null : parts[lane]);
        }
        return result;
    }
}
