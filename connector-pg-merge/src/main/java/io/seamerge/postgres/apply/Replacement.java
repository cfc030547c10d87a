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

import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The fast way of one lane to write many changes of a table: rows that change are deleted, and all
 * that are to be there come by COPY into the table itself. Only keys are staged, and of new rows
 * not even these. It suits tables in which that cannot be told from an update; whatever PostgreSQL
 * refuses on this way is undone as a whole and goes the slow one. Not thread-safe.
 */
final class Replacement {

    /** {@link Acceptance#accept} wants whole rows. */
    static final int NEEDS_IMAGES = -1;

    /**
     * Fewer changes of rows that are there are updates: these leave less behind in a table with
     * room in its pages, and small flushes are not what takes time.
     */
    private static final int MIN_CHANGES = 200;

    private static final int MOST_RESTING = 256;

    private final SourceRows sourceRows;

    /** Tables where a row that was new to its source was there. */
    private final Set<TargetTable> met = new HashSet<>();

    /** Tables that were altered since they were opened. */
    private final Set<TargetTable> altered = new HashSet<>();

    /** Parts that still go the other way, and how many do after the next one that is refused. */
    private int resting;

    private int nextRest = 1;

    Replacement(SourceRows sourceRows) {
        this.sourceRows = sourceRows;
    }

    /** Lets the staged keys of a part into the state, where there is one. */
    interface Acceptance {

        /**
         * @param whole whether whole rows are staged
         * @return how many of the changes stand, or {@link #NEEDS_IMAGES}
         */
        int accept(Session session, Flush.TablePart part, int staged, boolean whole)
                throws SQLException;
    }

    /** Whether any table of a part can be written so. */
    boolean suits(Flush.Part part) {
        if (resting > 0) {
            resting--;
            return false;
        }
        for (Flush.TablePart table : part.tables()) {
            if (suits(table)) {
                return true;
            }
        }
        return false;
    }

    boolean suits(Flush.TablePart part) {
        TargetTable table = part.table();
        return table.replaceable()
                && !altered.contains(table)
                && !sourceRows.marks(table)
                && (part.changes().size() >= MIN_CHANGES
                        || !table.consolidated() && !deletes(part));
    }

    /** Whether {@link #write} leaves the changes' keys in the staging table. */
    boolean stages(Flush.TablePart part) {
        return part.table().consolidated() || deletes(part);
    }

    private boolean deletes(Flush.TablePart part) {
        return part.changesRows() || met.contains(part.table());
    }

    /**
     * A part was refused: from now on no row is taken for new because its source says so. Where
     * that does not help, fewer and fewer parts are tried.
     */
    void refused(Flush.Part part) {
        boolean helps = false;
        for (Flush.TablePart table : part.tables()) {
            helps |= !table.table().consolidated() && met.add(table.table());
        }
        if (!helps) {
            resting = nextRest;
            nextRest = Math.min(MOST_RESTING, 2 * nextRest);
        }
    }

    /** A part was written. */
    void succeeded() {
        nextRest = 1;
    }

    /**
     * Writes a part of which {@link #suits} holds.
     *
     * @return false if it must go the other way after all; the transaction is then to be undone
     */
    boolean write(Session session, Flush.TablePart part, Acceptance acceptance)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        Collection<Change> stand = part.changes();
        if (stages(part)) {
            session.stageKeys(table, stand);
        }
        if (table.consolidated()) {
            int won = acceptance.accept(session, part, stand.size(), false);
            if (won == NEEDS_IMAGES) {
                return false;
            }
            if (won < stand.size()) {
                stand = winners(session, sql, stand);
            }
        }
        if (!stand.isEmpty()) {
            if (stages(part)) {
                session.update(sql.remove(), Values.none());
            }
            session.copyRows(table, stand);
        }
        // Under the lock that writing has taken, and that altering the table would have to wait
        // for.
        Object signature = session.value(TargetSql.SIGNATURE, Values.of("table", table.target()));
        if (!table.signature().equals(signature)) {
            altered.add(table);
            return false;
        }
        return true;
    }

    private static Collection<Change> winners(
            Session session, ApplySql sql, Collection<Change> changes) throws SQLException {
        List<Change> numbered = new ArrayList<>(changes);
        List<Change> winners = new ArrayList<>();
        session.query(sql.winners(), Values.none(), winners, row -> numbered.get(row.getInt(1)));
        return winners;
    }
}
