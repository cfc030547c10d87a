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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** What is wanted, and what the results say to it. */
final class Goals {

    static final String SEAMERGE = "SeaMerge";
    static final String STOCK = "stock SeaTunnel";
    static final String PIPE = "pipe";
    static final String LIMIT = "limit of apply";
    static final String PGLOADER = "pgloader";

    static final String TWO_NODES = "SeaMerge, two nodes";

    private static final String RATE = "rows_per_second";

    /** One figure of one contestant in one case. */
    record Figure(String name, String contestant, String figure) {
        OptionalDouble in(Results results) {
            return results.median(name, contestant, figure);
        }
    }

    /**
     * A ratio and its bound.
     *
     * @param of what is measured
     * @param to what it is compared with; null if {@code unit} says it: the ratio is to that number
     * @param atMost whether the bound is the greatest that will do, or the least
     * @param bound 0: there is none, the ratio is shown for comparison
     */
    record Goal(String what, Figure of, Figure to, double unit, boolean atMost, double bound) {}

    /**
     * A goal and what came of it.
     *
     * @param spread how far the runs of both sides lie apart, in percent
     * @param repeated whether there was more than one run, without which there is no such figure
     */
    record Outcome(Goal goal, double ratio, double spread, boolean repeated) {
        /** What has no bound is there to be read, and is never missed. */
        boolean met() {
            if (goal.bound() == 0) {
                return true;
            }
            return goal.atMost() ? ratio <= goal.bound() : ratio >= goal.bound();
        }
    }

    private static Goal ratio(
            String what, String name, String figure, String to, boolean atMost, double bound) {
        return new Goal(
                what,
                new Figure(name, SEAMERGE, figure),
                new Figure(name, to, figure),
                0,
                atMost,
                bound);
    }

    private static Goal between(String what, String name, String other, double bound) {
        return new Goal(
                what,
                new Figure(name, SEAMERGE, RATE),
                new Figure(other, SEAMERGE, RATE),
                0,
                false,
                bound);
    }

    private static Goal most(String what, String name, String figure, double unit) {
        return new Goal(what, new Figure(name, SEAMERGE, figure), null, unit, true, 1);
    }

    static List<Goal> all() {
        List<Goal> goals = new ArrayList<>();
        goals.add(
                ratio("backfill, disjoint: rate to the pipe's", "backfill", RATE, PIPE, false, 1));
        goals.add(ratio("  to stock's", "backfill", RATE, STOCK, false, 8));
        goals.add(ratio("  to pgloader's", "backfill", RATE, PGLOADER, false, 0));
        goals.add(
                ratio(
                        "  with the job's start, to the pipe's",
                        "backfill",
                        "rows_per_second_with_start",
                        PIPE,
                        false,
                        0));
        goals.add(
                ratio(
                        "  MySQL's CPU to the pipe's",
                        "backfill",
                        "cpu_mysql_us_per_row",
                        PIPE,
                        true,
                        1.2));
        goals.add(
                ratio(
                        "  MySQL's rows read to the pipe's",
                        "backfill",
                        "mysql_rows_read",
                        PIPE,
                        true,
                        1.2));
        goals.add(
                new Goal(
                        "  no lock that writers feel on MySQL: 1 if none was seen",
                        new Figure("locks", SEAMERGE, "none_seen"),
                        null,
                        1,
                        false,
                        1));
        goals.add(
                new Goal(
                        "  on two engine nodes, to one node",
                        new Figure("backfill", TWO_NODES, RATE),
                        new Figure("backfill", SEAMERGE, RATE),
                        0,
                        false,
                        0));
        goals.add(
                new Goal(
                        "backfill, consolidated: rate to the pipe's",
                        new Figure("backfill-consolidated", SEAMERGE, RATE),
                        new Figure("backfill-consolidated", PIPE, RATE),
                        0,
                        false,
                        0.5));
        goals.add(
                ratio(
                        "catch-up, disjoint: rate to the limit's",
                        "catchup",
                        RATE,
                        LIMIT,
                        false,
                        0.8));
        goals.add(ratio("  to stock's", "catchup", RATE, STOCK, false, 5));
        goals.add(
                ratio(
                        "  WAL per row to the limit's",
                        "catchup",
                        "wal_bytes_per_row",
                        LIMIT,
                        true,
                        1.3));
        goals.add(
                between(
                        "catch-up, consolidated, soft delete: to the disjoint rate",
                        "catchup-soft",
                        "catchup",
                        0.6));
        goals.add(between("  hard delete: to the disjoint rate", "catchup-hard", "catchup", 0.4));
        for (String policy : List.of("soft", "hard")) {
            goals.add(
                    new Goal(
                            "  " + policy + " delete: to stock's rate",
                            new Figure("catchup-" + policy, SEAMERGE, RATE),
                            new Figure("catchup", STOCK, RATE),
                            0,
                            false,
                            2));
        }
        goals.add(
                ratio(
                        "single-row transactions, three instances: rate to stock's",
                        "singles",
                        RATE,
                        STOCK,
                        false,
                        5));
        goals.add(most("latency at 1,000/s: p50 to 50 ms", "latency", "p50_ms", 50));
        goals.add(most("  p99 to 250 ms", "latency", "p99_ms", 250));
        goals.add(ratio("  p50 to stock's", "latency", "p50_ms", STOCK, true, 0));
        goals.add(most("  beside a backfill: p99 to 1 s", "latency-backfill", "p99_ms", 1_000));
        goals.add(
                new Goal(
                        "a transaction of 2,000,000 rows within 512 MiB of heap: 1 if done",
                        new Figure("big-transaction", SEAMERGE, "done"),
                        null,
                        1,
                        false,
                        1));
        goals.add(most("start of 3 x 1,000 tables: seconds to 30", "start", "seconds", 30));
        goals.add(
                most(
                        "three idle instances: CPU above the bare engine to 2 % of a core",
                        "idle", "cpu_percent_above_engine", 2));
        for (String axis : List.of("rows", "instances", "tables")) {
            goals.add(
                    new Goal(
                            "growth over " + axis + ": slowest rate to the fastest",
                            new Figure("growth-" + axis, SEAMERGE, "slowest_to_fastest"),
                            null,
                            1,
                            false,
                            0.85));
        }
        return goals;
    }

