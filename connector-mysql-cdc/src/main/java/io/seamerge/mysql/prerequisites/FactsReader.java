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
package io.seamerge.mysql.prerequisites;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a server's {@link ServerFacts}. Changes nothing. What an account may not ask is left out
 * and said in the log; what follows from it for a job, {@link Prerequisites} finds in the grants.
 */
public final class FactsReader {

    private static final Logger LOG = LoggerFactory.getLogger(FactsReader.class);

    private static final List<String> VARIABLES =
            Arrays.asList(
                    "log_bin",
                    "binlog_format",
                    "binlog_row_image",
                    "binlog_row_metadata",
                    "binlog_row_value_options",
                    "gtid_mode",
                    "enforce_gtid_consistency",
                    "server_id",
                    "binlog_expire_logs_seconds",
                    "binlog_expire_logs_auto_purge",
                    "expire_logs_days",
                    "log_replica_updates",
                    "log_slave_updates",
                    "innodb_native_foreign_keys");

    private static final String TABLES =
            "SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, DATA_LENGTH FROM information_schema.TABLES"
                    + " WHERE TABLE_SCHEMA = ?";

    private static final String FOLDING_KEY_COLUMNS =
            "SELECT s.TABLE_NAME, c.COLUMN_NAME, c.COLLATION_NAME"
                    + " FROM information_schema.STATISTICS s JOIN information_schema.COLUMNS c"
                    + " ON c.TABLE_SCHEMA = s.TABLE_SCHEMA AND c.TABLE_NAME = s.TABLE_NAME"
                    + " AND c.COLUMN_NAME = s.COLUMN_NAME"
                    + " WHERE s.TABLE_SCHEMA = ? AND s.INDEX_NAME = 'PRIMARY'"
                    + " AND c.COLLATION_NAME IS NOT NULL"
                    + " ORDER BY s.TABLE_NAME, s.SEQ_IN_INDEX";

    private static final String CASCADES =
            "SELECT TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE"
                    + " FROM information_schema.REFERENTIAL_CONSTRAINTS"
                    + " WHERE CONSTRAINT_SCHEMA = ? ORDER BY TABLE_NAME, CONSTRAINT_NAME";

    private static final String FOREIGN_KEYS =
            "SELECT DISTINCT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.KEY_COLUMN_USAGE"
                    + " WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL"
                    + " ORDER BY TABLE_NAME, CONSTRAINT_NAME";

    private final Connection connection;

    public FactsReader(Connection connection) {
        this.connection = connection;
    }

    /**
     * Asks the server.
     *
     * @param captured the tables that will be read: names by database
     */
    public ServerFacts read(Map<String, ? extends Collection<String>> captured)
            throws SQLException {
        Map<String, String> variables = variables();
        boolean binlog = "ON".equalsIgnoreCase(variables.get("log_bin"));
        Map<String, String> end = binlog ? oneRow(binlogStatusStatements()) : null;
        List<ServerFacts.Table> tables = new ArrayList<>();
        List<ServerFacts.Cascade> cascades = new ArrayList<>();
        for (Map.Entry<String, ? extends Collection<String>> database : captured.entrySet()) {
            Set<String> names = new LinkedHashSet<>(database.getValue());
            tables(database.getKey(), names, tables);
            if (isMariaDb()) {
                definedCascades(database.getKey(), names, cascades);
            } else {
                cascades(database.getKey(), names, cascades);
            }
        }
        return new ServerFacts(
                text("SELECT VERSION()"),
                quotedAccount(text("SELECT CURRENT_USER()")),
                variables,
                new Grants(grants()),
                end == null ? "" : end.getOrDefault("binlog_do_db", ""),
                end == null ? "" : end.getOrDefault("binlog_ignore_db", ""),
                isReplica(),
                registeredServerIds(),
                tables,
                cascades);
    }

    private static List<String> binlogStatusStatements() {
        return Arrays.asList("SHOW BINARY LOG STATUS", "SHOW MASTER STATUS");
    }

