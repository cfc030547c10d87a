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
package io.seamerge.e2e.engine;

import io.seamerge.mysql.MySqlMergeFactory;
import io.seamerge.mysql.SourcePlan;
import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.SinkPlan;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.core.starter.utils.ConfigBuilder;
import org.apache.seatunnel.shade.com.typesafe.config.Config;

/**
 * {@code run-job.sh --check}: what a job file would do, and what keeps it from being run; changes
 * nothing anywhere.
 */
public final class JobCheck {

    private static final String USAGE =
            "run-job.sh --check --config FILE [--variable K=V …]: says what a job file would read and"
                    + " write, and what keeps it from running. Changes nothing.";

    private JobCheck() {}

    /** Exit status: 0 if the job could start, 1 if not, 2 for wrong arguments. */
    public static void main(String[] arguments) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Path file = null;
        List<String> variables = new ArrayList<>();
        for (int index = 0; index < arguments.length; index++) {
            boolean more = index + 1 < arguments.length;
            if (arguments[index].matches("-c|--config") && more) {
                file = Path.of(arguments[++index]);
            } else if (arguments[index].matches("-i|--variable") && more) {
                variables.add(arguments[++index]);
            } else if (!arguments[index].equals("--check")) {
                System.err.println("Not known: " + arguments[index] + "\n" + USAGE);
                System.exit(2);
            }
        }
        if (file == null) {
            System.err.println(USAGE);
            System.exit(2);
        }
        System.exit(check(file, variables, out) ? 0 : 1);
    }

    /** Prints the plan of a job file; true if the job could start. */
    static boolean check(Path file, List<String> variables, PrintStream out) {
        Config job = ConfigBuilder.of(file, variables);
        boolean well = true;
        boolean ours = false;
        List<CatalogTable> tables = new ArrayList<>();
        try {
            for (Config source : job.getConfigList("source")) {
                if (source.getString("plugin_name").equals(MySqlMergeFactory.IDENTIFIER)) {
                    ours = true;
                    SourcePlan plan = SourcePlan.of(ReadonlyConfig.fromConfig(source));
                    out.println(plan);
                    tables.addAll(plan.tables());
                    well &= !plan.hasErrors();
                }
            }
            for (Config sink : job.getConfigList("sink")) {
                if (sink.getString("plugin_name").equals("Postgres-Merge")) {
                    ours = true;
                    SinkPlan plan = SinkPlan.of(ReadonlyConfig.fromConfig(sink), tables);
                    out.println(plan);
                    well &= !plan.hasErrors();
                }
            }
        } catch (IllegalArgumentException | PostgresMergeException e) {
            out.println(e.getMessage());
            well = false;
        }
        if (!ours) {
            out.println("The job has neither MySQL-Merge-CDC nor Postgres-Merge: nothing to check");
        }
        out.println(well ? "The job can start." : "The job cannot start.");
        return well;
    }
}
