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

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class InstanceProgressTest {

    private static InstanceProgress at(long... times) {
        LaneProgress[] lanes = new LaneProgress[times.length];
        for (int i = 0; i < times.length; i++) {
            lanes[i] =
                    new LaneProgress(
                            i, new Version(1, times[i], 5), 100, 0, 1, "r", new Version(1, 0, 0));
        }
        return new InstanceProgress("eu", Arrays.asList(lanes));
    }

    @Test
    void skipsPerLaneWhatIsNotLater() {
        InstanceProgress progress = at(10, 20);
        assertThat(progress.advance(0, 10, 5)).isFalse();
        assertThat(progress.advance(0, 10, 6)).isTrue();
        assertThat(progress.advance(1, 15, 9)).isFalse();
        assertThat(progress.advance(0, 15, 9)).isTrue();
        assertThat(progress.advance(1, 21, 0)).isTrue();
        assertThat(progress.advance(1, 21, 0)).isFalse();
    }

    @Test
    void endsEveryLaneWhereTheFlushEndsButNoneBefore() {
        InstanceProgress progress = at(10, 20);
        progress.advance(0, 15, 1);
        progress.advanceAll(Version.OLDEST, Version.OLDEST);
        assertThat(progress.version(0)).isEqualTo(new Version(1, 15, 1));
        assertThat(progress.version(1)).isEqualTo(new Version(1, 20, 5));
        progress.advanceAll(30, Long.MAX_VALUE);
        assertThat(progress.version(0)).isEqualTo(new Version(1, 30, Long.MAX_VALUE));
        assertThat(progress.version(1)).isEqualTo(new Version(1, 30, Long.MAX_VALUE));
    }

    @Test
    void keepsPaceIfItsClockGoesOnAsOursDoesHoweverFarBehind() {
        long second = 1_000_000;
        long now = 1_000_000 * second;
        InstanceProgress progress = at(10);
        assertThat(progress.keepsPace()).isFalse();
        progress.caughtUp(now - 3_600 * second, now);
        assertThat(progress.keepsPace()).as("once says nothing").isFalse();
        progress.caughtUp(now - 3_600 * second + 10 * second, now + 11 * second);
        assertThat(progress.keepsPace()).isTrue();
        progress.caughtUp(now - 3_600 * second + 20 * second, now + 100 * second);
        assertThat(progress.keepsPace()).as("it has fallen behind").isFalse();
        progress.caughtUp(now - 3_600 * second + 120 * second, now + 130 * second);
        assertThat(progress.keepsPace()).as("it catches up").isFalse();
        progress.caughtUp(now - 3_600 * second + 150 * second, now + 160 * second);
        assertThat(progress.keepsPace()).isTrue();
    }

    @Test
    void comparesNoVersionBelowTheFloor() {
        assertThat(at(1).mergedTime(50)).isEqualTo(100);
        assertThat(at(1).mergedTime(150)).isEqualTo(150);
    }
}
