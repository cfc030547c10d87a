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
import java.io.IOException;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a job of three instances on which nothing happens costs above an engine without a job. Both
 * engines start and are measured at the same time: what runs ten times a second is compiled for
 * minutes, in an engine without a job too.
 */
final class IdleCase {

    private static final String TABLE = "bench.quiet";
    private static final String BARE = "SeaTunnel without a job";
    private static final int INSTANCES = 3;

    /** That are measured, each by itself. */
    private static final int MINUTES = 3;

    private final Bench bench;
    private final Duration settling;
    private final Duration length;

    IdleCase(Bench bench) {
        this.bench = bench;
        this.settling = Duration.ofSeconds(bench.options().quick() ? 15 : 120);
        this.length = Duration.ofSeconds(bench.options().quick() ? 10 : 60);
    }

    void run() throws Exception {
        List<MySqlServer> servers = BackfillCase.servers(bench, INSTANCES, TABLE, 1_000, 1_000);
        bench.endEngine(Goals.SEAMERGE);
        SeaTunnelEngine bare = bench.engine(BARE);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        double serversAtRest = percentOfACore(servers, Duration.ofSeconds(5));
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
            Thread.sleep(settling.toMillis());
            if (Bench.number(target, "SELECT count(*) FROM " + TABLE) != INSTANCES * 1_000) {
                throw new IllegalStateException("The snapshot is not there: " + job.status());
            }
            for (int minute = 1; minute <= MINUTES; minute++) {
                measure(bare, engine, servers, serversAtRest, minute);
            }
            job.cancel();
        }
        bench.drop(database);
        bench.endEngine(BARE);
    }

    private void measure(
            SeaTunnelEngine bare,
            SeaTunnelEngine engine,
            List<MySqlServer> servers,
            double serversAtRest,
            int minute)
            throws IOException, InterruptedException {
        ThreadTimes bareThreads = ThreadTimes.ofJava(bare.pid());
        ThreadTimes threads = ThreadTimes.ofJava(engine.pid());
        double bareBefore = Usage.cpuSeconds(bare.pid());
        double before = Usage.cpuSeconds(engine.pid());
        double ofServers = percentOfACore(servers, length);
        double perSecond = 100.0 / length.toSeconds();
        double bareUsed = perSecond * (Usage.cpuSeconds(bare.pid()) - bareBefore);
        double used = perSecond * (Usage.cpuSeconds(engine.pid()) - before);
        bench.results()
                .add(
                        new Results.Run(
                                "idle",
                                Goals.SEAMERGE,
                                minute,
                                Map.of(
                                        "cpu_percent_bare_engine",
                                        bareUsed,
                                        "cpu_percent_above_engine",
                                        Math.max(0, used - bareUsed),
                                        "cpu_percent_servers_above_rest",
                                        Math.max(0, ofServers - serversAtRest)),
                                List.of()));
        bench.say(
                "idle: %.1f %% of a core, the bare engine %.1f %%; MySQL and PostgreSQL %.1f %%, at"
                        + " rest %.1f %%",
                used, bareUsed, ofServers, serversAtRest);
        bareThreads.look();
        threads.look();
        String byThread =
                "  percent of a core by thread, three idle instances%n%s  the bare engine%n%s"
                        .formatted(
                                ThreadTimes.text(threads.seconds(), perSecond, 0.01),
                                ThreadTimes.text(bareThreads.seconds(), perSecond, 0.01));
        bench.results().explain("idle", byThread);
        if (bench.options().profile()) {
            bench.say("idle:%n%s", byThread);
        }
    }

    /** What the servers use for that long, all of them together. */
    private double percentOfACore(List<MySqlServer> servers, Duration time)
            throws InterruptedException {
        double before = seconds(servers);
        Thread.sleep(time.toMillis());
        return 100 * (seconds(servers) - before) / time.toSeconds();
    }

    private double seconds(List<MySqlServer> servers) {
        return Usage.cpuSeconds(bench.postgres().pid())
                + servers.stream().mapToDouble(server -> Usage.cpuSeconds(server.pid())).sum();
    }
}
