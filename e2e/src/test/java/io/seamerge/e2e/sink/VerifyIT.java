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
import static io.seamerge.e2e.sink.SinkJob.snapshotAsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** What verification finds, what it takes for a thing in flight, and what it mends. */
class VerifyIT extends SinkTest {

    private static final String FOUND =
            "SELECT target, kind, key->>'id', source, \"column\", found->>'name', wanted->>'name'"
                    + " FROM seamerge.verify JOIN seamerge.verify_run USING (run_id)"
                    + " WHERE run_id = (SELECT max(run_id) FROM seamerge.verify_run) ORDER BY 2, 3, 5";

    private static final String SUMMARY =
            "SELECT rows, missing, extra, different, moving, repaired, outcome FROM seamerge.verify_summary"
                    + " JOIN seamerge.verify_run USING (run_id)"
                    + " WHERE run_id = (SELECT max(run_id) FROM seamerge.verify_run)";

    private static final String PROGRESS =
            "SELECT * FROM seamerge.progress ORDER BY instance, lane";

    private static Map<String, Object> verifying(Map<String, Object> options) {
        Map<String, Object> verifying = new java.util.HashMap<>(options);
        verifying.put("write_mode", "verify");
        verifying.put("verify_settle_timeout_ms", 300);
        return verifying;
    }

    /** Runs whose end has that version time. */
    private static void verify(
            Map<String, Object> options, List<String> instances, long end, SeaTunnelRow... rows)
            throws IOException {
        try (SinkJob job = SinkJob.start(options)) {
            for (String instance : instances) {
                job.write(control(instance, "run_begun", 0));
            }
            job.write(rows);
            for (String instance : instances) {
                job.write(control(instance, "run_end", end), control(instance, "filler", end));
            }
            job.checkpoint().end();
        }
    }

