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
package io.seamerge.e2e.bench;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Looks, as fast as one session can, at what a backfill locks on its server. The looks take time
 * themselves, so nothing else is measured here.
 */
final class LocksCase {

    private static final String TABLE = "bench.locked";

    /**
     * Statements of others that read the table now; locks of InnoDB, on rows or tables, whoever
     * holds them; metadata locks that make writers wait. The performance schema is read as it is,
     * where information_schema.innodb_trx shows what it was up to 100 ms ago.
     */
    private static final String LOOK =
            """
            SELECT (SELECT count(*) FROM performance_schema.threads
                     WHERE processlist_command = 'Query' AND processlist_info LIKE 'SELECT%`locked`%'
                       AND processlist_id <> CONNECTION_ID()),
                   (SELECT count(*) FROM performance_schema.data_locks),
                   (SELECT count(*) FROM performance_schema.metadata_locks
                     WHERE (object_schema = 'bench' OR object_type IN ('GLOBAL', 'COMMIT', 'BACKUP LOCK'))
                       AND lock_type NOT IN ('INTENTION_EXCLUSIVE', 'SHARED_READ', 'SHARED_HIGH_PRIO'))""";

    private final Bench bench;
    private final long rows;

    LocksCase(Bench bench) {
        this.bench = bench;
        this.rows = bench.options().rows(500_000);
    }

    /** What was seen: looks, those that met a reading statement, and those that found a lock. */
    private static final class Seen {
        private long looks;
        private long whileReading;
        private long rowOrTableLocks;
        private long metadataLocks;
    }

    void run() throws Exception {
        MySqlServer server = bench.mySqlThatTells();
        String database = bench.database(null);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        AtomicBoolean over = new AtomicBoolean();
        try (Connection mySql = server.connect();
                Connection target = bench.target(database)) {
            Orders.create(mySql, TABLE);
            Orders.load(mySql, TABLE, 1, rows);
            // It must see a lock where there is one.
            mySql.setAutoCommit(false);
            try (PreparedStatement locking =
                    mySql.prepareStatement("SELECT * FROM " + TABLE + " WHERE id = 1 FOR SHARE")) {
                locking.executeQuery().close();
                Seen seen = new Seen();
                try (Connection looker = server.connect();
                        PreparedStatement look = looker.prepareStatement(LOOK)) {
                    look(look, seen);
                }
                if (seen.rowOrTableLocks == 0) {
                    throw new IllegalStateException("A row is locked, and no lock is seen");
                }
            }
            mySql.rollback();
            mySql.setAutoCommit(true);
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.seaMerge(
                                    "BATCH",
                                    List.of(server),
                                    List.of("bench\\.locked"),
                                    "startup.mode = \"initial\"",
                                    bench.postgres(),
                                    database,
                                    "shape = \"disjoint\""));
            List<Seen> seen =
                    Bench.together(
                            List.of(
                                    () -> look(server, over),
                                    () -> {
                                        try {
                                            job.await(Duration.ofMinutes(10));
                                        } finally {
                                            over.set(true);
                                        }
                                        return new Seen();
                                    }));
            BackfillCase.require(
                    Orders.inPostgres(target, TABLE, "TRUE"),
                    Orders.inMySql(mySql, TABLE, "TRUE"),
                    "locks");
            record(seen.get(0));
        }
        bench.drop(database);
    }

    private void record(Seen seen) {
        bench.results()
                .add(
                        new Results.Run(
                                "locks",
                                Goals.SEAMERGE,
                                1,
                                Map.of(
                                        "looks",
                                        (double) seen.looks,
                                        "looks_while_reading",
                                        (double) seen.whileReading,
                                        "looks_with_row_or_table_locks",
                                        (double) seen.rowOrTableLocks,
                                        "looks_with_metadata_locks",
                                        (double) seen.metadataLocks,
                                        "none_seen",
                                        seen.whileReading > 0
                                                        && seen.rowOrTableLocks + seen.metadataLocks
                                                                == 0
                                                ? 1d
                                                : 0d),
                                List.of()));
        bench.say(
                "locks: %,d looks, %,d of them while a statement read the table; %,d found a lock on a row or a"
                        + " table, %,d a metadata lock that holds up writers",
                seen.looks, seen.whileReading, seen.rowOrTableLocks, seen.metadataLocks);
    }

    private static Seen look(MySqlServer server, AtomicBoolean over) throws Exception {
        Seen seen = new Seen();
        try (Connection looker = server.connect();
                PreparedStatement look = looker.prepareStatement(LOOK)) {
            while (!over.get()) {
                look(look, seen);
            }
        }
        return seen;
    }

    private static void look(PreparedStatement look, Seen seen) throws Exception {
        try (ResultSet result = look.executeQuery()) {
            result.next();
            seen.looks++;
            seen.whileReading += result.getLong(1) > 0 ? 1 : 0;
            seen.rowOrTableLocks += result.getLong(2) > 0 ? 1 : 0;
            seen.metadataLocks += result.getLong(3) > 0 ? 1 : 0;
        }
    }
}
