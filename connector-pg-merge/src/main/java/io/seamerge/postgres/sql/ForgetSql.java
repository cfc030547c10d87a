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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The statements that remove from one table what a source no longer has: all of it after a
 * TRUNCATE, or what a repeated snapshot has not found. Immutable.
 */
public final class ForgetSql {

    private final boolean byState;
    private final boolean[] stored;
    private final Map<String, String> parts;
    private final Statement mark;
    private final Statement clear;
    private final ApplySql merging;
    private final boolean owned;

    private ForgetSql(
            boolean byState, boolean[] stored, Map<String, String> parts, ApplySql merging) {
        this.merging = merging;
        this.owned = parts.containsKey("owners");
        this.byState = byState;
        this.stored = stored;
        this.parts = parts;
        this.mark = Statement.of(byState ? "row-mark" : "direct-mark", parts);
        this.clear = Statement.of("keys-clear", parts);
    }

    /**
     * Engine <i>direct</i>: whose a row is stands in its own columns.
     *
     * @param keys the table that holds the keys which a repeated snapshot has found
     * @param sourceColumns the columns that hold instance, database and table; null for each that
     *     the table does not have
     * @param marker the column that marks deleted rows; empty if they are deleted
     * @param marksWithTime whether it is a timestamp
     */
    public static ForgetSql direct(
            String target,
            String keys,
            String stage,
            List<String> key,
            Collection<String> caseless,
            List<String> sourceColumns,
            String marker,
            boolean marksWithTime) {
        Map<String, String> parts =
                parts(target, keys, stage, key, caseless, marker, marksWithTime);
        parts.put("by_state", "false");
        boolean[] stored = new boolean[sourceColumns.size()];
        String[] names = {"instance", "database", "table"};
        for (int i = 0; i < names.length; i++) {
            stored[i] = sourceColumns.get(i) != null;
            parts.put("any_" + names[i], stored[i] ? "false" : "true");
            parts.put(
                    "t_" + names[i],
                    stored[i] ? "t." + Identifiers.quote(sourceColumns.get(i)) : "NULL::text");
        }
        parts.put(
                "only_unmarked",
                "\n  AND NOT EXISTS (SELECT FROM "
                        + keys
                        + " AS k WHERE "
                        + Identifiers.equal("k", "t", key)
                        + " AND k.\"~source\" = 0)");
        return new ForgetSql(false, stored, parts, null);
    }

    /** Engine <i>row</i>: whose a row is stands in the state. */
    public static ForgetSql row(
            String target,
            String state,
            String keys,
            String stage,
            List<String> key,
            Collection<String> caseless,
            String marker,
            boolean marksWithTime) {
        Map<String, String> parts =
                parts(target, keys, stage, key, caseless, marker, marksWithTime);
        parts.put("by_state", "true");
        parts.put("state", state);
        parts.put("t_key_is_m_key", Identifiers.equal("t", "m", key));
        parts.put(
                "only_unmarked",
                "\n  AND NOT EXISTS (SELECT FROM "
                        + keys
                        + " AS k WHERE "
                        + Identifiers.equal("k", "m", key)
                        + " AND k.\"~source\" = m.\"~source\")");
        return new ForgetSql(true, new boolean[] {true, true, true}, parts, null);
    }

    /** Engine <i>owned</i>: whose a row is stands beside the table. */
    public static ForgetSql owned(
            String target,
            String owners,
            String keys,
            String stage,
            List<String> key,
            Collection<String> caseless,
            String marker,
            boolean marksWithTime) {
        Map<String, String> parts =
                parts(target, keys, stage, key, caseless, marker, marksWithTime);
        parts.put("by_state", "true");
        parts.put("owners", owners);
        parts.put("owners_name", Identifiers.literal(owners));
        parts.put("t_key_is_m_key", Identifiers.equal("t", "m", key));
        parts.put(
                "only_unmarked",
                "\n  AND NOT EXISTS (SELECT FROM "
                        + keys
                        + " AS k WHERE "
                        + Identifiers.equal("k", "m", key)
                        + " AND k.\"~source\" = m.\"~source\")");
        return new ForgetSql(true, new boolean[] {true, true, true}, parts, null);
    }

