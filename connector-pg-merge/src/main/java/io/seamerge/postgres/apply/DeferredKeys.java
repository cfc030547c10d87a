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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
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
            add(database, Collections.singleton(table));
        }
    }

    /** Adds all keys that are left. */
    void addAll(Database database) {
        add(database, tables);
    }

    /**
     * Control rows have been applied: what they end may have been what keys were waiting for.
     *
     * @param targets the tables that they are about; null for each that is about none
     */
    void applied(Database database, List<ControlRow> rows, List<TargetTable> targets) {
        Set<TargetTable> due = new HashSet<>();
        for (int i = 0; i < rows.size(); i++) {
            ControlKind kind = rows.get(i).kind();
            TargetTable table = targets.get(i);
            if (kind == ControlKind.RUN_END) {
                due.addAll(tables);
                due.removeAll(snapshots.keySet());
            } else if (table != null && kind == ControlKind.SNAPSHOT_BEGUN) {
                snapshots.merge(table, 1, Integer::sum);
                due.remove(table);
            } else if (table != null && kind == ControlKind.SNAPSHOT_DONE) {
                snapshots.computeIfPresent(table, (each, open) -> open == 1 ? null : open - 1);
                if (!snapshots.containsKey(table)) {
                    due.add(table);
                }
            }
        }
        due.retainAll(tables);
        add(database, due);
    }

    private void add(Database database, Collection<TargetTable> due) {
        // In the order in which lanes lock tables, so that none of them waits for another.
        List<TargetTable> ordered = new ArrayList<>(due);
        ordered.sort(null);
        if (ordered.isEmpty()) {
            return;
        }
        database.control(
                "Adding the keys of " + ordered.size() + " tables",
                session -> {
                    for (TargetTable table : ordered) {
                        add(session, table.incoming());
                    }
                    return null;
                });
        tables.removeAll(ordered);
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
