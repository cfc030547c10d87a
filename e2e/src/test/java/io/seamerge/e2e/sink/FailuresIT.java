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

import io.seamerge.e2e.servers.TcpProxy;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Lost connections, lost answers, refused rows, and the end of a writer. */
class FailuresIT extends SinkTest {

    private static final String WAITING_LANES =
            "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'seamerge test lane %'"
                    + " AND wait_event_type = 'Lock'";

    private void awaitRows(String query, int rows) throws Exception {
        for (int i = 0; target.rows(query).size() != rows; i++) {
            assertThat(i).as("tries of " + query).isLessThan(2_000);
            Thread.sleep(5);
        }
    }

    @Test
    void appliesOnceThoughItsBackendIsEnded() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("write_parallelism", 1);
        try (SinkJob job = SinkJob.start(options);
                Connection blocker = server.connect();
                Statement statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE");
            job.write(at("eu", 1).insert(1L, "one", null), at("eu", 2).insert(2L, "two", null));
            awaitRows(WAITING_LANES, 1);
            target.rows("SELECT pg_terminate_backend(pid) FROM (" + WAITING_LANES + ") AS w");
            blocker.rollback();
            job.checkpoint();
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|one", "2|two");
            assertThat(target.rows("SELECT flushes FROM seamerge.progress")).containsExactly("1");
            assertThat(target.rows("SELECT rows FROM seamerge.applied")).containsExactly("2");
        }
    }

    @Test
    void knowsItsOwnCommitThoughTheAnswerWasLost() throws Exception {
        try (TcpProxy proxy = TcpProxy.to(server)) {
            Map<String, Object> options = SinkJob.options(server);
            options.put("url", "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/seamerge");
            options.put("write_parallelism", 1);
            try (SinkJob job = SinkJob.start(options)) {
                target.execute(
                        "CREATE FUNCTION shop.rest() RETURNS trigger LANGUAGE plpgsql AS"
                                + " 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'",
                        "CREATE CONSTRAINT TRIGGER rest AFTER INSERT OR UPDATE ON shop.orders DEFERRABLE INITIALLY"
                                + " DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.rest()");
                job.write(at("eu", 1).insert(1L, "one", null));
                awaitRows(
                        "SELECT FROM pg_stat_activity WHERE query LIKE 'COMMIT%' AND wait_event = 'PgSleep'",
                        1);
                proxy.stall();
                awaitRows("SELECT FROM shop.orders", 1);
                target.execute(
                        "DROP TRIGGER rest ON shop.orders",
                        "UPDATE shop.orders SET name = 'not touched'");
                proxy.cut();
                proxy.resume();
                job.checkpoint();
                job.write(at("eu", 2).insert(2L, "two", null)).checkpoint();
            }
            assertThat(target.rows("SELECT id, name FROM shop.orders ORDER BY id"))
                    .containsExactly("1|not touched", "2|two");
            assertThat(target.rows("SELECT flushes FROM seamerge.progress")).containsExactly("2");
            assertThat(target.rows("SELECT rows FROM seamerge.applied")).containsExactly("2");
        }
    }

    @Test
    void goesOnAfterTheServerWasRestarted() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
            server.kill();
            job.write(at("eu", 2).insert(2L, "two", null));
            CompletableFuture<Void> restart = CompletableFuture.runAsync(server::restart);
            job.write(control("eu", "heartbeat", 3));
            job.checkpoint();
            restart.get(1, TimeUnit.MINUTES);
            assertThat(target.rows("SELECT id FROM shop.orders ORDER BY id"))
                    .containsExactly("1", "2");
            assertThat(target.rows("SELECT version_time FROM seamerge.instance"))
                    .containsExactly("3");
        }
    }

    @Test
    void givesUpInTimeAndSaysWhy() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("retry_timeout_ms", 300);
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
            target.execute("ALTER TABLE shop.orders RENAME TO elsewhere");
            assertThatThrownBy(() -> job.write(at("eu", 2).insert(2L, "two", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-06")
                    .hasStackTraceContaining("42P01");
        }
        options.put("url", "jdbc:postgresql://127.0.0.1:1/seamerge");
        options.put("password", "do-not-show");
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining(
                        "failed at jdbc:postgresql://127.0.0.1:1/seamerge with SQLSTATE 08001")
                .hasStackTraceContaining("It was tried");
    }

    @Test
    void endsAtOnceAndAppliesNothingMore() throws Exception {
        SinkJob job = SinkJob.start(SinkJob.options(server));
        try (Connection blocker = server.connect();
                Statement statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE");
            job.write(at("eu", 1).insert(1L, "one", null));
            awaitRows(WAITING_LANES, 1);
            long begun = System.nanoTime();
            job.close();
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun)).isLessThan(5);
            blocker.rollback();
        }
        awaitRows("SELECT FROM pg_stat_activity WHERE application_name LIKE 'seamerge test%'", 0);
        assertThat(target.rows("SELECT id FROM shop.orders")).isEmpty();
        assertThat(target.rows("SELECT min(version_time) FROM seamerge.progress"))
                .containsExactly("0");
    }

    @Test
    void endsThoughItIsBlockedByAFullQueue() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("batch_size", 10);
        SinkJob job = SinkJob.start(options);
        try (Connection blocker = server.connect();
                Statement statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE");
            for (long id = 0; id < 100; id++) {
                job.write(snapshot("eu", id, "x", null));
            }
            awaitRows(WAITING_LANES, 2);
            // Only now is the wrapper's queue sure to be stuck; it waits for its queue to drain
            // before it closes us.
            CompletableFuture<Void> closing =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    job.close();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            Thread.sleep(300);
            target.rows("SELECT pg_terminate_backend(pid) FROM (" + WAITING_LANES + ") AS w");
            blocker.rollback();
            closing.get(5, TimeUnit.MINUTES);
        }
    }

    @Test
    void namesTheRowThatIsRefused() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name varchar(10), amount numeric(10,2)"
                        + " CONSTRAINT not_negative CHECK (amount >= 0))");
        refused(
                "too long for varchar(10)",
                null,
                "22001",
                "value too long for type character varying(10)");
        refused("a\0b", null, "", "column name: it holds a NUL byte");
        refused("negative", "-1", "23514", "not_negative");
    }

    private void refused(String name, String amount, String state, String message)
            throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("flush_interval_ms", 60_000);
        try (SinkJob job = SinkJob.start(options)) {
            for (long id = 0; id < 1_000; id++) {
                job.write(at("eu", id + 1).insert(id, "good", SinkJob.amount("1")));
            }
            job.write(
                    at("eu", 5_000)
                            .insert(4_711L, name, amount == null ? null : SinkJob.amount(amount)));
            for (long id = 0; id < 10; id++) {
                job.write(snapshot("eu", id, "good", null));
            }
            String key =
                    "Table \"shop\".\"orders\" refuses INSERT of key (id=4711) from eu/shop.orders, version 1:5000:4294967297: ";
            assertThatThrownBy(job::checkpoint)
                    .hasStackTraceContaining(
                            "PGMERGE-04: "
                                    + key
                                    + (state.isEmpty() ? "" : "SQLSTATE " + state + ": "))
                    .hasStackTraceContaining(message);
        }
        assertThat(target.rows("SELECT id FROM shop.orders WHERE id = 4711")).isEmpty();
        // The other lane may have been quicker.
        target.execute("TRUNCATE shop.orders, seamerge.progress");
    }

    @Test
    void reportsAllProblemsOfTheTargetTogether() throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint, name varchar(10), must text NOT NULL)");
        assertThatThrownBy(() -> SinkJob.start(SinkJob.options(server)))
                .hasStackTraceContaining("it has no column amount")
                .hasStackTraceContaining("column must is NOT NULL without a default")
                .hasStackTraceContaining("it has no unique key of exactly the columns [id]");
        Map<String, Object> options = SinkJob.options(server);
        options.put("tables", List.of(Map.of("table", "shop.customer", "shape", "disjoint")));
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining(
                        "tables[0].table = 'shop.customer' matches none of the tables [shop.orders]");
        Map<String, Object> replicas = SinkJob.options(server);
        replicas.put("multi_table_sink_replica", 2);
        assertThatThrownBy(() -> SinkJob.start(replicas))
                .hasStackTraceContaining("multi_table_sink_replica");
    }
}
