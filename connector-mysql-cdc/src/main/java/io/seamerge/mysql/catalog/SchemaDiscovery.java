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
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Paths;
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
        SchemaFile known = schemaFile(problems);
        Catalog catalog = discover(known, problems);
        for (Finding warning : warnings) {
            LOG.warn("{}", warning);
        }
        if (catalog != null && known != null) {
            try {
                known.write();
            } catch (IOException e) {
                problems.add("schema-file: %s cannot be written: %s", config.schemaFile(), e);
            }
        }
        problems.throwIfAny("MySQL-Merge-CDC cannot start");
        return catalog;
    }

    /**
     * Reads the schemas, and changes nothing anywhere.
     *
     * @param problems takes every problem of every instance
     * @return null if there is a problem
     */
    public Catalog discover(Problems problems) {
        return discover(schemaFile(problems), problems);
    }

    /** Null if the job has none. */
    private SchemaFile schemaFile(Problems problems) {
        if (config.schemaFile() == null) {
            return null;
        }
        try {
            return SchemaFile.read(Paths.get(config.schemaFile()));
        } catch (IOException | InvalidPathException e) {
            problems.add("schema-file: %s cannot be read: %s", config.schemaFile(), e.getMessage());
            return null;
        }
    }

    private Catalog discover(SchemaFile known, Problems problems) {
        warnings.clear();
        List<SourceTable> tables = new ArrayList<>();
        Map<String, String> absent = new LinkedHashMap<>();
        boolean allKnown = true;
        for (InstanceConfig instance : config.instances()) {
            String name = instance.name();
            try (Connection connection = new MySqlConnections(config, instance).openFirst()) {
                SchemaFile.Instance found;
                try {
                    found = find(connection, instance, problems);
                    tables.addAll(discover(found, connection, instance, problems));
                } catch (SQLException e) {
                    throw new SQLException(
                            "instance " + name + ": while its tables were read: " + e.getMessage(),
                            e.getSQLState(),
                            e.getErrorCode(),
                            e);
                }
                if (known != null) {
                    known.put(name, found);
                }
            } catch (SQLException e) {
                boolean outOfReach = MySqlConnections.isOutOfReach(e);
                SchemaFile.Instance before = known == null ? null : known.instance(name);
                if (outOfReach && before != null) {
                    tables.addAll(read(name, before.version, before.tables, problems));
                    absent.put(
                            name, e.getMessage() + ": its tables are as in " + config.schemaFile());
                } else if (outOfReach && instance.mayBeAbsent()) {
                    absent.put(name, e.getMessage() + ": may-be-absent");
                } else {
                    problems.add(
                            "%s%s",
                            e.getMessage(),
                            outOfReach
                                    ? "; to start or restore a job while an instance is out of reach,"
                                            + " its tables must be known: by schema-file, or by"
                                            + " may-be-absent from other instances"
                                    : "");
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
            LOG.warn("{}, so the job starts without it, and it joins later", reason);
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
        Map<String, String> locked = new LinkedHashMap<>();
        for (SourceTable table : tables) {
            captured.computeIfAbsent(table.database(), d -> new ArrayList<>()).add(table.name());
            if (config.keylessTables() == KeylessTables.LOCK
                    && isRead(instance.name(), table)
                    && !SnapshotKey.canPage(table)) {
                locked.put(table.database(), table.name());
            }
        }
        ServerFacts facts = new FactsReader(connection).read(captured);
        for (Finding finding : Prerequisites.check(instance, config, facts, locked)) {
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
        return discover(find(connection, instance, problems), connection, instance, problems);
    }

    private SchemaFile.Instance find(
            Connection connection, InstanceConfig instance, Problems problems) throws SQLException {
        ServerStatus server = ServerStatus.read(connection);
        showGeneratedKeys(connection);
        return new SchemaFile.Instance(
                server.version(), tables(connection, instance.name(), problems));
    }

    private List<SourceTable> discover(
            SchemaFile.Instance found,
            Connection connection,
            InstanceConfig instance,
            Problems problems)
            throws SQLException {
        List<SourceTable> tables = read(instance.name(), found.version, found.tables, problems);
        checkPrerequisites(connection, instance, tables, problems);
        return tables;
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

    /** What the server says of the tables that the job reads. */
    private List<FoundTable> tables(Connection connection, String instance, Problems problems)
            throws SQLException {
        Map<String, Map<String, FoundTable>> byDatabase = new TreeMap<>();
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
                            .put(
                                    table,
                                    new FoundTable(
                                            database, table, rows.getLong(3), rows.getString(4)));
                }
            }
        }
        List<FoundTable> tables = new ArrayList<>();
        for (Map.Entry<String, Map<String, FoundTable>> database : byDatabase.entrySet()) {
            readColumns(connection, database.getKey(), database.getValue());
            readIndexes(connection, database.getKey(), database.getValue());
            tables.addAll(database.getValue().values());
        }
        return tables;
    }

    /** The tables as the job reads them; those that no rule matches any more are left out. */
    private List<SourceTable> read(
            String instance, String version, List<FoundTable> found, Problems problems) {
        List<SourceTable> tables = new ArrayList<>();
        for (FoundTable table : found) {
            RouteConfig route =
                    Catalog.route(config, instance, table.database(), table.name(), new Problems());
            if (route == null) {
                continue;
            }
            SourceTable source = table.toSource(config, instance, version, route);
            if (config.keylessTables() == KeylessTables.REFUSE && isRead(instance, source)) {
                SnapshotKey.check(source, problems);
            }
            tables.add(source);
        }
        return tables;
    }

    /** Whether a snapshot reads the table. */
    private boolean isRead(String instance, SourceTable table) {
        return config.instance(instance).startup().mode().readsTables()
                || config.resnapshot().matches(instance, table.qualifiedName());
    }

    private static void readColumns(
            Connection connection, String database, Map<String, FoundTable> tables)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    FoundTable table = tables.get(rows.getString(2));
                    if (table != null) {
                        table.columns()
                                .add(
                                        new FoundTable.Column(
                                                rows.getString(3),
                                                rows.getString(4),
                                                rows.getString(5),
                                                "YES".equals(rows.getString(6)),
                                                rows.getString(7)));
                    }
                }
            }
        }
    }

    private static void readIndexes(
            Connection connection, String database, Map<String, FoundTable> tables)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UNIQUE_INDEXES)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    FoundTable table = tables.get(rows.getString(1));
                    if (table == null) {
                        continue;
                    }
                    String index = rows.getString(2);
                    table.uniqueIndexes()
                            .computeIfAbsent(index, i -> new ArrayList<>())
                            .add(rows.getString(3));
                    // A part that may be null, or that is a prefix, does not identify a row.
                    if ("YES".equals(rows.getString(4)) || rows.getObject(5) != null) {
                        table.unfitIndexes().add(index);
                    }
                }
            }
        }
    }
}
