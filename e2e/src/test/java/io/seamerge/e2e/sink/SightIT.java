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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** What can be seen of the sink's work: the conflicts that it resolved, and its status. */
class SightIT extends SinkTest {

    private static final String CONFLICTS =
            "SELECT key->>'id', type, resolution, winning_source, winning_version,"
                    + " winning_image->>'name', losing_source, losing_version, losing_image->>'name'"
                    + " FROM seamerge.conflict ORDER BY key->>'id', applied_at, winning_version";

    private Map<String, Object> logged(String mode) {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("conflict_log", mode);
        return options;
    }

    private static final SeaTunnelRow[][] HISTORY = {
        {snapshot("eu", 1L, "eu was first", null)},
        {at("us", 11).insert(1L, "us", null)},
        {at("eu", 11).update(1L, "eu loses the tie", null)},
        {at("us", 12).delete(1L, "us", null)},
        {at("eu", 13).update(1L, "eu wins", null)},
        {at("eu", 14).row(0).update(2L, "a", null), at("us", 15).row(0).delete(2L, "b", null)},
        {at("us", 16).update(1L, "us again", null)},
        {at("eu", 15).delete(1L, "eu", null)}
    };

    private void run(Map<String, Object> options) throws Exception {
        try (SinkJob job = SinkJob.start(options)) {
            for (SeaTunnelRow[] flush : HISTORY) {
                job.write(flush).checkpoint();
            }
        }
    }

    private static final String RN = ":4294967297";

    @Test
    void keepsWinnersAndLosers() throws Exception {
        run(logged("all"));
        String eu = "eu/shop.orders";
        String us = "us/shop.orders";
        List<String> kept =
                List.of(
                        "1|insert_exists|applied|"
                                + us
                                + "|1:11"
                                + RN
                                + "|us|"
                                + eu
                                + "|1:0:0|eu was first",
                        "1|update_origin_differs|discarded|"
                                + us
                                + "|1:11"
                                + RN
                                + "|us|"
                                + eu
                                + "|1:11"
                                + RN
                                + "|eu loses the tie",
                        "1|update_missing|applied|"
                                + eu
                                + "|1:13"
                                + RN
                                + "|eu wins|"
                                + us
                                + "|1:12:4294967296|null",
                        "1|update_origin_differs|applied|"
                                + us
                                + "|1:16"
                                + RN
                                + "|us again|"
                                + eu
                                + "|1:13"
                                + RN
                                + "|eu wins",
                        "1|delete_origin_differs|discarded|"
                                + us
                                + "|1:16"
                                + RN
                                + "|us again|"
                                + eu
                                + "|1:15:4294967296|null",
                        "2|update_missing|discarded|"
                                + us
                                + "|1:15:4294967296|null|"
                                + eu
                                + "|1:14"
                                + RN
                                + "|a");
        assertThat(target.rows(CONFLICTS)).isEqualTo(kept);
        assertThat(
                        target.rows(
                                "SELECT DISTINCT winning_time, losing_time FROM seamerge.conflict WHERE type = 'insert_exists'"))
                .containsExactly("1970-01-01 00:00:00.000011+00|null");
        // Each of them is counted too, and a replay adds nothing.
        String sum = "SELECT sum(count) FROM seamerge.conflicts";
        assertThat(target.rows(sum)).containsExactly("6");
        try (SinkJob job = SinkJob.start(logged("all"))) {
            for (int i = 1; i < HISTORY.length; i++) {
                job.write(HISTORY[i]);
            }
            job.checkpoint();
        }
        assertThat(target.rows(CONFLICTS)).isEqualTo(kept);
        assertThat(target.rows(sum)).containsExactly("6");
        assertThat(
                        target.rows(
                                "SELECT instance, conflicts_won, conflicts_lost, rows_per_second > 0"
                                        + " FROM seamerge.status ORDER BY 1"))
                .containsExactly("eu|1|3|t", "us|2|0|t");
    }

    @Test
    void keepsAndCountsTheSameWhereEachSourceHasAStateOfItsOwn() throws Exception {
        Map<String, Object> options = logged("all");
        options.put("column_resolvers", Map.of("amount", "max"));
        run(options);
        List<String> kept = target.rows(KEPT);
        assertThat(kept).hasSizeGreaterThan(4);
        assertThat(target.rows(COUNTED)).isEqualTo(kept);
    }

    /** Between the sink's looking at the state and its writing of the log. */
    @Test
    void keepsAndCountsTheSameThoughAnotherWriterDeletesTheWinnerMeanwhile() throws Exception {
        Map<String, Object> options = logged("all");
        options.put("write_parallelism", 1);
        SinkJob.start(options).close();
        target.execute(
                "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
                        + " $$ BEGIN PERFORM pg_advisory_xact_lock(17); RETURN NEW; END $$",
                "CREATE TRIGGER wait BEFORE INSERT ON shop.orders FOR EACH ROW"
                        + " WHEN (NEW.name = 'wait') EXECUTE FUNCTION wait()");
        try (SinkJob ofUs = SinkJob.start(options);
                SinkJob ofEu = SinkJob.start(options);
                Connection other = server.connect();
                Statement statement = other.createStatement()) {
            ExecutorService background = Executors.newSingleThreadExecutor();
            ofUs.write(at("us", 20).insert(1L, "us", null)).checkpoint();
            statement.execute("SELECT pg_advisory_lock(17)");
            Future<?> waiting =
                    background.submit(
                            () ->
                                    ofEu.write(
                                                    at("eu", 10).update(1L, "late", null),
                                                    at("eu", 11).insert(2L, "wait", null))
                                            .checkpoint());
            String waits =
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
            while (target.rows(waits).equals(List.of("0"))) {
                assertThat(waiting.isDone()).isFalse();
                Thread.sleep(10);
            }
            ofUs.write(at("us", 21).delete(1L, "us", null)).checkpoint();
            statement.execute("SELECT pg_advisory_unlock(17)");
            waiting.get(2, TimeUnit.MINUTES);
            background.shutdown();
        }
        assertThat(target.rows(KEPT)).hasSize(1);
        assertThat(target.rows(COUNTED)).isEqualTo(target.rows(KEPT));
    }

