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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.binlog.BinlogPosition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every type of {@code types.txt} reads the same by a query and from the binlog, and as the file
 * says.
 */
class BinlogTypesIT {

    /** Settings of JVMs that must read the same. */
    private static final List<List<String>> JVMS =
            List.of(
                    List.of("-Duser.timezone=America/New_York", "-Dfile.encoding=ISO-8859-1"),
                    List.of(
                            "-Duser.timezone=Asia/Kolkata",
                            "-Duser.language=tr",
                            "-Duser.country=TR"),
                    List.of(
                            "-Duser.timezone=Pacific/Apia",
                            "-Duser.language=ar",
                            "-Duser.country=SA",
                            "-Dfile.encoding=US-ASCII"));

    private record Value(String sql, String expected) {}

    private record TypeCase(String definition, List<Value> values) {}

    @ParameterizedTest
    @CsvSource({
        "5.7, ''",
        "8.0, binlog_row_metadata=FULL",
        "8.0, binlog_row_metadata=MINIMAL",
        "9.7, binlog_row_metadata=MINIMAL",
        "9.7, binlog_transaction_compression=ON",
        "mariadb, binlog_row_metadata=FULL",
        "mariadb, binlog_row_metadata=NO_LOG"
    })
    void bothWaysGiveTheSameValues(String version, String setting) throws Exception {
        Map<String, String> settings = new HashMap<>();
        if (!setting.isEmpty()) {
            settings.put(setting.split("=")[0], setting.split("=")[1]);
        }
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer server = MySqlServer.start(version, settings);
                Connection connection =
                        DriverManager.getConnection(
                                server.jdbcUrl()
                                        + "&characterEncoding=UTF-8&jdbcCompliantTruncation=false"
                                        + "&sessionVariables=time_zone='%2B00:00',sql_mode='ALLOW_INVALID_DATES'")) {
            List<TypeCase> cases = readCases(version);
            execute(connection, "CREATE DATABASE types");
            execute(connection, "USE types");
            execute(connection, "CREATE TABLE blobs (id INT PRIMARY KEY, b MEDIUMBLOB)");
            execute(connection, "INSERT INTO blobs VALUES (1, x'00ff'), (2, repeat(x'00ff', 100))");
            BinlogPosition from = Stream.now(connection);
            List<ReadTable> tables = new ArrayList<>();
            for (int i = 0; i < cases.size(); i++) {
                tables.add(fill(connection, "t" + i, cases.get(i)));
            }
            BinlogPosition until = Stream.now(connection);

            Stream stream = Stream.read(server, from, until, tables);

            SoftAssertions all = new SoftAssertions();
            for (int i = 0; i < cases.size(); i++) {
                check(
                        all,
                        cases.get(i),
                        tables.get(i).snapshot(connection),
                        stream.rowsOf(tables.get(i)));
            }
            all.assertAll();
            if (version.equals("8.0") && setting.endsWith("FULL")) {
                otherJvmsReadTheSame(server, from, until, JVMS);
            } else if (!setting.endsWith("=MINIMAL") && !setting.endsWith("NO_LOG")) {
                otherJvmsReadTheSame(server, from, until, JVMS.subList(2, 3));
            }
        }
    }

    private static void otherJvmsReadTheSame(
            MySqlServer server,
            BinlogPosition from,
            BinlogPosition until,
            List<List<String>> settings)
            throws Exception {
        String[] arguments = {
            server.host(),
            String.valueOf(server.port()),
            server.user(),
            server.password(),
            server.jdbcUrl(),
            from.file(),
            String.valueOf(from.offset()),
            until.file(),
            String.valueOf(until.offset())
        };
        String here = TypesDigest.of(arguments);
        assertThat(here).matches("[0-9a-f]{64} [0-9]{3,}");
        for (List<String> setting : settings) {
            List<String> command = new ArrayList<>();
            command.add(System.getProperty("java.home") + "/bin/java");
            command.addAll(List.of("-Xmx256m", "-cp"));
            command.add(
                    System.getProperty(
                            "surefire.test.class.path", System.getProperty("java.class.path")));
            command.addAll(setting);
            command.add(TypesDigest.class.getName());
            command.addAll(List.of(arguments));
            Process jvm =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            try {
                String there =
                        new String(jvm.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                assertThat(there.trim()).as("a JVM with %s", setting).endsWith(here);
            } finally {
                jvm.destroyForcibly();
            }
        }
    }

    private static void check(
            SoftAssertions all,
            TypeCase type,
            List<List<Object>> snapshot,
            List<List<Object>> stream) {
        all.assertThat(snapshot).as(type.definition).hasSize(type.values.size() + 1);
        all.assertThat(stream).as(type.definition).hasSameSizeAs(snapshot);
        for (int i = 0; i < Math.min(snapshot.size(), stream.size()); i++) {
            String what = type.definition + " " + (i == 0 ? "NULL" : type.values.get(i - 1).sql);
            Object queried = snapshot.get(i).get(1);
            Object streamed = stream.get(i).get(1);
            all.assertThat(shown(streamed)).as(what + " from the binlog").isEqualTo(shown(queried));
            all.assertThat(streamed).as(what + " from the binlog").isEqualTo(queried);
            String expected = i == 0 ? "null" : type.values.get(i - 1).expected;
            if (expected != null && expected.startsWith("! ")) {
                all.assertThat(queried).as(what).isInstanceOf(Refusal.class);
                all.assertThat(shown(queried)).as(what).contains(expected.substring(2));
            } else if (expected != null) {
                all.assertThat(shown(queried)).as(what).isEqualTo(expected);
            } else {
                all.assertThat(queried).as(what).isNotNull().isNotInstanceOf(Refusal.class);
            }
        }
    }

    private static String shown(Object value) {
        return value instanceof byte[]
                ? HexFormat.of().formatHex((byte[]) value)
                : String.valueOf(value);
    }

    private static ReadTable fill(Connection connection, String name, TypeCase type)
            throws SQLException {
        execute(
                connection,
                "CREATE TABLE "
                        + name
                        + " (id INT PRIMARY KEY AUTO_INCREMENT, c "
                        + type.definition
                        + ")");
        execute(connection, "INSERT INTO " + name + " (c) VALUES (NULL)");
        for (Value value : type.values) {
            execute(connection, "INSERT INTO " + name + " (c) VALUES (" + value.sql + ")");
        }
        return ReadTable.describe(connection, "types", name);
    }

    private static List<TypeCase> readCases(String version) throws IOException {
        List<TypeCase> cases = new ArrayList<>();
        boolean wanted = true;
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                BinlogTypesIT.class.getResourceAsStream("/binlog/types.txt"),
                                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("[")) {
                    int end = line.lastIndexOf(']');
                    String versions = line.substring(end + 1).trim();
                    TypeCase type = new TypeCase(line.substring(1, end), new ArrayList<>());
                    wanted = versions.isEmpty() || List.of(versions.split(" ")).contains(version);
                    if (wanted) {
                        cases.add(type);
                    }
                } else if (!wanted) {
                    continue;
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    int arrow = line.lastIndexOf(" =>");
                    assertThat(arrow).as("types.txt: %s", line).isPositive();
                    String expected = line.substring(arrow + 3);
                    cases.get(cases.size() - 1)
                            .values
                            .add(
                                    new Value(
                                            line.substring(0, arrow),
                                            expected.isEmpty() ? null : expected.substring(1)));
                }
            }
        }
        return cases;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SQLException(e.getMessage() + ": " + sql, e);
        }
    }
}
