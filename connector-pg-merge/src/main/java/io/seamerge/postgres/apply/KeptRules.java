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

import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.TableRules;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.ForgetSql;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rules that tables were written under, as {@code seamerge.holder} has them, beside those that
 * the job has now. Rules by which other things would have had to be kept are refused; where each
 * source has a state of its own, all rows are made anew if other rules decide what stands.
 */
final class KeptRules {

    private static final Logger LOG = LoggerFactory.getLogger(KeptRules.class);

    /** Entries that one statement makes rows of. */
    private static final long SLICE = 50_000;

    private final MergeConfig config;
    private final Database database;
    private final RowsAnew rowsAnew;

    KeptRules(MergeConfig config, Database database, RowsAnew rowsAnew) {
        this.config = config;
        this.database = database;
        this.rowsAnew = rowsAnew;
    }

    /**
     * Says what keeps a table from being opened under the rules that it has now.
     *
     * @param toRead whether it is to be compared under its rules, not to get others
     */
    static void check(
            Session session,
            String pipeline,
            IncomingTable table,
            boolean toRead,
            List<String> problems)
            throws SQLException {
        TableRules rules = table.rules();
        String[] kept = read(session, pipeline, table.name(), table.target());
        if (kept[0] != null && !kept[0].equals(rules.stateRules())) {
            problems.add(
                    "Table "
                            + table.target()
                            + ": it was written under other rules ("
                            + kept[0]
                            + "), and what was kept for them does not tell what stands under these ("
                            + rules.stateRules()
                            + "). Go back to the rules that it had, or begin again under a new pipeline with an"
                            + " empty table and a snapshot of every source");
        } else if (toRead && kept[1] != null && !kept[1].equals(rules.mergeRules())) {
            problems.add(
                    "Table "
                            + table.target()
                            + ": it was written under other rules ("
                            + kept[1]
                            + ") than those that it is to be compared under ("
                            + rules.mergeRules()
                            + "). Verify with the job's own sink options");
        }
    }

    /**
     * State rules and merge rules; both null if neither this pipeline has written the table, nor
     * anyone has left rows in it.
     */
    private static String[] read(Session session, String pipeline, String name, String target)
            throws SQLException {
        List<String[]> found = new ArrayList<>();
        boolean[] written = new boolean[1];
        session.query(
                ControlSql.RULES_READ,
                Values.of("pipeline", pipeline).and("target", name),
                found,
                row -> {
                    written[0] = row.getBoolean("written");
                    return new String[] {
                        row.getString("state_rules"), row.getString("merge_rules")
                    };
                });
        if (found.isEmpty() || found.get(0)[0] == null) {
            return new String[2];
        }
        boolean there = session.value(TargetSql.KIND, Values.of("table", target)) != null;
        boolean holds =
                written[0]
                        || there
                                && (Boolean)
                                        session.value(TargetSql.hasRows(target), Values.none());
        return holds ? found.get(0) : new String[2];
    }

    /**
     * Notes the rules of the tables, and applies those that are new to all their rows. Earlier
     * writers of the pipeline can then do nothing any more; later ones wait until it is done.
     */
    void apply(Collection<TargetTable> tables, long epoch) {
        for (TargetTable table : tables) {
            int letters =
                    database.control(
                            "Making the rows of "
                                    + table.target()
                                    + " by the rules that it has now",
                            session -> apply(session, table, epoch));
            rowsAnew.committed(table, letters);
        }
    }

    private int apply(Session session, TargetTable table, long epoch) throws SQLException {
        Values rules =
                Values.of("target", table.name())
                        .and("state_rules", table.rules().stateRules())
                        .and("merge_rules", table.rules().mergeRules())
                        .and("state", table.consolidated() ? table.state() : null);
        int letters = 0;
        String kept = read(session, config.pipeline(), table.name(), table.target())[1];
        if (kept != null && !kept.equals(table.rules().mergeRules())) {
            session.value(ControlSql.SCHEMA_LOCK, Values.none());
            kept = read(session, config.pipeline(), table.name(), table.target())[1];
            if (!table.rules().mergeRules().equals(kept)) {
                letters = mergeAll(session, table, epoch);
                LOG.info("{} was made anew: {}", table.target(), table.rules().mergeRules());
            }
        }
        session.update(ControlSql.RULES_WRITE, rules);
        return letters;
    }

    private int mergeAll(Session session, TargetTable table, long epoch) throws SQLException {
        session.update(
                ControlSql.PROGRESS_FENCE,
                Values.of("pipeline", config.pipeline()).and("epoch", epoch));
        session.update(ControlSql.SOURCE_LOCK, Values.none());
        ForgetSql sql = table.forget();
        long slices = 1 + (Long) session.value(sql.countEntries(), Values.none()) / SLICE;
        session.openStage(table);
        int letters = 0;
        for (long slice = 0; slice < slices; slice++) {
            session.update(table.sql().empty(), Values.none());
            session.update(sql.touchSlice(), Values.of("slices", slices).and("slice", slice));
            letters += rowsAnew.make(session, table, "its rules were changed");
        }
        return letters;
    }
}