    private static final String KEPT =
            "SELECT type, resolution, winning_source, losing_source, count(*)"
                    + " FROM seamerge.conflict GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";

    private static final String COUNTED =
            "SELECT type, resolution, concat(winner_instance, '/', winner_database, '.', winner_table),"
                    + " concat(loser_instance, '/', loser_database, '.', loser_table), count"
                    + " FROM seamerge.conflicts ORDER BY 1, 2, 3, 4";

    @Test
    void keepsLosersAlone() throws Exception {
        run(logged("losers"));
        assertThat(
                        target.rows(
                                "SELECT count(*), count(winning_image), count(losing_image) FROM seamerge.conflict"))
                .containsExactly("6|0|4");
    }

    @Test
    void keepsNothingUnlessAsked() throws Exception {
        run(logged("none"));
        assertThat(target.rows("SELECT * FROM seamerge.conflict")).isEmpty();
        assertThat(target.rows("SELECT * FROM seamerge.conflict_counter")).isEmpty();
        assertThat(
                        target.rows(
                                "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'seamerge.conflict'::regclass"))
                .isEmpty();
    }

    @Test
    void aDeadLettersConflictIsKeptWithoutItsImage() throws Exception {
        Map<String, Object> options = logged("all");
        options.put("on_violation", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            job.write(at("us", 11).update(1L, "a\0b", null)).checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT resolution, winning_image, losing_image->>'name' FROM seamerge.conflict"))
                .containsExactly("applied|null|eu");
        assertThat(target.rows("SELECT count(*) FROM seamerge.dead_letter")).containsExactly("1");
        assertThat(target.rows("SELECT count FROM seamerge.conflicts")).containsExactly("1");
    }

    @Test
    void keepsDaysAndDropsThoseThatAreOld() throws Exception {
        Map<String, Object> options = logged("all");
        options.put("conflict_retention_days", 0);
        run(options);
        String partitions =
                "SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid"
                        + " WHERE inhparent = 'seamerge.conflict'::regclass ORDER BY 1";
        List<String> fresh = target.rows(partitions);
        assertThat(fresh).hasSize(3);
        target.execute(
                "CREATE TABLE seamerge.conflict_20200101 PARTITION OF seamerge.conflict"
                        + " FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')",
                "INSERT INTO seamerge.conflict SELECT '2020-01-01 12:00+00', 'p', 't', '{}', 'x',"
                        + " 'applied', 'a', NULL, 'v', NULL, 'b', NULL, 'v', NULL");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("us", 98).insert(9L, "us", null)).checkpoint();
        }
        assertThat(target.rows(partitions)).hasSize(4);
        options.put("conflict_retention_days", 1);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("us", 99).insert(9L, "us", null)).checkpoint();
        }
        assertThat(target.rows(partitions)).isEqualTo(fresh);
    }

    @Test
    void tellsTheEngineWhatItDoes() throws Exception {
        Map<String, Object> options = logged("count");
        options.put("on_violation", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            for (SeaTunnelRow[] flush : HISTORY) {
                job.write(flush).checkpoint();
            }
            // What is tried again around a refused row counts once.
            job.write(
                            at("eu", 20).row(0).update(1L, "eu again", null),
                            at("eu", 20).row(1).update(2L, "a\0b", null),
                            at("eu", 20).row(2).update(3L, "c", null))
                    .checkpoint();
            String conflicts = "PostgresMergeConflicts#shop.orders#";
            assertThat(job.metric(conflicts + "update_origin_differs#applied#us")).isEqualTo(1);
            assertThat(job.metric(conflicts + "update_origin_differs#applied#eu")).isEqualTo(1);
            assertThat(job.metric(conflicts + "update_origin_differs#discarded#eu")).isEqualTo(1);
            assertThat(job.metric(conflicts + "update_missing#discarded#eu")).isEqualTo(1);
            assertThat(job.metric("PostgresMergeRows#shop.orders")).isEqualTo(12);
            assertThat(job.metric("PostgresMergeDeadLetters#shop.orders")).isEqualTo(1);
            assertThat(job.metric("PostgresMergeFlushes")).isGreaterThanOrEqualTo(9);
            long now = System.currentTimeMillis();
            job.write(control("eu", "heartbeat", 21, "caught_up_time", (now - 60_000) * 1000))
                    .checkpoint();
            assertThat(job.metric("PostgresMergeLagMs#eu")).isBetween(60_000L, 90_000L);
            long before = job.metric("PostgresMergeLagMs#eu");
            long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (job.metric("PostgresMergeLagMs#eu") <= before) {
                assertThat(System.nanoTime()).as("grows though nothing comes").isLessThan(deadline);
                Thread.sleep(20);
            }
        }
        assertThat(target.rows("SELECT sum(count) FROM seamerge.conflicts")).containsExactly("8");
    }

    @Test
    void refusesASchemaOfALaterRelease() throws Exception {
        SinkJob.start(SinkJob.options(server)).close();
        target.execute("INSERT INTO seamerge.release (version) VALUES (99)");
        assertThatThrownBy(() -> SinkJob.start(SinkJob.options(server)).close())
                .hasStackTraceContaining(
                        "Schema seamerge is of version 99, made by a later release");
    }
}