    @Test
    void aDisjointTableBesideARunningPipeline() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        SeaTunnelRow[] inMySql = new SeaTunnelRow[6];
        try (SinkJob live =
                SinkJob.start(options, SinkJob.sharedBy(2, SinkJob.orders()), SinkJob.control())) {
            for (int id = 1; id <= 6; id++) {
                String instance = id % 2 == 0 ? "eu" : "us";
                live.write(at(instance, 10 + id).insert((long) id, "name " + id, null));
                inMySql[id - 1] = snapshotAsOf(instance, 20, (long) id, "name " + id, null);
            }
            live.checkpoint();
            List<String> progress = target.rows(PROGRESS);
            List<String> both = List.of("eu", "us");
            verify(verifying(options), both, 20, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("6|0|0|0|0|0|equal");

            target.execute(
                    "DELETE FROM shop.orders WHERE id = 1",
                    "UPDATE shop.orders SET name = 'planted', amount = 1 WHERE id = 2",
                    "INSERT INTO shop.orders VALUES (99, 'nobody has it', NULL)");
            assertThatThrownBy(() -> verify(verifying(options), both, 20, inMySql))
                    .hasStackTraceContaining(
                            "PGMERGE-09: Verification 2 of pipeline 'test' found what its sources do not have so:"
                                    + " shop.orders: 1 missing, 1 extra, 1 different."
                                    + " See SELECT * FROM seamerge.verify WHERE run_id = 2");
            assertThat(target.rows(FOUND))
                    .containsExactly(
                            "shop.orders|different|2|eu|amount|null|null",
                            "shop.orders|different|2|eu|name|null|null",
                            "shop.orders|extra|99|null|null|nobody has it|null",
                            "shop.orders|missing|1|us|null|null|name 1");
            assertThat(
                            target.rows(
                                    "SELECT found, wanted FROM seamerge.verify WHERE \"column\" = 'name'"))
                    .containsExactly("\"planted\"|\"name 2\"");
            assertThat(target.rows(SUMMARY)).containsExactly("6|1|1|1|0|0|different");
            assertThat(target.rows("SELECT name FROM shop.orders WHERE id = 2"))
                    .as("verification alone mends nothing")
                    .containsExactly("planted");

            Map<String, Object> repairing = verifying(options);
            repairing.put("repair", true);
            verify(repairing, both, 20, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("6|1|1|1|0|3|equal");
            verify(verifying(options), both, 20, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("6|0|0|0|0|0|equal");
            assertThat(target.rows(PROGRESS)).as("the pipeline's own progress").isEqualTo(progress);
            live.write(at("eu", 30).update(2L, "and on", null)).checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders WHERE id = 2"))
                    .containsExactly("and on");
        }
    }

    @Test
    void whatIsInFlightIsLookedAtAgain() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        Map<String, Object> verifying = verifying(options);
        verifying.put("verify_settle_timeout_ms", 20_000);
        try (SinkJob live = SinkJob.start(options)) {
            live.write(at("eu", 10).insert(1L, "old", null), at("eu", 11).insert(2L, "two", null));
            live.checkpoint();
            CompletableFuture<Void> later =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    Thread.sleep(1_500);
                                    live.write(
                                                    at("eu", 12).update(1L, "new", null),
                                                    at("eu", 13).insert(3L, "three", null),
                                                    at("eu", 14).delete(2L, "two", null))
                                            .checkpoint();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            verify(
                    verifying,
                    List.of("eu"),
                    14,
                    snapshotAsOf("eu", 11, 1L, "old", null),
                    snapshotAsOf("eu", 11, 2L, "two", null),
                    at("eu", 12).before(1L, "old", null),
                    at("eu", 12).update(1L, "new", null),
                    at("eu", 13).insert(3L, "three", null),
                    at("eu", 14).delete(2L, "two", null));
            later.join();
        }
        assertThat(target.rows(SUMMARY)).containsExactly("2|0|0|0|0|0|equal");
    }

    @Test
    void aPipelineThatIsAheadIsNoDifference() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        try (SinkJob live = SinkJob.start(options)) {
            live.write(at("eu", 10).insert(1L, "one", null), at("eu", 11).insert(2L, "two", null));
            live.write(control("eu", "heartbeat", 11)).checkpoint();
            try (SinkJob job = SinkJob.start(verifying(options))) {
                job.write(control("eu", "run_begun", 0));
                job.write(snapshotAsOf("eu", 11, 4L, "not applied", null)).checkpoint();
                live.write(
                                at("eu", 20).update(1L, "later", null),
                                at("eu", 21).delete(2L, "two", null),
                                at("eu", 22).insert(3L, "three", null))
                        .checkpoint();
                job.write(
                        snapshotAsOf("eu", 11, 1L, "one", null),
                        snapshotAsOf("eu", 11, 2L, "two", null),
                        control("eu", "run_end", 11),
                        control("eu", "filler", 11));
                assertThatThrownBy(() -> job.checkpoint().end())
                        .hasStackTraceContaining("1 missing, 0 extra, 0 different");
            }
        }
        assertThat(target.rows(SUMMARY)).containsExactly("3|1|0|0|2|0|different");
        assertThat(target.rows("SELECT key FROM seamerge.verify")).containsExactly("{\"id\": 4}");
    }

    @Test
    void whatCameAndWentBehindTheRunIsNotMissing() throws Exception {
        for (Map<String, Object> options :
                List.of(
                        SinkJob.options(server),
                        SinkJob.consolidated(server, "eu"),
                        perSource(SinkJob.consolidated(server, "eu")))) {
            target.clean();
            try (SinkJob live = SinkJob.start(options)) {
                live.write(at("eu", 10).insert(1L, "one", null), control("eu", "heartbeat", 11))
                        .checkpoint();
                try (SinkJob job = SinkJob.start(verifying(options))) {
                    job.write(control("eu", "run_begun", 0));
                    // The pipeline lags behind the run.
                    job.write(
                                    snapshotAsOf("eu", 12, 1L, "one", null),
                                    snapshotAsOf("eu", 12, 2L, "two", null))
                            .checkpoint();
                    live.write(
                                    at("eu", 12).insert(2L, "two", null),
                                    at("eu", 20).delete(2L, "two", null),
                                    control("eu", "heartbeat", 30))
                            .checkpoint();
                    job.write(control("eu", "run_end", 13), control("eu", "filler", 13));
                    job.checkpoint().end();
                }
            }
            assertThat(target.rows(SUMMARY)).containsExactly("2|0|0|0|1|0|equal");
        }
    }

