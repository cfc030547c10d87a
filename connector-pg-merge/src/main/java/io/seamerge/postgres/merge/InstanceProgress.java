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

import java.util.List;

/**
 * How far one instance has come in this writer: what was gathered, per lane, and how often each
 * lane has moved its row of seamerge.progress. All of it belongs to the thread that gathers, but
 * for {@code flushes}, of which each lane owns its own entry; the gathering thread touches them
 * only while the lanes rest.
 */
public final class InstanceProgress {

    private static final long SAME_DISTANCE_MICROS = 5_000_000;

    private final String instance;
    private final long incarnation;
    private final long floorTime;
    private final long[] time;
    private final long[] row;
    private final long[] flushes;
    private final long claimedTime;
    private long endTime;
    private long endRow;

    /** How long before this machine's time it last said that it had caught up; else null. */
    private Long distance;

    private boolean keepsPace;

    /**
     * @param lanes the rows as they are stored, one per lane in order, all of one incarnation
     */
    public InstanceProgress(String instance, List<LaneProgress> lanes) {
        this.instance = instance;
        this.incarnation = lanes.get(0).version().incarnation();
        this.floorTime = lanes.get(0).floorTime();
        this.time = new long[lanes.size()];
        this.row = new long[lanes.size()];
        this.flushes = new long[lanes.size()];
        long latest = Version.OLDEST;
        for (LaneProgress lane : lanes) {
            latest = Math.max(latest, lane.version().time());
            time[lane.lane()] = lane.version().time();
            row[lane.lane()] = lane.version().row();
            flushes[lane.lane()] = lane.flushes();
        }
        claimedTime = latest;
    }

    public String instance() {
        return instance;
    }

    public long incarnation() {
        return incarnation;
    }

    /** The time by which versions are compared between sources (protocol O4). */
    public long mergedTime(long versionTime) {
        return Math.max(versionTime, floorTime);
    }

    /**
     * Whether a snapshot row shows a moment before what an earlier writer had applied when this one
     * took over: the changes in between would be skipped as a replay, and the row would stay old.
     *
     * @param asOfTime version time of the last transaction emitted before the row
     */
    public boolean isOlderThanClaim(long asOfTime) {
        return asOfTime < claimedTime;
    }

    /**
     * Takes note of a row of the stream.
     *
     * @return false if its lane has it already, so that it must be skipped
     */
    public boolean advance(int lane, long versionTime, long versionRow) {
        if (Version.isLater(versionTime, versionRow, endTime, endRow)) {
            endTime = versionTime;
            endRow = versionRow;
        }
        if (!Version.isLater(versionTime, versionRow, time[lane], row[lane])) {
            return false;
        }
        time[lane] = versionTime;
        row[lane] = versionRow;
        return true;
    }

    /** Whether every lane has come as far as this version. */
    public boolean hasReached(long versionTime, long versionRow) {
        for (int lane = 0; lane < time.length; lane++) {
            if (Version.isLater(versionTime, versionRow, time[lane], row[lane])) {
                return false;
            }
        }
        return true;
    }

    /** Takes note that everything up to this version has been gathered or never will be. */
    public void advanceAll(long versionTime, long versionRow) {
        if (Version.isLater(versionTime, versionRow, endTime, endRow)) {
            endTime = versionTime;
            endRow = versionRow;
        }
        for (int lane = 0; lane < time.length; lane++) {
            if (Version.isLater(endTime, endRow, time[lane], row[lane])) {
                time[lane] = endTime;
                row[lane] = endRow;
            }
        }
    }

    /** Where a lane is once all that was gathered has been applied. */
    public Version version(int lane) {
        return new Version(incarnation, time[lane], row[lane]);
    }

    /** How often a lane has moved its progress. */
    public long flushes(int lane) {
        return flushes[lane];
    }

    /**
     * Takes note that everything was sent that the instance had committed by a moment of its clock.
     *
     * @param now this machine's clock; both in µs since 1970
     */
    public void caughtUp(long caughtUpTime, long now) {
        long before = now - caughtUpTime;
        keepsPace = distance != null && Math.abs(before - distance) < SAME_DISTANCE_MICROS;
        distance = before;
    }

    /**
     * Whether changes come about as fast as they are made: then they are to be seen soon, whatever
     * the instance's clock says. It is so if between two moments at which it had caught up its
     * clock went on as fast as ours.
     */
    public boolean keepsPace() {
        return keepsPace;
    }

    /** Called by the lane once it has moved its progress. */
    public void flushed(int lane) {
        flushes[lane]++;
    }
}
