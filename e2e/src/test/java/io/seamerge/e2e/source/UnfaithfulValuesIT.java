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
package io.seamerge.e2e.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values without an equal become the same in snapshot and stream, whatever the policy is. */
class UnfaithfulValuesIT {

    private static final String[] VALUES = {
        "'2024-02-29', '2024-02-29 12:34:56.789', '2024-02-29 01:02:03.45', '01:02:03.4', 'ok'",
        "'0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '-00:00:00.5', x'61f9d6'",
        "'2024-05-00', '2023-02-30 10:00:00.5', '2024-02-29 01:02:03', '838:59:59', 'x'",
        "'0000-05-00', NULL, NULL, NULL, NULL"
    };

    private static final Map<Map<String, Object>, String[]> EXPECTED =
            Map.of(
                    policies("null", "null"),
                    new String[] {
                        "[2024-02-29, 2024-02-29T12:34:56.789, 2024-02-29T01:02:03.450, 01:02:03.400, ok]",
                        "[null, null, null, null, null]",
                        "[null, null, 2024-02-29T01:02:03, null, x]",
                        "[null, null, null, null, null]"
                    },
                    policies("closest", "closest"),
                    new String[] {
                        "[2024-02-29, 2024-02-29T12:34:56.789, 2024-02-29T01:02:03.450, 01:02:03.400, ok]",
                        "[0001-01-01, 0001-01-01T00:00, 0001-01-01T00:00, 00:00, a\ufffd\ufffd]",
                        "[2024-05-01, 2023-02-28T10:00:00.500, 2024-02-29T01:02:03, 23:59:59.900, x]",
                        "[0000-05-01, null, null, null, null]"
                    },
                    policies("text", "closest"),
                    new String[] {
                        "[2024-02-29, 2024-02-29 12:34:56.789, 2024-02-29 01:02:03.45, 01:02:03.4, ok]",
                        "[0000-00-00, 0000-00-00 00:00:00.000, 0000-00-00 00:00:00.00, -00:00:00.5,"
                                + " a\ufffd\ufffd]",
                        "[2024-05-00, 2023-02-30 10:00:00.500, 2024-02-29 01:02:03.00, 838:59:59.0, x]",
                        "[0000-05-00, null, null, null, null]"
                    });

    private static Map<String, Object> policies(String temporal, String text) {
        return Map.of(
                "zero-date",
                temporal,
                "partial-date",
                temporal,
                "time-range",
                temporal,
                "invalid-text",
                text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void snapshotAndStreamAgreeUnderEveryPolicy(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id INT PRIMARY KEY, d DATE NOT NULL, dt DATETIME(3),"
                            + " ts TIMESTAMP(2) NULL, t TIME(1), s VARCHAR(9) CHARACTER SET big5)");
            int base = 0;
            insert(mysql, base);
            for (Map.Entry<Map<String, Object>, String[]> each : EXPECTED.entrySet()) {
                Map<String, Object> options = options(mysql, each.getKey());
                try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                    int last = base + VALUES.length;
                    run.checkpointUntilEmitting();
                    run.await("snapshot", row -> row.getField(0).equals(last));
                    base += 10;
                    insert(mysql, base);
                    int lastInserted = base + VALUES.length;
                    run.await("stream", row -> row.getField(0).equals(lastInserted));
                    assertThat(run.rows()).hasSize(VALUES.length * (base / 10 + 1));
                    for (SeaTunnelRow row : run.rows()) {
                        List<Object> fields = Arrays.asList(row.getFields());
                        assertThat(fields.subList(1, 6).toString())
                                .as("row %s under %s", row, each.getKey())
                                .isEqualTo(each.getValue()[(Integer) fields.get(0) % 10 - 1]);
                    }
                }
            }
        }
    }

    @Test
    void keysAreNeverChanged() throws Exception {
        try (MySqlServer mysql = MySqlServer.start()) {
            execute(
                    mysql,
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (d DATE PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES ('0000-00-00')");
            Map<String, Object> options = options(mysql, Map.of("zero-date", "closest"));
            try (SourceRun run = SourceRun.start(options, JobMode.BATCH)) {
                assertThat(run.awaitFailure())
                        .hasStackTraceContaining("eu:shop.t, column d date NOT NULL")
                        .hasStackTraceContaining("unfaithful-values.zero-date = fail");
            }
        }
    }

    private static void insert(MySqlServer mysql, int base) throws SQLException {
        for (int i = 0; i < VALUES.length; i++) {
            execute(mysql, "INSERT INTO shop.t VALUES (" + (base + i + 1) + ", " + VALUES[i] + ")");
        }
    }

    private static Map<String, Object> options(MySqlServer mysql, Map<String, Object> policies) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + mysql.port()))));
        options.put("username", mysql.user());
        options.put("password", mysql.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("unfaithful-values", policies);
        return options;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'");
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
