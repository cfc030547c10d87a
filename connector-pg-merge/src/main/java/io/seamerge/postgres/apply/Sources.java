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
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.SourceName;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** The numbers under which seamerge.source knows the sources of tables. Not thread-safe. */
final class Sources {

    private final MergeConfig config;
    private final Database database;
    private final Map<TargetTable, Map<SourceName, Integer>> known = new HashMap<>();

    /** By table and source, what the database knew at first; null until that was asked. */
    private Map<String, Map<SourceName, Integer>> stored;

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
     * @throws PostgresMergeException if its instance is not among those that the job declares, or
     *     whose keys are would have to be kept from now on
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
                stored().getOrDefault(table.name(), Collections.<SourceName, Integer>emptyMap())
                        .get(source);
        boolean mayShare = table.incoming().checksDisjointKeys() && !table.owned();
        if (id != null && !(mayShare && sharesKeys(table, source))) {
            return id;
        }
        boolean[] shared = new boolean[1];
        int number =
                database.control(
                        what,
                        session -> {
                            shared[0] = false;
                            // Nothing relies on it but rows, which are committed behind it.
                            session.update(ControlSql.COMMIT_LATER, Values.none());
                            if (mayShare) {
                                // Of two that come at the same time one must see the other.
                                session.value(ControlSql.SCHEMA_LOCK, Values.none());
                            }
                            if (table.consolidated()) {
                                session.update(ControlSql.SOURCE_LOCK, Values.none());
                            }
                            session.update(ControlSql.SOURCE_WRITE, values);
                            if (mayShare) {
                                shared[0] = keepOwners(session, table, source, values);
                            }
                            return (Integer) session.value(ControlSql.SOURCE_READ, values);
                        });
        if (shared[0]) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFLICT,
                    "Source "
                            + source
                            + " writes to the disjoint table "
                            + table.target()
                            + ", as others do whose rows its key does not tell from these, which was not known when"
                            + " the job was started. Restore the job (the engine does so by itself while"
                            + " job.retry.times allows it): from then on it is kept whose each key is. If the"
                            + " keys are disjoint for sure, set disjoint_keys = trust");
        }
        return number;
    }

    /** Those that had a number when the first one was asked for. */
    private Map<String, Map<SourceName, Integer>> stored() {
        if (stored == null) {
            Map<String, Map<SourceName, Integer>> found = new HashMap<>();
            database.control(
                    "Looking for the sources of tables",
                    session -> {
                        found.clear();
                        session.query(
                                ControlSql.SOURCE_KNOWN,
                                Values.of("pipeline", config.pipeline()),
                                new ArrayList<Integer>(),
                                row ->
                                        found.computeIfAbsent(
                                                        row.getString(1), t -> new HashMap<>())
                                                .put(
                                                        new SourceName(
                                                                row.getString(2),
                                                                row.getString(3),
                                                                row.getString(4)),
                                                        row.getInt(5)));
                        return null;
                    });
            stored = found;
        }
        return stored;
    }

    /**
     * What is there is its source's before another comes; nothing is written any more until the job
     * is restored.
     *
     * @return whether that is needed
     */
    private boolean keepOwners(Session session, TargetTable table, SourceName source, Values values)
            throws SQLException {
        boolean needed =
                table.incoming().sourcesPerKey() == null
                        ? Owners.areNeeded(session, table.incoming())
                        : sharesKeys(table, source);
        if (!needed) {
            return false;
        }
        session.rollback();
        session.value(ControlSql.SCHEMA_LOCK, Values.none());
        session.update(
                ControlSql.PROGRESS_FENCE,
                Values.of("pipeline", config.pipeline())
                        .and("epoch", session.value(ControlSql.EPOCH_DRAW, Values.none())));
        Owners.make(session, table.incoming());
        session.update(ControlSql.SOURCE_WRITE, values);
        return true;
    }

    /** Whether another source has come in this run whose rows the key does not tell from these. */
    private boolean sharesKeys(TargetTable table, SourceName source) {
        for (SourceName other : known.get(table).keySet()) {
            IncomingTable incoming = table.incoming();
            if (!other.equals(source)
                    && (!incoming.keyTells(0) || other.instance().equals(source.instance()))
                    && (!incoming.keyTells(1) || other.database().equals(source.database()))
                    && (!incoming.keyTells(2) || other.table().equals(source.table()))) {
                return true;
            }
        }
        return false;
    }
}
