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
import io.seamerge.mysql.binlog.Gtids;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which server this is, and what its binlogs hold, at one moment. Immutable. */
final class ServerLogs {

    private final String serverUuid;
    private final String gtidMode;
    private final Gtids executed;
    private final Gtids purged;
    private final Map<String, Long> files;
    private final BinlogPosition writtenEnd;

    /**
     * @param serverUuid empty if the server says none
     * @param executed transactions that are visible there; null unless gtid_mode is ON
     * @param purged transactions whose binlogs are gone; null unless gtid_mode is ON
     * @param files the binlogs that are there in their order, with their sizes; not empty
     */
    ServerLogs(
            String serverUuid,
            String gtidMode,
            Gtids executed,
            Gtids purged,
            Map<String, Long> files,
            BinlogPosition writtenEnd) {
        this.serverUuid = serverUuid;
        this.gtidMode = gtidMode;
        this.executed = executed;
        this.purged = purged;
        this.files = Collections.unmodifiableMap(files);
        this.writtenEnd = writtenEnd;
    }

    /** Asks the server. */
    static ServerLogs read(Connection connection, ServerStatus server) throws SQLException {
        Gtids executed = server.executed(connection);
        Gtids purged = server.purged(connection);
        Map<String, Long> files = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
            while (rows.next()) {
                files.put(rows.getString(1), rows.getLong(2));
            }
        }
        if (files.isEmpty()) {
            throw new SQLException("the server lists no binlog (log_bin must be ON)");
        }
        // After the set: what is in it is written before this end.
        return new ServerLogs(
                server.serverUuid(),
                server.gtidMode(),
                executed,
                purged,
                files,
                ServerStatus.writtenEnd(connection));
    }

    String serverUuid() {
        return serverUuid;
    }

    String gtidMode() {
        return gtidMode;
    }

    Gtids executed() {
        return executed;
    }

    Gtids purged() {
        return purged;
    }

    Map<String, Long> files() {
        return files;
    }

    BinlogPosition writtenEnd() {
        return writtenEnd;
    }
}
