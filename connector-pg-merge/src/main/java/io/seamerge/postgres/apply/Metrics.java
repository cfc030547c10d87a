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

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.common.metrics.Counter;
import org.apache.seatunnel.api.common.metrics.MetricsContext;

/**
 * What a subtask tells SeaTunnel of its work. Only what is committed counts. The counters are the
 * engine's own class, since it serializes them where this connector's are not known. Thread-safe.
 */
final class Metrics {

    static final String FLUSHES = "PostgresMergeFlushes";

    private final MetricsContext context;
    private final Map<String, Counter> counters = new HashMap<>();
    private final Map<String, Long> caughtUpMicros = new HashMap<>();

    Metrics(MetricsContext context) {
        this.context = context;
    }

    static String rows(String target) {
        return "PostgresMergeRows#" + target;
    }

    static String deadLetters(String target) {
        return "PostgresMergeDeadLetters#" + target;
    }

    /**
     * @param instance of the change that came
     */
    static String conflicts(String target, String type, String resolution, String instance) {
        return "PostgresMergeConflicts#" + target + "#" + type + "#" + resolution + "#" + instance;
    }

    /** Adds what a transaction has brought, by name. */
    synchronized void add(Map<String, Long> counts) {
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            counter(count.getKey()).inc(count.getValue());
        }
    }

    /** Takes note that everything that an instance had committed by then has been applied. */
    synchronized void caughtUp(String instance, long micros) {
        caughtUpMicros.merge(instance, micros, Math::max);
        showLag();
    }

    /** Shows how far behind each instance is now. */
    synchronized void showLag() {
        long now = System.currentTimeMillis();
        for (Map.Entry<String, Long> instance : caughtUpMicros.entrySet()) {
            long then = TimeUnit.MICROSECONDS.toMillis(instance.getValue());
            counter("PostgresMergeLagMs#" + instance.getKey()).set(Math.max(0, now - then));
        }
    }

    private Counter counter(String name) {
        return counters.computeIfAbsent(name, context::counter);
    }
}
