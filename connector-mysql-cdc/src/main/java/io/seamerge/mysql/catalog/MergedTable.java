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

import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.wire.MetadataColumns;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.catalog.PrimaryKey;
import org.apache.seatunnel.api.table.catalog.TableIdentifier;
import org.apache.seatunnel.api.table.catalog.TableSchema;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SqlType;

/**
 * A table of the merged stream: the union of its source tables' columns, widened where they differ,
 * followed by the metadata columns. Immutable.
 */
public final class MergedTable implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final String CATALOG = "MySQL-Merge-CDC";

    private final String tableId;
    private final List<MergedColumn> columns;
    private final List<String> key;
    private final String comment;

    private MergedTable(
            String tableId, List<MergedColumn> columns, List<String> key, String comment) {
        this.tableId = tableId;
        this.columns = columns;
        this.key = key;
        this.comment = comment;
    }

    /** A column of a merged table. */
    static final class MergedColumn implements Serializable {

        private static final long serialVersionUID = 1L;

        final String name;
        final SeaTunnelDataType<?> type;
        final String sourceType;
        final boolean nullable;
        final String comment;
        final String firstSource;

        MergedColumn(
                String name,
                SeaTunnelDataType<?> type,
                String sourceType,
                boolean nullable,
                String comment,
                String firstSource) {
            this.name = name;
            this.type = type;
            this.sourceType = sourceType;
            this.nullable = nullable;
            this.comment = comment;
            this.firstSource = firstSource;
        }
    }

    /**
     * Joins the schemas of source tables; what cannot be joined is noted with both sides named.
     *
     * @param tableId {@code database.table}
     * @param key the route's key, or null for the source tables' own
     */
    static MergedTable join(
            String tableId,
            List<String> key,
            List<SourceTable> sources,
            MetadataColumns metadata,
            Problems problems) {
        Map<String, MergedColumn> columns = new LinkedHashMap<>();
        List<String> mergedKey = key;
        SourceTable keySource = null;
        for (SourceTable source : sources) {
            Map<String, MergedColumn> before = new LinkedHashMap<>(columns);
            for (SourceColumn column : source.columns()) {
                MergedColumn left = columns.get(column.name());
                MergedColumn joined =
                        left == null
                                ? new MergedColumn(
                                        column.name(),
                                        column.type().seaTunnelType(),
                                        column.type().sourceType(),
                                        column.nullable() || keySource != null,
                                        column.comment(),
                                        source.toString())
                                : join(tableId, left, column, source, problems);
                columns.put(column.name(), joined);
                before.remove(column.name());
                if (metadata.contains(column.name())) {
                    problems.add(
                            "%s: column %s of %s has the name of a metadata column: rename that with"
                                    + " metadata-columns = [\"name=column\"]",
                            tableId, column.name(), source);
                }
            }
            for (MergedColumn missing : before.values()) {
                columns.put(
                        missing.name,
                        new MergedColumn(
                                missing.name,
                                missing.type,
                                missing.sourceType,
                                true,
                                missing.comment,
                                missing.firstSource));
            }
            if (key == null) {
                if (keySource != null && !mergedKey.equals(source.key())) {
                    problems.add(
                            "%s: %s has the key %s, but %s has %s: give a route with a key for both",
                            tableId, keySource, mergedKey, source, source.key());
                }
                mergedKey = keySource == null ? source.key() : mergedKey;
            }
            keySource = keySource == null ? source : keySource;
        }
        for (String column : mergedKey) {
            if (metadata.contains(column)) {
                continue;
            }
            MergedColumn merged = columns.get(column);
            if (merged == null) {
                problems.add(
                        "%s: key column %s is neither a column of its sources nor a chosen metadata"
                                + " column",
                        tableId, column);
            } else if (merged.nullable) {
                problems.add("%s: key column %s may be null: choose another key", tableId, column);
            }
        }
        if (mergedKey.isEmpty()) {
            problems.add(
                    "%s: its sources have neither a primary key nor a unique index without nullable"
                            + " columns (first: %s): add a primary key",
                    tableId, keySource);
        }
        return new MergedTable(
                tableId,
                Collections.unmodifiableList(new ArrayList<>(columns.values())),
                Collections.unmodifiableList(new ArrayList<>(mergedKey)),
                keySource == null ? null : keySource.comment());
    }

    private static MergedColumn join(
            String tableId,
            MergedColumn left,
            SourceColumn right,
            SourceTable source,
            Problems problems) {
        SeaTunnelDataType<?> rightType = right.type().seaTunnelType();
        boolean nullable = left.nullable || right.nullable();
        SeaTunnelDataType<?> type;
        String sourceType;
        if (left.sourceType.equals(right.type().sourceType())) {
            type = left.type;
            sourceType = left.sourceType;
        } else if (left.type.getSqlType() == SqlType.STRING
                && rightType.getSqlType() == SqlType.STRING) {
            type = left.type;
            sourceType = "longtext";
        } else if (left.type.getSqlType() == SqlType.BYTES
                && rightType.getSqlType() == SqlType.BYTES
                && !left.sourceType.startsWith("bit")
                && !right.type().sourceType().startsWith("bit")) {
            type = left.type;
            sourceType = "longblob";
        } else if (integerRank(left.type) >= 0 && integerRank(rightType) >= 0) {
            boolean leftWider = integerRank(left.type) >= integerRank(rightType);
            type = leftWider ? left.type : rightType;
            sourceType = leftWider ? left.sourceType : right.type().sourceType();
        } else if (left.type.equals(rightType)
                && family(left.sourceType).equals(family(right.type().sourceType()))) {
            type = left.type;
            sourceType =
                    left.sourceType.length() >= right.type().sourceType().length()
                            ? left.sourceType
                            : right.type().sourceType();
        } else {
            problems.add(
                    "%s: column %s is %s in %s, but %s in %s: these cannot be joined without loss",
                    tableId,
                    left.name,
                    left.sourceType,
                    left.firstSource,
                    right.type().sourceType(),
                    source);
            type = left.type;
            sourceType = left.sourceType;
        }
        return new MergedColumn(
                left.name, type, sourceType, nullable, left.comment, left.firstSource);
    }

    private static String family(String sourceType) {
        int end = 0;
        while (end < sourceType.length() && Character.isLetter(sourceType.charAt(end))) {
            end++;
        }
        return sourceType.substring(0, end);
    }

    private static int integerRank(SeaTunnelDataType<?> type) {
        switch (type.getSqlType()) {
            case TINYINT:
                return 0;
            case SMALLINT:
                return 1;
            case INT:
                return 2;
            case BIGINT:
                return 3;
            case DECIMAL:
                DecimalType decimal = (DecimalType) type;
                return decimal.getScale() == 0 && decimal.getPrecision() == 20 ? 4 : -1;
            default:
                return -1;
        }
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

    /** The place of a column of its own, from 0, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name.equals(column)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Whether values of a source column must be widened before they are values of column {@code i};
     * {@link #widen} does it.
     */
    public boolean widens(int i, SourceColumn column) {
        return !columns.get(i).type.equals(column.type().seaTunnelType());
    }

    /** The value as one of column {@code i}'s own Java class. Only integers are ever widened. */
    public Object widen(int i, Object value) {
        if (value == null) {
            return null;
        }
        switch (columns.get(i).type.getSqlType()) {
            case SMALLINT:
                return ((Number) value).shortValue();
            case INT:
                return ((Number) value).intValue();
            case BIGINT:
                return ((Number) value).longValue();
            case DECIMAL:
                return value instanceof BigDecimal
                        ? value
                        : BigDecimal.valueOf(((Number) value).longValue());
            default:
                return value;
        }
    }

    /** The table as SeaTunnel's engine and sinks see it. */
    public CatalogTable catalogTable(MetadataColumns metadata) {
        TableSchema.Builder schema = TableSchema.builder();
        for (MergedColumn column : columns) {
            schema.column(
                    PhysicalColumn.of(
                            column.name,
                            column.type,
                            (Long) null,
                            column.nullable,
                            null,
                            column.comment,
                            column.sourceType,
                            Collections.<String, Object>emptyMap()));
        }
        for (Column column : metadata.columns()) {
            schema.column(column);
        }
        schema.primaryKey(PrimaryKey.of("key", key));
        int dot = tableId.indexOf('.');
        return CatalogTable.of(
                TableIdentifier.of(CATALOG, tableId.substring(0, dot), tableId.substring(dot + 1)),
                schema.build(),
                Collections.<String, String>emptyMap(),
                Collections.<String>emptyList(),
                comment);
    }
}
