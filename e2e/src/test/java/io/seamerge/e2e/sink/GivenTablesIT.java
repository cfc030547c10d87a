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

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables that a DBA has made, of each engine: what PostgreSQL has more than MySQL. */
class GivenTablesIT extends SinkTest {

    private static final String TABLE = "shop.given";

    private long time = 1;

    @BeforeEach
    void createSchema() throws Exception {
        target.execute("CREATE SCHEMA shop");
    }

    /** Engines direct, row and per-source. */
    private static List<Map<String, Object>> engines() {
        Map<String, Object> sources = SinkJob.consolidated(server, "eu", "us");
        sources.put("precedence", "update_wins");
        List<Map<String, Object>> engines =
                List.of(SinkJob.options(server), SinkJob.consolidated(server, "eu", "us"), sources);
        for (Map<String, Object> engine : engines) {
            engine.put("on_violation", "dead_letter");
        }
        return engines;
    }

    private static PhysicalColumn text(String name) {
        return column(name, BasicType.STRING_TYPE, "varchar(50)", true);
    }

    private static PhysicalColumn number(String name) {
        return column(name, BasicType.LONG_TYPE, "bigint", true);
    }

    private SeaTunnelRow row(String table, RowKind kind, Object... fields) {
        String operation =
                kind == RowKind.INSERT ? "insert" : kind == RowKind.DELETE ? "delete" : "update";
        long number = (1L << 32) + (kind == RowKind.DELETE ? 0 : 1);
        return SinkJob.row(table, kind, fields, "eu", operation, time++, number, 1, false);
    }

    private SeaTunnelRow put(Object... fields) {
        return row(TABLE, RowKind.INSERT, fields);
    }

    private SeaTunnelRow delete(Object... fields) {
        return row(TABLE, RowKind.DELETE, fields);
    }

    private void start(Map<String, Object> options, CatalogTable table, SeaTunnelRow... rows)
            throws Exception {
        try (SinkJob job = SinkJob.start(options, table)) {
            // Small flushes are staged, large ones are not: both ways.
            job.write(Arrays.copyOf(rows, rows.length / 2)).checkpoint();
            job.write(Arrays.copyOfRange(rows, rows.length / 2, rows.length)).checkpoint();
        }
    }

    private void again() throws Exception {
        target.execute("TRUNCATE shop.given", "DROP SCHEMA IF EXISTS seamerge CASCADE");
    }

    @Test
    void rowsMoveBetweenPartitionsWithTheirKeys() throws Exception {
        target.execute(
                "CREATE TABLE shop.given (id bigint, region text, name text, PRIMARY KEY (id, region))"
                        + " PARTITION BY LIST (region)",
                "CREATE TABLE shop.given_eu PARTITION OF shop.given FOR VALUES IN ('eu')",
                "CREATE TABLE shop.given_us PARTITION OF shop.given FOR VALUES IN ('us')"
                        + " PARTITION BY RANGE (id)",
                "CREATE TABLE shop.given_us_0 PARTITION OF shop.given_us FOR VALUES FROM (0) TO (1000000)");
        CatalogTable table =
                SinkJob.table(
                        TABLE, List.of("id", "region"), number("id"), text("region"), text("name"));
        for (Map<String, Object> options : engines()) {
            again();
            SeaTunnelRow[] rows = new SeaTunnelRow[1_200];
            for (int i = 0; i < 400; i++) {
                rows[i] = put((long) i, i % 2 == 0 ? "eu" : "us", "first");
            }
            for (int i = 0; i < 400; i++) {
                rows[400 + 2 * i] = delete((long) i, i % 2 == 0 ? "eu" : "us", "first");
                rows[401 + 2 * i] = put((long) i, i % 2 == 0 ? "us" : "eu", "moved");
            }
            start(options, table, rows);
            assertThat(
                            target.rows(
                                    "SELECT tableoid::regclass, region, name, count(*), sum(id % 2)"
                                            + " FROM shop.given GROUP BY 1, 2, 3 ORDER BY 2"))
                    .containsExactly(
                            "shop.given_eu|eu|moved|200|200", "shop.given_us_0|us|moved|200|0");
            start(options, table, put(1L, "ap", "no partition"), put(2L, "eu", "fits"));
            assertThat(target.rows("SELECT key, sqlstate FROM seamerge.dead_letter"))
                    .containsExactly("{\"id\": 1, \"region\": \"ap\"}|23514");
            target.execute(
                    "CREATE TABLE shop.given_ap PARTITION OF shop.given FOR VALUES IN ('ap')");
            assertThat(target.rows("SELECT seamerge.replay(letter_id) FROM seamerge.dead_letter"))
                    .containsExactly("t");
            assertThat(target.rows("SELECT region, count(*) FROM shop.given GROUP BY 1 ORDER BY 1"))
                    .containsExactly("ap|1", "eu|201", "us|200");
            target.execute("DROP TABLE shop.given_ap");
        }
        // A key that leaves the partition's column out cannot be told apart by PostgreSQL.
        again();
        assertThatThrownBy(
                        () ->
                                SinkJob.start(
                                        SinkJob.options(server),
                                        SinkJob.table(
                                                TABLE,
                                                List.of("id"),
                                                number("id"),
                                                text("region"),
                                                text("name"))))
                .hasStackTraceContaining("it has no unique key of exactly the columns [id]");
    }

