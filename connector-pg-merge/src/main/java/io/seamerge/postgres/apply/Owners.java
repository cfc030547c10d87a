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
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.IncomingTable;
import java.sql.SQLException;

/** The tables beside disjoint tables that say whose each key is. */
final class Owners {

    private Owners() {}

    /**
     * Finds or makes the table, or drops it where it is not kept any more. Of a table that is empty
     * nobody owns anything.
     *
     * @param kept whether it is to be kept whose each key is
     */
    static void open(Session session, IncomingTable table, boolean kept) throws SQLException {
        if (!kept && !isThere(session, table)) {
            return;
        }
        session.value(ControlSql.SCHEMA_LOCK, Values.none());
        if (!isThere(session, table)) {
            if (kept) {
                make(session, table);
            }
        } else if (!kept) {
            session.update(TargetSql.dropOwners(table.owners()), Values.none());
        } else if (!(Boolean) session.value(TargetSql.hasRows(table.target()), Values.none())) {
            session.update(TargetSql.emptyOwners(table.owners()), Values.none());
        }
    }

    /** Whether it is kept so far. */
    static boolean isThere(Session session, IncomingTable table) throws SQLException {
        return session.value(TargetSql.KIND, Values.of("table", table.owners())) != null;
    }

    /**
     * Makes the table, under the lock of the schema, if it is not there. The rows that are there
     * are the one source's that has written them so far; where there were several, or none that is
     * known, they will be of the first that writes them.
     */
    static void make(Session session, IncomingTable table) throws SQLException {
        if (isThere(session, table)) {
            return;
        }
        for (Statement statement :
                TargetSql.createOwners(table.owners(), table.target(), table.key())) {
            session.update(statement, Values.none());
        }
        Object source = session.value(ControlSql.SOURCE_ONLY, Values.of("target", table.name()));
        if (source != null) {
            session.update(
                    TargetSql.fillOwners(table.owners(), table.target(), table.key()),
                    Values.of("source", source));
        }
    }

    /**
     * Whether several sources are known to write the table whose rows its key does not tell apart.
     */
    static boolean areNeeded(Session session, IncomingTable table) throws SQLException {
        return (Boolean)
                session.value(
                        ControlSql.SOURCE_AMBIGUOUS,
                        Values.of("target", table.name())
                                .and("by_instance", table.keyTells(0))
                                .and("by_database", table.keyTells(1))
                                .and("by_table", table.keyTells(2)));
    }
}