    private Map<String, String> variables() throws SQLException {
        Map<String, String> variables = new LinkedHashMap<>();
        String names = "'" + String.join("', '", VARIABLES) + "'";
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SHOW GLOBAL VARIABLES WHERE Variable_name IN (" + names + ")")) {
            while (rows.next()) {
                variables.put(rows.getString(1).toLowerCase(Locale.ROOT), rows.getString(2));
            }
        }
        return variables;
    }

    private String text(String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static String quotedAccount(String account) {
        int at = account.lastIndexOf('@');
        return "'" + account.substring(0, at) + "'@'" + account.substring(at + 1) + "'";
    }

    /** Those of the account and of the roles that are active in this session. */
    private List<String> grants() throws SQLException {
        List<String> lines = lines("SHOW GRANTS");
        String roles = null;
        try {
            roles = text("SELECT CURRENT_ROLE()");
        } catch (SQLException e) {
            // 5.7 has no roles.
            LOG.debug("no roles: {}", e.getMessage());
        }
        if (roles != null && !roles.isEmpty() && !roles.equals("NONE")) {
            lines.addAll(
                    isMariaDb()
                            ? lines("SHOW GRANTS FOR `" + roles.replace("`", "``") + "`")
                            : lines("SHOW GRANTS FOR CURRENT_USER() USING " + roles));
        }
        return lines;
    }

    private boolean isMariaDb() throws SQLException {
        return connection.getMetaData().getDatabaseProductVersion().contains("MariaDB");
    }

    private List<String> lines(String query) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        }
        return lines;
    }

    /**
     * The first row of the first statement that the server knows and allows, by lower-case names;
     * null if there is none.
     */
    private Map<String, String> oneRow(List<String> statements) throws SQLException {
        for (String sql : statements) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                if (!rows.next()) {
                    return null;
                }
                ResultSetMetaData names = rows.getMetaData();
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= names.getColumnCount(); i++) {
                    String value = rows.getString(i);
                    row.put(
                            names.getColumnLabel(i).toLowerCase(Locale.ROOT),
                            value == null ? "" : value);
                }
                return row;
            } catch (SQLException e) {
                unlessRefused(sql, e);
            }
        }
        return null;
    }

    /**
     * MariaDB wants a privilege of its own for that question (SLAVE MONITOR), which a reader of its
     * binlog need not have, but none for the number of replications that run.
     */
    private boolean isReplica() throws SQLException {
        if (oneRow(Arrays.asList("SHOW REPLICA STATUS", "SHOW SLAVE STATUS")) != null) {
            return true;
        }
        try (Statement statement = connection.createStatement();
                ResultSet running =
                        statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Slaves_running'")) {
            return running.next() && running.getLong(2) > 0;
        }
    }

    private List<Long> registeredServerIds() throws SQLException {
        for (String sql : Arrays.asList("SHOW REPLICAS", "SHOW SLAVE HOSTS")) {
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                List<Long> ids = new ArrayList<>();
                while (rows.next()) {
                    ids.add(rows.getLong(1));
                }
                return ids;
            } catch (SQLException e) {
                unlessRefused(sql, e);
            }
        }
        return new ArrayList<>();
    }

    /** Unknown to this version (42000), or not allowed (42000 too, and HY000 of 1227). */
    private static void unlessRefused(String sql, SQLException e) throws SQLException {
        if (!"42000".equals(e.getSQLState()) && e.getErrorCode() != 1227) {
            throw e;
        }
        LOG.debug("{} is not answered: {}", sql, e.getMessage());
    }

    private void tables(String database, Set<String> names, List<ServerFacts.Table> into)
            throws SQLException {
        Map<String, List<String>> folding = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(FOLDING_KEY_COLUMNS)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String collation = rows.getString(3);
                    // These alone compare bytes, and these of them all.
                    if (!collation.equals("binary") && !collation.endsWith("0900_bin")) {
                        folding.computeIfAbsent(rows.getString(1), t -> new ArrayList<>())
                                .add(rows.getString(2) + " (" + collation + ")");
                    }
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(2);
                    if (names.contains(name)) {
                        String engine = rows.getString(3);
                        into.add(
                                new ServerFacts.Table(
                                        database,
                                        name,
                                        engine == null ? "" : engine,
                                        rows.getLong(4),
                                        folding.getOrDefault(name, new ArrayList<String>())));
                    }
                }
            }
        }
    }

    private void cascades(String database, Set<String> names, List<ServerFacts.Cascade> into)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CASCADES)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    if (!names.contains(rows.getString(1))) {
                        continue;
                    }
                    ForeignKeyRules rules =
                            new ForeignKeyRules(rows.getString(3), rows.getString(4));
                    if (rules.changeRows()) {
                        into.add(
                                new ServerFacts.Cascade(
                                        database + "." + rows.getString(1),
                                        rows.getString(2),
                                        rules.toString()));
                    }
                }
            }
        }
    }

    /**
     * MariaDB shows the rules of a foreign key to nobody who has SELECT alone, but that there is
     * one, and the table's definition: so one statement per captured table that has any.
     */
    private void definedCascades(String database, Set<String> names, List<ServerFacts.Cascade> into)
            throws SQLException {
        Map<String, List<String>> foreignKeys = new LinkedHashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(FOREIGN_KEYS)) {
            statement.setString(1, database);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    foreignKeys
                            .computeIfAbsent(rows.getString(1), t -> new ArrayList<>())
                            .add(rows.getString(2));
                }
            }
        }
        foreignKeys.keySet().retainAll(names);
        if (foreignKeys.isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_quote_show_create = ON");
        }
        for (Map.Entry<String, List<String>> table : foreignKeys.entrySet()) {
            String sql = "SHOW CREATE TABLE " + quoted(database) + "." + quoted(table.getKey());
            String definition;
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                rows.next();
                definition = rows.getString(2);
            } catch (SQLException e) {
                // Without SELECT on the table, which is a finding of its own.
                unlessRefused(sql, e);
                continue;
            }
            for (String constraint : table.getValue()) {
                ForeignKeyRules rules = ForeignKeyRules.defined(definition, constraint);
                if (rules == null || rules.changeRows()) {
                    into.add(
                            new ServerFacts.Cascade(
                                    database + "." + table.getKey(),
                                    constraint,
                                    rules == null
                                            ? "rules not shown by SHOW CREATE TABLE"
                                            : rules.toString()));
                }
            }
        }
    }

    private static String quoted(String identifier) {
        return "`" + identifier.replace("`", "``") + "`";
    }
}
