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

import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.KeylessTables;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.RouteConfig;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.instance.MySqlConnections;
import io.seamerge.mysql.instance.ServerStatus;
import io.seamerge.mysql.prerequisites.FactsReader;
import io.seamerge.mysql.prerequisites.Finding;
import io.seamerge.mysql.prerequisites.Prerequisites;
import io.seamerge.mysql.prerequisites.ServerFacts;
import io.seamerge.mysql.type.ColumnType;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the schemas of every instance's matching tables, and checks each instance's prerequisites;
 * whatever is wrong anywhere is reported at once.
 */
public final class SchemaDiscovery {

    private static final Logger LOG = LoggerFactory.getLogger(SchemaDiscovery.class);

    private static final String COLUMNS =
            "SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.CHARACTER_SET_NAME,"
                    + " c.IS_NULLABLE, c.COLUMN_COMMENT"
                    + " FROM information_schema.COLUMNS c"
                    + " WHERE c.TABLE_SCHEMA = ?"
                    + " ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";

    private static final String TABLES =
            "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS, TABLE_COMMENT, TABLE_TYPE"
                    + " FROM information_schema.TABLES"
                    + " WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
                    + " AND TABLE_SCHEMA NOT IN"
                    + " ('mysql', 'sys', 'information_schema', 'performance_schema')"
                    + " ORDER BY TABLE_SCHEMA, TABLE_NAME";

    private static final String UNIQUE_INDEXES =
            "SELECT TABLE_NAME, INDEX_NAME, COLUMN_NAME, NULLABLE, SUB_PART"
                    + " FROM information_schema.STATISTICS"
                    + " WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0"
                    + " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX";

    private final SourceConfig config;
    private final List<Finding> warnings = new ArrayList<>();

    public SchemaDiscovery(SourceConfig config) {
        this.config = config;
    }

    /**
     * Reads the schemas, and says in the log what is not as it should be.
     *
     * @throws IllegalArgumentException naming every problem of every instance
     */
    public Catalog discover() {
        Problems problems = new Problems();
        Catalog catalog = discover(problems);
        for (Finding warning : warnings) {
            LOG.warn("{}", warning);
        }
        problems.throwIfAny("MySQL-Merge-CDC cannot start");
        return catalog;
    }

    /**
     * Reads the schemas.
     *
     * @param problems takes every problem of every instance
     * @return null if there is a problem
     */
    public Catalog discover(Problems problems) {
        warnings.clear();
        List<SourceTable> tables = new ArrayList<>();
        Map<String, String> absent = new LinkedHashMap<>();
        boolean allKnown = true;
        for (InstanceConfig instance : config.instances()) {
            try (Connection connection = new MySqlConnections(config, instance).openFirst()) {
                tables.addAll(discover(connection, instance, problems));
            } catch (SQLException e) {
                if (instance.mayBeAbsent() && MySqlConnections.isOutOfReach(e)) {
                    absent.put(instance.name(), e.getMessage());
                } else {
                    problems.add("%s", e.getMessage());
                    allKnown = false;
                }
            }
        }
        Catalog catalog = null;
        if (allKnown && tables.isEmpty()) {
            for (String reason : absent.values()) {
                problems.add("%s; and no other instance gives the tables' schemas", reason);
            }
        }
        if (allKnown) {
            catalog = Catalog.of(config, tables, new TreeSet<>(absent.keySet()), problems);
        }
        if (!problems.isEmpty()) {
            return null;
        }
        for (String reason : absent.values()) {
            LOG.warn("{}: may-be-absent, so the job starts without it, and it joins later", reason);
        }
        return catalog;
    }

    /** What the last discovery found that a job can start with, but that somebody should know. */
    public List<Finding> warnings() {
        return Collections.unmodifiableList(warnings);
    }

    private void checkPrerequisites(
            Connection connection,
            InstanceConfig instance,
            List<SourceTable> tables,
            Problems problems)
            throws SQLException {
        Map<String, List<String>> captured = new LinkedHashMap<>();
        for (SourceTable table : tables) {
            captured.computeIfAbsent(table.database(), d -> new ArrayList<>()).add(table.name());
        }
        ServerFacts facts = new FactsReader(connection).read(captured);
        for (Finding finding : Prerequisites.check(instance, config, facts)) {
            switch (finding.kind()) {
                case ERROR:
                    problems.add("%s", finding);
                    break;
                case WARNING:
                    warnings.add(finding);
                    break;
                default:
                    throw new AssertionError(finding.kind());
            }
        }
    }

    /**
     * Reads the schemas of one instance's matching tables, and checks its prerequisites.
     *
     * @param problems what is wrong is noted here; {@link #warnings} has what is not as it should
     *     be
     */
    public List<SourceTable> discover(
            Connection connection, InstanceConfig instance, Problems problems) throws SQLException {
        ServerStatus server = ServerStatus.read(connection);
        showGeneratedKeys(connection);
        List<SourceTable> found = tables(connection, instance.name(), server.version(), problems);
        checkPrerequisites(connection, instance, found, problems);
        return found;
    }

