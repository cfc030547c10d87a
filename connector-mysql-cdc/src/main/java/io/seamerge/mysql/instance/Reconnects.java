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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.binlog.Outage;
import io.seamerge.mysql.config.HostAndPort;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.SourceConfig;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides after each failed try to read an instance how long to pause, what to say, and when to
 * give up: an instance that is down is tried for ever or until {@code instance-failure-timeout-ms};
 * refused credentials, server ids that are in use, and hosts that all cannot go on with the stream
 * are errors, after a bounded time. Used by one thread.
 */
final class Reconnects {

    private static final Logger LOG = LoggerFactory.getLogger(Reconnects.class);

    private static final long FIRST_PAUSE_MS = 200;

    /** More of them than this do not look like an accident, and locked accounts help nobody. */
    private static final int MOST_REFUSALS = 5;

    /** A password file that is being changed gets longer: about half a minute. */
    private static final int MOST_REFUSALS_OF_FILES = 9;

    /** A connection that held for so long was a success. */
    private static final long SUCCESS_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long LOG_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Access denied, with and without a database, a locked account, an expired password. */
    private static final Set<Integer> REFUSALS =
            new HashSet<>(Arrays.asList(1044, 1045, 1227, 1698, 1820, 1862, 3118, 3878));

    private final SourceConfig config;
    private final InstanceConfig instance;
    private final InstanceStatus status;
    private final CountDownLatch closing;
    private final Map<HostAndPort, Verdict> verdicts = new LinkedHashMap<>();

    private long pauseMs = FIRST_PAUSE_MS;
    private boolean down;
    private long downSince;
    private int refusals;
    private long attemptBegan = System.nanoTime();
    private String said;
    private long saidAt;

    Reconnects(
            SourceConfig config,
            InstanceConfig instance,
            InstanceStatus status,
            CountDownLatch closing) {
        this.config = config;
        this.instance = instance;
        this.status = status;
        this.closing = closing;
    }

    /** A host answered, and cannot go on with the stream. */
    static final class HostRefusedException extends IOException {

        private static final long serialVersionUID = 1L;

        private final transient Continuation continuation;
        private final String progress;

        /**
         * @param progress a text that changes while the host is getting what it lacks
         */
        HostRefusedException(Continuation continuation, String progress) {
            super(continuation.reason());
            this.continuation = continuation;
            this.progress = progress;
        }
    }

    /** What a host last said of the stream. */
    private static final class Verdict {

        private final HostRefusedException said;
        private final long since;

        Verdict(HostRefusedException said, long since) {
            this.said = said;
            this.since = since;
        }
    }

    void attemptBegins() {
        attemptBegan = System.nanoTime();
    }

    /** The instance is being read. */
    void connected(HostAndPort host) {
        verdicts.clear();
        if (down) {
            LOG.info(
                    "instance {}: is read again, at {}, after {} ms",
                    instance.name(),
                    host,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - downSince));
        }
        said = null;
    }

    /**
     * Waits before the next try.
     *
     * @throws Exception if there shall be none: in words
     */
    void pauseAfter(HostAndPort host, Exception failure) throws Exception {
        long now = System.nanoTime();
        if (!down || now - attemptBegan > SUCCESS_NANOS) {
            down = true;
            downSince = now;
            pauseMs = FIRST_PAUSE_MS;
            refusals = 0;
        }
        status.unreachable(
                failure.getMessage() == null ? failure.toString() : failure.getMessage());
        giveUpIfHopeless(host, failure, now);
        long downMs = TimeUnit.NANOSECONDS.toMillis(now - downSince);
        if (config.instanceFailureTimeoutMs() > 0 && downMs > config.instanceFailureTimeoutMs()) {
            throw new IOException(
                    "instance "
                            + instance.name()
                            + " has been out of reach for "
                            + downMs
                            + " ms; instance-failure-timeout-ms = "
                            + config.instanceFailureTimeoutMs()
                            + "; last: "
                            + failure.getMessage(),
                    failure);
        }
        say(failure, downMs, now);
        if (closing.await(pauseMs, TimeUnit.MILLISECONDS)) {
            throw new InterruptedException();
        }
        pauseMs = Math.min(pauseMs * 2, config.reconnectBackoffMaxMs());
    }

    /** What is new is said at once, the same again once in a minute. */
    private void say(Exception failure, long downMs, long now) {
        String text = String.valueOf(failure.getMessage());
        if (text.equals(said) && now - saidAt < LOG_AGAIN_NANOS) {
            LOG.debug("instance {}: still out of reach", instance.name(), failure);
            return;
        }
        said = text;
        saidAt = now;
        LOG.warn(
                "instance {}: out of reach for {} ms, is tried again: {}",
                instance.name(),
                downMs,
                failure.toString());
    }

    private void giveUpIfHopeless(HostAndPort host, Exception failure, long now) throws Exception {
        if (failure instanceof HostRefusedException) {
            refusedBy(host, (HostRefusedException) failure, now);
            return;
        }
        verdicts.remove(host);
        if (isRefusal(failure)
                && ++refusals
                        >= (instance.hasPasswordFile() ? MOST_REFUSALS_OF_FILES : MOST_REFUSALS)) {
            throw failure;
        }
    }

    private static boolean isRefusal(Throwable failure) {
        if (Outage.isRefusedLogin(failure)) {
            return true;
        }
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof SQLException && REFUSALS.contains(((SQLException) e).getErrorCode())) {
                return true;
            }
        }
        return false;
    }

    /**
     * As long as one host is out of reach, it may be the one that can go on; once all have answered
     * that they cannot, nothing is left to wait for.
     */
    private void refusedBy(HostAndPort host, HostRefusedException refusal, long now) {
        Verdict before = verdicts.get(host);
        boolean same = before != null && before.said.progress.equals(refusal.progress);
        verdicts.put(host, new Verdict(refusal, same ? before.since : now));
        StringBuilder reasons = new StringBuilder();
        for (HostAndPort each : distinct(instance.hosts())) {
            Verdict verdict = verdicts.get(each);
            if (verdict == null
                    || verdict.said.continuation.kind() == Continuation.Kind.BEHIND
                            && TimeUnit.NANOSECONDS.toMillis(now - verdict.since)
                                    < config.successorTimeoutMs()) {
                return;
            }
            reasons.append(reasons.length() == 0 ? "" : "; ").append(verdict.said.getMessage());
        }
        throw new IllegalStateException(reasons.toString());
    }

    private static Set<HostAndPort> distinct(List<HostAndPort> hosts) {
        return new LinkedHashSet<>(hosts);
    }
}
