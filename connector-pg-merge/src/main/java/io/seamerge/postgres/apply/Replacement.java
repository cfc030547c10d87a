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
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fast way of one lane to write rows that are new to their sources: they come by COPY into the
 * table itself, and into the one that says whose they are. Of a disjoint table all else is staged.
 * Of a consolidated one the state is copied likewise, if none of the keys is in it; else keys and
 * versions are staged, and what another source has there is deleted first. It suits tables in which
 * that cannot be told from other writes; whatever PostgreSQL refuses on this way is undone as a
 * whole and goes the slow one. Not thread-safe.
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

    private final Rest rest = new Rest();

    /** Consolidated tables, by whether their keys go on being nobody's. */
    private final Map<TargetTable, Rest> restOfUnknown = new HashMap<>();

    /** Consolidated tables of which nothing was staged in this transaction. */
    private final Set<TargetTable> copied = new HashSet<>();

    /** Leaves out a way that was refused: more and more parts, as long as that goes on. */
    private static final class Rest {

        /** Parts that still go another way, and how many do after the next one that is refused. */
        private int left;

        private int next = 1;

        boolean isOver() {
            if (left > 0) {
                left--;
                return false;
            }
            return true;
        }

        void refused() {
            left = next;
            next = Math.min(MOST_RESTING, 2 * next);
        }

        void succeeded() {
            next = 1;
        }
    }

    Replacement(SourceRows sourceRows) {
        this.sourceRows = sourceRows;
    }

    /** Whether any table of a part can be written so. */
    boolean suits(Flush.Part part) {
        boolean any = false;
        for (Flush.TablePart table : part.tables()) {
            any |= suits(table);
        }
        return any && rest.isOver();
    }

    /** A transaction begins, perhaps anew. */
    void begin() {
        copied.clear();
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

    /** Makes the letters void of what {@link #write} has written, staging the keys for that. */
    void supersede(Session session, Flush.TablePart part, StagedWrite staged)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        if (copied.contains(table)) {
            session.stageKeys(table, part.changes());
            StagedWrite.supersedeAll(session, table);
            return;
        }
        if (!table.consolidated()) {
            session.stageKeys(table, changes(part, true));
        }
        staged.supersede(session, table);
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
        rest.refused();
    }

    /** A part was written. */
    void succeeded() {
        rest.succeeded();
    }

    /**
     * Writes a part of which {@link #suits} holds; it counts if {@link #areUnaltered} then.
     *
     * @param staged for what is not copied
     * @return false if it must go the other way after all; the transaction is then to be undone
     */
    boolean write(Session session, Flush.TablePart part, StagedWrite staged)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        if (table.consolidated()) {
            if (!copyUnknown(session, part, staged) && !replace(session, part, staged)) {
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
        return true;
    }

    /**
     * Whether tables are still as they were when they were opened. It is asked behind {@link
     * #write}: under the lock that writing has taken, and that altering them would have to wait
     * for.
     */
    boolean areUnaltered(Session session, List<TargetTable> tables) throws SQLException {
        if (tables.isEmpty()) {
            return true;
        }
        String[] names = new String[tables.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = tables.get(i).target();
        }
        List<String> signatures = new ArrayList<>();
        session.query(
                TargetSql.SIGNATURE,
                Values.of("tables", names),
                signatures,
                row -> row.getString("signature"));
        boolean unaltered = true;
        for (int i = 0; i < names.length; i++) {
            if (!tables.get(i).signature().equals(signatures.get(i))) {
                altered.add(tables.get(i));
                unaltered = false;
            }
        }
        return unaltered;
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
     * Copies rows whose keys nobody has, nor had, with their versions: so there is nothing to
     * compare them with. The state's row locks the key as it does everywhere; that it was not there
     * is what its unique key says, which waits for others that write the same.
     *
     * @return false if it cannot be, or was refused, for which nothing remains
     */
    private boolean copyUnknown(Session session, Flush.TablePart part, StagedWrite staged)
            throws SQLException, RowRefusedException {
        TargetTable table = part.table();
        // As everyone takes the locks.
        List<Change> ordered = table.inKeyOrder(part.changes());
        if (meet(table, ordered) || staged.mayBeLate(session, part)) {
            return false;
        }
        Rest restOfTable = restOfUnknown.computeIfAbsent(table, t -> new Rest());
        if (!restOfTable.isOver()) {
            return false;
        }
        Savepoint mark = session.mark();
        try {
            session.copyState(table, ordered);
            session.copyRows(table, ordered);
        } catch (SQLException e) {
            restOfTable.refused();
            if (Reaction.to(e) != Reaction.ROW_REFUSED) {
                throw e;
            }
            session.goBack(mark);
            return false;
        }
        session.goOn(mark);
        restOfTable.succeeded();
        copied.add(table);
        return true;
    }

    /** Whether changes of several sources may be of one key. */
    private static boolean meet(TargetTable table, List<Change> ordered) {
        for (int i = 1; i < ordered.size(); i++) {
            Change one = ordered.get(i - 1);
            Change other = ordered.get(i);
            if (one.source() != other.source() && table.haveSameKeys(one, other)) {
                return true;
            }
        }
        return false;
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
        int won = staged.acceptKeys(session, part, stand.size());
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
