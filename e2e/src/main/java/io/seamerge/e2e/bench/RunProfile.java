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
import io.seamerge.e2e.servers.MySqlServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Where the processor time of one run goes: PostgreSQL's by kind of statement, that of engine and
 * MySQL by thread, all as far as can be told without slowing the run down by more than about two
 * percent of a processor. From its making to each {@link #take}.
 */
final class RunProfile implements AutoCloseable {

    /** What a figure's name begins with, before the name of a thread or a kind of statement. */
    enum Part {
        ENGINE("engine thread: "),
        MYSQL("MySQL thread: "),
        POSTGRES("PostgreSQL: "),
        POSTGRES_WAITS("PostgreSQL waits: ");

        private final String prefix;

        Part(String prefix) {
            this.prefix = prefix;
        }

        String prefix() {
            return prefix;
        }
    }

    private static final long LOOK_MILLIS = 250;

    /** Seconds per row, or whatever it is divided by, that are not worth a figure. */
    private static final double LEAST_MICROS = 0.005;

    private final ServerSampler sampler;
    private final ThreadTimes engine;
    private final List<ThreadTimes> mySqls = new ArrayList<>();
    private final long server;
    private final ThreadTimes.OfProcesses postgres;
    private final double postgresBefore;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> looks;
    private final Map<String, Double> seconds = new TreeMap<>();

    /**
     * Begins.
     *
     * @param target to the database that is looked at; what it does itself is not
     * @param engine null if the contestant has none
     */
    RunProfile(Bench bench, List<MySqlServer> mySqls, Connection target, SeaTunnelEngine engine)
            throws Exception {
        Path root = Path.of(System.getProperty("seamerge.root", "."));
        ServerStatements statements =
                bench.once("statements of the sink", () -> ServerStatements.ofSink(root));
        this.engine = engine == null ? null : ThreadTimes.ofJava(engine.pid());
        for (MySqlServer server : mySqls) {
            this.mySqls.add(ThreadTimes.ofMySql(server.pid(), bench.ownThreads(server)));
        }
        this.server = bench.postgres().pid();
        this.postgres = new ThreadTimes.OfProcesses(server);
        this.sampler = new ServerSampler(bench.target("postgres"), target, statements);
        this.postgresBefore = postgresSeconds();
        this.looks =
                thread.scheduleWithFixedDelay(
                        this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Again and again: threads end with the job, and processes with their connections. */
    private synchronized void look() {
        try {
            if (engine != null) {
                engine.look();
            }
            for (ThreadTimes server : mySqls) {
                server.look();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Seconds of processor time that PostgreSQL has used, without what the looks cost it. */
    double postgresSeconds() {
        return Usage.cpuSeconds(server) - sampler.ownSeconds();
    }

    /** Takes what was spent until now. */
    void take() throws Exception {
        if (looks.isDone()) {
            looks.get();
        }
        Map<ServerSampler.Doing, Double> backends = sampler.seconds();
        look();
        seconds.clear();
        synchronized (this) {
            if (engine != null) {
                put(Part.ENGINE, engine.seconds());
            }
            for (ThreadTimes server : mySqls) {
                put(Part.MYSQL, server.seconds());
            }
        }
        double used = postgresSeconds() - postgresBefore;
        Map<String, Double> background = postgres.seconds();
        put(Part.POSTGRES, background);
        seconds.putAll(statements(backends, used - sum(background)));
    }

    /** Ends the looks. What was taken stays. */
    @Override
    public void close() {
        thread.shutdownNow();
        sampler.close();
    }

    private void put(Part part, Map<String, Double> used) {
        used.forEach((name, value) -> seconds.merge(part.prefix() + name, value, Double::sum));
    }

    /**
     * The processor time of backends by kind of statement, and what else they did, by their looks.
     * A backend that waits for a core looks like one that has it, so what was seen is stretched to
     * what the kernel counted.
     *
     * @param processorSeconds of all backends, by the kernel
     */
    static Map<String, Double> statements(
            Map<ServerSampler.Doing, Double> backends, double processorSeconds) {
        Map<String, Double> seconds = new TreeMap<>();
        double seen =
                backends.entrySet().stream()
                        .filter(entry -> isOnProcessor(entry.getKey()))
                        .mapToDouble(Map.Entry::getValue)
                        .sum();
        backends.forEach(
                (what, value) -> {
                    if (isOnProcessor(what)) {
                        seconds.put(
                                Part.POSTGRES.prefix() + what.kind(),
                                value / seen * processorSeconds);
                    } else {
                        seconds.put(
                                Part.POSTGRES_WAITS.prefix()
                                        + what.kind()
                                        + ", for "
                                        + what.doing(),
                                value);
                    }
                });
        return seconds;
    }

    private static boolean isOnProcessor(ServerSampler.Doing what) {
        return what.doing().equals(ServerStatements.ON_PROCESSOR);
    }

    /** Figures for {@link Results}: microseconds per row, or per whatever there were so many of. */
    Map<String, Double> figures(double rows) {
        Map<String, Double> figures = new TreeMap<>();
        seconds.forEach(
                (name, value) -> {
                    if (1e6 * value / rows >= LEAST_MICROS) {
                        figures.put(name, 1e6 * value / rows);
                    }
                });
        return figures;
    }

    /**
     * The lines of a profile that is printed, side by side with another's.
     *
     * @param ours figures of {@link #figures}
     * @param theirs null if there is nobody to compare with
     */
    static String text(Map<String, Double> ours, Map<String, Double> theirs) {
        StringBuilder text = new StringBuilder();
        for (Part part : Part.values()) {
            Map<String, Double> mine = of(part, ours);
            Map<String, Double> others = theirs == null ? Map.of() : of(part, theirs);
            double all = sum(mine);
            double allOthers = sum(others);
            if (all + allOthers < LEAST_MICROS) {
                continue;
            }
            boolean waits = part == Part.POSTGRES_WAITS;
            text.append(
                    "  %s%n"
                            .formatted(
                                    switch (part) {
                                        case ENGINE -> "engine, by thread";
                                        case MYSQL -> "MySQL, by thread";
                                        case POSTGRES -> "PostgreSQL, by kind of statement";
                                        case POSTGRES_WAITS ->
                                                "PostgreSQL's connections, waiting (all added up)";
                                    }));
            Map<String, Double> both = new TreeMap<>(others);
            both.putAll(mine);
            both.keySet().stream()
                    .sorted(
                            Comparator.comparingDouble(
                                    name ->
                                            -Math.max(
                                                    share(mine.get(name), all),
                                                    share(others.get(name), allOthers))))
                    .filter(
                            name ->
                                    share(mine.get(name), all) >= 0.01
                                            || share(others.get(name), allOthers) >= 0.01)
                    .forEach(
                            name ->
                                    text.append("   ")
                                            .append(cell(mine.get(name), all, waits))
                                            .append(
                                                    theirs == null
                                                            ? ""
                                                            : " |"
                                                                    + cell(
                                                                            others.get(name),
                                                                            allOthers,
                                                                            waits))
                                            .append("  ")
                                            .append(name)
                                            .append(System.lineSeparator()));
        }
        return text.toString();
    }

    private static double share(Double micros, double all) {
        return micros == null ? 0 : micros / all;
    }

    private static String cell(Double micros, double all, boolean waits) {
        if (micros == null) {
            return " ".repeat(13);
        }
        return String.format(Locale.ROOT, "%8.2f", micros)
                + (waits
                        ? "     "
                        : String.format(Locale.ROOT, "%3.0f %%", 100 * share(micros, all)));
    }

    private static double sum(Map<String, Double> figures) {
        return figures.values().stream().mapToDouble(value -> value).sum();
    }

    private static Map<String, Double> of(Part part, Map<String, Double> figures) {
        Map<String, Double> of = new TreeMap<>();
        figures.forEach(
                (name, value) -> {
                    if (name.startsWith(part.prefix())) {
                        of.put(name.substring(part.prefix().length()), value);
                    }
                });
        return of;
    }
}
