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
import static io.seamerge.e2e.sink.SinkJob.column;
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.PrimitiveByteArrayType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** New rows are copied, others updated by sets; nobody can tell that from single writes. */
class ReplacementIT extends SinkTest {

    private static Map<String, Object> large(Map<String, Object> options) {
        options.put("batch_size", 100_000);
        options.put("flush_interval_ms", 60_000);
        return options;
    }

    private static void snapshots(SinkJob job, int rows) throws Exception {
        for (long id = 0; id < rows; id++) {
            job.write(snapshot("eu", id, "s" + id, null));
        }
        job.checkpoint();
    }

    private static void updates(SinkJob job, int rows, long time) throws Exception {
        for (long id = 0; id < rows; id++) {
            job.write(at("eu", time).row((int) id).update(id, "u" + id, null));
        }
        job.checkpoint();
    }

    @Test
    void updatesWhatChangesAndCopiesWhatIsNew() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            snapshots(job, 1_000);
            updates(job, 800, 1);
            for (int id = 0; id < 600; id++) {
                job.write(at("eu", 2).row(id).delete((long) id, "u" + id, null));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT left(name, 1), count(*) FROM shop.orders GROUP BY 1"))
                .containsExactlyInAnyOrder("u|200", "s|200");
        List<String> written = List.of();
        for (int i = 0; i < 100 && !written.equals(List.of("1000|800|600")); i++) {
            Thread.sleep(50);
            written =
                    target.rows(
                            "SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables"
                                    + " WHERE relname = 'orders'");
        }
        assertThat(written).containsExactly("1000|800|600");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void writesAllKindsInOneFlush(boolean someComeBack) throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            snapshots(job, 1_000);
            for (long id = 0; id < 300; id++) {
                job.write(at("eu", 1).row((int) id).delete(id, "s" + id, null));
            }
            for (long id = 300; id < 600; id++) {
                job.write(at("eu", 2).row((int) id).update(id, "u" + id, null));
            }
            for (long id = 200; someComeBack && id < 300; id++) {
                job.write(at("eu", 3).row((int) id).insert(id, "back", null));
            }
            for (long id = 1_000; id < 1_400; id++) {
                job.write(at("eu", 4).row((int) id).insert(id, "i" + id, null));
            }
            for (long id = 1_200; id < 1_300; id++) {
                job.write(at("eu", 5).row((int) id).update(id, "w" + id, null));
            }
            for (long id = 1_300; id < 1_350; id++) {
                job.write(at("eu", 6).row((int) id).delete(id, "i" + id, null));
            }
            // The table has lost them, or never had them.
            for (long id = 1_400; id < 1_500; id++) {
                job.write(at("eu", 7).row((int) id).update(id, "x" + id, null));
            }
            job.checkpoint();
        }
        List<String> rows =
                new ArrayList<>(List.of("s|600|999|400", "u|300|599|300", "i|1000|1399|250"));
        rows.addAll(List.of("w|1200|1299|100", "x|1400|1499|100"));
        if (someComeBack) {
            rows.add("b|200|299|100");
        }
        assertThat(
                        target.rows(
                                "SELECT left(name, 1), min(id), max(id), count(*) FROM shop.orders GROUP BY 1"))
                .containsExactlyInAnyOrderElementsOf(rows);
    }

    @Test
    void takesTheOtherWayWhereRowsAreThereAlready() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            job.checkpoint();
            target.execute(
                    "INSERT INTO shop.orders (id, name) SELECT n, 'old' FROM generate_series(0, 499) n");
            snapshots(job, 1_000);
            for (int id = 0; id < 400; id++) {
                job.write(at("eu", 2).row(id).insert((long) id, "i", null));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT left(name, 1), count(*) FROM shop.orders GROUP BY 1"))
                .containsExactlyInAnyOrder("i|400", "s|600");
    }

    @Test
    void keepsColumnsThatOthersHaveAdded() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            snapshots(job, 1_000);
            target.execute("ALTER TABLE shop.orders ADD COLUMN note text DEFAULT 'none'");
            target.execute("UPDATE shop.orders SET note = 'mine'");
            updates(job, 800, 1);
        }
        // Also where they were there from the beginning.
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            updates(job, 900, 2);
        }
        assertThat(
                        target.rows(
                                "SELECT left(name, 1), note, count(*) FROM shop.orders GROUP BY 1, 2"))
                .containsExactlyInAnyOrder("u|mine|900", "s|mine|100");
    }

    @Test
    void doesNotDeleteWhatRefersToARowThatChanges() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.options(server)))) {
            snapshots(job, 1_000);
            target.execute(
                    "CREATE TABLE shop.items (id bigint REFERENCES shop.orders ON DELETE CASCADE)");
            target.execute("INSERT INTO shop.items SELECT id FROM shop.orders");
            updates(job, 800, 1);
        }
        assertThat(target.rows("SELECT count(*) FROM shop.items")).containsExactly("1000");
        assertThat(target.rows("SELECT count(*) FROM shop.orders WHERE name LIKE 'u%'"))
                .containsExactly("800");
    }

    @Test
    void needsNoRightToDelete() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            snapshots(job, 1_000);
        }
        target.execute("DROP ROLE IF EXISTS upserter");
        target.execute("CREATE ROLE upserter LOGIN PASSWORD 'secret'");
        target.execute("GRANT ALL ON SCHEMA seamerge, shop TO upserter");
        target.execute("GRANT ALL ON ALL TABLES IN SCHEMA seamerge TO upserter");
        target.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA seamerge TO upserter");
        target.execute("GRANT SELECT, INSERT, UPDATE ON shop.orders TO upserter");
        Map<String, Object> options = large(SinkJob.options(server));
        options.put("username", "upserter");
        options.put("password", "secret");
        try (SinkJob job = SinkJob.start(options)) {
            updates(job, 800, 1);
        }
        target.clean();
        target.execute("DROP ROLE upserter");
    }

    @Test
    void bringsNothingBackThatWasDeletedLater() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.consolidated(server, "eu", "us")))) {
            for (int id = 0; id < 1_000; id++) {
                job.write(at("us", 200).row(id).delete((long) id, "gone", null));
            }
            job.checkpoint();
            // All of them lose, and none meets a row that would refuse its copy.
            updates(job, 1_000, 100);
            for (int id = 1_000; id < 2_000; id++) {
                job.write(at("eu", 101).row(id).insert((long) id, "new", null));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT name, min(id), count(*) FROM shop.orders GROUP BY 1"))
                .containsExactly("new|1000|1000");
    }

    private static final String STATE =
            "SELECT s.instance, m.\"~deleted\", min(m.id), max(m.id), count(*)"
                    + " FROM seamerge.\"state:shop.orders\" m"
                    + " JOIN seamerge.source s ON s.source_id = m.\"~source\" GROUP BY 1, 2";

    private static final String ROWS =
            "SELECT split_part(name, ' ', 1), min(id), max(id), count(*) FROM shop.orders GROUP BY 1";

    private static final String STAGING =
            "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'stage\\_%'";

    private static void snapshots(SinkJob job, String instance, int from, int to) throws Exception {
        for (long id = from; id < to; id++) {
            job.write(snapshot(instance, id, instance + " s", null));
        }
    }

    private static void inserts(SinkJob job, String instance, long time, int from, int to)
            throws Exception {
        for (int id = from; id < to; id++) {
            job.write(at(instance, time).row(id).insert((long) id, instance + " i", null));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hard", "soft"})
    void stagesNothingOfKeysThatNobodyHas(String delete) throws Exception {
        Map<String, Object> options = large(SinkJob.consolidated(server, "eu", "us"));
        options.put("delete", delete);
        try (SinkJob job = SinkJob.start(options)) {
            snapshots(job, "us", 0, 1_000);
            snapshots(job, "eu", 1_000, 2_000);
            job.checkpoint();
            inserts(job, "eu", 10, 2_000, 3_000);
            job.checkpoint();
            assertThat(target.rows(STAGING)).isEmpty();
            // What the state says is the version of each.
            for (int id = 2_000; id < 2_500; id++) {
                job.write(at("us", 9).row(id).insert((long) id, "us late", null));
            }
            for (int id = 2_500; id < 3_000; id++) {
                job.write(at("us", 11).row(id).insert((long) id, "us later", null));
            }
            job.checkpoint();
        }
        assertThat(target.rows(ROWS))
                .containsExactlyInAnyOrder("us|0|2999|1500", "eu|1000|2499|1500");
        assertThat(target.rows(STATE))
                .containsExactlyInAnyOrder("us|f|0|2999|1500", "eu|f|1000|2499|1500");
        assertThat(
                        target.rows(
                                "SELECT count(*) FROM seamerge.\"state:shop.orders\" WHERE"
                                        + " (\"~incarnation\", \"~time\", \"~row\") = (1, 10, 4294967297 + 2 * id)"
                                        + " AND \"~merged_time\" = 10 AND \"~displaced_source\" IS NULL"))
                .containsExactly("500");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hard", "soft"})
    void comparesAKeyInTheMidstOfNewOnes(String delete) throws Exception {
        Map<String, Object> options = large(SinkJob.consolidated(server, "eu", "us"));
        options.put("delete", delete);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("us", 10).row(1).insert(500L, "us is there", null),
                            at("us", 10).row(2).insert(600L, "us was there", null),
                            at("us", 10).row(3).delete(600L, "us was there", null))
                    .checkpoint();
            for (int part = 0; part < 2; part++) {
                snapshots(job, "eu", 800 * part, 800 * part + 800);
                job.checkpoint();
            }
            inserts(job, "eu", 9, 2_000, 2_400);
            // Before and after what the other source did.
            job.write(at("us", 20).row(1).delete(2_500L, "us", null));
            job.write(at("us", 20).row(2).delete(2_501L, "us", null)).checkpoint();
            inserts(job, "eu", 19, 2_400, 2_501);
            inserts(job, "eu", 21, 2_501, 3_200);
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                delete.equals("hard")
                                        ? ROWS
                                        : ROWS.replace("GROUP", "WHERE NOT _deleted GROUP")))
                .containsExactlyInAnyOrder("us|500|500|1", "eu|0|3199|2797");
        assertThat(target.rows(STATE))
                .containsExactlyInAnyOrder("us|f|500|500|1", "us|t|600|2500|2", "eu|f|0|3199|2797");
        assertThat(
                        target.rows(
                                "SELECT type, resolution, sum(count) FROM seamerge.conflicts GROUP BY 1, 2"))
                .containsExactlyInAnyOrder("insert_exists|discarded|3", "insert_exists|applied|1");
    }

    @Test
    void comparesTwoSourcesThatBringTheSameKeys() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.consolidated(server, "us", "eu")))) {
            for (int part = 0; part < 5; part++) {
                snapshots(job, "eu", 800 * part, 800 * part + 800);
                snapshots(job, "us", 800 * part + 400, 800 * part + 800);
                job.checkpoint();
            }
            for (int part = 0; part < 5; part++) {
                snapshots(job, "us", 800 * part, 800 * part + 800);
                job.checkpoint();
            }
        }
        assertThat(target.rows(ROWS)).containsExactly("us|0|3999|4000");
        assertThat(target.rows(STATE)).containsExactly("us|f|0|3999|4000");
    }

    @Test
    void bringsNothingBackWhoseDeletionIsForgotten() throws Exception {
        try (SinkJob job = SinkJob.start(large(SinkJob.consolidated(server, "eu", "us")))) {
            inserts(job, "us", 50, 0, 1);
            job.checkpoint();
            target.execute(
                    "INSERT INTO seamerge.purged (target, cut_time) VALUES ('shop.orders', 100)");
            inserts(job, "eu", 100, 999, 1_000);
            inserts(job, "eu", 101, 1_000, 1_500);
            job.checkpoint();
            assertThat(target.rows(ROWS)).containsExactlyInAnyOrder("us|0|0|1", "eu|1000|1499|500");
            String letters =
                    "SELECT key, superseded_at IS NOT NULL FROM seamerge.dead_letter ORDER BY 1";
            assertThat(target.rows(letters)).containsExactly("{\"id\": 999}|f");
            // Read by a snapshot, it is there all the same, and its letter void.
            snapshots(job, "us", 500, 1_000);
            job.checkpoint();
            assertThat(target.rows(ROWS))
                    .containsExactlyInAnyOrder("us|0|999|501", "eu|1000|1499|500");
            assertThat(target.rows(letters)).containsExactly("{\"id\": 999}|t");
        }
    }

    @Test
    void letsFourWritersBringTheSameKeysAtOnce() throws Exception {
        List<String> instances = List.of("eu", "us", "ap", "sa");
        Map<String, Object> options =
                large(SinkJob.consolidated(server, instances.toArray(new String[0])));
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        try (SinkJob first = SinkJob.start(options)) {
            first.checkpoint();
        }
        for (String instance : instances) {
            Thread thread =
                    new Thread(
                            () -> {
                                Random random = new Random(instance.hashCode());
                                try (SinkJob job = SinkJob.start(options)) {
                                    for (int part = 0; part < 8; part++) {
                                        List<Long> ids = new ArrayList<>();
                                        for (long id = 0; id < 1_000; id++) {
                                            ids.add(part * 1_000 + id);
                                        }
                                        Collections.shuffle(ids, random);
                                        for (int i = 0; i < 700; i++) {
                                            long id = ids.get(i);
                                            job.write(
                                                    at(instance, part + 1)
                                                            .row(i)
                                                            .insert(id, instance + " i", null));
                                        }
                                        job.checkpoint();
                                    }
                                } catch (Throwable e) {
                                    failures.add(e);
                                }
                            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        // The most preferred of those that have brought a key, at one time.
        Map<Long, String> model = new TreeMap<>();
        for (String instance : List.of("sa", "ap", "us", "eu")) {
            Random random = new Random(instance.hashCode());
            for (int part = 0; part < 8; part++) {
                List<Long> ids = new ArrayList<>();
                for (long id = 0; id < 1_000; id++) {
                    ids.add(part * 1_000 + id);
                }
                Collections.shuffle(ids, random);
                ids.subList(0, 700).forEach(id -> model.put(id, instance));
            }
        }
        List<String> rows = new ArrayList<>();
        model.forEach((id, instance) -> rows.add(id + "|" + instance + " i|" + instance));
        assertThat(
                        target.rows(
                                "SELECT id, name, s.instance FROM shop.orders FULL JOIN"
                                        + " seamerge.\"state:shop.orders\" m USING (id) LEFT JOIN"
                                        + " seamerge.source s ON s.source_id = m.\"~source\" ORDER BY id"))
                .isEqualTo(rows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hard", "soft"})
    void mergesTheSameInLargeFlushesAsInSmallOnes(String delete) throws Exception {
        List<SeaTunnelRow> history = new ArrayList<>();
        Random random = new Random(5);
        for (String instance : List.of("eu", "us")) {
            for (long id = 0; id < 600; id++) {
                if (random.nextInt(3) > 0) {
                    history.add(snapshot(instance, id, instance + " snapshot", null));
                }
            }
        }
        for (int time = 1; time <= 4; time++) {
            for (String instance : List.of("us", "eu")) {
                for (int row = 0; row < 500; row++) {
                    long id = random.nextInt(700);
                    String name = instance + time + "." + row;
                    history.add(
                            random.nextInt(4) == 0
                                    ? at(instance, time).row(row).delete(id, name, null)
                                    : at(instance, time).row(row).update(id, name, null));
                }
            }
        }
        List<List<String>> results = new ArrayList<>();
        for (int batch : new int[] {7, 100_000}) {
            target.clean();
            Map<String, Object> options = large(SinkJob.consolidated(server, "eu", "us"));
            options.put("delete", delete);
            options.put("batch_size", batch);
            try (SinkJob job = SinkJob.start(options)) {
                for (int i = 0; i < history.size(); i++) {
                    job.write(history.get(i));
                    if (i % 1_500 == 0) {
                        job.checkpoint();
                    }
                }
                job.checkpoint();
            }
            results.add(
                    target.rows(
                            "SELECT t.*, m.\"~merged_time\", m.\"~row\", m.\"~deleted\", s.instance"
                                    + " FROM shop.orders t FULL JOIN seamerge.\"state:shop.orders\" m"
                                    + " USING (id) LEFT JOIN seamerge.source s"
                                    + " ON s.source_id = m.\"~source\" ORDER BY m.id"));
        }
        assertThat(results.get(0)).hasSizeGreaterThan(600);
        assertThat(results.get(1)).isEqualTo(results.get(0));
    }

    @Test
    void writesTheSameValuesInBinaryAsByText() throws Exception {
        List<CatalogTable> tables = new ArrayList<>();
        for (String name : List.of("shop.fast", "shop.slow")) {
            tables.add(
                    SinkJob.table(
                            name,
                            List.of("id"),
                            column("id", BasicType.LONG_TYPE, "bigint", false),
                            column("tiny", BasicType.BYTE_TYPE, "tinyint", true),
                            column("small", BasicType.SHORT_TYPE, "smallint", true),
                            column("middle", BasicType.INT_TYPE, "int", true),
                            column("money", new DecimalType(65, 30), "decimal(65,30)", true),
                            column("price", new DecimalType(12, 2), "decimal(12,2)", true),
                            column("big", new DecimalType(20, 0), "bigint unsigned", true),
                            column("single", BasicType.FLOAT_TYPE, "float", true),
                            column("real", BasicType.DOUBLE_TYPE, "double", true),
                            column("yes", BasicType.BOOLEAN_TYPE, "bit(1)", true),
                            column("text", BasicType.STRING_TYPE, "varchar(50)", true),
                            column("doc", BasicType.STRING_TYPE, "json", true),
                            column("bytes", PrimitiveByteArrayType.INSTANCE, "blob", true),
                            column("day", LocalTimeType.LOCAL_DATE_TYPE, "date", true),
                            column("clock", LocalTimeType.LOCAL_TIME_TYPE, "time(6)", true),
                            column("at", LocalTimeType.LOCAL_DATE_TIME_TYPE, "datetime(6)", true),
                            column(
                                    "zoned",
                                    LocalTimeType.LOCAL_DATE_TIME_TYPE,
                                    "timestamp(3)",
                                    true)));
        }
        Random random = new Random(11);
        try (SinkJob job =
                SinkJob.start(SinkJob.options(server), tables.toArray(new CatalogTable[0]))) {
            for (int id = 0; id < 150; id++) {
                Object[] fields = values(id, random);
                job.write(
                        SinkJob.row(
                                "shop.fast",
                                RowKind.INSERT,
                                fields,
                                "eu",
                                "x",
                                id + 1,
                                1,
                                1,
                                false),
                        SinkJob.row(
                                "shop.slow",
                                RowKind.UPDATE_AFTER,
                                fields,
                                "eu",
                                "x",
                                id + 1,
                                3,
                                1,
                                false));
            }
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT f.id, f, s FROM shop.fast f FULL JOIN shop.slow s USING (id)"
                                        + " WHERE (f.*)::text IS DISTINCT FROM"
                                        + " replace((s.*)::text, ',3,1,f)', ',1,1,f)')"))
                .isEmpty();
        assertThat(target.rows("SELECT count(*) FROM shop.fast")).containsExactly("150");
    }

    private static Object[] values(int id, Random random) {
        boolean least = id == 0;
        boolean greatest = id == 1;
        if (id == 2) {
            Object[] nulls = new Object[17];
            nulls[0] = 2L;
            return nulls;
        }
        BigDecimal widest =
                new BigDecimal(new BigInteger(1 + random.nextInt(110), random), random.nextInt(31));
        LocalDateTime moment =
                least
                        ? LocalDateTime.of(0, 1, 1, 0, 0)
                        : greatest
                                ? LocalDateTime.of(9999, 12, 31, 23, 59, 59, 999_000_000)
                                : LocalDateTime.of(1900 + random.nextInt(200), 1, 1, 0, 0)
                                        .plusNanos(random.nextInt() * 1_000_000L);
        String[] texts = {"", " ", "Grüße 🐬\t\n\\", "\\N", "plain", "\u20ac\u00ff", "x'\"y"};
        return new Object[] {
            (long) id,
            least ? Byte.MIN_VALUE : greatest ? Byte.MAX_VALUE : (byte) random.nextInt(),
            least ? Short.MIN_VALUE : greatest ? Short.MAX_VALUE : (short) random.nextInt(),
            least ? Integer.MIN_VALUE : greatest ? Integer.MAX_VALUE : random.nextInt(),
            random.nextBoolean() ? widest : widest.negate(),
            BigDecimal.valueOf(least ? -999_999_999_999L : random.nextInt(), 2),
            least ? BigDecimal.ZERO : new BigDecimal("18446744073709551615"),
            least ? -Float.MAX_VALUE : greatest ? Float.MIN_VALUE : random.nextFloat() * 1e9f,
            least ? -Double.MAX_VALUE : greatest ? Double.MIN_VALUE : random.nextGaussian() * 1e15,
            random.nextBoolean(),
            texts[id % texts.length],
            "{\"a\": [" + id + ", null, \"ü\"]}",
            new BigInteger(1 + random.nextInt(500), random).toByteArray(),
            moment.toLocalDate(),
            least
                    ? LocalTime.MIDNIGHT
                    : LocalTime.ofNanoOfDay(Math.abs(random.nextLong() % 86_400_000_000L) * 1_000),
            moment,
            moment
        };
    }
}
