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

import io.seamerge.e2e.servers.PostgresServer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** A server for the tests of one class, without schemas seamerge and shop before each of them. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class SinkTest {

    static PostgresServer server;
    Target target;

    @BeforeAll
    static void startServer(TestInfo test) {
        OnPostgres version = test.getTestClass().get().getAnnotation(OnPostgres.class);
        server =
                PostgresServer.start(
                        version == null ? PostgresServer.DEFAULT_VERSION : version.value(),
                        Map.of());
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
}