    /** The goals of which the results know something. */
    static List<Outcome> outcomes(Results results) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Goal goal : all()) {
            List<Double> of =
                    results.values(goal.of().name(), goal.of().contestant(), goal.of().figure());
            OptionalDouble base =
                    goal.to() == null ? OptionalDouble.of(goal.unit()) : goal.to().in(results);
            if (of.isEmpty() || base.isEmpty()) {
                continue;
            }
            double spread = Results.spread(of);
            if (goal.to() != null) {
                spread +=
                        Results.spread(
                                results.values(
                                        goal.to().name(),
                                        goal.to().contestant(),
                                        goal.to().figure()));
            }
            outcomes.add(
                    new Outcome(
                            goal,
                            Results.median(of).getAsDouble() / base.getAsDouble(),
                            spread,
                            of.size() > 1));
        }
        return outcomes;
    }

    /**
     * Where the time went, for each goal that was missed, side by side with what it is compared
     * with. What several goals have in common stands under the first of them.
     */
    static String misses(List<Outcome> outcomes, Results results) {
        StringBuilder text = new StringBuilder();
        Map<String, String> shown = new HashMap<>();
        for (Outcome outcome : outcomes) {
            if (outcome.met()) {
                continue;
            }
            Goal goal = outcome.goal();
            text.append(String.format("%nMissed: %s, %s%n", goal.of().name(), goal.what().strip()));
            String profile = profile(goal, results);
            if (profile.isEmpty()) {
                continue;
            }
            String before = shown.putIfAbsent(profile, goal.what().strip());
            text.append(before == null ? profile : String.format("  as under “%s”%n", before));
        }
        return text.toString();
    }

    private static String profile(Goal goal, Results results) {
        Figure of = goal.of();
        Figure to = goal.to();
        StringBuilder text = new StringBuilder();
        Map<String, Double> ours = results.medians(of.name(), of.contestant());
        Map<String, Double> theirs =
                to == null ? null : results.medians(to.name(), to.contestant());
        List<String> processes = new ArrayList<>();
        for (String process : List.of("engine", "mysql", "postgres")) {
            String figure = "cpu_" + process + "_us_per_row";
            if (ours.containsKey(figure)) {
                String compared =
                        theirs == null
                                ? ""
                                : String.format(
                                        Locale.ROOT, " | %.2f", theirs.getOrDefault(figure, 0d));
                processes.add(
                        String.format(
                                Locale.ROOT, "%s %.2f%s", process, ours.get(figure), compared));
            }
        }
        if (!processes.isEmpty()) {
            text.append(
                    String.format(
                            "  µs of processor time per row, %s: %s%n",
                            theirs == null ? of.contestant() : name(of, to) + " | " + name(to, of),
                            String.join(", ", processes)));
            text.append(RunProfile.text(ours, theirs));
        }
        return text.append(results.explanation(of.name())).toString();
    }

    /** What tells one from the other. */
    private static String name(Figure one, Figure other) {
        return one.contestant().equals(other.contestant()) ? one.name() : one.contestant();
    }

    /** The table that is printed. */
    static String table(List<Outcome> outcomes) {
        StringBuilder table = new StringBuilder();
        table.append("| what | ratio | goal | | noise |\n|---|---:|---:|---|---:|\n");
        for (Outcome outcome : outcomes) {
            Goal goal = outcome.goal();
            table.append(
                    String.format(
                            Locale.ROOT,
                            "| %s | %.2f | %s | %s | %s |%n",
                            goal.what(),
                            outcome.ratio(),
                            goal.bound() == 0
                                    ? ""
                                    : String.format(
                                            Locale.ROOT,
                                            "%s %.2f",
                                            goal.atMost() ? "≤" : "≥",
                                            goal.bound()),
                            goal.bound() == 0 ? "" : outcome.met() ? "met" : "MISSED",
                            outcome.repeated()
                                    ? String.format(Locale.ROOT, "± %.0f %%", outcome.spread() / 2)
                                    : "one run"));
        }
        return table.toString();
    }
}