    private static Map<String, Object> perSource(Map<String, Object> options) {
        options.put("precedence", "update_wins");
        return options;
    }

    @Test
    void aConsolidatedTableAgainstWhoWon() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        List<String> both = List.of("eu", "us");
        SeaTunnelRow[] inMySql = {
            snapshotAsOf("eu", 40, 1L, "eu of 1", null),
            snapshotAsOf("us", 40, 1L, "us of 1", null),
            snapshotAsOf("eu", 40, 2L, "eu of 2", null),
            snapshotAsOf("us", 40, 3L, "us of 3", null),
            snapshotAsOf("eu", 40, 4L, "deleted at us", null),
            snapshotAsOf("us", 40, 5L, "us of 5", null),
            snapshotAsOf("us", 40, 6L, "us of 6", null),
            snapshotAsOf("eu", 40, 6L, "eu of 6", null)
        };
        try (SinkJob live = SinkJob.start(options)) {
            live.write(
                            at("eu", 10).insert(1L, "eu of 1", null),
                            at("us", 11).insert(1L, "us of 1", null),
                            at("eu", 12).insert(2L, "eu of 2", null),
                            at("us", 13).insert(3L, "us of 3", null),
                            at("eu", 14).insert(4L, "deleted at us", null),
                            at("us", 15).delete(4L, null, null),
                            at("us", 16).insert(5L, "us of 5", null),
                            at("us", 17).insert(6L, "us of 6", null),
                            at("eu", 18).insert(6L, "eu of 6", null))
                    .checkpoint();
            verify(verifying(options), both, 40, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("8|0|0|0|0|0|equal");

            target.execute(
                    "UPDATE shop.orders SET name = 'eu of 1' WHERE id = 1",
                    "DELETE FROM shop.orders WHERE id = 2",
                    "UPDATE seamerge.\"state:shop.orders\" SET \"~deleted\" = true WHERE id = 3",
                    "DELETE FROM shop.orders WHERE id = 3",
                    "INSERT INTO shop.orders VALUES (4, 'resurrected', NULL)",
                    "DELETE FROM seamerge.\"state:shop.orders\" WHERE id IN (5, 6)",
                    "UPDATE shop.orders SET name = 'not so' WHERE id = 6",
                    "INSERT INTO shop.orders VALUES (99, 'nobody has it', NULL)");
            assertThatThrownBy(() -> verify(verifying(options), both, 40, inMySql))
                    .hasStackTraceContaining("2 missing, 2 extra, 4 different");
            assertThat(
                            target.rows(
                                    "SELECT DISTINCT kind, key->>'id', source FROM seamerge.verify ORDER BY 2, 3"))
                    .containsExactly(
                            "different|1|us/shop.orders",
                            "missing|2|eu/shop.orders",
                            "missing|3|us/shop.orders",
                            "extra|4|us/shop.orders",
                            "different|5|us/shop.orders",
                            "different|6|eu/shop.orders",
                            "different|6|us/shop.orders",
                            "extra|99|null");

            Map<String, Object> repairing = verifying(options);
            repairing.put("repair", true);
            verify(repairing, both, 40, inMySql);
            verify(verifying(options), both, 40, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("8|0|0|0|0|0|equal");
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly(
                            "1|us of 1", "2|eu of 2", "3|us of 3", "5|us of 5", "6|us of 6");
            // The versions stand: what is older still loses, what is newer wins.
            live.write(
                            at("eu", 50).row(0).update(2L, "newer", null),
                            at("us", 12).row(0).insert(9L, "skipped as a replay", null))
                    .checkpoint();
            assertThat(
                            target.rows(
                                    "SELECT \"~merged_time\" FROM seamerge.\"state:shop.orders\" WHERE id = 1"))
                    .containsExactly("11");
            assertThat(target.rows("SELECT name FROM shop.orders WHERE id = 2"))
                    .containsExactly("newer");
        }
    }

    @Test
    void eachSourcesStateAndWhatIsMadeOfThem() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("precedence", "update_wins");
        options.put("column_resolvers", Map.of("amount", "sum"));
        List<String> both = List.of("eu", "us");
        SeaTunnelRow[] inMySql = {
            snapshotAsOf("eu", 40, 1L, "eu of 1", amount("1.00")),
            snapshotAsOf("us", 40, 1L, "us of 1", amount("2.00")),
            snapshotAsOf("eu", 40, 2L, "eu of 2", amount("4.00")),
            snapshotAsOf("us", 40, 3L, "us of 3", amount("8.00")),
            snapshotAsOf("eu", 40, 4L, "eu of 4", amount("16.00"))
        };
        try (SinkJob live = SinkJob.start(options)) {
            live.write(
                            at("eu", 10).insert(1L, "eu of 1", amount("1.00")),
                            at("us", 11).insert(1L, "us of 1", amount("2.00")),
                            at("eu", 12).insert(2L, "eu of 2", amount("4.00")),
                            at("us", 13).insert(3L, "us of 3", amount("8.00")),
                            at("eu", 14).insert(4L, "eu of 4", amount("16.00")),
                            at("us", 15).delete(4L, "us of 4", amount("32.00")),
                            at("us", 16).insert(5L, "us of 5", null),
                            at("us", 17).delete(5L, "us of 5", null))
                    .checkpoint();
            verify(verifying(options), both, 40, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("5|0|0|0|0|0|equal");
            String rows = "SELECT id, name, amount FROM shop.orders ORDER BY id";
            List<String> good = target.rows(rows);
            assertThat(good)
                    .containsExactly(
                            "1|us of 1|3.00",
                            "2|eu of 2|4.00",
                            "3|us of 3|8.00",
                            "4|eu of 4|16.00");

            String sources = "seamerge.\"sources:shop.orders\"";
            target.execute(
                    // In the sources' states.
                    "UPDATE " + sources + " SET amount = 3 WHERE name = 'eu of 1'",
                    "DELETE FROM " + sources + " WHERE name = 'eu of 2'",
                    "UPDATE " + sources + " SET \"~deleted\" = true WHERE name = 'us of 3'",
                    "UPDATE "
                            + sources
                            + " SET \"~deleted\" = false, name = 'us of 5' WHERE id = 5",
                    // In the table.
                    "UPDATE shop.orders SET name = 'not so' WHERE id = 1",
                    "DELETE FROM shop.orders WHERE id = 4",
                    "INSERT INTO shop.orders VALUES (99, 'nobody has it', NULL)");
            assertThatThrownBy(() -> verify(verifying(options), both, 40, inMySql))
                    .hasStackTraceContaining("PGMERGE-09");
            assertThat(target.rows(FOUND))
                    .containsExactlyInAnyOrder(
                            "shop.orders|different|1|eu/shop.orders|amount|null|null",
                            "shop.orders|different|1|null|amount|null|null",
                            "shop.orders|different|1|null|name|null|null",
                            "shop.orders|extra|2|null|null|eu of 2|null",
                            "shop.orders|extra|3|null|null|us of 3|null",
                            "shop.orders|extra|5|us/shop.orders|null|us of 5|null",
                            "shop.orders|extra|99|null|null|nobody has it|null",
                            "shop.orders|missing|2|eu/shop.orders|null|null|eu of 2",
                            "shop.orders|missing|3|us/shop.orders|null|null|us of 3",
                            "shop.orders|missing|4|null|null|null|eu of 4",
                            "shop.orders|missing|5|null|null|null|us of 5");

            Map<String, Object> repairing = verifying(options);
            repairing.put("repair", true);
            verify(repairing, both, 40, inMySql);
            assertThat(target.rows(rows)).isEqualTo(good);
            verify(verifying(options), both, 40, inMySql);
            assertThat(target.rows(SUMMARY)).containsExactly("5|0|0|0|0|0|equal");
            // The versions stand: us is later; what its state lost counts as the oldest.
            live.write(
                            at("eu", 41).delete(2L, "eu of 2", null),
                            at("us", 42).delete(1L, "us of 1", null))
                    .checkpoint();
            assertThat(target.rows(rows))
                    .containsExactly("1|eu of 1|1.00", "3|us of 3|8.00", "4|eu of 4|16.00");
        }
        // Rules that the table was not written under.
        Map<String, Object> other = verifying(options);
        other.put("column_resolvers", Map.of("amount", "max"));
        assertThatThrownBy(() -> SinkJob.start(other).close())
                .hasStackTraceContaining("than those that it is to be compared under");
    }

    @Test
    void whatItsWinnerHasLostCannotBeJudged() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        try (SinkJob live = SinkJob.start(options)) {
            live.write(at("eu", 10).insert(1L, "eu", null), at("us", 11).insert(1L, "us", null))
                    .checkpoint();
        }
        Map<String, Object> repairing = verifying(options);
        repairing.put("repair", true);
        assertThatThrownBy(
                        () ->
                                verify(
                                        repairing,
                                        List.of("eu", "us"),
                                        40,
                                        snapshotAsOf("eu", 40, 1L, "eu", null)))
                .hasStackTraceContaining("0 missing, 0 extra, 1 different, 0 repaired");
        assertThat(target.rows(FOUND))
                .containsExactly("shop.orders|different|1|us/shop.orders|null|us|null");
        assertThat(target.rows("SELECT name FROM shop.orders")).containsExactly("us");
    }

