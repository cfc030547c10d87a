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
package io.seamerge.e2e.binlog;

import io.seamerge.mysql.binlog.BinlogClient;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.tls.Tls;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A digest of all values of all tables of the database {@code types}, read in both ways. */
final class TypesDigest {

    private TypesDigest() {}

    /** Prints it; to be run in a JVM of other settings. */
    public static void main(String[] arguments) throws Exception {
        System.out.println(of(arguments));
    }

    /**
     * @param arguments host, port, user, password, JDBC URL, and the begin and end in the binlog
     */
    static String of(String[] arguments) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        long values = 0;
        try (Connection connection =
                        DriverManager.getConnection(
                                arguments[4] + "&sessionVariables=time_zone='%2B00:00'");
                Statement statement = connection.createStatement()) {
            List<String> names = new ArrayList<>();
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT table_name FROM information_schema.tables"
                                    + " WHERE table_schema = 'types' AND table_name LIKE 't%'"
                                    + " ORDER BY 1")) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
            List<ReadTable> tables = new ArrayList<>();
            for (String name : names) {
                tables.add(ReadTable.describe(connection, "types", name));
            }
            Stream stream =
                    new Stream(new BinlogPosition(arguments[7], Long.parseLong(arguments[8])));
            stream.run(
                    BinlogClient.to(arguments[0], Integer.parseInt(arguments[1]))
                            .login(arguments[2], arguments[3])
                            .tls(Tls.of(SslMode.DISABLED))
                            .serverId(60_000 + ProcessHandle.current().pid())
                            .build(),
                    new BinlogPosition(arguments[5], Long.parseLong(arguments[6])),
                    null,
                    tables);
            for (ReadTable table : tables) {
                for (List<List<Object>> way :
                        List.of(table.snapshot(connection), stream.rowsOf(table))) {
                    for (List<Object> row : way) {
                        for (Object value : row) {
                            digest.update(bytes(value));
                            digest.update((byte) 0);
                            values++;
                        }
                    }
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest()) + " " + values;
    }

    private static byte[] bytes(Object value) {
        return value instanceof byte[]
                ? (byte[]) value
                : (value == null ? "" : value.getClass().getName() + value)
                        .getBytes(StandardCharsets.UTF_8);
    }
}
