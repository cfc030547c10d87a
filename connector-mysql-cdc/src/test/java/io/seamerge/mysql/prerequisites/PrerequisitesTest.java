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

import io.seamerge.mysql.config.SourceConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.junit.jupiter.api.Test;

class PrerequisitesTest {

    private String version = "8.0.42";
    private final Map<String, String> variables = new HashMap<>();
    private List<String> grants =
            Arrays.asList("GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `u`@`%`");
    private String doDb = "";
    private String ignoreDb = "";
    private boolean replica;
    private List<Long> registered = Collections.emptyList();
    private final List<ServerFacts.Table> tables = new ArrayList<>();
    private final List<ServerFacts.Cascade> cascades = new ArrayList<>();
    private final Map<String, String> locked = new LinkedHashMap<>();
    private final Map<String, Object> options = new LinkedHashMap<>();

    PrerequisitesTest() {
        variables.put("log_bin", "ON");
        variables.put("binlog_format", "ROW");
        variables.put("binlog_row_image", "FULL");
        variables.put("binlog_row_metadata", "FULL");
        variables.put("binlog_row_value_options", "");
        variables.put("gtid_mode", "ON");
        variables.put("enforce_gtid_consistency", "ON");
        variables.put("server_id", "7");
        variables.put("binlog_expire_logs_seconds", "2592000");
        variables.put("log_replica_updates", "ON");
        table("orders", "InnoDB", 1 << 20);
        Map<String, Object> instance = new HashMap<>();
        instance.put("name", "eu");
        instance.put("hosts", Collections.singletonList("localhost:3306"));
        options.put("instances", Collections.singletonList(instance));
        options.put("username", "u");
        options.put("password", "p");
        options.put("tables", Collections.singletonList("shop\\..*"));
    }

    private void table(String name, String engine, long bytes, String... folding) {
        tables.add(new ServerFacts.Table("shop", name, engine, bytes, Arrays.asList(folding)));
    }

    private List<Finding> findings() {
        SourceConfig config = SourceConfig.parse(ReadonlyConfig.fromMap(options));
        ServerFacts facts =
                new ServerFacts(
                        version,
                        "'u'@'%'",
                        variables,
                        new Grants(grants),
                        doDb,
                        ignoreDb,
                        replica,
                        registered,
                        tables,
                        cascades);
        return Prerequisites.check(config.instance("eu"), config, facts, locked);
    }

    private Finding only(Finding.Kind kind) {
        List<Finding> found = findings();
        assertThat(found).hasSize(1);
        assertThat(found.get(0).kind()).isEqualTo(kind);
        assertThat(found.get(0).toString()).startsWith("instance eu: ").contains(". To mend: ");
        return found.get(0);
    }

    @Test
    void aServerAsItShouldBeHasNone() {
        assertThat(findings()).isEmpty();
    }

    @Test
    void allAreReportedTogether() {
        variables.put("binlog_format", "MIXED");
        variables.put("binlog_row_image", "MINIMAL");
        variables.put("binlog_row_value_options", "PARTIAL_JSON");
        variables.put("server_id", "0");
        grants = Collections.singletonList("GRANT USAGE ON *.* TO `u`@`%`");

        assertThat(findings().stream().map(Finding::remedy).collect(Collectors.toList()))
                .containsExactly(
                        "SET PERSIST binlog_format = 'ROW'",
                        "SET PERSIST binlog_row_image = 'FULL'",
                        "SET PERSIST binlog_row_value_options = ''",
                        "SET GLOBAL server_id = 1 (a number that no other server has), and the same in my.cnf",
                        "GRANT REPLICATION SLAVE ON *.* TO 'u'@'%'",
                        "GRANT REPLICATION CLIENT ON *.* TO 'u'@'%'",
                        "GRANT SELECT ON `shop`.`orders` TO 'u'@'%'");
    }

    @Test
    void binlogOff() {
        variables.put("log_bin", "OFF");

        assertThat(only(Finding.Kind.ERROR).toString()).contains("log_bin must be ON");
    }

    @Test
    void rowMetadataIsRecommendedWhereItIsKnown() {
        variables.put("binlog_row_metadata", "MINIMAL");
        assertThat(only(Finding.Kind.WARNING).remedy())
                .isEqualTo("SET PERSIST binlog_row_metadata = 'FULL'");

        variables.remove("binlog_row_metadata");
        assertThat(findings()).isEmpty();
    }

    @Test
    void withoutGtids() {
        variables.put("gtid_mode", "OFF_PERMISSIVE");

        assertThat(only(Finding.Kind.WARNING).toString())
                .contains("gtid_mode = OFF_PERMISSIVE")
                .contains("enforce_gtid_consistency = ON");
    }

