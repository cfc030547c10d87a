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
package io.seamerge.e2e.sink;

import static io.seamerge.e2e.sink.SinkJob.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.PrimitiveByteArrayType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** Tables that the sink creates, and tables that are there. */
class TargetTablesIT extends SinkTest {

    /**
     * Each MySQL type: the SeaTunnel type it comes as, what is created, values and how PostgreSQL
     * shows them.
     */
    private static final Object[][] TYPES = {
        {"tinyint", BasicType.BYTE_TYPE, "smallint", (byte) -128, "-128"},
        {"tinyint(1)", BasicType.BYTE_TYPE, "smallint", (byte) 2, "2"},
        {"tinyint unsigned", BasicType.SHORT_TYPE, "smallint", (short) 255, "255"},
        {"smallint", BasicType.SHORT_TYPE, "smallint", Short.MIN_VALUE, "-32768"},
        {"smallint unsigned", BasicType.INT_TYPE, "integer", 65535, "65535"},
        {"mediumint", BasicType.INT_TYPE, "integer", -8388608, "-8388608"},
        {"mediumint unsigned", BasicType.INT_TYPE, "integer", 16777215, "16777215"},
        {"int", BasicType.INT_TYPE, "integer", Integer.MIN_VALUE, "-2147483648"},
        {"int(10) unsigned", BasicType.LONG_TYPE, "bigint", 4294967295L, "4294967295"},
        {"bigint", BasicType.LONG_TYPE, "bigint", Long.MIN_VALUE, "-9223372036854775808"},
        {
            "bigint unsigned",
            new DecimalType(20, 0),
            "numeric(20,0)",
            new BigDecimal("18446744073709551615"),
            "18446744073709551615"
        },
        {"float", BasicType.FLOAT_TYPE, "real", 1.5e-10f, "1.5e-10"},
        {
            "double",
            BasicType.DOUBLE_TYPE,
            "double precision",
            Double.MAX_VALUE,
            "1.7976931348623157e+308"
        },
        {
            "decimal(65,30)",
            new DecimalType(38, 18),
            "numeric(65,30)",
            new BigDecimal("-1E-30"),
            "-0.000000000000000000000000000001"
        },
        {"date", LocalTimeType.LOCAL_DATE_TYPE, "date", LocalDate.of(9999, 12, 31), "9999-12-31"},
        {"date", LocalTimeType.LOCAL_DATE_TYPE, "date", LocalDate.of(1, 1, 1), "0001-01-01"},
        {"date", LocalTimeType.LOCAL_DATE_TYPE, "date", LocalDate.of(0, 2, 29), "0001-02-29 BC"},
        {
            "time(3)",
            LocalTimeType.LOCAL_TIME_TYPE,
            "time(3) without time zone",
            LocalTime.of(23, 59, 59, 7_000_000),
            "23:59:59.007"
        },
        {
            "datetime",
            LocalTimeType.LOCAL_DATE_TIME_TYPE,
            "timestamp(0) without time zone",
            LocalDateTime.of(2024, 2, 29, 0, 0),
            "2024-02-29 00:00:00"
        },
        {
            "datetime(6)",
            LocalTimeType.LOCAL_DATE_TIME_TYPE,
            "timestamp(6) without time zone",
            LocalDateTime.of(1000, 1, 1, 0, 0, 0, 1_000),
            "1000-01-01 00:00:00.000001"
        },
        {
            "timestamp(6)",
            LocalTimeType.LOCAL_DATE_TIME_TYPE,
            "timestamp(6) with time zone",
            LocalDateTime.of(2024, 7, 1, 12, 0, 0, 120_000_000),
            "2024-07-01 12:00:00.12+00"
        },
        {"year", BasicType.INT_TYPE, "integer", 2155, "2155"},
        {"char(36)", BasicType.STRING_TYPE, "character varying(36)", "x ", "x "},
        {"varchar(50)", BasicType.STRING_TYPE, "character varying(50)", "", ""},
        {"mediumtext", BasicType.STRING_TYPE, "text", "\\N", "\\N"},
        {"enum('a','b')", BasicType.STRING_TYPE, "text", "a", "a"},
        {"set('a','b')", BasicType.STRING_TYPE, "text", "a,b", "a,b"},
        {
            "json",
            BasicType.STRING_TYPE,
            "jsonb",
            "{\"b\": [1, null], \"a\": \"\\\"\\n\"}",
            "{\"a\": \"\\\"\\n\", \"b\": [1, null]}"
        },
        {
            "varbinary(16)",
            PrimitiveByteArrayType.INSTANCE,
            "bytea",
            new byte[] {0, -1, 92},
            "\\x00ff5c"
        },
        {"bit(1)", BasicType.BOOLEAN_TYPE, "boolean", true, "t"},
        {
            "bit(12)",
            PrimitiveByteArrayType.INSTANCE,
            "bit(12)",
            new byte[] {0x0a, (byte) 0xf1},
            "101011110001"
        },
        {"geometry", PrimitiveByteArrayType.INSTANCE, "bytea", new byte[] {1}, "\\x01"},
    };

