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
import io.seamerge.mysql.binlog.Gtids;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

    /**
     * Keys that are collected while the chunk is being read; the stream then waits for it. It
     * bounds memory: a chunk may wait long for a server that holds commits back.
     */
    static final int MAX_CHANGED = 50_000;

    private final String table;
    private final int range;
    private final Gtids emitted;
    private final BinlogPosition low;

    /** While the chunk is being read. */
    private Set<RowKey> changed = new HashSet<>();

    private boolean allChanged;

    // Once it is delivered. A row whose key changed is null.
    private List<SeaTunnelRow> rows;
    private List<RowKey> keys;
    private Map<RowKey, Integer> places;
    private boolean last;
    private BinlogPosition high;

    /** Place of the row that goes out next. */
    private int next;

    private boolean closed;
    private boolean aborted;

    /**
     * @param table {@code database.table}
     * @param range number of the table's range that the chunk is the next of
     * @param emitted what the stream has emitted, and must be visible to the read; null without
     *     GTIDs
     * @param low a place that lies behind all that the stream has emitted, and not behind the end
     *     of the transaction that it stands in
     */
    public Window(String table, int range, Gtids emitted, BinlogPosition low) {
        this.table = table;
        this.range = range;
        this.emitted = emitted;
        this.low = low;
    }

    public String table() {
        return table;
    }

    public int range() {
        return range;
    }

    public Gtids emitted() {
        return emitted;
    }

    public BinlogPosition low() {
        return low;
    }

    /** The stream passes a change of this key. */
    public void changed(RowKey key) {
        if (rows != null) {
            drop(key);
        } else if (!allChanged) {
            changed.add(key);
        }
    }

    /** The stream passes a change of all keys: the table was emptied. */
    public void changedAll() {
        allChanged = true;
        if (rows != null) {
            dropAll();
        } else {
            changed.clear();
        }
    }

    /** Whether no more changes can be collected before the chunk is delivered. */
    public boolean isFull() {
        return rows == null && !aborted && changed.size() >= MAX_CHANGED;
    }

    /**
     * The chunk has been read.
     *
     * @param read the rows, null where one does not go out; not used by anyone else after this
     * @param itsKeys the rows' keys, in the same order
     * @param isLast whether no row of the range is beyond it
     * @param writtenEnd written end of the binlog, taken after the read
     */
    public void deliver(
            List<SeaTunnelRow> read,
            List<RowKey> itsKeys,
            boolean isLast,
            BinlogPosition writtenEnd) {
        rows = read;
        keys = itsKeys;
        last = isLast;
        high = writtenEnd;
        if (allChanged) {
            dropAll();
        }
        for (RowKey key : changed) {
            drop(key);
        }
        changed = null;
    }

    private void dropAll() {
        Collections.fill(rows, null);
    }

    private void drop(RowKey key) {
        if (places == null) {
            places = new HashMap<>(keys.size() * 2);
            for (int i = 0; i < keys.size(); i++) {
                places.put(keys.get(i), i);
            }
        }
        Integer place = places.get(key);
        if (place != null) {
            rows.set(place, null);
        }
    }

    /** Whether the chunk may go out, the stream having passed this position. */
    public boolean isDue(BinlogPosition passed) {
        return high != null && passed != null && passed.compareTo(high) >= 0;
    }

    public int size() {
        return rows.size();
    }

    /** Whether some of its rows have gone out. */
    public boolean isBegun() {
        return next > 0;
    }

    /**
     * Whether there is a row to go out: those whose keys changed since the window was opened, and
     * those that are null, do not.
     */
    public boolean hasNext() {
        while (next < rows.size() && rows.get(next) == null) {
            next++;
        }
        return next < rows.size();
    }

    /** The next row, which goes out now; {@link #hasNext} has just said that there is one. */
    public SeaTunnelRow next() {
        return rows.set(next++, null);
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
        places = null;
        changed = null;
    }

    /** Whether the chunk went out, or never will. */
    public boolean isGone() {
        return closed || aborted;
    }

    public boolean isClosed() {
        return closed;
    }

    public boolean isAborted() {
        return aborted;
    }
}
