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
package io.seamerge.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.postgres.config.ConflictLog;
import io.seamerge.postgres.config.DeletePolicy;
import io.seamerge.postgres.config.Engine;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.TableRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.junit.jupiter.api.Test;

/**
 * Every statement that is generated stands in a file of src/test/resources/sql, to be read. Run
 * with {@code -Dseamerge.golden=write} to write the files anew.
 */
class ApplySqlTest {

    private static void isAsIn(String file, List<Statement> statements) throws IOException {
        StringBuilder actual = new StringBuilder();
        for (Statement statement : statements) {
            actual.append("-- ")
                    .append(statement.name())
                    .append('\n')
                    .append(statement.toString().trim())
                    .append(";\n\n");
        }
        Path golden = Paths.get("src", "test", "resources", "sql", file);
        if ("write".equals(System.getProperty("seamerge.golden"))) {
            Files.write(golden, actual.toString().getBytes(StandardCharsets.UTF_8));
        }
        assertThat(actual.toString())
                .isEqualTo(new String(Files.readAllBytes(golden), StandardCharsets.UTF_8));
    }

    @Test
    void direct() throws IOException {
        isAsIn(
                "direct.sql",
                ApplySql.direct(
                                "\"shop\".\"orders\"",
                                "pg_temp.\"stage_0\"",
                                Arrays.asList("id", "_source_instance", "total"),
                                Arrays.asList("_source_instance", "id"),
                                false,
                                false,
                                Collections.singleton("_source_instance"),
                                false,
                                true)
                        .all());
    }

    @Test
    void directWithNothingButAKeyThatIsAnIdentity() throws IOException {
        isAsIn(
                "direct-key-only.sql",
                ApplySql.direct(
                                "\"shop\".\"ids\"",
                                "pg_temp.\"stage_1\"",
                                Collections.singletonList("id"),
                                Collections.singletonList("id"),
                                true,
                                false,
                                Collections.<String>emptyList(),
                                false,
                                false)
                        .all());
    }

    @Test
    void row() throws IOException {
        isAsIn(
                "row.sql",
                ApplySql.row(
                                "\"shop\".\"customers\"",
                                "\"seamerge\".\"state:shop.customers\"",
                                "pg_temp.\"stage_2\"",
                                "pg_temp.\"won_2\"",
                                Arrays.asList("id", "na\"me"),
                                Collections.singletonList("id"),
                                false,
                                false,
                                false,
                                Collections.<String>emptyList(),
                                ConflictLog.ALL,
                                true)
                        .all());
    }

    @Test
    void owned() throws IOException {
        List<Statement> statements =
                new java.util.ArrayList<>(
                        TargetSql.createOwners(
                                "\"seamerge\".\"owners:shop.orders\"",
                                "\"shop\".\"orders\"",
                                Collections.singletonList("id")));
        statements.add(
                TargetSql.fillOwners(
                        "\"seamerge\".\"owners:shop.orders\"",
                        "\"shop\".\"orders\"",
                        Collections.singletonList("id")));
        ApplySql sql = owned(false);
        statements.addAll(sql.all());
        statements.addAll(ownedForget("").forget(true));
        statements.add(ownedForget("").mark());
        isAsIn("owned.sql", statements);
        ApplySql soft = owned(true);
        statements = new java.util.ArrayList<>();
        statements.add(soft.gate());
        statements.addAll(ownedForget("_deleted").forget(false));
        isAsIn("owned-soft.sql", statements);
        assertThat(soft.release()).as("a marked row stays its owner's").isNull();
    }

    private static ApplySql owned(boolean soft) {
        return ApplySql.owned(
                "\"shop\".\"orders\"",
                "\"seamerge\".\"owners:shop.orders\"",
                "pg_temp.\"stage_0\"",
                "pg_temp.\"won_0\"",
                Arrays.asList("id", "total"),
                Collections.singletonList("id"),
                false,
                soft,
                Collections.<String>emptyList(),
                ConflictLog.ALL,
                true);
    }

    private static ForgetSql ownedForget(String marker) {
        return ForgetSql.owned(
                "\"shop\".\"orders\"",
                "\"seamerge\".\"owners:shop.orders\"",
                "\"seamerge\".\"keys:shop.orders\"",
                "pg_temp.\"stage_0\"",
                Collections.singletonList("id"),
                Collections.<String>emptyList(),
                marker,
                false);
    }

