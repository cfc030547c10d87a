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
import java.util.Locale;
import java.util.Map;

/**
 * How far the snapshot of an instance has come, over all its tables. What is to come is estimated
 * from the server's statistics. Immutable.
 */
public final class SnapshotProgress {

    private final int tables;
    private final int tablesDone;
    private final long rows;
    private final long rowsExpected;
    private final long rowsPerSecond;

    private SnapshotProgress(
            int tables, int tablesDone, long rows, long rowsExpected, long rowsPerSecond) {
        this.tables = tables;
        this.tablesDone = tablesDone;
        this.rows = rows;
        this.rowsExpected = rowsExpected;
        this.rowsPerSecond = rowsPerSecond;
    }

    public static SnapshotProgress of(
            Map<String, TableSnapshot> snapshots, Map<String, CapturedTable> captured) {
        int done = 0;
        long rows = 0;
        long expected = 0;
        for (Map.Entry<String, TableSnapshot> entry : snapshots.entrySet()) {
            TableSnapshot snapshot = entry.getValue();
            rows += snapshot.rowsRead();
            done += snapshot.done() ? 1 : 0;
            CapturedTable table = captured.get(entry.getKey());
            expected +=
                    snapshot.done() || table == null
                            ? snapshot.rowsRead()
                            : Math.max(snapshot.rowsRead(), table.source().estimatedRows());
        }
        return new SnapshotProgress(snapshots.size(), done, rows, expected, 0);
    }

    /** The same with its rate since an earlier one. */
    public SnapshotProgress since(SnapshotProgress earlier, long nanos) {
        return new SnapshotProgress(
                tables,
                tablesDone,
                rows,
                rowsExpected,
                (long) ((rows - earlier.rows) * 1e9 / Math.max(1, nanos)));
    }

    public boolean isComplete() {
        return tablesDone == tables;
    }

    public long rows() {
        return rows;
    }

    /** 100 only when all is read: the estimate may be too low. */
    public int percent() {
        return isComplete() ? 100 : (int) Math.min(99, 100.0 * rows / Math.max(1, rowsExpected));
    }

    public long rowsPerSecond() {
        return rowsPerSecond;
    }

    /** At the present rate; -1 if nothing is being read. */
    public long secondsLeft() {
        return isComplete() ? 0 : rowsPerSecond == 0 ? -1 : (rowsExpected - rows) / rowsPerSecond;
    }

    /** Rows, percent, rows/s, time left, tables. */
    @Override
    public String toString() {
        long left = secondsLeft();
        return String.format(
                Locale.ROOT,
                "%d rows, about %d %%, %d rows/s, %s, %d of %d tables done",
                rows,
                percent(),
                rowsPerSecond,
                left < 0
                        ? "time left unknown"
                        : String.format(
                                Locale.ROOT,
                                "about %d:%02d:%02d left",
                                left / 3600,
                                left / 60 % 60,
                                left % 60),
                tablesDone,
                tables);
    }
}
