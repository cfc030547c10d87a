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
import static io.seamerge.e2e.sink.SinkJob.control;
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disjoint tables: what came last for a key stands, and nothing is applied twice. */
class DirectEngineIT extends SinkTest {

    @Test
    void appliesInOrder() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(
                    snapshot("eu", 1L, "one", amount("1.00")),
                    at("eu", 10).insert(2L, "two", null),
                    at("eu", 11).before(1L, "one", amount("1.00")),
                    at("eu", 11).update(1L, "uno", amount("1.10")),
                    at("eu", 12).delete(2L, "two", null),
                    at("eu", 13).insert(3L, "tab\tline\nback\\slash Grüße 🐬", amount("-3.30")));
            job.checkpoint();
            assertThat(target.rows("SELECT id, name, amount FROM shop.orders ORDER BY id"))
                    .containsExactly("1|uno|1.10", "3|tab\tline\nback\\slash Grüße 🐬|-3.30");
            assertThat(
                            target.rows(
                                    "SELECT lane, incarnation, version_time, version_row FROM seamerge.progress"
                                            + " WHERE instance = 'eu' ORDER BY lane"))
                    .containsExactly("0|1|13|" + ((1L << 32) + 1), "1|1|13|" + ((1L << 32) + 1));
        }
    }

    /** What comes in blocks is what came one by one, and control rows stay barriers in between. */
    @Test
    void takesRowsOutOfBlocks() throws Exception {
        Random random = new Random(3);
        List<SeaTunnelRow> rows = new ArrayList<>();
        Map<Long, String> expected = new TreeMap<>();
        for (int i = 0; i < 3_000; i++) {
            long id = random.nextInt(200);
            String old = expected.get(id);
            if (old == null) {
                rows.add(at("eu", i + 1).insert(id, "n" + i, null));
                expected.put(id, "n" + i);
            } else if (random.nextInt(3) == 0) {
                rows.add(at("eu", i + 1).delete(id, old, null));
                expected.remove(id);
            } else {
                rows.add(at("eu", i + 1).before(id, old, null));
                rows.add(at("eu", i + 1).update(id, "n" + i, null));
                expected.put(id, "n" + i);
            }
        }
        AtomicInteger taken = new AtomicInteger();
        int blocks = 0;
        Map<String, Object> options = SinkJob.options(server);
        options.put("batch_size", 50);
        for (int attempt = 0; attempt < 2; attempt++) {
            // The second time all of it is a replay.
            try (SinkJob job =
                    SinkJob.start(options, SinkJob.orders(), SinkJob.controlWithBlocks())) {
                for (int from = 0; from < rows.size(); blocks++) {
                    int to = Math.min(rows.size(), from + 1 + random.nextInt(400));
                    job.write(
                            SinkJob.block(
                                    "eu",
                                    taken::incrementAndGet,
                                    rows.subList(from, to).toArray(new SeaTunnelRow[0])));
                    from = to;
                }
                job.write(SinkJob.withBlocks(control("eu", "heartbeat", 3_000)));
                job.checkpoint();
            }
        }
        List<String> wanted = new ArrayList<>();
        expected.forEach((id, name) -> wanted.add(id + "|" + name));
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id")).isEqualTo(wanted);
        assertThat(target.rows("SELECT DISTINCT version_time FROM seamerge.progress"))
                .containsExactly("3000");
        assertThat(taken).hasValue(blocks);
    }

    @Test
    void createsTablesThatStayEmpty() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        try (SinkJob job = SinkJob.start(options)) {
            job.checkpoint();
        }
        assertThat(target.rows("SELECT count(*) FROM shop.orders")).containsExactly("0");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void gathersAndFoldsWithoutEffectOnTheResult(int lanes) throws Exception {
        Random random = new Random(lanes);
        Map<Long, String> expected = new TreeMap<>();
        Map<String, Object> options = SinkJob.options(server);
        options.put("write_parallelism", lanes);
        options.put("batch_size", 37);
        try (SinkJob job = SinkJob.start(options)) {
            long time = 0;
            for (int i = 0; i < 4_000; i++) {
                time++;
                long id = random.nextInt(120);
                String old = expected.get(id);
                String name = "n" + i;
                if (old == null) {
                    job.write(at("eu", time).insert(id, name, null));
                    expected.put(id, name);
                } else if (random.nextInt(4) == 0) {
                    job.write(at("eu", time).delete(id, old, null));
                    expected.remove(id);
                } else if (random.nextInt(4) == 0) {
                    long moved = 1000 + random.nextInt(60);
                    job.write(at("eu", time).delete(id, old, null));
                    job.write(at("eu", time).insert(moved, name, null));
                    expected.remove(id);
                    expected.put(moved, name);
                } else {
                    job.write(
                            at("eu", time).before(id, old, null),
                            at("eu", time).update(id, name, null));
                    expected.put(id, name);
                }
            }
            job.checkpoint();
        }
        List<String> rows = new ArrayList<>();
        expected.forEach((id, name) -> rows.add(id + "|" + name));
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id")).isEqualTo(rows);
        assertThat(target.rows("SELECT sum(rows) > 4000 FROM seamerge.applied"))
                .containsExactly("t");
    }

    @Test
    void writesBothHalvesOfAChangedKeyInOneFlush() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("write_parallelism", 1);
        options.put("batch_size", 1);
        options.put("flush_interval_ms", 60_000);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 1).insert(1L, "one", null), at("eu", 2).insert(2L, "two", null));
            job.write(at("eu", 3).delete(1L, "one", null), at("eu", 3).insert(11L, "one", null));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT flushes FROM seamerge.progress")).containsExactly("3");
        assertThat(target.rows("SELECT id FROM shop.orders ORDER BY id"))
                .containsExactly("2", "11");
    }

    @Test
    void doesNotHoldDeletionsThatAreNoChangesOfKeys() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("batch_size", 10);
        try (SinkJob job = SinkJob.start(options)) {
            for (long id = 0; id < 1000; id++) {
                job.write(snapshot("eu", id, "x", null));
            }
            for (long id = 0; id < 1000; id++) {
                job.write(at("eu", id + 1).delete(id, "x", null));
            }
            job.checkpoint();
            assertThat(target.rows("SELECT count(*) FROM shop.orders")).containsExactly("0");
            assertThat(target.rows("SELECT min(flushes) > 100 FROM seamerge.progress"))
                    .containsExactly("t");
        }
    }

    @Test
    void writesSoonWithoutACheckpoint() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 1).insert(1L, "one", null));
            job.checkpoint();
            long begun = System.nanoTime();
            job.write(at("eu", 2).delete(1L, "one", null));
            while (!target.rows("SELECT 1 FROM shop.orders").isEmpty()) {
                Thread.sleep(5);
            }
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)).isLessThan(1_000);
        }
    }

    @Test
    void appliesRowsWithoutMetadataAsTheyCome() throws Exception {
        CatalogTable table =
                SinkJob.plainTable(
                        "shop.plain",
                        List.of("id"),
                        SinkJob.column("id", BasicType.LONG_TYPE, null, false),
                        SinkJob.column("name", BasicType.STRING_TYPE, null, true));
        Map<String, Object> options = SinkJob.options(server);
        options.put("batch_size", 1);
        try (SinkJob job = SinkJob.start(options, table)) {
            job.write(
                    plain(RowKind.INSERT, 1L, "one"),
                    plain(RowKind.INSERT, 2L, "two"),
                    plain(RowKind.UPDATE_BEFORE, 1L, "one"),
                    plain(RowKind.UPDATE_AFTER, 3L, "three"),
                    plain(RowKind.DELETE, 2L, "two"),
                    plain(RowKind.INSERT, 2L, "zwei"));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.plain ORDER BY id"))
                .containsExactly("2|zwei", "3|three");
        assertThat(target.rows("SELECT count(*) FROM seamerge.progress")).containsExactly("0");
    }

    private static SeaTunnelRow plain(RowKind kind, Object... fields) {
        SeaTunnelRow row = new SeaTunnelRow(fields);
        row.setTableId("shop.plain");
        row.setRowKind(kind);
        return row;
    }
}
