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
package io.seamerge.e2e.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The chaos suite as a command: runs seed after seed and keeps their outcomes in a file, from which
 * it goes on when it is called again.
 */
public final class ChaosCommand {

    private static final String USAGE =
            """
            chaos.sh [--seed N] [--seeds COUNT] [--minutes M | --seconds S] [--results FILE]

            Three MySQL servers, a PostgreSQL and the real engine, a workload with a known outcome, and
            faults at random moments. Each run ends with a comparison of every row.

              --seed N        the first seed; 1 if not given
              --seeds COUNT   how many seeds; 1 if not given
              --minutes M     how long faults strike in each run
              --seconds S     the same in seconds; 90 if neither is given. 0: no random faults; the
                              engine is ended once at each step of a row, a flush and a checkpoint
              --faults NAMES  of these kinds alone, with commas between them: kill_engine,
                              crash_at_point, savepoint, freeze_engine, kill_mysql, promote,
                              freeze_mysql, kill_postgres, kill_backend, end_sessions, cut, stall,
                              slow, refuse_connections, disk_full, too_many_connections, index, clock
              --results FILE  one line per run is added to it; seeds that it holds are not run again

            Exit status: 0 if all runs end equal, 1 if not.
            """;

    private ChaosCommand() {}

    /** See the usage. */
    public static void main(String[] arguments) throws Exception {
        long first = 1;
        int count = 1;
        int seconds = 90;
        Path results = null;
        List<Fault> faults = List.of(Fault.values());
        for (int i = 0; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i++]) {
                case "--seed" -> first = Long.parseLong(value);
                case "--seeds" -> count = Integer.parseInt(value);
                case "--minutes" -> seconds = (int) (Double.parseDouble(value) * 60);
                case "--seconds" -> seconds = Integer.parseInt(value);
                case "--faults" ->
                        faults =
                                Stream.of(value.toUpperCase(Locale.ROOT).split(","))
                                        .map(Fault::valueOf)
                                        .toList();
                case "--results" -> results = Path.of(value);
                default -> {
                    System.err.print(USAGE);
                    System.exit(arguments[i - 1].matches("-h|--help") ? 0 : 2);
                }
            }
        }
        Path logs = Path.of(System.getProperty("seamerge.root", ".")).resolve("e2e/target");
        Set<Long> known = results == null ? Set.of() : known(results);
        int different = 0;
        for (long seed = first; seed < first + count; seed++) {
            if (known.contains(seed)) {
                System.out.println("seed " + seed + " is in " + results + " already");
                continue;
            }
            System.out.println("seed " + seed);
            ChaosRun.Outcome outcome = run(new ChaosRun(seed, logs, System.out), seconds, faults);
            outcome.findings().forEach(finding -> System.out.println("  " + finding));
            String line = line(outcome);
            System.out.println(line);
            if (results != null) {
                Files.writeString(
                        results,
                        line + "\n",
                        StandardCharsets.UTF_8,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
            if (!outcome.equal()) {
                different++;
            }
        }
        System.exit(different == 0 ? 0 : 1);
    }

    private static ChaosRun.Outcome run(ChaosRun run, int seconds, List<Fault> faults)
            throws Exception {
        return seconds > 0 ? run.run(seconds, faults) : run.run(List.of(CrashPoint.values()));
    }

    private static Set<Long> known(Path results) throws IOException {
        Set<Long> seeds = new HashSet<>();
        if (Files.exists(results)) {
            List<String> lines = Files.readAllLines(results, StandardCharsets.UTF_8);
            for (String line : lines) {
                seeds.add(Long.parseLong(line.split("\t")[0]));
            }
        }
        return seeds;
    }

    private static String line(ChaosRun.Outcome outcome) {
        return String.join(
                "\t",
                Long.toString(outcome.seed()),
                outcome.equal() ? "EQUAL" : "DIFFERENT",
                outcome.seconds() + " s",
                outcome.transactions() + " transactions",
                outcome.rowChanges() + " row changes",
                outcome.rowsCompared() + " rows compared",
                outcome.looks() + " looks",
                outcome.findings().size() + " findings",
                outcome.faults());
    }
}
