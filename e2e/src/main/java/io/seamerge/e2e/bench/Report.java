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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Writes what a sitting has found. */
final class Report {

    private Report() {}

    static void write(Bench bench, List<Goals.Outcome> outcomes, double seconds)
            throws IOException {
        Path out = Files.createDirectories(bench.options().out());
        Files.writeString(out.resolve("results.json"), json(bench, outcomes, seconds));
        Files.writeString(out.resolve("ratios.md"), Goals.table(outcomes));
        plots(bench.results(), out);
    }

    /** Throughput of all who took part, how latencies are distributed, and rates over time. */
    private static void plots(Results results, Path out) throws IOException {
        List<Plot.Bar> bars = new ArrayList<>();
        Map<String, List<double[]>> latencies = new LinkedHashMap<>();
        Map<String, List<double[]>> backfills = new LinkedHashMap<>();
        Map<String, List<double[]>> catchUps = new LinkedHashMap<>();
        for (Results.Run run : results.runs()) {
            boolean drawn =
                    bars.stream()
                            .anyMatch(
                                    bar ->
                                            bar.group().equals(run.name())
                                                    && bar.label().equals(run.contestant()));
            List<Double> values = results.values(run.name(), run.contestant(), "rows_per_second");
            if (!drawn && !values.isEmpty()) {
                bars.add(
                        new Plot.Bar(
                                run.name(),
                                run.contestant(),
                                Results.median(values).getAsDouble(),
                                values.stream().mapToDouble(v -> v).min().getAsDouble(),
                                values.stream().mapToDouble(v -> v).max().getAsDouble()));
            }
            String line = run.contestant() + ", " + run.name();
            if (run.name().startsWith("latency")) {
                // The last run's stays.
                latencies.put(
                        line.replace("latency-backfill", "beside a backfill")
                                .replace(", latency", ""),
                        run.progress().stream()
                                .map(point -> new double[] {100 * point[0], point[1]})
                                .toList());
            } else if (run.repetition() == 1 && run.progress().size() > 4) {
                if (run.name().startsWith("backfill")) {
                    backfills.put(
                            line.replace(", backfill-", ", ").replace(", backfill", ""), rate(run));
                } else if (run.name().startsWith("catchup")) {
                    catchUps.put(
                            line.replaceFirst(", catchup-(.*)", ", consolidated, $1 deletes")
                                    .replace(", catchup", ""),
                            rate(run));
                }
            }
        }
        growth(results, out);
        // SeaMerge first, so that it has one colour in all plots.
        bars.sort(
                Comparator.comparing(Plot.Bar::group)
                        .thenComparing(bar -> !bar.label().startsWith(Goals.SEAMERGE)));
        if (!bars.isEmpty()) {
            Files.writeString(
                    out.resolve("throughput.svg"), Plot.bars("Throughput", "rows/s", bars));
        }
        if (!latencies.isEmpty()) {
            Files.writeString(
                    out.resolve("latency.svg"),
                    Plot.lines(
                            "Latency at 1,000 transactions/s: MySQL to PostgreSQL",
                            "percent of the transactions that took at most …",
                            "ms",
                            true,
                            latencies));
        }
        rates("Backfill: rate over time", backfills, out.resolve("rate.svg"));
        rates("Catch-up: rate over time", catchUps, out.resolve("rate-catchup.svg"));
    }

    /** Rates over table size, instances and tables. */
    private static void growth(Results results, Path out) throws IOException {
        List<Plot.Bar> bars = new ArrayList<>();
        for (Results.Run run : results.runs()) {
            String axis = run.name().replaceFirst("^growth-", "");
            if (axis.equals(run.name())) {
                continue;
            }
            run.figures().entrySet().stream()
                    .filter(figure -> figure.getKey().matches(axis + "_\\d+"))
                    .sorted(
                            Comparator.comparingLong(
                                    figure ->
                                            Long.parseLong(figure.getKey().replaceAll("\\D", ""))))
                    .forEach(
                            figure ->
                                    bars.add(
                                            new Plot.Bar(
                                                    "over " + axis,
                                                    counted(figure.getKey(), axis),
                                                    figure.getValue(),
                                                    figure.getValue(),
                                                    figure.getValue())));
        }
        if (!bars.isEmpty()) {
            Files.writeString(
                    out.resolve("growth.svg"),
                    Plot.bars("Growth: rate of a backfill", "rows/s", bars));
        }
    }

