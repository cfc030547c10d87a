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

import io.seamerge.postgres.config.TableRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The statements that describe and create tables of the target. */
public final class TargetSql {

    /** Each of them takes {@code :table}, quoted and qualified. */
    public static final Statement COLUMNS = Statement.planned("target-columns");

    public static final Statement UNIQUE_KEYS = Statement.planned("target-unique-keys");
    public static final Statement OTHER_CONSTRAINTS = Statement.planned("target-other-constraints");

    /** What must not change while rows are replaced by others of the same key. */
    public static final Statement SIGNATURE = Statement.of("target-signature");

    /**
     * Not planned once: only what is parsed sees a table that another session has made since the
     * transaction began.
     */
    public static final Statement KIND = Statement.of("target-kind");

    public static final Statement NAMESPACE_EXISTS = Statement.planned("namespace-exists");

    private TargetSql() {}

    public static Statement hasRows(String target) {
        return Statement.of("target-has-rows", part("target", target));
    }

    public static Statement createNamespace(String schema) {
        return Statement.of("namespace-create", part("schema", Identifiers.quote(schema)));
    }

    /**
     * Creates a table.
     *
     * @param columns each column's name, type and whether it is null, as {@code "id" bigint NOT
     *     NULL}
     * @param key columns of its primary key; none if that is to be added later
     */
    public static Statement createTable(String target, List<String> columns, List<String> key) {
        List<String> definitions = new ArrayList<>(columns);
        if (!key.isEmpty()) {
            definitions.add("PRIMARY KEY (" + Identifiers.list("", key) + ")");
        }
        Map<String, String> parts = part("target", target);
        parts.put("definitions", String.join(",\n    ", definitions));
        return Statement.of("target-create", parts);
    }

    /** Adds the primary key that a table was created without. */
    public static Statement addKey(String target, List<String> key) {
        return deferredKey("deferred-key-add", target, key);
    }

    /** Leaves the latest of the rows that have the same key. */
    public static Statement removeSameKeys(String target, List<String> key) {
        return deferredKey("deferred-key-same", target, key);
    }

    private static Statement deferredKey(String name, String target, List<String> key) {
        Map<String, String> parts = part("target", target);
        parts.put("key", Identifiers.list("", key));
        return Statement.of(name, parts);
    }

    public static Statement commentTable(String target, String comment) {
        Map<String, String> parts = part("target", target);
        parts.put("comment", Identifiers.literal(comment));
        return Statement.of("table-comment", parts);
    }

    public static Statement commentColumn(String target, String column, String comment) {
        Map<String, String> parts = part("target", target);
        parts.put("column", Identifiers.quote(column));
        parts.put("comment", Identifiers.literal(comment));
        return Statement.of("column-comment", parts);
    }

    /**
     * Creates the state of a consolidated table: its key columns with the target's own types, and
     * versions.
     */
    public static List<Statement> createState(String state, String target, List<String> key) {
        Map<String, String> parts = part("target", target);
        parts.put("state", state);
        parts.put("key", Identifiers.list("", key));
        List<Statement> statements = new ArrayList<>();
        statements.add(Statement.of("state-create", parts));
        statements.add(Statement.of("state-key", parts));
        statements.add(Statement.of("state-deleted", parts));
        statements.add(Statement.of("state-deleted-key", parts));
        return statements;
    }

    /**
     * Whether a state holds deletions up to a time that may be forgotten.
     *
     * @param sources what each source has written, with engine per-source; else null
     */
    public static Statement tombstonesExist(String state, String sources, List<String> key) {
        return tombstones("tombstone-exists", state, sources, key);
    }

    /** Forgets the oldest of them. */
    public static Statement purgeTombstones(String state, String sources, List<String> key) {
        return tombstones("tombstone-purge", state, sources, key);
    }

    private static Statement tombstones(
            String template, String state, String sources, List<String> key) {
        Map<String, String> parts = part("state", state);
        if (sources == null) {
            return Statement.of(template, parts);
        }
        parts.put("sources", sources);
        parts.put("key", Identifiers.list("", key));
        parts.put("e_key_is_m_key", Identifiers.equal("e", "m", key));
        return Statement.of("sources-" + template, parts);
    }

