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
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.TargetTable;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes changes of one table by way of its staging tables, within a transaction of its lane: lets
 * them into the state, where there is one, and brings the table up to what then stands. Not
 * thread-safe.
 */
final class StagedWrite {

    private static final Logger LOG = LoggerFactory.getLogger(StagedWrite.class);

    private final MergeConfig config;
    private final int number;
    private final SourceRows sourceRows;
    private final AtomicInteger deadLetters;

    /** Letters of conflicts, among {@link #counts}; no metric. */
    private static final String LETTERS = "letters";

    /** Tables of which all stands that this transaction has staged, though nothing notes it. */
    private final Set<TargetTable> standing = new HashSet<>();

    /** What the transaction that runs, or was last tried, brings to the metrics. */
    private Map<String, Long> counts = new HashMap<>();

    /**
     * @param number of the lane
     * @param deadLetters how many the lanes of this run have written
     */
    StagedWrite(MergeConfig config, int number, SourceRows sourceRows, AtomicInteger deadLetters) {
        this.config = config;
        this.number = number;
        this.sourceRows = sourceRows;
        this.deadLetters = deadLetters;
    }

    /** What was counted since {@link #countAnew}. */
    Map<String, Long> counts() {
        return new HashMap<>(counts);
    }

    /**
     * The transaction is committed, and counting begins anew.
     *
     * @return what it brings to the metrics
     */
    Map<String, Long> committed() {
        Map<String, Long> metrics = counts();
        Long letters = metrics.remove(LETTERS);
        deadLetters.addAndGet(letters == null ? 0 : letters.intValue());
        counts = new HashMap<>();
        return metrics;
    }

    /** Adds to a figure. */
    void count(String metric, long more) {
        counts.merge(metric, more, Long::sum);
    }

    /** A transaction begins, or goes back to where this had been counted. */
    void countAnew(Map<String, Long> from) {
        standing.clear();
        counts = new HashMap<>(from);
    }

    /** Writes changes of a table, already folded, the fastest way. */
    void write(Session session, Flush.TablePart part, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        // Neighbours in the table are then written one after the other.
        List<Change> ordered = part.table().inKeyOrder(changes);
        session.stageBinary(part.table(), ordered);
        writeStaged(session, part, ordered, false);
    }

    /** The same by text: what is refused then is refused for what it is. */
    void writeByText(Session session, Flush.TablePart part, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        session.stage(part.table(), changes);
        writeStaged(session, part, changes, true);
    }

    /**
     * @param noted whether what stands is noted even if it is all that is staged
     */
    private void writeStaged(
            Session session, Flush.TablePart part, Collection<Change> changes, boolean noted)
            throws SQLException {
        mark(session, part.table());
        int won = accept(session, part, changes.size(), true, noted);
        ApplySql sql = stands(part.table());
        logApplied(session, part.table(), won, true);
        boolean anyRow = part.table().perSource() && won > 0;
        if ((part.deletes() || anyRow) && sql.delete() != null) {
            session.update(sql.delete(), Values.none());
        }
        if ((part.upserts() || anyRow) && !updated(session, sql, part, changes, won)) {
            session.update(sql.upsert(), Values.none());
        }
        logLost(session, part.table(), changes.size() - won, true);
    }

    /**
     * Brings rows up to date that are there, as far as their sources know, and adds the rest.
     *
     * @param won how many of the changes stand
     * @return false if that is not the way of the table or of these changes, or has not come by as
     *     many rows as there should be
     */
    private static boolean updated(
            Session session,
            ApplySql sql,
            Flush.TablePart part,
            Collection<Change> changes,
            int won)
            throws SQLException {
        TargetTable table = part.table();
        // Where rows get in each other's way, it matters which of them is written first.
        if (sql.update() == null || !part.changesRows() || table.rowsDependOnEachOther()) {
            return false;
        }
        boolean all = won == changes.size();
        long rows = won;
        if (part.deletes() && !all) {
            rows = (Long) session.value(sql.standing(), Values.none());
        } else if (part.deletes()) {
            rows = 0;
            for (Change change : changes) {
                rows += table.leavesRow(change) ? 1 : 0;
            }
        }
        if (rows > 0) {
            rows -= session.update(sql.update(), Values.none());
        }
        if (rows > 0) {
            rows -= session.update(sql.insert(), Values.none());
        }
        return rows == 0;
    }

