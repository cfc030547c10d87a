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
import io.seamerge.postgres.config.OnViolation;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.ForgetSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the rows of many keys anew of what their sources have, where nothing has come for them: a
 * source lost its rows, or other rules decide; or removes them, where no state has more to say.
 * What PostgreSQL refuses is found by halving, and goes to the dead letters if the table's rules
 * want that; the sources' states hold it all the same. Works within a transaction of others. Not
 * thread-safe.
 */
final class RowsAnew {

    private final MergeConfig config;
    private final AtomicInteger deadLetters;
    private final Metrics metrics;

    /**
     * @param deadLetters how many this run has written
     */
    RowsAnew(MergeConfig config, AtomicInteger deadLetters, Metrics metrics) {
        this.config = config;
        this.deadLetters = deadLetters;
        this.metrics = metrics;
    }

    /**
     * Makes the rows of the keys that are touched; the other staging tables must be empty. To be
     * followed by {@link #committed}.
     *
     * @param occasion for messages: why there is something to make
     * @return how many letters were written
     * @throws PostgresMergeException if a row is refused, and may not go to the dead letters
     */
    int make(Session session, TargetTable table, String occasion) throws SQLException {
        if (attempt(session, table) == null) {
            return 0;
        }
        ForgetSql sql = table.forget();
        session.update(sql.keepTouched(), Values.none());
        long keys = (Long) session.value(sql.countTouched(), Values.none());
        Map<Long, SQLException> refusals =
                Halving.refused(
                        keys,
                        (first, last) -> attempt(session, table, first, last),
                        (number, refusal, found) ->
                                limit(session, table, occasion, refusal, found));
        for (Map.Entry<Long, SQLException> refusal : refusals.entrySet()) {
            touch(session, table, refusal.getKey(), refusal.getKey());
            SQLException e = refusal.getValue();
            if (table.onViolation() == OnViolation.FAIL && !waits(e)) {
                throw refused(session, table, occasion, e, "");
            }
            Values values =
                    Values.of("pipeline", config.pipeline())
                            .and("table_name", table.name())
                            .and("relation", table.target())
                            .and("sqlstate", e.getSQLState())
                            .and("message", Refusals.describe(e) + " (after " + occasion + ")")
                            .and("sources", table.sources())
                            .and("merged", table.merged());
            for (Statement statement : sql.letter()) {
                session.update(statement, values);
            }
        }
        session.update(table.sql().empty(), Values.none());
        session.update(sql.dropTouched(), Values.none());
        return refusals.size();
    }

    /**
     * Removes the rows of a source, as {@link ForgetSql#forget} does; what PostgreSQL refuses,
     * since others refer to it, goes to the dead letters as a deletion that waits. Not for engine
     * per-source. To be followed by {@link #committed}.
     *
     * @param unmarkedOnly whether rows whose keys were marked stay
     * @param occasion for messages: why they go
     * @param values of the control row
     * @return how many letters were written
     * @throws PostgresMergeException if a row is refused for another reason, and may not go to the
     *     dead letters
     */
    int remove(
            Session session,
            TargetTable table,
            boolean unmarkedOnly,
            String occasion,
            Values values)
            throws SQLException {
        ForgetSql sql = table.forget();
        if (attempt(session, sql.forget(unmarkedOnly), values) == null) {
            return 0;
        }
        List<Statement> keeping = sql.keep(unmarkedOnly);
        session.update(keeping.get(0), Values.none());
        long rows = session.update(keeping.get(1), values);
        List<Statement> removal = Collections.singletonList(sql.forgetKept());
        Map<Long, SQLException> refusals =
                Halving.refused(
                        rows,
                        (first, last) ->
                                attempt(
                                        session,
                                        removal,
                                        Values.of("first", first).and("last", last)),
                        (number, refusal, found) -> {
                            if (deadLetters.get() + found > config.maxDeadLetters()
                                    && (waits(refusal)
                                            || table.onViolation() != OnViolation.FAIL)) {
                                throw stays(session, table, occasion, number, refusal, tooMany());
                            }
                        });
        for (Map.Entry<Long, SQLException> refusal : refusals.entrySet()) {
            SQLException e = refusal.getValue();
            if (table.onViolation() == OnViolation.FAIL && !waits(e)) {
                throw stays(session, table, occasion, refusal.getKey(), e, "");
            }
            session.update(
                    sql.letterOfKept(),
                    values.and("number", refusal.getKey())
                            .and("relation", table.target())
                            .and("sqlstate", e.getSQLState())
                            .and("message", Refusals.describe(e) + " (after " + occasion + ")"));
        }
        values.and("refused", refusals.keySet().toArray(new Long[0]));
        for (Statement statement : sql.forgetBeside(unmarkedOnly)) {
            session.update(statement, values);
        }
        session.update(sql.dropTouched(), Values.none());
        return refusals.size();
    }

