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

import io.seamerge.mysql.config.HostAndPort;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.SourceConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Opens JDBC connections to one instance, in the session state that exact reading needs: UTC, no
 * conversion of zero dates, no prepared statements on the server. Stateless and thread-safe; a
 * password file is read at each connect.
 */
public final class MySqlConnections {

    /**
     * How long the server waits for a reader: tables without a key are read as slowly as need be.
     */
    private static final int NET_WRITE_TIMEOUT_SECONDS = 600;

    private final SourceConfig config;
    private final InstanceConfig instance;

    public MySqlConnections(SourceConfig config, InstanceConfig instance) {
        this.config = config;
        this.instance = instance;
    }

    /**
     * Connects to one of the instance's hosts.
     *
     * @throws SQLException naming instance and host, never the password
     */
    public Connection open(HostAndPort host) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", instance.username());
        try {
            properties.setProperty("password", instance.password());
        } catch (IOException e) {
            throw new SQLException(
                    "instance " + instance.name() + ": the password file cannot be read: " + e, e);
        }
        properties.setProperty("sslMode", instance.tls().mode().name());
        properties.setProperty("allowPublicKeyRetrieval", "true");
        properties.setProperty("connectTimeout", Integer.toString(config.connectTimeoutMs()));
        properties.setProperty("socketTimeout", Integer.toString(config.readTimeoutMs()));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectionTimeZone", "UTC");
        properties.setProperty("characterEncoding", "UTF-8");
        properties.setProperty("zeroDateTimeBehavior", "EXCEPTION");
        properties.setProperty("yearIsDateType", "false");
        properties.setProperty("tinyInt1isBit", "false");
        properties.setProperty("useServerPrepStmts", "false");
        properties.setProperty("rewriteBatchedStatements", "false");
        // PAD_CHAR_TO_FULL_LENGTH would make a CHAR of the snapshot differ from that of the binlog;
        // a zone by name needs tables that not every server has. The driver's own time for those
        // who read slowly costs two statements more for each one that is streamed.
        properties.setProperty("netTimeoutForStreamingResults", "0");
        properties.setProperty(
                "sessionVariables",
                "sql_mode='',time_zone='+00:00',net_write_timeout=" + NET_WRITE_TIMEOUT_SECONDS);
        try (TrustFile trust = TrustFile.of(instance.tls())) {
            trust.addTo(properties);
            // Not DriverManager: its caller-sensitive lookup does not see the engine's loaders.
            Driver driver = new com.mysql.cj.jdbc.Driver();
            Connection connection = driver.connect("jdbc:mysql://" + host + "/", properties);
            try {
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            } catch (SQLException e) {
                InstanceTask.closeQuietly(connection);
                throw e;
            }
            return connection;
        } catch (IOException e) {
            throw new SQLException("instance " + instance.name() + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            throw new SQLException(
                    "instance "
                            + instance.name()
                            + ": no connection to "
                            + host
                            + " as "
                            + instance.username()
                            + ": "
                            + reason(e),
                    e.getSQLState(),
                    e.getErrorCode(),
                    e);
        }
    }

    /**
     * The driver's own words for what the network or TLS said are "Communications link failure".
     */
    private static String reason(SQLException failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String said = String.valueOf(failure.getMessage());
        int end = said.indexOf('\n');
        String first = end < 0 ? said : said.substring(0, end);
        String why = String.valueOf(root.getMessage());
        return root == failure || first.contains(why) || root instanceof SQLException
                ? first
                : first + ": " + why;
    }

    /** Whether a server, or all hosts of an instance, could not be reached at all. */
    public static boolean isOutOfReach(SQLException failure) {
        boolean outOfReach = String.valueOf(failure.getSQLState()).startsWith("08");
        for (Throwable other : failure.getSuppressed()) {
            outOfReach &=
                    other instanceof SQLException
                            && String.valueOf(((SQLException) other).getSQLState())
                                    .startsWith("08");
        }
        return outOfReach;
    }

    /**
     * Connects to the first of the instance's hosts that answers.
     *
     * @throws SQLException that of the first host, with the others' as suppressed ones
     */
    public Connection openFirst() throws SQLException {
        SQLException first = null;
        for (HostAndPort host : instance.hosts()) {
            try {
                return open(host);
            } catch (SQLException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        throw first == null
                ? new SQLException("instance " + instance.name() + " has no host")
                : first;
    }
}
