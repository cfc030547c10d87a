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
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** How many keys a message names where no single row is to blame. */
    private static final int MAX_SHOWN_KEYS = 5;

    private final MergeConfig config;
    private final int number;
    private final long epoch;
    private final Database database;

    Lane(MergeConfig config, int number, long epoch) {
        this.config = config;
        this.number = number;
        this.epoch = epoch;
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
        try {
            database.transact(
                    what,
                    session -> {
                        if (moveProgress(session, part)) {
                            write(session, part);
                        } else {
                            session.rollback();
                        }
                        return null;
                    });
        } catch (RowRefusedException e) {
            throw refused(e.table(), Collections.singletonList(e.change()), "", e.getMessage(), e);
        } catch (SQLException e) {
            throw blame(part, e);
        }
        for (Flush.Move move : part.moves()) {
            move.progress().flushed(number);
        }
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

    private void write(Session session, Flush.Part part) throws SQLException, RowRefusedException {
        if (part.consolidated()) {
            session.update(ControlSql.SOURCE_SHARE, Values.none());
        }
        for (Flush.TablePart table : part.tables()) {
            write(session, table, table.changes());
        }
        if (!part.moves().isEmpty()) {
            count(session, part);
        }
    }

    private void write(Session session, Flush.TablePart part, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        session.stage(table, changes);
        if (table.consolidated()) {
            Values values =
                    Values.of("pipeline", config.pipeline())
                            .and("target", table.name())
                            .and("lane", number)
                            .and("preference", config.sources().toArray(new String[0]));
            values.and("ranks", session.value(ControlSql.SOURCE_RANKS, values));
            int won = session.update(sql.gate(), values);
            if (won > 0) {
                session.update(sql.applied(), values);
            }
            if (won < changes.size()) {
                if (part.snapshots()) {
                    session.update(sql.revive(), values);
                }
                session.update(sql.lost(), values);
            }
        }
        if (part.deletes()) {
            session.update(sql.delete(), Values.none());
        }
        if (part.upserts()) {
            session.update(sql.upsert(), Values.none());
        }
    }

    private void count(Session session, Flush.Part part) throws SQLException {
        List<String> instances = new ArrayList<>();
        List<String> targets = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (Flush.TablePart table : part.tables()) {
            for (Map.Entry<String, Long> entry : table.rowsOfInstance().entrySet()) {
                instances.add(entry.getKey());
                targets.add(table.table().name());
                rows.add(entry.getValue());
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

    /**
     * Finds the row that PostgreSQL refuses by trying halves in transactions that are always rolled
     * back.
     */
    private PostgresMergeException blame(Flush.Part part, SQLException refusal) {
        for (Flush.TablePart table : part.tables()) {
            List<Change> suspects = new ArrayList<>(table.changes());
            SQLException failure = tryOut(table, suspects);
            if (failure == null) {
                continue;
            }
            while (suspects.size() > 1) {
                List<Change> half = suspects.subList(0, suspects.size() / 2);
                List<Change> rest = suspects.subList(suspects.size() / 2, suspects.size());
                SQLException ofHalf = tryOut(table, half);
                SQLException ofRest = ofHalf == null ? tryOut(table, rest) : null;
                if (ofHalf == null && ofRest == null) {
                    break;
                }
                suspects = ofHalf == null ? rest : half;
                failure = ofHalf == null ? ofRest : ofHalf;
            }
            return refused(
                    table.table(), suspects, failure.getSQLState(), describe(failure), failure);
        }
        return new PostgresMergeException(
                PostgresMergeException.Code.ROW_REFUSED,
                "PostgreSQL refuses a flush with SQLSTATE "
                        + refusal.getSQLState()
                        + ": "
                        + describe(refusal)
                        + ", though it takes each of its tables alone",
                refusal);
    }

    /** Why PostgreSQL refuses these rows; null if it does not. */
    private SQLException tryOut(Flush.TablePart table, List<Change> changes) {
        try {
            database.transact(
                    "A search for the row that is refused",
                    session -> {
                        write(session, table, changes);
                        session.update(ControlSql.CONSTRAINTS_NOW, Values.none());
                        session.rollback();
                        return null;
                    });
            return null;
        } catch (SQLException e) {
            return e;
        } catch (RowRefusedException e) {
            return new SQLException(e.getMessage(), "22000", e);
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

    private PostgresMergeException refused(
            TargetTable table, List<Change> changes, String state, String why, Exception cause) {
        List<String> shown = new ArrayList<>();
        for (Change change : changes.subList(0, Math.min(MAX_SHOWN_KEYS, changes.size()))) {
            shown.add(
                    change.operation()
                            + " of key ("
                            + table.showKey(change)
                            + ") from "
                            + change.sourceName()
                            + (change.version() == null ? "" : ", version " + change.version()));
        }
        return new PostgresMergeException(
                PostgresMergeException.Code.ROW_REFUSED,
                "Table "
                        + table.target()
                        + " refuses "
                        + String.join("; ", shown)
                        + (changes.size() > MAX_SHOWN_KEYS ? " and others" : "")
                        + ": "
                        + (state.isEmpty() ? "" : "SQLSTATE " + state + ": ")
                        + why
                        + ". Mend the row at the source or the table in PostgreSQL, and restore the job",
                cause);
    }
}
