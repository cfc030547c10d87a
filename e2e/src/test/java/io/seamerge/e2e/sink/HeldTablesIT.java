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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.e2e.sink.SinkJob.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.BasicType;
import org.junit.jupiter.api.Test;

/** A table belongs to the pipeline that writes it. */
class HeldTablesIT extends SinkTest {

    @Test
    void anotherPipelineIsRefusedInWords() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(Change.at("eu", 1).insert(1L, "n", null)).checkpoint();
        }
        Map<String, Object> options = SinkJob.options(server);
        options.put("pipeline", "o'ther");
        // Other rules would make other tables in seamerge: not for who is refused.
        options.put("shape", "consolidated");
        options.put("sources", List.of("eu"));
        CatalogTable free =
                SinkJob.table(
                        "shop.free",
                        List.of("id"),
                        SinkJob.column("id", BasicType.LONG_TYPE, "bigint", false));
        assertThatThrownBy(() -> SinkJob.start(options, SinkJob.orders(), free, SinkJob.control()))
                .hasStackTraceContaining("PGMERGE-02")
                .hasStackTraceContaining(
                        "Table shop.orders is held by pipeline 'test', which wrote")
                .hasStackTraceContaining("SELECT seamerge.take_over('shop.orders', 'o''ther')");
        assertThat(
                        target.rows(
                                "SELECT to_regclass('seamerge.\"state:shop.orders\"') IS NULL,"
                                        + " to_regclass('shop.free') IS NULL"))
                .as("nothing was made")
                .containsExactly("t|t");
        assertThat(target.rows("SELECT target, pipeline FROM seamerge.holder"))
                .containsExactly("shop.orders|test");
        // The same pipeline goes on, and again.
        SinkJob.start(SinkJob.options(server)).close();
        SinkJob.start(SinkJob.options(server)).close();
    }

    @Test
    void takenOverOnPurpose() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("pipeline", "heir");
        try (SinkJob former = SinkJob.start(SinkJob.options(server))) {
            former.write(Change.at("eu", 1).insert(1L, "n", null)).checkpoint();
            assertThat(target.rows("SELECT seamerge.take_over('shop.orders', 'heir')"))
                    .containsExactly("test");
            try (SinkJob heir = SinkJob.start(options)) {
                heir.write(Change.at("eu", 2).insert(2L, "heir's", null)).checkpoint();
            }
            assertThatThrownBy(
                            () ->
                                    former.write(Change.at("eu", 3).insert(3L, "late", null))
                                            .checkpoint())
                    .as("it still runs")
                    .hasStackTraceContaining("PGMERGE-05");
        }
        assertThatThrownBy(() -> SinkJob.start(SinkJob.options(server)))
                .hasStackTraceContaining("Table shop.orders is held by pipeline 'heir'");
        assertThat(target.rows("SELECT id FROM shop.orders ORDER BY 1")).containsExactly("1", "2");
        assertThatThrownBy(() -> target.rows("SELECT seamerge.take_over('shop.none', 'heir')"))
                .hasMessageContaining("no pipeline holds table shop.none");
    }

    private List<Map<String, Object>> consolidated() {
        Map<String, Object> row = SinkJob.consolidated(server, "us", "eu");
        Map<String, Object> perSource = SinkJob.consolidated(server, "us", "eu");
        perSource.put("column_resolvers", Map.of("amount", "sum"));
        return List.of(row, perSource);
    }

    @Test
    void whoeverTakesATableOverGoesOnWithItsSources() throws Exception {
        for (Map<String, Object> options : consolidated()) {
            target.clean();
            try (SinkJob former = SinkJob.start(options)) {
                former.write(
                                Change.at("eu", 10).insert(1L, "old", SinkJob.amount("1")),
                                Change.at("us", 10).insert(2L, "us", SinkJob.amount("2")))
                        .checkpoint();
            }
            target.rows("SELECT seamerge.take_over('shop.orders', 'heir')");
            Map<String, Object> heirs = new HashMap<>(options);
            heirs.put("pipeline", "heir");
            try (SinkJob heir = SinkJob.start(heirs)) {
                heir.write(
                                SinkJob.snapshot("eu", 1L, "changed between", SinkJob.amount("5")),
                                Change.at("us", 20).incarnation(2).update(2L, "us later", null))
                        .checkpoint();
            }
            assertThat(target.rows("SELECT id, name, amount FROM shop.orders ORDER BY id"))
                    .containsExactly("1|changed between|5.00", "2|us later|null");
            assertThat(target.rows("SELECT DISTINCT pipeline FROM seamerge.source"))
                    .containsExactly("heir");
        }
    }

    @Test
    void whoeverBeginsAnEmptyTableIsNotBoundByWhatWasThere() throws Exception {
        for (Map<String, Object> options : consolidated()) {
            target.clean();
            try (SinkJob former = SinkJob.start(options)) {
                former.write(
                                Change.at("eu", 10).insert(1L, "eu", SinkJob.amount("1")),
                                Change.at("us", 20).insert(1L, "us", SinkJob.amount("2")),
                                Change.at("us", 21).delete(2L, null, null))
                        .checkpoint();
            }
            // A job of the same pipeline does not take that for another's.
            target.execute("TRUNCATE shop.orders");
            try (SinkJob former = SinkJob.start(options)) {
                former.write(Change.at("eu", 15).insert(2L, "older", null)).checkpoint();
            }
            assertThat(target.rows("SELECT FROM shop.orders WHERE name = 'older'")).isEmpty();
            target.execute(
                    "TRUNCATE shop.orders",
                    "ALTER TABLE shop.orders ALTER COLUMN name TYPE text",
                    "DELETE FROM seamerge.holder WHERE pipeline = 'test'");
            Map<String, Object> others = new HashMap<>(options);
            others.put("pipeline", "another");
            try (SinkJob job = SinkJob.start(others)) {
                job.write(
                                SinkJob.snapshot("eu", 1L, "begun again", SinkJob.amount("7")),
                                SinkJob.snapshot("eu", 2L, "too", SinkJob.amount("8")))
                        .checkpoint();
            }
            assertThat(target.rows("SELECT id, name, amount FROM shop.orders ORDER BY id"))
                    .containsExactly("1|begun again|7.00", "2|too|8.00");
        }
    }

    @Test
    void aRowThatAnotherSourceHasDeletedIsNotMissingOnceThatIsForgotten() throws Exception {
        Map<String, Object> options = SinkJob.consolidated(server, "us", "eu");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(
                            Change.at("eu", 10).insert(1L, "eu", null),
                            Change.at("us", 11).delete(1L, null, null),
                            Change.at("eu", 12).insert(2L, "eu", null))
                    .checkpoint();
        }
        Map<String, Object> verifying = new HashMap<>(options);
        verifying.put("write_mode", "verify");
        verifying.put("verify_settle_timeout_ms", 500);
        String found =
                "SELECT missing, moving, outcome FROM seamerge.verify_summary JOIN seamerge.verify_run"
                        + " USING (run_id) ORDER BY run_id DESC LIMIT 1";
        for (String forgotten :
                List.of(
                        "DELETE FROM seamerge.\"state:shop.orders\" WHERE id = 1",
                        "INSERT INTO seamerge.purged VALUES ('shop.orders', 11)")) {
            target.execute(forgotten);
            try (SinkJob job = SinkJob.start(verifying)) {
                job.write(SinkJob.control("eu", "run_begun", 0))
                        .write(SinkJob.snapshotAsOf("eu", 12, 1L, "eu", null))
                        .write(SinkJob.snapshotAsOf("eu", 12, 2L, "eu", null))
                        .write(SinkJob.control("eu", "run_end", 12))
                        .write(SinkJob.control("eu", "filler", 12));
                job.checkpoint();
                if (forgotten.startsWith("DELETE")) {
                    assertThatThrownBy(job::end).hasStackTraceContaining("1 missing");
                } else {
                    job.end();
                }
            }
        }
        assertThat(target.rows(found)).containsExactly("0|1|equal");
    }
}
