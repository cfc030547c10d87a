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
package io.seamerge.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.util.OptionRule;
import org.apache.seatunnel.api.table.factory.Factory;
import org.junit.jupiter.api.Test;

/** Every option: described, drawable by SeaTunnel Web, and in the docs with its default. */
class PostgresMergeOptionsTest {

    private static final List<Class<?>> DRAWABLE =
            Arrays.asList(
                    Boolean.class,
                    Integer.class,
                    Long.class,
                    Float.class,
                    Double.class,
                    String.class,
                    List.class,
                    Map.class);

    /** Names that SeaTunnel Web uses itself. */
    private static final List<String> RESERVED =
            Arrays.asList(
                    "name",
                    "database",
                    "tableName",
                    "kind",
                    "kinds",
                    "sceneMode",
                    "pluginName",
                    "datasource");

    private static List<Option<?>> all() {
        List<Option<?>> all = new ArrayList<>(PostgresMergeOptions.required());
        all.addAll(PostgresMergeOptions.optional());
        return all;
    }

    @Test
    void rulesHoldEveryOption() throws IllegalAccessException {
        List<Option<?>> declared = new ArrayList<>();
        for (Field field : PostgresMergeOptions.class.getDeclaredFields()) {
            if (Modifier.isPublic(field.getModifiers()) && field.getType() == Option.class) {
                declared.add((Option<?>) field.get(null));
            }
        }
        assertThat(all()).containsExactlyInAnyOrderElementsOf(declared);
        OptionRule rule = new PostgresMergeFactory().optionRule();
        assertThat(rule.getOptionalOptions()).containsAll(PostgresMergeOptions.optional());
        assertThat(rule.getRequiredOptions()).hasSize(PostgresMergeOptions.required().size());
    }

    @Test
    void everyOptionCanBeDrawn() {
        for (Option<?> option : all()) {
            assertThat(option.getDescription()).as(option.key()).hasSizeGreaterThan(15);
            assertThat(option.key()).matches("[a-z_]+").isNotIn(RESERVED);
            Type type = option.typeReference().getType();
            Class<?> raw =
                    (Class<?>)
                            (type instanceof ParameterizedType
                                    ? ((ParameterizedType) type).getRawType()
                                    : type);
            assertThat(raw.isEnum() || DRAWABLE.contains(raw))
                    .as(option.key() + " of " + raw)
                    .isTrue();
        }
        for (Option<?> option : PostgresMergeOptions.required()) {
            assertThat(option.defaultValue()).as(option.key()).isNull();
        }
        for (Option<?> option : PostgresMergeOptions.optional()) {
            assertThat(option.defaultValue()).as(option.key()).isNotNull();
        }
    }

    @Test
    void docsSayTheSame() throws Exception {
        Map<String, String> documented = new LinkedHashMap<>();
        Path page = Paths.get("..", "docs", "Postgres-Merge.md");
        String text = new String(Files.readAllBytes(page), StandardCharsets.UTF_8);
        String options = text.substring(text.indexOf("## Options"));
        for (String line : options.substring(0, options.indexOf("### ")).split("\n")) {
            String[] cells = line.split("\\|");
            if (cells.length >= 5 && cells[1].trim().startsWith("`")) {
                String fallback = cells[4].trim().replace("`", "");
                documented.put(
                        cells[1].trim().replace("`", ""),
                        cells[2].trim() + " " + cells[3].trim() + " " + fallback);
            }
        }
        Map<String, String> coded = new LinkedHashMap<>();
        for (Option<?> option : all()) {
            Type type = option.typeReference().getType();
            Object fallback = option.defaultValue();
            String kind =
                    type instanceof ParameterizedType
                            ? ((Class<?>) ((ParameterizedType) type).getRawType()).getSimpleName()
                            : ((Class<?>) type).isEnum()
                                    ? "enum"
                                    : ((Class<?>) type).getSimpleName().replace("Integer", "int");
            coded.put(
                    option.key(),
                    kind.toLowerCase(Locale.ROOT)
                            + (fallback == null ? " yes " : " no ")
                            + (fallback == null
                                    ? ""
                                    : fallback.toString().toLowerCase(Locale.ROOT)));
        }
        assertThat(documented).isEqualTo(coded);
    }

    @Test
    void isFoundBySeaTunnel() {
        List<String> found = new ArrayList<>();
        for (Factory factory : java.util.ServiceLoader.load(Factory.class)) {
            found.add(factory.factoryIdentifier());
        }
        assertThat(found).contains("Postgres-Merge");
        assertThat(new PostgresMergeFactory().createSink(null)).isNotNull();
    }
}
