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
import static io.seamerge.e2e.sink.SinkJob.orders;
import static io.seamerge.e2e.sink.SinkJob.sharedBy;
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** Each key of a disjoint table has one source, whatever several sources send. */
class DisjointKeysIT extends SinkTest {

    private static final String ROWS = "SELECT id, name FROM shop.orders ORDER BY id";

    private static final String LETTERS =
            "SELECT instance, operation, key, image ->> 'name', message FROM seamerge.dead_letter"
                    + " WHERE superseded_at IS NULL AND replayed_at IS NULL ORDER BY letter_id";

    private static final String OWNERS =
            "SELECT o.id, s.instance FROM seamerge.\"owners:shop.orders\" AS o"
                    + " JOIN seamerge.source AS s ON s.source_id = o.\"~source\" ORDER BY 1";

    private static SinkJob start(Map<String, Object> options) throws Exception {
        return SinkJob.start(options, sharedBy(2, orders()), control());
    }

    private static Map<String, Object> options(String... more) {
        Map<String, Object> options = SinkJob.options(server);
        for (int i = 0; i < more.length; i += 2) {
            options.put(more[i], more[i + 1]);
        }
        return options;
    }

    @Test
    void aKeyIsItsFirstSourcesUntilThatDeletesIt() throws Exception {
        try (SinkJob job = start(options("conflict_log", "all"))) {
            job.write(
                            snapshot("eu", 1L, "eu one", null),
                            at("eu", 10).insert(2L, "eu two", null),
                            at("us", 10).row(0).insert(2L, "us two", null),
                            at("us", 10).row(1).insert(3L, "us three", null))
                    .checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("1|eu one", "2|eu two", "3|us three");
            assertThat(target.rows(OWNERS)).containsExactly("1|eu", "2|eu", "3|us");
            assertThat(target.rows(LETTERS))
                    .containsExactly(
                            "us|insert|{\"id\": 2}|us two|The key belongs to eu/shop.orders");
            job.write(
                            at("us", 20).row(0).update(1L, "us one", null),
                            at("us", 20).row(1).update(2L, "us two again", null),
                            at("eu", 20).row(0).delete(3L, "us three", null),
                            at("eu", 20).row(1).update(2L, "eu two again", null))
                    .checkpoint();
            assertThat(target.rows(ROWS))
                    .containsExactly("1|eu one", "2|eu two again", "3|us three");
            assertThat(target.rows(LETTERS))
                    .as("each source's last word")
                    .containsExactlyInAnyOrder(
                            "us|update|{\"id\": 1}|us one|The key belongs to eu/shop.orders",
                            "us|update|{\"id\": 2}|us two again|The key belongs to eu/shop.orders");
            assertThat(
                            target.rows(
                                    "SELECT type, resolution, winner_instance, loser_instance, count"
                                            + " FROM seamerge.conflicts ORDER BY 1, 3"))
                    .containsExactly(
                            "delete_origin_differs|discarded|us|eu|1",
                            "insert_exists|discarded|eu|us|1",
                            "update_origin_differs|discarded|eu|us|2");
            assertThat(
                            target.rows(
                                    "SELECT winning_source, winning_image ->> 'name', losing_image ->> 'name'"
                                            + " FROM seamerge.conflict WHERE type = 'update_origin_differs' ORDER BY 3"))
                    .containsExactly(
                            "eu/shop.orders|eu one|us one",
                            "eu/shop.orders|eu two again|us two again");
            // It moves: in one flush, and over two.
            job.write(
                            at("eu", 30).row(0).delete(1L, "eu one", null),
                            at("us", 30).row(0).insert(1L, "us has it", null),
                            at("eu", 30).row(1).delete(2L, "eu two again", null))
                    .checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("1|us has it", "3|us three");
            job.write(at("us", 40).insert(2L, "us has it too", null)).checkpoint();
            assertThat(target.rows(ROWS))
                    .containsExactly("1|us has it", "2|us has it too", "3|us three");
            assertThat(target.rows(OWNERS)).containsExactly("1|us", "2|us", "3|us");
            assertThat(target.rows(LETTERS)).isEmpty();
        }
    }

