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
package io.seamerge.mysql.prerequisites;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class GrantsTest {

    private static Grants of(String... lines) {
        return new Grants(Arrays.asList(lines));
    }

    @Test
    void readsWhatIsGivenForEverything() {
        Grants grants = of("GRANT SELECT, REPLICATION SLAVE ON *.* TO `u`@`%` WITH GRANT OPTION");

        assertThat(grants.everywhere("REPLICATION SLAVE")).isTrue();
        assertThat(grants.everywhere("REPLICATION CLIENT")).isFalse();
        assertThat(grants.on("shop", "orders", "SELECT")).isTrue();
    }

    @Test
    void readsPatternsOfDatabases() {
        Grants grants =
                of(
                        "GRANT SELECT ON `shop\\_%`.* TO 'u'@'%'",
                        "GRANT SELECT, INSERT ON `crm`.`people` TO 'u'@'%'");

        assertThat(grants.on("shop_1", "orders", "SELECT")).isTrue();
        assertThat(grants.on("shopX1", "orders", "SELECT")).isFalse();
        assertThat(grants.on("crm", "people", "SELECT")).isTrue();
        assertThat(grants.on("crm", "calls", "SELECT")).isFalse();
        assertThat(grants.everywhere("SELECT")).isFalse();
    }

    @Test
    void doesNotCountColumns() {
        Grants grants = of("GRANT SELECT (`a`, `b`), INSERT ON `crm`.`people` TO `u`@`%`");

        assertThat(grants.on("crm", "people", "SELECT")).isFalse();
        assertThat(grants.on("crm", "people", "INSERT")).isTrue();
    }

    @Test
    void heedsWhatIsTakenBack() {
        Grants grants =
                of("GRANT SELECT ON *.* TO `u`@`%`", "REVOKE SELECT ON `secret`.* FROM `u`@`%`");

        assertThat(grants.on("shop", "orders", "SELECT")).isTrue();
        assertThat(grants.on("secret", "orders", "SELECT")).isFalse();
    }

    @Test
    void knowsAllPrivilegesAndMariaDbsNames() {
        assertThat(of("GRANT ALL PRIVILEGES ON *.* TO 'u'@'%'").everywhere("RELOAD")).isTrue();
        assertThat(
                        of("GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `u`@`%`")
                                .everywhere("REPLICATION CLIENT"))
                .isTrue();
    }

    @Test
    void roleAndProxyLinesSayNothing() {
        Grants grants = of("GRANT `reader`@`%` TO `u`@`%`", "GRANT PROXY ON ''@'' TO 'u'@'%'");

        assertThat(grants.everywhere("SELECT")).isFalse();
    }
}
