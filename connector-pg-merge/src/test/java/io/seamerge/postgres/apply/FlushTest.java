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
package io.seamerge.postgres.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.InstanceProgress;
import io.seamerge.postgres.merge.LaneProgress;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.Version;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class FlushTest {

    @Test
    void whoKeepsPaceIsAwaitedThoughItsClockIsBehind() {
        long now = System.currentTimeMillis() * 1_000;
        long hourAgo = now - 3_600_000_000L;
        InstanceProgress slow = instance();
        assertThat(isAwaited(now, Operation.UPDATE, slow)).isTrue();
        assertThat(isAwaited(hourAgo, Operation.UPDATE, slow)).as("it catches up").isFalse();
        slow.caughtUp(hourAgo, now);
        slow.caughtUp(hourAgo, now);
        assertThat(isAwaited(hourAgo, Operation.UPDATE, slow)).isTrue();
        assertThat(isAwaited(hourAgo, Operation.SNAPSHOT, slow)).isFalse();
    }

    private static InstanceProgress instance() {
        Version oldest = new Version(1, 0, 0);
        return new InstanceProgress(
                "eu", Collections.singletonList(new LaneProgress(0, oldest, 0, 0, 1, "r", oldest)));
    }

    private static boolean isAwaited(long time, Operation operation, InstanceProgress instance) {
        Change change = new Change(operation, new Object[0], 1, time, new Version(1, time, 1));
        return Flush.isAwaited(change, instance, System.currentTimeMillis() * 1_000 - 5_000_000);
    }
}
