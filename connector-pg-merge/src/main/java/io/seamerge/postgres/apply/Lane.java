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
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one lane's parts of flushes, one after the other, each in one transaction that moves the
 * lane's progress first: so it holds the progress row's lock, and neither a zombie nor a successor
 * can write at the same time (protocol A1). Used by one thread, but for {@link #close()}.
 */
final class Lane {

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private static final Map<String, Long> NOTHING = Collections.emptyMap();

    private final MergeConfig config;
    private final int number;
    private final long epoch;

    /** Whether a row that lacks one of another table may be among the letters. */
    private boolean mayWait = true;

    /** Others than this lane write letters, too. */
    private int lettersAtRetry;

    private final AtomicInteger deadLetters;
    private final Metrics metrics;

    private final StagedWrite staged;
    private final Refusals refusals;

    private final Database database;
    private final Replacement replacement;
    private final DeferredKeys deferredKeys;

    /**
     * @param sourceRows knows which keys are to be noted
     * @param deferredKeys tables that are still without theirs
     * @param deadLetters how many the lanes of this run have written
     */
    Lane(
            MergeConfig config,
            int number,
            long epoch,
            SourceRows sourceRows,
            DeferredKeys deferredKeys,
            AtomicInteger deadLetters,
            Metrics metrics) {
        this.deferredKeys = deferredKeys;
        this.staged = new StagedWrite(config, number, sourceRows, deadLetters);
        this.refusals = new Refusals(config, number, staged);
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
        staged.count(Metrics.FLUSHES, 1);
        metrics.add(staged.committed());
    }

    /**
     * Tries the fast way: rows that are new come by COPY, without having been staged.
     *
     * @return false if nothing was written, and the part must be staged: what PostgreSQL refuses is
     *     told apart there
     */
    private boolean replace(String what, Flush.Part part) {
        if (!replacement.suits(part)) {
            return false;
        }
        for (Flush.TablePart table : part.tables()) {
            if (!table.onlySnapshots() || !replacement.suits(table)) {
                deferredKeys.add(database, table.table());
            }
        }
        try {
            return database.transact(
                    what,
                    session -> {
                        if (!moveProgress(session, part)) {
                            session.rollback();
                            return true;
                        }
                        staged.countAnew(NOTHING);
                        replacement.begin();
                        if (write(session, part, true)) {
                            replacement.succeeded();
                            return true;
                        }
                        session.rollback();
                        return false;
                    });
        } catch (RowRefusedException | SQLException e) {
            LOG.debug("Lane {}: {} is written by way of staging tables", number, what, e);
            replacement.refused();
            return false;
        }
    }

    private void write(String what, Flush.Part part) {
        for (Flush.TablePart table : part.tables()) {
            deferredKeys.add(database, table.table());
        }
        try {
            database.transact(
                    what,
                    session -> {
                        if (moveProgress(session, part)) {
                            staged.countAnew(NOTHING);
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
        if (!dependent || !mayWait && deadLetters.get() == lettersAtRetry) {
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
        lettersAtRetry = deadLetters.get();
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
        noteSeen(session, part);
        List<String> targets = new ArrayList<>();
        List<TargetTable> replaced = new ArrayList<>();
        for (Flush.TablePart table : part.tables()) {
            if (table.changes().isEmpty()) {
                continue;
            }
            targets.add(table.table().name());
            if (!fast || !replacement.suits(table)) {
                staged.write(session, table, table.changes());
            } else if (replacement.write(session, table, staged)) {
                replaced.add(table.table());
            } else {
                return false;
            }
        }
        if (!replacement.areUnaltered(session, replaced)) {
            return false;
        }
        Set<String> withLetters = count(session, part);
        if (withLetters == null) {
            withLetters = withLetters(session, targets);
        }
        for (Flush.TablePart table : part.tables()) {
            if (withLetters.contains(table.table().name())) {
                if (fast && replacement.suits(table)) {
                    replacement.supersede(session, table, staged);
                } else {
                    staged.supersede(session, table.table());
                }
            }
        }
        return true;
    }

    private void noteSeen(Session session, Flush.Part part)
            throws SQLException, RowRefusedException {
        for (Flush.TablePart table : part.tables()) {
            if (!table.seen().isEmpty()) {
                session.stageOnlyKeys(table.table(), table.seen());
                staged.mark(session, table.table());
                session.update(table.table().sql().empty(), Values.none());
            }
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

    /**
     * Counts the rows of instances.
     *
     * @return which of the tables have letters; null if there was nothing to count
     */
    private Set<String> count(Session session, Flush.Part part) throws SQLException {
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
                staged.count(Metrics.rows(table.table().name()), sum);
            }
        }
        if (instances.isEmpty()) {
            return null;
        }
        Set<String> withLetters = new HashSet<>();
        session.query(
                ControlSql.APPLIED_COUNT,
                Values.of("pipeline", config.pipeline())
                        .and("lane", number)
                        .and("instances", instances.toArray(new String[0]))
                        .and("targets", targets.toArray(new String[0]))
                        .and("rows", rows.toArray(new Long[0])),
                withLetters,
                row -> row.getString(1));
        return withLetters;
    }

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
                        staged.countAnew(NOTHING);
                        if (part.consolidated()) {
                            session.update(ControlSql.SOURCE_SHARE, Values.none());
                        }
                        noteSeen(session, part);
                        List<Refusals.Refusal> found = refusals.writeAround(session, part);
                        for (Refusals.Refusal refusal : found) {
                            if (refusal.table().onViolation() == OnViolation.FAIL
                                    && !refusal.waits()) {
                                throw Refusals.refused(refusal, "");
                            }
                        }
                        reserved[0] = found.size();
                        if (deadLetters.addAndGet(reserved[0]) > config.maxDeadLetters()) {
                            throw refusals.tooMany(found.get(found.size() - 1));
                        }
                        for (Refusals.Refusal refusal : found) {
                            mayWait |= refusal.waits();
                            refusals.writeLetter(session, refusal);
                        }
                        count(session, part);
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
}
