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

import io.seamerge.mysql.config.KeylessTables;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.wire.MetadataColumns;
import io.seamerge.mysql.wire.MetadataColumns.Kind;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.catalog.PrimaryKey;
import org.apache.seatunnel.api.table.catalog.TableIdentifier;
import org.apache.seatunnel.api.table.catalog.TableSchema;

/**
 * A table of the merged stream: the union of its source tables' columns, widened where they differ,
 * followed by the metadata columns. Immutable.
 */
public final class MergedTable implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final String CATALOG = "MySQL-Merge-CDC";

    /** The option of a table that docs/wire.md names. */
    private static final String SOURCES_PER_KEY = "seamerge.sources-per-key";

    private final String tableId;
    private final List<MergedColumn> columns;
    private final List<String> key;
    private final String comment;
    private final int sourcesPerKey;

    private MergedTable(
            String tableId,
            List<MergedColumn> columns,
            List<String> key,
            String comment,
            int sourcesPerKey) {
        this.sourcesPerKey = sourcesPerKey;
        this.tableId = tableId;
        this.columns = columns;
        this.key = key;
        this.comment = comment;
    }

    /** A column of a merged table. */
    static final class MergedColumn implements Serializable {

        private static final long serialVersionUID = 1L;

        final String name;
        final JoinedType type;
        final boolean nullable;
        final String comment;
        final String firstSource;

        MergedColumn(
                String name,
                JoinedType type,
                boolean nullable,
                String comment,
                String firstSource) {
            this.name = name;
            this.type = type;
            this.nullable = nullable;
            this.comment = comment;
            this.firstSource = firstSource;
        }

        MergedColumn of(JoinedType newType, boolean newNullable) {
            return new MergedColumn(name, newType, newNullable, comment, firstSource);
        }
    }

    /**
     * Joins the schemas of source tables; what cannot be joined is noted with both sides named.
     * Column names are compared as MySQL does, whatever their case; the first spelling counts.
     *
     * @param tableId {@code database.table}
     * @param key the route's key, or null for the source tables' own
     */
    static MergedTable join(
            String tableId,
            List<String> key,
            List<RoutedTable> sources,
            MetadataColumns metadata,
            KeylessTables keyless,
            Problems problems) {
        Map<String, MergedColumn> columns = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        List<String> order = new ArrayList<>();
        List<String> mergedKey = key;
        RoutedTable keySource = null;
        for (RoutedTable source : sources) {
            Set<String> missing = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
            missing.addAll(columns.keySet());
            for (int i = 0; i < source.source().columns().size(); i++) {
                String name = source.mergedName(i);
                if (name == null) {
                    continue;
                }
                SourceColumn column = source.source().columns().get(i);
                JoinedType type = RoutedTable.type(column);
                MergedColumn left = columns.get(name);
                if (left == null) {
                    order.add(name);
                    columns.put(
                            name,
                            new MergedColumn(
                                    name,
                                    type,
                                    column.nullable() || keySource != null,
                                    column.comment(),
                                    source.source() + "." + column.name()));
                } else {
                    JoinedType joined = left.type.join(type);
                    if (joined == null) {
                        problems.add(
                                "%s: column %s is %s in %s, but %s in %s.%s: these cannot be joined"
                                        + " without loss; leave it out of one of the routes"
                                        + " (exclude-columns), or rename it",
                                tableId,
                                left.name,
                                left.type,
                                left.firstSource,
                                type,
                                source.source(),
                                column.name());
                    }
                    columns.put(
                            name,
                            left.of(
                                    joined == null ? left.type : joined,
                                    left.nullable || column.nullable()));
                }
                missing.remove(name);
                if (metadata.contains(name)) {
                    problems.add(
                            "%s: column %s of %s has the name of a metadata column: rename that with"
                                    + " metadata-columns = [\"name=column\"]",
                            tableId, column.name(), source.source());
                }
            }
            for (String name : missing) {
                MergedColumn column = columns.get(name);
                columns.put(name, column.of(column.type, true));
            }
            if (key == null) {
                if (keySource != null && !sameNames(mergedKey, source.key())) {
                    problems.add(
                            "%s: %s has the key %s, but %s has %s: give a route with a key for both",
                            tableId, keySource, mergedKey, source, source.key());
                }
                mergedKey = keySource == null ? source.key() : mergedKey;
            }
            keySource = keySource == null ? source : keySource;
        }
        List<String> spelledKey = new ArrayList<>();
        for (String column : mergedKey) {
            MergedColumn merged = columns.get(column);
            spelledKey.add(merged == null ? column : merged.name);
            if (merged == null && !metadata.contains(column)) {
                problems.add(
                        "%s: key column %s is neither a column of its sources nor a chosen metadata"
                                + " column",
                        tableId, column);
            } else if (merged != null && merged.nullable) {
                problems.add("%s: key column %s may be null: choose another key", tableId, column);
            }
        }
        if (mergedKey.isEmpty() && keyless == KeylessTables.REFUSE) {
            problems.add(
                    "%s: its sources have neither a primary key nor a unique index without nullable"
                            + " columns (first: %s): add a primary key",
                    tableId, keySource);
        }
        List<MergedColumn> ordered = new ArrayList<>();
        for (String name : order) {
            ordered.add(columns.get(name));
        }
        return new MergedTable(
                tableId,
                Collections.unmodifiableList(ordered),
                Collections.unmodifiableList(spelledKey),
                keySource == null ? null : keySource.source().comment(),
                sourcesPerKey(sources, spelledKey, metadata));
    }

    /**
     * How many of the tables at most have the same values in those columns of the key that say
     * where a row is from: one key could come from each of them.
     */
    private static int sourcesPerKey(
            List<RoutedTable> sources, List<String> key, MetadataColumns metadata) {
        Map<List<String>, Integer> tables = new HashMap<>();
        int most = 0;
        for (RoutedTable each : sources) {
            SourceTable source = each.source();
            List<String> told = new ArrayList<>();
            told.add(metadata.isAmong(Kind.SOURCE_INSTANCE, key) ? source.instance() : "");
            told.add(metadata.isAmong(Kind.SOURCE_DATABASE, key) ? source.database() : "");
            told.add(metadata.isAmong(Kind.SOURCE_TABLE, key) ? source.name() : "");
            most = Math.max(most, tables.merge(told, 1, Integer::sum));
        }
        return most;
    }

    /** Columns with types and what may be null, and the key: tables that say the same are. */
    List<String> describe(MetadataColumns metadata) {
        List<String> text = new ArrayList<>();
        for (Column column : catalogTable(metadata).getTableSchema().getColumns()) {
            text.add(
                    column.getName()
                            + " "
                            + column.getDataType()
                            + (column.isNullable() ? "" : " NOT NULL"));
        }
        text.add("key " + key);
        return text;
    }

    private static boolean sameNames(List<String> left, List<String> right) {
        boolean same = left.size() == right.size();
        for (int i = 0; same && i < left.size(); i++) {
            same = left.get(i).equalsIgnoreCase(right.get(i));
        }
        return same;
    }

    public String tableId() {
        return tableId;
    }

    public List<String> key() {
        return key;
    }

    /** Columns of its own, without the metadata columns. */
    public int size() {
        return columns.size();
    }

    /** The place of a column of its own, whatever the case of its name, from 0, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name.equalsIgnoreCase(column)) {
                return i;
            }
        }
        return -1;
    }

    /** The type of column {@code i}. */
    JoinedType type(int i) {
        return columns.get(i).type;
    }

    /** The table as SeaTunnel's engine and sinks see it. */
    public CatalogTable catalogTable(MetadataColumns metadata) {
        TableSchema.Builder schema = TableSchema.builder();
        for (MergedColumn column : columns) {
            schema.column(
                    new PhysicalColumn(
                            column.name,
                            column.type.type(),
                            column.type.columnLength(),
                            column.type.scale(),
                            column.nullable,
                            null,
                            column.comment,
                            column.type.sourceType(),
                            Collections.<String, Object>emptyMap()));
        }
        for (Column column : metadata.columns()) {
            schema.column(column);
        }
        if (!key.isEmpty()) {
            schema.primaryKey(PrimaryKey.of("key", key));
        }
        int dot = tableId.indexOf('.');
        return CatalogTable.of(
                TableIdentifier.of(CATALOG, tableId.substring(0, dot), tableId.substring(dot + 1)),
                schema.build(),
                Collections.singletonMap(SOURCES_PER_KEY, String.valueOf(sourcesPerKey)),
                Collections.<String>emptyList(),
                comment);
    }
}
