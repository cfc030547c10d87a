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

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClaimTest {

    private static LaneProgress lane(
            int lane, long incarnation, long time, long floor, long flushes, long epoch) {
        return new LaneProgress(
                lane,
                new Version(incarnation, time, 3),
                floor,
                flushes,
                epoch,
                "r",
                new Version(incarnation, 0, 0));
    }

    private static List<String> show(Claim claim) {
        List<String> shown = new ArrayList<>();
        for (LaneProgress lane : claim.lanes()) {
            shown.add(
                    lane.lane()
                            + " "
                            + lane.version()
                            + " floor "
                            + lane.floorTime()
                            + " flushes "
                            + lane.flushes()
                            + " epoch "
                            + lane.epoch());
        }
        return shown;
    }

    @Test
    void anUnknownInstanceStartsBeforeEverything() {
        Claim claim = Claim.decide(Collections.<LaneProgress>emptyList(), 2, "r", 9, 5, false);
        assertThat(show(claim))
                .containsExactly(
                        "0 5:0:0 floor 0 flushes 0 epoch 9", "1 5:0:0 floor 0 flushes 0 epoch 9");
        assertThat(claim.replays()).isFalse();
    }

    @Test
    void theSameLanesGoOnWhereTheyAre() {
        Claim claim =
                Claim.decide(
                        Arrays.asList(lane(0, 5, 10, 7, 4, 8), lane(1, 5, 20, 7, 6, 8)),
                        2,
                        "r",
                        9,
                        5,
                        false);
        assertThat(claim.outcome()).isEqualTo(Claim.Outcome.GRANTED);
        assertThat(show(claim))
                .containsExactly(
                        "0 5:10:3 floor 7 flushes 4 epoch 9", "1 5:20:3 floor 7 flushes 6 epoch 9");
    }

    @Test
    void otherLanesGoOnFromTheLowest() {
        List<LaneProgress> stored = Arrays.asList(lane(0, 5, 10, 7, 4, 8), lane(1, 5, 20, 7, 6, 8));
        for (Claim claim :
                Arrays.asList(
                        Claim.decide(stored, 3, "r", 9, 5, false),
                        Claim.decide(stored, 1, "r", 9, 5, false),
                        Claim.decide(stored, 2, "other rules", 9, 5, false))) {
            assertThat(claim.replays()).isTrue();
            assertThat(claim.lanes()).allSatisfy(l -> assertThat(l.version().time()).isEqualTo(10));
        }
    }

    private static Version repeatsTo(Claim claim) {
        return claim.lanes().get(0).repeatsTo();
    }

    @Test
    void whatOtherLanesHaveAppliedMayComeAgainUntilItIsPassedEvenIfAWriterEndsBeforeThat() {
        List<LaneProgress> stored = Arrays.asList(lane(0, 5, 10, 7, 4, 8), lane(1, 5, 20, 7, 6, 8));
        assertThat(repeatsTo(Claim.decide(stored, 2, "r", 9, 5, true))).hasToString("5:0:0");
        Claim one = Claim.decide(stored, 1, "r", 9, 5, true);
        assertThat(repeatsTo(one)).hasToString("5:20:3");
        Claim goesOn = Claim.decide(one.lanes(), 1, "r", 10, 5, true);
        assertThat(repeatsTo(goesOn)).hasToString("5:20:3");
        Claim three = Claim.decide(goesOn.lanes(), 3, "r", 11, 5, true);
        assertThat(repeatsTo(three)).hasToString("5:20:3");
        assertThat(repeatsTo(Claim.decide(three.lanes(), 3, "r", 12, 6, true)))
                .hasToString("6:0:0");
    }

    @Test
    void allMayComeAgainOnceProgressWasDeleted() {
        List<LaneProgress> none = Collections.<LaneProgress>emptyList();
        assertThat(repeatsTo(Claim.decide(none, 1, "r", 9, 5, false))).hasToString("5:0:0");
        assertThat(repeatsTo(Claim.decide(none, 1, "r", 9, 5, true)).time())
                .isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aLaterWriterKeepsWhatItHas() {
        assertThat(
                        Claim.decide(Arrays.asList(lane(0, 5, 10, 7, 4, 10)), 1, "r", 9, 5, false)
                                .outcome())
                .isEqualTo(Claim.Outcome.SUPERSEDED);
    }

    @Test
    void aNewIncarnationStartsOverAboveAllThatWasApplied() {
        List<LaneProgress> stored = Arrays.asList(lane(0, 5, 10, 7, 4, 8), lane(1, 5, 20, 7, 6, 8));
        assertThat(show(Claim.decide(stored, 2, "r", 9, 6, false)))
                .containsExactly(
                        "0 6:0:0 floor 20 flushes 4 epoch 9", "1 6:0:0 floor 20 flushes 6 epoch 9");
        List<LaneProgress> afterRepair = Arrays.asList(lane(0, 6, 5, 20, 4, 8));
        assertThat(Claim.decide(afterRepair, 1, "r", 9, 7, false).lanes().get(0).floorTime())
                .isEqualTo(20);
        assertThat(Claim.decide(afterRepair, 1, "r", 9, 5, false).outcome())
                .isEqualTo(Claim.Outcome.OUTDATED_INCARNATION);
    }
}
