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
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Consolidated tables: the result does not depend on the order of arrival, on batches or on
 * replays.
 */
class RowEngineIT extends SinkTest {

    /** Four changes of one key by four instances: what stands is the second of those at time 30. */
    private static SeaTunnelRow change(int n, long id, boolean deleteWins) {
        switch (n) {
            case 0:
                return at("eu", 10).insert(id, "eu inserts", null);
            case 1:
                return at("us", 30).update(id, "us updates", null);
            case 2:
                return deleteWins
                        ? at("ap", 30).delete(id, null, null)
                        : at("ap", 30).update(id, "ap updates", null);
            case 3:
                return at("sa", 20).delete(id, null, null);
            default:
                throw new IllegalArgumentException();
        }
    }

    private static List<List<Integer>> orders(int n) {
        List<List<Integer>> orders = new ArrayList<>();
        permute(new ArrayList<>(), n, orders);
        return orders;
    }

    private static void permute(List<Integer> head, int n, List<List<Integer>> into) {
        if (head.size() == n) {
            into.add(new ArrayList<>(head));
        }
        for (int i = 0; i < n; i++) {
            if (!head.contains(i)) {
                head.add(i);
                permute(head, n, into);
                head.remove(head.size() - 1);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, false",
        "1, 1, true",
        "5, 2, false",
        "5, 2, true",
        "10000, 3, false",
        "10000, 3, true"
    })
    void givesOneResultForAllOrders(int batchSize, int lanes, boolean deleteWins) throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "sa", "ap", "us", "eu");
        options.put("batch_size", batchSize);
        options.put("write_parallelism", lanes);
        options.put("flush_interval_ms", 60_000);
        List<List<Integer>> orders = orders(4);
        try (SinkJob job = SinkJob.start(options)) {
            // Column by column, so that a batch holds changes of many keys; each key sees its own
            // order.
            for (int turn = 0; turn < 4; turn++) {
                for (int id = 0; id < orders.size(); id++) {
                    int n = orders.get(id).get(turn);
                    job.write(version(change(n, id, deleteWins), n, id));
                }
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT DISTINCT name FROM shop.orders"))
                .isEqualTo(deleteWins ? List.of() : List.of("ap updates"));
        assertThat(target.rows("SELECT count(*) FROM shop.orders"))
                .containsExactly(deleteWins ? "0" : "24");
        assertThat(
                        target.rows(
                                "SELECT DISTINCT \"~merged_time\", s.instance, \"~deleted\" FROM"
                                        + " seamerge.\"state:shop.orders\" JOIN seamerge.source s ON source_id ="
                                        + " \"~source\""))
                .containsExactly("30|ap|" + (deleteWins ? "t" : "f"));
    }

    /**
     * Each instance's stream must rise: its change of the nth key is the nth row of its one
     * transaction.
     */
    private static SeaTunnelRow version(SeaTunnelRow row, int n, int id) {
        int place = row.getArity() - 3;
        row.setField(place, (Long) row.getField(place) + ROWS.get(n)[0]++ * 2);
        return row;
    }

    private static final List<long[]> ROWS = new ArrayList<>();

    @org.junit.jupiter.api.BeforeEach
    void newRows() {
        ROWS.clear();
        for (int i = 0; i < 4; i++) {
            ROWS.add(new long[1]);
        }
    }

    @Test
    void agreesWithAModelOverRandomHistories() throws Exception {
        List<String> preference = List.of("us", "eu", "ap");
        Random random = new Random(7);
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu", "ap");
        options.put("batch_size", 23);
        // Each instance's stream rises by itself, on a small range of times so that there are ties.
        List<List<SeaTunnelRow>> streams = new ArrayList<>();
        Model model = new Model(preference);
        for (String instance : preference) {
            List<SeaTunnelRow> stream = new ArrayList<>();
            for (int time = 1; time <= 300; time++) {
                if (random.nextInt(3) == 0) {
                    continue;
                }
                for (int row = 0; row <= random.nextInt(3); row++) {
                    long id = random.nextInt(40);
                    String name = instance + time + "." + row;
                    boolean delete = random.nextInt(4) == 0;
                    stream.add(
                            delete
                                    ? at(instance, time).row(row).delete(id, name, null)
                                    : at(instance, time).row(row).update(id, name, null));
                    model.apply(id, time, instance, row, delete ? null : name);
                }
            }
            streams.add(stream);
        }
        try (SinkJob job = SinkJob.start(options)) {
            int[] next = new int[3];
            List<Integer> turns = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                turns.addAll(Collections.nCopies(streams.get(i).size(), i));
            }
            Collections.shuffle(turns, random);
            for (int turn : turns) {
                job.write(streams.get(turn).get(next[turn]++));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .isEqualTo(model.rows());
        // A replay of everything by a writer that lost its progress: state alone decides.
        target.execute("DELETE FROM seamerge.progress");
        try (SinkJob job = SinkJob.start(options)) {
            for (List<SeaTunnelRow> stream : streams) {
                job.write(stream.toArray(new SeaTunnelRow[0]));
            }
            job.checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .isEqualTo(model.rows());
    }

    /** What the documentation says: the greatest (time, preference, row) of a key stands. */
    private static final class Model {

        private final List<String> preference;
        private final Map<Long, long[]> versions = new java.util.TreeMap<>();
        private final Map<Long, String> names = new java.util.TreeMap<>();

        Model(List<String> preference) {
            this.preference = preference;
        }

        void apply(long id, long time, String instance, long row, String name) {
            long[] version = {time, -preference.indexOf(instance), row};
            long[] stored = versions.get(id);
            if (stored == null || Arrays.compare(version, stored) > 0) {
                versions.put(id, version);
                names.put(id, name);
            }
        }

        List<String> rows() {
            List<String> rows = new ArrayList<>();
            names.forEach(
                    (id, name) -> {
                        if (name != null) {
                            rows.add(id + "|" + name);
                        }
                    });
            return rows;
        }
    }

    @Test
    void putsSnapshotRowsBeforeAllChanges() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                    snapshot("eu", 1L, "eu snapshot", null),
                    snapshot("us", 1L, "us snapshot", null));
            job.write(
                    at("eu", 5).update(2L, "eu at 5", null),
                    snapshot("us", 2L, "us snapshot", null));
            job.write(snapshot("eu", 3L, "eu snapshot", null)).checkpoint();
            job.write(snapshot("us", 3L, "us snapshot", null)).checkpoint();
            job.write(at("eu", 6).delete(4L, null, null)).checkpoint();
            job.write(snapshot("us", 4L, "us snapshot", null)).checkpoint();
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|us snapshot", "2|eu at 5", "3|us snapshot");
        }
    }