    private static Map<String, String> parts(
            String target,
            String keys,
            String stage,
            List<String> key,
            Collection<String> caseless,
            String marker,
            boolean marksWithTime) {
        Map<String, String> parts = new HashMap<>();
        parts.put("k_key_object", Identifiers.object("k", key, caseless));
        parts.put("s_key_object", Identifiers.object("s", key, caseless));
        parts.put("target", target);
        parts.put("k_key_image", Identifiers.image("k", key));
        parts.put("t_key", Identifiers.list("t", key));
        parts.put("m_key", Identifiers.list("m", key));
        parts.put("k_key_is_t_key", Identifiers.equal("k", "t", key));
        parts.put("k_key_is_m_key", Identifiers.equal("k", "m", key));
        parts.put("owners_name", "NULL::text");
        parts.put("kept", "pg_temp." + Identifiers.quote("forgotten"));
        parts.put("keys", keys);
        parts.put("stage", stage);
        parts.put("key", Identifiers.list("", key));
        parts.put("s_key", Identifiers.list("s", key));
        if (!marker.isEmpty()) {
            String column = Identifiers.quote(marker);
            parts.put("marker", column);
            parts.put("marked", marksWithTime ? "now()" : "true");
            parts.put(
                    "is_unmarked_row",
                    marksWithTime ? "t." + column + " IS NULL" : "NOT t." + column);
        }
        return parts;
    }

    /**
     * Engine <i>per-source</i>: the entries of the source go, and the rows are made anew of what
     * the others have. The staging tables of {@code merging} must be there, and empty.
     *
     * @param merging the statements that make rows of entries
     * @param kept holds what is touched while parts of it are tried one by one
     * @param columns all that are written
     * @param keepsTime whether the column by which rows are compared is a number, of which a
     *     deletion has none of its own
     */
    public static ForgetSql perSource(
            ApplySql merging,
            String target,
            String state,
            String sources,
            String keys,
            String stage,
            String touched,
            String kept,
            String won,
            List<String> columns,
            List<String> key,
            Collection<String> caseless,
            String marker,
            boolean marksWithTime,
            boolean keepsTime) {
        Map<String, String> parts =
                parts(target, keys, stage, key, caseless, marker, marksWithTime);
        parts.put("by_state", "true");
        parts.put("state", state);
        parts.put("sources", sources);
        parts.put("touched", touched);
        parts.put("won", won);
        parts.put("kept", kept);
        parts.put("e_key", Identifiers.list("e", key));
        parts.put("e_key_is_s_key", Identifiers.equal("e", "s", key));
        parts.put("e_image", Identifiers.image("e", columns));
        parts.put("keeps_time", keepsTime ? "true" : "false");
        parts.put(
                "set_marker",
                marker.isEmpty()
                        ? ""
                        : ",\n        "
                                + Identifiers.quote(marker)
                                + " = "
                                + (marksWithTime ? "now()" : "true"));
        parts.put(
                "only_unmarked",
                "\n  AND NOT EXISTS (SELECT FROM "
                        + keys
                        + " AS k WHERE "
                        + Identifiers.equal("k", "e", key)
                        + " AND k.\"~source\" = e.\"~source\")");
        return new ForgetSql(true, new boolean[] {true, true, true}, parts, merging);
    }

    /** Whether the table says of each row which instance, database and table it is from. */
    public boolean stores(int sourceColumn) {
        return stored[sourceColumn];
    }

    /** Whether the state says whose a row is. */
    public boolean byState() {
        return byState;
    }

    /** Creates the table of the keys that a repeated snapshot finds. */
    public List<Statement> createKeys() {
        return Arrays.asList(Statement.of("keys-create", parts), Statement.of("keys-key", parts));
    }

    /** Adds the keys of what is staged to it. */
    public Statement mark() {
        return mark;
    }

    /** Engine per-source: how many entries its sources have. */
    public Statement countEntries() {
        return Statement.of("sources-count", parts);
    }

    /** Engine per-source: touches some of the keys: {@code :slice} of {@code :slices}. */
    public Statement touchSlice() {
        return Statement.of("sources-touch-slice", parts);
    }

    /** Engine per-source: copies what is touched, numbered by key from 1. */
    public Statement keepTouched() {
        return Statement.of("sources-keep-touched", parts);
    }

    /** The greatest of these numbers. */
    public Statement countTouched() {
        return Statement.of("sources-count-touched", parts);
    }

    /** Touches those from {@code :first} to {@code :last}. */
    public Statement touchAgain() {
        return Statement.of("sources-touch-again", parts);
    }

