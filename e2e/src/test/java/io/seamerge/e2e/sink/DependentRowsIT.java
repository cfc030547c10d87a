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
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables in which rows of different keys get in each other's way. */
class DependentRowsIT extends SinkTest {

    private Map<String, Object> options(String shape) {
        Map<String, Object> options = SinkJob.consolidated(server, "eu", "us");
        options.put("shape", shape);
        options.put("flush_interval_ms", 60_000);
        return options;
    }

    @ParameterizedTest
    @ValueSource(strings = {"disjoint", "consolidated"})
    void whatASourceCouldSwapIsSwapped(String shape) throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text UNIQUE, amount numeric)");
        try (SinkJob job = SinkJob.start(options(shape))) {
            job.write(at("eu", 1).insert(1L, "a", null), at("eu", 2).insert(2L, "b", null))
                    .checkpoint();
            job.write(
                            at("eu", 3).before(1L, "a", null),
                            at("eu", 3).update(1L, "free", null),
                            at("eu", 4).before(2L, "b", null),
                            at("eu", 4).update(2L, "a", null),
                            at("eu", 5).before(1L, "free", null),
                            at("eu", 5).update(1L, "b", null))
                    .checkpoint();
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|b", "2|a");
            // A key that changes while another row takes its name.
            job.write(
                            at("eu", 6).row(0).delete(1L, "b", null),
                            at("eu", 6).row(0).insert(3L, "c", null),
                            at("eu", 7).row(0).update(2L, "b", null),
                            at("eu", 8).row(0).insert(1L, "a", null))
                    .checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|a", "2|b", "3|c");
        assertThat(target.rows("SELECT FROM seamerge.dead_letter")).isEmpty();
    }

    /** Whatever a table with a second unique key can be made to do, by a source that checks it. */
    @ParameterizedTest
    @ValueSource(strings = {"disjoint", "consolidated"})
    void agreesWithASourceThatChecksASecondKey(String shape) throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text UNIQUE, amount numeric)");
        Random random = new Random(11);
        Map<Long, String> source = new TreeMap<>();
        Map<String, Object> options = options(shape);
        options.put("batch_size", 40);
        try (SinkJob job = SinkJob.start(options)) {
            for (long time = 1; time <= 1_500; time++) {
                long id = random.nextInt(12);
                String name = "n" + random.nextInt(14);
                String had = source.get(id);
                if (had != null && random.nextInt(4) == 0) {
                    source.remove(id);
                    job.write(at("eu", time).delete(id, had, null));
                } else if (!source.containsValue(name)) {
                    source.put(id, name);
                    job.write(
                            had == null
                                    ? at("eu", time).insert(id, name, null)
                                    : at("eu", time).update(id, name, null));
                }
            }
            job.checkpoint();
        }
        List<String> wanted = new ArrayList<>();
        source.forEach((id, name) -> wanted.add(id + "|" + name));
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id")).isEqualTo(wanted);
        assertThat(target.rows("SELECT FROM seamerge.dead_letter")).isEmpty();
    }

    private static final PhysicalColumn ID =
            SinkJob.column("id", BasicType.LONG_TYPE, "bigint", false);

    private static final PhysicalColumn PARENT =
            SinkJob.column("parent", BasicType.LONG_TYPE, "bigint", true);

    private static SeaTunnelRow of(String table, RowKind kind, long time, long id, Long parent) {
        return SinkJob.row(
                table,
                kind,
                table.equals("shop.children") ? new Object[] {id, parent} : new Object[] {id},
                "eu",
                kind == RowKind.DELETE ? "delete" : "insert",
                time,
                (1L << 32) + 1,
                1,
                false);
    }

    private void createFamily() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.parents (id bigint PRIMARY KEY)",
                "CREATE TABLE shop.children (id bigint PRIMARY KEY, parent bigint REFERENCES shop.parents)");
    }

    private static CatalogTable[] family() {
        return new CatalogTable[] {
            SinkJob.table("shop.parents", List.of("id"), ID),
            SinkJob.table("shop.children", List.of("id"), ID, PARENT)
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"disjoint", "owned", "consolidated"})
    void rowsThatAllGoWaitForThoseThatReferToThem(String shape) throws Exception {
        createFamily();
        CatalogTable[] tables = {family()[0], family()[1], SinkJob.control()};
        if (shape.equals("owned")) {
            tables[0] = SinkJob.sharedBy(2, tables[0]);
        }
        String open =
                "SELECT target, operation, key ->> 'id', sqlstate FROM seamerge.dead_letter"
                        + " WHERE superseded_at IS NULL AND replayed_at IS NULL ORDER BY 3";
        Object[] parents = {
            "source_database", "shop", "source_table", "orders", "target_table", "shop.parents"
        };
        String kept = shape.equals("owned") ? "disjoint" : shape;
        try (SinkJob job = SinkJob.start(options(kept), tables)) {
            job.write(
                            of("shop.parents", RowKind.INSERT, 1, 10, null),
                            of("shop.parents", RowKind.INSERT, 2, 20, null),
                            of("shop.parents", RowKind.INSERT, 3, 30, null),
                            of("shop.children", RowKind.INSERT, 4, 1, 10L),
                            of("shop.children", RowKind.INSERT, 5, 2, 20L))
                    .checkpoint();
            job.write(SinkJob.control("eu", "truncate", 6, parents)).checkpoint();
            assertThat(target.rows("SELECT id FROM shop.parents ORDER BY id"))
                    .containsExactly("10", "20");
            assertThat(target.rows(open))
                    .containsExactly(
                            "shop.parents|delete|10|23503", "shop.parents|delete|20|23503");
            // One comes again, of the other nothing refers to it any more.
            job.write(
                            of("shop.parents", RowKind.INSERT, 7, 20, null),
                            of("shop.children", RowKind.DELETE, 8, 1, null))
                    .checkpoint();
            assertThat(target.rows("SELECT id FROM shop.parents")).containsExactly("20");
            assertThat(target.rows(open)).isEmpty();

            List<Object> again = new ArrayList<>(List.of(parents));
            again.addAll(List.of("detail", "{\"repeated\": true}"));
            job.write(
                            SinkJob.control("eu", "snapshot_begun", 9, again.toArray()),
                            SinkJob.control("eu", "snapshot_done", 10, again.toArray()))
                    .checkpoint();
            assertThat(target.rows(open)).containsExactly("shop.parents|delete|20|23503");
            job.write(of("shop.children", RowKind.UPDATE_AFTER, 11, 2, null)).checkpoint();
            assertThat(target.rows("SELECT id FROM shop.parents")).isEmpty();
            assertThat(target.rows(open)).isEmpty();
            if (shape.equals("owned")) {
                assertThat(target.rows("SELECT id FROM seamerge.\"owners:shop.parents\""))
                        .isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"disjoint", "consolidated"})
    void aRowWaitsForTheOneThatItRefersTo(String shape) throws Exception {
        createFamily();
        try (SinkJob job = SinkJob.start(options(shape), family())) {
            job.write(
                            of("shop.children", RowKind.INSERT, 1, 1, 10L),
                            of("shop.children", RowKind.INSERT, 2, 2, 20L),
                            of("shop.children", RowKind.INSERT, 3, 3, null))
                    .checkpoint();
            assertThat(target.rows("SELECT id FROM shop.children")).containsExactly("3");
            job.write(of("shop.parents", RowKind.INSERT, 4, 10, null)).checkpoint();
            assertThat(target.rows("SELECT * FROM shop.children ORDER BY id"))
                    .containsExactly("1|10", "3|null");
            // A later change takes the place of what waits; a parent waits until its child is gone.
            job.write(
                            of("shop.children", RowKind.UPDATE_AFTER, 5, 2, 10L),
                            of("shop.parents", RowKind.DELETE, 6, 10, null))
                    .checkpoint();
            assertThat(target.rows("SELECT id FROM shop.parents")).containsExactly("10");
            job.write(
                            of("shop.children", RowKind.DELETE, 7, 2, null),
                            of("shop.children", RowKind.DELETE, 8, 1, null))
                    .checkpoint();
            assertThat(target.rows("SELECT id FROM shop.parents")).isEmpty();
            assertThat(
                            target.rows(
                                    "SELECT target, key ->> 'id' FROM seamerge.dead_letter"
                                            + " WHERE superseded_at IS NULL AND replayed_at IS NULL"))
                    .isEmpty();
        }
        assertThat(target.rows("SELECT * FROM shop.children")).containsExactly("3|null");
    }

    @Test
    void theRoleOfAReplicaDoesNotCheck() throws Exception {
        createFamily();
        Map<String, Object> options = options("disjoint");
        options.put("foreign_keys", "replica_role");
        try (SinkJob job = SinkJob.start(options, family())) {
            job.write(of("shop.children", RowKind.INSERT, 1, 1, 10L)).checkpoint();
        }
        assertThat(target.rows("SELECT * FROM shop.children")).containsExactly("1|10");
        target.execute("CREATE ROLE plain LOGIN PASSWORD 'plain-secret'");
        options.put("username", "plain");
        options.put("password", "plain-secret");
        assertThatThrownBy(() -> SinkJob.start(options, family()))
                .hasStackTraceContaining("session_replication_role");
    }
}
