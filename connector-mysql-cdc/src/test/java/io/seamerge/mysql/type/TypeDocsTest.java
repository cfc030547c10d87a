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
package io.seamerge.mysql.type;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.junit.jupiter.api.Test;

/** The type table of the docs is that of the code, in both directions. */
class TypeDocsTest {

    private static final Path PAGE = Paths.get("..", "docs", "MySQL-Merge-CDC.md");

    @Test
    void theTableSaysWhatTheCodeDoes() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (String[] row : rows()) {
            for (String name : row[1].split(", (?![^(]*\\))")) {
                for (String type : spelled(name)) {
                    documented.add(type.replaceAll("\\(.*| unsigned", ""));
                    ColumnType parsed =
                            ColumnType.parse(
                                    type,
                                    type.matches("(?:var)?char.*|.*text|enum.*|set.*")
                                            ? "utf8mb4"
                                            : null);
                    assertThat(shown(parsed.seaTunnelType()))
                            .as(type)
                            .isEqualTo(row[2].replace("(p, s)", "(12, 3)"));
                }
            }
        }
        Throwable refusal = catchThrowable(() -> ColumnType.parse("other", null));
        Matcher supported =
                Pattern.compile("Supported are (.*) with its kinds").matcher(refusal.getMessage());
        assertThat(supported.find()).isTrue();
        Set<String> inCode =
                new TreeSet<>(
                        Arrays.asList(
                                supported.group(1).toLowerCase(Locale.ROOT).split(", | and ")));
        assertThat(documented).containsAll(inCode);
    }

    private static List<String[]> rows() throws Exception {
        List<String[]> rows = new ArrayList<>();
        boolean inTable = false;
        for (String line : Files.readAllLines(PAGE, StandardCharsets.UTF_8)) {
            String[] cells = line.split("\\s*\\|\\s*");
            if (line.startsWith("| MySQL | SeaTunnel |")) {
                inTable = true;
            } else if (!line.startsWith("|")) {
                inTable = false;
            } else if (inTable && !line.startsWith("|---")) {
                rows.add(cells);
            }
        }
        assertThat(rows).hasSizeGreaterThan(20);
        return rows;
    }

    /** What a cell stands for, as information_schema writes it. */
    private static List<String> spelled(String name) {
        String type =
                name.replace(" (MariaDB)", "")
                        .replace("also ", "")
                        .toLowerCase(Locale.ROOT)
                        .replace("(p, s)", "(12,3)")
                        .replace("(n)", "(9)");
        switch (type) {
            case "enum":
            case "set":
                return Arrays.asList(type + "('a','b')");
            case "tinytext … longtext":
                return Arrays.asList("tinytext", "text", "mediumtext", "longtext");
            case "tinyblob … longblob":
                return Arrays.asList("tinyblob", "blob", "mediumblob", "longblob");
            case "geometry and its kinds":
                return Arrays.asList(
                        "geometry",
                        "point",
                        "linestring",
                        "polygon",
                        "multipoint",
                        "multilinestring",
                        "multipolygon",
                        "geometrycollection",
                        "geomcollection");
            default:
                return Arrays.asList(type);
        }
    }

    private static String shown(SeaTunnelDataType<?> type) {
        if (type instanceof DecimalType) {
            DecimalType decimal = (DecimalType) type;
            return "DECIMAL(" + decimal.getPrecision() + ", " + decimal.getScale() + ")";
        }
        return type.getSqlType().name();
    }
}
