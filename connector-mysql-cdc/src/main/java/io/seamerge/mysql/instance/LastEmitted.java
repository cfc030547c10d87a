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

/**
 * The version of the last row that went out, by which a sink can tell whether its target has what a
 * checkpoint counts on. Snapshot rows do not move it, they have no version of their own. Immutable.
 */
public final class LastEmitted {

    /** Nothing went out yet. */
    public static final LastEmitted NOTHING = new LastEmitted(0, 0, 0);

    private final long incarnation;
    private final long versionTime;
    private final long versionRow;

    /**
     * @param versionTime version time of its transaction, µs
     * @param versionRow its row number, {@code Long.MAX_VALUE} for all of a transaction
     */
    public LastEmitted(long incarnation, long versionTime, long versionRow) {
        this.incarnation = incarnation;
        this.versionTime = versionTime;
        this.versionRow = versionRow;
    }

    public long incarnation() {
        return incarnation;
    }

    public long versionTime() {
        return versionTime;
    }

    public long versionRow() {
        return versionRow;
    }

    boolean isBefore(long otherIncarnation, long time, long row) {
        if (incarnation != otherIncarnation) {
            return incarnation < otherIncarnation;
        }
        return versionTime != time ? versionTime < time : versionRow < row;
    }

    boolean isNothing() {
        return incarnation == 0;
    }
}
