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

import io.seamerge.postgres.config.ColumnResolver;
import io.seamerge.postgres.config.Precedence;
import io.seamerge.postgres.config.TableRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The query that makes the rows of a table of what each source has written, under the rules of the
 * table: a pure function of the sources' entries. Immutable.
 */
final class SourcesQuery {

    /** When the last source deleted the row, if it is deleted. */
    private static final String GONE_AT = "CASE WHEN e.\"~absent\" THEN e.\"~gone_at\" END";

    private final TableRules rules;
    private final String name;
    private final Map<String, String> types;
    private final List<String> key;
    private final boolean marksWithTime;

    /**
     * @param name of the table, as seamerge's tables have it
     * @param types each column that is written, with its type as PostgreSQL prints it
     * @param marksWithTime whether the column that marks deleted rows is a timestamp
     */
    SourcesQuery(
            TableRules rules,
            String name,
            Map<String, String> types,
            List<String> key,
            boolean marksWithTime) {
        this.marksWithTime = marksWithTime;
        this.rules = rules;
        this.name = name;
        this.types = types;
        this.key = key;
    }

    /** Columns whose value before all changes is kept. */
    static List<String> withBase(TableRules rules) {
        List<String> columns = new ArrayList<>();
        for (Map.Entry<String, ColumnResolver> entry : rules.columnResolvers().entrySet()) {
            if (entry.getValue().hasBase()) {
                columns.add(entry.getKey());
            }
        }
        return columns;
    }

    /**
     * The query's text.
     *
     * @param entries what the entries are read from, with the alias e
     */
    String over(String entries) {
        List<String> resolved = new ArrayList<>();
        List<String> expressed = new ArrayList<>();
        List<String> merged = new ArrayList<>();
        for (String column : types.keySet()) {
            String quoted = Identifiers.quote(column);
            ColumnResolver resolver = rules.columnResolvers().get(column);
            if (column.equals(rules.softDeleteColumn())) {
                merged.add((marksWithTime ? GONE_AT : "e.\"~absent\"") + " AS " + quoted);
            } else if (resolver == null) {
                merged.add("e." + quoted);
            } else if (resolver.kind() == ColumnResolver.Kind.EXPRESSION) {
                expressed.add("(" + resolver.expression() + ") AS " + quoted);
                merged.add(there("p", quoted));
            } else {
                resolved.add(aggregate(column, resolver) + " AS " + quoted);
                merged.add(there("v", quoted));
            }
        }
        List<String> columns = new ArrayList<>(types.keySet());
        Map<String, String> parts = new HashMap<>();
        parts.put("entries", entries);
        parts.put("preference", array(rules.sources()));
        parts.put("target_name", Identifiers.literal(name));
        parts.put("key", Identifiers.list("", key));
        parts.put("e_key", Identifiers.list("e", key));
        parts.put("e_columns", Identifiers.list("e", columns));
        parts.put("order", order());
        parts.put("absent", absent());
        parts.put(
                "gone",
                marksWithTime
                        ? ",\n           max(e."
                                + Identifiers.quote(rules.softDeleteColumn())
                                + ") FILTER (WHERE e.\"~deleted\") OVER (PARTITION BY "
                                + Identifiers.list("e", key)
                                + ") AS \"~gone_at\""
                        : "");
        parts.put("merged_columns", String.join(", ", merged));
        parts.put("resolved_columns", String.join(",\n           ", resolved));
        parts.put("expressed_columns", String.join(",\n           ", expressed));
        String resolvedPart =
                (resolved.isEmpty() ? "" : text("sources-resolved", parts))
                        + (expressed.isEmpty() ? "" : text("sources-expressed", parts));
        String join =
                (resolved.isEmpty()
                                ? ""
                                : "\nLEFT JOIN resolved AS v ON "
                                        + Identifiers.equal("v", "e", key))
                        + (expressed.isEmpty()
                                ? ""
                                : "\nLEFT JOIN expressed AS p ON "
                                        + Identifiers.equal("p", "e", key));
        parts.put("resolved", resolvedPart);
        parts.put("join_resolved", join);
        return text("sources-query", parts);
    }

    /** What is made of several sources' values; a deleted row that stays keeps what it had. */
    private String there(String from, String column) {
        return rules.softDeleteColumn().isEmpty()
                ? from + "." + column
                : "CASE WHEN e.\"~absent\" THEN e."
                        + column
                        + " ELSE "
                        + from
                        + "."
                        + column
                        + " END AS "
                        + column;
    }

