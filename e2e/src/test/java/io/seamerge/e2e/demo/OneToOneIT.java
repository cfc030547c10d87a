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
package io.seamerge.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/** The template one-to-one.streaming.conf as it stands, with a table of every common type. */
class OneToOneIT {

    private record Case(String type, String literal, String inPostgres) {}

    private static final List<Case> CASES =
            List.of(
                    new Case("TINYINT", "-128", "-128"),
                    new Case("TINYINT(1)", "2", "2"),
                    new Case("TINYINT UNSIGNED", "255", "255"),
                    new Case("SMALLINT", "-32768", "-32768"),
                    new Case("SMALLINT UNSIGNED", "65535", "65535"),
                    new Case("MEDIUMINT", "-8388608", "-8388608"),
                    new Case("MEDIUMINT UNSIGNED", "16777215", "16777215"),
                    new Case("INT", "-2147483648", "-2147483648"),
                    new Case("INT UNSIGNED", "4294967295", "4294967295"),
                    new Case("BIGINT", "-9223372036854775808", "-9223372036854775808"),
                    new Case("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"),
                    new Case(
                            "DECIMAL(65,30)",
                            "-12345678901234567890.123",
                            "-12345678901234567890.123000000000000000000000000000"),
                    new Case("DECIMAL(10,2)", "12345678.90", "12345678.90"),
                    new Case("FLOAT", "1.17549e-38", "1.17549e-38"),
                    new Case("DOUBLE", "1.7976931348623157e308", "1.7976931348623157e+308"),
                    new Case("BIT(1)", "b'1'", "true"),
                    new Case("BIT(12)", "b'101000000001'", "101000000001"),
                    new Case("YEAR", "2155", "2155"),
                    new Case("DATE", "'1000-01-01'", "1000-01-01"),
                    new Case("DATE", "'9999-12-31'", "9999-12-31"),
                    new Case("TIME(6)", "'23:59:59.999999'", "23:59:59.999999"),
                    new Case("DATETIME", "'9999-12-31 23:59:59'", "9999-12-31 23:59:59"),
                    new Case(
                            "DATETIME(6)",
                            "'1000-01-01 00:00:00.000001'",
                            "1000-01-01 00:00:00.000001"),
                    new Case(
                            "TIMESTAMP(3) NULL",
                            "'2038-01-19 03:14:07.499'",
                            "2038-01-19 03:14:07.499+00"),
                    new Case("CHAR(10)", "'ab'", "ab"),
                    new Case(
                            "VARCHAR(100)",
                            "'Grüße, 世界 😀 \\\\ \\t \\n \\''",
                            "Grüße, 世界 😀 \\ \t \n '"),
                    new Case("VARCHAR(20) CHARACTER SET latin1", "'naïve'", "naïve"),
                    new Case("VARCHAR(20) CHARACTER SET gbk", "'中文'", "中文"),
                    new Case("LONGTEXT", "REPEAT('long ', 20000)", null),
                    new Case("VARCHAR(10)", "''", ""),
                    new Case("VARCHAR(10)", "'\\\\N'", "\\N"),
                    new Case("ENUM('klein','größer','am größten')", "'größer'", "größer"),
                    new Case("SET('a','b','c')", "'a,c'", "a,c"),
                    new Case("BINARY(4)", "x'00ff0000'", "\\x00ff0000"),
                    new Case("VARBINARY(10)", "x'000a0d5c'", "\\x000a0d5c"),
                    new Case("BLOB", "x'deadbeef00'", "\\xdeadbeef00"),
                    new Case(
                            "JSON",
                            "'{\"b\": [1, 2.5, null, true], \"a\": \"ü\"}'",
                            "{\"a\": \"ü\", \"b\": [1, 2.5, null, true]}"),
                    new Case("INT", "NULL", null),
                    new Case("VARCHAR(10)", "NULL", null),
                    new Case("DATETIME", "NULL", null));

