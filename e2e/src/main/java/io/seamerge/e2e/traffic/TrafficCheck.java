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
package io.seamerge.e2e.traffic;

import java.io.PrintStream;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Compares every value of every row of the servers' tables with PostgreSQL's, both as the text that
 * the databases themselves give. Nobody writes meanwhile.
 */
final class TrafficCheck {

    /** So many differences of a table are printed; all are counted. */
    private static final int PRINTED = 5;

    private static final int MOST_SHOWN = 200;

    private final Connection postgres;
    private final PrintStream out;
    private final Map<String, Long> rowsOfTable = new HashMap<>();
    private long rows;
    private long values;
    private long differences;

    TrafficCheck(Connection postgres, PrintStream out) {
        this.postgres = postgres;
        this.out = out;
    }

    /** Compares the tables of one server. */
    void compare(String instance, Connection mySql, List<TrafficTable> tables) throws SQLException {
        for (TrafficTable table : tables) {
            for (int shard = 0; shard < TrafficTable.SHARDS; shard++) {
                compare(instance, mySql, table, shard);
            }
        }
    }

    /** Whether there are rows of nobody's, and what all comparisons came to. */
    boolean equal(List<TrafficTable> tables) throws SQLException {
        for (TrafficTable table : tables) {
            long expected = rowsOfTable.getOrDefault(table.name(), 0L);
            try (Statement statement = postgres.createStatement();
                    ResultSet row =
                            statement.executeQuery("SELECT count(*) FROM " + target(table))) {
                row.next();
                if (row.getLong(1) != expected) {
                    differences++;
                    out.printf(
                            "  %s has %,d rows in PostgreSQL, of which %,d were asked for%n",
                            table.name(), row.getLong(1), expected);
                }
            }
        }
        out.printf(
                "%s: %,d rows, %,d values compared, %,d %s%n",
                differences == 0 ? "EQUAL" : "DIFFERENT",
                rows,
                values,
                differences,
                differences == 1 ? "difference" : "differences");
        return differences == 0;
    }

    private static String target(TrafficTable table) {
        return TrafficTable.DATABASE + "." + table.name();
    }

    private void compare(String instance, Connection mySql, TrafficTable table, int shard)
            throws SQLException {
        List<Field> columns = table.columns();
        String name = table.name() + "_" + (shard + 1);
        Map<String, String[]> found = new HashMap<>();
        try (PreparedStatement statement =
                postgres.prepareStatement(
                        "SELECT "
                                + columns.stream()
                                        .map(field -> field.form().postgres(field.name()))
                                        .collect(Collectors.joining(", "))
                                + " FROM "
                                + target(table)
                                + " WHERE _source_instance = ? AND _source_table = ?")) {
            statement.setString(1, instance);
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String[] read = read(row, columns, Form::canonicalInPostgres);
                    found.put(key(table, read), read);
                }
            }
        }
        rowsOfTable.merge(table.name(), (long) found.size(), Long::sum);
        List<String[]> expected = new ArrayList<>();
        try (Statement statement = mySql.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT "
                                        + columns.stream()
                                                .map(field -> field.form().mySql(field.name()))
                                                .collect(Collectors.joining(", "))
                                        + " FROM "
                                        + table.shard(shard))) {
            while (row.next()) {
                expected.add(read(row, columns, Form::canonical));
            }
        }
        for (int column = 0; column < columns.size(); column++) {
            if (columns.get(column).form() == Form.JSON) {
                asPostgresWritesIt(expected, column);
            }
        }
        int printed = 0;
        for (String[] want : expected) {
            rows++;
            values += want.length;
            String key = key(table, want);
            String[] have = found.remove(key);
            String difference = difference(columns, want, have);
            if (difference != null) {
                differences++;
                if (printed++ < PRINTED) {
                    out.printf("  %s %s %s %s%n", instance, name, key, difference);
                }
            }
        }
        for (String key : found.keySet()) {
            rows++;
            differences++;
            if (printed++ < PRINTED) {
                out.printf("  %s %s %s should not be there%n", instance, name, key);
            }
        }
    }

    private static String difference(List<Field> columns, String[] want, String[] have) {
        if (have == null) {
            return "is missing";
        }
        for (int column = 0; column < want.length; column++) {
            if (!java.util.Objects.equals(want[column], have[column])) {
                return "differs in "
                        + columns.get(column).name()
                        + ": MySQL has "
                        + shown(want[column])
                        + ", PostgreSQL "
                        + shown(have[column]);
            }
        }
        return null;
    }

    private static String shown(String value) {
        return value == null || value.length() <= MOST_SHOWN
                ? value
                : value.substring(0, MOST_SHOWN) + "… (" + value.length() + ")";
    }

    private static String[] read(ResultSet row, List<Field> columns, Canonical canonical)
            throws SQLException {
        String[] read = new String[columns.size()];
        for (int column = 0; column < read.length; column++) {
            String text = row.getString(column + 1);
            read[column] = text == null ? null : canonical.of(columns.get(column).form(), text);
        }
        return read;
    }

    private interface Canonical {
        String of(Form form, String text);
    }

    private static String key(TrafficTable table, String[] row) {
        return Arrays.stream(row, 0, table.key().size()).collect(Collectors.joining("|"));
    }

    /** The same documents, in the words of jsonb. */
    private void asPostgresWritesIt(List<String[]> rows, int column) throws SQLException {
        Array texts =
                postgres.createArrayOf(
                        "text", rows.stream().map(row -> row[column]).toArray(String[]::new));
        try (PreparedStatement statement =
                postgres.prepareStatement(
                        "SELECT text::jsonb::text FROM unnest(?) WITH ORDINALITY AS t (text, n)"
                                + " ORDER BY n")) {
            statement.setArray(1, texts);
            try (ResultSet result = statement.executeQuery()) {
                for (String[] row : rows) {
                    result.next();
                    row[column] = result.getString(1);
                }
            }
        }
    }
}