    /**
     * A primary key that the server made itself (GIPK, from 8.0.30 on) is in the binlog whatever
     * this variable says; without it the schema would lack a column, and the table its key.
     */
    private static void showGeneratedKeys(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            String variable = "show_gipk_in_create_table_and_information_schema";
            boolean known;
            try (ResultSet rows =
                    statement.executeQuery("SHOW VARIABLES LIKE '" + variable + "'")) {
                known = rows.next();
            }
            if (known) {
                statement.execute("SET SESSION " + variable + " = ON");
            }
        }
    }

    private List<SourceTable> tables(
            Connection connection, String instance, String version, Problems problems)
            throws SQLException {
        Map<String, Map<String, TableRow>> byDatabase = new TreeMap<>();
        try (PreparedStatement statement = connection.prepareStatement(TABLES);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                String database = rows.getString(1);
                String table = rows.getString(2);
                // That two rules match is noted once, by the catalogue.
                if (Catalog.route(config, instance, database, table, new Problems()) == null) {
                    continue;
                }
                if (rows.getString(5).equals("SYSTEM VERSIONED")) {
                    problems.add(
                            "%s:%s.%s: a system-versioned table is not supported: its history comes"
                                    + " as rows of its own; leave it out",
                            instance, database, table);
                } else {
                    byDatabase
                            .computeIfAbsent(database, d -> new LinkedHashMap<>())
                            .put(table, new TableRow(rows.getLong(3), rows.getString(4)));
                }
            }
        }
        List<SourceTable> tables = new ArrayList<>();
        for (Map.Entry<String, Map<String, TableRow>> database : byDatabase.entrySet()) {
            readColumns(connection, version, database.getKey(), database.getValue());
            readIndexes(connection, database.getKey(), database.getValue());
            for (Map.Entry<String, TableRow> table : database.getValue().entrySet()) {
                TableRow row = table.getValue();
                SourceTable source =
                        new SourceTable(
                                instance,
                                database.getKey(),
                                table.getKey(),
                                row.columns(
                                        Catalog.route(
                                                config,
                                                instance,
                                                database.getKey(),
                                                table.getKey(),
                                                new Problems())),
                                row.key(),
                                row.keyIndex(),
                                row.estimatedRows,
                                row.comment);
                if (config.keylessTables() == KeylessTables.REFUSE
                        && (config.instance(instance).startup().mode().readsTables()
                                || config.resnapshot().matches(instance, source.qualifiedName()))) {
                    SnapshotKey.check(source, problems);
                }
                tables.add(source);
            }
        }
        return tables;
    }

    private void readColumns(
            Connection connection, String version, String database, Map<String, TableRow> tables)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TableRow table = tables.get(rows.getString(2));
                    if (table == null) {
                        continue;
                    }
                    String name = rows.getString(3);
                    ColumnType type = null;
                    String refusal = null;
                    try {
                        type =
                                ColumnType.parse(
                                        rows.getString(4),
                                        rows.getString(5),
                                        version,
                                        config.unfaithfulValues());
                    } catch (IllegalArgumentException e) {
                        // A problem only if somebody wants the column.
                        refusal = e.getMessage();
                    }
                    table.columns.add(
                            new SourceColumn(
                                    name,
                                    type,
                                    "YES".equals(rows.getString(6)),
                                    rows.getString(7),
                                    refusal));
                }
            }
        }
    }

    private static void readIndexes(
            Connection connection, String database, Map<String, TableRow> tables)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UNIQUE_INDEXES)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    TableRow table = tables.get(rows.getString(1));
                    if (table == null) {
                        continue;
                    }
                    String index = rows.getString(2);
                    table.indexes
                            .computeIfAbsent(index, i -> new ArrayList<>())
                            .add(rows.getString(3));
                    // A part that may be null, or that is a prefix, does not identify a row.
                    if ("YES".equals(rows.getString(4)) || rows.getObject(5) != null) {
                        table.unfit.add(index);
                    }
                }
            }
        }
    }

    /** What is known of a table while its schema is being read. */
    private static final class TableRow {

        private final long estimatedRows;
        private final String comment;
        private final List<SourceColumn> columns = new ArrayList<>();
        private final Map<String, List<String>> indexes = new TreeMap<>();
        private final Set<String> unfit = new TreeSet<>();

        TableRow(long estimatedRows, String comment) {
            this.estimatedRows = estimatedRows;
            this.comment = comment;
        }

        String keyIndex() {
            if (indexes.containsKey("PRIMARY") && !unfit.contains("PRIMARY")) {
                return "PRIMARY";
            }
            for (String index : indexes.keySet()) {
                if (!unfit.contains(index)) {
                    return index;
                }
            }
            return null;
        }

        /** A key's columns keep their values whatever becomes of unfaithful ones elsewhere. */
        List<SourceColumn> columns(RouteConfig route) {
            List<String> key = new ArrayList<>(key());
            if (route.key() != null) {
                key.addAll(route.key());
            }
            List<SourceColumn> result = new ArrayList<>();
            for (SourceColumn column : columns) {
                boolean inKey = false;
                for (String name : key) {
                    inKey |= name.equalsIgnoreCase(column.name());
                    inKey |= name.equalsIgnoreCase(route.rename(column.name()));
                }
                result.add(inKey ? column.inKey() : column);
            }
            return result;
        }

        List<String> key() {
            String index = keyIndex();
            return index == null ? Collections.<String>emptyList() : indexes.get(index);
        }
    }
}