    @Test
    void everyCommonTypeArrivesEqualFromSnapshotAndBinlog() throws Exception {
        try (MySqlServer mysql = MySqlServer.start();
                PostgresServer postgres = PostgresServer.start();
                SeaTunnelEngine engine = SeaTunnelEngine.start()) {
            execute(mysql, "CREATE DATABASE shop CHARACTER SET utf8mb4");
            StringBuilder columns = new StringBuilder("id INT PRIMARY KEY");
            StringBuilder values = new StringBuilder();
            for (int i = 0; i < CASES.size(); i++) {
                columns.append(", c").append(i).append(' ').append(CASES.get(i).type());
                values.append(", ").append(CASES.get(i).literal());
            }
            execute(
                    mysql,
                    "CREATE TABLE shop.types (" + columns + ")",
                    "CREATE TABLE shop.empty (a BIGINT, b VARCHAR(5), PRIMARY KEY (a, b))",
                    "CREATE TABLE shop.`Quoted \"name\"` (`Key` INT PRIMARY KEY, `select` INT)",
                    "INSERT INTO shop.types VALUES (1" + values + ")",
                    "INSERT INTO shop.`Quoted \"name\"` VALUES (1, 2)");
            EngineJob job =
                    engine.run(
                            ShopTarget.jobFile("one-to-one.streaming.conf"),
                            Map.of(
                                    "mysql", "127.0.0.1:" + mysql.port(),
                                    "mysql_user", mysql.user(),
                                    "mysql_password", mysql.password(),
                                    "mysql_tables", "shop\\..*",
                                    "pg_url", postgres.jdbcUrl(),
                                    "pg_user", postgres.user(),
                                    "pg_password", postgres.password()));
            Await.until(
                    "the snapshot",
                    () -> count(postgres, "SELECT count(*) FROM shop.types") == 1,
                    job);
            execute(
                    mysql,
                    "INSERT INTO shop.types VALUES (2" + values + ")",
                    "INSERT INTO shop.empty VALUES (1, 'x'), (2, 'y'), (3, 'z')",
                    "UPDATE shop.empty SET b = 'key' WHERE a = 2",
                    "DELETE FROM shop.empty WHERE a = 3",
                    "UPDATE shop.`Quoted \"name\"` SET `select` = 3",
                    "INSERT INTO shop.types (id) VALUES (3)");
            Await.until(
                    "the stream",
                    () -> count(postgres, "SELECT count(*) FROM shop.types") == 3,
                    job);

            SoftAssertions all = new SoftAssertions();
            try (Connection connection = postgres.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("SET TimeZone = 'UTC'");
                ResultSet rows = statement.executeQuery("SELECT * FROM shop.types ORDER BY id");
                rows.next();
                List<String> snapshot = texts(rows);
                rows.next();
                List<String> stream = texts(rows);
                for (int i = 0; i < CASES.size(); i++) {
                    Case type = CASES.get(i);
                    String wanted =
                            type.type().equals("LONGTEXT")
                                    ? "long ".repeat(20000)
                                    : type.inPostgres();
                    all.assertThat(snapshot.get(i)).as("snapshot of " + type).isEqualTo(wanted);
                    all.assertThat(stream.get(i)).as("stream of " + type).isEqualTo(wanted);
                }
                rows =
                        statement.executeQuery(
                                "SELECT string_agg(a || b, ' ' ORDER BY a) FROM shop.empty");
                rows.next();
                all.assertThat(rows.getString(1)).isEqualTo("1x 2key");
                rows =
                        statement.executeQuery(
                                "SELECT \"Key\", \"select\" FROM shop.\"Quoted \"\"name\"\"\"");
                rows.next();
                all.assertThat(rows.getInt(2)).isEqualTo(3);
            }
            all.assertAll();
            assertThat(job.status()).isEqualTo("RUNNING");
            job.cancel();
        }
    }

    private static List<String> texts(ResultSet row) throws SQLException {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < CASES.size(); i++) {
            Object value = row.getObject(i + 2);
            texts.add(value instanceof Boolean ? value.toString() : row.getString(i + 2));
        }
        return texts;
    }

    private static long count(PostgresServer postgres, String query) throws SQLException {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(query);
            rows.next();
            return rows.getLong(1);
        } catch (SQLException e) {
            if ("42P01".equals(e.getSQLState()) || "3F000".equals(e.getSQLState())) {
                return -1;
            }
            throw e;
        }
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
