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
import static io.seamerge.e2e.sink.SinkJob.snapshotAsOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** Rules O2 to O4, A1 to A3, A5 and A6 of the protocol: replays, zombies, barriers, handoffs. */
class ExactlyOnceIT extends SinkTest {

    @Test
    void skipsWhatWasAppliedBefore() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            for (long id = 1; id <= 20; id++) {
                job.write(at("eu", id).insert(id, "first", null));
            }
            job.checkpoint();
        }
        target.execute("UPDATE shop.orders SET name = 'not touched'");
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            for (long id = 5; id <= 20; id++) {
                job.write(at("eu", id).insert(id, "replayed", null));
            }
            job.write(
                    at("eu", 21).before(7L, "first", null), at("eu", 21).update(7L, "later", null));
            job.write(snapshotAsOf("eu", 21, 8L, "snapshot rows are never skipped", null));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT DISTINCT name FROM shop.orders ORDER BY name"))
                .containsExactly("later", "not touched", "snapshot rows are never skipped");
    }

    @Test
    void refusesASnapshotRowThatIsOlderThanWhatAnEarlierAttemptApplied() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 7).insert(1L, "by a zombie, after the row was read", null));
            job.checkpoint();
        }
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            assertThatThrownBy(
                            () -> {
                                job.write(snapshotAsOf("eu", 6, 1L, "read before", null));
                                job.checkpoint();
                            })
                    .hasMessageContaining("was read before an earlier attempt");
        }
        assertThat(target.rows("SELECT name FROM shop.orders"))
                .containsExactly("by a zombie, after the row was read");
    }

    @Test
    void goesOnWithinATransaction() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(
                    at("eu", 1).row(0).insert(1L, "a", null),
                    at("eu", 1).row(1).insert(2L, "b", null));
            job.checkpoint();
        }
        target.execute("UPDATE shop.orders SET name = 'not touched'");
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(
                    at("eu", 1).row(0).insert(1L, "a", null),
                    at("eu", 1).row(1).insert(2L, "b", null));
            job.write(at("eu", 1).row(2).insert(3L, "c", null));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|not touched", "2|not touched", "3|c");
    }

    @Test
    void discardsWhatAZombieHolds() throws Exception {
        Map<String, Object> slow = SinkJob.options(server);
        slow.put("flush_interval_ms", 60_000);
        SinkJob zombie = SinkJob.start(slow);
        zombie.write(at("eu", 1).insert(1L, "one", null));
        zombie.checkpoint();
        // In its buffers, as if its thread had been frozen.
        zombie.write(snapshot("eu", 1L, "stale", null), snapshot("eu", 2L, "deleted since", null));
        try (SinkJob successor = SinkJob.start(SinkJob.options(server))) {
            successor.write(at("eu", 2).update(1L, "newer", null));
            successor.checkpoint();
            assertThatThrownBy(() -> zombie.checkpoint()).hasStackTraceContaining("PGMERGE-05");
            assertThatThrownBy(() -> zombie.write(snapshot("eu", 3L, "stale", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-05");
            zombie.close();
            successor.write(at("eu", 3).insert(4L, "four", null));
            successor.checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("1|newer", "4|four");
    }

    @Test
    void discardsAZombiesControlRows() throws Exception {
        SinkJob zombie = SinkJob.start(SinkJob.options(server));
        zombie.write(control("eu", "run_begun", 1, "handoff", "h"));
        zombie.checkpoint();
        try (SinkJob successor = SinkJob.start(SinkJob.options(server))) {
            successor.write(control("eu", "heartbeat", 1));
            successor.checkpoint();
            assertThatThrownBy(
                            () ->
                                    zombie.write(control("eu", "run_end", 2, "handoff", "h"))
                                            .checkpoint())
                    .hasStackTraceContaining("PGMERGE-05");
            assertThat(target.rows("SELECT state FROM seamerge.handoff")).containsExactly("begun");
            zombie.close();
        }
    }

    /**
     * Between its claim and its first flush, the successor has moved nothing: only the epoch tells
     * them apart.
     */
    @Test
    void discardsWhatAZombieHoldsOnceItsSuccessorHasClaimed() throws Exception {
        Map<String, Object> slow = SinkJob.options(server);
        slow.put("flush_interval_ms", 60_000);
        for (boolean byControlRow : new boolean[] {false, true}) {
            target.clean();
            SinkJob zombie = SinkJob.start(slow);
            zombie.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
            try (SinkJob successor = SinkJob.start(slow)) {
                successor.write(at("eu", 2).update(1L, "newer", null));
                while (!target.rows("SELECT DISTINCT epoch FROM seamerge.progress")
                        .equals(List.of("2"))) {
                    Thread.sleep(2);
                }
                zombie.write(
                        byControlRow
                                ? control("eu", "run_begun", 9, "handoff", "h")
                                : at("eu", 2).update(1L, "stale", null));
                assertThatThrownBy(zombie::checkpoint).hasStackTraceContaining("PGMERGE-05");
                zombie.close();
                successor.checkpoint();
            }
            assertThat(target.rows("SELECT name FROM shop.orders")).containsExactly("newer");
            assertThat(target.rows("SELECT name FROM seamerge.handoff")).isEmpty();
        }
    }

    @Test
    void refusesAnOlderIncarnation() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 5).incarnation(2).insert(1L, "one", null));
            job.checkpoint();
        }
        SinkJob job = SinkJob.start(SinkJob.options(server));
        assertThatThrownBy(
                        () ->
                                job.write(at("eu", 6).incarnation(1).insert(2L, "two", null))
                                        .checkpoint())
                .hasStackTraceContaining("'eu' sends incarnation 1, but seamerge.progress");
        job.close();
    }

    @Test
    void comparesVersionsOnlyWithinAnIncarnation() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 1_000).insert(1L, "by the old clock", null));
            job.write(at("eu", 5).incarnation(2).update(1L, "by the repaired clock", null));
            job.checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders"))
                    .containsExactly("by the repaired clock");
            assertThat(
                            target.rows(
                                    "SELECT DISTINCT incarnation, version_time, floor_time FROM seamerge.progress"))
                    .containsExactly("2|5|1000");
        }
    }

    @Test
    void startsFromTheLowestLaneWhenLanesChange() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("write_parallelism", 3);
        try (SinkJob job = SinkJob.start(options)) {
            for (long id = 1; id <= 30; id++) {
                job.write(at("eu", id).insert(id, "first", null));
            }
            job.checkpoint();
        }
        // As a crash between the lanes' commits leaves it: lane 1 lacks what came after version 10.
        target.execute("UPDATE seamerge.progress SET version_time = 10 WHERE lane = 1");
        target.execute("DELETE FROM shop.orders WHERE id IN (11, 12, 13)");
        options.put("write_parallelism", 2);
        try (SinkJob job = SinkJob.start(options)) {
            for (long id = 1; id <= 30; id++) {
                job.write(at("eu", id).insert(id, "again", null));
            }
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT name, min(id), max(id), count(*) FROM shop.orders GROUP BY name ORDER BY 2"))
                .containsExactly("first|1|10|10", "again|11|30|20");
        assertThat(target.rows("SELECT lane, version_time FROM seamerge.progress ORDER BY lane"))
                .containsExactly("0|30", "1|30");
    }

    @Test
    void aChangeThatIsOlderThanItsOwnSourcesStateEndsTheJobUnlessItIsRepeated() throws Exception {
        Map<String, Object> counted = SinkJob.consolidated(server, "us", "eu");
        Map<String, Object> uncounted = SinkJob.consolidated(server, "us", "eu");
        uncounted.put("conflict_log", "none");
        Map<String, Object> perSource = SinkJob.consolidated(server, "us", "eu");
        perSource.put("precedence", "update_wins");
        for (Map<String, Object> options : List.of(counted, uncounted, perSource)) {
            target.clean();
            options.put("write_parallelism", 2);
            try (SinkJob job = SinkJob.start(options)) {
                for (long id = 1; id <= 30; id++) {
                    job.write(at("eu", 20).row((int) id).insert(id, "first", null));
                }
                // What loses against another source is a conflict, not this.
                job.write(at("us", 5).insert(1L, "us", null)).checkpoint();
            }
            target.execute("UPDATE seamerge.progress SET version_time = 10 WHERE lane = 1");
            // Other lanes begin with what the least of them lacks, and a writer that ends in the
            // midst of it leaves the rest to the next.
            options.put("write_parallelism", 3);
            for (long time : new long[] {11, 19}) {
                try (SinkJob job = SinkJob.start(options)) {
                    for (long id = 1; id <= 30; id++) {
                        job.write(at("eu", time).row((int) id).update(id, "again", null));
                    }
                    job.checkpoint();
                }
            }
            assertThat(target.rows("SELECT DISTINCT name FROM shop.orders"))
                    .containsExactly("first");
            // As if seamerge.progress had been put back by hand.
            target.execute(
                    "UPDATE seamerge.progress SET version_time = 10, repeats_to_time = 10"
                            + " WHERE instance = 'eu'");
            SinkJob job = SinkJob.start(options);
            assertThatThrownBy(
                            () ->
                                    job.write(
                                                    at("eu", 11).insert(99L, "new", null),
                                                    at("us", 21).update(3L, "us", null),
                                                    at("eu", 12).update(2L, "older", null))
                                            .checkpoint())
                    .hasStackTraceContaining("PGMERGE-03")
                    .hasStackTraceContaining(
                            "the change of key {\"id\": 2} from eu/shop.orders comes with version 1:12:4294967297")
                    .hasStackTraceContaining("seamerge.progress was changed or restored apart");
            job.close();
            assertThat(target.rows("SELECT DISTINCT name FROM shop.orders WHERE id < 99"))
                    .as("nothing of that flush, but what other lanes may have written of it")
                    .contains("first");
            assertThat(target.rows("SELECT name FROM shop.orders WHERE id = 2"))
                    .containsExactly("first");
        }
    }

    @Test
    void appliesControlRowsAfterAllBeforeThem() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("flush_interval_ms", 60_000);
        options.put("write_parallelism", 3);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                    control(
                            "eu",
                            "snapshot_begun",
                            0,
                            "source_database",
                            "shop",
                            "source_table",
                            "orders",
                            "target_table",
                            SinkJob.ORDERS,
                            "rows_estimated",
                            90L));
            for (long id = 0; id < 100; id++) {
                job.write(snapshot("eu", id, "s", null));
            }
            target.execute(
                    "CREATE TABLE shop.seen (rows bigint)",
                    "CREATE FUNCTION shop.see() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN INSERT INTO shop.seen SELECT count(*) FROM shop.orders; RETURN NULL; END'",
                    "CREATE TRIGGER see AFTER INSERT OR UPDATE ON seamerge.snapshot"
                            + " FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION shop.see()");
            job.write(
                    control(
                            "eu",
                            "snapshot_done",
                            7,
                            "source_database",
                            "shop",
                            "source_table",
                            "orders",
                            "target_table",
                            SinkJob.ORDERS,
                            "rows_read",
                            100L));
            for (long id = 100; id < 110; id++) {
                job.write(at("eu", id).insert(id, "after", null));
            }
            job.write(
                    control(
                            "eu",
                            "heartbeat",
                            500,
                            "position",
                            "binlog.000001:4",
                            "commit_time",
                            500_000_000L,
                            "caught_up_time",
                            501_000_000L));
            job.checkpoint();
        }
        // The end of a first snapshot may wait; here until the heartbeat.
        assertThat(target.rows("SELECT rows FROM shop.seen")).containsExactly("110");
        assertThat(target.rows("SELECT DISTINCT version_time, version_row FROM seamerge.progress"))
                .containsExactly("500|" + Long.MAX_VALUE);
        assertThat(
                        target.rows(
                                "SELECT pipeline, instance, target, rows_applied, position, commit_time, lag > interval"
                                        + " '1 year', snapshot_state, snapshot_rows_read, snapshot_rows_estimated"
                                        + " FROM seamerge.status"))
                .containsExactly(
                        "test|eu|shop.orders|110|binlog.000001:4|1970-01-01 00:08:20+00|t|done|100|90");
    }

    private static SeaTunnelRow ofSnapshot(String kind, long time, String table, Long rowsRead) {
        return control(
                "eu",
                kind,
                time,
                "source_database",
                "shop",
                "source_table",
                table,
                "target_table",
                SinkJob.ORDERS,
                "rows_read",
                rowsRead);
    }

    private static void readTwoTables(SinkJob job, long asOf) throws Exception {
        job.write(ofSnapshot("snapshot_begun", 0, "orders", 0L));
        for (long id = 0; id < 30; id++) {
            job.write(snapshotAsOf("eu", asOf, id, "s", null));
        }
        job.write(
                ofSnapshot("snapshot_done", 0, "orders", 30L),
                ofSnapshot("snapshot_begun", 0, "later", 0L));
        for (long id = 30; id < 60; id++) {
            job.write(at("eu", id).insert(id, "t", null));
        }
        job.write(ofSnapshot("snapshot_done", 60, "later", 0L));
    }

    @Test
    void losesNothingWithBeginsAndEndsOfSnapshotsThatWait() throws Exception {
        Map<String, Object> options = trusting();
        options.put("batch_size", 10);
        options.put("flush_interval_ms", 60_000);
        options.put("write_parallelism", 2);
        String rows = "SELECT name, count(*), max(id) FROM shop.orders GROUP BY name ORDER BY name";
        boolean waited = false;
        for (int attempt = 0; !waited; attempt++) {
            assertThat(attempt).as("they wait while rows behind them are committed").isLessThan(9);
            target.clean();
            try (SinkJob job = SinkJob.start(options)) {
                readTwoTables(job, 0);
                while (!target.rows(rows).equals(List.of("s|30|29", "t|30|59"))) {
                    Thread.sleep(2);
                }
                waited = target.rows("SELECT FROM seamerge.snapshot").isEmpty();
            }
        }
        assertThat(target.rows("SELECT DISTINCT version_time FROM seamerge.progress"))
                .as("progress, by the rows' own flushes")
                .contains("59");
        try (SinkJob job = SinkJob.start(options)) {
            // The chunk is read anew, the stream comes again.
            readTwoTables(job, 59);
            job.write(at("eu", 61).insert(61L, "t", null)).checkpoint();
        }
        assertThat(target.rows(rows)).containsExactly("s|30|29", "t|31|61");
        assertThat(
                        target.rows(
                                "SELECT \"table\", state, rows_read FROM seamerge.snapshot ORDER BY 1"))
                .containsExactly("later|done|0", "orders|done|30");
    }

    private static Map<String, Object> trusting() {
        Map<String, Object> options = SinkJob.options(server);
        options.put("disjoint_keys", "trust");
        return options;
    }

    /** A checkpoint, a handoff and a heartbeat state that what was before them is there. */
    @Test
    void appliesEndsThatWaitBeforeWhatCountsOnThem() throws Exception {
        Map<String, Object> options = trusting();
        options.put("flush_interval_ms", 60_000);
        String done = "SELECT count(*) FROM seamerge.snapshot WHERE state = 'done'";
        try (SinkJob job = SinkJob.start(options)) {
            readTwoTables(job, 0);
            job.checkpoint();
            assertThat(target.rows(done)).containsExactly("2");
        }
        target.clean();
        try (SinkJob job = SinkJob.start(options)) {
            job.write(control("eu", "run_begun", 0, "handoff", "h"));
            readTwoTables(job, 0);
            target.execute(
                    "CREATE TABLE shop.seen (done bigint)",
                    "CREATE FUNCTION shop.see() RETURNS trigger LANGUAGE plpgsql AS"
                            + " $$ BEGIN INSERT INTO shop.seen "
                            + done
                            + "; RETURN NULL; END $$",
                    "CREATE TRIGGER see AFTER UPDATE ON seamerge.handoff FOR EACH ROW"
                            + " WHEN (NEW.state = 'finished') EXECUTE FUNCTION shop.see()");
            job.write(
                    control("eu", "run_end", 60, "handoff", "h", "position", "binlog.000001:4"),
                    control(null, "filler", 0));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT done FROM shop.seen")).containsExactly("2");
    }

    /**
     * The writer is in the midst of a row, waiting for room, when control rows that wait are due.
     */
    @Test
    void controlRowsThatAreDueMoveNoLanePastARowThatIsGathered() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("batch_size", 10);
        options.put("write_parallelism", 1);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(control("eu", "heartbeat", 0)).checkpoint();
            target.execute(
                    "CREATE FUNCTION shop.wait() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN PERFORM pg_sleep(0.6); RETURN NULL; END'",
                    "CREATE TRIGGER wait AFTER INSERT ON shop.orders"
                            + " FOR EACH STATEMENT EXECUTE FUNCTION shop.wait()",
                    "CREATE TABLE shop.seen (moved bigint, there bigint)",
                    "CREATE FUNCTION shop.see() RETURNS trigger LANGUAGE plpgsql AS"
                            + " 'BEGIN INSERT INTO shop.seen SELECT version_time,"
                            + " (SELECT count(*) FROM shop.orders) FROM seamerge.progress;"
                            + " RETURN NULL; END'",
                    "CREATE TRIGGER see AFTER INSERT ON seamerge.snapshot"
                            + " FOR EACH ROW EXECUTE FUNCTION shop.see()");
            job.write(ofSnapshot("snapshot_begun", 0, "orders", 0L));
            for (long time = 1; time <= 80; time++) {
                // A flush never ends behind a DELETE, so that it is the next row that ends it.
                job.write(
                        time % 10 == 0
                                ? at("eu", time).delete(1_000 + time, "", null)
                                : at("eu", time).insert(time, "", null));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT there = moved - moved / 10, moved < 80 FROM shop.seen"))
                .as("all rows up to where the lane was moved were there")
                .containsExactly("t|t");
    }

    @Test
    void recordsWhereABoundedRunEnds() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(
                    control(
                            "eu",
                            "run_begun",
                            10,
                            "handoff",
                            "backfill",
                            "position",
                            "binlog.000001:4"));
            job.checkpoint();
            assertThat(target.rows("SELECT state, finished_at IS NULL FROM seamerge.handoff"))
                    .containsExactly("begun|t");
            job.write(snapshot("eu", 1L, "one", null));
            job.write(
                    control(
                            "eu",
                            "run_end",
                            20,
                            "handoff",
                            "backfill",
                            "position",
                            "binlog.000002:99 gtid u:1-7",
                            "rows_read",
                            1L,
                            "detail",
                            "{\"server_uuid\": \"u\", \"tables\": {\"shop.orders\": 1}}"));
            job.write(control(null, "filler", 0));
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT name, instance, pipeline, state, incarnation, version_time, position, rows,"
                                        + " detail ->> 'server_uuid' FROM seamerge.handoff"))
                .containsExactly("backfill|eu|test|finished|1|20|binlog.000002:99 gtid u:1-7|1|u");
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(control("eu", "run_begun", 0, "incarnation", 2L, "handoff", "backfill"));
            job.checkpoint();
        }
        assertThat(target.rows("SELECT state, incarnation, position, detail FROM seamerge.handoff"))
                .containsExactly("begun|2|null|null");
    }

    @Test
    void refusesControlRowsThatItDoesNotKnow() throws Exception {
        SinkJob job = SinkJob.start(SinkJob.options(server));
        assertThatThrownBy(() -> job.write(control("eu", "schema", 3)).checkpoint())
                .hasStackTraceContaining(
                        "is of kind 'schema', which this release of Postgres-Merge does not know");
        job.close();
    }
}
