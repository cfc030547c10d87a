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

/** One row of seamerge.progress. Immutable. */
public final class LaneProgress {

    private final int lane;
    private final Version version;
    private final long floorTime;
    private final long flushes;
    private final long epoch;
    private final String rules;
    private final Version repeatsTo;

    /**
     * @param version up to where this lane has applied its instance
     * @param floorTime the least time that versions of this incarnation have when sources are
     *     compared
     * @param flushes how often the row was moved
     * @param epoch of the writer that may move it
     * @param rules fingerprint of what assigns keys to lanes
     * @param repeatsTo up to where changes may come that other lanes have applied before
     */
    public LaneProgress(
            int lane,
            Version version,
            long floorTime,
            long flushes,
            long epoch,
            String rules,
            Version repeatsTo) {
        this.lane = lane;
        this.version = version;
        this.floorTime = floorTime;
        this.flushes = flushes;
        this.epoch = epoch;
        this.rules = rules;
        this.repeatsTo = repeatsTo;
    }

    public int lane() {
        return lane;
    }

    public Version version() {
        return version;
    }

    public long floorTime() {
        return floorTime;
    }

    public long flushes() {
        return flushes;
    }

    public long epoch() {
        return epoch;
    }

    public String rules() {
        return rules;
    }

    public Version repeatsTo() {
        return repeatsTo;
    }
}