    @Test
    void rowsThatAreCopiedAreCheckedToo() throws Exception {
        List<SeaTunnelRow> eu = new ArrayList<>();
        List<SeaTunnelRow> us = new ArrayList<>();
        for (long id = 1; id <= 1000; id++) {
            eu.add(snapshot("eu", id, "eu", null));
            us.add(snapshot("us", id + 990, "us", null));
        }
        try (SinkJob job = start(options())) {
            job.write(eu.toArray(new SeaTunnelRow[0])).checkpoint();
            job.write(us.toArray(new SeaTunnelRow[0])).checkpoint();
            // The same again, as after a restart.
            job.write(eu.toArray(new SeaTunnelRow[0])).checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT name, min(id), max(id), count(*) FROM shop.orders GROUP BY 1 ORDER BY 1"))
                .containsExactly("eu|1|1000|1000", "us|1001|1990|990");
        assertThat(
                        target.rows(
                                "SELECT instance, operation, count(*) FROM seamerge.dead_letter GROUP BY 1, 2"))
                .containsExactly("us|snapshot|10");
    }

    @Test
    void aLetterIsReplayedOnceItsKeyIsFree() throws Exception {
        String replay = "SELECT seamerge.replay(letter_id) FROM seamerge.dead_letter";
        try (SinkJob job = start(options())) {
            job.write(at("eu", 10).insert(1L, "eu", null), at("us", 10).insert(1L, "us", null))
                    .checkpoint();
            assertThatThrownBy(() -> target.rows(replay))
                    .hasMessageContaining("belongs to eu/shop.orders");
            assertThat(target.rows(ROWS)).containsExactly("1|eu");
            job.write(at("eu", 20).delete(1L, "eu", null)).checkpoint();
            assertThat(target.rows(replay)).containsExactly("t");
            assertThat(target.rows(ROWS)).containsExactly("1|us");
            assertThat(target.rows(OWNERS)).containsExactly("1|us");
            job.write(at("eu", 30).insert(1L, "eu again", null)).checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("1|us");
        }
    }

    @Test
    void failsOrTrustsIfItIsTold() throws Exception {
        try (SinkJob job = start(options("on_conflict", "fail"))) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            assertThatThrownBy(() -> job.write(at("us", 10).insert(1L, "us", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-08")
                    .hasStackTraceContaining("on_conflict = fail");
        }
        assertThat(target.rows(ROWS)).containsExactly("1|eu");
        try (SinkJob job = start(options("disjoint_keys", "trust"))) {
            job.write(at("us", 10).insert(1L, "us", null)).checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|us");
        assertThat(target.rows("SELECT to_regclass('seamerge.\"owners:shop.orders\"')"))
                .as("what is not kept any more is not there to be believed")
                .containsExactly("null");
    }

    @Test
    void aSourceThatNobodyKnewOfIsKeptFromTheRowsOfTheOther() throws Exception {
        comesUnannounced(orders());
        target.clean();
        comesUnannounced(sharedBy(1, orders()));
        // It is known whose they are, and so it stays, though the other is not heard of.
        try (SinkJob job = SinkJob.start(options(), sharedBy(1, orders()), control())) {
            job.write(at("us", 20).row(0).update(1L, "us", null)).checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|eu", "2|us");
        // One that comes in the place of another, and is not beside it, is none to be kept out.
        target.clean();
        try (SinkJob job = SinkJob.start(options(), sharedBy(1, orders()), control())) {
            job.write(at("eu", 10).row(0).insert(1L, "eu", null)).checkpoint();
        }
        try (SinkJob job = SinkJob.start(options(), sharedBy(1, orders()), control())) {
            job.write(at("eu renamed", 10).row(0).update(1L, "eu renamed", null)).checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|eu renamed");
    }

    private void comesUnannounced(CatalogTable table) throws Exception {
        try (SinkJob job = SinkJob.start(options(), table, control())) {
            job.write(at("eu", 10).row(0).insert(1L, "eu", null)).checkpoint();
            assertThatThrownBy(() -> job.write(at("us", 10).insert(1L, "us", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-08")
                    .hasStackTraceContaining("job.retry.times");
        }
        try (SinkJob job = SinkJob.start(options(), table, control())) {
            job.write(at("us", 10).insert(1L, "us", null), at("us", 11).insert(2L, "us", null))
                    .checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|eu", "2|us");
        assertThat(target.rows(OWNERS)).containsExactly("1|eu", "2|us");
    }

    @Test
    void aTruncateAndARepeatedSnapshotConcernTheirSourceAlone() throws Exception {
        try (SinkJob job = start(options())) {
            job.write(
                            at("eu", 10).row(0).insert(1L, "eu", null),
                            at("eu", 10).row(1).insert(2L, "eu", null),
                            at("us", 10).insert(3L, "us", null))
                    .checkpoint();
            Object[] of = {
                "source_database", "shop", "source_table", "orders", "target_table", "shop.orders"
            };
            List<Object> again = new ArrayList<>(List.of(of));
            again.addAll(List.of("detail", "{\"repeated\": true}"));
            job.write(
                            control("eu", "snapshot_begun", 20, again.toArray()),
                            snapshot("eu", 2L, "eu read again", null),
                            control("eu", "snapshot_done", 21, again.toArray()))
                    .checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("2|eu read again", "3|us");
            assertThat(target.rows(OWNERS)).containsExactly("2|eu", "3|us");
            job.write(control("us", "truncate", 30, of)).checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("2|eu read again");
            assertThat(target.rows(OWNERS)).containsExactly("2|eu");
        }
    }

    @Test
    void aRowThatIsMarkedStaysItsOwners() throws Exception {
        try (SinkJob job = start(options("delete", "soft"))) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            job.write(at("eu", 20).delete(1L, "eu", null)).checkpoint();
            job.write(at("us", 20).insert(1L, "us", null)).checkpoint();
        }
        assertThat(target.rows("SELECT id, name, _deleted FROM shop.orders"))
                .containsExactly("1|eu|t");
    }
}
