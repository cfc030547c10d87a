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
import java.util.List;

/** One transaction of two million rows, while the stream runs within its ordinary heap. */
final class BigTransactionCase {

    private static final String TABLE = "bench.imported";

    private final Bench bench;
    private final long rows;

    BigTransactionCase(Bench bench) {
        this.bench = bench;
        this.rows = bench.options().rows(2_000_000);
    }

    void run() throws Exception {
        MySqlServer server = bench.mySql(0);
        List<MySqlServer> servers = List.of(server);
        String database = bench.database(null);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        try (Connection mySql = server.connect();
                Connection target = bench.target(database)) {
            Orders.create(mySql, TABLE);
            Orders.createTarget(target, TABLE);
            Measurement measurement = new Measurement(bench, servers, target, engine);
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.seaMerge(
                                    "STREAMING",
                                    servers,
                                    List.of("bench\\.imported"),
                                    "startup.mode = \"specific\", startup.position = \"%s:%d\""
                                            .formatted(
                                                    CatchUpCase.position(server).file(),
                                                    CatchUpCase.position(server).offset()),
                                    bench.postgres(),
                                    database,
                                    "shape = \"disjoint\""));
            Orders.insertAtOnce(mySql, TABLE, rows);
            measurement.begin();
            measurement.await(
                    "SELECT pg_relation_size('%s')".formatted(TABLE),
                    "SELECT count(*) FROM %s WHERE id > %d".formatted(TABLE, rows - 1_000),
                    1_000,
                    "SELECT pg_relation_size('%s')::float8 / %d".formatted(TABLE, rows * 220),
                    job);
            measurement.await("SELECT 1", "SELECT count(*) FROM " + TABLE, rows, "SELECT 1", job);
            BackfillCase.require(
                    Orders.inPostgres(target, TABLE, "TRUE"),
                    Orders.inMySql(mySql, TABLE, "TRUE"),
                    "big-transaction");
            measurement.figure("done", 1);
            measurement.record("big-transaction", Goals.SEAMERGE, 1, rows);
            job.cancel();
        }
        bench.drop(database);
    }
}
