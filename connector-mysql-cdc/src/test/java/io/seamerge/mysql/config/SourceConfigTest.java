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
package io.seamerge.mysql.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.mysql.binlog.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceConfigTest {

    @Test
    void defaultsAreInheritedAndOverridden() throws Exception {
        Map<String, Object> options = valid();
        Map<String, Object> us = instance("us", "us-1:3307", "us-2");
        us.put("username", "other");
        us.put("password", "secret-2");
        us.put("ssl-mode", "required");
        options.put("instances", Arrays.asList(instance("eu", "eu:3306"), us));
        SourceConfig config = SourceConfig.parse(ReadonlyConfig.fromMap(options));
        assertThat(config.instance("eu").username()).isEqualTo("seamerge");
        assertThat(config.instance("eu").password()).isEqualTo("secret-1");
        assertThat(config.instance("eu").tls().mode()).isEqualTo(SslMode.PREFERRED);
        assertThat(config.instance("us").username()).isEqualTo("other");
        assertThat(config.instance("us").password()).isEqualTo("secret-2");
        assertThat(config.instance("us").tls().mode()).isEqualTo(SslMode.REQUIRED);
        assertThat(config.instance("us").hosts()).hasToString("[us-1:3307, us-2:3306]");
        assertThat(config.instance("us")).hasToString("us[us-1:3307, us-2:3306]");
    }

    @Test
    void passwordFileIsReadAtEachCall(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("password");
        Map<String, Object> options = valid();
        options.remove("password");
        options.put("password-file", file.toString());
        SourceConfig config = SourceConfig.parse(ReadonlyConfig.fromMap(options));
        Files.write(file, "first\n".getBytes("UTF-8"));
        assertThat(config.instance("eu").password()).isEqualTo("first");
        Files.write(file, "second\r\nmore".getBytes("UTF-8"));
        assertThat(config.instance("eu").password()).isEqualTo("second");
    }

    @Test
    void allProblemsAreReportedTogetherAndNoneShowsAPassword() {
        Map<String, Object> options = valid();
        Map<String, Object> bad = instance("eu", "eu:99999");
        bad.put("ssl-mode", "sometimes");
        bad.put("passwort", "secret-3");
        bad.put("ssl-ca", "ca.pem");
        bad.put("ssl-truststore", "ca.jks");
        bad.put("ssl-truststore-password", "secret-5");
        Map<String, Object> nameless = new LinkedHashMap<>();
        nameless.put("password", "secret-4");
        options.put("instances", Arrays.asList(instance("eu", "eu"), bad, nameless));
        options.put("server-id", "9-3");
        options.put("metadata-columns", Arrays.asList("version_time", "colour"));
        options.put("snapshot.chunk-rows", 0);
        options.put("startup.mode", "handoff");
        options.put(
                "routes",
                Collections.singletonList(Collections.singletonMap("tables", "shop\\.(")));
        assertThatThrownBy(() -> SourceConfig.parse(ReadonlyConfig.fromMap(options)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'eu:99999' is not host or host:port")
                .hasMessageContaining("current ssl-mode = sometimes")
                .hasMessageContaining("give ssl-ca or ssl-truststore, not both")
                .hasMessageContaining("nothing is verified: current ssl-mode = PREFERRED")
                .hasMessageContaining("'passwort' is not an option here")
                .hasMessageContaining("instance number 3: name must be")
                .hasMessageContaining("two instances are called 'eu'")
                .hasMessageContaining("'9-3' is not a server id")
                .hasMessageContaining("there is no 'colour'")
                .hasMessageContaining("snapshot.chunk-rows must be at least 1: current value = 0")
                .hasMessageContaining("startup.mode = handoff needs handoff")
                .hasMessageContaining("route number 1: tables is not a regular expression")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void eachInstanceMayBeginWhereItWants() {
        Map<String, Object> options = valid();
        Map<String, Object> us = instance("us", "us");
        us.put("startup.mode", "specific");
        us.put("startup.position", "binlog.000042:1337");
        Map<String, Object> ap = instance("ap", "ap");
        // As HOCON makes it.
        ap.put("startup", Collections.singletonMap("mode", "latest"));
        options.put("instances", Arrays.asList(instance("eu", "eu"), us, ap));
        options.put("startup.mode", "timestamp");
        options.put("startup.timestamp-ms", 1_767_225_600_000L);
        SourceConfig config = SourceConfig.parse(ReadonlyConfig.fromMap(options));
        assertThat(config.instance("eu").startup().mode()).isEqualTo(StartupMode.TIMESTAMP);
        assertThat(config.instance("eu").startup().timestampMs()).isEqualTo(1_767_225_600_000L);
        assertThat(config.instance("us").startup().position()).hasToString("binlog.000042:1337");
        assertThat(config.instance("ap").startup().mode()).isEqualTo(StartupMode.LATEST);
    }

    @Test
    void startsThatDoNotFitAreReportedTogether() {
        Map<String, Object> options = valid();
        Map<String, Object> us = instance("us", "us");
        us.put("startup.mode", "handoff");
        Map<String, Object> ap = instance("ap", "ap");
        ap.put("startup.mode", "yesterday");
        Map<String, Object> sa = instance("sa", "sa");
        sa.put("startup.mode", "latest");
        sa.put("startup.position", "binlog.1:x");
        sa.put("startup.timestamp-ms", "soon");
        Map<String, Object> af = instance("af", "af");
        af.put("startup.mode", "timestamp");
        options.put("instances", Arrays.asList(instance("eu", "eu"), us, ap, sa, af));
        options.put("startup.mode", "specific");
        options.put("startup.gtid-set", "3e11fa47-71ca-11e1-9e33-c80aa9429562:1");
        assertThatThrownBy(() -> SourceConfig.parse(ReadonlyConfig.fromMap(options)))
                .hasMessageContaining("instance 'eu': startup.position and startup.gtid-set mean a")
                .hasMessageContaining("instance 'us': startup.mode = handoff stands beside")
                .hasMessageContaining("instance 'ap': startup.mode must be one of")
                .hasMessageContaining("instance 'sa': startup.position and startup.gtid-set need")
                .hasMessageContaining("instance 'sa': startup.position: A binlog position is")
                .hasMessageContaining("instance 'sa': startup.timestamp-ms needs startup.mode")
                .hasMessageContaining("instance 'sa': startup.timestamp-ms must be milliseconds")
                .hasMessageContaining("instance 'af': startup.mode = timestamp needs");
    }

    @Test
    void hostsOfAllForms() {
        assertThat(HostAndPort.parse("db").port()).isEqualTo(3306);
        assertThat(HostAndPort.parse("db:1").port()).isEqualTo(1);
        assertThat(HostAndPort.parse("[::1]:3307").host()).isEqualTo("::1");
        assertThat(HostAndPort.parse("[::1]:3307").port()).isEqualTo(3307);
        assertThat(HostAndPort.parse("fe80::1").host()).isEqualTo("fe80::1");
        assertThatThrownBy(() -> HostAndPort.parse("db:x")).hasMessageContaining("db:x");
        assertThatThrownBy(() -> HostAndPort.parse(":3306")).hasMessageContaining(":3306");
    }

    @Test
    void serverIdsStayInTheirRange() {
        ServerIds ids = ServerIds.parse("5400-5402");
        Set<Long> none = Collections.emptySet();
        Set<Long> drawn = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            drawn.add(ids.draw(none));
            assertThat(ids.draw(new HashSet<>(Arrays.asList(5400L, 5402L, 9L)))).isEqualTo(5401);
        }
        assertThat(drawn).containsExactlyInAnyOrder(5400L, 5401L, 5402L);
        assertThat(ids.draw(drawn)).isNull();
        assertThat(ServerIds.parse("7").draw(none)).isEqualTo(7);
        assertThat(ServerIds.unlikelyInUse().draw(none)).isGreaterThanOrEqualTo(1L << 31);
    }

    private static Map<String, Object> valid() {
        Map<String, Object> options = new HashMap<>();
        options.put("instances", Collections.singletonList(instance("eu", "eu:3306")));
        options.put("username", "seamerge");
        options.put("password", "secret-1");
        options.put("tables", Collections.singletonList("shop\\..*"));
        return options;
    }

    private static Map<String, Object> instance(String name, String... hosts) {
        Map<String, Object> instance = new LinkedHashMap<>();
        instance.put("name", name);
        instance.put("hosts", Arrays.asList(hosts));
        return instance;
    }
}
