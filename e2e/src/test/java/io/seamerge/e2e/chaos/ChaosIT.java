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
package io.seamerge.e2e.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A short run of the chaos suite; {@code e2e/chaos.sh} runs it whole, for as long as one likes. */
class ChaosIT {

    @TempDir private Path logs;

    @Test
    void whateverIsKilledTheTargetEndsAsTheLedgerSays() throws Exception {
        ChaosRun.Outcome outcome = new ChaosRun(7, logs, System.out).run(20);
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.rowChanges()).isPositive();
    }

    @Test
    void theEngineMayEndInTheMiddleOfAStep() throws Exception {
        List<CrashPoint> points =
                List.of(
                        CrashPoint.CHUNK_DELIVERED,
                        CrashPoint.PROGRESS_MOVED,
                        CrashPoint.FLUSH_WRITTEN,
                        CrashPoint.FLUSH_COMMITTED,
                        CrashPoint.CHECKPOINT_COMPLETES);
        ChaosRun.Outcome outcome = new ChaosRun(8, logs, System.out).run(points);
        assertThat(outcome.findings()).isEmpty();
    }
}
