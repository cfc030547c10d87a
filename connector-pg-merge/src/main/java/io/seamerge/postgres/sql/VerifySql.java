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

import io.seamerge.postgres.config.DeletePolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The statements that compare one table with its sources: of what is staged, the keys are noted in
 * <i>seen</i>, and rows that are not as they should be in <i>suspect</i>, both temporary tables.
 * Immutable.
 */
public final class VerifySql {

    public static final Statement BEGIN = Statement.of("verify-begin");
    public static final Statement END = Statement.of("verify-end");

    /** What tells rows that are older than the run from those that are younger. */
    public static final Statement HORIZON = Statement.of("verify-horizon");

    /** How far the pipeline has come with each instance. */
    public static final Statement APPLIED = Statement.of("verify-applied");

    public static final Statement READ_SUMMARY = Statement.of("verify-read-summary");

    private static final String WRONG_DIRECT =
            "CASE\n"
                    + "    WHEN s.\"~operation\" = 'W' THEN true\n"
                    + "    WHEN s.\"~operation\" IN ('D', 'X') THEN %3$s\n"
                    + "    ELSE t.ctid IS NULL OR %1$s IS DISTINCT FROM %2$s\n"
                    + "END";

    private static final String WRONG_SOURCES =
            "CASE\n"
                    + "    WHEN s.\"~operation\" = 'W' THEN true\n"
                    + "    WHEN s.\"~operation\" IN ('D', 'X') THEN %3$s\n"
                    + "    ELSE t.ctid IS NULL OR t.\"~deleted\" OR %1$s IS DISTINCT FROM %2$s\n"
                    + "END";

    private static final String WRONG_ROW =
            "CASE\n"
                    + "    WHEN s.\"~operation\" = 'X' THEN %3$s\n"
                    + "    WHEN m.\"~source\" IS NULL THEN s.\"~operation\" <> 'D'\n"
                    + "    WHEN m.\"~source\" <> s.\"~source\" THEN false\n"
                    + "    WHEN s.\"~operation\" = 'W' THEN NOT m.\"~deleted\"\n"
                    + "    WHEN m.\"~deleted\" THEN s.\"~operation\" <> 'D' OR %3$s\n"
                    + "    WHEN s.\"~operation\" = 'D' THEN %3$s\n"
                    + "    ELSE t.ctid IS NULL OR %1$s IS DISTINCT FROM %2$s\n"
                    + "END";

    /** A row that is not there any more leaves no trace but in its state. */
    private static final String MOVING =
            "coalesce(s.\"~looked\" > e.end_time, false) OR t.xmin::text IS DISTINCT FROM s.\"~xmin\"";

    private final List<Statement> create;
    private final List<Statement> look;
    private final Statement unreadable;
    private final Statement analyze;
    private final Statement extra;
    private final Statement settled;
    private final Statement lookAgain;
    private final Statement count;
    private final Statement classify;
    private final Statement merged;
    private final Statement mergedForget;
    private final Statement summary;
    private final Statement report;
    private final Statement turn;
    private final List<Statement> repair;
    private final Statement turned;
    private final Statement repaired;

    private VerifySql(
            Map<String, String> parts, Statement extra, List<Statement> repair, boolean sources) {
        this.create =
                all(
                        parts,
                        "verify-seen",
                        "verify-seen-key",
                        "verify-suspect",
                        "verify-suspect-key");
        this.look = all(parts, "verify-note", "verify-forget", "verify-look");
        this.unreadable = Statement.of("verify-unreadable", parts);
        this.analyze = Statement.of("verify-analyze", parts);
        this.extra = extra;
        this.settled = Statement.of("verify-settled", parts);
        this.lookAgain = Statement.of("verify-look-again", parts);
        this.count = Statement.of("verify-count", parts);
        this.classify = Statement.of("verify-classify", parts);
        this.summary = Statement.of("verify-summary", parts);
        this.report = Statement.of("verify-report", parts);
        this.turn = Statement.of("verify-turn", parts);
        this.repair = repair;
        this.turned = Statement.of("verify-turned", parts);
        this.repaired = Statement.of("verify-repaired", parts);
        this.merged = sources ? Statement.of("verify-merged", parts) : null;
        this.mergedForget = sources ? Statement.of("verify-merged-forget", parts) : null;
    }

    private static List<Statement> repair(boolean row, boolean soft, Map<String, String> parts) {
        List<String> steps = new ArrayList<>();
        if (row) {
            steps.addAll(
                    Arrays.asList("verify-lock-row", "verify-state-row", "verify-present-row"));
        }
        if (!parts.get("set_from_s").isEmpty()) {
            steps.add("verify-update");
        }
        steps.addAll(Arrays.asList("verify-insert", soft ? "verify-mark" : "verify-delete"));
        return all(parts, steps.toArray(new String[0]));
    }

