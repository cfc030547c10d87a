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

import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** Deletions of consolidated tables, until no source can send an older change. */
class TombstonesIT extends SinkTest {

    private static final String TOMBSTONES =
            "SELECT id FROM seamerge.\"state:shop.orders\" WHERE \"~deleted\" ORDER BY id";

    private static final String ROWS = "SELECT id, name FROM shop.orders ORDER BY id";

    private Map<String, Object> options() {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("max_clock_skew_ms", 1);
        return options;
    }

    private static SeaTunnelRow heartbeat(String instance, long time, long caughtUp)
            throws InterruptedException {
        return heartbeat(instance, time, caughtUp, "{\"snapshots_left\": 0}");
    }

    private static SeaTunnelRow heartbeat(String instance, long time, long caughtUp, String detail)
            throws InterruptedException {
        // Tombstones are looked at once per second.
        Thread.sleep(1_001);
        return control(instance, "heartbeat", time, "caught_up_time", caughtUp, "detail", detail);
    }

    private static SeaTunnelRow about(String kind, long time) {
        return control(
                "us",
                kind,
                time,
                "source_database",
                "shop",
                "source_table",
                "orders",
                "target_table",
                "shop.orders");
    }

    @Test
    void ofStatesThatEarlierReleasesMadeAreForgottenToo() throws Exception {
        try (SinkJob job = SinkJob.start(options())) {
            job.write(at("eu", 101).delete(1L, "one", null)).checkpoint();
        }
        target.execute(
                "ALTER TABLE seamerge.\"state:shop.orders\" DROP COLUMN \"~deleted_time\"",
                "DROP TABLE seamerge.deferred_key",
                "UPDATE seamerge.release SET version = 1");
        try (SinkJob job = SinkJob.start(options())) {
            assertThat(target.rows(TOMBSTONES)).containsExactly("1");
            job.write(heartbeat("eu", 200, 200)).checkpoint();
            job.write(heartbeat("us", 200, 200)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).isEmpty();
        }
        assertThat(target.rows("SELECT version FROM seamerge.release ORDER BY 1"))
                .containsExactly("1", "3");
    }