    @Test
    void keysAreIdentitiesDomainsAndEnums() throws Exception {
        target.execute(
                "CREATE TYPE shop.colour AS ENUM ('red', 'green')",
                "CREATE DOMAIN shop.code AS uuid",
                "CREATE DOMAIN shop.inner_code AS shop.code CHECK (VALUE IS NOT NULL)",
                "CREATE TABLE shop.given (id bigint GENERATED ALWAYS AS IDENTITY, code shop.inner_code, colour shop.colour,"
                        + " \"na\"\"me\" text, tags text[], shout text GENERATED ALWAYS AS (upper(\"na\"\"me\")) STORED,"
                        + " PRIMARY KEY (id, code, colour))");
        CatalogTable table =
                SinkJob.table(
                        TABLE,
                        List.of("id", "code", "colour"),
                        number("id"),
                        text("code"),
                        text("colour"),
                        text("na\"me"),
                        text("tags"));
        String upper = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11";
        String lower = upper.toLowerCase();
        for (Map<String, Object> options : engines()) {
            again();
            start(
                    options,
                    table,
                    put(7L, upper, "red", "one", "{a,\"b,c\"}"),
                    put(7L, lower, "red", "two", "{}"),
                    put(7L, lower, "green", "three", null),
                    put(8L, lower, "blue", "no such colour", null),
                    put(8L, "not a uuid", "red", "no uuid", null),
                    put(7L, upper, "red", "four", "{x}"),
                    delete(7L, upper, "green", "three", null));
            assertThat(target.rows("SELECT * FROM shop.given"))
                    .containsExactly("7|" + lower + "|red|four|{x}|FOUR");
            assertThat(target.rows("SELECT key ->> 'id', sqlstate FROM seamerge.dead_letter"))
                    .containsExactly("8|22P02", "8|22P02");
        }
    }

    @Test
    void keysWhoseCaseDoesNotCount() throws Exception {
        target.execute(
                "CREATE EXTENSION IF NOT EXISTS citext",
                "CREATE DOMAIN shop.mail AS citext",
                "CREATE TABLE shop.given (mail shop.mail PRIMARY KEY, name text CHECK (name <> 'bad'))");
        CatalogTable table = SinkJob.table(TABLE, List.of("mail"), text("mail"), text("name"));
        for (Map<String, Object> options : engines()) {
            again();
            start(
                    options,
                    table,
                    put("Ann@shop", "one"),
                    put("ANN@shop", "two"),
                    put("bob@shop", "bad"),
                    put("BOB@SHOP", "good"),
                    put("Eve@shop", "bad"),
                    delete("ann@SHOP", "two"));
            assertThat(target.rows("SELECT lower(mail::text), name FROM shop.given"))
                    .containsExactly("bob@shop|good");
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'mail' FROM seamerge.dead_letter WHERE superseded_at IS NULL"))
                    .containsExactly("eve@shop");
            start(options, table, put("EVE@shop", "well"));
            assertThat(
                            target.rows(
                                    "SELECT count(*) FROM seamerge.dead_letter WHERE superseded_at IS NULL"))
                    .containsExactly("0");
        }
    }

