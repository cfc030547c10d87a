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
package io.seamerge.e2e.demo;

import io.seamerge.e2e.engine.EngineJob;
import java.time.Duration;

/** Waits for what a running job must bring about. */
final class Await {

    private static final Duration TIMEOUT = Duration.ofMinutes(5);

    private Await() {}

    /** A condition that may be asked again and again. */
    interface Condition {
        boolean holds() throws Exception;
    }

    static void until(String what, Condition condition, EngineJob job) throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (!condition.holds()) {
            if (job.status().equals("FAILED")) {
                throw new AssertionError("the job failed before " + what + ": " + job);
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + " did not come within " + TIMEOUT);
            }
            Thread.sleep(100);
        }
    }
}
