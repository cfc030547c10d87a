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

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.ForgetSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which rows are a source's, for when it has them no longer (protocol S4, A4): after a TRUNCATE all
 * of them go; after a snapshot that is not the source's first, those that it has not found. While
 * such a snapshot is under way, every flush adds the keys that it writes to a table of keys, in its
 * own transaction. Works within the transaction of a control row, while the lanes rest; {@link
 * #marks} may be asked by any thread.
 */
final class SourceRows {

    private final MergeConfig config;
    private final RowsAnew rowsAnew;
    private final Set<TargetTable> marking = ConcurrentHashMap.newKeySet();

    SourceRows(MergeConfig config, RowsAnew rowsAnew) {
        this.config = config;
        this.rowsAnew = rowsAnew;
    }

    /** Takes up the repeated snapshots that are under way. */
    void resume(Session session, Collection<TargetTable> tables) throws SQLException {
        List<String> targets = new ArrayList<>();
        session.query(
                ControlSql.SNAPSHOT_REPEATS,
                Values.of("pipeline", config.pipeline()),
                targets,
                row -> row.getString(1));
        for (TargetTable table : tables) {
            if (targets.contains(table.tableId())) {
                marking.add(table);
            }
        }
    }

    /** Whether the keys that are written to a table are to be noted. */
    boolean marks(TargetTable table) {
        return marking.contains(table);
    }

    /**
     * After the snapshot of a source has been noted as begun.
     *
     * @param values of the control row
     */
    void begun(Session session, TargetTable table, Values values) throws SQLException {
        if (!Boolean.TRUE.equals(session.value(ControlSql.SNAPSHOT_REPEATED, values))) {
            return;
        }
        ForgetSql forget = forget(session, table, "a repeated snapshot", values);
        session.value(ControlSql.SCHEMA_LOCK, Values.none());
        if (session.value(TargetSql.KIND, Values.of("table", table.keys())) == null) {
            for (Statement statement : forget.createKeys()) {
                session.update(statement, Values.none());
            }
        }
        marking.add(table);
    }

    /**
     * Before the snapshot of a source is noted as done.
     *
     * @param values of the control row, with {@code source}, the source's number, and {@code
     *     table_name}
     * @return how many letters were written
     */
    int done(Session session, TargetTable table, Values values) throws SQLException {
        if (!Boolean.TRUE.equals(session.value(ControlSql.SNAPSHOT_REPEATED, values))) {
            return 0;
        }
        int letters = 0;
        ForgetSql forget = forget(session, table, "a repeated snapshot", values);
        if (!table.ignoresDeletes()) {
            session.update(forget.forgetLetters(), values);
            letters = forget(session, table, true, values);
        }
        boolean othersRepeat = (Boolean) session.value(ControlSql.SNAPSHOT_OTHERS_REPEAT, values);
        // The keys of a table without a state are those of all its sources.
        if (forget.byState() || !othersRepeat) {
            session.update(
                    forget.clear(),
                    Values.of("source", forget.byState() ? values.get("source") : 0));
        }
        if (!othersRepeat) {
            marking.remove(table);
        }
        return letters;
    }

    /**
     * Removes all that a source has.
     *
     * @param values of the control row, with {@code source}, the source's number, and {@code
     *     table_name}
     * @return how many letters were written
     */
    int truncate(Session session, TargetTable table, Values values) throws SQLException {
        if (table.ignoresDeletes()) {
            return 0;
        }
        forget(session, table, "TRUNCATE", values);
        session.update(
                ControlSql.LETTER_FORGET,
                Values.of("target", table.name())
                        .and("instance", values.get("instance"))
                        .and("database", values.get("database"))
                        .and("table", values.get("table")));
        return forget(session, table, false, values);
    }

    /** The rows of others that come to light may be refused: then they go to the dead letters. */
    private int forget(Session session, TargetTable table, boolean unmarkedOnly, Values values)
            throws SQLException {
        String occasion =
                "source "
                        + values.get("instance")
                        + "/"
                        + values.get("database")
                        + "."
                        + values.get("table")
                        + (unmarkedOnly ? " was read again" : " was truncated");
        if (!table.perSource()) {
            return rowsAnew.remove(session, table, unmarkedOnly, occasion, values);
        }
        session.openStage(table);
        session.update(table.sql().empty(), Values.none());
        for (Statement statement : table.forget().forget(unmarkedOnly)) {
            session.update(statement, values);
        }
        return rowsAnew.make(session, table, occasion);
    }

    /** The statements, if it is known which rows are the source's. */
    private static ForgetSql forget(Session session, TargetTable table, String what, Values values)
            throws SQLException {
        ForgetSql forget = table.forget();
        String source =
                values.get("instance") + "/" + values.get("database") + "." + values.get("table");
        if (forget.byState()) {
            return forget;
        }
        List<String> others = new ArrayList<>();
        session.query(
                ControlSql.SOURCE_OTHERS,
                Values.of("target", table.name())
                        .and("instance", values.get("instance"))
                        .and("database", values.get("database"))
                        .and("table", values.get("table"))
                        .and("any_instance", !forget.stores(0))
                        .and("any_database", !forget.stores(1))
                        .and("any_table", !forget.stores(2)),
                others,
                row -> row.getString(1));
        if (!others.isEmpty() || !table.namesSources()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.TARGET,
                    "Table "
                            + table.target()
                            + ": "
                            + what
                            + " of source "
                            + source
                            + " concerns its rows alone, and the table does not say which these are: "
                            + (others.isEmpty()
                                    ? "its rows come without all of source_instance, source_database and source_table"
                                    : others + " write to it too")
                            + ". Store these metadata columns in the table, as part of the key or beside it, or begin"
                            + " again with an empty table under a new pipeline");
        }
        return forget;
    }
}
