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

import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.PostgresServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The disjoint backfill on a SeaTunnel cluster of two nodes. SeaTunnel draws a node for each of the
 * two subtasks, so in one half of the runs each node reads an instance and writes what it has read,
 * and in the other one of them does all. On one machine this shows that instances spread, not how
 * much faster that is.
 */
final class ClusterCase {

    private static final int NODES = 2;

    private final Bench bench;

    ClusterCase(Bench bench) {
        this.bench = bench;
    }

    void run() throws Exception {
        List<SeaTunnelEngine> nodes =
                SeaTunnelEngine.startCluster(
                        Bench.engineSettings(), PostgresServer.freePorts(NODES));
        try {
            BackfillCase backfill = new BackfillCase(bench, false);
            for (int repetition = 0; repetition <= bench.options().repetitions(); repetition++) {
                List<Double> before = cpuSeconds(nodes);
                backfill.run(nodes.get(0), Goals.TWO_NODES, repetition);
                List<Double> used = new ArrayList<>();
                for (int i = 0; i < NODES; i++) {
                    used.add(cpuSeconds(nodes).get(i) - before.get(i));
                }
                double least = used.stream().mapToDouble(cpu -> cpu).min().orElseThrow();
                double all = used.stream().mapToDouble(cpu -> cpu).sum();
                bench.say("cluster: the nodes used %s s", used);
                bench.results()
                        .add(
                                new Results.Run(
                                        "cluster",
                                        Goals.TWO_NODES,
                                        repetition,
                                        Map.of("part_of_the_lesser_node", least / all),
                                        List.of()));
            }
        } finally {
            nodes.forEach(SeaTunnelEngine::close);
        }
    }

    private static List<Double> cpuSeconds(List<SeaTunnelEngine> nodes) {
        return nodes.stream().map(node -> Usage.cpuSeconds(node.pid())).toList();
    }
}
