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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** What was measured in a sitting, in the order of the runs. */
final class Results {

    /**
     * One run of one contestant.
     *
     * @param repetition from 1; 0 is warm-up and counts nowhere
     * @param figures by name
     * @param progress seconds since the beginning, and the part that was there by then
     */
    record Run(
            String name,
            String contestant,
            int repetition,
            Map<String, Double> figures,
            List<double[]> progress) {}

    private final List<Run> runs = new ArrayList<>();
    private final Map<String, String> explanations = new LinkedHashMap<>();

    void add(Run run) {
        runs.add(run);
    }

    /** Lines that say where a case's time went, if its runs' figures do not. */
    void explain(String name, String lines) {
        explanations.put(name, lines);
    }

    /** Empty if there are none. */
    String explanation(String name) {
        return explanations.getOrDefault(name, "");
    }

    /** The median of each figure of the runs that count; what a run lacks is 0 in it. */
    Map<String, Double> medians(String name, String contestant) {
        List<Run> counted =
                runs.stream()
                        .filter(run -> run.name().equals(name))
                        .filter(run -> run.contestant().equals(contestant) && run.repetition() > 0)
                        .toList();
        Map<String, Double> medians = new TreeMap<>();
        counted.stream()
                .flatMap(run -> run.figures().keySet().stream())
                .distinct()
                .forEach(
                        figure ->
                                medians.put(
                                        figure,
                                        median(
                                                        counted.stream()
                                                                .map(
                                                                        run ->
                                                                                run.figures()
                                                                                        .getOrDefault(
                                                                                                figure,
                                                                                                0d))
                                                                .toList())
                                                .getAsDouble()));
        return medians;
    }

    List<Run> runs() {
        return List.copyOf(runs);
    }

    /** A figure of all runs that count, in their order. */
    List<Double> values(String name, String contestant, String figure) {
        return runs.stream()
                .filter(run -> run.name().equals(name) && run.contestant().equals(contestant))
                .filter(run -> run.repetition() > 0 && run.figures().containsKey(figure))
                .map(run -> run.figures().get(figure))
                .toList();
    }

    OptionalDouble median(String name, String contestant, String figure) {
        return median(values(name, contestant, figure));
    }

    static OptionalDouble median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int size = sorted.size();
        if (size == 0) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2);
    }

    /** How far the runs lie apart, in percent of their median. */
    static double spread(List<Double> values) {
        double least = values.stream().mapToDouble(value -> value).min().orElse(0);
        double most = values.stream().mapToDouble(value -> value).max().orElse(0);
        return 100 * (most - least) / median(values).orElse(1);
    }
}
