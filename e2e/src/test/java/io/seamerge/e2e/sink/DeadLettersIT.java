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

import static io.seamerge.e2e.sink.SinkJob.Change.at;
import static io.seamerge.e2e.sink.SinkJob.amount;
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows that PostgreSQL refuses, kept in seamerge.dead_letter. */
class DeadLettersIT extends SinkTest {

    private static final String LETTERS =
            "SELECT key, operation, instance, \"table\", version_time, sqlstate, superseded_at IS NOT NULL"
                    + " FROM seamerge.dead_letter ORDER BY letter_id";

    private static final String REPLAY =
            "SELECT seamerge.replay(letter_id) FROM seamerge.dead_letter ORDER BY letter_id";

    @BeforeEach
    void createTable() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name varchar(10), amount numeric(10,2)"
                        + " CONSTRAINT not_negative CHECK (amount >= 0))");
    }

    private static Map<String, Object> lettered(Map<String, Object> options) {
        options.put("on_violation", "dead_letter");
        options.put("flush_interval_ms", 60_000);
        return options;
    }

    private static SeaTunnelRow[] oneBadIn5000() {
        SeaTunnelRow[] rows = new SeaTunnelRow[5_000];
        for (int i = 0; i < rows.length; i++) {
            boolean bad = i == 3_210;
            rows[i] = at("eu", i + 1).insert((long) i, "n" + i, amount(bad ? "-1" : "1"));
        }
        return rows;
    }

    private void keepsOneOf5000(Map<String, Object> options) throws Exception {
        for (int run = 0; run < 2; run++) {
            try (SinkJob job = SinkJob.start(options)) {
                job.write(oneBadIn5000()).checkpoint();
            }
            assertThat(target.rows("SELECT count(*), sum(amount) FROM shop.orders"))
                    .containsExactly("4999|4999.00");
            assertThat(target.rows("SELECT id FROM shop.orders WHERE id = 3210")).isEmpty();
            assertThat(target.rows(LETTERS))
                    .containsExactly("{\"id\": 3210}|insert|eu|orders|3211|23514|f");
            assertThat(target.rows("SELECT sum(rows) FROM seamerge.applied"))
                    .containsExactly("5000");
            assertThat(target.rows("SELECT sum(dead_letters) FROM seamerge.status"))
                    .containsExactly("1");
        }
        assertThat(target.rows("SELECT image, message FROM seamerge.dead_letter").get(0))
                .startsWith("{\"id\": 3210, \"name\": \"n3210\", \"amount\": \"-1\"")
                .contains("not_negative");
    }

    @Test
    void oneBadRowOf5000OfADisjointTable() throws Exception {
        keepsOneOf5000(lettered(SinkJob.options(server)));
    }

    @Test
    void oneBadRowOf5000OfAConsolidatedTable() throws Exception {
        keepsOneOf5000(lettered(SinkJob.consolidated(server, "eu", "us")));
    }

    @Test
    void anUpdateMakesTheLetterOfAnotherVoid() throws Exception {
        try (SinkJob job = SinkJob.start(lettered(SinkJob.consolidated(server, "eu", "us")))) {
            job.write(
                            at("eu", 1).insert(1L, "a", amount("1")),
                            at("eu", 2).insert(2L, "b", amount("1")))
                    .checkpoint();
            job.write(at("eu", 3).update(1L, "bad", amount("-1"))).checkpoint();
            assertThat(target.rows(LETTERS))
                    .containsExactly("{\"id\": 1}|update|eu|orders|3|23514|f");
            job.write(
                            at("eu", 4).update(1L, "good", amount("2")),
                            at("eu", 5).update(2L, "c", amount("2")))
                    .checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|good", "2|c");
        assertThat(target.rows(LETTERS)).containsExactly("{\"id\": 1}|update|eu|orders|3|23514|t");
    }

    @Test
    void everyKindOfBadRowAndItsReplay() throws Exception {
        try (SinkJob job = SinkJob.start(lettered(SinkJob.options(server)))) {
            job.write(
                            at("eu", 1).insert(1L, "a\0b\"\\", null),
                            at("eu", 2).insert(2L, "too long for it", null),
                            at("eu", 3).insert(3L, "negative", amount("-1")),
                            at("eu", 4).insert(4L, "large", amount("123456789.00")),
                            at("eu", 5).insert(5L, "good", amount("5")))
                    .write(snapshot("eu", 6L, "x\0", null))
                    .checkpoint();
            assertThat(target.rows("SELECT id FROM shop.orders")).containsExactly("5");
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'id', operation, sqlstate FROM seamerge.dead_letter ORDER BY 1"))
                    .containsExactly(
                            "1|insert|null",
                            "2|insert|22001",
                            "3|insert|23514",
                            "4|insert|22003",
                            "6|snapshot|null");
            assertThatThrownBy(
                            () ->
                                    target.rows(
                                            "SELECT seamerge.replay(letter_id)"
                                                    + " FROM seamerge.dead_letter"
                                                    + " WHERE key ->> 'id' = '1'"))
                    .hasMessageContaining("u0000");
            target.execute(
                    "UPDATE seamerge.dead_letter SET image = replace(image::text, '\\u0000', '')::json",
                    "ALTER TABLE shop.orders DROP CONSTRAINT not_negative, ALTER name TYPE text,"
                            + " ALTER amount TYPE numeric");
            assertThat(target.rows(REPLAY)).containsOnly("t").hasSize(5);
            assertThat(target.rows(REPLAY)).containsOnly("f").hasSize(5);
        }
        assertThat(target.rows("SELECT * FROM shop.orders ORDER BY id"))
                .containsExactly(
                        "1|ab\"\\|null",
                        "2|too long for it|null",
                        "3|negative|-1",
                        "4|large|123456789.00",
                        "5|good|5.00",
                        "6|x|null");
    }

    @Test
    void aLaterChangeSupersedes() throws Exception {
        try (SinkJob job = SinkJob.start(lettered(SinkJob.options(server)))) {
            for (long id = 1; id <= 4; id++) {
                job.write(at("eu", id).insert(id, "bad", amount("-1")));
            }
            job.checkpoint();
            job.write(
                            at("eu", 11).update(1L, "good", amount("1")),
                            at("eu", 12).delete(2L, "bad", amount("-1")),
                            at("eu", 13).update(3L, "worse", amount("-2")))
                    .checkpoint();
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'id', version_time FROM seamerge.dead_letter"
                                            + " WHERE superseded_at IS NULL ORDER BY 1"))
                    .containsExactly("3|13", "4|4");
            target.execute("ALTER TABLE shop.orders DROP CONSTRAINT not_negative");
            assertThat(target.rows(REPLAY)).filteredOn("t"::equals).hasSize(2);
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|good", "3|worse", "4|bad");
    }

    @Test
    void theVersionOfARefusedChangeCounts() throws Exception {
        try (SinkJob job = SinkJob.start(lettered(SinkJob.consolidated(server, "eu", "us")))) {
            job.write(at("eu", 10).insert(1L, "bad", amount("-1"))).checkpoint();
            job.write(at("us", 5).insert(1L, "older", amount("1"))).checkpoint();
            assertThat(target.rows("SELECT id FROM shop.orders")).isEmpty();
            assertThat(target.rows(LETTERS))
                    .containsExactly("{\"id\": 1}|insert|eu|orders|10|23514|f");
            // Refused, but it has lost anyway.
            job.write(at("us", 6).update(1L, "a\0", amount("1"))).checkpoint();
            assertThat(target.rows(LETTERS)).hasSize(1);
            job.write(at("us", 20).update(1L, "newer", amount("1"))).checkpoint();
            assertThat(target.rows(LETTERS))
                    .containsExactly("{\"id\": 1}|insert|eu|orders|10|23514|t");
            assertThat(target.rows(REPLAY)).containsExactly("f");
        }
        assertThat(target.rows("SELECT name FROM shop.orders")).containsExactly("newer");
    }

    @Test
    void aRowThatLacksAnotherOfItsFlushIsNoBadRow() throws Exception {
        target.execute("ALTER TABLE shop.orders ADD UNIQUE (name)");
        try (SinkJob job = SinkJob.start(lettered(SinkJob.options(server)))) {
            job.write(
                            at("eu", 1).insert(1L, "a", amount("1")),
                            at("eu", 2).insert(2L, "b", amount("2")))
                    .checkpoint();
            // In the order of the sources it is free by then; a key's last change alone counts.
            job.write(
                            at("eu", 3).update(1L, "c", amount("1")),
                            at("eu", 4).update(2L, "a", amount("2")),
                            at("eu", 5).insert(3L, "b", amount("3")),
                            at("eu", 6).insert(4L, "c", amount("4")))
                    .checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|c", "2|a", "3|b");
        assertThat(target.rows(LETTERS)).containsExactly("{\"id\": 4}|insert|eu|orders|6|23505|f");
    }

    @Test
    void keysThatCannotBeStored() throws Exception {
        target.execute(
                "CREATE TABLE shop.names (name varchar(10) PRIMARY KEY, amount numeric(10,2) CHECK (amount >= 0))");
        CatalogTable names =
                SinkJob.table(
                        "shop.names",
                        List.of("name"),
                        SinkJob.column("name", BasicType.STRING_TYPE, "varchar(50)", false),
                        SinkJob.column("amount", new DecimalType(10, 2), "decimal(10,2)", true));
        for (String shape : List.of("disjoint", "consolidated")) {
            Map<String, Object> options = lettered(SinkJob.consolidated(server, "eu"));
            options.put("shape", shape);
            options.put("pipeline", shape);
            if (shape.equals("consolidated")) {
                target.rows("SELECT seamerge.take_over('shop.names', 'consolidated')");
            }
            try (SinkJob job = SinkJob.start(options, names)) {
                job.write(
                                named(1, "a\0", "1"),
                                named(2, "too long for it", "1"),
                                named(3, "good", "1"),
                                named(4, "bad", "-1"))
                        .checkpoint();
                // Letters whose key is no key must not be in the way.
                job.write(named(5, "bad", "1"), named(6, "also", "1")).checkpoint();
            }
            assertThat(target.rows("SELECT name FROM shop.names ORDER BY 1"))
                    .containsExactly("also", "bad", "good");
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'name', superseded_at IS NOT NULL FROM seamerge.dead_letter"
                                            + " WHERE pipeline = '"
                                            + shape
                                            + "' ORDER BY 1"))
                    .containsExactly("a\ufffd|f", "bad|t", "too long for it|f");
            target.execute("TRUNCATE shop.names");
        }
    }

    @Test
    void aTableThatRefersToALaterOneIsNoBadRow() throws Exception {
        target.execute(
                "CREATE TABLE shop.parents (name varchar(10) PRIMARY KEY, amount numeric(10,2))",
                "CREATE TABLE shop.names (name varchar(10) PRIMARY KEY REFERENCES shop.parents,"
                        + " amount numeric(10,2))");
        CatalogTable[] tables = new CatalogTable[2];
        for (int i = 0; i < 2; i++) {
            tables[i] =
                    SinkJob.table(
                            i == 0 ? "shop.parents" : "shop.names",
                            List.of("name"),
                            SinkJob.column("name", BasicType.STRING_TYPE, "varchar(50)", false),
                            SinkJob.column(
                                    "amount", new DecimalType(10, 2), "decimal(10,2)", true));
        }
        try (SinkJob job = SinkJob.start(lettered(SinkJob.options(server)), tables)) {
            SeaTunnelRow parent = named(1, "a", "1");
            parent.setTableId("shop.parents");
            SeaTunnelRow late = named(3, "too long for it", "1");
            late.setTableId("shop.parents");
            job.write(parent, named(2, "a", "1"), late, named(4, "orphan", "1")).checkpoint();
        }
        assertThat(target.rows("SELECT name FROM shop.names")).containsExactly("a");
        assertThat(
                        target.rows(
                                "SELECT target, key ->> 'name', sqlstate FROM seamerge.dead_letter ORDER BY 1"))
                .containsExactly("shop.names|orphan|23503", "shop.parents|too long for it|22001");
    }

    private static SeaTunnelRow named(long time, String name, String amount) {
        return SinkJob.row(
                "shop.names",
                RowKind.INSERT,
                new Object[] {name, amount(amount)},
                "eu",
                "insert",
                time,
                (1L << 32) + 1,
                1,
                false);
    }

    @Test
    void isSaidPerTable() throws Exception {
        Map<String, Object> options = lettered(SinkJob.options(server));
        options.put("tables", List.of(Map.of("table", "shop\\.orders", "on_violation", "fail")));
        try (SinkJob job = SinkJob.start(options)) {
            assertThatThrownBy(
                            () ->
                                    job.write(at("eu", 1).insert(1L, "bad", amount("-1")))
                                            .checkpoint())
                    .hasStackTraceContaining("SQLSTATE 23514");
        }
        assertThat(target.rows(LETTERS)).isEmpty();
    }

    @Test
    void failsBeyondTheLimit() throws Exception {
        Map<String, Object> options = lettered(SinkJob.options(server));
        options.put("max_dead_letters", 2);
        options.put("write_parallelism", 1);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", 1).insert(1L, "bad", amount("-1")),
                            at("eu", 2).insert(2L, "bad", amount("-1")))
                    .checkpoint();
            assertThatThrownBy(
                            () ->
                                    job.write(at("eu", 3).insert(3L, "bad", amount("-1")))
                                            .checkpoint())
                    .hasStackTraceContaining("PGMERGE-04")
                    .hasStackTraceContaining("max_dead_letters = 2")
                    .hasStackTraceContaining("id=3");
        }
        assertThat(target.rows(LETTERS)).hasSize(2);
        assertThat(target.rows("SELECT version_time FROM seamerge.progress")).containsExactly("2");
    }
}
