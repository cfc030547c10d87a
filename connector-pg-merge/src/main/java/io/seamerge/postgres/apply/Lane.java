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
import io.seamerge.postgres.config.OnConflict;
import io.seamerge.postgres.config.OnViolation;
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Entry;
import io.seamerge.postgres.merge.Fold;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.SourceName;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one lane's parts of flushes, one after the other, each in one transaction that moves the
 * lane's progress first: so it holds the progress row's lock, and neither a zombie nor a successor
 * can write at the same time (protocol A1). Used by one thread, but for {@link #close()}.
 */
final class Lane {

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private final MergeConfig config;
    private final int number;
    private final long epoch;
    private final SourceRows sourceRows;

    /** Whether a row that lacks one of another table may be among the letters. */
    private boolean mayWait = true;

    private final AtomicInteger deadLetters;
    private final Metrics metrics;

    /** What the transaction that runs, or was last tried, brings to the metrics. */
    private Map<String, Long> counts = new HashMap<>();

    private final Database database;
    private final Replacement replacement;

    /**
     * @param sourceRows knows which keys are to be noted
     * @param deadLetters how many the lanes of this run have written
     */
    Lane(
            MergeConfig config,
            int number,
            long epoch,
            SourceRows sourceRows,
            AtomicInteger deadLetters,
            Metrics metrics) {
        this.sourceRows = sourceRows;
        this.metrics = metrics;
        this.deadLetters = deadLetters;
        this.config = config;
        this.number = number;
        this.epoch = epoch;
        this.replacement = new Replacement(sourceRows);
        this.database = new Database(config, "seamerge " + config.pipeline() + " lane " + number);
    }

    /**
     * Writes a part and commits it, however often that takes.
     *
     * @throws PostgresMergeException if it cannot be; nothing of it is then committed, unless the
     *     answer to the last commit was lost
     */
    void apply(Flush.Part part) {
        String what = "A flush of " + part.rows() + " rows";
        if (!replace(what, part)) {
            write(what, part);
        }
        for (Flush.Move move : part.moves()) {
            move.progress().flushed(number);
        }
        retryWaiting(part);
        counts.merge(Metrics.FLUSHES, 1L, Long::sum);
        metrics.add(counts);
        counts = new HashMap<>();
    }

    /**
     * Tries the fast way: rows are deleted and brought anew by COPY, without having been staged.
     *
     * @return false if nothing was written, and the part must be staged: what PostgreSQL refuses is
     *     told apart there
     */
    private boolean replace(String what, Flush.Part part) {
        if (!replacement.suits(part)) {
            return false;
        }
        try {
            return database.transact(
                    what,
                    session -> {
                        if (!moveProgress(session, part)) {
                            session.rollback();
                            return true;
                        }
                        counts = new HashMap<>();
                        if (write(session, part, true)) {
                            replacement.succeeded();
                            return true;
                        }
                        session.rollback();
                        return false;
                    });
        } catch (RowRefusedException | SQLException e) {
            LOG.debug("Lane {}: {} is written by way of staging tables", number, what, e);
            replacement.refused(part);
            return false;
        }
    }

    private void write(String what, Flush.Part part) {
        try {
            database.transact(
                    what,
                    session -> {
                        if (moveProgress(session, part)) {
                            counts = new HashMap<>();
                            write(session, part, false);
                        } else {
                            session.rollback();
                        }
                        return null;
                    });
        } catch (RowRefusedException | SQLException e) {
            applyAround(what, part);
        }
    }

    /** What another table lacked may have come with this flush. */
    private void retryWaiting(Flush.Part part) {
        boolean dependent = false;
        for (Flush.TablePart table : part.tables()) {
            dependent |= table.table().rowsDependOnEachOther();
        }
        if (!mayWait || !dependent) {
            return;
        }
        List<int[]> counted = new ArrayList<>();
        database.control(
                "Trying again what lacked a row of another table",
                session -> {
                    counted.clear();
                    session.query(
                            ControlSql.LETTER_WAIT,
                            Values.of("pipeline", config.pipeline()),
                            counted,
                            row -> new int[] {row.getInt("replayed"), row.getInt("waiting")});
                    return null;
                });
        deadLetters.addAndGet(-Math.min(deadLetters.get(), counted.get(0)[0]));
        mayWait = counted.get(0)[1] > 0;
    }

    void close() {
        database.close();
    }

    /**
     * @return false if the part was committed before, and only the answer was lost
     */
    private boolean moveProgress(Session session, Flush.Part part) throws SQLException {
        int n = part.moves().size();
        if (n == 0) {
            return true;
        }
        String[] instances = new String[n];
        Long[] times = new Long[n];
        Long[] rows = new Long[n];
        Long[] flushes = new Long[n];
        for (int i = 0; i < n; i++) {
            Flush.Move move = part.moves().get(i);
            instances[i] = move.progress().instance();
            times[i] = move.to().time();
            rows[i] = move.to().row();
            flushes[i] = move.progress().flushes(number);
        }
        int moved =
                session.update(
                        ControlSql.PROGRESS_MOVE,
                        Values.of("pipeline", config.pipeline())
                                .and("lane", number)
                                .and("epoch", epoch)
                                .and("instances", instances)
                                .and("version_times", times)
                                .and("version_rows", rows)
                                .and("flushes", flushes));
        if (moved == n) {
            return true;
        }
        Map<String, Long> expected = new HashMap<>();
        for (int i = 0; i < n; i++) {
            expected.put(instances[i], flushes[i]);
        }
        List<String> differences = new ArrayList<>();
        session.query(
                ControlSql.PROGRESS_READ,
                Values.of("pipeline", config.pipeline())
                        .and("lane", number)
                        .and("instances", instances),
                differences,
                row -> {
                    String instance = row.getString(1);
                    long foundEpoch = row.getLong(2);
                    boolean gone = row.wasNull();
                    long foundFlushes = row.getLong(3);
                    if (gone || foundEpoch != epoch) {
                        throw superseded(config, instance, epoch, gone ? null : foundEpoch);
                    }
                    return foundFlushes == expected.get(instance) + 1
                            ? ""
                            : instance
                                    + ": "
                                    + foundFlushes
                                    + " instead of "
                                    + (expected.get(instance) + 1);
                });
        differences.removeIf(String::isEmpty);
        if (!differences.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.DATABASE,
                    "seamerge.progress of pipeline '"
                            + config.pipeline()
                            + "' was changed by hand while lane "
                            + number
                            + " was writing (flushes of "
                            + differences
                            + "). Leave it alone while the job runs");
        }
        LOG.info("Lane {}: the answer to a commit was lost, but it had arrived", number);
        return false;
    }

    static PostgresMergeException superseded(
            MergeConfig config, String instance, long epoch, Long found) {
        return new PostgresMergeException(
                PostgresMergeException.Code.SUPERSEDED,
                "Pipeline '"
                        + config.pipeline()
                        + "', instance '"
                        + instance
                        + "': a later writer (epoch "
                        + (found == null ? "not known" : found)
                        + ") has taken over from this one (epoch "
                        + epoch
                        + "), which discards what it holds. That is as it should be after a restart; otherwise two jobs"
                        + " run under one pipeline name");
    }

    /**
     * @param fast whether tables are written by {@link Replacement} where it suits them
     * @return false if one of them cannot be, so that all must be undone
     */
    private boolean write(Session session, Flush.Part part, boolean fast)
            throws SQLException, RowRefusedException {
        if (part.consolidated()) {
            session.update(ControlSql.SOURCE_SHARE, Values.none());
        }
        List<String> targets = new ArrayList<>();
        for (Flush.TablePart table : part.tables()) {
            targets.add(table.table().name());
            if (!fast || !replacement.suits(table)) {
                write(session, table, table.changes());
            } else if (!replacement.write(session, table, this::accept)) {
                return false;
            }
        }
        Set<String> withLetters = withLetters(session, targets);
        for (Flush.TablePart table : part.tables()) {
            if (withLetters.contains(table.table().name())) {
                if (fast && replacement.suits(table) && !replacement.stages(table)) {
                    session.stageKeys(table.table(), table.changes());
                }
                supersede(session, table.table());
            }
        }
        if (!part.moves().isEmpty()) {
            count(session, part);
        }
        return true;
    }

    private void write(Session session, Flush.TablePart part, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        ApplySql sql = part.table().sql();
        session.stage(part.table(), changes);
        mark(session, part.table());
        int won = accept(session, part, changes.size());
        logApplied(session, part.table(), won, true);
        boolean anyRow = part.table().perSource() && won > 0;
        if ((part.deletes() || anyRow) && sql.delete() != null) {
            session.update(sql.delete(), Values.none());
        }
        if (part.upserts() || anyRow) {
            session.update(sql.upsert(), Values.none());
        }
        logLost(session, part.table(), changes.size() - won, true);
    }

    /**
     * @param whole whether whole rows are staged, not their keys alone
     */
    private void logApplied(Session session, TargetTable table, int won, boolean whole)
            throws SQLException {
        if (won > 0 && table.consolidated() && table.conflictLog().keeps()) {
            session.update(table.sql().logApplied(), logValues(table, whole));
        }
    }

    private void logLost(Session session, TargetTable table, int lost, boolean whole)
            throws SQLException {
        if (lost > 0 && table.consolidated() && table.conflictLog().keeps()) {
            session.update(table.sql().logLost(), logValues(table, whole));
        }
    }

    private Values logValues(TargetTable table, boolean whole) {
        return Values.of("pipeline", config.pipeline())
                .and("target", table.name())
                .and("whole", whole);
    }

    /**
     * Lets what is staged into the state, where there is one.
     *
     * @return how many of the staged changes now stand
     */
    private int accept(Session session, Flush.TablePart part, int staged) throws SQLException {
        return accept(session, part, staged, true);
    }

    /**
     * @param whole whether whole rows are staged, not their keys alone
     * @return {@link Replacement#NEEDS_IMAGES} if that is not enough
     */
    private int accept(Session session, Flush.TablePart part, int staged, boolean whole)
            throws SQLException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        if (!table.consolidated()) {
            return staged;
        }
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("target", table.name())
                        .and("lane", number)
                        .and("preference", config.sources().toArray(new String[0]));
        if (!table.perSource() || table.forgetsDeletions()) {
            List<Long> cut = new ArrayList<>();
            session.query(
                    ControlSql.SOURCE_RANKS,
                    values,
                    cut,
                    row -> {
                        values.and("ranks", row.getArray("ranks").getArray());
                        return (Long) row.getObject("cut_time");
                    });
            if (cut.get(0) != null) {
                values.and("cut_time", cut.get(0)).and("relation", table.target());
                if (!whole && (Boolean) session.value(sql.anyLate(), values)) {
                    return Replacement.NEEDS_IMAGES;
                }
                if (whole && session.update(sql.late(), values) > 0) {
                    LOG.warn("Lane {}: changes of {} came too late", number, table.target());
                }
            }
        }
        if (table.perSource()) {
            return acceptBySource(session, table, staged, values);
        }
        int won = session.update(sql.gate(), values);
        boolean counted = counted(table);
        if (won > 0 && counted) {
            countConflicts(session, table, sql.applied(), values);
        }
        if (won < staged) {
            if (part.snapshots()) {
                won += session.update(sql.revive(), values);
            }
            if (counted) {
                countConflicts(session, table, sql.lost(), values);
            }
        }
        return won;
    }

    /** Whether anyone wants to know how many changes met others. */
    private static boolean counted(TargetTable table) {
        return table.conflictLog().counts() || table.onConflict() != OnConflict.RESOLVE;
    }

    private void countConflicts(
            Session session, TargetTable table, Statement counting, Values values)
            throws SQLException {
        List<String> met = new ArrayList<>();
        session.query(
                counting,
                values,
                met,
                row -> {
                    counts.merge(
                            Metrics.conflicts(
                                    table.name(),
                                    row.getString("type"),
                                    row.getString("resolution"),
                                    row.getString("instance")),
                            row.getLong("count"),
                            Long::sum);
                    return row.getLong("count")
                            + " "
                            + row.getString("type")
                            + " "
                            + row.getString("resolution")
                            + ", lost by "
                            + row.getString("instance");
                });
        if (met.isEmpty()) {
            return;
        }
        switch (table.onConflict()) {
            case RESOLVE:
                break;
            case LOG:
                LOG.warn("Lane {}: conflicts in {}: {}", number, table.target(), met);
                break;
            case DEAD_LETTER:
                // What another source's change displaced was applied before: it has no letter.
                if (counting == table.sql().lost()) {
                    int letters =
                            session.update(
                                    table.sql().loserLetter(),
                                    values.and("relation", table.target()));
                    if (deadLetters.addAndGet(letters) > config.maxDeadLetters()) {
                        throw conflicts(table, met, "more than max_dead_letters of them");
                    }
                }
                break;
            case FAIL:
                throw conflicts(table, met, "and on_conflict = fail");
        }
    }

    private static PostgresMergeException conflicts(
            TargetTable table, List<String> met, String because) {
        return new PostgresMergeException(
                PostgresMergeException.Code.CONFLICT,
                "Changes of several sources meet in table "
                        + table.target()
                        + " ("
                        + met
                        + "), "
                        + because
                        + ". Nothing of this flush is committed. Mend it at the sources, or choose another on_conflict,"
                        + " and restore the job");
    }

    /** Lets what is staged into its sources' entries, and makes the rows that stand by them. */
    private int acceptBySource(Session session, TargetTable table, int staged, Values values)
            throws SQLException {
        ApplySql sql = table.sql();
        session.update(sql.lock(), values);
        int accepted = session.update(sql.gate(), values);
        int changed = accepted;
        if (accepted < staged) {
            changed += session.update(sql.first(), values);
        }
        if (changed > 0) {
            session.update(sql.merge(), values);
            session.update(sql.head(), values);
        }
        if (counted(table)) {
            countConflicts(session, table, sql.applied(), values);
            countConflicts(session, table, sql.lost(), values);
        }
        return changed;
    }

    /** Notes the keys that are staged, where a repeated snapshot wants to know them. */
    private void mark(Session session, TargetTable table) throws SQLException {
        if (sourceRows.marks(table)) {
            session.update(table.forget().mark(), Values.none());
        }
    }

    private static Set<String> withLetters(Session session, List<String> targets)
            throws SQLException {
        Set<String> found = new HashSet<>();
        if (!targets.isEmpty()) {
            session.query(
                    ControlSql.LETTER_TARGETS,
                    Values.of("targets", targets.toArray(new String[0])),
                    found,
                    row -> row.getString(1));
        }
        return found;
    }

    /** What now stands for a key makes its letters void. */
    private static void supersede(Session session, TargetTable table) throws SQLException {
        session.update(table.sql().supersede(), Values.of("target", table.name()));
    }

    private void count(Session session, Flush.Part part) throws SQLException {
        List<String> instances = new ArrayList<>();
        List<String> targets = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (Flush.TablePart table : part.tables()) {
            long sum = 0;
            for (Map.Entry<String, Long> entry : table.rowsOfInstance().entrySet()) {
                instances.add(entry.getKey());
                targets.add(table.table().name());
                rows.add(entry.getValue());
                sum += entry.getValue();
            }
            if (sum > 0) {
                counts.merge(Metrics.rows(table.table().name()), sum, Long::sum);
            }
        }
        if (!instances.isEmpty()) {
            session.update(
                    ControlSql.APPLIED_COUNT,
                    Values.of("pipeline", config.pipeline())
                            .and("lane", number)
                            .and("instances", instances.toArray(new String[0]))
                            .and("targets", targets.toArray(new String[0]))
                            .and("rows", rows.toArray(new Long[0])));
        }
    }

    // ---- around rows that are refused
    // ----------------------------------------------------------------------------

    /**
     * Writes a part of which PostgreSQL has refused something: all that it takes, and the rest as
     * dead letters, if the job wants that.
     */
    private void applyAround(String what, Flush.Part part) {
        int[] reserved = new int[1];
        try {
            database.transact(
                    what + " without those that are refused",
                    session -> {
                        deadLetters.addAndGet(-reserved[0]);
                        reserved[0] = 0;
                        if (!moveProgress(session, part)) {
                            session.rollback();
                            return null;
                        }
                        counts = new HashMap<>();
                        if (part.consolidated()) {
                            session.update(ControlSql.SOURCE_SHARE, Values.none());
                        }
                        List<Refusal> refusals = writeAround(session, part);
                        for (Refusal refusal : refusals) {
                            if (refusal.part.table().onViolation() == OnViolation.FAIL
                                    && !refusal.waits()) {
                                throw refused(refusal, "");
                            }
                        }
                        reserved[0] = refusals.size();
                        if (deadLetters.addAndGet(reserved[0]) > config.maxDeadLetters()) {
                            throw tooMany(refusals.get(refusals.size() - 1));
                        }
                        for (Refusal refusal : refusals) {
                            mayWait |= refusal.waits();
                            writeLetter(session, refusal);
                        }
                        if (!part.moves().isEmpty()) {
                            count(session, part);
                        }
                        return null;
                    });
        } catch (SQLException | RowRefusedException e) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.ROW_REFUSED,
                    "PostgreSQL refuses a flush: "
                            + e.getMessage()
                            + ", though it takes each of its rows alone",
                    e);
        }
        if (reserved[0] > 0) {
            LOG.warn("Lane {}: {} rows went to seamerge.dead_letter", number, reserved[0]);
        }
    }

    /** Writes all that PostgreSQL takes, in the order of the sources, and returns the rest. */
    private List<Refusal> writeAround(Session session, Flush.Part part) throws SQLException {
        List<Flush.TablePart> left = new ArrayList<>(part.tables());
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
        Map<String, Long> countsAtMark = new HashMap<>(counts);
        try {
            session.update(ControlSql.CONSTRAINTS_LATER, Values.none());
            write(session, part, changes);
            session.update(ControlSql.CONSTRAINTS_NOW, Values.none());
            supersede(session, part.table());
            session.goOn(mark);
            return null;
        } catch (SQLException e) {
            counts = countsAtMark;
            return refusal(session, mark, part, changes, e, e.getSQLState(), describe(e));
        } catch (RowRefusedException e) {
            counts = countsAtMark;
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
    private void writeLetter(Session session, Refusal refusal) throws SQLException {
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
                .and("sources", table.perSource() ? table.sources() : null)
                .and("merged", table.perSource() ? table.merged() : null);
        Savepoint mark = session.mark(table);
        counts.merge(Metrics.deadLetters(table.name()), 1L, Long::sum);
        Exception badKey;
        try {
            session.stageKey(table, change);
            mark(session, table);
            int won = table.perSource() ? 1 : accept(session, refusal.part, 1);
            logApplied(session, table, won, false);
            logLost(session, table, 1 - won, false);
            if (won > 0) {
                supersede(session, table);
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
    private static final class Refusal {

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

    private static String describe(SQLException e) {
        if (e instanceof PSQLException && ((PSQLException) e).getServerErrorMessage() != null) {
            String constraint = ((PSQLException) e).getServerErrorMessage().getConstraint();
            String message = ((PSQLException) e).getServerErrorMessage().getMessage();
            return constraint == null || message.contains(constraint)
                    ? message
                    : message + " (" + constraint + ")";
        }
        return e.getMessage();
    }

    private PostgresMergeException tooMany(Refusal last) {
        return refused(
                last,
                "This run would write more than max_dead_letters = "
                        + config.maxDeadLetters()
                        + " dead letters. The last of them: ");
    }

    private static PostgresMergeException refused(Refusal refusal, String before) {
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
