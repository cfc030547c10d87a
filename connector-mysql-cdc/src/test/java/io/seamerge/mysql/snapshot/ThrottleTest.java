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
package io.seamerge.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ThrottleTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void noLimitNeverWaits() {
        Throttle throttle = new Throttle(0, 0);
        for (int i = 0; i < 100; i++) {
            assertThat(throttle.reserve(7, 1_000_000, 1L << 40)).isZero();
        }
        assertThat(throttle.maxRows()).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void readsFollowEachOtherAtTheRate() {
        Throttle throttle = new Throttle(1_000, 0);
        assertThat(throttle.maxRows()).isEqualTo(200);
        assertThat(throttle.reserve(0, 200, 0)).isZero();
        assertThat(throttle.reserve(0, 200, 0)).isEqualTo(SECOND / 5);
        // Two readers share the rate.
        assertThat(throttle.reserve(SECOND / 10, 200, 0)).isEqualTo(3 * SECOND / 10);
    }

    @Test
    void theTighterLimitDecides() {
        Throttle throttle = new Throttle(1_000, 10_000);
        throttle.reserve(0, 100, 10_000);
        assertThat(throttle.reserve(0, 100, 10_000)).isEqualTo(SECOND);
    }

    @Test
    void whatWasReadCountsNotWhatWasExpected() {
        Throttle throttle = new Throttle(1_000, 0);
        throttle.reserve(0, 200, 0);
        throttle.settle(200, 0, 50, 0);
        assertThat(throttle.reserve(0, 200, 0)).isEqualTo(SECOND / 20);
        throttle.settle(200, 0, 400, 0);
        assertThat(throttle.reserve(0, 1, 0)).isEqualTo(45 * SECOND / 100);
    }

    @Test
    void idleTimeEarnsNothing() {
        Throttle throttle = new Throttle(1_000, 0);
        throttle.reserve(0, 200, 0);
        assertThat(throttle.reserve(100 * SECOND, 200, 0)).isZero();
        assertThat(throttle.reserve(100 * SECOND, 200, 0)).isEqualTo(SECOND / 5);
    }

    @Test
    void aSlowRateStillReadsARowAtATime() {
        assertThat(new Throttle(2, 3).maxRows()).isEqualTo(1);
        assertThat(new Throttle(2, 3).maxBytes()).isEqualTo(1);
    }
}
