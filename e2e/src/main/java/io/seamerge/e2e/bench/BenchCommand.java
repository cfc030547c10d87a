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

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** The benchmark as a command. */
public final class BenchCommand {

    private static final String USAGE =
            """
            bench.sh [--quick] [--case NAME[,NAME…]] [--scale F] [--repetitions N] [--out DIR] [--profile]
                     [--alone]
            bench.sh --hot-parts

            SeaMerge side by side with stock SeaTunnel 2.3.8, with the pipe mysql | COPY, and with what
            PostgreSQL itself can apply: one sitting on servers of its own, every result compared with its
            source before a figure counts. Prints a table of ratios; needs 8 GB of memory and no Docker.

              --quick          a fifth of the rows, one repetition: a few minutes
              --case NAME,…    these alone: %s
                               (growth-rows is a part of growth, for itself)
              --scale F        F times the rows; 1 if not given
              --repetitions N  runs that count, after one of warm-up; 2 if not given (one of
                               stock and pgloader, which take longest)
              --out DIR        where results.json and the plots go; e2e/target/bench if not given
              --profile        records SeaMerge's engine in the first run that counts, by the JDK's
                               flight recorder, and prints where its time went
              --alone          without the others: to compare two builds or settings of SeaMerge
              --hot-parts      nothing of all that, but decoding, folding and encoding by JMH: ns per row

            Exit status: 0 if all goals are met, 1 if not, 2 if something failed.
            """;

    /** A case of the benchmark. */
    @FunctionalInterface
    private interface Case {
        void run(Bench bench) throws Exception;
    }

    /** A part of the case growth, which is not run again behind it. */
    private static final String ROWS_ALONE = "growth-rows";

    private static final Map<String, Case> CASES = new LinkedHashMap<>();

    static {
        CASES.put("backfill", bench -> new BackfillCase(bench, false).run());
        CASES.put("backfill-consolidated", bench -> new BackfillCase(bench, true).run());
        CASES.put("catchup", bench -> CatchUpCase.updates(bench).run());
        CASES.put("singles", bench -> CatchUpCase.singles(bench).run());
        CASES.put("latency", bench -> new LatencyCase(bench, false).run());
        CASES.put("latency-backfill", bench -> new LatencyCase(bench, true).run());
        CASES.put("big-transaction", bench -> new BigTransactionCase(bench).run());
        CASES.put("start", bench -> new StartCase(bench).run());
        CASES.put("idle", bench -> new IdleCase(bench).run());
        CASES.put("locks", bench -> new LocksCase(bench).run());
        CASES.put("cluster", bench -> new ClusterCase(bench).run());
        CASES.put("growth", bench -> new GrowthCase(bench).run());
        CASES.put(ROWS_ALONE, bench -> new GrowthCase(bench).runRows());
    }

    private BenchCommand() {}

    /** See the usage. */
    public static void main(String[] arguments) throws Exception {
        boolean quick = false;
        boolean profile = false;
        boolean alone = false;
        double scale = 1;
        int repetitions = 0;
        Path root = Path.of(System.getProperty("seamerge.root", "."));
        Path out = root.resolve("e2e/target/bench");
        List<String> names =
                CASES.keySet().stream().filter(name -> !name.equals(ROWS_ALONE)).toList();
        for (int i = 0; i < arguments.length; i++) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--quick" -> quick = true;
                case "--profile" -> profile = true;
                case "--alone" -> alone = true;
                case "--hot-parts" -> {
                    hotParts();
                    return;
                }
                case "--case" -> {
                    names = List.of(value.split(","));
                    i++;
                }
                case "--scale" -> {
                    scale = Double.parseDouble(value);
                    i++;
                }
                case "--repetitions" -> {
                    repetitions = Integer.parseInt(value);
                    i++;
                }
                case "--out" -> {
                    out = Path.of(value);
                    i++;
                }
                default -> {
                    System.err.printf(USAGE, String.join(", ", CASES.keySet()));
                    System.exit(arguments[i].matches("-h|--help") ? 0 : 2);
                }
            }
        }
        for (String name : names) {
            if (!CASES.containsKey(name)) {
                System.err.println("No case " + name + ", only " + CASES.keySet());
                System.exit(2);
            }
        }
        if (repetitions == 0) {
            repetitions = quick ? 1 : 2;
        }
        Bench.Options options = new Bench.Options(quick, scale, repetitions, out, profile, alone);
        System.exit(run(options, names));
    }

    private static void hotParts() throws RunnerException {
        new Runner(
                        new OptionsBuilder()
                                .include("io\\.seamerge\\..*Benchmark")
                                .forks(1)
                                .warmupIterations(3)
                                .measurementIterations(5)
                                .warmupTime(TimeValue.seconds(1))
                                .measurementTime(TimeValue.seconds(1))
                                .build())
                .run();
    }

    private static int run(Bench.Options options, List<String> names) throws Exception {
        int status = 0;
        long begun = System.nanoTime();
        try (Bench bench = new Bench(options)) {
            for (String name : names) {
                try {
                    CASES.get(name).run(bench);
                } catch (Exception | LinkageError e) {
                    // The others' figures count all the same.
                    status = 2;
                    bench.say("Case %s failed", name);
                    e.printStackTrace();
                    bench.endEngines();
                }
                // After each, so that a sitting that is cut short has said what it knew.
                Report.write(
                        bench, Goals.outcomes(bench.results()), (System.nanoTime() - begun) / 1e9);
            }
            List<Goals.Outcome> outcomes = Goals.outcomes(bench.results());
            System.out.print(Goals.table(outcomes));
            System.out.print(Goals.misses(outcomes, bench.results()));
            boolean met = outcomes.stream().allMatch(Goals.Outcome::met);
            return status != 0 ? status : met ? 0 : 1;
        }
    }
}