    @Test
    void letsASnapshotRepairWhatItsOwnSourceHasWon() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", 10).insert(1L, "eu at 10", null),
                            at("eu", 11).delete(2L, null, null))
                    .checkpoint();
            job.write(snapshot("eu", 1L, "repaired", null), snapshot("eu", 2L, "is there", null))
                    .checkpoint();
            // Older than the version that the repaired row has kept.
            job.write(
                    at("us", 9).update(1L, "us at 9", null),
                    at("us", 9).row(1).update(2L, "us at 9", null));
            job.checkpoint();
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|repaired", "2|is there");
            // The same within one flush, with an older change of another source in between.
            job.write(
                    at("us", 10).update(1L, "us at 10 is preferred", null),
                    snapshot("us", 1L, "us repaired", null),
                    at("eu", 12).row(0).update(3L, "eu at 12", null),
                    at("us", 11).update(3L, "us at 11", null),
                    snapshot("eu", 3L, "eu repaired", null));
            job.checkpoint();
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|us repaired", "2|is there", "3|eu repaired");
        }
    }

    @Test
    void letsTheClockOfAnIncarnationNotFallBehindItsPredecessor() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.consolidated(server, "us", "eu"))) {
            job.write(at("eu", 1_000).insert(1L, "by the old clock", null)).checkpoint();
            job.write(at("eu", 5).incarnation(2).update(1L, "by the repaired clock", null))
                    .checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders"))
                    .containsExactly("by the repaired clock");
            job.write(at("us", 999).update(1L, "us before", null)).checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders"))
                    .containsExactly("by the repaired clock");
            job.write(at("us", 1_001).update(1L, "us after", null)).checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders")).containsExactly("us after");
        }
    }

    @Test
    void comparesWithWhatOthersCommittedWhileItWaited() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.consolidated(server, "us", "eu"));
                Connection other = server.connect();
                Statement statement = other.createStatement()) {
            job.write(
                            at("eu", 10).insert(1L, "eu at 10", null),
                            at("us", 11).insert(2L, "us", null))
                    .checkpoint();
            other.setAutoCommit(false);
            statement.execute(
                    "UPDATE seamerge.\"state:shop.orders\" SET \"~merged_time\" = 30, \"~time\" = 30, \"~source\" ="
                            + " (SELECT source_id FROM seamerge.source WHERE instance = 'us') WHERE id = 1");
            statement.execute("UPDATE shop.orders SET name = 'us at 30' WHERE id = 1");
            job.write(at("eu", 30).update(1L, "eu at 30", null));
            while (target.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    .isEmpty()) {
                Thread.sleep(2);
            }
            other.commit();
            job.checkpoint();
            assertThat(target.rows("SELECT name FROM shop.orders WHERE id = 1"))
                    .containsExactly("us at 30");
            assertThat(target.rows("SELECT resolution, winner_instance FROM seamerge.conflicts"))
                    .containsExactly("discarded|us");
        }
    }

    @Test
    void countsConflicts() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.consolidated(server, "us", "eu"))) {
            job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint();
            job.write(at("us", 11).insert(1L, "us", null)).checkpoint();
            job.write(at("eu", 11).update(1L, "eu loses the tie", null)).checkpoint();
            job.write(at("us", 12).delete(1L, "us", null)).checkpoint();
            job.write(at("eu", 12).row(0).update(1L, "eu loses again", null)).checkpoint();
            job.write(at("eu", 13).row(0).update(1L, "eu wins", null)).checkpoint();
            // Within one flush.
            job.write(at("eu", 20).update(2L, "a", null), at("us", 21).update(2L, "b", null))
                    .checkpoint();
        }
        assertThat(
                        target.rows(
                                "SELECT type, resolution, winner_instance, loser_instance, count FROM seamerge.conflicts"
                                        + " ORDER BY 1, 2, 3"))
                .containsExactly(
                        "insert_exists|applied|us|eu|1",
                        "update_missing|applied|eu|us|1",
                        "update_missing|discarded|us|eu|1",
                        "update_origin_differs|discarded|us|eu|2");
    }

    @Test
    void refusesWhatItCannotDecide() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("shape", "consolidated");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("sources: a consolidated table needs");
        options.put("sources", List.of("us"));
        SinkJob job = SinkJob.start(options);
        assertThatThrownBy(() -> job.write(at("eu", 10).insert(1L, "eu", null)).checkpoint())
                .hasStackTraceContaining(
                        "Instance 'eu' writes to the consolidated table \"shop\".\"orders\" but is not");
        job.close();
    }

    @Test
    void letsTwoWritersShareATable() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        options.put("batch_size", 50);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        for (String instance : List.of("eu", "us")) {
            Thread thread =
                    new Thread(
                            () -> {
                                Random random = new Random(instance.hashCode());
                                try (SinkJob job = SinkJob.start(options)) {
                                    for (long time = 1; time <= 3_000; time++) {
                                        long id = random.nextInt(60);
                                        job.write(
                                                random.nextInt(5) == 0
                                                        ? at(instance, time).delete(id, null, null)
                                                        : at(instance, time)
                                                                .update(id, instance + time, null));
                                    }
                                    job.checkpoint();
                                } catch (Throwable e) {
                                    failures.add(e);
                                }
                            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        Model model = new Model(List.of("us", "eu"));
        for (String instance : List.of("eu", "us")) {
            Random random = new Random(instance.hashCode());
            for (long time = 1; time <= 3_000; time++) {
                long id = random.nextInt(60);
                model.apply(id, time, instance, 0, random.nextInt(5) == 0 ? null : instance + time);
            }
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                .isEqualTo(model.rows());
    }
}