    @Test
    void rowByPreferenceWithSoftDeletes() throws IOException {
        ApplySql sql =
                ApplySql.row(
                        "\"shop\".\"customers\"",
                        "\"seamerge\".\"state:shop.customers\"",
                        "pg_temp.\"stage_2\"",
                        "pg_temp.\"won_2\"",
                        Arrays.asList("id", "name", "_deleted"),
                        Collections.singletonList("id"),
                        false,
                        true,
                        true,
                        Collections.<String>emptyList(),
                        ConflictLog.COUNT,
                        true);
        isAsIn("row-by-source-soft.sql", Arrays.asList(sql.gateKnown(), sql.gate(), sql.upsert()));
        assertThat(sql.delete()).isNull();
    }

    @Test
    void rowThatKeepsOnlyLosers() throws IOException {
        ApplySql sql =
                ApplySql.row(
                        "\"shop\".\"customers\"",
                        "\"seamerge\".\"state:shop.customers\"",
                        "pg_temp.\"stage_2\"",
                        "pg_temp.\"won_2\"",
                        Arrays.asList("id", "name"),
                        Collections.singletonList("id"),
                        false,
                        false,
                        false,
                        Collections.<String>emptyList(),
                        ConflictLog.LOSERS,
                        true);
        isAsIn("row-losers.sql", Arrays.asList(sql.logApplied(), sql.logLost()));
    }

    @Test
    void forgettingWhatASourceHasNoLonger() throws IOException {
        ForgetSql direct =
                ForgetSql.direct(
                        "\"shop\".\"orders\"",
                        "\"seamerge\".\"keys:shop.orders\"",
                        "pg_temp.\"stage_0\"",
                        Arrays.asList("_source_instance", "id"),
                        Collections.singleton("_source_instance"),
                        Arrays.asList("_source_instance", null, "_source_table"),
                        "",
                        false);
        ForgetSql soft =
                ForgetSql.row(
                        "\"shop\".\"customers\"",
                        "\"seamerge\".\"state:shop.customers\"",
                        "\"seamerge\".\"keys:shop.customers\"",
                        "pg_temp.\"stage_2\"",
                        Collections.singletonList("id"),
                        Collections.<String>emptyList(),
                        "_deleted",
                        false);
        List<Statement> statements = new java.util.ArrayList<>(direct.createKeys());
        statements.add(direct.mark());
        statements.addAll(direct.forget(true));
        statements.addAll(direct.forget(false));
        statements.add(direct.forgetLetters());
        statements.add(direct.clear());
        statements.addAll(direct.keep(true));
        statements.add(direct.forgetKept());
        statements.add(direct.letterOfKept());
        statements.add(direct.showKept());
        assertThat(direct.forgetBeside(true)).isEmpty();
        statements.addAll(soft.keep(false));
        statements.add(soft.forgetKept());
        statements.addAll(soft.forgetBeside(false));
        statements.add(ownedForget("").keep(true).get(1));
        statements.addAll(ownedForget("").forgetBeside(true));
        statements.add(soft.mark());
        statements.addAll(soft.forget(true));
        statements.addAll(
                ForgetSql.direct(
                                "t",
                                "k",
                                "s",
                                Collections.singletonList("id"),
                                Collections.<String>emptyList(),
                                Arrays.asList(null, null, null),
                                "gone_at",
                                true)
                        .forget(false));
        isAsIn("forget.sql", statements);
    }

    @Test
    void perSource() throws Exception {
        for (String resolver :
                Arrays.asList(
                        "last_write_wins",
                        "source_priority",
                        "source_priority_fallback",
                        "first_write_wins")) {
            for (String precedence : Arrays.asList("version", "delete_wins", "update_wins")) {
                Map<String, Object> options = new LinkedHashMap<>();
                options.put("resolver", resolver);
                options.put("precedence", precedence);
                if (!rules(options).engine().equals(Engine.PER_SOURCE)) {
                    continue;
                }
                List<Statement> statements =
                        TargetSql.mergedView(
                                "\"seamerge\".\"merged:shop.customers\"",
                                "\"shop\".\"customers\"",
                                "shop.customers",
                                "\"seamerge\".\"sources:shop.customers\"",
                                Collections.singletonMap("id", "bigint"),
                                Collections.singletonList("id"),
                                false,
                                rules(options));
                isAsIn("merged-" + resolver + "-" + precedence + ".sql", statements);
            }
        }
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("resolver", "first_write_wins");
        isAsIn("sources.sql", perSource(rules(options)).all());
    }