    @Test
    void namesAsLongAsTheyMayBe() throws Exception {
        String name = "Ü\"" + "x".repeat(60);
        String schema = "S p" + "s".repeat(60);
        String id = schema + "." + name;
        String column = "c" + "y".repeat(62);
        CatalogTable table = SinkJob.table(id, List.of("id"), number("id"), number(column));
        String quoted = "\"" + schema + "\".\"" + name.replace("\"", "\"\"") + "\"";
        Map<String, Object> sources = engines().get(2);
        sources.put("column_resolvers", Map.of(column, "delta:100"));
        for (Map<String, Object> options : List.of(engines().get(0), engines().get(1), sources)) {
            target.execute(
                    "DROP SCHEMA IF EXISTS seamerge CASCADE",
                    "DROP SCHEMA IF EXISTS \"" + schema + "\" CASCADE");
            start(
                    options,
                    table,
                    row(id, RowKind.INSERT, 1L, 5L),
                    row(id, RowKind.INSERT, 2L, 5L),
                    row(id, RowKind.DELETE, 2L, 5L));
            assertThat(target.rows("SELECT id, " + column + " FROM " + quoted))
                    .containsExactly(options == sources ? "1|105" : "1|5");
        }
        target.execute("DROP SCHEMA \"" + schema + "\" CASCADE");
        CatalogTable tooLong = SinkJob.table(id + "x", List.of("id"), number("id"));
        assertThatThrownBy(() -> SinkJob.start(engines().get(0), tooLong))
                .hasStackTraceContaining("is longer than PostgreSQL's 63 bytes");
    }

    @Test
    void everythingThatDoesNotFitIsSaidAtOnce() throws Exception {
        target.execute(
                "CREATE VIEW shop.a AS SELECT 1::bigint AS id",
                "CREATE MATERIALIZED VIEW shop.b AS SELECT 1::bigint AS id",
                "CREATE SEQUENCE shop.c",
                "CREATE DOMAIN shop.must AS text NOT NULL",
                "CREATE TABLE shop.d (id bigint, name text, extra text NOT NULL, more shop.must,"
                        + " key text GENERATED ALWAYS AS ('x') STORED)",
                "CREATE TABLE shop.e (id bigint PRIMARY KEY DEFERRABLE)");
        assertThatThrownBy(
                        () ->
                                SinkJob.start(
                                        SinkJob.options(server),
                                        SinkJob.table("shop.a", List.of("id"), number("id")),
                                        SinkJob.table("shop.b", List.of("id"), number("id")),
                                        SinkJob.table("shop.c", List.of("id"), number("id")),
                                        SinkJob.table(
                                                "shop.d",
                                                List.of("key"),
                                                text("key"),
                                                number("missing")),
                                        SinkJob.table("shop.e", List.of("id"), number("id"))))
                .hasStackTraceContaining("Table \"shop\".\"a\" is a view")
                .hasStackTraceContaining("Table \"shop\".\"b\" is a materialized view")
                .hasStackTraceContaining("Table \"shop\".\"c\" is a sequence")
                .hasStackTraceContaining("it has no column missing")
                .hasStackTraceContaining("column extra is NOT NULL without a default")
                .hasStackTraceContaining("column more is NOT NULL without a default")
                .hasStackTraceContaining("key column key is a generated column")
                .hasStackTraceContaining("Table \"shop\".\"e\": it has no unique key of exactly");
    }
}