    /**
     * Creates the table that holds what each source of a consolidated table has written, in the
     * target's own types.
     */
    public static List<Statement> createSources(
            String sources,
            String target,
            List<String> columns,
            List<String> key,
            TableRules rules) {
        Map<String, String> parts = part("target", target);
        parts.put("sources", sources);
        parts.put("columns", Identifiers.list("", columns));
        parts.put("key", Identifiers.list("", key));
        parts.put("base_definitions", ApplySql.baseDefinitions(ApplySql.baseColumns(rules)));
        List<Statement> statements = new ArrayList<>();
        statements.add(Statement.of("sources-create", parts));
        statements.add(Statement.of("sources-key", parts));
        return statements;
    }

    /** Adds a column that it lacks. */
    public static Statement addSourcesColumn(String sources, String column, String type) {
        Map<String, String> parts = part("sources", sources);
        parts.put("column", Identifiers.quote(column));
        parts.put("type", type);
        return Statement.of("sources-add-column", parts);
    }

    /**
     * Makes the view of what stands, anew, and has PostgreSQL check that it fits the target.
     *
     * @param name of the table, as seamerge's tables have it
     * @param types each column that is written, with its type as PostgreSQL prints it
     * @param marksWithTime whether the column that marks deleted rows is a timestamp
     */
    public static List<Statement> mergedView(
            String view,
            String target,
            String name,
            String sources,
            Map<String, String> types,
            List<String> key,
            boolean marksWithTime,
            TableRules rules) {
        Map<String, String> parts = part("target", target);
        parts.put("view", view);
        parts.put(
                "query",
                new SourcesQuery(rules, name, types, key, marksWithTime).over(sources + " AS e"));
        parts.put("stays", rules.softDeleteColumn().isEmpty() ? "NOT q.\"~absent\"" : "true");
        parts.put("columns", Identifiers.list("", new ArrayList<>(types.keySet())));
        parts.put("overriding", "\nOVERRIDING SYSTEM VALUE");
        List<Statement> statements = new ArrayList<>();
        statements.add(Statement.of("sources-unview", parts));
        statements.add(Statement.of("sources-view", parts));
        statements.add(Statement.of("sources-check", parts));
        return statements;
    }

    /** Creates the table that says whose each key of a disjoint table is. */
    public static List<Statement> createOwners(String owners, String target, List<String> key) {
        Map<String, String> parts = part("target", target);
        parts.put("owners", owners);
        parts.put("key", Identifiers.list("", key));
        List<Statement> statements = new ArrayList<>();
        statements.add(Statement.of("owned-create", parts));
        statements.add(Statement.of("owned-key", parts));
        return statements;
    }

    /** Gives all that is there to {@code :source}. */
    public static Statement fillOwners(String owners, String target, List<String> key) {
        Map<String, String> parts = part("target", target);
        parts.put("owners", owners);
        parts.put("key", Identifiers.list("", key));
        return Statement.of("owned-fill", parts);
    }

    /** Forgets whose the keys were, whose rows are gone. */
    public static Statement emptyOwners(String owners) {
        return Statement.of("owned-empty-owners", part("owners", owners));
    }

    /** Gives up to know whose the keys are. */
    public static Statement dropOwners(String owners) {
        return Statement.of("owned-drop", part("owners", owners));
    }

    /** Keeps everyone from a state until the end of the transaction. */
    public static Statement lockState(String state) {
        return Statement.of("state-lock", part("state", state));
    }

    /**
     * Forgets all that was kept beside a table, letters included; takes {@code :target}, as
     * seamerge's tables name it.
     */
    public static List<Statement> dropState(
            String state, String sources, String keys, String view) {
        Map<String, String> parts = part("state", state);
        parts.put("sources", sources);
        parts.put("keys", keys);
        parts.put("view", view);
        List<Statement> statements = new ArrayList<>();
        for (String name :
                new String[] {
                    "sources-unview", "state-drop", "purged-forget", "letter-forget-former"
                }) {
            statements.add(Statement.of(name, parts));
        }
        return statements;
    }

    private static Map<String, String> part(String name, String sql) {
        Map<String, String> parts = new HashMap<>();
        parts.put(name, sql);
        return parts;
    }
}
