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

import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.Shape;
import io.seamerge.postgres.config.TableRules;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.target.IncomingTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.table.catalog.CatalogTable;

/**
 * How a job would write tables, and the statements that would create those that are not there. Asks
 * no server. Immutable.
 */
public final class SinkPlan {

    private final List<String> problems = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    private SinkPlan(MergeConfig config, List<CatalogTable> tables) {
        text.append("Into ").append(config.shownUrl());
        text.append(" as pipeline ").append(config.pipeline()).append('\n');
        for (CatalogTable catalogTable : tables) {
            IncomingTable table = new IncomingTable(catalogTable, config);
            problems.addAll(table.problems());
            text.append("\n-- ").append(table.tableId()).append(": ").append(shown(table.rules()));
            text.append('\n');
            for (Statement statement : table.creation(true, problems)) {
                text.append(statement.toString().trim()).append(";\n");
            }
        }
        if (!problems.isEmpty()) {
            text.append("\nErrors\n");
            for (String problem : problems) {
                text.append("  ").append(problem).append('\n');
            }
        }
    }

    private static String shown(TableRules rules) {
        String shown = "deletes are " + word(rules.delete());
        if (rules.shape() == Shape.DISJOINT) {
            return "every key has one source, " + shown;
        }
        return "several sources write a key, "
                + word(rules.resolver())
                + (rules.columnResolvers().isEmpty()
                        ? ""
                        : ", columns by " + rules.columnResolvers())
                + ", sources in order of preference "
                + rules.sources()
                + ", "
                + shown;
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /**
     * @throws PostgresMergeException if the options are wrong by themselves
     */
    public static SinkPlan of(ReadonlyConfig options, List<CatalogTable> tables) {
        return new SinkPlan(MergeConfig.parse(options), tables);
    }

    /** Whether a job could not start. */
    public boolean hasErrors() {
        return !problems.isEmpty();
    }

    /** For a person to read, in lines. */
    @Override
    public String toString() {
        return text.toString();
    }
}