    @Test
    void areForgottenOnceEverySourceHasPassedThem() throws Exception {
        try (SinkJob job = SinkJob.start(options())) {
            job.write(
                            at("eu", 100).insert(1L, "one", null),
                            at("eu", 101).delete(1L, "one", null),
                            at("eu", 102).delete(2L, "two", null),
                            at("eu", 103).insert(3L, "three", null))
                    .checkpoint();
            job.write(heartbeat("eu", 200, 200)).checkpoint();
            assertThat(target.rows(TOMBSTONES))
                    .as("us was never heard of")
                    .containsExactly("1", "2");
            // A restart may still bring rows of tables whose end no checkpoint holds.
            for (String detail : new String[] {null, "{\"snapshots_left\": 1}"}) {
                job.write(heartbeat("us", 101, 101, detail)).checkpoint();
                assertThat(target.rows(TOMBSTONES)).as(detail).containsExactly("1", "2");
            }
            // By what it has sent.
            job.write(heartbeat("us", 101, 101)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).containsExactly("2");
            assertThat(target.rows("SELECT cut_time FROM seamerge.purged")).containsExactly("101");
            assertThat(
                            target.rows(
                                    "SELECT instance, target, tombstones, tombstones_forgotten_to"
                                            + " FROM seamerge.status WHERE instance = 'eu'"))
                    .containsExactly("eu|shop.orders|1|1970-01-01 00:00:00.000101+00");
            // By its clock, less the skew; not while it is in its snapshot.
            job.write(about("snapshot_begun", 101)).checkpoint();
            job.write(heartbeat("us", 101, 1_150)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).as("us is in its snapshot").containsExactly("2");
            job.write(about("snapshot_done", 101)).checkpoint();
            job.write(heartbeat("us", 101, 1_101)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).as("us may be at 101").containsExactly("2");
            job.write(heartbeat("us", 101, 1_150)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).isEmpty();
            assertThat(target.rows("SELECT cut_time FROM seamerge.purged")).containsExactly("150");

            // What comes too late brings nothing back; but it is compared with what is there.
            job.write(
                            at("us", 120).update(1L, "too late", null),
                            at("us", 121).delete(2L, "too late", null))
                    .checkpoint();
            job.write(
                            at("us", 122).update(3L, "in time", null),
                            at("us", 151).insert(4L, "in time", null),
                            snapshot("us", 2L, "read", null))
                    .checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("2|read", "3|in time", "4|in time");
        assertThat(
                        target.rows(
                                "SELECT key, operation, instance, version_time, sqlstate, image ->> 'name' FROM"
                                        + " seamerge.dead_letter"))
                .containsExactly("{\"id\": 1}|update|us|120|null|too late");
    }

    @Test
    void areForgottenWhereEachSourceHasAStateOfItsOwn() throws Exception {
        Map<String, Object> options = options();
        options.put("column_resolvers", Map.of("amount", "max"));
        String entries =
                "SELECT id, \"~deleted\" FROM seamerge.\"sources:shop.orders\" ORDER BY id, \"~source\"";
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", 100).insert(1L, "one", null),
                            at("us", 101).insert(1L, "one", null),
                            at("eu", 102).delete(1L, "one", null),
                            at("us", 102).insert(2L, "two", null),
                            at("eu", 103).delete(2L, "two", null),
                            at("eu", 104).delete(3L, "three", null),
                            at("us", 105).delete(1L, "one", null),
                            at("us", 120).delete(4L, "four", null))
                    .checkpoint();
            job.write(heartbeat("us", 120, 120)).checkpoint();
            job.write(heartbeat("eu", 119, 119)).checkpoint();
            assertThat(target.rows(entries))
                    .as("2 is still there at us, and 4 was deleted after the cut")
                    .containsExactly("2|t", "2|f", "4|t");
            assertThat(target.rows(TOMBSTONES)).containsExactly("2", "4");
            job.write(
                            at("eu", 120).update(4L, "compared, and preferred less", null),
                            at("us", 121).update(2L, "later", null))
                    .checkpoint();
            target.execute("DELETE FROM seamerge.progress");
        }
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", 110).update(1L, "too late", null),
                            at("eu", 111).delete(3L, "too late", null),
                            at("eu", 125).insert(3L, "in time", null))
                    .checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("2|later", "3|in time");
        assertThat(target.rows("SELECT key, instance, image ->> 'name' FROM seamerge.dead_letter"))
                .containsExactly("{\"id\": 1}|eu|too late");
    }

    @Test
    void manyKeysThatAnotherSourceStillHasDoNotHideThoseThatNobodyHas() throws Exception {
        Map<String, Object> options = options();
        options.put("column_resolvers", Map.of("amount", "max"));
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("us", 1).insert(1L, "one", null),
                            at("eu", 100).delete(1L, "one", null),
                            at("eu", 200).delete(-1L, "nobody's", null))
                    .checkpoint();
            for (String table : List.of("sources", "state")) {
                String columns =
                        target.rows(
                                        "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attnum > 1"
                                                + " AND NOT attisdropped AND attgenerated = '' AND attrelid = 'seamerge.\""
                                                + table
                                                + ":shop.orders\"'::regclass")
                                .get(0);
                // As many more as are looked at in one call.
                target.execute(
                        String.format(
                                "INSERT INTO seamerge.\"%1$s:shop.orders\" (id, %2$s) SELECT n, %2$s FROM"
                                        + " seamerge.\"%1$s:shop.orders\", generate_series(2, 10000) AS n WHERE id = 1",
                                table, columns));
            }
            String nobodys =
                    "SELECT FROM seamerge.\"state:shop.orders\" WHERE \"~deleted\" AND id = -1";
            assertThat(target.rows(nobodys)).hasSize(1);
            job.write(heartbeat("us", 300, 300)).checkpoint();
            for (int i = 0; !target.rows(nobodys).isEmpty(); i++) {
                assertThat(i).as("looks").isLessThan(30);
                job.write(heartbeat("eu", 300, 300)).checkpoint();
            }
            assertThat(target.rows("SELECT count(*) FROM seamerge.\"state:shop.orders\""))
                    .containsExactly("10000");
        }
    }

    @Test
    void areForgottenByAgeIfThatIsWanted() throws Exception {
        Map<String, Object> options = options();
        options.put("tombstone_max_age_ms", 10_000L);
        long now = System.currentTimeMillis() * 1_000;
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", now - 60_000_000).delete(1L, "old", null),
                            at("eu", now).delete(2L, "new", null))
                    .checkpoint();
            job.write(heartbeat("us", 1, 1, "{\"snapshots_left\": 1}")).checkpoint();
            assertThat(target.rows(TOMBSTONES)).as("us has tables to read").hasSize(2);
            job.write(heartbeat("us", 1, 1)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).containsExactly("2");
            job.write(heartbeat("eu", now, now)).checkpoint();
            assertThat(target.rows(TOMBSTONES)).containsExactly("2");
        }
    }
}