    @Test
    void createsTablesByTheSourcesTypes() throws Exception {
        List<PhysicalColumn> columns = new ArrayList<>();
        columns.add(column("id", BasicType.LONG_TYPE, "bigint", false));
        Object[] values = new Object[TYPES.length + 1];
        Object[] nulls = new Object[TYPES.length + 1];
        values[0] = 1L;
        nulls[0] = 2L;
        List<String> types = new ArrayList<>(List.of("bigint"));
        List<String> shown = new ArrayList<>(List.of("1"));
        for (int i = 0; i < TYPES.length; i++) {
            columns.add(
                    column(
                            "c" + i,
                            (SeaTunnelDataType<?>) TYPES[i][1],
                            (String) TYPES[i][0],
                            true));
            types.add((String) TYPES[i][2]);
            values[i + 1] = TYPES[i][3];
            shown.add((String) TYPES[i][4]);
        }
        CatalogTable table =
                SinkJob.table("shop.types", List.of("id"), columns.toArray(new PhysicalColumn[0]));
        try (SinkJob job = SinkJob.start(SinkJob.options(server), table)) {
            job.write(
                    SinkJob.row(
                            "shop.types", RowKind.INSERT, values, "eu", "insert", 1, 1, 1, false),
                    SinkJob.row(
                            "shop.types", RowKind.INSERT, nulls, "eu", "insert", 2, 1, 1, false));
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                                        + " WHERE attrelid = 'shop.types'::regclass AND attnum > 0 ORDER BY attnum"))
                .isEqualTo(types);
        assertThat(target.rows("SELECT * FROM shop.types WHERE id = 1"))
                .containsExactly(String.join("|", shown));
        assertThat(
                        target.rows(
                                "SELECT count(*) FROM shop.types WHERE id = 2 AND num_nulls(c0, c1, c30) = 3"))
                .containsExactly("1");
    }

    @Test
    void createsTheKeyThatTheRouteNames() throws Exception {
        CatalogTable table =
                SinkJob.table(
                        "shop.Mixed Case\"s",
                        List.of("_source_instance", "id"),
                        column("id", BasicType.LONG_TYPE, "bigint", false),
                        column("sel'ect", BasicType.STRING_TYPE, "varchar(5)", false));
        try (SinkJob job = SinkJob.start(SinkJob.options(server), table)) {
            for (String instance : List.of("eu", "us")) {
                Object[] fields = {7L, instance};
                job.write(
                        SinkJob.row(
                                "shop.Mixed Case\"s",
                                RowKind.INSERT,
                                fields,
                                instance,
                                "insert",
                                1,
                                1,
                                1,
                                false));
            }
            Object[] fields = {7L, null};
            job.write(
                    SinkJob.row(
                            "shop.Mixed Case\"s",
                            RowKind.DELETE,
                            fields,
                            "us",
                            "delete",
                            2,
                            1,
                            1,
                            false));
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT id, \"sel'ect\", _source_instance FROM shop.\"Mixed Case\"\"s\""))
                .containsExactly("7|eu|eu");
    }

    @Test
    void castsToTheTypesOfAGivenTable() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TYPE shop.colour AS ENUM ('red', 'green')",
                "CREATE DOMAIN shop.positive AS integer CHECK (VALUE > 0)",
                "CREATE TABLE shop.given (id uuid PRIMARY KEY, n integer GENERATED ALWAYS AS IDENTITY, flag boolean,"
                        + " colour shop.colour, address inet, tags text[], many shop.positive, raw uuid, mark bit(3),"
                        + " \"when\" timestamptz, doubled integer GENERATED ALWAYS AS (many * 2) STORED,"
                        + " extra text DEFAULT 'x', _source_instance text)");
        CatalogTable table =
                SinkJob.table(
                        "shop.given",
                        List.of("id"),
                        column("id", BasicType.STRING_TYPE, "char(36)", false),
                        column("flag", BasicType.BYTE_TYPE, "tinyint(1)", true),
                        column("colour", BasicType.STRING_TYPE, "enum('red','green')", true),
                        column("address", BasicType.STRING_TYPE, "varchar(40)", true),
                        column("tags", BasicType.STRING_TYPE, "varchar(40)", true),
                        column("many", BasicType.INT_TYPE, "int", true),
                        column("raw", PrimitiveByteArrayType.INSTANCE, "binary(16)", true),
                        column("mark", PrimitiveByteArrayType.INSTANCE, "bit(3)", true),
                        column("when", LocalTimeType.LOCAL_DATE_TIME_TYPE, "timestamp", true),
                        column("doubled", BasicType.INT_TYPE, "int", true));
        String upper = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11";
        Object[] fields = {
            upper.toLowerCase(),
            (byte) 1,
            "red",
            "10.0.0.1",
            "{a,b}",
            4,
            new byte[16],
            new byte[] {5},
            LocalDateTime.of(2024, 7, 1, 12, 0),
            8
        };
        Object[] later = fields.clone();
        later[0] = upper;
        later[2] = "green";
        try (SinkJob job = SinkJob.start(SinkJob.options(server), table)) {
            job.write(
                    SinkJob.row(
                            "shop.given", RowKind.INSERT, fields, "eu", "insert", 1, 1, 1, false),
                    SinkJob.row(
                            "shop.given",
                            RowKind.UPDATE_AFTER,
                            later,
                            "eu",
                            "update",
                            2,
                            1,
                            1,
                            false));
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT id, n, flag, colour, address, tags, many, raw, mark, \"when\", doubled, extra,"
                                        + " _source_instance FROM shop.given"))
                .containsExactly(
                        upper.toLowerCase()
                                + "|1|t|green|10.0.0.1|{a,b}|4|00000000-0000-0000-0000-000000000000|101|2024-07-01"
                                + " 12:00:00+00|8|x|eu");
    }

    @Test
    void writesPartitionedTablesInEitherShape() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text, amount numeric) PARTITION BY HASH (id)",
                "CREATE TABLE shop.orders_0 PARTITION OF shop.orders FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
                "CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
        for (Map<String, Object> options :
                List.of(SinkJob.options(server), SinkJob.consolidated(server, "eu"))) {
            target.execute("TRUNCATE shop.orders", "DROP SCHEMA IF EXISTS seamerge CASCADE");
            try (SinkJob job = SinkJob.start(options)) {
                for (long id = 0; id < 100; id++) {
                    job.write(SinkJob.Change.at("eu", id + 1).insert(id, "n", null));
                }
                for (long id = 0; id < 50; id++) {
                    job.write(SinkJob.Change.at("eu", id + 200).delete(id, null, null));
                }
                job.checkpoint();
            }
            assertThat(target.rows("SELECT count(*), min(id) FROM shop.orders"))
                    .containsExactly("50|50");
        }
    }

    @Test
    void keepsToTheSaveModes() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("schema_save_mode", "ERROR_WHEN_SCHEMA_NOT_EXIST");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("\"shop\".\"orders\" is not there");
        options.put("schema_save_mode", "CREATE_SCHEMA_WHEN_NOT_EXIST");
        options.put("data_save_mode", "ERROR_WHEN_DATA_EXISTS");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(SinkJob.Change.at("eu", 1).insert(1L, "n", null)).checkpoint();
        }
        // This pipeline has written before: a restore goes on.
        SinkJob.start(options).close();
        options.put("pipeline", "another");
        target.rows("SELECT seamerge.take_over('shop.orders', 'another')");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("ERROR_WHEN_DATA_EXISTS");
    }

    @Test
    void letsManyWritersCreateTheSameTablesAtOnce() throws Exception {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Thread thread =
                    new Thread(
                            () -> {
                                try {
                                    SinkJob.start(SinkJob.consolidated(server, "eu")).close();
                                } catch (Throwable e) {
                                    synchronized (failures) {
                                        failures.add(e);
                                    }
                                }
                            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void namesTypesThatItDoesNotSupport() throws Exception {
        CatalogTable table =
                SinkJob.plainTable(
                        "shop.odd",
                        List.of("id"),
                        column("id", BasicType.LONG_TYPE, null, false),
                        column(
                                "odd",
                                org.apache.seatunnel.api.table.type.ArrayType.INT_ARRAY_TYPE,
                                null,
                                true));
        assertThatThrownBy(() -> SinkJob.start(SinkJob.options(server), table))
                .hasStackTraceContaining("Table shop.odd: column odd is of type")
                .hasStackTraceContaining("which is not supported");
        CatalogTable keyless =
                SinkJob.plainTable(
                        "shop.odd", List.of(), column("id", BasicType.LONG_TYPE, null, false));
        assertThatThrownBy(() -> SinkJob.start(SinkJob.options(server), keyless))
                .hasStackTraceContaining("Table shop.odd: it has no primary key");
    }

    @Test
    void refusesNullInAKey() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            SeaTunnelRow row = SinkJob.Change.at("eu", 1).insert(null, "n", null);
            assertThatThrownBy(() -> job.write(row).checkpoint())
                    .hasStackTraceContaining(
                            "Table shop.orders: a row has null in a column of its key");
        }
        assertThat(Arrays.asList(target.rows("SELECT id FROM shop.orders")))
                .containsExactly(List.of());
    }

    @Test
    void servesManyTablesWithFewConnections() throws Exception {
        CatalogTable[] tables = new CatalogTable[150];
        for (int i = 0; i < tables.length; i++) {
            tables[i] =
                    SinkJob.table(
                            "shop.t" + i,
                            List.of("id"),
                            column("id", BasicType.LONG_TYPE, "bigint", false));
        }
        try (SinkJob job = SinkJob.start(SinkJob.options(server), tables)) {
            for (long round = 1; round <= 3; round++) {
                for (int i = 0; i < tables.length; i++) {
                    Object[] fields = {round};
                    long time = round * 1000 + i;
                    job.write(
                            SinkJob.row(
                                    "shop.t" + i,
                                    RowKind.UPDATE_AFTER,
                                    fields,
                                    "eu",
                                    "update",
                                    time,
                                    1,
                                    1,
                                    false));
                }
                job.checkpoint();
            }
            assertThat(
                            target.rows(
                                    "SELECT sum(rows), count(DISTINCT target) FROM seamerge.applied"))
                    .containsExactly("450|150");
            assertThat(
                            target.rows(
                                    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'seamerge%'"))
                    .containsExactly("3");
            assertThat(
                            target.rows(
                                    "SELECT max(n) FROM (SELECT count(*) AS n FROM pg_class WHERE relname LIKE"
                                            + " 'stage_%' GROUP BY relnamespace) AS s"))
                    .containsExactly("64");
        }
    }
}
