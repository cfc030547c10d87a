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
package io.seamerge.postgres.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.postgres.PostgresMergeException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.junit.jupiter.api.Test;

class MergeConfigTest {

    private static Map<String, Object> good() {
        Map<String, Object> options = new HashMap<>();
        options.put("url", "jdbc:postgresql://localhost/shop?password=url-secret");
        options.put("username", "u");
        options.put("password", "very-secret");
        options.put("pipeline", "p");
        return options;
    }

    private static MergeConfig parse(Map<String, Object> options) {
        return MergeConfig.parse(ReadonlyConfig.fromMap(options));
    }

    private static Map<String, Object> entry(String... namesAndValues) {
        Map<String, Object> entry = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            entry.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return entry;
    }

    @Test
    void tablesInheritAndTheFirstMatchCounts() {
        Map<String, Object> options = good();
        options.put("sources", Arrays.asList("eu", "us"));
        options.put(
                "tables",
                Arrays.asList(
                        entry("table", "shop\\.cust.*", "shape", "Consolidated"),
                        entry("table", "shop.customers", "shape", "disjoint")));
        MergeConfig config = parse(options);
        assertThat(config.rules("shop.customers").shape()).isEqualTo(Shape.CONSOLIDATED);
        assertThat(config.rules("shop.customers").resolver()).isEqualTo(Resolver.LAST_WRITE_WINS);
        assertThat(config.rules("shop.orders").shape()).isEqualTo(Shape.DISJOINT);
        assertThat(config.rules("other.shop.customers").shape()).isEqualTo(Shape.DISJOINT);
        assertThat(config.unmatchedEntries(Collections.singleton("shop.customs")))
                .containsExactly("tables[1].table = 'shop.customers'");
        assertThat(config.sources()).containsExactly("eu", "us");
        assertThat(config.shownUrl()).isEqualTo("jdbc:postgresql://localhost/shop");
    }

    @Test
    void reportsEveryProblemAtOnceAndNoSecret() {
        Map<String, Object> options = good();
        options.put("url", "jdbc:mysql://user:url-secret@localhost/");
        options.remove("pipeline");
        options.put("shape", "consolidated");
        options.put("delete", "sometimes");
        options.put("write_parallelism", 0);
        options.put("batch_size", "many");
        options.put("multi_table_sink_replica", 2);
        options.put("metadata_columns", entry("instance", "x"));
        options.put(
                "tables",
                Arrays.asList(entry("tabel", "x"), entry("table", "(", "shape", "round")));
        assertThatThrownBy(() -> parse(options))
                .isInstanceOf(PostgresMergeException.class)
                .hasMessageContaining("- url: it must begin with jdbc:postgresql:")
                .hasMessageContaining("- pipeline: it must be given")
                .hasMessageContaining("- delete: its value cannot be read")
                .hasMessageContaining("- write_parallelism: it must be from 1 to 64: found 0")
                .hasMessageContaining("- batch_size: its value cannot be read")
                .hasMessageContaining("- multi_table_sink_replica: it must be 1")
                .hasMessageContaining("- metadata_columns: there is no metadata column 'instance'")
                .hasMessageContaining("- tables[0].tabel: there is no such key")
                .hasMessageContaining("- tables[0].table: it must be a table id")
                .hasMessageContaining("- tables[1].table: it is no regular expression")
                .hasMessageContaining(
                        "- tables[1].shape: it must be one of [DISJOINT, CONSOLIDATED]: found 'round'")
                .hasMessageContaining("- sources: a consolidated table needs")
                .hasMessageNotContaining("secret");
    }
}