    @Test
    void locksWithoutGtids() {
        version = "5.7.44-log";
        variables.put("gtid_mode", "OFF");
        assertThat(findings().get(1).remedy()).isEqualTo("GRANT LOCK TABLES ON *.* TO 'u'@'%'");

        options.put("snapshot.without-gtid", "flush_tables_with_read_lock");
        assertThat(findings().get(1).remedy()).isEqualTo("GRANT RELOAD ON *.* TO 'u'@'%'");

        version = "8.0.42";
        options.remove("snapshot.without-gtid");
        assertThat(findings()).hasSize(1);
    }

    @Test
    void locksOfTablesWithoutAKey() {
        locked.put("shop", "bag");
        assertThat(only(Finding.Kind.ERROR).toString())
                .contains("LOCK TABLES on `shop`, which snapshot.keyless = lock needs for bag")
                .endsWith("GRANT LOCK TABLES ON `shop`.* TO 'u'@'%'");

        // One that is for all says it once.
        version = "5.7.44-log";
        variables.put("gtid_mode", "OFF");
        assertThat(findings()).hasSize(2);
        assertThat(findings().get(1).remedy()).isEqualTo("GRANT LOCK TABLES ON *.* TO 'u'@'%'");

        variables.put("gtid_mode", "ON");
        grants = new ArrayList<>(grants);
        grants.add("GRANT LOCK TABLES ON `shop`.* TO `u`@`%`");
        assertThat(findings()).isEmpty();
    }

    @Test
    void retentionAgainstTheSnapshot() {
        variables.put("binlog_expire_logs_seconds", "90000");
        assertThat(findings()).isEmpty();

        table("events", "InnoDB", 40L << 30);
        assertThat(only(Finding.Kind.WARNING).toString())
                .contains("kept for 90000 s")
                .contains("40961 MB")
                .contains("10240 s");

        variables.put("binlog_expire_logs_auto_purge", "OFF");
        assertThat(findings()).isEmpty();
    }

    @Test
    void olderServersCountInDays() {
        version = "5.7.44";
        variables.remove("binlog_expire_logs_seconds");
        variables.put("expire_logs_days", "0");
        assertThat(findings()).isEmpty();

        table("events", "InnoDB", 1000L << 30);
        variables.put("expire_logs_days", "3");
        assertThat(only(Finding.Kind.WARNING).remedy())
                .startsWith("SET GLOBAL expire_logs_days = 7");
    }

    @Test
    void serverIds() {
        options.put("server-id", "7");
        assertThat(only(Finding.Kind.ERROR).toString()).contains("the server's own");

        options.put("server-id", "5400");
        registered = Arrays.asList(5400L);
        assertThat(only(Finding.Kind.WARNING).toString()).contains("server-id = 5400 is in use");

        options.put("server-id", "5400-5401");
        assertThat(findings()).isEmpty();
    }

    @Test
    void filtersOfTheBinlog() {
        doDb = "crm,hr";
        assertThat(only(Finding.Kind.ERROR).toString()).contains("changes of [shop]");

        doDb = "crm,shop";
        assertThat(findings()).isEmpty();

        ignoreDb = "shop";
        assertThat(only(Finding.Kind.ERROR).toString()).contains("binlog_ignore_db = 'shop'");
    }

    @Test
    void aReplicaMustLogWhatItReplicates() {
        variables.put("log_replica_updates", "OFF");
        assertThat(findings()).isEmpty();

        replica = true;
        assertThat(only(Finding.Kind.ERROR).remedy()).startsWith("log_replica_updates = ON");
    }

    @Test
    void cascades() {
        cascades.add(new ServerFacts.Cascade("shop.items", "fk", "ON DELETE CASCADE"));
        assertThat(only(Finding.Kind.ERROR).toString())
                .contains("shop.items (fk, ON DELETE CASCADE)")
                .contains("foreign-key-cascades = warn");

        options.put("foreign-key-cascades", "warn");
        only(Finding.Kind.WARNING);

        version = "9.7.0";
        assertThat(findings()).isEmpty();

        variables.put("innodb_native_foreign_keys", "ON");
        only(Finding.Kind.WARNING);

        version = "11.4.2-MariaDB";
        variables.remove("innodb_native_foreign_keys");
        only(Finding.Kind.WARNING);
    }

    @Test
    void enginesAndCollations() {
        table("log", "MyISAM", 0);
        assertThat(only(Finding.Kind.WARNING).toString()).contains("shop.log (MyISAM)");

        tables.remove(1);
        for (int i = 0; i < 7; i++) {
            table("people_" + i, "InnoDB", 0, "email (utf8mb4_general_ci)");
        }
        assertThat(only(Finding.Kind.WARNING).toString())
                .contains("shop.people_0.email (utf8mb4_general_ci)")
                .contains("and 2 more");
    }

    @Test
    void oldServers() {
        version = "5.6.51";
        variables.remove("binlog_row_metadata");

        assertThat(only(Finding.Kind.ERROR).toString()).contains("it is 5.6.51");
    }
}
