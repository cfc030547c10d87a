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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a writer makes of an instance's progress before it applies the first row of an incarnation
 * (protocol O4, A1, A2). Pure: the rows are read and written by others, within one transaction that
 * keeps them locked. Immutable.
 */
public final class Claim {

    /** What came of it. */
    public enum Outcome {
        /** The writer may go on from {@link #lanes()}. */
        GRANTED,
        /** A later writer has the instance. */
        SUPERSEDED,
        /** Progress knows a greater incarnation. */
        OUTDATED_INCARNATION
    }

    private final Outcome outcome;
    private final List<LaneProgress> lanes;
    private final boolean replays;

    private Claim(Outcome outcome, List<LaneProgress> lanes, boolean replays) {
        this.outcome = outcome;
        this.lanes = Collections.unmodifiableList(lanes);
        this.replays = replays;
    }

    /**
     * @param stored the rows of the instance, in any order
     * @param lanes how many lanes the writer has
     * @param rules fingerprint of what assigns keys to lanes
     * @param forgotten whether the instance is known to have written though nothing is stored:
     *     whoever deleted that wants all to be applied again
     */
    public static Claim decide(
            List<LaneProgress> stored,
            int lanes,
            String rules,
            long epoch,
            long incarnation,
            boolean forgotten) {
        Version lowest = null;
        Version repeatsTo = new Version(incarnation, Version.OLDEST, Version.OLDEST);
        long greatestTime = 0;
        long greatestIncarnation = Long.MIN_VALUE;
        boolean sameLanes = stored.size() == lanes;
        for (LaneProgress row : stored) {
            if (row.epoch() > epoch) {
                return new Claim(Outcome.SUPERSEDED, new ArrayList<LaneProgress>(), false);
            }
            if (lowest == null || row.version().compareTo(lowest) < 0) {
                lowest = row.version();
            }
            greatestTime = Math.max(greatestTime, Math.max(row.floorTime(), row.version().time()));
            greatestIncarnation = Math.max(greatestIncarnation, row.version().incarnation());
            sameLanes &= row.lane() < lanes && row.rules().equals(rules);
            repeatsTo = later(repeatsTo, row.repeatsTo());
        }
        if (greatestIncarnation > incarnation) {
            return new Claim(Outcome.OUTDATED_INCARNATION, new ArrayList<LaneProgress>(), false);
        }
        boolean goesOn = !stored.isEmpty() && greatestIncarnation == incarnation;
        if (goesOn && !sameLanes) {
            for (LaneProgress row : stored) {
                repeatsTo = later(repeatsTo, row.version());
            }
        } else if (stored.isEmpty() && forgotten) {
            repeatsTo = new Version(incarnation, Long.MAX_VALUE, Long.MAX_VALUE);
        }
        List<LaneProgress> result = new ArrayList<>(lanes);
        for (int lane = 0; lane < lanes; lane++) {
            LaneProgress own = rowOf(stored, lane);
            Version version = new Version(incarnation, Version.OLDEST, Version.OLDEST);
            long floor = greatestTime;
            if (goesOn) {
                version = sameLanes ? own.version() : lowest;
                floor = stored.get(0).floorTime();
            }
            long flushes = own == null ? 0 : own.flushes();
            result.add(new LaneProgress(lane, version, floor, flushes, epoch, rules, repeatsTo));
        }
        return new Claim(Outcome.GRANTED, result, goesOn && !sameLanes);
    }

    /** The later of two, of which the first is of the incarnation that matters. */
    private static Version later(Version one, Version other) {
        return other.incarnation() == one.incarnation() && other.compareTo(one) > 0 ? other : one;
    }

    private static LaneProgress rowOf(List<LaneProgress> stored, int lane) {
        for (LaneProgress row : stored) {
            if (row.lane() == lane) {
                return row;
            }
        }
        return null;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** The rows to be stored instead, one per lane in order; empty unless granted. */
    public List<LaneProgress> lanes() {
        return lanes;
    }

    /**
     * Whether lanes start before where they have been, since keys are assigned to them otherwise
     * than before.
     */
    public boolean replays() {
        return replays;
    }
}
