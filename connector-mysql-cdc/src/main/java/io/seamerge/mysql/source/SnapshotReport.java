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
package io.seamerge.mysql.source;

import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.instance.InstanceState;
import io.seamerge.mysql.instance.SnapshotProgress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how far the snapshot of an instance has come: every second in SeaTunnel's metrics, every
 * five in the log, as long as there is one. Not thread-safe.
 */
final class SnapshotReport {

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotReport.class);

    private static final long METRICS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int METRICS_PER_LOG = 5;

    /** The rate is that of so many seconds. */
    private static final int RATE_SECONDS = 10;

    private final String instance;
    private final Map<String, CapturedTable> captured;
    private final MetricsContext metrics;
    private final Deque<Sample> recent = new ArrayDeque<>();
    private long shown;
    private boolean complete;

    /** What had been emitted at a moment. */
    private static final class Sample {

        final SnapshotProgress progress;
        final long nanos;

        Sample(SnapshotProgress progress, long nanos) {
            this.progress = progress;
            this.nanos = nanos;
        }
    }

    SnapshotReport(String instance, Map<String, CapturedTable> captured, MetricsContext metrics) {
        this.instance = instance;
        this.captured = captured;
        this.metrics = metrics;
    }

    /**
     * @param emitted what has been emitted
     * @param now a clock in nanoseconds
     */
    void show(InstanceState emitted, long now) {
        if (complete || !recent.isEmpty() && now - recent.peekLast().nanos < METRICS_NANOS) {
            return;
        }
        showNow(emitted, now);
    }

    /** Nothing more will be emitted. */
    void showLast(InstanceState emitted, long now) {
        if (!complete) {
            showNow(emitted, now);
        }
    }

    private void showNow(InstanceState emitted, long now) {
        SnapshotProgress progress = SnapshotProgress.of(emitted.snapshots(), captured);
        complete = progress.isComplete();
        if (complete && recent.isEmpty() && progress.rows() == 0) {
            return;
        }
        recent.add(new Sample(progress, now));
        Sample since = recent.peek();
        progress = progress.since(since.progress, now - since.nanos);
        if (recent.size() > RATE_SECONDS) {
            recent.remove();
        }
        set("Rows", progress.rows());
        set("Percent", progress.percent());
        set("RowsPerSecond", progress.rowsPerSecond());
        set("SecondsLeft", progress.secondsLeft());
        if (complete || ++shown % METRICS_PER_LOG == 0) {
            LOG.info("instance {}: snapshot: {}", instance, progress);
        }
    }

    private void set(String figure, long value) {
        metrics.counter("MySqlMergeSnapshot" + figure + "#" + instance).set(value);
    }
}
