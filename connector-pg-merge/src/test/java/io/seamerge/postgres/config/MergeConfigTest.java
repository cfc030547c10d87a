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
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
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
    void travelsToTheWorkers() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Map<String, Object> options = good();
        options.put("tables", Arrays.asList(entry("table", "shop.orders")));
        new ObjectOutputStream(bytes).writeObject(parse(options));
        Object read =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
        assertThat(((MergeConfig) read).rules("shop.orders").shape()).isEqualTo(Shape.DISJOINT);
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

    @Test
    void derivesTheCheapestEngineThatKeepsToTheRules() {
        assertThat(engine()).isEqualTo(Engine.ROW);
        assertThat(engine("shape", "disjoint", "resolver", "first_write_wins"))
                .isEqualTo(Engine.DIRECT);
        assertThat(engine("resolver", "source_priority")).isEqualTo(Engine.ROW);
        assertThat(engine("snapshot_version", "column:updated_at")).isEqualTo(Engine.ROW);
        assertThat(engine("resolver", "source_priority_fallback")).isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("resolver", "first_write_wins")).isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("precedence", "delete_wins")).isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("precedence", "update_wins")).isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("version_column", "updated_at")).isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("column_resolvers", Collections.singletonMap("price", "max")))
                .isEqualTo(Engine.PER_SOURCE);
        assertThat(engine("resolver", "overwrite", "allow_order_dependent", true))
                .isEqualTo(Engine.DIRECT);
        assertThat(engine("resolver", "ignore", "allow_order_dependent", "true"))
                .isEqualTo(Engine.DIRECT);
    }

    private static Engine engine(Object... namesAndValues) {
        Map<String, Object> options = good();
        options.put("sources", Arrays.asList("eu", "us"));
        options.put("shape", "consolidated");
        // Once as defaults of the sink, once as those of a table.
        Map<String, Object> entry = new HashMap<>();
        entry.put("table", "shop.orders");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            entry.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        options.put("tables", Collections.singletonList(entry));
        Engine ofTable = parse(options).rules("shop.orders").engine();
        options.remove("tables");
        entry.remove("table");
        options.putAll(entry);
        assertThat(parse(options).rules("shop.orders").engine()).isEqualTo(ofTable);
        return ofTable;
    }

    private static boolean forgets(String... namesAndValues) {
        Map<String, Object> options = good();
        options.put("sources", Arrays.asList("eu", "us"));
        options.put("shape", "consolidated");
        options.putAll(entry(namesAndValues));
        return parse(options).rules("t").forgetsDeletions();
    }

    @Test
    void forgetsDeletionsOnlyWhereWhatComesLaterStandsAnyway() {
        assertThat(forgets()).isTrue();
        assertThat(forgets("resolver", "source_priority_fallback")).isTrue();
        assertThat(forgets("resolver", "source_priority", "precedence", "update_wins")).isTrue();
        assertThat(forgets("resolver", "source_priority")).isFalse();
        assertThat(forgets("resolver", "first_write_wins")).isFalse();
        assertThat(forgets("precedence", "delete_wins")).isFalse();
        assertThat(forgets("version_column", "updated_at")).isFalse();
        assertThat(forgets("delete", "soft")).isFalse();
        assertThat(forgets("shape", "disjoint")).isFalse();
        for (String resolver : Arrays.asList("max", "delta", "delta:1")) {
            Map<String, Object> options = good();
            options.put("sources", Arrays.asList("eu", "us"));
            options.put("shape", "consolidated");
            options.put("column_resolvers", entry("stock", resolver));
            assertThat(parse(options).rules("t").forgetsDeletions())
                    .isEqualTo(!resolver.equals("delta:1"));
        }
    }

    @Test
    void readsColumnResolvers() {
        Map<String, Object> options = good();
        options.put("sources", Arrays.asList("eu", "us"));
        options.put("shape", "consolidated");
        options.put(
                "column_resolvers",
                entry(
                        "a",
                        "owner:us, eu",
                        "b",
                        "Max",
                        "c",
                        "delta",
                        "d",
                        "delta:-1.5",
                        "e",
                        "expression:max(price) FILTER (WHERE _source = 'eu:1')"));
        Map<String, ColumnResolver> resolvers = parse(options).rules("t").columnResolvers();
        assertThat(resolvers.get("a").owners()).containsExactly("us", "eu");
        assertThat(resolvers.get("b").kind()).isEqualTo(ColumnResolver.Kind.MAX);
        assertThat(resolvers.get("c").hasBase()).isFalse();
        assertThat(resolvers.get("d").base()).isEqualByComparingTo("-1.5");
        assertThat(resolvers.get("e").expression())
                .isEqualTo("max(price) FILTER (WHERE _source = 'eu:1')");
        assertThat(resolvers.toString())
                .isEqualTo(
                        "{a=owner:us, eu, b=max, c=delta, d=delta:-1.5, e=expression:max(price) FILTER"
                                + " (WHERE _source = 'eu:1')}");
    }

    @Test
    void reportsEveryPolicyThatCannotBeKeptTo() {
        Map<String, Object> options = good();
        options.put("sources", Arrays.asList("eu", "us"));
        options.put("shape", "consolidated");
        Map<String, Object> entry = new HashMap<>();
        entry.put("table", "a");
        entry.put("resolver", "overwrite");
        entry.put("precedence", "delete_wins");
        entry.put("allow_order_dependent", "perhaps");
        Map<String, Object> other = new HashMap<>();
        other.put("table", "b");
        other.put("resolver", "newest");
        other.put("snapshot_version", "column:");
        other.put("on_conflict", "shrug");
        other.put(
                "column_resolvers",
                entry("p", "owner:ap", "q", "owner", "r", "best", "s", "delta:x", "t", "max:3"));
        options.put("tables", Arrays.asList(entry, other));
        assertThatThrownBy(() -> parse(options))
                .hasMessageContaining(
                        "- tables[0].resolver: OVERWRITE makes a consolidated table depend")
                .hasMessageContaining("- tables[0].resolver: OVERWRITE sees no conflicts")
                .hasMessageContaining("- tables[0].allow_order_dependent: it must be true or false")
                .hasMessageContaining("- tables[1].resolver: it must be one of [LAST_WRITE_WINS,")
                .hasMessageContaining(
                        "- tables[1].snapshot_version: it must be earliest, or column:")
                .hasMessageContaining("- tables[1].on_conflict: it must be one of [RESOLVE, LOG")
                .hasMessageContaining("- tables[1].column_resolvers.p: the owner 'ap' is not among")
                .hasMessageContaining("- tables[1].column_resolvers.q: owner needs the name")
                .hasMessageContaining("- tables[1].column_resolvers.r: it must be one of owner:")
                .hasMessageContaining("- tables[1].column_resolvers.s: the base of delta must be")
                .hasMessageContaining("- tables[1].column_resolvers.t: max takes nothing after");
    }
}