    /** Drops the copy. */
    public Statement dropTouched() {
        return Statement.of("sources-drop-touched", parts);
    }

    /** Shows a key that is touched. */
    public Statement firstTouched() {
        return Statement.of("sources-first-touched", parts);
    }

    /** Writes the letter of the one key that is touched, in place of what it had. */
    public List<Statement> letter() {
        return Arrays.asList(
                Statement.of("sources-letter-void", parts), Statement.of("sources-letter", parts));
    }

    /** Makes letters void of which something stands now; after {@link #merging}. */
    public Statement supersede() {
        return Statement.of("sources-forget-supersede", parts);
    }

    /** Makes the rows of the keys that are touched. */
    public List<Statement> merging() {
        List<Statement> statements = new ArrayList<>();
        statements.add(merging.merge());
        statements.add(merging.head());
        if (merging.delete() != null) {
            statements.add(merging.delete());
        }
        statements.add(merging.upsert());
        return statements;
    }

    /** Makes letters of the source void whose keys the snapshot has not found. */
    public Statement forgetLetters() {
        return Statement.of("letter-forget-unmarked", parts);
    }

    /**
     * Numbers from 1 what {@link #forget} would remove from the table, where some of it cannot be;
     * not for engine per-source. To be followed by {@link #forgetKept}, {@link #letterOfKept} for
     * those that are refused, {@link #forgetBeside} and {@link #dropTouched}.
     *
     * @param unmarkedOnly as there
     */
    public List<Statement> keep(boolean unmarkedOnly) {
        Map<String, String> all = new HashMap<>(parts);
        all.put("unmarked", unmarkedOnly ? parts.get("only_unmarked") : "");
        String engine = owned ? "owned" : byState ? "row" : "direct";
        return Arrays.asList(
                Statement.of("forget-keep", all), Statement.of("forget-keep-" + engine, all));
    }

    /** Removes those rows from {@code :first} to {@code :last}. */
    public Statement forgetKept() {
        boolean soft = parts.containsKey("marker");
        return Statement.of(soft ? "forget-kept-soft" : "forget-kept", parts);
    }

    /** Writes a letter of the deletion of row {@code :number}. */
    public Statement letterOfKept() {
        return Statement.of("forget-letter", parts);
    }

    /** Shows the key of row {@code :number}. */
    public Statement showKept() {
        return Statement.of("forget-show", parts);
    }

    /**
     * What stands beside the table about those rows, but for {@code :refused}.
     *
     * @param unmarkedOnly as there
     */
    public List<Statement> forgetBeside(boolean unmarkedOnly) {
        Map<String, String> all = new HashMap<>(parts);
        all.put("unmarked", unmarkedOnly ? parts.get("only_unmarked") : "");
        if (owned && !parts.containsKey("marker")) {
            return Collections.singletonList(Statement.of("forget-kept-owners", all));
        }
        return byState && !owned
                ? Collections.singletonList(Statement.of("row-forget", all))
                : Collections.<Statement>emptyList();
    }

    /** Empties it. */
    public Statement clear() {
        return clear;
    }

    /**
     * Removes what a source has. Engine per-source: from its entries, and touches their keys, whose
     * rows are to be made anew.
     *
     * @param unmarkedOnly whether rows whose keys were marked stay
     */
    public List<Statement> forget(boolean unmarkedOnly) {
        Map<String, String> all = new HashMap<>(parts);
        all.put("unmarked", unmarkedOnly ? parts.get("only_unmarked") : "");
        if (merging != null) {
            List<Statement> statements = new ArrayList<>();
            statements.add(Statement.of("sources-forget-lock", all));
            statements.add(
                    Statement.of(
                            unmarkedOnly ? "sources-forget-unmarked" : "sources-forget-all", all));
            return statements;
        }
        boolean soft = parts.containsKey("marker");
        if (owned && soft) {
            return Collections.singletonList(Statement.of("owned-forget-rows-soft", all));
        }
        if (owned) {
            return Arrays.asList(
                    Statement.of("owned-forget-rows", all), Statement.of("owned-forget", all));
        }
        if (!byState) {
            return Collections.singletonList(
                    Statement.of(soft ? "direct-forget-soft" : "direct-forget", all));
        }
        return Arrays.asList(
                Statement.of("row-forget", all),
                Statement.of(soft ? "row-forget-rows-soft" : "row-forget-rows", all));
    }
}
