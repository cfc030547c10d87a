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
package io.seamerge.postgres.merge;

/**
 * The place of a change in the order of its instance, as docs/wire.md defines it: within one
 * incarnation by time (µs), then by row number. Immutable.
 */
public final class Version implements Comparable<Version> {

    /** Before every change of an incarnation; snapshot rows carry it. */
    public static final long OLDEST = 0;

    private final long incarnation;
    private final long time;
    private final long row;

    public Version(long incarnation, long time, long row) {
        this.incarnation = incarnation;
        this.time = time;
        this.row = row;
    }

    public long incarnation() {
        return incarnation;
    }

    /** µs of the version clock. */
    public long time() {
        return time;
    }

    /** Row number within the transaction. */
    public long row() {
        return row;
    }

    /** Whether (time, row) is later than (otherTime, otherRow), both of one incarnation. */
    public static boolean isLater(long time, long row, long otherTime, long otherRow) {
        return time > otherTime || time == otherTime && row > otherRow;
    }

    @Override
    public int compareTo(Version other) {
        int order = Long.compare(incarnation, other.incarnation);
        if (order == 0) {
            order = Long.compare(time, other.time);
        }
        return order == 0 ? Long.compare(row, other.row) : order;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Version && compareTo((Version) other) == 0;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(incarnation) * 31 * 31 + Long.hashCode(time) * 31 + Long.hashCode(row);
    }

    @Override
    public String toString() {
        return incarnation + ":" + time + ":" + row;
    }
}
