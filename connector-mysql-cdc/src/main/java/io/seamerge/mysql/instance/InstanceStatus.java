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

import io.seamerge.mysql.config.HostAndPort;
import java.util.concurrent.TimeUnit;

/**
 * How an instance is at the moment: whether it is being read, where, since when, what went wrong
 * last, and how far behind the stream is. Thread-safe; read by whoever shows it.
 */
public final class InstanceStatus {

    private boolean connected;
    private long sinceMillis = System.currentTimeMillis();
    private HostAndPort host;
    private String lastError;
    private long lastErrorMillis;
    private long connects;
    private long switches;
    private long caughtUpNanos = System.nanoTime();

    synchronized void connected(HostAndPort at) {
        connected = true;
        host = at;
        sinceMillis = System.currentTimeMillis();
        connects++;
    }

    /** Called again for each try that fails. */
    synchronized void unreachable(String error) {
        if (connected) {
            connected = false;
            sinceMillis = System.currentTimeMillis();
        }
        lastError = error;
        lastErrorMillis = System.currentTimeMillis();
    }

    synchronized void switchedServer() {
        switches++;
    }

    /**
     * All that the server had committed at this moment has been emitted.
     *
     * @param nanos a {@link System#nanoTime}
     */
    synchronized void caughtUp(long nanos) {
        caughtUpNanos = nanos;
    }

    /** Whether the binlog is being read. */
    public synchronized boolean isConnected() {
        return connected;
    }

    /** Since when it is, or is not, being read: ms since 1970-01-01 UTC. */
    public synchronized long sinceMillis() {
        return sinceMillis;
    }

    /** The host that is, or was last, read; null before the first. */
    public synchronized HostAndPort host() {
        return host;
    }

    /** What ended the last connection or try, or null if nothing has; never a secret. */
    public synchronized String lastError() {
        return lastError;
    }

    /** When that was, ms since 1970-01-01 UTC; 0 if never. */
    public synchronized long lastErrorMillis() {
        return lastErrorMillis;
    }

    /** Connections of the binlog reader so far. */
    public synchronized long connects() {
        return connects;
    }

    /** How often the stream went on at a successor, another server. */
    public synchronized long switches() {
        return switches;
    }

    /**
     * How long ago everything that the server had committed was last known to have been emitted,
     * ms. It grows while the instance is out of reach, and stays at about one heartbeat interval
     * while it is idle; before the first time it counts from the start.
     */
    public synchronized long lagMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - caughtUpNanos);
    }
}
