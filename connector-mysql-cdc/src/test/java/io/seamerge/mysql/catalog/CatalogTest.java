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
package io.seamerge.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.type.ColumnType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SqlType;
import org.junit.jupiter.api.Test;

class CatalogTest {

    @Test
    void shardsMergeAndTheSourceCanBePartOfTheKey() {
        Problems problems = new Problems();
        Catalog catalog =
                Catalog.of(
                        config(
                                route(
                                        "shop_\\d+\\.orders",
                                        "shop.orders",
                                        "_source_instance",
                                        "id"),
                                route("shop\\.customers", null)),
                        Arrays.asList(
                                table("eu", "shop_1.orders", "id int", "note varchar(20)"),
                                table("eu", "shop_2.orders", "id bigint(20)", "note varchar(20)"),
                                table("us", "shop_1.orders", "id int", "extra json"),
                                table("us", "shop.customers", "id int"),
                                table("us", "shop.other", "id int")),
                        problems);
        problems.throwIfAny("catalog");
        assertThat(catalog.mergedTables()).hasSize(2);
        MergedTable orders = catalog.mergedTables().iterator().next();
        assertThat(orders.tableId()).isEqualTo("shop.orders");
        CatalogTable shown = orders.catalogTable(config().metadataColumns());
        assertThat(shown.getTableSchema().getFieldNames())
                .containsExactly("id", "note", "extra", "_source_instance");
        assertThat(shown.getTableSchema().getPrimaryKey().getColumnNames())
                .containsExactly("_source_instance", "id");
        assertThat(shown.getSeaTunnelRowType().getFieldType(0).getSqlType())
                .isEqualTo(SqlType.BIGINT);
        assertThat(shown.getTableSchema().getColumns().get(0).isNullable()).isFalse();
        assertThat(shown.getTableSchema().getColumns().get(1).isNullable()).isTrue();
        assertThat(shown.getTableSchema().getColumns().get(2).isNullable()).isTrue();
        assertThat(shown.getTablePath()).hasToString("shop.orders");
        assertThat(shown.getOptions())
                .as("eu has two shards of it, which the key does not tell apart")
                .containsEntry("seamerge.sources-per-key", "2");
        CapturedTable shard = catalog.captured("eu").get("shop_1.orders");
        Object[] row = {7, "x", null, "eu"};
        shard.widen(row);
        assertThat(row[0]).isEqualTo(7L);
        assertThat(catalog.captured("us")).containsOnlyKeys("shop_1.orders", "shop.customers");
        assertThat(catalog.captured("ap")).isEmpty();
    }

    @Test
    void whatCannotBeJoinedIsNamedOnBothSides() {
        assertThat(
                        problemsOf(
                                config(route("shop\\..*", "shop.t")),
                                table("eu", "shop.a", "id int", "v varchar(10)"),
                                table("us", "shop.b", "id int", "v datetime")))
                .contains("column v is varchar(10) in eu:shop.a.v, but datetime in us:shop.b.v");
        assertThat(
                        problemsOf(
                                config(route("shop\\..*", "shop.t")),
                                table("eu", "shop.a", "id int", "v int"),
                                new SourceTable(
                                        "us",
                                        "shop",
                                        "b",
                                        columns("id int", "v int"),
                                        Collections.singletonList("v"),
                                        "PRIMARY",
                                        0,
                                        "")))
                .contains("eu:shop.a has the key [id], but us:shop.b has [v]");
    }

    @Test
    void rulesThatContradictEachOtherAreRefused() {
        assertThat(
                        problemsOf(
                                config(route("shop\\..*", "shop.t"), route("shop\\.a", "shop.u")),
                                table("eu", "shop.a", "id int")))
                .contains("eu:shop.a is matched by two rules");
        assertThat(
                        problemsOf(
                                config(
                                        route("shop\\.a", "shop.t", "id"),
                                        route("shop\\.b", "shop.t", "_source_instance", "id")),
                                table("eu", "shop.a", "id int"),
                                table("eu", "shop.b", "id int")))
                .contains("two rules give shop.t different keys");
        assertThat(problemsOf(config(route("nothing", null)), table("eu", "shop.a", "id int")))
                .contains("no table of any instance matches");
        assertThat(
                        problemsOf(
                                config(route("shop\\.a", "shop.t", "nr")),
                                table("eu", "shop.a", "id int")))
                .contains("key column nr is neither");
        assertThat(
                        problemsOf(
                                config(route("shop\\.a", null)),
                                table("eu", "shop.a", "id int", "_source_instance int")))
                .contains("has the name of a metadata column");
    }

