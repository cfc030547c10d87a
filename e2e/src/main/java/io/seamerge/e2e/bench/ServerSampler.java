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
package io.seamerge.e2e.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What the backends of a database do from now until {@link #close}, by looking at pg_stat_activity
 * 50 times a second. The looks take one to two percent of a processor, in a backend of their own.
 */
final class ServerSampler implements AutoCloseable {

    private static final long PERIOD_MILLIS = 20;

    /** Its own backend works in another database. */
    private static final String LOOK =
            """
            SELECT state, wait_event_type, wait_event, query FROM pg_stat_activity
            WHERE datid = ? AND pid <> ? AND state <> 'idle'\
            """;

    /**
     * What statements did.
     *
     * @param kind of statement
     * @param doing what it waited for; {@link ServerStatements#ON_PROCESSOR}
     */
    record Doing(String kind, String doing) implements Comparable<Doing> {
        @Override
        public int compareTo(Doing other) {
            return toString().compareTo(other.toString());
        }
    }

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Connection connection;
    private final PreparedStatement look;
    private final ServerStatements statements;
    private final Map<Doing, Double> seconds = new TreeMap<>();
    private final Future<?> looks;
    private final long pid;
    private long lastNanos = System.nanoTime();

    /**
     * Begins to look.
     *
     * @param connection to another database of the server; it is closed at the end
     * @param watched to the database, by a backend that is not looked at
     */
    ServerSampler(Connection connection, Connection watched, ServerStatements statements)
            throws SQLException {
        this.connection = connection;
        this.statements = statements;
        this.pid = Bench.number(connection, "SELECT pg_backend_pid()");
        this.look = connection.prepareStatement(LOOK);
        look.setLong(
                1,
                Bench.number(
                        watched, "SELECT oid FROM pg_database WHERE datname = current_database()"));
        look.setInt(2, (int) Bench.number(watched, "SELECT pg_backend_pid()"));
        this.looks =
                thread.scheduleAtFixedRate(
                        this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    private synchronized void look() {
        try (ResultSet rows = look.executeQuery()) {
            long now = System.nanoTime();
            // Looks that come late stand for the time that they did not come in.
            double past = (now - lastNanos) / 1e9;
            lastNanos = now;
            while (rows.next()) {
                seconds.merge(
                        new Doing(
                                statements.kind(rows.getString(1), rows.getString(4)),
                                ServerStatements.doing(rows.getString(2), rows.getString(3))),
                        past,
                        Double::sum);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The server could not be looked at", e);
        }
    }

    /** Seconds of processor time that the looks have cost the server. */
    double ownSeconds() {
        return Usage.cpuSeconds(pid);
    }

    /** The seconds that backends have spent, all added up. */
    synchronized Map<Doing, Double> seconds() throws Exception {
        if (looks.isDone()) {
            looks.get();
        }
        return Map.copyOf(seconds);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            thread.awaitTermination(1, TimeUnit.MINUTES);
            connection.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException("The server cannot be left", e);
        }
    }
}
