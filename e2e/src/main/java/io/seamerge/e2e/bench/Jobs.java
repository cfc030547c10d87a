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

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.util.ArrayList;
import java.util.List;

/** The job files of both SeaTunnel contestants. */
final class Jobs {

    private Jobs() {}

    /**
     * A job of SeaMerge.
     *
     * @param mode BATCH or STREAMING
     * @param tables regular expressions
     * @param start more lines of the source
     * @param sink more lines of the sink
     */
    static String seaMerge(
            String mode,
            List<MySqlServer> mySqls,
            List<String> tables,
            String start,
            PostgresServer postgres,
            String database,
            String sink) {
        List<String> instances = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (MySqlServer server : mySqls) {
            String name = Bench.instance(instances.size());
            names.add('"' + name + '"');
            instances.add(
                    "{ name = \"%s\", hosts = [\"127.0.0.1:%d\"] }".formatted(name, server.port()));
        }
        return """
        env { job.mode = "%s", job.name = "seamerge", parallelism = %d, checkpoint.interval = 5000 }
        source {
          MySQL-Merge-CDC {
            username = "%s", password = "%s", ssl-mode = "DISABLED"
            instances = [%s]
            tables = [%s]
            metadata-columns = ["source_instance", "source_database", "source_table",
                                "version_time", "version_row", "incarnation", "snapshot"]
            control-rows = true
            packed-rows = true
            update-before = false
            %s
          }
        }
        sink {
          Postgres-Merge {
            url = "jdbc:postgresql://127.0.0.1:%d/%s", username = "%s", password = "%s"
            pipeline = "bench"
            sources = [%s], disjoint_keys = "trust"
            %s
          }
        }
        """
                .formatted(
                        mode,
                        Math.min(2, mySqls.size()),
                        mySqls.get(0).user(),
                        mySqls.get(0).password(),
                        String.join(", ", instances),
                        String.join(
                                ", ",
                                tables.stream()
                                        .map(table -> '"' + table.replace("\\", "\\\\") + '"')
                                        .toList()),
                        start,
                        postgres.port(),
                        database,
                        postgres.user(),
                        postgres.password(),
                        String.join(", ", names),
                        sink);
    }

    /** The lines of a source that goes on at a handoff, or writes it in a BATCH job. */
    static String handoff(String mode, PostgresServer postgres, String database) {
        return mode.equals("BATCH")
                ? "startup.mode = \"initial\", handoff = { name = \"bench\" }"
                : """
                startup.mode = "handoff"
                handoff = { name = "bench", url = "jdbc:postgresql://127.0.0.1:%d/%s"
                            username = "%s", password = "%s" }"""
                        .formatted(postgres.port(), database, postgres.user(), postgres.password());
    }

    /** Where a binlog ends. */
    record Position(String file, long offset) {}

    /**
     * A job of SeaTunnel's own MySQL-CDC and Jdbc: a source and a sink for each server, since a
     * source reads one.
     *
     * @param table in MySQL and in PostgreSQL
     * @param starts where each binlog is read from; null for a snapshot first
     */
    static String stock(
            List<MySqlServer> mySqls,
            String table,
            List<Position> starts,
            PostgresServer postgres,
            String database,
            int checkpointMillis) {
        StringBuilder sources = new StringBuilder();
        StringBuilder sinks = new StringBuilder();
        for (int i = 0; i < mySqls.size(); i++) {
            MySqlServer server = mySqls.get(i);
            sources.append(
                    """
                      MySQL-CDC {
                        result_table_name = "%s"
                        base-url = "jdbc:mysql://127.0.0.1:%d/bench?useSSL=false&allowPublicKeyRetrieval=true"
                        username = "%s", password = "%s"
                        table-names = ["%s"]
                        server-id = "%d-%d", server-time-zone = "UTC"
                        snapshot.split.size = 50000, snapshot.fetch.size = 10000
                        %s
                      }
                    """
                            .formatted(
                                    Bench.instance(i),
                                    server.port(),
                                    server.user(),
                                    server.password(),
                                    table,
                                    6000 + 20 * i,
                                    6019 + 20 * i,
                                    starts == null
                                            ? "startup.mode = \"initial\""
                                            : """
                                            startup.mode = "specific"
                                            startup.specific-offset.file = "%s"
                                            startup.specific-offset.pos = %d"""
                                                    .formatted(
                                                            starts.get(i).file(),
                                                            starts.get(i).offset())));
            sinks.append(
                    """
                      Jdbc {
                        source_table_name = "%s"
                        driver = "org.postgresql.Driver"
                        url = "jdbc:postgresql://127.0.0.1:%d/%s?reWriteBatchedInserts=true"
                        user = "%s", password = "%s"
                        generate_sink_sql = true, database = "%s", table = "%s", primary_keys = ["id"]
                        batch_size = 5000
                      }
                    """
                            .formatted(
                                    Bench.instance(i),
                                    postgres.port(),
                                    database,
                                    postgres.user(),
                                    postgres.password(),
                                    database,
                                    table));
        }
        return """
        env { job.mode = "STREAMING", job.name = "stock", parallelism = 2, checkpoint.interval = %d }
        source {
        %s}
        sink {
        %s}
        """
                .formatted(checkpointMillis, sources, sinks);
    }
}
