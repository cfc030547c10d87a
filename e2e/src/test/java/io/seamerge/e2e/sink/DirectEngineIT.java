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
import static io.seamerge.e2e.sink.SinkJob.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.servers.PostgresServer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Disjoint tables: what came last for a key stands, and nothing is applied twice. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DirectEngineIT {

    private static PostgresServer server;
    private Target target;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void clean() throws Exception {
        target = new Target(server);
        target.clean();
    }

    @Test
    void appliesInOrder() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(
                    snapshot("eu", 1L, "one", amount("1.00")),
                    at("eu", 10).insert(2L, "two", null),
                    at("eu", 11).before(1L, "one", amount("1.00")),
                    at("eu", 11).update(1L, "uno", amount("1.10")),
                    at("eu", 12).delete(2L, "two", null),
                    at("eu", 13).insert(3L, "tab\tline\nback\\slash Grüße 🐬", amount("-3.30")));
            job.checkpoint();
            assertThat(target.rows("SELECT id, name, amount FROM shop.orders ORDER BY id"))
                    .containsExactly("1|uno|1.10", "3|tab\tline\nback\\slash Grüße 🐬|-3.30");
            assertThat(
                            target.rows(
                                    "SELECT lane, incarnation, version_time, version_row FROM seamerge.progress"
                                            + " WHERE instance = 'eu' ORDER BY lane"))
                    .containsExactly("0|1|13|" + ((1L << 32) + 1), "1|1|13|" + ((1L << 32) + 1));
        }
    }

    @Test
    void createsTablesThatStayEmpty() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        try (SinkJob job = SinkJob.start(options)) {
            job.checkpoint();
        }
        assertThat(target.rows("SELECT count(*) FROM shop.orders")).containsExactly("0");
    }
}
