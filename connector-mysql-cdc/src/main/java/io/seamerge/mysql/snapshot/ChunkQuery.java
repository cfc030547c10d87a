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
package io.seamerge.mysql.snapshot;

import io.seamerge.mysql.catalog.SourceColumn;
import io.seamerge.mysql.catalog.SourceTable;
import java.util.ArrayList;
import java.util.List;

/**
 * The texts of the statements that read a table in the order of its key. Keys are compared by the
 * server alone. Pure.
 *
 * <p>For the key (a, b) and the bound behind which rows are read: {@code a >= ? AND (a > ? OR a = ?
 * AND b > ?)}, which the server answers with ranges of the index; a row comparison would scan it.
 */
public final class ChunkQuery {

    private ChunkQuery() {}

    /**
     * The first rows of a range, in order: one chunk.
     *
     * @param columns places of the columns to read
     * @param limit rows at most
     * @param lock appended to the statement, perhaps empty
     */
    public static String page(
            SourceTable table, int[] columns, KeyRange range, int limit, String lock) {
        StringBuilder sql = select(table, columns);
        sql.append(" FORCE INDEX (").append(quote(table.keyIndex())).append(')');
        where(sql, table, range, 0);
        return sql.append(order(table, "")).append(" LIMIT ").append(limit).append(lock).toString();
    }

    /** All rows of a table, in no order. */
    static String all(SourceTable table, int[] columns) {
        return select(table, columns).toString();
    }

    /** The key of a range's last row. */
    static String highest(SourceTable table, KeyRange range) {
        StringBuilder sql = keys(table, "FORCE");
        where(sql, table, range, 0);
        return sql.append(order(table, " DESC")).append(" LIMIT 1").toString();
    }

    /**
     * The key of a range's first row at or behind a key of which the first columns are given; its
     * parameters come after the range's.
     */
    static String probe(SourceTable table, KeyRange range, int columns) {
        StringBuilder sql = keys(table, "FORCE");
        where(sql, table, range, columns);
        return sql.append(order(table, "")).append(" LIMIT 1").toString();
    }

    /**
     * How many rows of a range the server expects, by its index alone: it reads no row. An index
     * that is forced is not looked into for that by later servers (9.x say 1).
     */
    static String estimate(SourceTable table, KeyRange range) {
        StringBuilder sql = keys(table, "USE");
        where(sql, table, range, 0);
        return sql.insert(0, "EXPLAIN FORMAT=TRADITIONAL ").toString();
    }

    private static StringBuilder keys(SourceTable table, String hint) {
        int[] columns = table.key().stream().mapToInt(table::indexOf).toArray();
        return select(table, columns)
                .append(' ')
                .append(hint)
                .append(" INDEX (")
                .append(quote(table.keyIndex()))
                .append(')');
    }

    private static StringBuilder select(SourceTable table, int[] columns) {
        StringBuilder sql = new StringBuilder("SELECT ");
        for (int i = 0; i < columns.length; i++) {
            SourceColumn column = table.columns().get(columns[i]);
            sql.append(i == 0 ? "" : ", ")
                    .append(column.type().selectExpression(quote(column.name())));
        }
        return sql.append(" FROM ")
                .append(quote(table.database()))
                .append('.')
                .append(quote(table.name()));
    }

    private static void where(
            StringBuilder sql, SourceTable table, KeyRange range, int probedColumns) {
        List<String> key = table.key();
        List<String> conditions = new ArrayList<>();
        if (range.from() != null) {
            conditions.add(compare(key, ">", ">"));
        }
        if (range.to() != null) {
            conditions.add(compare(key, "<", "<="));
        }
        if (probedColumns > 0) {
            conditions.add(compare(key.subList(0, probedColumns), ">", ">="));
        }
        for (int i = 0; i < conditions.size(); i++) {
            sql.append(i == 0 ? " WHERE " : " AND ").append(conditions.get(i));
        }
    }

    /** The key's order against a bound, column by column; {@code atLast} decides in the last. */
    private static String compare(List<String> key, String strictly, String atLast) {
        StringBuilder where = new StringBuilder();
        if (key.size() > 1) {
            where.append(quote(key.get(0))).append(' ').append(strictly).append("= ? AND (");
        }
        for (int last = 0; last < key.size(); last++) {
            where.append(last == 0 ? "" : " OR ");
            for (int i = 0; i <= last; i++) {
                String operator = i < last ? "=" : last < key.size() - 1 ? strictly : atLast;
                where.append(i == 0 ? "" : " AND ")
                        .append(quote(key.get(i)))
                        .append(' ')
                        .append(operator)
                        .append(" ?");
            }
        }
        return where.append(key.size() > 1 ? ")" : "").toString();
    }

    private static String order(SourceTable table, String direction) {
        StringBuilder sql = new StringBuilder(" ORDER BY ");
        for (int i = 0; i < table.key().size(); i++) {
            sql.append(i == 0 ? "" : ", ").append(quote(table.key().get(i))).append(direction);
        }
        return sql.toString();
    }

    /** The values of a range's bounds in the order in which the statements ask for them. */
    static List<Object> parameters(KeyRange range) {
        List<Object> parameters = new ArrayList<>();
        if (range.from() != null) {
            parameters.addAll(parameters(range.from()));
        }
        if (range.to() != null) {
            parameters.addAll(parameters(range.to()));
        }
        return parameters;
    }

    /** The values of one bound in the order in which its comparison asks for them. */
    static List<Object> parameters(Object[] bound) {
        List<Object> parameters = new ArrayList<>();
        if (bound.length > 1) {
            parameters.add(bound[0]);
        }
        for (int last = 0; last < bound.length; last++) {
            for (int i = 0; i <= last; i++) {
                parameters.add(bound[i]);
            }
        }
        return parameters;
    }

    static String quote(String identifier) {
        return "`" + identifier.replace("`", "``") + "`";
    }
}