    @Test
    void columnsAreChosenRenamedAndFiltered() {
        Map<String, Object> eu = route("ignored", "shop.t");
        eu.put("databases", "shop_\\d+");
        eu.put("tables", "t");
        eu.put("instances", "eu");
        eu.put("columns", Arrays.asList("ID", "n.*"));
        eu.put("exclude-columns", Collections.singletonList("NOTES"));
        eu.put("filter", "state > 0 AND Note IS NOT NULL");
        Map<String, Object> us = route("crm\\.t", "shop.t");
        us.put("rename", Collections.singletonMap("REMARK", "note"));
        us.put("exclude-columns", Collections.singletonList("st.*"));
        Problems problems = new Problems();
        Catalog catalog =
                Catalog.of(
                        config(eu, us),
                        Arrays.asList(
                                table(
                                        "eu",
                                        "shop_1.t",
                                        "notes text",
                                        "state int",
                                        "id int",
                                        "note varchar(5)",
                                        "nr int"),
                                table("us", "crm.t", "ID bigint", "remark varchar(9)", "state int"),
                                table("us", "shop_1.t", "id int")),
                        problems);
        problems.throwIfAny("catalog");
        CatalogTable merged =
                catalog.mergedTables().iterator().next().catalogTable(config().metadataColumns());
        assertThat(merged.getTableSchema().getFieldNames())
                .containsExactly("id", "note", "nr", "_source_instance");
        assertThat(merged.getTableSchema().getPrimaryKey().getColumnNames()).containsExactly("id");
        assertThat(merged.getTableSchema().getColumns().get(1).getSourceType())
                .isEqualTo("varchar(9)");
        assertThat(merged.getTableSchema().getColumns().get(1).getColumnLength()).isEqualTo(36);
        assertThat(merged.getTableSchema().getColumns().get(2).isNullable()).isTrue();
        CapturedTable captured = catalog.captured("eu").get("shop_1.t");
        // The state stands behind the metadata column, and goes out with it.
        assertThat(captured.targets()).containsExactly(-1, 4, 0, 1, 2);
        assertThat(captured.width()).isEqualTo(4);
        assertThat(captured.readWidth()).isEqualTo(5);
        Object[] row = {7, "x", 1, "eu", 1};
        captured.widen(row);
        assertThat(captured.passes(row)).isTrue();
        assertThat(captured.outgoing(row)).containsExactly(7L, "x", 1, "eu");
        assertThat(captured.passes(new Object[] {7L, "x", 1, "eu", 0})).isFalse();
        assertThat(captured.passes(new Object[] {7L, null, 1, "eu", 1})).isFalse();
        assertThat(catalog.captured("us")).containsOnlyKeys("crm.t");
    }

    @Test
    void allThatIsWrongWithRoutesIsSaidAtOnce() {
        Map<String, Object> keyless = route("shop\\.a", "seamerge.control");
        keyless.put("exclude-columns", Collections.singletonList("ID"));
        Map<String, Object> wrong = route("shop\\.b", "shop.b");
        wrong.put("columns", Arrays.asList("id", "x", "note", "vanished"));
        wrong.put("filter", "note = 1");
        Map<String, String> renames = new HashMap<>();
        renames.put("x", "Note");
        renames.put("gone", "y");
        wrong.put("rename", renames);
        assertThat(
                        problemsOf(
                                config(keyless, wrong, route("nowhere\\..*", null)),
                                table("eu", "shop.a", "id int", "v int"),
                                table("eu", "shop.b", "id int", "x int", "note varchar(5)")))
                .contains("column id is left out by the route")
                .contains("seamerge.control cannot be a target")
                .contains("is called vanished; found [id, note, x]")
                .contains("no column that the rule carries is called gone")
                .contains("two columns become")
                .contains("the filter does not fit: at character 8 of \"note = 1\"")
                .contains(
                        "no table of any instance matches { instances = \".*\", tables = \"nowhere");
    }

    @Test
    void aCatalogTravelsToTheReaders() throws Exception {
        Map<String, Object> route = route("shop\\.t", null);
        route.put("filter", "id > 1");
        Catalog catalog =
                Catalog.of(
                        config(route),
                        Collections.singletonList(table("eu", "shop.t", "id int")),
                        new Problems());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(catalog);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            CapturedTable table = ((Catalog) in.readObject()).captured("eu").get("shop.t");
            assertThat(table.passes(new Object[] {1, "eu"})).isFalse();
            assertThat(table.passes(new Object[] {2, "eu"})).isTrue();
        }
    }

    private static String problemsOf(SourceConfig config, SourceTable... tables) {
        Problems problems = new Problems();
        Catalog.of(config, Arrays.asList(tables), problems);
        try {
            problems.throwIfAny("catalog");
            return "";
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    @SafeVarargs
    private static SourceConfig config(Map<String, Object>... routes) {
        Map<String, Object> instance = new HashMap<>();
        instance.put("name", "eu");
        instance.put("hosts", Collections.singletonList("eu"));
        Map<String, Object> options = new HashMap<>();
        options.put("instances", Collections.singletonList(instance));
        options.put("username", "u");
        options.put("password", "p");
        options.put("metadata-columns", Collections.singletonList("source_instance"));
        options.put("routes", Arrays.asList(routes));
        if (routes.length == 0) {
            options.put("tables", Collections.singletonList(".*"));
        }
        return SourceConfig.parse(ReadonlyConfig.fromMap(options));
    }

    private static Map<String, Object> route(String tables, String target, String... key) {
        Map<String, Object> route = new LinkedHashMap<>();
        route.put("tables", tables);
        if (target != null) {
            route.put("target", target);
        }
        if (key.length > 0) {
            route.put("key", Arrays.asList(key));
        }
        return route;
    }

    private static SourceTable table(String instance, String name, String... columns) {
        int dot = name.indexOf('.');
        return new SourceTable(
                instance,
                name.substring(0, dot),
                name.substring(dot + 1),
                columns(columns),
                Collections.singletonList("id"),
                "PRIMARY",
                0,
                "");
    }

    private static List<SourceColumn> columns(String... columns) {
        List<SourceColumn> list = new ArrayList<>();
        for (String column : columns) {
            int space = column.indexOf(' ');
            String type = column.substring(space + 1);
            list.add(
                    new SourceColumn(
                            column.substring(0, space),
                            ColumnType.parse(
                                    type, type.matches("varchar.*|text") ? "utf8mb4" : null),
                            !column.toLowerCase(java.util.Locale.ROOT).startsWith("id"),
                            ""));
        }
        return list;
    }
}