    /**
     * For engine <i>per-source</i>: each source's state against the source, and the table against
     * what these states make of it.
     *
     * @param merging the statements that make rows of states
     * @param sources each source's state
     * @param view what stands by them
     * @param number tells its temporary tables from those of other tables
     */
    public static VerifySql perSource(
            ForgetSql merging,
            String target,
            String state,
            String sources,
            String view,
            String stage,
            String touched,
            int number,
            List<String> columns,
            List<String> key,
            Collection<String> caseless,
            DeletePolicy delete) {
        String there =
                delete == DeletePolicy.IGNORE
                        ? "false"
                        : "t.ctid IS NOT NULL AND NOT t.\"~deleted\"";
        Map<String, String> parts = parts(sources, stage, number, columns, key, caseless);
        String keyOnly = parts.get("t_key_is_s_key");
        String staged = parts.get("s_image");
        String stored = parts.get("t_image");
        String lacks = "(t.ctid IS NULL OR t.\"~deleted\")";
        parts.put("there", there);
        parts.put("t_only_key_is_s_key", keyOnly);
        parts.put("t_key_is_s_key", keyOnly + " AND t.\"~source\" = s.\"~source\"");
        parts.put("e_key_is_s_key", Identifiers.equal("e", "s", key));
        parts.put("v_key_is_t_key", Identifiers.equal("v", "t", key));
        parts.put("v_image", Identifiers.image("v", columns));
        List<String> shown = new ArrayList<>();
        for (String column : columns) {
            String quoted = Identifiers.quote(column);
            shown.add(
                    key.contains(column)
                            ? "coalesce(v." + quoted + ", t." + quoted + ")"
                            : "v." + quoted);
        }
        parts.put("view_columns", String.join(", ", shown));
        parts.put("s_source", "s.\"~source\"");
        parts.put("lacks", lacks);
        parts.put(
                "found",
                "CASE\n               WHEN s.\"~operation\" IN ('M', 'N')\n               THEN (SELECT "
                        + stored
                        + " FROM "
                        + target
                        + " AS t WHERE "
                        + keyOnly
                        + ")\n               WHEN NOT "
                        + lacks
                        + " THEN "
                        + stored
                        + "\n           END");
        parts.put("wrong", String.format(WRONG_SOURCES, staged, stored, there));
        parts.put("state", state);
        parts.put("state_join", "");
        parts.put("moving", MOVING);
        parts.put("stateless", "false");
        parts.put("state_inner_join", "");
        parts.put("winner_is_s", "");
        parts.put("table", target);
        parts.put("view", view);
        parts.put("touched", touched);
        String set = parts.get("set_from_s");
        parts.put("set_from_s_and", set.isEmpty() ? "" : set + ", ");
        List<Statement> repair =
                all(
                        parts,
                        "verify-sources-lock",
                        "verify-sources-update",
                        "verify-sources-insert",
                        "verify-sources-delete",
                        "verify-sources-touch");
        repair.addAll(merging.merging());
        repair.addAll(all(parts, "verify-sources-orphan", "verify-sources-unlock"));
        return new VerifySql(parts, Statement.of("verify-extra-sources", parts), repair, true);
    }

    private static List<Statement> all(Map<String, String> parts, String... names) {
        List<Statement> statements = new ArrayList<>();
        for (String name : names) {
            statements.add(Statement.of(name, parts));
        }
        return statements;
    }

    /**
     * For engine <i>direct</i>, or <i>row</i> if there is a state.
     *
     * @param state null for engine direct
     * @param marker the column that marks deleted rows where they stay; else empty
     * @param timed whether it holds the time of the deletion
     * @param number tells its temporary tables from those of other tables
     */
    public static VerifySql of(
            String target,
            String state,
            String stage,
            int number,
            List<String> columns,
            List<String> key,
            boolean overridesIdentity,
            Collection<String> caseless,
            String marker,
            boolean timed,
            DeletePolicy delete) {
        boolean row = state != null;
        String stateOn = row ? state + " AS m ON " + Identifiers.equal("m", "s", key) + "\n" : "";
        String staged = Identifiers.image("s", columns);
        String stored = Identifiers.image("t", columns);
        String mark = "t." + Identifiers.quote(marker);
        String there;
        switch (delete) {
            case SOFT:
                there = "t.ctid IS NOT NULL AND " + (timed ? mark + " IS NULL" : "NOT " + mark);
                break;
            case IGNORE:
                there = "false";
                break;
            default:
                there = "t.ctid IS NOT NULL";
                break;
        }
        Map<String, String> parts = parts(target, stage, number, columns, key, caseless);
        parts.put("there", there);
        parts.put("marker", Identifiers.quote(marker));
        parts.put("gone", timed ? "now()" : "true");
        parts.put("s_source", row ? "s.\"~source\"" : "0");
        parts.put("overriding", overridesIdentity ? "\nOVERRIDING SYSTEM VALUE" : "");
        parts.put("wrong", String.format(row ? WRONG_ROW : WRONG_DIRECT, staged, stored, there));
        parts.put("lacks", "t.ctid IS NULL");
        parts.put("found", "CASE WHEN t.ctid IS NOT NULL THEN " + stored + " END");
        parts.put("state", row ? state : "");
        parts.put(
                "moving", row ? MOVING + " OR coalesce(m.\"~time\" > e.end_time, false)" : MOVING);
        parts.put("stateless", row ? "t.ctid IS NULL AND m.\"~source\" IS NULL" : "false");
        parts.put("state_join", row ? "LEFT JOIN " + stateOn : "");
        parts.put("state_inner_join", row ? "JOIN " + stateOn : "");
        parts.put(
                "winner_is_s",
                row ? "\n  AND m.\"~source\" = s.\"~source\" AND NOT m.\"~deleted\"" : "");
        return new VerifySql(
                parts,
                Statement.of(row ? "verify-extra-row" : "verify-extra-direct", parts),
                repair(row, delete == DeletePolicy.SOFT, parts),
                false);
    }

