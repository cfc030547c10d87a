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
 * The text of the statement that reads one chunk: a keyset page in the order of the table's key.
 * Keys are compared by the server alone. Pure.
 *
 * <p>For the key (a, b) and a bound: {@code a >= ? AND (a > ? OR a = ? AND b > ?)}, which the
 * server answers with one range of the index; a row comparison would scan it.
 */
public final class ChunkQuery {

    private ChunkQuery() {}

    /**
     * @param columns places of the columns to read
     * @param bounded whether the page begins behind a bound (its values in the order of {@link
     *     #parameters}) or at the table's begin
     * @param limit rows at most
     * @param lock appended to the statement, perhaps empty
     */
    public static String text(
            SourceTable table, int[] columns, boolean bounded, int limit, String lock) {
        StringBuilder sql = new StringBuilder("SELECT ");
        for (int i = 0; i < columns.length; i++) {
            SourceColumn column = table.columns().get(columns[i]);
            sql.append(i == 0 ? "" : ", ")
                    .append(column.type().selectExpression(quote(column.name())));
        }
        sql.append(" FROM ")
                .append(quote(table.database()))
                .append('.')
                .append(quote(table.name()));
        sql.append(" FORCE INDEX (").append(quote(table.keyIndex())).append(')');
        if (bounded) {
            sql.append(" WHERE ").append(beyond(table.key()));
        }
        sql.append(" ORDER BY ");
        for (int i = 0; i < table.key().size(); i++) {
            sql.append(i == 0 ? "" : ", ").append(quote(table.key().get(i)));
        }
        sql.append(" LIMIT ").append(limit);
        return sql.append(lock).toString();
    }

    private static String beyond(List<String> key) {
        StringBuilder where = new StringBuilder();
        if (key.size() > 1) {
            where.append(quote(key.get(0))).append(" >= ? AND (");
        }
        for (int last = 0; last < key.size(); last++) {
            where.append(last == 0 ? "" : " OR ");
            for (int i = 0; i <= last; i++) {
                where.append(i == 0 ? "" : " AND ")
                        .append(quote(key.get(i)))
                        .append(i == last ? " > ?" : " = ?");
            }
        }
        return where.append(key.size() > 1 ? ")" : "").toString();
    }

    /** The bound's values in the order in which {@link #text} asks for them. */
    public static List<Object> parameters(Object[] bound) {
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
