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

import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rows that a source has no longer: after a TRUNCATE, or after it was read again. */
class SourceRowsIT extends SinkTest {

    private static final String ROWS = "SELECT id, name FROM shop.orders ORDER BY id, name";

    @BeforeEach
    void createTable() throws Exception {
        target.execute("CREATE SCHEMA shop");
    }

    /** A table that says whose its rows are. */
    private void createOwned() throws Exception {
        target.execute(
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text, amount numeric, _source_instance text)");
    }

    /** Whose a row is, the table itself must say. */
    private static Map<String, Object> trusting() {
        Map<String, Object> options = SinkJob.options(server);
        options.put("disjoint_keys", "trust");
        return options;
    }

    private static SeaTunnelRow about(String instance, String kind, long time, Object... more) {
        Object[] all = new Object[more.length + 6];
        System.arraycopy(
                new Object[] {
                    "source_database",
                    "shop",
                    "source_table",
                    "orders",
                    "target_table",
                    "shop.orders"
                },
                0,
                all,
                0,
                6);
        System.arraycopy(more, 0, all, 6, more.length);
        return control(instance, kind, time, all);
    }

    private static SeaTunnelRow begunAgain(String instance, long time) {
        return about(instance, "snapshot_begun", time, "detail", "{\"repeated\": true}");
    }

