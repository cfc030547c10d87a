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

import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.ControlKind;
import io.seamerge.postgres.wire.ControlRow;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tables that a bounded run has created without their key, and fills: an index that is made at once
 * costs less than one that grows with each row. Such a table takes rows of snapshots, by COPY, and
 * nothing else: its key is added before anything else is written to it, once all snapshots that
 * have begun to fill it have ended, at the end of the run, and where a run begins that finds rows
 * in it. Until then it may hold a row twice, if a page had to be read again.
 *
 * <p>Any thread may ask and add; snapshots are counted by one.
 */
final class DeferredKeys {

    private static final Logger LOG = LoggerFactory.getLogger(DeferredKeys.class);

    private static final String UNIQUE_VIOLATION = "23505";

    private final Set<TargetTable> tables = ConcurrentHashMap.newKeySet();

    /** Snapshots under way, by the table that they fill. */
    private final Map<TargetTable, Integer> snapshots = new HashMap<>();

    DeferredKeys(Collection<TargetTable> opened) {
        for (TargetTable table : opened) {
            if (table.keyDeferred()) {
                tables.add(table);
            }
        }
    }

    boolean isDeferred(TargetTable table) {
        return tables.contains(table);
    }

    /** Adds the key of a table, unless it is there. */
    void add(Database database, TargetTable table) {
        if (isDeferred(table)) {
            database.control(
                    "Adding the key of " + table.target(),
                    session -> {
                        add(session, table.incoming());
                        return null;
                    });
            tables.remove(table);
        }
    }

    /** Adds all keys that are left. */
    void addAll(Database database) {
        for (TargetTable table : tables) {
            add(database, table);
        }
    }

    /**
     * A control row has been applied: what it ends may have been what a key was waiting for.
     *
     * @param table that it is about; null if it is about none
     */
    void applied(Database database, ControlRow row, TargetTable table) {
        if (row.kind() == ControlKind.RUN_END) {
            for (TargetTable left : tables) {
                if (!snapshots.containsKey(left)) {
                    add(database, left);
                }
            }
        } else if (table != null && row.kind() == ControlKind.SNAPSHOT_BEGUN) {
            snapshots.merge(table, 1, Integer::sum);
        } else if (table != null && row.kind() == ControlKind.SNAPSHOT_DONE) {
            snapshots.computeIfPresent(table, (each, open) -> open == 1 ? null : open - 1);
            if (!snapshots.containsKey(table)) {
                add(database, table);
            }
        }
    }

    /** Adds the key of a table if no one has, and waits for who does. */
    static void add(Session session, IncomingTable table) throws SQLException {
        if (session.update(ControlSql.DEFERRED_KEY_TAKE, Values.of("target", table.name())) == 0) {
            return;
        }
        long begun = System.nanoTime();
        session.awaitLong(
                () -> {
                    session.value(ControlSql.DEFERRED_KEY_MEMORY, Values.none());
                    Savepoint before = session.mark();
                    try {
                        session.update(
                                TargetSql.addKey(table.target(), table.key()), Values.none());
                        session.goOn(before);
                    } catch (SQLException e) {
                        if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                            throw e;
                        }
                        session.goBack(before);
                        int rows =
                                session.update(
                                        TargetSql.removeSameKeys(table.target(), table.key()),
                                        Values.none());
                        LOG.info("{}: {} rows had come again", table.target(), rows);
                        session.update(
                                TargetSql.addKey(table.target(), table.key()), Values.none());
                    }
                });
        LOG.info(
                "{}: its key was added in {} ms",
                table.target(),
                (System.nanoTime() - begun) / 1_000_000);
    }
}
