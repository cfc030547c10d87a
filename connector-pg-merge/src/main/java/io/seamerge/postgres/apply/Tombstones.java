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

import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets deletions of consolidated tables once no source can send an older change of their keys
 * (protocol A5): a bounded number per call, one table after the other. What comes later all the
 * same is told by {@code seamerge.purged}. Not thread-safe.
 */
final class Tombstones {

    private static final Logger LOG = LoggerFactory.getLogger(Tombstones.class);

    /** Tables that are looked at in one call. */
    private static final int MAX_TABLES = 8;

    /**
     * Deletions that are looked at in one call, and forgotten in one transaction, which keeps all
     * flushes waiting.
     */
    private static final int MAX_ROWS = 10_000;

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MergeConfig config;
    private final Database database;
    private final Deque<TargetTable> turns = new ArrayDeque<>();

    /** By table, the time up to which its deletions were looked at, where there are more. */
    private final Map<TargetTable, Long> lookedTo = new HashMap<>();

    private long lookedNanos = System.nanoTime() - PAUSE_NANOS;

    Tombstones(MergeConfig config, Database database, Collection<TargetTable> tables) {
        this.config = config;
        this.database = database;
        for (TargetTable table : tables) {
            if (table.forgetsDeletions()) {
                turns.add(table);
            }
        }
    }

    /** Looks at the next tables, unless that was done a moment ago. */
    void purge() {
        long now = System.nanoTime();
        if (turns.isEmpty() || now - lookedNanos < PAUSE_NANOS) {
            return;
        }
        lookedNanos = now;
        for (int i = 0; i < Math.min(MAX_TABLES, turns.size()); i++) {
            TargetTable table = turns.remove();
            turns.add(table);
            purge(table);
        }
    }

    private void purge(TargetTable table) {
        String what = "Forgetting deletions of " + table.target();
        long from = lookedTo.getOrDefault(table, Version.OLDEST - 1);
        Long[] to = new Long[1];
        Boolean there =
                database.control(
                        what,
                        session -> {
                            Values values = cut(session, table).and("from_time", from);
                            if (values.get("cut_time") == null) {
                                return false;
                            }
                            List<Boolean> found = new ArrayList<>();
                            session.query(
                                    table.tombstonesExist(),
                                    values.and("most", MAX_ROWS),
                                    found,
                                    row -> {
                                        to[0] = (Long) row.getObject("to_time");
                                        return row.getBoolean("there");
                                    });
                            return found.get(0);
                        });
        if (!there) {
            if (to[0] == null) {
                lookedTo.remove(table);
            } else {
                lookedTo.put(table, to[0]);
            }
            return;
        }
        int purged =
                database.control(
                        what,
                        session -> {
                            // No flush may have looked for a deletion that goes before it is done.
                            session.update(ControlSql.SOURCE_LOCK, Values.none());
                            Values values =
                                    cut(session, table)
                                            .and("most", MAX_ROWS)
                                            .and("from_time", from)
                                            .and("to_time", to[0]);
                            if (values.get("cut_time") == null) {
                                return 0;
                            }
                            session.update(ControlSql.TOMBSTONE_NOTE, values);
                            return session.update(table.purgeTombstones(), values);
                        });
        LOG.debug("{}: {} of them", what, purged);
    }

    /** The values of all statements; {@code cut_time} is null while nothing may be forgotten. */
    private Values cut(Session session, TargetTable table) throws SQLException {
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("target", table.name())
                        .and("target_table", table.tableId())
                        .and("preference", config.sources().toArray(new String[0]))
                        .and("skew_micros", 1_000L * config.maxClockSkewMs())
                        .and("age_micros", 1_000L * config.tombstoneMaxAgeMs());
        return values.and("cut_time", session.value(ControlSql.TOMBSTONE_CUT, values));
    }
}
