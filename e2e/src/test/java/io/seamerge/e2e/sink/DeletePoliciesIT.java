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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

/** What a deletion does, and which source comes first. */
class DeletePoliciesIT extends SinkTest {

    private static Map<String, Object> with(Map<String, Object> options, String... namesAndValues) {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            options.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return options;
    }

    @Test
    void aSoftDeletionMarksTheRowInEitherShape() throws Exception {
        for (Map<String, Object> options :
                List.of(SinkJob.options(server), SinkJob.consolidated(server, "eu"))) {
            target.clean();
            try (SinkJob job = SinkJob.start(with(options, "delete", "soft"))) {
                job.write(
                                at("eu", 1).insert(1L, "one", null),
                                at("eu", 2).insert(2L, "two", null),
                                at("eu", 3).insert(3L, "three", null))
                        .checkpoint();
                job.write(
                                at("eu", 4).delete(1L, "one", null),
                                at("eu", 5).delete(2L, "two", null),
                                at("eu", 6).delete(4L, "never seen", null))
                        .checkpoint();
                job.write(at("eu", 7).insert(2L, "again", null), snapshot("eu", 4L, "read", null))
                        .checkpoint();
            }
            assertThat(target.rows("SELECT id, name, _deleted FROM shop.orders ORDER BY id"))
                    .containsExactly("1|one|t", "2|again|f", "3|three|f", "4|read|f");
        }
    }

    @Test
    void aTimestampSaysWhenARowWasDeleted() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text, amount numeric, gone_at timestamptz)");
        Map<String, Object> options =
                with(SinkJob.options(server), "delete", "soft", "soft_delete_column", "gone_at");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            at("eu", 1).insert(1L, "one", null),
                            at("eu", 2).insert(2L, "two", null),
                            at("eu", 1_700_000_000_000_000L).delete(1L, "one", null))
                    .checkpoint();
        }
        assertThat(target.rows("SELECT id, name, gone_at FROM shop.orders ORDER BY id"))
                .containsExactly("1|one|2023-11-14 22:13:20+00", "2|two|null");
        target.execute("ALTER TABLE shop.orders ALTER gone_at TYPE text");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("column gone_at is text, which is to mark deleted rows");
        target.execute("ALTER TABLE shop.orders DROP gone_at");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("it has no column gone_at");
    }

    @Test
    void deletionsCanBeIgnored() throws Exception {
        for (Map<String, Object> options :
                List.of(SinkJob.options(server), SinkJob.consolidated(server, "us", "eu"))) {
            target.clean();
            try (SinkJob job = SinkJob.start(with(options, "delete", "ignore"))) {
                job.write(
                                at("eu", 1).insert(1L, "one", null),
                                at("eu", 2).delete(1L, "one", null),
                                at("eu", 3).delete(2L, "never seen", null))
                        .checkpoint();
                job.write(at("eu", 4).update(1L, "still", null)).checkpoint();
            }
            assertThat(target.rows("SELECT id, name FROM shop.orders")).containsExactly("1|still");
            assertThat(target.rows("SELECT DISTINCT version_time FROM seamerge.progress"))
                    .containsExactly("4");
        }
    }

    @Test
    void underSourcePriorityWhatThePreferredSourceHasEverWrittenStands() throws Exception {
        List<String> preference = List.of("us", "eu", "ap");
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu", "ap");
        options.put("resolver", "source_priority");
        options.put("batch_size", 17);
        Random random = new Random(5);
        List<List<SeaTunnelRow>> streams = new ArrayList<>();
        String[] names = new String[30];
        int[] ranks = new int[30];
        java.util.Arrays.fill(ranks, 9);
        for (int rank = 2; rank >= 0; rank--) {
            List<SeaTunnelRow> stream = new ArrayList<>();
            String instance = preference.get(rank);
            for (long time = 1; time <= 60; time++) {
                int id = random.nextInt(30);
                boolean delete = random.nextInt(3) == 0;
                stream.add(
                        delete
                                ? at(instance, time).delete((long) id, null, null)
                                : at(instance, time).update((long) id, instance + time, null));
                names[id] = delete ? null : instance + time;
                ranks[id] = rank;
            }
            streams.add(stream);
        }
        List<String> wanted = new ArrayList<>();
        for (int id = 0; id < 30; id++) {
            if (names[id] != null) {
                wanted.add(id + "|" + names[id]);
            }
        }
        for (int run = 0; run < 3; run++) {
            target.clean();
            List<Integer> turns = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                turns.addAll(Collections.nCopies(60, i));
            }
            Collections.shuffle(turns, random);
            int[] next = new int[3];
            try (SinkJob job = SinkJob.start(options)) {
                for (int turn : turns) {
                    job.write(streams.get(turn).get(next[turn]++));
                }
                job.checkpoint();
            }
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .isEqualTo(wanted);
        }
    }
}
