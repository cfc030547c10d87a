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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What the engine per-source does beside merging: snapshots, refused rows, rules that do not fit.
 */
class SourcesEngineIT extends SinkTest {

    private Map<String, Object> options() {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("precedence", "update_wins");
        return options;
    }

    private List<String> orders() throws Exception {
        return target.rows("SELECT id, name FROM shop.orders ORDER BY id");
    }

    @Test
    void letsASnapshotReplaceTheImageAndKeepTheVersion() throws Exception {
        try (SinkJob job = SinkJob.start(options())) {
            job.write(at("eu", 10).insert(1L, "eu at 10", null)).checkpoint();
            job.write(at("eu", 11).delete(2L, null, null)).checkpoint();
            job.write(snapshot("eu", 1L, "repaired", null), snapshot("eu", 2L, "is there", null))
                    .checkpoint();
            assertThat(orders()).containsExactly("1|repaired", "2|is there");
            job.write(at("us", 9).update(1L, "us at 9", null)).checkpoint();
            assertThat(orders()).containsExactly("1|repaired", "2|is there");
            job.write(at("us", 10).update(1L, "us at 10 is preferred", null)).checkpoint();
            assertThat(orders()).containsExactly("1|us at 10 is preferred", "2|is there");
            // What is not there at us uncovers what eu has.
            job.write(at("us", 12).delete(1L, null, null)).checkpoint();
            assertThat(orders()).containsExactly("1|repaired", "2|is there");
        }
    }

    @Test
    void followsKeyChangesAndSwaps() throws Exception {
        try (SinkJob job = SinkJob.start(options())) {
            job.write(at("eu", 1).insert(1L, "a", null), at("eu", 1).row(1).insert(2L, "b", null));
            job.write(at("us", 2).insert(1L, "us", null));
            // eu exchanges the keys of its rows by way of a third one.
            job.write(
                    at("eu", 3).delete(1L, "a", null),
                    at("eu", 3).insert(3L, "a", null),
                    at("eu", 3).row(1).delete(2L, "b", null),
                    at("eu", 3).row(1).insert(1L, "b", null),
                    at("eu", 3).row(2).delete(3L, "a", null),
                    at("eu", 3).row(2).insert(2L, "a", null));
            job.checkpoint();
            assertThat(orders()).containsExactly("1|b", "2|a");
            job.write(at("us", 4).delete(1L, "us", null)).checkpoint();
            assertThat(orders()).containsExactly("1|b", "2|a");
        }
    }

    @Test
    void makesARefusedRowAnewOnceTheTableTakesIt() throws Exception {
        Map<String, Object> options = options();
        options.put("on_violation", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            target.execute("ALTER TABLE shop.orders ADD CONSTRAINT taste CHECK (name <> 'bad')");
            job.write(
                            at("us", 20).insert(1L, "bad", null),
                            at("us", 20).row(1).insert(2L, "good", null),
                            at("us", 20).row(2).insert(3L, "nul\0", null))
                    .checkpoint();
            assertThat(orders()).containsExactly("1|eu", "2|good");
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'id', sqlstate, in_state FROM seamerge.dead_letter ORDER BY 1"))
                    .containsExactly("1|23514|t", "3|null|f");
            // What loses against the refused row changes nothing, and its letter stays open.
            job.write(at("eu", 15).row(1).update(1L, "eu later", null)).checkpoint();
            assertThat(
                            target.rows(
                                    "SELECT count(*) FROM seamerge.dead_letter WHERE superseded_at IS NULL"))
                    .containsExactly("2");
            target.execute(
                    "ALTER TABLE shop.orders DROP CONSTRAINT taste",
                    "UPDATE seamerge.dead_letter SET image = replace(image::text, '\\u0000', '')::json");
            assertThat(target.rows("SELECT seamerge.replay(letter_id) FROM seamerge.dead_letter"))
                    .containsExactly("t", "t");
            assertThat(orders()).containsExactly("1|bad", "2|good", "3|nul");
            assertThat(
                            target.rows(
                                    "SELECT id, name FROM seamerge.\"merged:shop.orders\" ORDER BY id"))
                    .isEqualTo(orders());
            job.write(at("us", 30).delete(1L, "bad", null)).checkpoint();
            assertThat(orders()).containsExactly("1|eu later", "2|good", "3|nul");
        }
    }

