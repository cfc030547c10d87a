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
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a job of three instances on which nothing happens costs above an engine without a job. */
final class IdleCase {

    private static final String TABLE = "bench.quiet";
    private static final int INSTANCES = 3;

    private final Bench bench;
    private final Duration length;

    IdleCase(Bench bench) {
        this.bench = bench;
        this.length = Duration.ofSeconds(bench.options().quick() ? 10 : 20);
    }

    void run() throws Exception {
        List<MySqlServer> servers = BackfillCase.servers(bench, INSTANCES, TABLE, 1_000, 1_000);
        bench.endEngine(Goals.SEAMERGE);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        Thread.sleep(5_000);
        double bare = percentOfACore(engine);
        String database = bench.database(null);
        try (Connection target = bench.target(database)) {
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.seaMerge(
                                    "STREAMING",
                                    servers,
                                    List.of("bench\\.quiet"),
                                    "startup.mode = \"initial\"",
                                    bench.postgres(),
                                    database,
                                    "shape = \"disjoint\""));
            // Until the snapshot is done and what is compiled at the start is compiled.
            Thread.sleep(15_000);
            if (Bench.number(target, "SELECT count(*) FROM " + TABLE) != INSTANCES * 1_000) {
                throw new IllegalStateException("The snapshot is not there: " + job.status());
            }
            double busy = percentOfACore(engine);
            bench.results()
                    .add(
                            new Results.Run(
                                    "idle",
                                    Goals.SEAMERGE,
                                    1,
                                    Map.of(
                                            "cpu_percent_bare_engine",
                                            bare,
                                            "cpu_percent_above_engine",
                                            Math.max(0, busy - bare)),
                                    List.of()));
            bench.say("idle: %.1f %% of a core, the bare engine %.1f %%", busy, bare);
            job.cancel();
        }
        bench.drop(database);
    }

    private double percentOfACore(SeaTunnelEngine engine) throws InterruptedException {
        double before = Usage.cpuSeconds(engine.pid());
        long begun = System.nanoTime();
        Thread.sleep(length.toMillis());
        return 100
                * (Usage.cpuSeconds(engine.pid()) - before)
                / ((System.nanoTime() - begun) / 1e9);
    }
}
