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
package io.seamerge.e2e.binlog;

import io.seamerge.mysql.type.ColumnType;
import io.seamerge.mysql.type.UnfaithfulValues;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The columns of a table as the server describes them now, and its rows as a snapshot reads them.
 */
record ReadTable(String database, String name, List<String> columns, ColumnType[] types) {

    static ReadTable describe(Connection connection, String database, String name)
            throws SQLException {
        List<String> columns = new ArrayList<>();
        List<ColumnType> types = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT column_name, column_type, character_set_name"
                                + " FROM information_schema.columns"
                                + " WHERE table_schema = ? AND table_name = ?"
                                + " ORDER BY ordinal_position")) {
            query.setString(1, database);
            query.setString(2, name);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    columns.add(rows.getString(1));
                    types.add(
                            ColumnType.parse(
                                    rows.getString(2),
                                    rows.getString(3),
                                    connection.getMetaData().getDatabaseProductVersion(),
                                    UnfaithfulValues.FAIL));
                }
            }
        }
        return new ReadTable(database, name, columns, types.toArray(new ColumnType[0]));
    }

    String selectAll() {
        List<String> expressions = new ArrayList<>();
        for (int i = 0; i < types.length; i++) {
            expressions.add(types[i].selectExpression("`" + columns.get(i) + "`"));
        }
        return expressions.stream()
                .collect(
                        Collectors.joining(
                                ", ",
                                "SELECT ",
                                " FROM `" + database + "`.`" + name + "` ORDER BY 1"));
    }

    /** For each row what each column reads as, or the words that refuse it. */
    List<List<Object>> snapshot(Connection connection) throws SQLException {
        List<List<Object>> found = new ArrayList<>();
        try (Statement statement =
                connection.createStatement(
                        ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(Integer.MIN_VALUE);
            try (ResultSet rows = statement.executeQuery(selectAll())) {
                while (rows.next()) {
                    List<Object> row = new ArrayList<>();
                    for (int i = 0; i < types.length; i++) {
                        byte[] bytes = rows.getBytes(i + 1);
                        ColumnType type = types[i];
                        row.add(Refusal.orValue(() -> type.fromText(bytes)));
                    }
                    found.add(row);
                }
            }
        }
        return found;
    }
}
