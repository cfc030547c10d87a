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
import static io.seamerge.e2e.sink.SinkJob.control;
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** A table that a BATCH job creates gets its key once it is filled, and is right all the same. */
class DeferredKeysIT extends SinkTest {

    private static final String ROWS = "SELECT id, name FROM shop.orders ORDER BY id, name";
    private static final String KEYS =
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                    + " WHERE conrelid = 'shop.orders'::regclass AND contype = 'p'";
    private static final String KEY = "PRIMARY KEY (id)";
    private static final String DEFERRED = "SELECT target FROM seamerge.deferred_key";

    private static Map<String, Object> options() {
        Map<String, Object> options = SinkJob.options(server);
        options.put("disjoint_keys", "trust");
        return options;
    }

    private static SeaTunnelRow about(String instance, String kind, long time) {
        return control(
                instance,
                kind,
                time,
                "source_database",
                "shop",
                "source_table",
                "orders",
                "target_table",
                "shop.orders");
    }

    private List<String> keys() throws Exception {
        return target.rows(KEYS);
    }

    @Test
    void theKeyComesWithTheEndOfTheLastSnapshot() throws Exception {
        try (SinkJob job = SinkJob.startBounded(options())) {
            job.write(about("eu", "snapshot_begun", 1), about("us", "snapshot_begun", 1));
            job.write(snapshot("eu", 1L, "a", null), snapshot("us", 2L, "b", null)).checkpoint();
            assertThat(keys()).isEmpty();
            job.write(about("eu", "snapshot_done", 2)).checkpoint();
            assertThat(keys()).isEmpty();
            assertThat(target.rows(DEFERRED)).containsExactly("shop.orders");
            job.write(snapshot("us", 3L, "c", null), about("us", "snapshot_done", 2)).checkpoint();
            assertThat(keys()).containsExactly(KEY);
            job.write(at("us", 3).update(3L, "changed", null)).checkpoint();
            job.end();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|a", "2|b", "3|changed");
        assertThat(target.rows(DEFERRED)).isEmpty();
    }

    @Test
    void theKeyComesBeforeTheFirstChange() throws Exception {
        for (SeaTunnelRow change :
                List.of(
                        at("eu", 3).insert(3L, "changed", null),
                        at("eu", 3).update(3L, "changed", null),
                        at("eu", 3).delete(3L, "c", null))) {
            target.clean();
            try (SinkJob job = SinkJob.startBounded(options())) {
                job.write(about("eu", "snapshot_begun", 1));
                job.write(snapshot("eu", 1L, "a", null)).checkpoint();
                assertThat(keys()).isEmpty();
                job.write(change).checkpoint();
                assertThat(keys()).containsExactly(KEY);
                // As a page has it that was read behind the change: once.
                job.write(SinkJob.snapshotAsOf("eu", 3, 3L, "changed", null)).checkpoint();
            }
            assertThat(target.rows(ROWS)).containsExactly("1|a", "3|changed");
        }
    }

    @Test
    void ofRowsThatWereReadTwiceTheLastStands() throws Exception {
        try (SinkJob job = SinkJob.startBounded(options())) {
            job.write(about("eu", "snapshot_begun", 1));
            for (String name : List.of("first", "second", "last")) {
                for (long id = 1; id <= 50; id++) {
                    job.write(snapshot("eu", id, name, null));
                }
                job.checkpoint();
            }
            job.write(snapshot("eu", 51L, "first", null)).checkpoint();
            assertThat(target.rows("SELECT count(*) FROM shop.orders")).containsExactly("151");
            job.write(about("eu", "snapshot_done", 2)).checkpoint();
        }
        assertThat(keys()).containsExactly(KEY);
        assertThat(target.rows("SELECT name, count(*) FROM shop.orders GROUP BY 1 ORDER BY 1"))
                .containsExactly("first|1", "last|50");
    }

    @Test
    void aRunThatFindsRowsAddsTheKeyFirst() throws Exception {
        for (boolean bounded : new boolean[] {true, false}) {
            target.clean();
            try (SinkJob job = SinkJob.startBounded(options())) {
                job.write(about("eu", "snapshot_begun", 1));
                job.write(snapshot("eu", 1L, "a", null)).checkpoint();
            }
            assertThat(keys()).isEmpty();
            try (SinkJob job =
                    bounded ? SinkJob.startBounded(options()) : SinkJob.start(options())) {
                job.checkpoint();
                assertThat(keys()).containsExactly(KEY);
                job.write(SinkJob.snapshotAsOf("eu", 9, 1L, "again", null)).checkpoint();
            }
            assertThat(target.rows(ROWS)).containsExactly("1|again");
        }
    }

    @Test
    void noTableIsLeftWithoutItsKey() throws Exception {
        try (SinkJob job = SinkJob.startBounded(options())) {
            job.checkpoint();
            assertThat(keys()).isEmpty();
            job.end();
        }
        assertThat(keys()).containsExactly(KEY);
    }

    @Test
    void aTableOfAnotherShapeOrJobHasItsKeyAtOnce() throws Exception {
        try (SinkJob job = SinkJob.startBounded(SinkJob.consolidated(server, "eu", "us"))) {
            job.checkpoint();
            assertThat(keys()).containsExactly(KEY);
        }
        target.clean();
        try (SinkJob job = SinkJob.start(options())) {
            job.checkpoint();
            assertThat(keys()).containsExactly(KEY);
        }
    }

    @Test
    void twoSubtasksFillOneTable() throws Exception {
        try (SinkJob eu = SinkJob.startBounded(options());
                SinkJob us = SinkJob.startBounded(options())) {
            fill(eu, "eu", 0);
            fill(us, "us", 1_000);
            assertThat(keys()).isEmpty();
            eu.write(about("eu", "snapshot_done", 2)).checkpoint();
            assertThat(keys()).containsExactly(KEY);
            fill(us, "us", 2_000);
            us.write(at("us", 3).update(1_001L, "changed", null)).checkpoint();
            us.write(about("us", "snapshot_done", 4)).checkpoint();
        }
        assertThat(target.rows("SELECT name, count(*) FROM shop.orders GROUP BY 1 ORDER BY 1"))
                .containsExactly("changed|1", "eu|300", "us|599");
    }

    private static void fill(SinkJob job, String instance, long first) throws IOException {
        job.write(about(instance, "snapshot_begun", 1));
        for (long id = first; id < first + 300; id++) {
            job.write(snapshot(instance, id, instance, null));
        }
        job.checkpoint();
    }
}
