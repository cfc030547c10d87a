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
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The fast way of one lane to write rows that are new to their sources: they come by COPY into the
 * table itself, and into the one that says whose they are. Of a disjoint table all else is staged;
 * of a consolidated one keys and versions are, and what another source has there is deleted first.
 * It suits tables in which that cannot be told from other writes; whatever PostgreSQL refuses on
 * this way is undone as a whole and goes the slow one. Not thread-safe.
 */
final class Replacement {

    /** {@link StagedWrite#accept} wants whole rows. */
    static final int NEEDS_IMAGES = -1;

    /** Small flushes of consolidated tables are not what takes time. */
    private static final int MIN_CHANGES = 200;

    private static final int MOST_RESTING = 256;

    private final SourceRows sourceRows;

    /** Tables that were altered since they were opened. */
    private final Set<TargetTable> altered = new HashSet<>();

    /** Parts that still go the other way, and how many do after the next one that is refused. */
    private int resting;

    private int nextRest = 1;

    Replacement(SourceRows sourceRows) {
        this.sourceRows = sourceRows;
    }

    /** Whether any table of a part can be written so. */
    boolean suits(Flush.Part part) {
        boolean any = false;
        for (Flush.TablePart table : part.tables()) {
            any |= suits(table);
        }
        if (any && resting > 0) {
            resting--;
            return false;
        }
        return any;
    }

    boolean suits(Flush.TablePart part) {
        TargetTable table = part.table();
        return table.replaceable()
                && !altered.contains(table)
                && !sourceRows.marks(table)
                && part.bringsRows()
                && (!table.consolidated()
                        || !part.changesRows() && part.changes().size() >= MIN_CHANGES);
    }

    /** Those changes whose keys {@link #write} leaves out of the staging table. */
    Collection<Change> unstaged(Flush.TablePart part) {
        return part.table().consolidated() ? Collections.<Change>emptyList() : changes(part, true);
    }

    private static List<Change> changes(Flush.TablePart part, boolean ofNewRows) {
        List<Change> changes = new ArrayList<>();
        for (Change change : part.changes()) {
            if (change.isOfNewRow() == ofNewRows) {
                changes.add(change);
            }
        }
        return changes;
    }

    /** A part was refused: fewer and fewer are tried, as long as that goes on. */
    void refused() {
        resting = nextRest;
        nextRest = Math.min(MOST_RESTING, 2 * nextRest);
    }

    /** A part was written. */
    void succeeded() {
        nextRest = 1;
    }

    /**
     * Writes a part of which {@link #suits} holds.
     *
     * @param staged for what is not copied
     * @return false if it must go the other way after all; the transaction is then to be undone
     */
    boolean write(Session session, Flush.TablePart part, StagedWrite staged)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        if (table.consolidated()) {
            if (!replace(session, part, staged)) {
                return false;
            }
        } else if (part.changesRows()) {
            List<Change> others = changes(part, false);
            if (!others.isEmpty()) {
                staged.write(session, part, others);
            }
            copy(session, table, changes(part, true));
        } else {
            copy(session, table, part.changes());
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

    /** Where a key is somebody's already, be it the source's own, the copy is refused. */
    private static void copy(Session session, TargetTable table, Collection<Change> changes)
            throws SQLException, RowRefusedException {
        if (table.owned()) {
            session.copyOwners(table, changes);
        }
        session.copyRows(table, changes);
    }

    /**
     * @return false if whole rows are needed to tell what stands
     */
    private static boolean replace(Session session, Flush.TablePart part, StagedWrite staged)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        ApplySql sql = table.sql();
        Collection<Change> stand = part.changes();
        session.stageKeys(table, stand);
        int won = staged.accept(session, part, stand.size(), false);
        if (won == NEEDS_IMAGES) {
            return false;
        }
        if (won < stand.size()) {
            stand = winners(session, sql, stand);
        }
        if (!stand.isEmpty()) {
            session.update(sql.remove(), Values.none());
            session.copyRows(table, stand);
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
