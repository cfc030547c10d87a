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

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who reads the target again and again while all that happens, and never sees a row go
 * back: of an account neither its revision, of a profile neither its commit time nor, between equal
 * ones, its instance's place.
 */
final class Watcher implements AutoCloseable {

    private static final long PAUSE_MILLIS = 150;

    private static final String ACCOUNTS =
            "SELECT 'account ' || _source_instance || '/' || id, revision, 0 FROM chaos.accounts";
    private static final String PROFILES =
            "SELECT 'profile ' || id, at, position(editor IN 'cba') FROM chaos.profiles";

    private record Seen(long at, int rank) {}

    private final World world;
    private final Map<String, Seen> last = new HashMap<>();
    private final List<String> findings = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "watcher");
    private long rounds;
    private volatile RuntimeException failure;

    Watcher(World world) {
        this.world = world;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the watching; what went back, row by row. */
    List<String> stop() throws InterruptedException {
        close();
        thread.join();
        if (failure != null) {
            throw failure;
        }
        return findings;
    }

    /** How often all rows were read. */
    long rounds() {
        return rounds;
    }

    @Override
    public void close() {
        stopped.countDown();
    }

    private void run() {
        try {
            while (!stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                try (Connection connection = world.connectToTarget();
                        Statement statement = connection.createStatement()) {
                    while (!stopped.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                        look(statement, ACCOUNTS);
                        look(statement, PROFILES);
                        rounds++;
                    }
                } catch (SQLException e) {
                    // PostgreSQL is down, as it is to be now and then: look again when it is back.
                    continue;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void look(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                String key = rows.getString(1);
                Seen now = new Seen(rows.getLong(2), rows.getInt(3));
                Seen before = last.put(key, now);
                if (before != null
                        && (now.at() < before.at()
                                || now.at() == before.at() && now.rank() < before.rank())) {
                    findings.add(key + " went back from " + before + " to " + now);
                }
            }
        }
    }
}
