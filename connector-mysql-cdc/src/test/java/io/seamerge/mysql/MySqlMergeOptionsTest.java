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
package io.seamerge.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.seatunnel.api.configuration.Option;
import org.junit.jupiter.api.Test;

class MySqlMergeOptionsTest {

    /** What SeaTunnel Web 1.0.2 draws; any other type breaks its page for all connectors. */
    private static final Set<Object> DRAWABLE =
            new HashSet<>(
                    Arrays.asList(
                            Boolean.class,
                            Integer.class,
                            Long.class,
                            Float.class,
                            Double.class,
                            String.class,
                            List.class,
                            Map.class));

    @Test
    void everyOptionIsInTheRuleDrawableAndDescribed() throws Exception {
        Set<String> inRule = new HashSet<>();
        new MySqlMergeFactory()
                .optionRule()
                .getOptionalOptions()
                .forEach(option -> inRule.add(option.key()));
        new MySqlMergeFactory()
                .optionRule()
                .getRequiredOptions()
                .forEach(required -> required.getOptions().forEach(o -> inRule.add(o.key())));
        for (Option<?> option : options()) {
            Type type = option.typeReference().getType();
            Type raw =
                    type instanceof ParameterizedType
                            ? ((ParameterizedType) type).getRawType()
                            : type;
            assertThat(DRAWABLE.contains(raw) || ((Class<?>) raw).isEnum())
                    .as("%s is of %s", option.key(), type)
                    .isTrue();
            assertThat(option.getDescription()).as(option.key()).hasSizeGreaterThan(20);
            assertThat(inRule).contains(option.key());
        }
        assertThat(inRule).hasSize(options().size());
    }

    @Test
    void docsSayWhatTheCodeSays() throws Exception {
        Path page = Paths.get("..", "docs", "MySQL-Merge-CDC.md");
        Map<String, String[]> rows = new LinkedHashMap<>();
        for (String line : Files.readAllLines(page, StandardCharsets.UTF_8)) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (cells.length == 6 && cells[1].matches("`[a-z.-]+`")) {
                rows.put(cells[1].replace("`", ""), cells);
            }
        }
        Set<String> documented = new HashSet<>(rows.keySet());
        for (Option<?> option : options()) {
            String[] row = rows.get(option.key());
            assertThat(row).as("row of %s in %s", option.key(), page).isNotNull();
            Object value = option.defaultValue();
            assertThat(row[4]).as(option.key()).isEqualTo(value == null ? "-" : value.toString());
            assertThat(row[5]).as(option.key()).isEqualTo(option.getDescription());
            documented.remove(option.key());
        }
        assertThat(documented).as("documented, but not in the code").isEmpty();
    }

    private static List<Option<?>> options() throws IllegalAccessException {
        List<Option<?>> options = new ArrayList<>();
        for (java.lang.reflect.Field field : MySqlMergeOptions.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                options.add((Option<?>) field.get(null));
            }
        }
        return options;
    }
}
