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
package io.seamerge.e2e.protocol;

/** What passes from the source through the engine's queue to the sink. */
sealed interface Message {
    int instance();

    /** Where a message stands in its instance's order. */
    record Version(int incarnation, int time, int row) {
        static final int WHOLE_TRANSACTION = Integer.MAX_VALUE;

        boolean covers(Version other) {
            return incarnation == other.incarnation
                    && (time > other.time || time == other.time && row >= other.row);
        }
    }

    /**
     * A row of the binlog, or of a table; then of version time 0.
     *
     * @param asOf of a snapshot row: version time of the last transaction that went out whole
     *     before it
     * @param pairGoesOn it is the DELETE of a changed key, whose INSERT follows
     */
    record Row(
            int instance,
            Version version,
            int asOf,
            int key,
            int id,
            boolean delete,
            boolean pairGoesOn)
            implements Message {
        boolean snapshot() {
            return version.time() == 0;
        }
    }

    enum Kind {
        HEARTBEAT,
        TRUNCATE,
        SNAPSHOT_BEGUN,
        SNAPSHOT_DONE,
        RUN_BEGUN,
        RUN_END,
        FILLER
    }

    /**
     * A control row; position and clock are those of the reader. The id is that of the TRUNCATE; of
     * a heartbeat 1 if no rows of a snapshot are left to send.
     */
    record Control(int instance, Kind kind, Version version, int id, int position, int clock)
            implements Message {}

    /** A checkpoint's barrier. */
    record Barrier(int instance) implements Message {}
}