    @Test
    void truncateTakesTheRowsOfItsSource() throws Exception {
        createOwned();
        try (SinkJob job = SinkJob.start(trusting())) {
            job.write(
                    at("eu", 1).insert(1L, "eu", null),
                    at("us", 1).insert(2L, "us", null),
                    at("eu", 2).insert(3L, "eu", null),
                    about("eu", "truncate", 3),
                    at("eu", 4).insert(4L, "eu after", null));
            job.checkpoint();
            assertThat(target.rows(ROWS)).containsExactly("2|us", "4|eu after");
        }
        // What comes again after a restore does not take what came after it.
        try (SinkJob job = SinkJob.start(trusting())) {
            job.write(
                    at("eu", 2).insert(3L, "eu", null),
                    about("eu", "truncate", 3),
                    at("eu", 4).insert(4L, "eu after", null));
            job.checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("2|us", "4|eu after");
    }

    /** Begin and end of the first one still wait for others when it begins. */
    @Test
    void readAgainRightBehindItsFirstSnapshot() throws Exception {
        createOwned();
        Map<String, Object> options = trusting();
        options.put("flush_interval_ms", 60_000);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                    about("eu", "snapshot_begun", 0),
                    snapshotAsOf("eu", 0, 1L, "first", null),
                    snapshotAsOf("eu", 0, 2L, "first", null),
                    snapshotAsOf("eu", 0, 3L, "first", null),
                    about("eu", "snapshot_done", 0),
                    begunAgain("eu", 1),
                    snapshotAsOf("eu", 1, 1L, "again", null),
                    at("eu", 2).update(3L, "streamed", null),
                    about("eu", "snapshot_done", 2, "detail", "{\"repeated\": true}"),
                    at("eu", 3).insert(4L, "after", null));
            job.checkpoint();
        }
        assertThat(target.rows(ROWS)).containsExactly("1|again", "3|streamed", "4|after");
        assertThat(target.rows("SELECT state, repeated FROM seamerge.snapshot"))
                .containsExactly("done|f");
    }

    @Test
    void truncateOfAConsolidatedTableTakesWhatItsSourceHasWon() throws Exception {
        for (String delete : List.of("hard", "soft", "ignore")) {
            target.clean();
            Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
            options.put("delete", delete);
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                        at("eu", 10).insert(1L, "eu", null),
                        at("eu", 11).insert(2L, "eu", null),
                        at("us", 12).update(2L, "us", null),
                        about("eu", "truncate", 20));
                // Older than what eu had: eu's deletion stands at eu's version.
                job.write(at("us", 13).row(0).update(3L, "us", null)).checkpoint();
                job.write(at("eu", 21).insert(5L, "eu after", null)).checkpoint();
            }
            String live = delete.equals("soft") ? " WHERE NOT _deleted" : "";
            List<String> rows =
                    target.rows("SELECT id, name FROM shop.orders" + live + " ORDER BY id");
            if (delete.equals("ignore")) {
                assertThat(rows).containsExactly("1|eu", "2|us", "3|us", "5|eu after");
            } else {
                assertThat(rows).containsExactly("2|us", "3|us", "5|eu after");
                assertThat(
                                target.rows(
                                        "SELECT \"~merged_time\" FROM seamerge.\"state:shop.orders\" WHERE \"~deleted\""))
                        .containsExactly("10");
            }
        }
    }

    @Test
    void whoseRowsTheyAreMustBeKnown() throws Exception {
        try (SinkJob job = SinkJob.start(trusting())) {
            job.write(at("eu", 1).insert(1L, "eu", null), about("eu", "truncate", 2)).checkpoint();
            assertThat(target.rows(ROWS)).isEmpty();
            job.write(at("us", 1).insert(2L, "us", null)).checkpoint();
            assertThatThrownBy(() -> job.write(about("eu", "truncate", 3)).checkpoint())
                    .hasStackTraceContaining(
                            "TRUNCATE of source eu/shop.orders concerns its rows alone")
                    .hasStackTraceContaining("[us/shop.orders] write to it too");
        }
        assertThat(target.rows(ROWS)).containsExactly("2|us");
    }

    @Test
    void truncateOfATableThatIsMadeOfItsSourcesUncoversWhatOthersHave() throws Exception {
        target.execute(
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text, amount numeric, gone_at timestamptz)");
        for (boolean soft : new boolean[] {false, true}) {
            target.execute("DROP SCHEMA IF EXISTS seamerge CASCADE", "TRUNCATE shop.orders");
            Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
            options.put("precedence", "update_wins");
            options.put("column_resolvers", Map.of("amount", "sum"));
            options.put("delete", soft ? "soft" : "hard");
            options.put("soft_delete_column", "gone_at");
            SeaTunnelRow truncate = about("eu", "truncate", 20);
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                        at("eu", 10).insert(1L, "eu", amount("1")),
                        at("eu", 12).insert(2L, "eu", amount("2")),
                        at("us", 11).update(2L, "us", amount("4")),
                        at("eu", 14).delete(3L, "eu", amount("8")),
                        truncate,
                        at("eu", 21).insert(5L, "eu after", null));
                // Older than the TRUNCATE: it is eu's row that is gone, not us's.
                job.write(at("us", 13).update(3L, "us", amount("16"))).checkpoint();
            }
            // Once more, by a writer that knows of no progress: it changes nothing.
            target.execute("DELETE FROM seamerge.progress");
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                                at("eu", 10).insert(1L, "eu", amount("1")),
                                at("eu", 12).insert(2L, "eu", amount("2")),
                                truncate)
                        .checkpoint();
            }
            assertThat(
                            target.rows(
                                    "SELECT id, name, amount FROM shop.orders WHERE gone_at IS NULL ORDER BY id"))
                    .containsExactly("2|us|4", "3|us|16", "5|eu after|null");
            assertThat(
                            target.rows(
                                    "SELECT id, name, amount FROM shop.orders WHERE gone_at > '-infinity'"))
                    .isEqualTo(soft ? List.of("1|eu|1") : List.of());
            assertThat(
                            target.rows(
                                    "SELECT id, \"~time\" FROM seamerge.\"sources:shop.orders\""
                                            + " WHERE \"~deleted\" ORDER BY id"))
                    .containsExactly("1|20", "2|20", "3|14");
        }
    }

    @Test
    void lettersOfRowsThatASourceNoLongerHasAreVoid() throws Exception {
        createOwned();
        target.execute("ALTER TABLE shop.orders ADD CONSTRAINT taste CHECK (name <> 'bad')");
        Map<String, Object> direct = trusting();
        Map<String, Object> sources = SinkJob.consolidated(server, "us", "eu");
        sources.put("precedence", "update_wins");
        for (Map<String, Object> options :
                List.of(direct, SinkJob.consolidated(server, "us", "eu"), sources)) {
            target.execute("DROP SCHEMA IF EXISTS seamerge CASCADE", "TRUNCATE shop.orders");
            options.put("on_violation", "dead_letter");
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                        about("eu", "snapshot_begun", 1),
                        snapshot("eu", 1L, "bad", null),
                        snapshot("eu", 2L, "bad", null),
                        about("eu", "snapshot_done", 1),
                        at("us", 1).insert(3L, "bad", null));
                job.write(begunAgain("eu", 10), snapshotAsOf("eu", 10, 2L, "bad", null));
                job.write(about("eu", "snapshot_done", 12)).checkpoint();
            }
            assertThat(
                            target.rows(
                                    "SELECT key ->> 'id' FROM seamerge.dead_letter"
                                            + " WHERE superseded_at IS NULL ORDER BY 1"))
                    .containsExactly("2", "3");
        }
    }

    private void readAgain(Map<String, Object> options) throws Exception {
        try (SinkJob job = SinkJob.start(options)) {
            job.write(about("eu", "snapshot_begun", 1));
            for (long id = 1; id <= 6; id++) {
                job.write(snapshot("eu", id, "eu", null));
            }
            job.write(
                    about("eu", "snapshot_done", 1),
                    at("us", 1).insert(20L, "us", null),
                    at("us", 2).insert(21L, "us", null));
            job.checkpoint();
            // Nobody watches while eu deletes 2, 4 and 5.
            job.write(begunAgain("eu", 10), snapshotAsOf("eu", 10, 1L, "read", null)).checkpoint();
        }
        // A restart in the midst of it.
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                    at("eu", 11).insert(7L, "streamed", null),
                    snapshotAsOf("eu", 11, 3L, "read", null),
                    at("eu", 12).insert(5L, "streamed", null));
            job.write(snapshotAsOf("eu", 12, 6L, "read", null), about("eu", "snapshot_done", 12));
            job.write(at("eu", 13).insert(8L, "later", null)).checkpoint();
            assertThat(target.rows(ROWS))
                    .containsExactly(
                            "1|read",
                            "3|read",
                            "5|streamed",
                            "6|read",
                            "7|streamed",
                            "8|later",
                            "20|us",
                            "21|us");
            // Said again after a restore: it is done.
            job.write(about("eu", "snapshot_done", 12)).checkpoint();
            assertThat(target.rows("SELECT FROM seamerge.\"keys:shop.orders\"")).isEmpty();
        }
        // Restored from a checkpoint in the midst of it: only what was left then is read again, and
        // nothing goes, though most rows are not found a second time.
        for (int restart = 0; restart < 2; restart++) {
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                                about("eu", "snapshot_progress", 13, "rows_read", 3L),
                                snapshotAsOf("eu", 13, 6L, "read", null))
                        .checkpoint();
                assertThat(target.rows("SELECT DISTINCT state FROM seamerge.snapshot"))
                        .as("the status says that it goes on")
                        .containsExactly("begun");
            }
        }
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            snapshotAsOf("eu", 13, 8L, "later", null),
                            about("eu", "snapshot_done", 13, "rows_read", 5L))
                    .checkpoint();
        }
        assertThat(target.rows(ROWS)).hasSize(8);
    }

    @Test
    void aRepeatedSnapshotTakesWhatItDoesNotFind() throws Exception {
        createOwned();
        readAgain(trusting());
    }

    @Test
    void aRepeatedSnapshotTakesWhatItDoesNotFindInAConsolidatedTable() throws Exception {
        readAgain(SinkJob.consolidated(server, "us", "eu"));
    }

    @Test
    void aRepeatedSnapshotTakesWhatItDoesNotFindOfASourcesOwnState() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("precedence", "update_wins");
        options.put("column_resolvers", Map.of("amount", "max"));
        readAgain(options);
    }

    @Test
    void whatIsSaidOfSeveralSnapshotsAtOnceIsOneTransaction() throws Exception {
        createOwned();
        Map<String, Object> options = trusting();
        // Nothing but what comes next makes it write.
        options.put("flush_interval_ms", 60_000);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                    about("eu", "snapshot_begun", 1),
                    about("eu", "snapshot_begun", 1, "source_table", "orders_2"),
                    snapshot("eu", 1L, "eu", null),
                    about("eu", "snapshot_done", 1),
                    about("eu", "snapshot_done", 1, "source_table", "orders_2"));
            job.checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT state, count(*), count(DISTINCT xmin::text) FROM seamerge.snapshot GROUP BY state"))
                .containsExactly("done|2|1");
        assertThat(target.rows(ROWS)).containsExactly("1|eu");
    }

    @Test
    void whatIsSkippedAsRepeatedCountsAsFound() throws Exception {
        createOwned();
        Map<String, Object> sources = SinkJob.consolidated(server, "us", "eu");
        sources.put("precedence", "update_wins");
        for (Map<String, Object> options :
                List.of(trusting(), SinkJob.consolidated(server, "us", "eu"), sources)) {
            target.execute("DROP SCHEMA IF EXISTS seamerge CASCADE", "TRUNCATE shop.orders");
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                        about("eu", "snapshot_begun", 1),
                        snapshot("eu", 1L, "eu", null),
                        snapshot("eu", 2L, "gone", null),
                        about("eu", "snapshot_done", 1));
                // Before the table is begun again …
                job.write(at("eu", 5).insert(7L, "streamed", null), begunAgain("eu", 5));
                job.checkpoint();
            }
            // … and behind that after a restart, within the window of the page that it was in.
            try (SinkJob job = SinkJob.start(options)) {
                job.write(
                        begunAgain("eu", 3),
                        at("eu", 5).insert(7L, "streamed", null),
                        at("eu", 6).update(1L, "streamed too", null),
                        about("eu", "snapshot_done", 6));
                job.checkpoint();
            }
            assertThat(target.rows(ROWS)).containsExactly("1|streamed too", "7|streamed");
        }
    }

    private List<String> openLetters() throws Exception {
        return target.rows(
                "SELECT key ->> 'id', instance, operation, sqlstate FROM seamerge.dead_letter"
                        + " WHERE superseded_at IS NULL AND replayed_at IS NULL ORDER BY 1");
    }

    @Test
    void rowsThatComeToLightAndAreRefusedGoToTheDeadLetters() throws Exception {
        createOwned();
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("precedence", "update_wins");
        options.put("on_violation", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            for (long id = 1; id <= 9; id++) {
                job.write(
                        at("us", 1).row((int) id).insert(id, "us " + id % 3, null),
                        at("eu", 2).row((int) id).insert(id, "eu", null));
            }
            job.checkpoint();
            target.execute("ALTER TABLE shop.orders ADD CONSTRAINT taste CHECK (name <> 'us 0')");
            job.write(about("eu", "truncate", 20)).checkpoint();
            assertThat(openLetters())
                    .containsExactly("3|eu|delete|23514", "6|eu|delete|23514", "9|eu|delete|23514");
            assertThat(target.rows("SELECT name, count(*) FROM shop.orders GROUP BY 1 ORDER BY 1"))
                    .as("the refused ones stay as they were")
                    .containsExactly("eu|3", "us 1|3", "us 2|3");
            assertThat(job.metric("PostgresMergeDeadLetters#shop.orders")).isEqualTo(3);
            job.write(at("us", 30).update(3L, "good", null)).checkpoint();
            assertThat(openLetters()).hasSize(2);
        }
        // Other rules bring the others to light, as far as the table takes them.
        target.execute(
                "ALTER TABLE shop.orders DROP CONSTRAINT taste",
                "ALTER TABLE shop.orders ADD CONSTRAINT taste CHECK (name <> 'us 1') NOT VALID");
        options.put("precedence", "delete_wins");
        SinkJob.start(options).close();
        assertThat(target.rows("SELECT id, name FROM shop.orders")).isEmpty();
        options.put("precedence", "update_wins");
        SinkJob.start(options).close();
        assertThat(openLetters())
                .containsExactly("1|eu|delete|23514", "4|eu|delete|23514", "7|eu|delete|23514");
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .containsExactly("2|us 2", "3|good", "5|us 2", "6|us 0", "8|us 2", "9|us 0");
        target.execute("ALTER TABLE shop.orders DROP CONSTRAINT taste");
        assertThat(
                        target.rows(
                                "SELECT seamerge.replay(letter_id) FROM seamerge.dead_letter"
                                        + " WHERE superseded_at IS NULL AND replayed_at IS NULL"))
                .containsExactly("t", "t", "t");
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id")).hasSize(9);
        // Where that is not wanted, nothing changes at all.
        options.put("precedence", "delete_wins");
        SinkJob.start(options).close();
        target.execute(
                "ALTER TABLE shop.orders ADD CONSTRAINT taste CHECK (name <> 'us 1') NOT VALID");
        options.put("precedence", "update_wins");
        options.put("on_violation", "fail");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("PGMERGE-04")
                .hasStackTraceContaining("refuses the row of key {\"id\": ")
                .hasStackTraceContaining(
                        "that stands after its rules were changed: SQLSTATE 23514");
        assertThat(target.rows("SELECT FROM shop.orders")).isEmpty();
    }

    @Test
    void aRepeatedSnapshotIsRefusedWhereRowsAreNobodys() throws Exception {
        try (SinkJob job = SinkJob.start(trusting())) {
            job.write(at("eu", 1).insert(1L, "eu", null), at("us", 1).insert(2L, "us", null))
                    .checkpoint();
            assertThatThrownBy(() -> job.write(begunAgain("eu", 3)).checkpoint())
                    .hasStackTraceContaining("a repeated snapshot of source eu/shop.orders");
        }
    }
}