    @Test
    void saysWhatDoesNotFitWhenTheTableIsOpened() throws Exception {
        Map<String, Object> options = options();
        options.put("version_column", "changed");
        options.put(
                "column_resolvers",
                Map.of("id", "max", "name", "sum", "amount", "union", "colour", "max"));
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("column_resolvers.id = max: the column is part of the key")
                .hasStackTraceContaining("column_resolvers.name = sum: it needs an exact number")
                .hasStackTraceContaining(
                        "column_resolvers.amount = union: it needs an array, jsonb")
                .hasStackTraceContaining("column_resolvers.colour = max: there is no such column")
                .hasStackTraceContaining("version_column: there is no column changed");
        options.remove("version_column");
        options.put("column_resolvers", Map.of("amount", "expression:max(prize)"));
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("cannot be computed: SQLSTATE 42703");
    }

    @Test
    void refusesRulesForWhichTooLittleWasKept() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
        }
        for (String resolver : List.of("first_write_wins", "source_priority")) {
            options.put("resolver", resolver);
            assertThatThrownBy(() -> SinkJob.start(options))
                    .hasStackTraceContaining(
                            "it was written under other rules (row, resolver = LAST_WRITE_WINS)");
        }
        options.put("shape", "disjoint");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("does not tell what stands under these (direct)");
        // As long as nothing was written, any will do.
        target.clean();
        SinkJob.start(options).checkpoint().close();
        options.put("shape", "consolidated");
        SinkJob.start(options).checkpoint().close();
    }

    @Test
    void otherRulesApplyToAllRowsAndEndEarlierWriters() throws Exception {
        Map<String, Object> options = options();
        SinkJob zombie = SinkJob.start(options);
        for (long id = 1; id <= 50; id++) {
            zombie.write(
                    at("eu", 10 + id).insert(id, "eu", amount("1")),
                    at("us", 20).row((int) id).insert(id, "us", amount("2")));
        }
        zombie.write(at("us", 30).delete(7L, "us", null)).checkpoint();
        String byName = "SELECT name, count(*), sum(amount) FROM shop.orders GROUP BY 1 ORDER BY 1";
        assertThat(target.rows(byName)).containsExactly("eu|41|41.00", "us|9|18.00");
        options.put("precedence", "delete_wins");
        options.put("column_resolvers", Map.of("amount", "sum"));
        try (SinkJob job = SinkJob.start(options)) {
            assertThat(target.rows(byName)).containsExactly("eu|40|120.00", "us|9|27.00");
            assertThatThrownBy(() -> zombie.write(at("eu", 99).update(1L, "z", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-05");
            options.put("sources", List.of("eu", "us"));
            job.write(at("eu", 98).update(1L, "eu", amount("5"))).checkpoint();
        }
        // The order of preference alone: it decides the tie of 10.
        try (SinkJob job = SinkJob.start(options)) {
            assertThat(target.rows(byName)).containsExactly("eu|42|130.00", "us|7|21.00");
        }
        zombie.close();
    }

    @Test
    void refusesToCountFromZeroWhatDidNotBeginThere() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("column_resolvers", Map.of("amount", "delta"));
        assertThatThrownBy(() -> SinkJob.start(options, SinkJob.orders()))
                .hasStackTraceContaining("Set control-rows = true at the source")
                .hasStackTraceContaining("Table \"shop\".\"orders\", columns [amount]");
        Object[] table = {
            "source_database", "shop", "source_table", "orders", "target_table", "shop.orders"
        };
        try (SinkJob job = SinkJob.start(options)) {
            // The stream is there before the snapshot begins.
            job.write(
                            at("eu", 1).insert(1L, "eu", amount("1")),
                            control("eu", "heartbeat", 2, "detail", "{\"snapshots_left\": 1}"),
                            control("eu", "snapshot_begun", 3, table),
                            snapshot("eu", 2L, "eu", amount("2")),
                            control("eu", "snapshot_done", 4, table),
                            control("eu", "heartbeat", 5, "detail", "{\"snapshots_left\": 0}"))
                    .checkpoint();
            job.write(at("us", 6).update(2L, "us", amount("7"))).checkpoint();
            assertThatThrownBy(
                            () ->
                                    job.write(
                                                    control(
                                                            "us",
                                                            "heartbeat",
                                                            7,
                                                            "detail",
                                                            "{\"snapshots_left\": 0}"))
                                            .checkpoint())
                    .hasStackTraceContaining("PGMERGE-01")
                    .hasStackTraceContaining("source us/shop.orders was never read by a snapshot");
        }
    }

    @Test
    void aZombieLeavesNothingInTheSourcesStates() throws Exception {
        Map<String, Object> slow = options();
        slow.put("flush_interval_ms", 60_000);
        SinkJob zombie = SinkJob.start(slow);
        zombie.write(at("eu", 1).insert(1L, "one", null), at("us", 1).insert(1L, "us", null));
        zombie.checkpoint();
        // In its buffers, as if its thread had been frozen.
        zombie.write(
                snapshot("eu", 1L, "stale", null),
                snapshot("eu", 2L, "deleted since", null),
                at("us", 2).delete(1L, "us", null));
        String states =
                "SELECT id, name, \"~time\" FROM seamerge.\"sources:shop.orders\" ORDER BY 1, 2";
        try (SinkJob successor = SinkJob.start(options())) {
            successor.write(
                    at("eu", 2).update(1L, "newer", null),
                    at("us", 3).update(1L, "us newer", null));
            successor.checkpoint();
            List<String> kept = target.rows(states);
            assertThat(kept).containsExactly("1|newer|2", "1|us newer|3");
            assertThatThrownBy(zombie::checkpoint).hasStackTraceContaining("PGMERGE-05");
            zombie.close();
            assertThat(target.rows(states)).isEqualTo(kept);
            assertThat(orders()).containsExactly("1|us newer");
        }
    }

    @Test
    void endsOrReportsWhereConflictsAreNotWanted() throws Exception {
        Map<String, Object> options = options();
        options.put("on_conflict", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            job.write(at("us", 5).insert(1L, "us", null)).checkpoint();
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'id', instance, message, image ->> 'name' FROM seamerge.dead_letter"))
                    .containsExactly("1|us|It lost against eu/shop.orders|us");
        }
        options.put("on_conflict", "fail");
        SinkJob job = SinkJob.start(options);
        assertThatThrownBy(() -> job.write(at("us", 20).update(1L, "us", null)).checkpoint())
                .hasStackTraceContaining("PGMERGE-08")
                .hasStackTraceContaining("update_origin_differs");
        job.close();
        assertThat(orders()).containsExactly("1|eu");
    }

    @Test
    void wantsTheRowAsItWasWhereDeltaCountsFromIt() throws Exception {
        Map<String, Object> options = options();
        options.put("column_resolvers", Map.of("amount", "delta:0"));
        SinkJob job = SinkJob.start(options);
        job.write(at("eu", 10).insert(1L, "eu", amount("1"))).checkpoint();
        assertThatThrownBy(() -> job.write(at("eu", 20).update(1L, "eu", amount("2"))).checkpoint())
                .hasStackTraceContaining("update-before = true");
        job.close();
    }

    @Test
    void keepsToTheOrderOfArrivalWhereThatIsAllowed() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("allow_order_dependent", true);
        options.put("resolver", "ignore");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, "first", null)).checkpoint();
            job.write(at("us", 20).insert(1L, "second", null)).checkpoint();
            assertThat(orders()).containsExactly("1|first");
        }
        options.put("resolver", "overwrite");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("us", 21).row(1).update(1L, "second", null)).checkpoint();
            job.write(at("eu", 11).update(1L, "last to come", null)).checkpoint();
            assertThat(orders()).containsExactly("1|last to come");
        }
    }
}
