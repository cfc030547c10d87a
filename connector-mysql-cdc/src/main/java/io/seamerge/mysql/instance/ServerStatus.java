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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.binlog.Gtids;
import io.seamerge.mysql.binlog.MariaDbGtidState;
import io.seamerge.mysql.binlog.MariaDbGtids;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.TreeSet;

/** What a server says of itself and of its binlog at one moment. Immutable. */
public final class ServerStatus {

    private final String version;
    private final String serverUuid;
    private final String gtidMode;
    private final boolean mariaDb;

    private ServerStatus(String version, String serverUuid, String gtidMode, boolean mariaDb) {
        this.mariaDb = mariaDb;
        this.version = version;
        this.serverUuid = serverUuid;
        this.gtidMode = gtidMode;
    }

    /** Asks the server. */
    public static ServerStatus read(Connection connection) throws SQLException {
        return new ServerStatus(
                variable(connection, "version"),
                identity(connection),
                variable(connection, "gtid_mode"),
                isMariaDb(connection));
    }

    /** Whether the server is MariaDB, where every transaction has a GTID. */
    boolean isMariaDb() {
        return mariaDb;
    }

    /** Whether the server is MariaDB; asks nothing. */
    static boolean isMariaDb(Connection connection) throws SQLException {
        return connection.getMetaData().getDatabaseProductVersion().contains("MariaDB");
    }

    /**
     * What tells a server from every other and stays over restarts: MySQL's own server_uuid; on
     * MariaDB, which has none, its server_id with the server_uid that it computes from the machine
     * and its port, if it has that.
     */
    private static String identity(Connection connection) throws SQLException {
        if (!isMariaDb(connection)) {
            return variable(connection, "server_uuid");
        }
        String id = "mariadb-" + variable(connection, "server_id");
        String uid = variable(connection, "server_uid");
        return uid.isEmpty() ? id : id + "-" + uid;
    }

    private static boolean isOn(String value) {
        return "1".equals(value) || "ON".equalsIgnoreCase(value);
    }

    private static String variable(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SHOW GLOBAL VARIABLES LIKE '" + name + "'")) {
            return rows.next() ? rows.getString(2) : "";
        }
    }

    /** The written end of the binlog, now; nothing is written before it any more. */
    public static BinlogPosition writtenEnd(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            SQLException first;
            try (ResultSet rows = statement.executeQuery("SHOW MASTER STATUS")) {
                return end(rows);
            } catch (SQLException e) {
                first = e;
            }
            // 8.4 and later have the new form alone.
            try (ResultSet rows = statement.executeQuery("SHOW BINARY LOG STATUS")) {
                return end(rows);
            } catch (SQLException e) {
                e.addSuppressed(first);
                throw e;
            }
        }
    }

    private static BinlogPosition end(ResultSet rows) throws SQLException {
        if (!rows.next()) {
            throw new SQLException("the server writes no binlog (log_bin must be ON)");
        }
        return new BinlogPosition(rows.getString(1), rows.getLong(2));
    }

    /** The server's clock in µs since 1970-01-01 UTC. */
    public static long clockMicros(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /**
     * The transactions that are visible (MariaDB: in the binlog, and of whom), now; null where
     * GTIDs are off.
     */
    public Gtids executed(Connection connection) throws SQLException {
        if (mariaDb) {
            return MariaDbGtidState.parse(text(connection, "SELECT @@GLOBAL.gtid_binlog_state"));
        }
        return gtidOn() ? gtidSet(connection, "SELECT @@GLOBAL.gtid_executed") : null;
    }

    /** The transactions whose binlogs are gone; null where GTIDs are off. */
    public Gtids purged(Connection connection) throws SQLException {
        if (mariaDb) {
            return gtidsAt(connection, oldestBinlog(connection));
        }
        return gtidOn() ? gtidSet(connection, "SELECT @@GLOBAL.gtid_purged") : null;
    }

    /** The transactions before a place of the binlog; null where only the binlog itself tells. */
    Gtids gtidsAt(Connection connection, BinlogPosition place) throws SQLException {
        return mariaDb
                ? mariaDbGtids(
                        connection,
                        "SELECT BINLOG_GTID_POS('" + place.file() + "', " + place.offset() + ")")
                : null;
    }

    private static Gtids mariaDbGtids(Connection connection, String query) throws SQLException {
        String position = text(connection, query);
        return position == null ? null : MariaDbGtids.parse(position);
    }

    private static Gtids gtidSet(Connection connection, String query) throws SQLException {
        return GtidSet.parse(text(connection, query).replace("\n", ""));
    }

    private static String text(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** The first binlog that the server still has. */
    public static BinlogPosition oldestBinlog(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
            if (!rows.next()) {
                throw new SQLException("the server lists no binlog (log_bin must be ON)");
            }
            return new BinlogPosition(rows.getString(1), 4);
        }
    }

    /**
     * The server's own id, and those of the replicas that have registered there; binlog readers
     * that do not register are not among them.
     */
    static Set<Long> serverIds(Connection connection) throws SQLException {
        Set<Long> ids = new TreeSet<>();
        ids.add(Long.parseLong(variable(connection, "server_id")));
        if (isMariaDb(connection)) {
            return ids;
        }
        try (Statement statement = connection.createStatement()) {
            SQLException first;
            try (ResultSet rows = statement.executeQuery("SHOW SLAVE HOSTS")) {
                addIds(rows, ids);
                return ids;
            } catch (SQLException e) {
                first = e;
            }
            // 8.4 and later have the new form alone.
            try (ResultSet rows = statement.executeQuery("SHOW REPLICAS")) {
                addIds(rows, ids);
                return ids;
            } catch (SQLException e) {
                e.addSuppressed(first);
                throw e;
            }
        }
    }

    private static void addIds(ResultSet rows, Set<Long> ids) throws SQLException {
        while (rows.next()) {
            ids.add(rows.getLong(1));
        }
    }

    public String version() {
        return version;
    }

    /** The server's identity; see protocol, O4. */
    public String serverUuid() {
        return serverUuid;
    }

    /** Whether transactions all have GTIDs, and may be asked for by them. */
    public boolean gtidOn() {
        return "ON".equalsIgnoreCase(gtidMode);
    }

    /** OFF, OFF_PERMISSIVE, ON_PERMISSIVE or ON; empty on MariaDB. */
    public String gtidMode() {
        return gtidMode;
    }
}