    /** How many of what: {@code 1 instance}. */
    private static String counted(String figure, String axis) {
        long count = Long.parseLong(figure.replaceAll("\\D", ""));
        return String.format(
                Locale.ROOT, "%,d %s", count, count == 1 ? axis.replaceFirst("s$", "") : axis);
    }

    private static void rates(String title, Map<String, List<double[]>> lines, Path file)
            throws IOException {
        if (!lines.isEmpty()) {
            Files.writeString(
                    file,
                    Plot.lines(
                            title, "seconds since the job was submitted", "rows/s", false, lines));
        }
    }

    /** Rows per second at each second, over the second before. */
    private static List<double[]> rate(Results.Run run) {
        double rows = run.figures().getOrDefault("rows", 0d);
        List<double[]> points = new ArrayList<>();
        List<double[]> progress = run.progress();
        int from = 0;
        points.add(new double[] {0, 0});
        // Until the first row is there, not a slope towards it.
        points.add(new double[] {progress.get(0)[0], 0});
        for (int i = 1; i < progress.size(); i++) {
            while (progress.get(i)[0] - progress.get(from)[0] > 1.05) {
                from++;
            }
            double seconds = progress.get(i)[0] - progress.get(from)[0];
            points.add(
                    new double[] {
                        progress.get(i)[0],
                        rows * (progress.get(i)[1] - progress.get(from)[1]) / seconds
                    });
        }
        return points;
    }

    private static String json(Bench bench, List<Goals.Outcome> outcomes, double seconds) {
        StringBuilder json = new StringBuilder("{\n");
        Map<String, Object> machine = new TreeMap<>();
        machine.put("cores", Runtime.getRuntime().availableProcessors());
        machine.put("java", System.getProperty("java.version"));
        machine.put("seconds", seconds);
        machine.put("repetitions", bench.options().repetitions());
        machine.put("scale", bench.options().scale());
        machine.put("quick", bench.options().quick());
        json.append("  \"sitting\": ").append(object(machine)).append(",\n  \"ratios\": [\n");
        json.append(
                String.join(
                        ",\n",
                        outcomes.stream()
                                .map(
                                        outcome ->
                                                "    "
                                                        + object(
                                                                new TreeMap<>(
                                                                        Map.of(
                                                                                "what",
                                                                                outcome.goal()
                                                                                        .what()
                                                                                        .strip(),
                                                                                "case",
                                                                                outcome.goal()
                                                                                        .of()
                                                                                        .name(),
                                                                                "ratio",
                                                                                outcome.ratio(),
                                                                                "bound",
                                                                                outcome.goal()
                                                                                        .bound(),
                                                                                "at_most",
                                                                                outcome.goal()
                                                                                        .atMost(),
                                                                                "met",
                                                                                outcome.met(),
                                                                                "spread_percent",
                                                                                outcome.spread()))))
                                .toList()));
        json.append("\n  ],\n  \"runs\": [\n");
        json.append(
                String.join(
                        ",\n",
                        bench.results().runs().stream()
                                .map(
                                        run -> {
                                            Map<String, Object> values =
                                                    new TreeMap<>(run.figures());
                                            values.put("case", run.name());
                                            values.put("contestant", run.contestant());
                                            values.put("repetition", run.repetition());
                                            return "    " + object(values);
                                        })
                                .toList()));
        return json.append("\n  ]\n}\n").toString();
    }

    private static String object(Map<String, Object> values) {
        return "{"
                + String.join(
                        ", ",
                        values.entrySet().stream()
                                .map(
                                        entry ->
                                                quote(entry.getKey())
                                                        + ": "
                                                        + value(entry.getValue()))
                                .toList())
                + "}";
    }

    private static String value(Object value) {
        if (value instanceof Double number) {
            return number.isNaN() || number.isInfinite()
                    ? "null"
                    : String.format(Locale.ROOT, "%.6g", number);
        }
        return value instanceof String text ? quote(text) : String.valueOf(value);
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
