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
package io.seamerge.e2e.traffic;

import io.seamerge.e2e.servers.MySqlServer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code traffic.sh}: a run for a person at a terminal. */
@Command(
        name = "traffic.sh",
        mixinStandardHelpOptions = true,
        description = {
            "Random traffic on MySQL servers of several kinds, merged into PostgreSQL by the real"
                    + " engine while it goes on: tables that hold every column type, every kind of"
                    + " statement, transactions of any size, a snapshot beside the stream. At the end"
                    + " every value of every row is compared.",
            "",
            "Exit status: 0 if all are equal, 1 if not (differences are printed with their keys) or if"
                    + " the job failed."
        })
public final class TrafficCommand implements Callable<Integer> {

    @Spec private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "what all that is random comes from; default: ${DEFAULT-VALUE}",
            defaultValue = "1")
    private long seed;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "how long the writers write; default: ${DEFAULT-VALUE}",
            defaultValue = "2")
    private double minutes;

    @Option(
            names = "--servers",
            paramLabel = "KIND",
            split = ",",
            description = "5.7, 8.0, 9.7, mariadb; default: ${DEFAULT-VALUE}",
            defaultValue = "8.0,9.7,mariadb")
    private List<String> servers;

    @Option(
            names = "--sessions",
            paramLabel = "N",
            description = "writers on each server; default: ${DEFAULT-VALUE}",
            defaultValue = "2")
    private int sessions;

    @Option(
            names = "--keys",
            paramLabel = "N",
            description = "keys that a table has at most; default: ${DEFAULT-VALUE}",
            defaultValue = "2000")
    private int keys;

    @Option(
            names = "--pause-ms",
            paramLabel = "MS",
            description =
                    "milliseconds that a writer rests between transactions, on average; default:"
                            + " ${DEFAULT-VALUE}",
            defaultValue = "40")
    private double pauseMillis;

    @Option(names = "--xa", description = "some transactions are XA")
    private boolean xa;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TrafficCommand()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        for (String server : servers) {
            if (!MySqlServer.versions().contains(server)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "There is no server '" + server + "', only " + MySqlServer.versions());
            }
        }
        if (servers.stream().distinct().count() != servers.size()) {
            throw new ParameterException(spec.commandLine(), "Each kind of server at most once");
        }
        PrintStream out =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        TrafficRun.Settings settings =
                new TrafficRun.Settings(
                        seed,
                        Duration.ofMillis(Math.round(minutes * 60_000)),
                        servers,
                        sessions,
                        keys,
                        pauseMillis,
                        xa,
                        Duration.ofSeconds(minutes > 3 ? 15 : 5));
        out.printf(
                "Seed %d: %s, %d sessions each, %.1f minutes%n", seed, servers, sessions, minutes);
        return new TrafficRun(settings, out).run() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
}