    private static Map<String, String> parts(
            String target,
            String stage,
            int number,
            List<String> columns,
            List<String> key,
            Collection<String> caseless) {
        List<String> set = new ArrayList<>();
        for (String column : columns) {
            if (!key.contains(column)) {
                set.add(Identifiers.quote(column) + " = s." + Identifiers.quote(column));
            }
        }
        Map<String, String> parts = new HashMap<>();
        parts.put("target", target);
        parts.put("stage", stage);
        parts.put("seen", "pg_temp." + Identifiers.quote("seen_" + number));
        parts.put("suspect", "pg_temp." + Identifiers.quote("suspect_" + number));
        parts.put("columns", Identifiers.list("", columns));
        parts.put("s_columns", Identifiers.list("s", columns));
        parts.put("key", Identifiers.list("", key));
        parts.put("s_key", Identifiers.list("s", key));
        parts.put("t_key", Identifiers.list("t", key));
        parts.put("m_key", Identifiers.list("m", key));
        parts.put("t_key_is_s_key", Identifiers.equal("t", "s", key));
        parts.put("x_key_is_s_key", Identifiers.equal("x", "s", key));
        parts.put("x_key_is_t_key", Identifiers.equal("x", "t", key));
        parts.put("n_key_is_t_key", Identifiers.equal("n", "t", key));
        parts.put("m_key_is_s_key", Identifiers.equal("m", "s", key));
        parts.put("m_key_is_t_key", Identifiers.equal("m", "t", key));
        parts.put("s_key_object", Identifiers.object("s", key, caseless));
        parts.put("s_image", Identifiers.image("s", columns));
        parts.put("t_image", Identifiers.image("t", columns));
        parts.put("set_from_s", String.join(", ", set));
        return parts;
    }

    /** Creates the two tables. */
    public List<Statement> create() {
        return Collections.unmodifiableList(create);
    }

    /** Compares what is staged, of one instance. */
    public List<Statement> look() {
        return Collections.unmodifiableList(look);
    }

    /** Notes the key that is staged alone, since PostgreSQL cannot store its row. */
    public Statement unreadable() {
        return unreadable;
    }

    public Statement analyze() {
        return analyze;
    }

    /** Looks for rows that no source has. */
    public Statement extra() {
        return extra;
    }

    /** Lets go of what has become right. */
    public Statement settled() {
        return settled;
    }

    /** Judges anew what was not there when the pipeline had not come to it yet. */
    public Statement lookAgain() {
        return lookAgain;
    }

    /** How many suspects there are that may settle. */
    public Statement count() {
        return count;
    }

    /** Says of each suspect what is wrong with it. */
    public Statement classify() {
        return classify;
    }

    /** Compares the table with what the sources' states make of it; null without such states. */
    public Statement merged() {
        return merged;
    }

    /** Forgets what that has found. */
    public Statement mergedForget() {
        return mergedForget;
    }

    public Statement summary() {
        return summary;
    }

    public Statement report() {
        return report;
    }

    /** Takes some suspects to be repaired. */
    public Statement turn() {
        return turn;
    }

    /** Repairs them, in order. */
    public List<Statement> repair() {
        return Collections.unmodifiableList(repair);
    }

    /** Ends their turn. */
    public Statement turned() {
        return turned;
    }

    /** Counts what is right by now. */
    public Statement repaired() {
        return repaired;
    }

    /** In the order in which they run: for the golden files. */
    public List<Statement> all() {
        List<Statement> all = new ArrayList<>(create);
        all.addAll(look);
        all.addAll(
                Arrays.asList(
                        unreadable,
                        analyze,
                        extra,
                        settled,
                        lookAgain,
                        count,
                        classify,
                        summary,
                        report,
                        turn));
        all.addAll(repair);
        all.addAll(Arrays.asList(turned, repaired));
        if (merged != null) {
            all.addAll(Arrays.asList(merged, mergedForget));
        }
        return all;
    }
}
