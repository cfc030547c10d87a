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
import io.seamerge.postgres.wire.SourceName;
import java.util.HashMap;
import java.util.Map;

/**
 * The numbers under which seamerge.source knows the sources of consolidated tables. Not
 * thread-safe.
 */
final class Sources {

    private final MergeConfig config;
    private final Database database;
    private final Map<TargetTable, Map<SourceName, Integer>> known = new HashMap<>();

    /** What was asked for last: most rows follow one of the same source. */
    private TargetTable lastTable;

    private SourceName lastSource;
    private int lastNumber;

    Sources(MergeConfig config, Database database) {
        this.config = config;
        this.database = database;
    }

    /**
     * The number of a source, which is given one if it has none.
     *
     * @throws PostgresMergeException if its instance is not among those that the job declares
     */
    int of(TargetTable table, SourceName source) {
        if (table != lastTable || !source.equals(lastSource)) {
            lastNumber =
                    known.computeIfAbsent(table, t -> new HashMap<>())
                            .computeIfAbsent(source, s -> register(table, s));
            lastTable = table;
            lastSource = source;
        }
        return lastNumber;
    }

    private int register(TargetTable table, SourceName source) {
        if (table.consolidated() && !config.sources().contains(source.instance())) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "Instance '"
                            + source.instance()
                            + "' writes to the consolidated table "
                            + table.target()
                            + " but is not among sources = "
                            + config.sources()
                            + ", which decides between changes of the same time. Add it there");
        }
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("instance", source.instance())
                        .and("database", source.database())
                        .and("table", source.table())
                        .and("target", table.name());
        String what = "Registering source " + source + " of " + table.target();
        Integer id =
                database.control(
                        what, session -> (Integer) session.value(ControlSql.SOURCE_READ, values));
        if (id != null) {
            return id;
        }
        return database.control(
                what,
                session -> {
                    if (table.consolidated()) {
                        session.update(ControlSql.SOURCE_LOCK, Values.none());
                    }
                    session.update(ControlSql.SOURCE_WRITE, values);
                    return (Integer) session.value(ControlSql.SOURCE_READ, values);
                });
    }
}
