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
package io.seamerge.e2e.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A short run of {@code traffic.sh}, with a seed of its own, on the kinds that it does not default
 * to.
 */
class TrafficIT {

    @Test
    void everyRowIsEqualInTheEnd() throws Exception {
        List<String> versions = List.of("5.7", "9.7", "mariadb");
        for (String version : versions) {
            assumeThat(MySqlServer.whyNot(version)).isEmpty();
        }
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        TrafficRun.Settings settings =
                new TrafficRun.Settings(
                        7,
                        Duration.ofSeconds(8),
                        versions,
                        2,
                        200,
                        20,
                        false,
                        Duration.ofSeconds(2));

        boolean equal =
                new TrafficRun(settings, new PrintStream(said, true, StandardCharsets.UTF_8)).run();

        assertThat(equal).as(said.toString(StandardCharsets.UTF_8)).isTrue();
    }
}
