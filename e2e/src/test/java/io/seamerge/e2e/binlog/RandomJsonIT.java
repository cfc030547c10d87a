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

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.binlog.BinlogPosition;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Documents of any shape, with numbers of any bits and values of SQL types, read the same by a
 * query and from the binlog.
 */
class RandomJsonIT {

    private static final int DOCUMENTS = 1500;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7"})
    void bothWaysGiveTheSameText(String version) throws Exception {
        try (MySqlServer server = MySqlServer.start(version, Map.of());
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE json");
            statement.execute("USE json");
            statement.execute("CREATE TABLE documents (id INT PRIMARY KEY AUTO_INCREMENT, d JSON)");
            BinlogPosition from = Stream.now(connection);
            statement.execute("INSERT INTO documents (d) VALUES (" + powersOfTwo() + ")");
            for (int i = 0; i < DOCUMENTS; i++) {
                String document = "JSON_ARRAY(" + expression(1 + random.nextInt(5)) + ")";
                try {
                    statement.execute("INSERT INTO documents (d) VALUES (" + document + ")");
                } catch (SQLException e) {
                    throw new SQLException(e.getMessage() + " (seed " + seed + "): " + document, e);
                }
            }
            // What was changed in place has gaps in its bytes.
            statement.execute(
                    "UPDATE documents SET d = JSON_REMOVE(JSON_SET(d, '$[0][0]', 1, '$[0].a', 'x'), '$[0][1]')");
            ReadTable table = ReadTable.describe(connection, "json", "documents");

            Stream stream = Stream.read(server, from, Stream.now(connection), List.of(table));

            List<List<Object>> rows = stream.rowsOf(table);
            assertThat(rows).hasSizeBetween(DOCUMENTS + 2, 2 * DOCUMENTS + 2);
            Map<Object, Object> last = new TreeMap<>();
            rows.forEach(row -> last.put(row.get(0), row.get(1)));
            for (List<Object> row : table.snapshot(connection)) {
                assertThat(last.get(row.get(0))).as("seed %d", seed).isEqualTo(row.get(1));
            }
        }
    }

    /** There the neighbours are not equally far away, so the shortest digits are special. */
    private static String powersOfTwo() {
        StringBuilder array = new StringBuilder("JSON_ARRAY(0");
        for (int n = 0; n < 1024; n++) {
            array.append(",POW(2,").append(n).append("),1/POW(2,").append(n).append(')');
        }
        for (int n = 1; n <= 51; n++) {
            array.append(",1/POW(2,1023)/POW(2,").append(n).append(')');
        }
        return array.append(')').toString();
    }

    private String expression(int depth) {
        int choice = random.nextInt(depth == 0 ? 9 : 13);
        switch (choice) {
            case 0:
                return "CAST('"
                        + List.of("null", "true", "false").get(random.nextInt(3))
                        + "' AS JSON)";
            case 1:
                return Long.toString(random.nextLong() >> random.nextInt(64));
            case 2:
                return Long.toUnsignedString(random.nextLong());
            case 3:
                return "CAST('" + Double.longBitsToDouble(finiteBits()) + "' AS JSON)";
            case 4:
                return "CAST('"
                        + (random.nextInt(2_000_000) - 1_000_000) / Math.pow(10, random.nextInt(12))
                        + "' AS JSON)";
            case 5:
                return "CAST("
                        + (random.nextInt(2_000_000) - 1_000_000)
                        + "."
                        + Math.abs(random.nextInt())
                        + " AS DECIMAL("
                        + (20 + random.nextInt(30))
                        + ","
                        + random.nextInt(10)
                        + "))";
            case 6:
                return String.format(
                        "CAST('%04d-%02d-%02d %02d:%02d:%02d.%06d' AS DATETIME(%d))",
                        random.nextInt(10_000),
                        1 + random.nextInt(12),
                        1 + random.nextInt(28),
                        random.nextInt(24),
                        random.nextInt(60),
                        random.nextInt(60),
                        random.nextInt(1_000_000),
                        random.nextInt(7));
            case 7:
                return String.format(
                        "CAST('%s%02d:%02d:%02d.%06d' AS TIME(%d))",
                        random.nextBoolean() ? "-" : "",
                        random.nextInt(838),
                        random.nextInt(60),
                        random.nextInt(60),
                        random.nextInt(1_000_000),
                        random.nextInt(7));
            case 8:
                return "CONVERT(x'"
                        + hex(text(random.nextInt(50) == 0 ? 40_000 : 20))
                        + "' USING utf8mb4)";
            case 9:
            case 10:
                StringBuilder array = new StringBuilder("JSON_ARRAY(");
                int size = size();
                for (int i = 0; i < size; i++) {
                    array.append(i == 0 ? "" : ",").append(expression(depth - 1));
                }
                return array.append(')').toString();
            default:
                StringBuilder object = new StringBuilder("JSON_OBJECT(");
                int pairs = size();
                for (int i = 0; i < pairs; i++) {
                    object.append(i == 0 ? "" : ",")
                            .append("CONVERT(x'")
                            .append(hex(i + text(20)))
                            .append("' USING utf8mb4),")
                            .append(expression(depth - 1));
                }
                return object.append(')').toString();
        }
    }

    private int size() {
        return random.nextInt(100) == 0 ? 300 : random.nextInt(6);
    }

    private long finiteBits() {
        long bits = random.nextLong();
        return Double.isFinite(Double.longBitsToDouble(bits)) ? bits : finiteBits();
    }

    private String text(int longest) {
        int length = random.nextInt(longest);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            switch (random.nextInt(5)) {
                case 0:
                    text.append((char) random.nextInt(32));
                    break;
                case 1:
                    text.append("\"\\/'\u007f\u0080".charAt(random.nextInt(6)));
                    break;
                case 2:
                    text.appendCodePoint(0x1f600 + random.nextInt(40));
                    break;
                case 3:
                    text.append((char) (0xa0 + random.nextInt(0xd000)));
                    break;
                default:
                    text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
