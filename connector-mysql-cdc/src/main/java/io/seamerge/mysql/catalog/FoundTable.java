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
package io.seamerge.mysql.catalog;

import io.seamerge.mysql.config.RouteConfig;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.type.ColumnType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a server says of a table, in its own words: nothing here depends on the job file. Not
 * thread-safe; not changed once it is complete.
 */
final class FoundTable {

    private final String database;
    private final String name;
    private final long estimatedRows;
    private final String comment;
    private final List<Column> columns = new ArrayList<>();
    private final Map<String, List<String>> uniqueIndexes = new TreeMap<>();
    private final Set<String> unfitIndexes = new TreeSet<>();

    FoundTable(String database, String name, long estimatedRows, String comment) {
        this.database = database;
        this.name = name;
        this.estimatedRows = estimatedRows;
        this.comment = comment;
    }

    /** A column as information_schema shows it. */
    static final class Column {

        final String name;
        final String type;

        /** Null if it has none. */
        final String characterSet;

        final boolean nullable;
        final String comment;

        Column(String name, String type, String characterSet, boolean nullable, String comment) {
            this.name = name;
            this.type = type;
            this.characterSet = characterSet;
            this.nullable = nullable;
            this.comment = comment;
        }
    }

    String database() {
        return database;
    }

    String name() {
        return name;
    }

    long estimatedRows() {
        return estimatedRows;
    }

    String comment() {
        return comment;
    }

    /** In the server's order. */
    List<Column> columns() {
        return columns;
    }

    /** Columns by the index's name, in its order. */
    Map<String, List<String>> uniqueIndexes() {
        return uniqueIndexes;
    }

    /** Unique indexes that do not identify a row: a part may be null, or is a prefix. */
    Set<String> unfitIndexes() {
        return unfitIndexes;
    }

    /**
     * The table as the job reads it.
     *
     * @param version the server's
     * @param route the rule that matches it
     */
    SourceTable toSource(SourceConfig config, String instance, String version, RouteConfig route) {
        String keyIndex = keyIndex();
        List<String> key =
                keyIndex == null ? Collections.<String>emptyList() : uniqueIndexes.get(keyIndex);
        List<String> keyOfEither = new ArrayList<>(key);
        if (route.key() != null) {
            keyOfEither.addAll(route.key());
        }
        List<SourceColumn> result = new ArrayList<>();
        for (Column column : columns) {
            ColumnType type = null;
            String refusal = null;
            try {
                type =
                        ColumnType.parse(
                                column.type,
                                column.characterSet,
                                version,
                                config.unfaithfulValues());
            } catch (IllegalArgumentException e) {
                // A problem only if somebody wants the column.
                refusal = e.getMessage();
            }
            SourceColumn source =
                    new SourceColumn(column.name, type, column.nullable, column.comment, refusal);
            // A key's columns keep their values whatever becomes of unfaithful ones elsewhere.
            boolean inKey = false;
            for (String part : keyOfEither) {
                inKey |= part.equalsIgnoreCase(column.name);
                inKey |= part.equalsIgnoreCase(route.rename(column.name));
            }
            result.add(inKey ? source.inKey() : source);
        }
        return new SourceTable(
                instance, database, name, result, key, keyIndex, estimatedRows, comment);
    }

    private String keyIndex() {
        if (uniqueIndexes.containsKey("PRIMARY") && !unfitIndexes.contains("PRIMARY")) {
            return "PRIMARY";
        }
        for (String index : uniqueIndexes.keySet()) {
            if (!unfitIndexes.contains(index)) {
                return index;
            }
        }
        return null;
    }
}
