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
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Entry;
import io.seamerge.postgres.merge.Fold;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.SourceName;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes around rows that PostgreSQL refuses: finds out which these are, writes all others, and the
 * refused ones as dead letters; within a transaction of its lane. Not thread-safe.
 */
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final MergeConfig config;
    private final int number;
    private final StagedWrite staged;

    /**
     * @param number of the lane
     */
    Refusals(MergeConfig config, int number, StagedWrite staged) {
        this.config = config;
        this.number = number;
        this.staged = staged;
    }

    /** Writes all that PostgreSQL takes, in the order of the sources, and returns the rest. */
    List<Refusal> writeAround(Session session, Flush.Part part) throws SQLException {
        List<Flush.TablePart> left = new ArrayList<>(part.tables());
        left.removeIf(table -> table.changes().isEmpty());
        // A table that refers to another one may come before it.
        for (boolean moved = true; moved && !left.isEmpty(); ) {
            moved = false;
            for (Iterator<Flush.TablePart> each = left.iterator(); each.hasNext(); ) {
                Flush.TablePart table = each.next();
                if (attempt(session, table, table.changes()) == null) {
                    each.remove();
                    moved = true;
                }
            }
        }
        Map<Place, Refusal> refusals = new LinkedHashMap<>();
        for (Flush.TablePart table : left) {
            search(session, table, table.history(), refusals);
        }
        // What only lacked something that has come in by now.
        for (boolean moved = true; moved; ) {
            moved = false;
            for (Iterator<Refusal> each = refusals.values().iterator(); each.hasNext(); ) {
                Refusal refusal = each.next();
                if (refusal.ofConstraint()
                        && attempt(session, refusal.part, Collections.singletonList(refusal.change))
                                == null) {
                    each.remove();
                    moved = true;
                }
            }
        }
        return new ArrayList<>(refusals.values());
    }

    /**
     * Halves what is refused, until what is left of it are single rows. What came first is applied
     * first, so that a value which one row gives up is free for the next; a later change of a key
     * takes the place of an earlier one that was refused.
     */
    private void search(
            Session session,
            Flush.TablePart part,
            List<Entry> entries,
            Map<Place, Refusal> refusals)
            throws SQLException {
        Refusal refusal = attempt(session, part, Fold.of(entries));
        int n = entries.size();
        if (refusal == null) {
            if (!refusals.isEmpty()) {
                for (Entry entry : entries) {
                    refusals.remove(new Place(part, entry.key()));
                }
            }
            return;
        }
        if (n > 1) {
            search(session, part, entries.subList(0, n / 2), refusals);
            search(session, part, entries.subList(n / 2, n), refusals);
            return;
        }
        if (part.table().onViolation() == OnViolation.FAIL
                && !part.table().rowsDependOnEachOther()) {
            throw refused(refusal, "");
        }
        Place place = new Place(part, entries.get(0).key());
        refusals.remove(place);
        refusals.put(place, refusal);
        if (refusals.size() > config.maxDeadLetters()) {
            throw part.table().onViolation() == OnViolation.FAIL && !refusal.waits()
                    ? refused(refusal, "")
                    : tooMany(refusal);
        }
    }

    /**
     * Writes changes, or leaves everything as it was.
     *
     * @return why PostgreSQL refuses them, laid upon the first of them; null if it does not
     */
    private Refusal attempt(Session session, Flush.TablePart part, Collection<Change> changes)
            throws SQLException {
        Savepoint mark = session.mark(part.table());
        Map<String, Long> countsAtMark = staged.counts();
        try {
            session.update(ControlSql.CONSTRAINTS_LATER, Values.none());
            staged.writeByText(session, part, changes);
            session.update(ControlSql.CONSTRAINTS_NOW, Values.none());
            staged.supersede(session, part.table());
            session.goOn(mark);
            return null;
        } catch (SQLException e) {
            staged.countAnew(countsAtMark);
            return refusal(session, mark, part, changes, e, e.getSQLState(), describe(e));
        } catch (RowRefusedException e) {
            staged.countAnew(countsAtMark);
            return refusal(session, mark, part, changes, e, null, e.getMessage());
        }
    }

    private static Refusal refusal(
            Session session,
            Savepoint mark,
            Flush.TablePart part,
            Collection<Change> changes,
            Exception cause,
            String state,
            String message)
            throws SQLException {
        if (cause instanceof SQLException
                && Reaction.to((SQLException) cause) != Reaction.ROW_REFUSED) {
            throw (SQLException) cause;
        }
        session.goBack(mark);
        return new Refusal(part, changes.iterator().next(), state, message, cause);
    }

    /**
     * Writes a letter, unless the change has lost against a later one. The state takes the change
     * in all the same, so that an earlier one that comes late cannot pass for the latest.
     */
    void writeLetter(Session session, Refusal refusal) throws SQLException {
        TargetTable table = refusal.part.table();
        Change change = refusal.change;
        Version version = change.version();
        SourceName source = version == null ? null : table.metadata().source(change.fields());
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("target", table.name())
                        .and("relation", table.target())
                        .and("instance", source == null ? null : source.instance())
                        .and("database", source == null ? null : source.database())
                        .and("table", source == null ? null : source.table())
                        .and("operation", operation(table, change))
                        .and("image", table.image(change))
                        .and("incarnation", version == null ? null : version.incarnation())
                        .and("version_time", version == null ? null : version.time())
                        .and("version_row", version == null ? null : version.row())
                        .and("sqlstate", refusal.state)
                        .and("message", refusal.message);
        boolean inState = !table.perSource() || takeIn(session, table, change);
        values.and("in_state", inState)
                .and("sources", keptBeside(table))
                .and("merged", table.perSource() ? table.merged() : null);
        Savepoint mark = session.mark(table);
        staged.count(Metrics.deadLetters(table.name()), 1);
        Exception badKey;
        try {
            session.stageKey(table, change);
            staged.mark(session, table);
            // A row that is still to go is its owner's until then.
            boolean stays = table.owned() && change.operation() == Operation.DELETE;
            int won = table.perSource() || stays ? 1 : staged.accept(session, refusal.part, 1);
            staged.logApplied(session, table, won, false);
            staged.logLost(session, table, 1 - won, false);
            if (won > 0) {
                staged.supersede(session, table);
                session.update(table.sql().letter(), values);
            }
            session.goOn(mark);
            return;
        } catch (SQLException e) {
            if (Reaction.to(e) != Reaction.ROW_REFUSED) {
                throw e;
            }
            badKey = e;
        } catch (RowRefusedException e) {
            badKey = e;
        }
        session.goBack(mark);
        LOG.debug("Lane {}: a refused row's key cannot be stored either", number, badKey);
        values.and("key", table.keyImage(change));
        session.update(ControlSql.LETTER_WRITE_BAD_KEY, values);
    }

    /** What a replay must look at, and write, beside the table itself. */
    private static String keptBeside(TargetTable table) {
        if (table.perSource()) {
            return table.sources();
        }
        return table.owned() ? table.incoming().owners() : null;
    }

    /** What it does to the row, or to the source's entry: a soft deletion of a row is an update. */
    private static String operation(TargetTable table, Change change) {
        boolean stays =
                change.operation() == Operation.DELETE && table.softDeletes() && !table.perSource();
        return (stays ? Operation.UPDATE : change.operation()).name().toLowerCase(Locale.ROOT);
    }

    /** A key of a table. */
    private static final class Place {

        private final Flush.TablePart part;
        private final RowKey key;

        Place(Flush.TablePart part, RowKey key) {
            this.part = part;
            this.key = key;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Place
                    && part == ((Place) other).part
                    && key.equals(((Place) other).key);
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(part) + key.hashCode();
        }
    }

    /**
     * Lets a change into its source's entry though the table refuses what comes of it, so that the
     * row can be made anew once the table takes it.
     *
     * @return false if its image cannot be stored at all
     */
    private static boolean takeIn(Session session, TargetTable table, Change change)
            throws SQLException {
        Savepoint mark = session.mark(table);
        Exception refused;
        try {
            session.stage(table, Collections.singletonList(change));
            session.update(table.sql().lock(), Values.none());
            session.update(table.sql().gate(), Values.none());
            // What loses against the refused row must not be blamed for it.
            session.update(table.sql().merge(), Values.none());
            session.update(table.sql().head(), Values.none());
            session.goOn(mark);
            return true;
        } catch (SQLException e) {
            if (Reaction.to(e) != Reaction.ROW_REFUSED) {
                throw e;
            }
            refused = e;
        } catch (RowRefusedException e) {
            refused = e;
        }
        session.goBack(mark);
        LOG.debug("A refused change's image cannot be stored either", refused);
        return false;
    }

    /** A change that PostgreSQL does not take, and why. */
    static final class Refusal {

        private final Flush.TablePart part;
        private final Change change;
        private final String state;
        private final String message;
        private final Exception cause;

        /**
         * @param state SQLSTATE; null if PostgreSQL has not seen it
         */
        Refusal(
                Flush.TablePart part,
                Change change,
                String state,
                String message,
                Exception cause) {
            this.part = part;
            this.change = change;
            this.state = state;
            this.message = message;
            this.cause = cause;
        }

        TargetTable table() {
            return part.table();
        }

        /** Whether it lacks a row of another table, which may come. */
        boolean waits() {
            return "23503".equals(state);
        }

        /** Whether another row may be to blame, and so time may mend it. */
        boolean ofConstraint() {
            return state != null
                    && (state.equals("23503") || state.equals("23505") || state.equals("23P01"));
        }
    }

    static String describe(SQLException e) {
        if (e instanceof PSQLException && ((PSQLException) e).getServerErrorMessage() != null) {
            String constraint = ((PSQLException) e).getServerErrorMessage().getConstraint();
            String message = ((PSQLException) e).getServerErrorMessage().getMessage();
            return constraint == null || message.contains(constraint)
                    ? message
                    : message + " (" + constraint + ")";
        }
        return e.getMessage();
    }

    PostgresMergeException tooMany(Refusal last) {
        return refused(
                last,
                "This run would write more than max_dead_letters = "
                        + config.maxDeadLetters()
                        + " dead letters. The last of them: ");
    }

    static PostgresMergeException refused(Refusal refusal, String before) {
        TargetTable table = refusal.part.table();
        Change change = refusal.change;
        return new PostgresMergeException(
                PostgresMergeException.Code.ROW_REFUSED,
                before
                        + "Table "
                        + table.target()
                        + " refuses "
                        + change.operation()
                        + " of key ("
                        + table.showKey(change)
                        + ") from "
                        + table.showSource(change)
                        + (change.version() == null ? "" : ", version " + change.version())
                        + ": "
                        + (refusal.state == null ? "" : "SQLSTATE " + refusal.state + ": ")
                        + refusal.message
                        + ". Mend the row at the source or the table in PostgreSQL, and restore the job",
                refusal.cause);
    }
}
