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
import io.seamerge.e2e.machine.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The processor time of an engine's threads since a moment, by what the kernel counts for each. The
 * compilers and the collector are among them, which a flight recording does not show. What a thread
 * has used is known as of the last look at which it lived. Not thread-safe.
 */
final class ThreadTimes {

    private static final Pattern THREAD =
            Pattern.compile("^\"(.*)\".* nid=(0x[0-9a-f]+|\\d+)", Pattern.MULTILINE);

    private final SeaTunnelEngine engine;
    private final Map<Long, Long> first;
    private final Map<Long, Long> last = new HashMap<>();
    private final Map<Long, String> names = new HashMap<>();

    /** Counts from now on. */
    ThreadTimes(SeaTunnelEngine engine) throws IOException {
        this.engine = engine;
        this.first = nanos();
        look();
    }

    /** Reads the counters; the names too, if there are new threads. */
    void look() throws IOException {
        last.putAll(nanos());
        if (names.keySet().containsAll(last.keySet())) {
            return;
        }
        String tool = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Matcher named =
                THREAD.matcher(
                        Commands.run(List.of(tool, Long.toString(engine.pid()), "Thread.print")));
        while (named.find()) {
            names.put(Long.decode(named.group(2)), named.group(1));
        }
        last.keySet().forEach(thread -> names.putIfAbsent(thread, "others"));
    }

    private Map<Long, Long> nanos() throws IOException {
        Map<Long, Long> nanos = new HashMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + engine.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                try {
                    nanos.put(
                            Long.parseLong(thread.getFileName().toString()),
                            Long.parseLong(
                                    Files.readString(
                                                    thread.resolve("schedstat"),
                                                    StandardCharsets.US_ASCII)
                                            .split(" ")[0]));
                } catch (NoSuchFileException e) {
                    // It ended while the others were read.
                    continue;
                }
            }
        }
        return nanos;
    }

    /** The seconds by the threads' names, with a # for numbers. */
    Map<String, Double> seconds() {
        Map<String, Double> seconds = new TreeMap<>();
        last.forEach(
                (thread, time) ->
                        seconds.merge(
                                names.get(thread).replaceAll("\\d+", "#"),
                                (time - first.getOrDefault(thread, 0L)) / 1e9,
                                Double::sum));
        return seconds;
    }

    /**
     * A line for each name, the greatest first.
     *
     * @param factor by which seconds are multiplied
     * @param least what is less than this is left out
     */
    static String text(Map<String, Double> seconds, double factor, double least) {
        StringBuilder text = new StringBuilder();
        seconds.entrySet().stream()
                .filter(entry -> entry.getValue() * factor >= least)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(
                        entry ->
                                text.append(
                                        "%8.2f  %s%n"
                                                .formatted(
                                                        entry.getValue() * factor,
                                                        entry.getKey())));
        return text.toString();
    }
}
