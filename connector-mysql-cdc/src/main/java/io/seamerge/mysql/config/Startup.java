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
package io.seamerge.mysql.config;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import java.io.Serializable;

/** Where one instance begins if its job is not restored. Immutable. */
public final class Startup implements Serializable {

    private static final long serialVersionUID = 1L;

    private final StartupMode mode;
    private final long timestampMs;
    private final BinlogPosition position;
    private final Gtids gtids;

    private Startup(StartupMode mode, long timestampMs, BinlogPosition position, Gtids gtids) {
        this.mode = mode;
        this.timestampMs = timestampMs;
        this.position = position;
        this.gtids = gtids;
    }

    /**
     * Reads the options of one instance, each its own or the default beside the list.
     *
     * @param where what to call the instance in problems
     */
    static Startup parse(
            StartupMode mode,
            String timestampMs,
            String position,
            String gtidSet,
            String where,
            Problems problems) {
        long parsedTimestamp = 0;
        BinlogPosition parsedPosition = null;
        Gtids parsedGtids = null;
        try {
            parsedTimestamp = timestampMs == null ? 0 : Long.parseLong(timestampMs);
        } catch (NumberFormatException e) {
            problems.add(
                    "%s: startup.timestamp-ms must be milliseconds since 1970-01-01 UTC: current"
                            + " value = %s",
                    where, timestampMs);
        }
        try {
            parsedPosition = position == null ? null : BinlogPosition.parse(position);
        } catch (IllegalArgumentException e) {
            problems.add("%s: startup.position: %s", where, e.getMessage());
        }
        try {
            parsedGtids = gtidSet == null ? null : Gtids.parse(gtidSet);
        } catch (IllegalArgumentException e) {
            problems.add("%s: startup.gtid-set: %s", where, e.getMessage());
        }
        if (mode == StartupMode.TIMESTAMP && timestampMs == null) {
            problems.add("%s: startup.mode = timestamp needs startup.timestamp-ms", where);
        }
        if (mode == StartupMode.SPECIFIC && (position == null) == (gtidSet == null)) {
            problems.add(
                    "%s: startup.mode = specific needs one of startup.position ('file:offset') and"
                            + " startup.gtid-set",
                    where);
        }
        return new Startup(mode, parsedTimestamp, parsedPosition, parsedGtids);
    }

    public StartupMode mode() {
        return mode;
    }

    /** With mode TIMESTAMP: milliseconds since 1970-01-01 UTC. */
    public long timestampMs() {
        return timestampMs;
    }

    /** With mode SPECIFIC, null if there are {@link #gtids()}. */
    public BinlogPosition position() {
        return position;
    }

    /** With mode SPECIFIC: the transactions that need not come; null if there is a position. */
    public Gtids gtids() {
        return gtids == null ? null : gtids.copy();
    }
}
