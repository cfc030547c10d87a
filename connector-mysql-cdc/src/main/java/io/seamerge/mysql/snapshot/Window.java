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
package io.seamerge.mysql.snapshot;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/**
 * One chunk of a table on its way into the stream of its instance (protocol, S1 and S2; after
 * DBLog, Andreakis and Papapanagiotou 2020, but read-only).
 *
 * <p>It is opened in the stream's order before the chunk is read. From then on the keys that change
 * are collected. The chunk is read in a view in which all that the stream had emitted by then is
 * visible. When the stream has passed the binlog's end as it was after the read, the rows whose
 * keys did not change go out: they are what the table holds at that place in the stream.
 *
 * <p>Not thread-safe: the stream's lock guards it.
 */
public final class Window {

    private final String table;
    private final GtidSet emitted;
    private final BinlogPosition low;
    private final Set<RowKey> changed = new HashSet<>();

    private List<SeaTunnelRow> rows;
    private List<RowKey> keys;
    private boolean last;
    private BinlogPosition high;
    private boolean closed;
    private boolean aborted;

    /**
     * @param table {@code database.table}
     * @param emitted what the stream has emitted, and must be visible to the read; null without
     *     GTIDs
     * @param low a place that lies behind all that the stream has emitted, and not behind the end
     *     of the transaction that it stands in
     */
    public Window(String table, GtidSet emitted, BinlogPosition low) {
        this.table = table;
        this.emitted = emitted;
        this.low = low;
    }

    public String table() {
        return table;
    }

    public GtidSet emitted() {
        return emitted;
    }

    public BinlogPosition low() {
        return low;
    }

    /** The stream passes a change of this key. */
    public void changed(RowKey key) {
        changed.add(key);
    }

    /**
     * The chunk has been read.
     *
     * @param rows what was read; null where a row does not go out
     * @param keys the rows' keys, in the same order
     * @param last whether no row of the table is beyond it
     * @param high written end of the binlog, taken after the read
     */
    public void deliver(
            List<SeaTunnelRow> rows, List<RowKey> keys, boolean last, BinlogPosition high) {
        this.rows = rows;
        this.keys = keys;
        this.last = last;
        this.high = high;
    }

    /** Whether the chunk may go out, the stream having passed this position. */
    public boolean isDue(BinlogPosition passed) {
        return high != null && passed != null && passed.compareTo(high) >= 0;
    }

    public int size() {
        return rows.size();
    }

    /**
     * The i-th row, or null if it does not go out: its key changed since the window was opened, or
     * it was null.
     */
    public SeaTunnelRow row(int i) {
        return !changed.isEmpty() && changed.contains(keys.get(i)) ? null : rows.get(i);
    }

    /** Key of the chunk's last row, or null if it is empty. */
    public RowKey lastKey() {
        return keys.isEmpty() ? null : keys.get(keys.size() - 1);
    }

    public boolean isLast() {
        return last;
    }

    /** The chunk went out. */
    public void close() {
        closed = true;
        free();
    }

    /** The stream's order broke off: the chunk must be read again. */
    public void abort() {
        aborted = true;
        free();
    }

    private void free() {
        rows = null;
        keys = null;
        changed.clear();
    }

    public boolean isClosed() {
        return closed;
    }

    public boolean isAborted() {
        return aborted;
    }
}
