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

import io.seamerge.mysql.catalog.CapturedTable;
import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.catalog.MergedTable;
import io.seamerge.mysql.catalog.SchemaDiscovery;
import io.seamerge.mysql.catalog.SourceColumn;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.prerequisites.Finding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.Column;

/**
 * What a job would read, and what keeps it from starting: asked of the servers without changing
 * anything there. Immutable.
 */
public final class SourcePlan {

    private final SourceConfig config;
    private final Catalog catalog;
    private final List<Finding> warnings;
    private final String problems;

    private SourcePlan(
            SourceConfig config, Catalog catalog, List<Finding> warnings, String problems) {
        this.config = config;
        this.catalog = catalog;
        this.warnings = warnings;
        this.problems = problems;
    }

    /**
     * Reads the options, and asks every instance.
     *
     * @throws IllegalArgumentException if the options are wrong by themselves, naming all that is
     */
    public static SourcePlan of(ReadonlyConfig options) {
        SourceConfig config = SourceConfig.parse(options);
        Problems found = new Problems();
        SchemaDiscovery discovery = new SchemaDiscovery(config);
        Catalog catalog = discovery.discover(found);
        String problems = null;
        try {
            found.throwIfAny("MySQL-Merge-CDC cannot start");
        } catch (IllegalArgumentException e) {
            problems = e.getMessage();
        }
        return new SourcePlan(config, catalog, new ArrayList<>(discovery.warnings()), problems);
    }

    /** Whether a job could not start. */
    public boolean hasErrors() {
        return problems != null;
    }

    /** The merged tables, without control rows; empty if there are errors. */
    public List<CatalogTable> tables() {
        List<CatalogTable> tables = new ArrayList<>();
        if (catalog != null) {
            for (MergedTable table : catalog.mergedTables()) {
                tables.add(table.catalogTable(config.metadataColumns()));
            }
        }
        return Collections.unmodifiableList(tables);
    }

    /** For a person to read, in lines. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Instances\n");
        for (InstanceConfig instance : config.instances()) {
            text.append("  ").append(instance).append('\n');
        }
        if (problems != null) {
            text.append("\nErrors\n  ").append(problems.replace("\n", "\n  ")).append('\n');
        }
        if (!warnings.isEmpty()) {
            text.append("\nWarnings\n");
            for (Finding warning : warnings) {
                text.append("  ").append(warning).append('\n');
            }
        }
        if (catalog != null) {
            for (MergedTable table : catalog.mergedTables()) {
                append(table, text);
            }
        }
        return text.toString();
    }

    private void append(MergedTable table, StringBuilder text) {
        StringBuilder sources = new StringBuilder();
        long rows = 0;
        long chunks = 0;
        for (InstanceConfig instance : config.instances()) {
            for (CapturedTable captured : catalog.captured(instance.name()).values()) {
                if (!captured.target().tableId().equals(table.tableId())) {
                    continue;
                }
                long estimated = captured.source().estimatedRows();
                rows += estimated;
                chunks += 1 + estimated / config.chunkRows();
                sources.append("  from ").append(captured.source());
                sources.append(" (about ").append(estimated).append(" rows)");
                for (SourceColumn column : captured.source().columns()) {
                    sources.append("\n    ").append(column);
                }
                sources.append('\n');
            }
        }
        text.append("\nTable ").append(table.tableId()).append(", key ").append(table.key());
        text.append(": about ").append(rows).append(" rows in ").append(chunks);
        text.append(chunks == 1 ? " chunk\n" : " chunks\n").append(sources).append("  becomes");
        for (Column column :
                table.catalogTable(config.metadataColumns()).getTableSchema().getColumns()) {
            text.append("\n    ").append(column.getName()).append(' ');
            text.append(column.getDataType()).append(column.isNullable() ? "" : " NOT NULL");
        }
        text.append('\n');
    }
}
