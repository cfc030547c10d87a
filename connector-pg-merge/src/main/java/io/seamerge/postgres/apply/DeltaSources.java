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
package io.seamerge.postgres.apply;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.target.TargetTable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sources of columns that are sums of what each source has added since it began: without a base,
 * that is only known of a source that was read by a snapshot. Not thread-safe.
 */
final class DeltaSources {

    private final MergeConfig config;
    private final Database database;

    /** By name of the table, the columns. */
    private final Map<String, List<String>> columns = new LinkedHashMap<>();

    /**
     * @param controlRows whether the source sends control rows
     * @throws PostgresMergeException if it does not, so that snapshots cannot be told
     */
    DeltaSources(
            MergeConfig config,
            Database database,
            Collection<TargetTable> tables,
            boolean controlRows) {
        this.config = config;
        this.database = database;
        List<String> problems = new ArrayList<>();
        for (TargetTable table : tables) {
            List<String> counted = table.rules().columnsCountedFromZero();
            if (!counted.isEmpty()) {
                columns.put(table.name(), counted);
                problems.add("Table " + table.target() + ", columns " + counted);
            }
        }
        if (!controlRows && !problems.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "column_resolvers = delta counts from 0, and needs control rows to know that every source was read"
                            + " by a snapshot. Set control-rows = true at the source, or give the value that they began"
                            + " with, as delta:100:\n  - "
                            + String.join("\n  - ", problems));
        }
    }

    /**
     * After a heartbeat of an instance.
     *
     * @throws PostgresMergeException if one of its tables sends changes that have no beginning
     */
    void check(String instance) {
        if (columns.isEmpty()) {
            return;
        }
        List<String> problems = new ArrayList<>();
        database.control(
                "Looking for sources that were not read",
                session -> {
                    problems.clear();
                    session.query(
                            ControlSql.SOURCE_UNREAD,
                            Values.of("pipeline", config.pipeline())
                                    .and("instance", instance)
                                    .and("targets", columns.keySet().toArray(new String[0])),
                            problems,
                            row ->
                                    "Table "
                                            + row.getString("target")
                                            + ", columns "
                                            + columns.get(row.getString("target"))
                                            + ": source "
                                            + row.getString("source")
                                            + " was never read by a snapshot");
                    return null;
                });
        if (!problems.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "column_resolvers = delta counts from 0. Begin again under a new pipeline with an empty table and a"
                            + " snapshot of every source (startup.mode = initial), or give the value that they began"
                            + " with, as delta:100:\n  - "
                            + String.join("\n  - ", problems));
        }
    }
}
