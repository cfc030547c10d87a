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
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** A job that goes on from a checkpoint finds a target that was set back. */
class ResumptionIT extends SinkTest {

    private static final String PROGRESS =
            "SELECT * FROM seamerge.progress ORDER BY instance, lane";

    private static SeaTunnelRow resumed(String instance, long time, String snapshotsDone) {
        return control(
                instance,
                "resumed",
                time,
                "position",
                "bin.000007:4",
                "detail",
                "{\"snapshots_done\": [" + snapshotsDone + "]}");
    }

    private static SeaTunnelRow snapshot(String kind, String table) {
        return control(
                "eu",
                kind,
                103,
                "source_database",
                "shop",
                "source_table",
                table,
                "target_table",
                "shop.orders");
    }

    /** The tables that it says to be read have keys of their own. */
    private static Map<String, Object> trusting() {
        Map<String, Object> options = SinkJob.options(server);
        options.put("disjoint_keys", "trust");
        return options;
    }

    @Test
    void whatTheCheckpointCountsOnMustBeThere() throws Exception {
        try (SinkJob job = SinkJob.start(trusting())) {
            job.write(
                            snapshot("snapshot_begun", "orders"),
                            snapshot("snapshot_done", "orders"),
                            snapshot("snapshot_begun", "later"),
                            at("eu", 104).insert(1L, "one", null))
                    .checkpoint();
        }
        try (SinkJob job = SinkJob.start(trusting())) {
            // The checkpoint is older than what was applied, as ever after a crash.
            job.write(
                            resumed("eu", 103, "\"shop.orders\""),
                            at("eu", 104).insert(1L, "one", null),
                            at("eu", 105).update(1L, "on", null))
                    .checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders")).containsExactly("1|on");

        Object progress = target.rows(PROGRESS);
        refused(
                resumed("eu", 105, ""),
                "PGMERGE-10",
                "instance 'eu'",
                "goes on at bin.000007:4",
                "everything up to version 1:105:" + Long.MAX_VALUE,
                "seamerge.progress has it up to 1:105:",
                "handoff_here");
        refused(resumed("us", 1, ""), "seamerge.progress does not know the instance");
        refused(
                resumed("eu", 104, "\"shop.orders\", \"shop.later\""),
                "the snapshot of shop.later is not whole there");
        assertThat((Object) target.rows(PROGRESS)).as("nothing is touched").isEqualTo(progress);
    }

    /** Nothing but its rows shows how far the snapshot of an idle instance has come. */
    @Test
    void theRowsOfASnapshotInItsMidstMustBeThere() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(snapshot("snapshot_begun", "orders"));
            for (int i = 1; i <= 20; i++) {
                job.write(progress(10L * i));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT rows_read FROM seamerge.snapshot")).containsExactly("200");
        SeaTunnelRow resumed =
                control(
                        "eu",
                        "resumed",
                        103,
                        "detail",
                        "{\"snapshots_read\": {\"shop.orders\": 200}}");
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            // From an older checkpoint; a later one may be restored all the same.
            job.write(progress(100)).checkpoint();
        }
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(resumed).checkpoint();
        }
        target.execute("UPDATE seamerge.snapshot SET rows_read = 190");
        refused(resumed, "of the snapshot of shop.orders only 190 of 200 rows are there");
    }

    private static SeaTunnelRow progress(long rowsRead) {
        SeaTunnelRow row = snapshot("snapshot_progress", "orders");
        row.setField(11, rowsRead);
        return row;
    }

    private void refused(SeaTunnelRow row, String... words) throws Exception {
        try (SinkJob job = SinkJob.start(trusting())) {
            assertThatThrownBy(() -> job.write(row).checkpoint())
                    .hasStackTraceContaining("PGMERGE-10")
                    .satisfies(
                            e -> {
                                for (String word : words) {
                                    assertThat(e).hasStackTraceContaining(word);
                                }
                            });
        }
    }
}
