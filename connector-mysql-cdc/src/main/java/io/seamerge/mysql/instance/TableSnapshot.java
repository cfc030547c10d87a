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

import io.seamerge.mysql.snapshot.KeyRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How far the snapshot of one source table has come: the ranges of its key that are left to read,
 * few, each as far as its rows have gone out. Immutable.
 */
public final class TableSnapshot {

    private final List<KeyRange> left;
    private final long rowsRead;
    private final boolean repeated;
    private final String request;

    /**
     * @param left ranges that do not overlap; empty when all is read
     * @param repeated whether the target holds rows of the table from before this snapshot
     *     (protocol, S4)
     * @param request id of the last {@code resnapshot} that the table has had its part of; null if
     *     there was none
     */
    public TableSnapshot(List<KeyRange> left, long rowsRead, boolean repeated, String request) {
        this.left = Collections.unmodifiableList(new ArrayList<>(left));
        this.rowsRead = rowsRead;
        this.repeated = repeated;
        this.request = request;
    }

    /** That of a table of which nothing has been read. */
    public static TableSnapshot unread(boolean repeated, String request) {
        return new TableSnapshot(
                Collections.singletonList(new KeyRange(0, null, null)), 0, repeated, request);
    }

    /** That of a table whose rows are in the target already, or are not wanted there. */
    static TableSnapshot nothingToRead() {
        return new TableSnapshot(Collections.<KeyRange>emptyList(), 0, false, null);
    }

    public List<KeyRange> left() {
        return left;
    }

    /** What is left of a range, or null if all of it is read. */
    KeyRange range(int number) {
        for (KeyRange range : left) {
            if (range.number() == number) {
                return range;
            }
        }
        return null;
    }

    public long rowsRead() {
        return rowsRead;
    }

    public boolean repeated() {
        return repeated;
    }

    public String request() {
        return request;
    }

    public boolean done() {
        return left.isEmpty();
    }

    /** Whether not even a begin has been made. */
    boolean isUntouched() {
        return rowsRead == 0
                && left.size() == 1
                && left.get(0).from() == null
                && left.get(0).to() == null;
    }

    /**
     * Rows of a range went out.
     *
     * @param upTo key of the last one, null if there was none
     * @param last whether the range has no more
     */
    TableSnapshot read(int number, Object[] upTo, long rows, boolean last) {
        List<KeyRange> ranges = new ArrayList<>(left.size());
        for (KeyRange range : left) {
            if (range.number() != number) {
                ranges.add(range);
            } else if (!last) {
                ranges.add(upTo == null ? range : range.behind(upTo));
            }
        }
        return new TableSnapshot(ranges, rowsRead + rows, repeated, request);
    }

    /**
     * A range ends at a key; what is behind it is a range of its own, the last of {@link #left}.
     */
    TableSnapshot split(int number, Object[] at) {
        List<KeyRange> ranges = new ArrayList<>(left.size() + 1);
        int greatest = 0;
        Object[] end = null;
        for (KeyRange range : left) {
            greatest = Math.max(greatest, range.number());
            if (range.number() == number) {
                end = range.to();
                ranges.add(new KeyRange(number, range.from(), at));
            } else {
                ranges.add(range);
            }
        }
        ranges.add(new KeyRange(greatest + 1, at, end));
        return new TableSnapshot(ranges, rowsRead, repeated, request);
    }
}
