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
package io.seamerge.postgres.sql;

import io.seamerge.postgres.config.ConflictLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The statements that apply the changes of one lane and flush to one table: those of the engine
 * <i>direct</i> for disjoint tables, or those of the engine <i>row</i> for consolidated ones.
 * Immutable.
 */
public final class ApplySql {

    /** PostgreSQL 18's names of conflicts, by what came and what it met. */
    private static final String CONFLICT_TYPE =
            "CASE operation\n"
                    + "           WHEN 'D' THEN CASE WHEN on_deleted THEN 'delete_missing' ELSE 'delete_origin_differs' END\n"
                    + "           WHEN 'U' THEN CASE WHEN on_deleted THEN 'update_missing' ELSE 'update_origin_differs' END\n"
                    + "           ELSE 'insert_exists'\n"
                    + "       END";

    private final List<Statement> createStage = new ArrayList<>();
    private final List<Statement> dropStage = new ArrayList<>();
    private final Statement copy;
    private final Statement gate;
    private final Statement revive;
    private final Statement late;
    private final Statement applied;
    private final Statement lost;
    private final Statement logApplied;
    private final Statement logLost;
    private final Statement delete;
    private final Statement upsert;
    private final Statement supersede;
    private final Statement empty;
    private final Statement letter;

    private ApplySql(
            String engine, boolean preferredFirst, boolean softDeletes, Map<String, String> parts) {
        parts.put("stays", softDeletes ? "true" : "s.\"~operation\" <> 'D'");
        boolean row = engine.equals("row");
        createStage.add(Statement.of(engine + "-stage", parts));
        if (row) {
            createStage.add(Statement.of("row-won", parts));
        }
        dropStage.add(Statement.of(engine + "-unstage", parts));
        this.copy = Statement.of(engine + "-copy", parts);
        this.gate =
                row
                        ? Statement.of(preferredFirst ? "row-gate-by-source" : "row-gate", parts)
                        : null;
        this.revive = row ? Statement.of("row-revive", parts) : null;
        this.late = row ? Statement.of("row-late", parts) : null;
        this.applied = row ? Statement.of("row-applied", parts) : null;
        this.lost = row ? Statement.of("row-lost", parts) : null;
        this.logApplied = row ? Statement.of("row-log-applied", parts) : null;
        this.logLost = row ? Statement.of("row-log-lost", parts) : null;
        this.delete = softDeletes ? null : Statement.of(engine + "-delete", parts);
        this.upsert = Statement.of(engine + "-upsert", parts);
        this.supersede = Statement.of("letter-supersede", parts);
        this.empty = Statement.of(engine + "-empty", parts);
        this.letter = Statement.of("letter-write", parts);
    }

    /**
     * Engine <i>direct</i>: the last change of a key stands.
     *
     * @param softDeletes whether deleted rows stay, with a column that says so
     */
    public static ApplySql direct(
            String target,
            String stage,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            boolean softDeletes,
            Collection<String> caseless) {
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        parts.put("changed", stage);
        return new ApplySql("direct", false, softDeletes, parts);
    }

    /**
     * Engine <i>row</i>: the greatest version of a key stands, whichever comes first.
     *
     * @param preferredFirst whether the source counts before the time
     * @param softDeletes whether deleted rows stay, with a column that says so
     */
    public static ApplySql row(
            String target,
            String state,
            String stage,
            String won,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            boolean preferredFirst,
            boolean softDeletes,
            Collection<String> caseless,
            ConflictLog log) {
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        parts.put("changed", won);
        String staged = Identifiers.image("s", columns);
        String stored = Identifiers.image("t", columns);
        boolean winners = log == ConflictLog.ALL;
        parts.put("s_image", staged);
        parts.put("t_image", stored);
        parts.put("staged_image_of_winner", winners ? staged : "NULL::jsonb");
        parts.put("stored_image_of_winner", winners ? stored : "NULL::jsonb");
        parts.put("state", state);
        parts.put("won", won);
        parts.put("m_key", Identifiers.list("m", key));
        parts.put("w_key_is_s_key", Identifiers.equal("w", "s", key));
        parts.put("m_key_is_s_key", Identifiers.equal("m", "s", key));
        parts.put("type", CONFLICT_TYPE);
        return new ApplySql("row", preferredFirst, softDeletes, parts);
    }

    private static Map<String, String> parts(
            String target,
            String stage,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            Collection<String> caseless) {
        List<String> others = new ArrayList<>(columns);
        others.removeAll(key);
        Map<String, String> parts = new HashMap<>();
        parts.put("target", target);
        parts.put("stage", stage);
        parts.put("columns", Identifiers.list("", columns));
        parts.put("s_columns", Identifiers.list("s", columns));
        parts.put("key", Identifiers.list("", key));
        parts.put("s_key", Identifiers.list("s", key));
        parts.put("t_key_is_s_key", Identifiers.equal("t", "s", key));
        parts.put("s_key_object", Identifiers.object("s", key, caseless));
        parts.put("overriding", overridesIdentity ? "\nOVERRIDING SYSTEM VALUE" : "");
        parts.put(
                "on_conflict",
                others.isEmpty()
                        ? "DO NOTHING"
                        : "DO UPDATE SET " + Identifiers.setExcluded(others));
        return parts;
    }

    /** Creates the session's staging tables. */
    public List<Statement> createStage() {
        return Collections.unmodifiableList(createStage);
    }

    /** Drops them. */
    public List<Statement> dropStage() {
        return Collections.unmodifiableList(dropStage);
    }

    /** Fills the first of them. */
    public Statement copy() {
        return copy;
    }

    /** Engine row: locks the keys and lets the greatest versions into the state. */
    public Statement gate() {
        return gate;
    }

    /** Engine row: takes out what comes too late to be compared, before {@link #gate()}. */
    public Statement late() {
        return late;
    }

    /** Engine row: lets in what a snapshot of the winning source has found. */
    public Statement revive() {
        return revive;
    }

    /** Engine row: counts what displaced another source's change. */
    public Statement applied() {
        return applied;
    }

    /** Engine row: counts what was not let in. */
    public Statement lost() {
        return lost;
    }

    /** Engine row: keeps what displaced another source's change; before the table is written. */
    public Statement logApplied() {
        return logApplied;
    }

    /** Engine row: keeps what was not let in; after the table was written. */
    public Statement logLost() {
        return logLost;
    }

    /** Null where deleted rows stay. */
    public Statement delete() {
        return delete;
    }

    public Statement upsert() {
        return upsert;
    }

    /** Marks the dead letters of the keys that were changed. */
    public Statement supersede() {
        return supersede;
    }

    /** Empties the staging tables within a transaction. */
    public Statement empty() {
        return empty;
    }

    /** Writes the one change that is staged as a dead letter. */
    public Statement letter() {
        return letter;
    }

    /**
     * In the order in which they run, those that the engine does not have left out: for the golden
     * files.
     */
    public List<Statement> all() {
        List<Statement> all = new ArrayList<>(createStage);
        for (Statement statement :
                new Statement[] {
                    copy,
                    late,
                    gate,
                    revive,
                    applied,
                    lost,
                    logApplied,
                    delete,
                    upsert,
                    logLost,
                    supersede,
                    empty,
                    letter
                }) {
            if (statement != null) {
                all.add(statement);
            }
        }
        all.addAll(dropStage);
        return all;
    }
}