    /**
     * @param whole whether whole rows are staged, not their keys alone
     */
    void logApplied(Session session, TargetTable table, int won, boolean whole)
            throws SQLException {
        if (won > 0 && table.consolidated() && table.conflictLog().keeps()) {
            session.update(table.sql().logApplied(), logValues(table, whole));
        }
    }

    void logLost(Session session, TargetTable table, int lost, boolean whole) throws SQLException {
        // A source's entry takes a change in though the row stands by another.
        boolean any = lost > 0 || table.perSource();
        if (any && table.tellsSources() && table.conflictLog().keeps()) {
            List<Long> counted = new ArrayList<>();
            session.query(
                    table.sql().logLost(),
                    logValues(table, whole).and("lane", number),
                    counted,
                    row -> countConflict(table, row));
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
    int accept(Session session, Flush.TablePart part, int staged) throws SQLException {
        return accept(session, part, staged, true, true);
    }

    /**
     * The same, where keys and versions alone are staged.
     *
     * @return {@link Replacement#NEEDS_IMAGES} if that is not enough
     */
    int acceptKeys(Session session, Flush.TablePart part, int staged) throws SQLException {
        return accept(session, part, staged, false, true);
    }

    private int accept(
            Session session, Flush.TablePart part, int staged, boolean whole, boolean noted)
            throws SQLException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        if (!table.tellsSources()) {
            return staged;
        }
        Values values = values(table);
        if (table.owned()) {
            return acceptOfOwners(session, part, staged, values);
        }
        if (!table.perSource() || table.forgetsDeletions()) {
            Long cut = readRanks(session, values);
            if (cut != null) {
                values.and("cut_time", cut).and("relation", table.target());
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
        int won = 0;
        if (part.changesRows()) {
            List<Integer> found = new ArrayList<>();
            session.query(
                    sql.gateKnown(),
                    values.and("staged", staged).and("noted", noted),
                    found,
                    row -> {
                        if (!row.getBoolean("noted")) {
                            standing.add(table);
                        }
                        return row.getInt("won");
                    });
            won = found.get(0);
            if (standing.contains(table)) {
                return won;
            }
        }
        if (won < staged) {
            won += session.update(sql.gate(), values);
        }
        boolean counted = counted(table);
        if (won > 0 && counted) {
            countConflicts(session, table, sql.applied(), values);
        }
        if (won < staged) {
            if (part.snapshots()) {
                won += session.update(sql.revive(), values);
            }
            // Whose key stands by another source has lost; what is left has its own source's to
            // blame.
            long lost = counted ? countConflicts(session, table, sql.lost(), values) : 0;
            if (won + lost < staged) {
                refuseRegress(session, table, values);
            }
        }
        return won;
    }

    private Values values(TargetTable table) {
        return Values.of("pipeline", config.pipeline())
                .and("target", table.name())
                .and("lane", number)
                .and("preference", config.sources().toArray(new String[0]));
    }

    /**
     * Adds the order of the sources to the values.
     *
     * @return up to when deletions are forgotten; null if none are
     */
    private static Long readRanks(Session session, Values values) throws SQLException {
        List<Long> cut = new ArrayList<>();
        session.query(
                ControlSql.SOURCE_RANKS,
                values,
                cut,
                row -> {
                    values.and("ranks", row.getArray("ranks").getArray());
                    return (Long) row.getObject("cut_time");
                });
        return cut.get(0);
    }

    /**
     * Whether some changes of a consolidated table may be of keys whose deletion is forgotten: such
     * a change goes to the dead letters unless its key has a state. A row of a snapshot never does.
     */
    boolean mayBeLate(Session session, Flush.TablePart part) throws SQLException {
        long oldest = Long.MAX_VALUE;
        for (Change change : part.changes()) {
            if (change.operation() != Operation.SNAPSHOT) {
                oldest = Math.min(oldest, change.mergedTime());
            }
        }
        if (oldest == Long.MAX_VALUE) {
            return false;
        }
        Long cut = readRanks(session, values(part.table()));
        return cut != null && oldest <= cut;
    }

    /** Lets in what is its owner's, and what is nobody's, which is then its source's. */
    private int acceptOfOwners(Session session, Flush.TablePart part, int staged, Values values)
            throws SQLException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        int won = 0;
        if (part.deletes() && sql.release() != null) {
            won += session.update(sql.release(), Values.none());
        }
        won += session.update(sql.gate(), Values.none());
        if (won < staged) {
            values.and("relation", table.target()).and("owners", table.incoming().owners());
            countConflicts(session, table, sql.lost(), values);
        }
        return won;
    }

    /** Whether anyone wants to know how many changes met others. */
    private static boolean counted(TargetTable table) {
        return table.conflictLog().counts() || table.onConflict() != OnConflict.RESOLVE;
    }

    /**
     * @return how many there were
     */
    private long countConflicts(
            Session session, TargetTable table, Statement counting, Values values)
            throws SQLException {
        List<String> met = new ArrayList<>();
        long[] total = new long[1];
        boolean countsHere = counting != table.sql().lost() || !table.conflictLog().keeps();
        session.query(
                counting,
                values.and("counts", countsHere),
                met,
                row -> {
                    total[0] += row.getLong("count");
                    if (countsHere) {
                        countConflict(table, row);
                    }
                    return row.getLong("count")
                            + " "
                            + row.getString("type")
                            + " "
                            + row.getString("resolution")
                            + ", lost by "
                            + row.getString("instance");
                });
        if (met.isEmpty()) {
            return 0;
        }
        boolean letters = table.owned();
        switch (table.onConflict()) {
            case RESOLVE:
                break;
            case LOG:
                LOG.warn("Lane {}: conflicts in {}: {}", number, table.target(), met);
                break;
            case DEAD_LETTER:
                letters = true;
                break;
            case FAIL:
                throw conflicts(table, met, "and on_conflict = fail");
        }
        // What another source's change displaced was applied before: it has no letter.
        if (letters && counting == table.sql().lost()) {
            writeLetters(session, table, met, values);
        }
        return total[0];
    }

    private void writeLetters(Session session, TargetTable table, List<String> met, Values values)
            throws SQLException {
        int letters =
                session.update(table.sql().loserLetter(), values.and("relation", table.target()));
        count(Metrics.deadLetters(table.name()), letters);
        count(LETTERS, letters);
        if (deadLetters.get() + counts.get(LETTERS) > config.maxDeadLetters()) {
            throw conflicts(table, met, "more than max_dead_letters of them");
        }
    }

    private long countConflict(TargetTable table, ResultSet row) throws SQLException {
        counts.merge(
                Metrics.conflicts(
                        table.name(),
                        row.getString("type"),
                        row.getString("resolution"),
                        row.getString("instance")),
                row.getLong("count"),
                Long::sum);
        return row.getLong("count");
    }

    /**
     * What a source has sent once it sends again only after a restart, and that is skipped before
     * it comes here, or known to be repeated. Anything else would be a change that is lost in
     * silence.
     */
    private static void refuseRegress(Session session, TargetTable table, Values values)
            throws SQLException {
        List<String> found = new ArrayList<>();
        session.query(
                table.sql().regressed(),
                values,
                found,
                row ->
                        "Table "
                                + table.target()
                                + ": the change of key "
                                + row.getString("key")
                                + " from "
                                + row.getString("source")
                                + " comes with version "
                                + new Version(
                                        row.getLong("incarnation"),
                                        row.getLong("came_time"),
                                        row.getLong("came_row"))
                                + ", but the same source has written the key with version "
                                + new Version(
                                        row.getLong("incarnation"),
                                        row.getLong("kept_time"),
                                        row.getLong("kept_row"))
                                + " already, and nothing of that time is being repeated. Nothing of this flush"
                                + " is committed. Either seamerge.progress was changed or restored apart from"
                                + " the tables beside it: restore all of PostgreSQL to one moment, and the job to"
                                + " a checkpoint of that time or before, or start it afresh, so that it reads"
                                + " its tables again; or another program sends rows in the source's name");
        if (!found.isEmpty()) {
            throw new PostgresMergeException(PostgresMergeException.Code.WIRE, found.get(0));
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
            refuseRegress(session, table, values);
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
    void mark(Session session, TargetTable table) throws SQLException {
        if (sourceRows.marks(table)) {
            session.update(table.forget().mark(), Values.none());
        }
    }

    /** What writes what stands of what this transaction has staged of a table. */
    private ApplySql stands(TargetTable table) {
        return standing.contains(table) ? table.sql().ofAll() : table.sql();
    }

    /** What now stands for a key makes its letters void. */
    void supersede(Session session, TargetTable table) throws SQLException {
        session.update(stands(table).supersede(), Values.of("target", table.name()));
    }

    /** As {@link #supersede}, where all stands that is staged. */
    static void supersedeAll(Session session, TargetTable table) throws SQLException {
        session.update(table.sql().ofAll().supersede(), Values.of("target", table.name()));
    }
}