    private static PostgresMergeException stays(
            Session session,
            TargetTable table,
            String occasion,
            long number,
            SQLException e,
            String before)
            throws SQLException {
        Object key = session.value(table.forget().showKept(), Values.of("number", number));
        return new PostgresMergeException(
                PostgresMergeException.Code.ROW_REFUSED,
                before
                        + "Table "
                        + table.target()
                        + " keeps the row of key "
                        + key
                        + ", which is to go after "
                        + occasion
                        + ": SQLSTATE "
                        + e.getSQLState()
                        + ": "
                        + Refusals.describe(e)
                        + ". Nothing of it is committed. Mend the tables in PostgreSQL, or set"
                        + (waits(e) ? " max_dead_letters higher" : " on_violation = dead_letter")
                        + ", and restore the job",
                e);
    }

    /** Counts letters, once the transaction is committed that has written them. */
    void committed(TargetTable table, int letters) {
        if (letters > 0) {
            deadLetters.addAndGet(letters);
            metrics.add(
                    Collections.singletonMap(Metrics.deadLetters(table.name()), (long) letters));
        }
    }

    private void limit(
            Session session, TargetTable table, String occasion, SQLException refusal, int found)
            throws SQLException {
        boolean fails = table.onViolation() == OnViolation.FAIL && !waits(refusal);
        if (fails && !table.rowsDependOnEachOther()) {
            throw refused(session, table, occasion, refusal, "");
        }
        if (deadLetters.get() + found > config.maxDeadLetters()) {
            throw refused(session, table, occasion, refusal, fails ? "" : tooMany());
        }
    }

    private String tooMany() {
        return "This run would write more than max_dead_letters = "
                + config.maxDeadLetters()
                + " dead letters. The last of them: ";
    }

    private static boolean waits(SQLException e) {
        return "23503".equals(e.getSQLState());
    }

    private static void touch(Session session, TargetTable table, long from, long to)
            throws SQLException {
        session.update(table.sql().empty(), Values.none());
        session.update(table.forget().touchAgain(), Values.of("first", from).and("last", to));
    }

    private static SQLException attempt(Session session, TargetTable table, long from, long to)
            throws SQLException {
        touch(session, table, from, to);
        return attempt(session, table);
    }

    /**
     * @return why PostgreSQL refuses them, and nothing has changed; null if it does not
     */
    private static SQLException attempt(Session session, TargetTable table) throws SQLException {
        List<Statement> statements = new ArrayList<>(table.forget().merging());
        statements.add(table.forget().supersede());
        return attempt(session, statements, Values.of("table_name", table.name()));
    }

    private static SQLException attempt(Session session, List<Statement> statements, Values values)
            throws SQLException {
        Savepoint mark = session.mark();
        try {
            session.update(ControlSql.CONSTRAINTS_LATER, Values.none());
            for (Statement statement : statements) {
                session.update(statement, values);
            }
            session.update(ControlSql.CONSTRAINTS_NOW, Values.none());
            session.goOn(mark);
            return null;
        } catch (SQLException e) {
            if (Reaction.to(e) != Reaction.ROW_REFUSED) {
                throw e;
            }
            session.goBack(mark);
            return e;
        }
    }

    private static PostgresMergeException refused(
            Session session, TargetTable table, String occasion, SQLException e, String before)
            throws SQLException {
        Object key = session.value(table.forget().firstTouched(), Values.none());
        return new PostgresMergeException(
                PostgresMergeException.Code.ROW_REFUSED,
                before
                        + "Table "
                        + table.target()
                        + " refuses the row of key "
                        + key
                        + " that stands after "
                        + occasion
                        + ": SQLSTATE "
                        + e.getSQLState()
                        + ": "
                        + Refusals.describe(e)
                        + ". Nothing of it is committed. Mend the table in PostgreSQL, or set on_violation ="
                        + " dead_letter, and restore the job",
                e);
    }
}