    @Test
    void perSourceWithColumnResolvers() throws Exception {
        Map<String, String> resolvers = new LinkedHashMap<>();
        resolvers.put("owner", "owner:eu,us");
        resolvers.put("owners", "owner:us");
        resolvers.put("max", "max");
        resolvers.put("min", "min");
        resolvers.put("sum", "sum");
        resolvers.put("delta", "delta");
        resolvers.put("stock", "delta:100");
        resolvers.put("coalesce", "coalesce");
        resolvers.put("union", "union");
        resolvers.put("unions", "union");
        resolvers.put("unionj", "union");
        resolvers.put("expression", "expression:max(price) FILTER (WHERE _source <> 'eu')");
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("column_resolvers", resolvers);
        options.put("version_column", "updated_at");
        List<Statement> statements =
                new java.util.ArrayList<>(
                        TargetSql.createSources(
                                "\"seamerge\".\"sources:shop.customers\"",
                                "\"shop\".\"customers\"",
                                Arrays.asList("id", "stock"),
                                Collections.singletonList("id"),
                                rules(options)));
        statements.addAll(perSource(rules(options)).all());
        isAsIn("sources-columns.sql", statements);
    }

    @Test
    void perSourceForgetting() throws Exception {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("column_resolvers", Collections.singletonMap("total", "max"));
        options.put("precedence", "delete_wins");
        options.put("delete", "soft");
        options.put("soft_delete_column", "gone_at");
        ApplySql soft = perSource(rules(options));
        ForgetSql forget =
                ForgetSql.perSource(
                        soft,
                        "\"shop\".\"customers\"",
                        "\"seamerge\".\"state:shop.customers\"",
                        "\"seamerge\".\"sources:shop.customers\"",
                        "\"seamerge\".\"keys:shop.customers\"",
                        "pg_temp.\"stage_3\"",
                        "pg_temp.\"touched_3\"",
                        "pg_temp.\"kept_3\"",
                        "pg_temp.\"won_3\"",
                        Arrays.asList("id", "name", "total", "gone_at"),
                        Collections.singletonList("id"),
                        Collections.<String>emptyList(),
                        "gone_at",
                        true,
                        true);
        List<Statement> statements = new java.util.ArrayList<>();
        statements.add(forget.mark());
        statements.addAll(forget.forget(true));
        statements.add(forget.forgetLetters());
        statements.addAll(forget.forget(false));
        for (String sources : Arrays.asList(null, "\"seamerge\".\"sources:shop.customers\"")) {
            List<String> key = Collections.singletonList("id");
            String state = "\"seamerge\".\"state:shop.customers\"";
            statements.add(TargetSql.tombstonesExist(state, sources, key));
            statements.add(TargetSql.purgeTombstones(state, sources, key));
        }
        statements.add(forget.countEntries());
        statements.add(forget.touchSlice());
        statements.addAll(forget.merging());
        statements.add(forget.supersede());
        statements.add(forget.keepTouched());
        statements.add(forget.countTouched());
        statements.add(forget.touchAgain());
        statements.add(forget.firstTouched());
        statements.addAll(forget.letter());
        statements.add(forget.dropTouched());
        isAsIn("sources-forget.sql", statements);
        isAsIn(
                "verify-sources.sql",
                VerifySql.perSource(
                                forget,
                                "\"shop\".\"customers\"",
                                "\"seamerge\".\"state:shop.customers\"",
                                "\"seamerge\".\"sources:shop.customers\"",
                                "\"seamerge\".\"merged:shop.customers\"",
                                "pg_temp.\"stage_3\"",
                                "pg_temp.\"touched_3\"",
                                3,
                                Arrays.asList("id", "na\"me", "gone_at"),
                                Collections.singletonList("id"),
                                Collections.<String>emptyList(),
                                DeletePolicy.SOFT)
                        .all());
        assertThat(soft.delete()).isNull();
    }