    @Test
    void aRowThatPostgresCannotStoreIsADifferenceThatStays() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        SinkJob.start(options).close();
        Map<String, Object> repairing = verifying(options);
        repairing.put("repair", true);
        assertThatThrownBy(
                        () ->
                                verify(
                                        repairing,
                                        List.of("eu"),
                                        40,
                                        snapshot("eu", 1L, "a", null),
                                        snapshot("eu", 2L, "b\0", null),
                                        snapshot("eu", 3L, "c", null)))
                .hasStackTraceContaining("3 missing, 0 extra, 0 different, 2 repaired");
        assertThat(target.rows("SELECT id FROM shop.orders ORDER BY 1")).containsExactly("1", "3");
    }

    @Test
    void refusesWhatItCannotKnow() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        assertThatThrownBy(() -> SinkJob.start(verifying(options), SinkJob.orders()).close())
                .hasStackTraceContaining("set control-rows = true at the source");
        assertThatThrownBy(() -> SinkJob.start(verifying(options)).close())
                .hasStackTraceContaining("Table \"shop\".\"orders\" is not there");
        SinkJob.start(options).close();
        try (SinkJob job = SinkJob.start(verifying(options))) {
            assertThatThrownBy(() -> job.write(snapshot("eu", 1L, "a", null)).checkpoint())
                    .hasStackTraceContaining("Start the verification anew");
        }
        try (SinkJob job = SinkJob.start(verifying(options))) {
            job.write(control("eu", "run_begun", 0)).checkpoint();
            assertThatThrownBy(job::end)
                    .hasStackTraceContaining("but not that of every instance: {eu=null}");
        }
        Map<String, Object> mending = SinkJob.options(server);
        mending.put("repair", true);
        assertThatThrownBy(() -> SinkJob.start(mending).close())
                .hasStackTraceContaining("repair: it needs write_mode = verify");
    }
}