    private static String text(String template, Map<String, String> parts) {
        String text = Statement.of(template, parts).toString();
        return text.substring(0, text.length() - 1);
    }

    /** The first of the sources in this order gives the row. */
    private String order() {
        boolean deletedLast =
                rules.resolver().deletedLast() || rules.precedence() == Precedence.UPDATE_WINS;
        String order = deletedLast ? "e.\"~deleted\", " : "";
        switch (rules.resolver()) {
            case LAST_WRITE_WINS:
                return order + "e.\"~merged_time\" DESC, e.\"~rank\"";
            case FIRST_WRITE_WINS:
                return order + "e.\"~first_time\", e.\"~rank\"";
            case SOURCE_PRIORITY:
            case SOURCE_PRIORITY_FALLBACK:
                return order + "e.\"~rank\"";
            case OVERWRITE:
            case IGNORE:
                break;
        }
        throw new IllegalArgumentException(rules.resolver() + " has no order");
    }

    private String absent() {
        switch (rules.precedence()) {
            case VERSION:
            case UPDATE_WINS:
                return "e.\"~deleted\"";
            case DELETE_WINS:
                return "bool_or(e.\"~deleted\") OVER (PARTITION BY "
                        + Identifiers.list("e", key)
                        + ")";
        }
        throw new IllegalArgumentException(rules.precedence().name());
    }

    private String aggregate(String column, ColumnResolver resolver) {
        String value = "e." + Identifiers.quote(column);
        String there = "NOT e.\"~deleted\" AND " + value + " IS NOT NULL";
        switch (resolver.kind()) {
            case OWNER:
                String owners = array(resolver.owners());
                return first(
                        column,
                        "array_position(" + owners + ", e.\"~instance\"), e.\"~rank\"",
                        "NOT e.\"~deleted\" AND e.\"~instance\" = ANY (" + owners + ")");
            case MAX:
                return first(column, value + " DESC, e.\"~rank\"", there);
            case MIN:
                return first(column, value + ", e.\"~rank\"", there);
            case COALESCE:
                return first(column, order(), there);
            case SUM:
                return "sum(" + value + ") FILTER (WHERE " + there + ")";
            case DELTA:
                String sum = "coalesce(sum(" + value + ") FILTER (WHERE " + there + "), 0)";
                return resolver.hasBase()
                        ? resolver.base().toPlainString()
                                + " + "
                                + sum
                                + " - coalesce(sum(e."
                                + Identifiers.quote(Identifiers.baseColumn(column))
                                + "), 0)"
                        : sum;
            case UNION:
                return union(column, there);
            case EXPRESSION:
                break;
        }
        throw new IllegalArgumentException(resolver.toString());
    }

    /** By way of text where the type is an array, of which array_agg would make a matrix. */
    private String first(String column, String order, String condition) {
        String value = "e." + Identifiers.quote(column);
        boolean array = isArray(types.get(column));
        return "(array_agg("
                + value
                + (array ? "::text" : "")
                + " ORDER BY "
                + order
                + ") FILTER (WHERE "
                + condition
                + "))[1]"
                + (array ? "::" + types.get(column) : "");
    }

    /** Of a text, the elements are parted by commas, as those of MySQL's SET are. */
    private String union(String column, String there) {
        String type = types.get(column);
        String value = "e." + Identifiers.quote(column);
        String each = " FILTER (WHERE " + there + ")";
        if (type.equals("jsonb")) {
            return "(SELECT jsonb_agg(DISTINCT u ORDER BY u) FROM unnest(array_agg("
                    + value
                    + ")"
                    + each
                    + ") AS x, jsonb_array_elements(x) AS u)";
        }
        if (isArray(type)) {
            return "(SELECT array_agg(DISTINCT u ORDER BY u) FROM unnest(array_agg("
                    + value
                    + "::text)"
                    + each
                    + ") AS x, unnest(x::"
                    + type
                    + ") AS u)";
        }
        return "CASE WHEN count("
                + value
                + ")"
                + each
                + " > 0 THEN coalesce((SELECT string_agg(DISTINCT u COLLATE \"C\", ',' ORDER BY u COLLATE \"C\")"
                + " FROM unnest(string_to_array(string_agg("
                + value
                + ", ',')"
                + each
                + ", ',')) AS u WHERE u <> ''), '') END";
    }

    static boolean isArray(String type) {
        return type.endsWith("[]");
    }

    private static String array(List<String> names) {
        List<String> literals = new ArrayList<>();
        for (String each : names) {
            literals.add(Identifiers.literal(each));
        }
        return "ARRAY[" + String.join(", ", literals) + "]::text[]";
    }
}
