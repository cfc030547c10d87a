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
package io.seamerge.postgres.target;

import io.seamerge.postgres.config.ColumnResolver;
import io.seamerge.postgres.config.Engine;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.TableRules;
import io.seamerge.postgres.sql.Identifiers;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.wire.MetadataColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.catalog.PrimaryKey;
import org.apache.seatunnel.api.table.catalog.TablePath;

/**
 * A merged table as it comes from the source, and which table of PostgreSQL it goes to. Immutable.
 */
public final class IncomingTable {

    private static final String DEFAULT_SCHEMA = "public";

    /** The option of a table by which its source says so: docs/wire.md. */
    private static final String SOURCES_PER_KEY = "seamerge.sources-per-key";

    private final String tableId;
    private final String schema;
    private final String table;
    private final String target;
    private final String comment;
    private final List<Column> columns;
    private final List<String> key;
    private final MetadataColumns metadata;
    private final TableRules rules;
    private final Integer sourcesPerKey;

    public IncomingTable(CatalogTable catalogTable, MergeConfig config) {
        TablePath path = catalogTable.getTablePath();
        this.tableId = path.toString();
        this.schema =
                path.getSchemaName() != null
                        ? path.getSchemaName()
                        : path.getDatabaseName() != null ? path.getDatabaseName() : DEFAULT_SCHEMA;
        this.table = path.getTableName();
        this.target = Identifiers.qualify(schema, table);
        this.comment = catalogTable.getComment();
        this.columns = new ArrayList<>(catalogTable.getTableSchema().getColumns());
        PrimaryKey primaryKey = catalogTable.getTableSchema().getPrimaryKey();
        this.key =
                primaryKey == null
                        ? Collections.<String>emptyList()
                        : new ArrayList<>(primaryKey.getColumnNames());
        List<String> names = new ArrayList<>();
        for (Column column : columns) {
            names.add(column.getName());
        }
        this.metadata = new MetadataColumns(names, config.metadataColumns());
        this.rules = config.rules(tableId);
        this.sourcesPerKey = sourcesPerKey(catalogTable.getOptions());
    }

    /** The table id that its rows carry. */
    public String tableId() {
        return tableId;
    }

    public String schema() {
        return schema;
    }

    public String table() {
        return table;
    }

    /** Quoted and qualified. */
    public String target() {
        return target;
    }

    /** Quoted and qualified: the state of a consolidated table. */
    public String state() {
        return Identifiers.qualify("seamerge", Identifiers.stateTable(schema, table));
    }

    private static Integer sourcesPerKey(Map<String, String> options) {
        String said = options == null ? null : options.get(SOURCES_PER_KEY);
        return said == null || !said.matches("\\d{1,9}") ? null : Integer.valueOf(said);
    }

    /**
     * How many source tables of it at most have the same values in those columns of its key that
     * say where a row is from, as the source says; null if it does not say.
     */
    public Integer sourcesPerKey() {
        return sourcesPerKey;
    }

    /**
     * Whether the sink is to see to it that each key has one source, should there be several that
     * could write it, and can.
     */
    public boolean checksDisjointKeys() {
        return rules.checksDisjointKeys() && metadata.namesSources();
    }

    /**
     * Whether the key says which instance (0), database (1) or table (2) a row is from.
     *
     * @param sourceColumn its number
     */
    public boolean keyTells(int sourceColumn) {
        String column = metadata.sourceColumns().get(sourceColumn);
        return column != null && key.contains(column);
    }

    /** Quoted and qualified: whose each key of a disjoint table is, where that is kept. */
    public String owners() {
        return Identifiers.qualify("seamerge", Identifiers.ownersTable(schema, table));
    }

    /** Quoted and qualified: the keys that a repeated snapshot has found. */
    public String keys() {
        return Identifiers.qualify("seamerge", Identifiers.keysTable(schema, table));
    }

    /** Quoted and qualified: what each source of a table of engine per-source has written. */
    public String sources() {
        return Identifiers.qualify("seamerge", Identifiers.sourcesTable(schema, table));
    }

    /** Quoted and qualified: the view of what stands by that. */
    public String merged() {
        return Identifiers.qualify("seamerge", Identifiers.mergedView(schema, table));
    }

    /** As seamerge's tables name it: {@code schema.table}. */
    public String name() {
        return schema + "." + table;
    }