    private static TableRules rules(Map<String, Object> policies) {
        Map<String, Object> options = new LinkedHashMap<>(policies);
        options.put("url", "jdbc:postgresql://localhost/shop");
        options.put("username", "u");
        options.put("password", "p");
        options.put("pipeline", "p");
        options.put("sources", Arrays.asList("eu", "us"));
        options.put("shape", "consolidated");
        return MergeConfig.parse(ReadonlyConfig.fromMap(options)).rules("shop.customers");
    }

    private static ApplySql perSource(TableRules rules) {
        Map<String, String> types = new LinkedHashMap<>();
        types.put("id", "bigint");
        types.put("na\"me", "text");
        for (String column : rules.columnResolvers().keySet()) {
            types.put(
                    column,
                    column.equals("unionj")
                            ? "jsonb"
                            : column.equals("unions") || column.equals("owners")
                                    ? "text[]"
                                    : "bigint");
        }
        if (!rules.softDeleteColumn().isEmpty()) {
            types.put(rules.softDeleteColumn(), "timestamp with time zone");
        }
        return ApplySql.perSource(
                "\"shop\".\"customers\"",
                "shop.customers",
                "\"seamerge\".\"state:shop.customers\"",
                "\"seamerge\".\"sources:shop.customers\"",
                "pg_temp.\"stage_3\"",
                "pg_temp.\"touched_3\"",
                "pg_temp.\"won_3\"",
                types,
                Collections.singletonList("id"),
                false,
                Collections.<String>emptyList(),
                rules.softDeleteColumn().equals("gone_at"),
                rules);
    }

    @Test
    void verify() throws IOException {
        isAsIn(
                "verify-direct.sql",
                VerifySql.of(
                                "\"shop\".\"orders\"",
                                null,
                                "pg_temp.\"stage_0\"",
                                0,
                                Arrays.asList("id", "_source_instance", "total"),
                                Arrays.asList("_source_instance", "id"),
                                true,
                                Collections.singleton("_source_instance"),
                                "",
                                false,
                                DeletePolicy.HARD)
                        .all());
        isAsIn(
                "verify-row.sql",
                VerifySql.of(
                                "\"shop\".\"customers\"",
                                "\"seamerge\".\"state:shop.customers\"",
                                "pg_temp.\"stage_2\"",
                                2,
                                Arrays.asList("id", "na\"me"),
                                Collections.singletonList("id"),
                                false,
                                Collections.<String>emptyList(),
                                "gone_at",
                                true,
                                DeletePolicy.SOFT)
                        .all());
    }

    @Test
    void tables() throws IOException {
        List<Statement> statements =
                new java.util.ArrayList<>(
                        Arrays.asList(
                                TargetSql.createNamespace("shop"),
                                TargetSql.createTable(
                                        "\"shop\".\"customers\"",
                                        Arrays.asList("\"id\" bigint NOT NULL", "\"name\" text"),
                                        Collections.singletonList("id")),
                                TargetSql.commentTable("\"shop\".\"customers\"", "it's \\ ours"),
                                TargetSql.commentColumn(
                                        "\"shop\".\"customers\"", "name", "the name"),
                                TargetSql.hasRows("\"shop\".\"customers\""),
                                TargetSql.createTable(
                                        "\"shop\".\"orders\"",
                                        Collections.singletonList("\"id\" bigint NOT NULL"),
                                        Collections.<String>emptyList()),
                                TargetSql.addKey(
                                        "\"shop\".\"orders\"", Collections.singletonList("id")),
                                TargetSql.removeSameKeys(
                                        "\"shop\".\"orders\"", Collections.singletonList("id"))));
        statements.addAll(
                TargetSql.createState(
                        "\"seamerge\".\"state:shop.customers\"",
                        "\"shop\".\"customers\"",
                        Collections.singletonList("id")));
        isAsIn("tables.sql", statements);
    }

    @Test
    void aColonInANameIsNoValue() {
        Statement gate =
                ApplySql.row(
                                "t",
                                "\"state:shop.t\"",
                                "s",
                                "w",
                                Arrays.asList("id"),
                                Arrays.asList("id"),
                                false,
                                false,
                                false,
                                Collections.<String>emptyList(),
                                ConflictLog.COUNT,
                                true)
                        .gate();
        assertThat(gate.jdbc()).contains("\"state:shop.t\"").doesNotContain(":ranks");
        assertThat(gate.values())
                .containsOnly("ranks")
                .hasSize((int) gate.jdbc().chars().filter(c -> c == '?').count());
    }
}
