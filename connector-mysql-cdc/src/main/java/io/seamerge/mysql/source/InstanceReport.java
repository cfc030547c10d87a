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

import io.seamerge.mysql.instance.InstanceStatus;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how an instance is: every second in SeaTunnel's metrics, once a minute in the log, and in
 * the log at once when its binlog begins or ceases to be read. Not thread-safe.
 */
final class InstanceReport {

    private static final Logger LOG = LoggerFactory.getLogger(InstanceReport.class);

    private static final long METRICS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final String instance;
    private final InstanceStatus status;
    private final MetricsContext metrics;
    private Long shownNanos;
    private long loggedNanos;
    private long loggedRows;
    private boolean wasConnected;

    InstanceReport(String instance, InstanceStatus status, MetricsContext metrics) {
        this.instance = instance;
        this.status = status;
        this.metrics = metrics;
    }

    /**
     * @param rows rows that this subtask has emitted of the instance, of all tables
     * @param ended whether none will follow: it lags behind nothing then
     * @param now a clock in nanoseconds
     */
    void show(long rows, boolean ended, long now) {
        if (shownNanos != null && now - shownNanos < METRICS_NANOS && !ended) {
            return;
        }
        if (shownNanos == null) {
            loggedNanos = now;
        }
        shownNanos = now;
        boolean connected = status.isConnected() && !ended;
        long lag = ended ? 0 : status.lagMillis();
        set("Connected", connected ? 1 : 0);
        set("LagMillis", lag);
        set("Connects", status.connects());
        set("ServerSwitches", status.switches());
        set("Rows", rows);
        if (!ended && (connected != wasConnected || now - loggedNanos >= LOG_NANOS)) {
            LOG.info("{}", text(connected, lag, rows, now));
            loggedNanos = now;
            loggedRows = rows;
            wasConnected = connected;
        }
    }

    private String text(boolean connected, long lag, long rows, long now) {
        double seconds = Math.max(1, now - loggedNanos) / 1e9;
        StringBuilder text = new StringBuilder("instance ").append(instance).append(": ");
        text.append(connected ? "read at " + status.host() : "out of reach");
        text.append(" since ").append(Instant.ofEpochMilli(status.sinceMillis()));
        text.append(", lag ").append(lag).append(" ms, ").append(rows).append(" rows (");
        text.append(String.format(Locale.ROOT, "%.0f", (rows - loggedRows) / seconds));
        text.append("/s), ").append(status.connects()).append(" connects, ");
        text.append(status.switches()).append(" changes of server");
        if (status.lastError() != null) {
            text.append("; last error, ").append(Instant.ofEpochMilli(status.lastErrorMillis()));
            text.append(": ").append(status.lastError());
        }
        return text.toString();
    }

    private void set(String figure, long value) {
        metrics.counter("MySqlMerge" + figure + "#" + instance).set(value);
    }
}
