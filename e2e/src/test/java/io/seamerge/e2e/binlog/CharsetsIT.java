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
import io.seamerge.mysql.type.ColumnType;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Characters of one to four bytes, in every supported character set, are those that the server
 * takes them for; what the server knows and Java does not is refused.
 */
class CharsetsIT {

    /**
     * How many of the characters that are tried Java does not know: ETEN's in Big5, those for
     * private use in EUC-JP; and of eucjpms what MySQL, other than MariaDB, makes of a code that is
     * cut off.
     */
    private static final Map<String, Integer> REFUSED =
            Map.of("big5", 7, "ujis", 1880, "eucjpms", 128 * 96);

    /** On others by {@code -Dseamerge.versions=5.7,9.7,mariadb}: each takes half a minute. */
    private static List<String> versions() {
        return List.of(System.getProperty("seamerge.versions", "8.0").split(","));
    }

    @ParameterizedTest
    @MethodSource("versions")
    void charactersAreThoseOfTheServer(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        SoftAssertions all = new SoftAssertions();
        try (MySqlServer server = MySqlServer.start(version, Map.of());
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE charsets");
            statement.execute("USE charsets");
            statement.execute("CREATE TABLE bytes (b VARBINARY(4) PRIMARY KEY)");
            statement.execute("CREATE TABLE numbers (n INT PRIMARY KEY)");
            statement.execute("INSERT INTO numbers VALUES (0)");
            for (int n = 1; n < 256; n *= 2) {
                statement.execute("INSERT INTO numbers SELECT n + " + n + " FROM numbers");
            }
            statement.execute("INSERT INTO bytes SELECT CHAR(n) FROM numbers");
            statement.execute(
                    "INSERT INTO bytes SELECT CONCAT(CHAR(a.n), CHAR(b.n)) FROM numbers a, numbers b");
            // Three bytes are for EUC-JP, four for GB 18030, UTF-16 and UTF-32.
            statement.execute(
                    "INSERT INTO bytes SELECT CONCAT(x'8f', CHAR(a.n), CHAR(b.n))"
                            + " FROM numbers a, numbers b WHERE a.n > 160 AND b.n > 160");
            statement.execute(
                    "INSERT INTO bytes SELECT CONCAT(CHAR(a.n), CHAR(b.n), CHAR(c.n), CHAR(d.n))"
                            + " FROM numbers a, numbers b, numbers c, numbers d"
                            + " WHERE a.n IN (129, 130, 131, 132, 144, 149) AND b.n BETWEEN 48 AND 57"
                            + " AND c.n BETWEEN 129 AND 254 AND d.n BETWEEN 48 AND 57");
            statement.execute(
                    "INSERT INTO bytes SELECT CONCAT(x'00', CHAR(a.n), CHAR(b.n), x'41')"
                            + " FROM numbers a, numbers b WHERE a.n < 17");
            List<String> charsets = new ArrayList<>();
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT character_set_name FROM information_schema.character_sets")) {
                while (rows.next()) {
                    charsets.add(rows.getString(1));
                }
            }
            assertThat(charsets).hasSizeGreaterThanOrEqualTo(40);
            charsets.remove("binary");
            for (String charset : charsets) {
                check(all, statement, charset, version.equals("mariadb"));
            }
        }
        all.assertAll();
    }

    private static void check(
            SoftAssertions all, Statement statement, String charset, boolean mariaDb)
            throws SQLException {
        ColumnType type = ColumnType.parse("varchar(4)", charset);
        int unit = charset.equals("utf32") ? 4 : charset.matches("ucs2|utf16.*") ? 2 : 1;
        Map<String, String> different = new TreeMap<>();
        int checked = 0;
        int refused = 0;
        try (ResultSet rows =
                statement.executeQuery(
                        "SELECT b, CAST(CONVERT(CONVERT(b USING "
                                + charset
                                + ") USING utf8mb4) AS BINARY) FROM bytes WHERE LENGTH(b) % "
                                + unit
                                + " = 0")) {
            while (rows.next()) {
                byte[] bytes = rows.getBytes(1);
                byte[] utf8 = rows.getBytes(2);
                String wanted = utf8 == null ? "?" : new String(utf8, StandardCharsets.UTF_8);
                // A question mark is what the server makes of bytes for which it has no character.
                if (wanted.indexOf('?') >= 0 || wanted.indexOf('\ufffd') >= 0) {
                    continue;
                }
                if (charset.equals("ascii") && hasNoAscii(bytes)) {
                    // 9.7 makes something of some of them.
                    continue;
                }
                checked++;
                Object found = Refusal.orValue(() -> type.fromText(bytes));
                if (found instanceof Refusal) {
                    refused++;
                } else if (!wanted.equals(found)) {
                    different.put(
                            HexFormat.of().formatHex(bytes),
                            codePoints(wanted) + " not " + codePoints((String) found));
                }
            }
        }
        all.assertThat(checked).as(charset).isGreaterThan(120);
        all.assertThat(different).as(charset).isEmpty();
        all.assertThat(refused)
                .as(charset)
                .isEqualTo(
                        mariaDb && charset.equals("eucjpms")
                                ? 0
                                : REFUSED.getOrDefault(charset, 0));
    }

    private static boolean hasNoAscii(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                return true;
            }
        }
        return false;
    }

    private static String codePoints(String text) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> shown.append(Integer.toHexString(c)).append(' '));
        return shown.toString().trim();
    }
}