    public TableRules rules() {
        return rules;
    }

    public List<Column> columns() {
        return Collections.unmodifiableList(columns);
    }

    public List<String> key() {
        return Collections.unmodifiableList(key);
    }

    public MetadataColumns metadata() {
        return metadata;
    }

    /** What keeps it from being written, whatever there is in PostgreSQL. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        String subject = "Table " + tableId + ": ";
        if (key.isEmpty()) {
            problems.add(
                    subject
                            + "it has no primary key, so that its rows cannot be told apart. Give the route a key, or the"
                            + " source table a primary key");
        }
        for (String name : Arrays.asList(schema, table)) {
            if (!Identifiers.fits(name)) {
                problems.add(
                        subject
                                + "the name '"
                                + name
                                + "' is longer than PostgreSQL's "
                                + Identifiers.MAX_BYTES
                                + " bytes");
            }
        }
        for (Column column : columns) {
            if (!Identifiers.fits(column.getName())) {
                problems.add(
                        subject
                                + "the column name '"
                                + column.getName()
                                + "' is longer than PostgreSQL's "
                                + Identifiers.MAX_BYTES
                                + " bytes");
            }
            if (column.getName().startsWith("~")) {
                problems.add(
                        subject
                                + "the column name '"
                                + column.getName()
                                + "' begins with ~, which is reserved");
            }
        }
        List<String> missing =
                rules.engine() != Engine.DIRECT
                        ? metadata.missingForSources()
                        : metadata.missingForVersions();
        if (!missing.isEmpty()) {
            problems.add(
                    subject
                            + "its rows lack the metadata columns "
                            + missing
                            + (rules.engine() != Engine.DIRECT
                                    ? ", without which a consolidated table cannot tell versions and sources apart."
                                    : ", without which the others say nothing.")
                            + " Add them to the source's metadata-columns");
        }
        return problems;
    }

    /**
     * Whether a column is stored in a table that we create: metadata only where it is part of the
     * key.
     */
    private boolean isCreated(Column column) {
        return key.contains(column.getName()) || !metadata.contains(column.getName());
    }

    /** Whether a column may have no value though every source has one. */
    private boolean mayBecomeNull(String column) {
        ColumnResolver resolver = rules.columnResolvers().get(column);
        return resolver != null
                && (resolver.kind() == ColumnResolver.Kind.OWNER
                        || resolver.kind() == ColumnResolver.Kind.EXPRESSION);
    }

    /**
     * The statements that create it.
     *
     * @param keyed whether with its key, which is to be added later otherwise
     * @param problems takes what keeps it from being created
     */
    public List<Statement> creation(boolean keyed, List<String> problems) {
        List<Statement> statements = new ArrayList<>();
        List<String> definitions = new ArrayList<>();
        for (Column column : columns) {
            if (!isCreated(column)) {
                continue;
            }
            String type = PostgresType.of(column, metadata.versioned());
            if (type == null) {
                problems.add(
                        "Table "
                                + tableId
                                + ": column "
                                + column.getName()
                                + " is of type "
                                + column.getDataType()
                                + (column.getSourceType() == null
                                        ? ""
                                        : " (" + column.getSourceType() + ")")
                                + ", which is not supported");
                continue;
            }
            boolean notNull =
                    key.contains(column.getName())
                            || !column.isNullable() && !mayBecomeNull(column.getName());
            definitions.add(
                    Identifiers.quote(column.getName())
                            + " "
                            + type
                            + (notNull ? " NOT NULL" : ""));
        }
        if (!rules.softDeleteColumn().isEmpty()) {
            definitions.add(
                    Identifiers.quote(rules.softDeleteColumn())
                            + " boolean NOT NULL DEFAULT false");
        }
        statements.add(
                TargetSql.createTable(
                        target(), definitions, keyed ? key : Collections.<String>emptyList()));
        if (comment != null && !comment.isEmpty()) {
            statements.add(TargetSql.commentTable(target(), comment));
        }
        for (Column column : columns) {
            if (isCreated(column)
                    && column.getComment() != null
                    && !column.getComment().isEmpty()) {
                statements.add(
                        TargetSql.commentColumn(target(), column.getName(), column.getComment()));
            }
        }
        return statements;
    }
}
