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
package io.seamerge.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.e2e.servers.PostgresServer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SeaTunnelEngineIT {

    private static final Duration SOON = Duration.ofMinutes(5);
    private static final Map<String, String> ENDLESS = Map.of("mode", "STREAMING", "rows", "30");

    private static SeaTunnelEngine engine;

    @BeforeAll
    static void start() {
        engine = SeaTunnelEngine.start();
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void runsABatchJobToItsEnd() {
        EngineJob job = engine.run(jobFile(), Map.of("mode", "BATCH", "rows", "30"));
        assertThat(job.await(SOON)).isEqualTo("FINISHED");
        assertThat(job.metrics()).contains("SinkWriteCount");
        assertThat(engine.log()).content().contains("rowIndex=30");
    }

    @Test
    void stopsWithASavepointAndRestores() throws IOException {
        EngineJob job = engine.run(jobFile(), ENDLESS, 4711);
        awaitCheckpoint(job.id());
        job.savepoint();
        EngineJob restored = engine.restore(4711, jobFile(), ENDLESS);
        assertThat(restored.id()).isEqualTo(4711);
        awaitCheckpoint(restored.id());
        restored.cancel();
        assertThat(restored.status()).isEqualTo("CANCELED");
    }

    @Test
    void restoresAJobThatWasKilledWithItsEngine() throws IOException {
        EngineJob job = engine.run(jobFile(), ENDLESS);
        awaitCheckpoint(job.id());
        engine.kill();
        assertThat(engine.isRunning()).isFalse();
        assertThatThrownBy(job::status).isInstanceOf(EngineException.class);
        engine.restart();
        EngineJob restored = engine.restore(job.id(), jobFile(), ENDLESS);
        assertThat(restored.status()).isIn("SCHEDULED", "RUNNING", "DOING_SAVEPOINT", "PENDING");
        restored.cancel();
    }

    @Test
    void mergesRowsOfAnySourceByOrderOfArrival() throws Exception {
        try (PostgresServer postgres = PostgresServer.start();
                Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            EngineJob job =
                    engine.run(
                            file("fake-to-postgres.conf"),
                            Map.of(
                                    "pg_url", postgres.jdbcUrl(),
                                    "pg_user", postgres.user(),
                                    "pg_password", postgres.password()));
            assertThat(job.await(SOON)).isEqualTo("FINISHED");
            try (ResultSet rows =
                    statement.executeQuery(
                            "SELECT string_agg(id || ' ' || name, ', ' ORDER BY id) FROM shop.things")) {
                rows.next();
                assertThat(rows.getString(1)).isEqualTo("1 last to come, 20 moved");
            }
        }
    }

    @Test
    void saysWhyAJobFails() {
        assertThatThrownBy(() -> engine.run(jobFile(), Map.of("mode", "BATCH", "rows", "many")))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("many");
    }

    private static void awaitCheckpoint(long jobId) throws IOException {
        Path folder = engine.checkpoints().resolve(Long.toString(jobId));
        long deadline = System.nanoTime() + SOON.toNanos();
        while (true) {
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.list(folder)) {
                    if (files.findAny().isPresent()) {
                        return;
                    }
                }
            }
            assertThat(System.nanoTime()).as("time for a checkpoint").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static Path jobFile() {
        return file("fake-to-console.conf");
    }

    private static Path file(String name) {
        try {
            return Path.of(SeaTunnelEngineIT.class.getResource(name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
