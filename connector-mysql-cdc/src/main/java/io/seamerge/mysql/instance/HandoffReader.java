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

import io.seamerge.mysql.config.HandoffConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads from the target database, or from a folder, where the complete stream of an instance
 * begins, as the bounded run of a backfill left it.
 */
final class HandoffReader {

    private static final String QUERY =
            "SELECT instance, state, incarnation, version_time, position, detail::text"
                    + " FROM seamerge.handoff WHERE name = ?";

    private static final String NO_SUCH_TABLE = "42P01";

    private final HandoffConfig handoff;

    HandoffReader(HandoffConfig handoff) {
        this.handoff = handoff;
    }

    /**
     * The start of one instance.
     *
     * @param instances all instances of the job; the handoff must be for just these
     * @param tables the instance's captured tables; the handoff must be for just these
     * @throws IllegalStateException if the handoff is unknown, unfinished, or for other instances
     *     or tables, in words
     * @throws SQLException if the target database cannot be read
     */
    InstanceState read(String instance, Set<String> instances, Collection<String> tables)
            throws SQLException, IOException {
        boolean inFolder = handoff.folder() != null;
        Map<String, HandoffRecord> known =
                inFolder ? new HandoffFolder(handoff).read() : fromDatabase();
        if (known.isEmpty()) {
            throw refusal(
                    "is unknown: no backfill has recorded it in "
                            + (inFolder ? "folder " + handoff.folder() : "seamerge.handoff"));
        }
        if (!known.keySet().equals(new TreeSet<>(instances))) {
            throw refusal(
                    "is for the instances "
                            + known.keySet()
                            + ", this job has "
                            + new TreeSet<>(instances)
                            + ": make it for the same, or give an instance that is to be read anew a"
                            + " startup.mode of its own");
        }
        HandoffRecord record = known.get(instance);
        if (!record.isFinished()) {
            throw refusal(
                    "is not finished for instance "
                            + instance
                            + " (state "
                            + record.state()
                            + "): let its backfill run to its end");
        }
        if (!record.tables().equals(new TreeSet<>(tables))) {
            throw refusal(
                    "is for the tables "
                            + record.tables()
                            + " of instance "
                            + instance
                            + ", this job has "
                            + new TreeSet<>(tables)
                            + ": start with the same, and add or forget tables by a restore");
        }
        return record.start();
    }

    private Map<String, HandoffRecord> fromDatabase() throws SQLException, IOException {
        Map<String, HandoffRecord> known = new TreeMap<>();
        ObjectMapper json = new ObjectMapper();
        Properties properties = new Properties();
        if (handoff.username() != null) {
            properties.setProperty("user", handoff.username());
        }
        if (handoff.password() != null) {
            properties.setProperty("password", handoff.password());
        }
        try (Connection connection = connect(properties);
                PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, handoff.name());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String detail = rows.getString(6);
                    known.put(
                            rows.getString(1),
                            new HandoffRecord(
                                    rows.getString(2),
                                    rows.getLong(3),
                                    rows.getLong(4),
                                    rows.getString(5),
                                    json.readTree(detail == null ? "{}" : detail)));
                }
            }
        } catch (SQLException e) {
            if (!NO_SUCH_TABLE.equals(e.getSQLState())) {
                throw e;
            }
            // Nobody has written to this database yet: no handoff is known there.
        }
        return known;
    }

    private Connection connect(Properties properties) throws SQLException {
        try {
            // Not DriverManager: its caller-sensitive lookup does not see the engine's loaders.
            java.sql.Driver driver =
                    (java.sql.Driver)
                            Class.forName("org.postgresql.Driver")
                                    .getDeclaredConstructor()
                                    .newInstance();
            Connection connection = driver.connect(handoff.url(), properties);
            if (connection == null) {
                throw refusal(
                        "cannot be read: its url must begin with jdbc:postgresql: current url = "
                                + handoff.url().replaceAll("\\?.*", ""));
            }
            return connection;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "the handoff is read with PostgreSQL's JDBC driver, which is not in SeaTunnel's"
                            + " lib folder: put postgresql-VERSION.jar there",
                    e);
        }
    }

    private IllegalStateException refusal(String why) {
        return new IllegalStateException("handoff '" + handoff.name() + "' " + why);
    }
}
