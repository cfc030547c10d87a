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
import io.seamerge.postgres.config.Engine;
import io.seamerge.postgres.config.TableRules;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The statements that apply the changes of one lane and flush to one table: those of the engine
 * <i>direct</i> for disjoint tables, or those of the engines <i>row</i> and <i>per-source</i> for
 * consolidated ones. Immutable.
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
    private final Statement binaryCopy;
    private final Statement rowsCopy;
    private final Statement keysCopy;
    private final Statement remove;
    private final Statement winners;
    private final Statement anyLate;
    private final Statement lock;
    private final Statement release;
    private final Statement ownersCopy;
    private final Statement stateCopy;
    private final Statement gateKnown;
    private final Statement gate;
    private final Statement revive;
    private final Statement late;
    private final Statement regressed;
    private final Statement first;
    private final Statement merge;
    private final Statement head;
    private final Statement applied;
    private final Statement lost;
    private final Statement logApplied;
    private final Statement loserLetter;
    private final Statement logLost;
    private final Statement delete;
    private final Statement standing;
    private final Statement update;
    private final Statement insert;
    private final Statement upsert;
    private final Statement supersede;
    private final Statement empty;
    private final Statement letter;
    private final ApplySql ofAll;

    private ApplySql(
            Engine engine, boolean preferredFirst, boolean softDeletes, Map<String, String> parts) {
        String name = template(engine);
        boolean sources = engine == Engine.PER_SOURCE;
        String there = sources ? "NOT s.\"~absent\"" : "s.\"~operation\" <> 'D'";
        parts.put("stays", softDeletes ? "true" : there);
        boolean state = engine != Engine.DIRECT;
        boolean owned = engine == Engine.OWNED;
        createStage.add(Statement.of(name + "-stage", parts));
        if (sources) {
            createStage.add(Statement.of("sources-touched", parts));
        }
        if (state) {
            createStage.add(Statement.of(name + "-won", parts));
        }
        dropStage.add(Statement.of(name + "-unstage", parts));
        this.copy = Statement.of(name + "-copy", parts);
        this.binaryCopy = sources ? null : Statement.of(name + "-copy-binary", parts);
        this.rowsCopy = sources ? null : Statement.of("rows-copy", parts);
        this.keysCopy = sources ? null : Statement.of(name + "-keys", parts);
        this.remove = engine == Engine.ROW ? Statement.of("row-remove", parts) : null;
        this.winners = engine == Engine.ROW ? Statement.of("row-winners", parts) : null;
        this.anyLate = engine == Engine.ROW ? Statement.of("row-any-late", parts) : null;
        this.lock = sources ? Statement.of("sources-lock", parts) : null;
        this.gateKnown =
                engine == Engine.ROW
                        ? Statement.of(
                                "row-gate-known" + (preferredFirst ? "-by-source" : ""), parts)
                        : null;
        this.stateCopy = engine == Engine.ROW ? Statement.of("row-copy-state", parts) : null;
        this.ownersCopy = owned ? Statement.of("owned-copy-owners", parts) : null;
        this.release = owned && !softDeletes ? Statement.of("owned-release", parts) : null;
        this.gate =
                state
                        ? Statement.of(
                                (owned ? "owned" : name)
                                        + (preferredFirst ? "-gate-by-source" : "-gate"),
                                parts)
                        : null;
        this.revive = engine == Engine.ROW ? Statement.of("row-revive", parts) : null;
        this.late = state && !owned ? Statement.of("row-late", parts) : null;
        this.regressed = state && !owned ? Statement.of("state-regressed", parts) : null;
        this.first = sources ? Statement.of("sources-first", parts) : null;
        this.merge = sources ? Statement.of("sources-merge", parts) : null;
        this.head = sources ? Statement.of("sources-head", parts) : null;
        this.applied = state && !owned ? Statement.of("row-applied", parts) : null;
        this.lost = state ? Statement.of("row-lost", parts) : null;
        this.logApplied = state && !owned ? Statement.of("row-log-applied", parts) : null;
        this.loserLetter =
                state ? Statement.of(owned ? "owned-letter" : "conflict-letter", parts) : null;
        this.logLost = state ? Statement.of("row-log-lost", parts) : null;
        this.delete = softDeletes ? null : Statement.of(name + "-delete", parts);
        boolean updates = !sources && !parts.get("on_conflict").equals("DO NOTHING");
        this.standing =
                updates && state && !softDeletes ? Statement.of("row-standing", parts) : null;
        this.update = updates ? Statement.of(name + "-update", parts) : null;
        this.insert = updates ? Statement.of(name + "-insert", parts) : null;
        this.upsert = Statement.of(name + "-upsert", parts);
        this.supersede =
                Statement.of(
                        sources
                                ? "sources-supersede"
                                : owned ? "owned-supersede" : "letter-supersede",
                        parts);
        this.empty = Statement.of(name + "-empty", parts);
        this.letter = Statement.of("letter-write", parts);
        this.ofAll = engine == Engine.ROW ? ofAll(softDeletes, parts) : null;
    }

    /** What is written of a table of engine row where all that is staged stands is as direct. */
    private static ApplySql ofAll(boolean softDeletes, Map<String, String> parts) {
        Map<String, String> all = new HashMap<>(parts);
        all.put("changed", parts.get("stage"));
        return new ApplySql(Engine.DIRECT, false, softDeletes, all);
    }

    private static String template(Engine engine) {
        switch (engine) {
            case DIRECT:
                return "direct";
            case OWNED:
            case ROW:
                return "row";
            case PER_SOURCE:
                return "sources";
        }
        throw new IllegalArgumentException(engine.name());
    }

    /**
     * Engine <i>direct</i>: the last change of a key stands.
     *
     * @param softDeletes whether deleted rows stay, with a column that says so
     * @param keepsWhatIsThere whether the first does instead
     * @param binary whether the rows that are copied straight into the table are in COPY's binary
     *     form
     */
    public static ApplySql direct(
            String target,
            String stage,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            boolean softDeletes,
            Collection<String> caseless,
            boolean keepsWhatIsThere,
            boolean binary) {
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        putFormat(parts, binary);
        parts.put("changed", stage);
        if (keepsWhatIsThere) {
            parts.put("on_conflict", "DO NOTHING");
        }
        return new ApplySql(Engine.DIRECT, false, softDeletes, parts);
    }

    /**
     * Engine <i>owned</i>: as <i>direct</i>, but a key is whose it was, or of the first source that
     * brings it, until that deletes it.
     *
     * @param softDeletes whether deleted rows stay, with a column that says so; they stay their
     *     owner's
     * @param binary whether the rows that are copied straight into the table are in COPY's binary
     *     form
     */
    public static ApplySql owned(
            String target,
            String owners,
            String stage,
            String won,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            boolean softDeletes,
            Collection<String> caseless,
            ConflictLog log,
            boolean binary) {
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        putFormat(parts, binary);
        parts.put("changed", won);
        putState(parts, owners, won, columns, key, log);
        parts.put("owners", owners);
        parts.put("m_deleted", "false");
        parts.put("m_time", "NULL::bigint");
        parts.put("m_version", "''");
        return new ApplySql(Engine.OWNED, false, softDeletes, parts);
    }

    /**
     * Engine <i>row</i>: the greatest version of a key stands, whichever comes first.
     *
     * @param preferredFirst whether the source counts before the time
     * @param softDeletes whether deleted rows stay, with a column that says so
     * @param binary whether the rows that are copied straight into the table are in COPY's binary
     *     form
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
            ConflictLog log,
            boolean binary) {
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        putFormat(parts, binary);
        parts.put("changed", won);
        putState(parts, state, won, columns, key, log);
        return new ApplySql(Engine.ROW, preferredFirst, softDeletes, parts);
    }

    /**
     * Engine <i>per-source</i>: the row is made of what each source has written.
     *
     * @param name of the table, as seamerge's tables have it
     * @param types each column that is written, with its type as PostgreSQL prints it
     * @param marksWithTime whether the column that marks deleted rows is a timestamp
     */
    public static ApplySql perSource(
            String target,
            String name,
            String state,
            String sources,
            String stage,
            String touched,
            String won,
            Map<String, String> types,
            List<String> key,
            boolean overridesIdentity,
            Collection<String> caseless,
            boolean marksWithTime,
            TableRules rules) {
        List<String> columns = new ArrayList<>(types.keySet());
        Map<String, String> parts = parts(target, stage, columns, key, overridesIdentity, caseless);
        putState(parts, state, won, columns, key, rules.conflictLog());
        List<String> others = new ArrayList<>(columns);
        others.removeAll(key);
        List<String> bases = baseColumns(rules);
        SourcesQuery query = new SourcesQuery(rules, name, types, key, marksWithTime);
        parts.put("sources", sources);
        parts.put("kept", sources);
        parts.put("touched", touched);
        parts.put("e_key", Identifiers.list("e", key));
        parts.put("e_key_is_s_key", Identifiers.equal("e", "s", key));
        parts.put("base_definitions", baseDefinitions(bases));
        parts.put("base_names", bases.isEmpty() ? "" : ", " + Identifiers.list("", bases));
        parts.put("s_base_names", bases.isEmpty() ? "" : ", " + Identifiers.list("s", bases));
        StringBuilder setBases = new StringBuilder();
        for (String base : bases) {
            String quoted = Identifiers.quote(base);
            setBases.append(",\n        ").append(quoted).append(" = s.").append(quoted);
        }
        parts.put("set_bases", setBases.toString());
        parts.put(
                "set_columns",
                others.isEmpty() ? "" : Identifiers.setExcluded(others) + ",\n        ");
        parts.put(
                "kept_merged_time",
                rules.versionColumn().isEmpty()
                        ? "CASE WHEN EXCLUDED.\"~snapshot\" THEN e.\"~merged_time\" ELSE EXCLUDED.\"~merged_time\" END"
                        : "EXCLUDED.\"~merged_time\"");
        parts.put("always", rules.columnResolvers().isEmpty() && !marksWithTime ? "false" : "true");
        parts.put(
                "query",
                query.over(
                        "(SELECT DISTINCT "
                                + Identifiers.list("", key)
                                + " FROM "
                                + touched
                                + ") AS w JOIN "
                                + sources
                                + " AS e ON "
                                + Identifiers.equal("w", "e", key)));
        return new ApplySql(Engine.PER_SOURCE, false, !rules.softDeleteColumn().isEmpty(), parts);
    }

    private static void putFormat(Map<String, String> parts, boolean binary) {
        parts.put("format", binary ? " (FORMAT binary)" : "");
    }

    /** The columns that hold columns' values before all changes. */
    public static List<String> baseColumns(TableRules rules) {
        List<String> names = new ArrayList<>();
        for (String column : SourcesQuery.withBase(rules)) {
            names.add(Identifiers.baseColumn(column));
        }
        return names;
    }

    static String baseDefinitions(List<String> bases) {
        StringBuilder definitions = new StringBuilder();
        for (String base : bases) {
            definitions.append(",\n       0::numeric AS ").append(Identifiers.quote(base));
        }
        return definitions.toString();
    }

    private static void putState(
            Map<String, String> parts,
            String state,
            String won,
            List<String> columns,
            List<String> key,
            ConflictLog log) {
        String staged = Identifiers.image("s", columns);
        String stored = Identifiers.image("t", columns);
        boolean winners = log == ConflictLog.ALL;
        parts.put("s_image", staged);
        parts.put("t_image", stored);
        parts.put("staged_image_of_winner", winners ? staged : "NULL::jsonb");
        parts.put("stored_image_of_winner", winners ? stored : "NULL::jsonb");
        parts.put("m_deleted", "m.\"~deleted\"");
        parts.put("m_time", "m.\"~merged_time\"");
        parts.put("m_version", "concat_ws(':', m.\"~incarnation\", m.\"~time\", m.\"~row\")");
        parts.put("state", state);
        parts.put("kept", state);
        parts.put("won", won);
        parts.put("m_key", Identifiers.list("m", key));
        parts.put("w_key_is_s_key", Identifiers.equal("w", "s", key));
        parts.put("m_key_is_s_key", Identifiers.equal("m", "s", key));
        parts.put("type", CONFLICT_TYPE);
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
        parts.put("set_staged", Identifiers.setFrom("s", others));
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

    /** The same in COPY's binary form; null for engine per-source, as the next two. */
    public Statement binaryCopy() {
        return binaryCopy;
    }

    /** Fills the target itself. */
    public Statement rowsCopy() {
        return rowsCopy;
    }

    /** Fills the first staging table with keys and versions alone. */
    public Statement keysCopy() {
        return keysCopy;
    }

    /** Engine row: takes out what may be there of what {@link #rowsCopy()} then brings. */
    public Statement remove() {
        return remove;
    }

    /** Engine row: the numbers of the staged changes that were let in. */
    public Statement winners() {
        return winners;
    }

    /** Engine row: whether {@link #late()} would find anything. */
    public Statement anyLate() {
        return anyLate;
    }

    /** Engine per-source: locks the keys of what is new. */
    public Statement lock() {
        return lock;
    }

    /** Engine per-source: lets in how a source began, where that comes after what it did later. */
    public Statement first() {
        return first;
    }

    /** Engine per-source: makes the rows of the keys that were touched. */
    public Statement merge() {
        return merge;
    }

    /** Engine per-source: notes which source gives the row. */
    public Statement head() {
        return head;
    }

    /**
     * Engine row: lets what is new into the state, as far as that has the keys already. It returns
     * how much that was, and whether the staging tables tell: otherwise all that is staged was let
     * in and displaced nothing of another source, and {@link #ofAll()} writes it.
     */
    public Statement gateKnown() {
        return gateKnown;
    }

    /** Engine row: what writes rows, and marks letters, where all that is staged stands. */
    public ApplySql ofAll() {
        return ofAll;
    }

    /** Engine row: fills the state of keys that nobody has. */
    public Statement stateCopy() {
        return stateCopy;
    }

    /** Engine owned: fills the table that says whose each key is. */
    public Statement ownersCopy() {
        return ownersCopy;
    }

    /** Engine owned: frees the keys whose rows their owners delete; null where these stay. */
    public Statement release() {
        return release;
    }

    /** Lets what is new into the state; engine row: locks the keys with it. */
    public Statement gate() {
        return gate;
    }

    /** Takes out what comes too late to be compared, before {@link #gate()}. */
    public Statement late() {
        return late;
    }

    /** Engine row: lets in what a snapshot of the winning source has found. */
    public Statement revive() {
        return revive;
    }

    /** Finds a staged change that is older than what its own source has written there. */
    public Statement regressed() {
        return regressed;
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

    /** Writes what was not let in as dead letters, where the rules want that. */
    public Statement loserLetter() {
        return loserLetter;
    }

    /** Null where deleted rows stay. */
    public Statement delete() {
        return delete;
    }

    /** Engine row: how many rows are to be there; null where that is all that were let in. */
    public Statement standing() {
        return standing;
    }

    /**
     * Brings the rows up to date that are there; null where nothing but a key is written, where
     * what is there stays, and for engine per-source.
     */
    public Statement update() {
        return update;
    }

    /** Adds those that {@link #update()} has not found; null as that. */
    public Statement insert() {
        return insert;
    }

    /** Does what {@link #update()} and {@link #insert()} do, in one. */
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
                    binaryCopy,
                    keysCopy,
                    anyLate,
                    late,
                    lock,
                    release,
                    gateKnown,
                    gate,
                    revive,
                    regressed,
                    first,
                    merge,
                    head,
                    applied,
                    lost,
                    logApplied,
                    delete,
                    standing,
                    update,
                    insert,
                    upsert,
                    loserLetter,
                    logLost,
                    winners,
                    remove,
                    ownersCopy,
                    stateCopy,
                    rowsCopy,
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
