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
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * How long a job of three instances with 1,000 tables each takes from its submission to a new
 * engine until changes of all instances come through. The tables do not exist in the target.
 */
final class StartCase {

    private static final int INSTANCES = 3;

    private final Bench bench;
    private final int tables;

    StartCase(Bench bench) {
        this.bench = bench;
        this.tables = bench.options().quick() ? 200 : 1_000;
    }

    void run() throws Exception {
        List<MySqlServer> servers = bench.mySqls(INSTANCES);
        bench.say("Creating %d x %,d tables", INSTANCES, tables);
        List<Callable<Void>> creations = new ArrayList<>();
        for (MySqlServer server : servers) {
            creations.add(() -> create(server));
        }
        Bench.together(creations);
        for (int repetition = 1; repetition <= bench.options().repetitions(); repetition++) {
            start(servers, repetition);
        }
        for (MySqlServer server : servers) {
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP DATABASE many");
            }
        }
    }

    /** On an engine that has just started: nothing is compiled. */
    private void start(List<MySqlServer> servers, int repetition) throws Exception {
        for (MySqlServer server : servers) {
            try (Connection connection = server.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("TRUNCATE TABLE " + last());
            }
        }
        bench.endEngine(Goals.SEAMERGE);
        SeaTunnelEngine engine = bench.engine(Goals.SEAMERGE);
        String database = bench.database(null);
        try (Connection target = bench.target(database);
                RunProfile profile = bench.profile(servers, target, engine)) {
            long begun = System.nanoTime();
            EngineJob job =
                    bench.run(
                            engine,
                            Jobs.seaMerge(
                                    "STREAMING",
                                    servers,
                                    List.of("many\\.t\\d+"),
                                    "startup.mode = \"latest\"",
                                    bench.postgres(),
                                    database,
                                    "shape = \"disjoint\""));
            awaitChanges(servers, target, job);
            double seconds = (System.nanoTime() - begun) / 1e9;
            profile.take();
            bench.results()
                    .explain(
                            "start",
                            "  µs of processor time per table of a source\n"
                                    + RunProfile.text(
                                            profile.figures(servers.size() * tables), null));
            long created =
                    Bench.number(
                            target, "SELECT count(*) FROM pg_tables WHERE schemaname = 'many'");
            if (created != tables) {
                throw new IllegalStateException("There are " + created + " tables, not " + tables);
            }
            bench.results()
                    .add(
                            new Results.Run(
                                    "start",
                                    Goals.SEAMERGE,
                                    repetition,
                                    Map.of("seconds", seconds, "tables", (double) tables),
                                    List.of()));
            bench.say("start: %.1f s", seconds);
            job.cancel();
        }
        bench.drop(database);
    }

    private String last() {
        return "many.t%04d".formatted(tables);
    }

    private Void create(MySqlServer server) throws Exception {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute("CREATE DATABASE many");
            for (int i = 1; i <= tables; i++) {
                statement.execute(
                        "CREATE TABLE many.t%04d (id BIGINT PRIMARY KEY AUTO_INCREMENT, instance INT NOT NULL, note VARCHAR(40))"
                                .formatted(i));
            }
        }
        return null;
    }

    /** Keeps inserting into the last table until a row of each instance is there. */
    private void awaitChanges(List<MySqlServer> servers, Connection target, EngineJob job)
            throws Exception {
        String table = last();
        long deadline = System.nanoTime() + 300_000_000_000L;
        int round = 0;
        while (true) {
            for (int i = 0; i < servers.size(); i++) {
                try (Connection connection = servers.get(i).connect();
                        Statement statement = connection.createStatement()) {
                    statement.execute(
                            "INSERT INTO %s VALUES (%d, %d, 'hello')"
                                    .formatted(table, 10L * round + i, i));
                }
            }
            round++;
            if (Bench.number(
                                    target,
                                    "SELECT CASE WHEN to_regclass('%s') IS NULL THEN 0 ELSE 1 END"
                                            .formatted(table))
                            == 1
                    && Bench.number(target, "SELECT count(DISTINCT instance) FROM " + table)
                            == servers.size()) {
                return;
            }
            if (System.nanoTime() > deadline || job.status().startsWith("FAIL")) {
                throw new IllegalStateException("No changes come through: " + job.status());
            }
            Thread.sleep(200);
        }
    }
}
