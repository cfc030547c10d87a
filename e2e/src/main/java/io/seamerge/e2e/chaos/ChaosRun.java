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
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * One run of the chaos suite: a workload with a known outcome, and faults at random moments, all
 * drawn from one seed; then a comparison with the {@link Ledger}. The seed fixes what is written
 * and which faults strike in which order; when exactly they meet is up to the machine.
 */
public final class ChaosRun {

    /** How long nothing may move before a job counts as stuck; a slow machine may take longer. */
    private static final Duration STUCK = Duration.ofMinutes(3);

    /**
     * How a run ended.
     *
     * @param findings what was not as it must be; empty if all was well
     */
    public record Outcome(
            long seed,
            long seconds,
            long transactions,
            long rowChanges,
            long rowsCompared,
            long looks,
            String faults,
            List<String> findings) {

        public boolean equal() {
            return findings.isEmpty();
        }
    }

    private final long seed;
    private final Path logs;
    private final PrintStream out;
    private final Random random;
    private final Map<String, Writer> writers = new LinkedHashMap<>();
    private final Map<String, Integer> struck = new LinkedHashMap<>();
    private final List<String> findings = new ArrayList<>();
    private World world;
    private boolean editing;
    private long begin;

    /**
     * @param logs the folder where the engine's log is kept if something is not as it must be
     * @param out is told of every fault
     */
    public ChaosRun(long seed, Path logs, PrintStream out) {
        this.seed = seed;
        this.random = new Random(seed);
        this.logs = logs;
        this.out = out;
    }

    /** Faults at random moments, for so many seconds. */
    public Outcome run(int seconds) throws Exception {
        return run(seconds, List.of(Fault.values()));
    }

    /** The same with faults of these kinds alone. */
    Outcome run(int seconds, List<Fault> faults) throws Exception {
        return run(() -> strikeAtRandom(seconds, faults));
    }

    /** The engine ends itself once at each of these points. */
    public Outcome run(List<CrashPoint> points) throws Exception {
        return run(() -> crashAt(points));
    }

    private interface Course {
        void take() throws Exception;
    }

    private Outcome run(Course course) throws Exception {
        Ledger ledger = new Ledger(World.INSTANCES);
        try (World newWorld = new World();
                Watcher watcher = new Watcher(newWorld)) {
            world = newWorld;
            if (seed % 2 == 0) {
                world.logConflicts();
            }
            if (seed % 4 >= 2) {
                world.packRows();
            }
            for (String instance : World.INSTANCES) {
                Writer writer = new Writer(instance, world, ledger, random.nextLong());
                writer.load();
                writers.put(instance, writer);
            }
            begin = System.nanoTime();
            try {
                writers.values().forEach(Writer::start);
                watcher.start();
                course.take();
                for (Writer writer : writers.values()) {
                    writer.stop();
                }
                catchUp();
                Judge judge = new Judge(world, ledger);
                findings.addAll(judge.findings());
                watcher.stop().forEach(finding -> findings.add("a reader saw: " + finding));
                keepLog();
                return new Outcome(
                        seed,
                        Duration.ofNanos(System.nanoTime() - begin).toSeconds(),
                        ledger.transactions(),
                        ledger.rowChanges(),
                        judge.rows(),
                        watcher.rounds(),
                        struck.entrySet().stream()
                                .map(each -> each.getKey() + "×" + each.getValue())
                                .collect(Collectors.joining(" ")),
                        findings);
            } catch (RuntimeException e) {
                findings.add(e.toString());
                keepLog();
                throw e;
            } finally {
                writers.values().forEach(Writer::close);
            }
        }
    }

    private void strikeAtRandom(int seconds, List<Fault> faults) throws Exception {
        world.startJob();
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        while (System.nanoTime() < end) {
            Thread.sleep(random.nextInt(3_000));
            Fault fault = faults.get(random.nextInt(faults.size()));
            struck(fault.name());
            fault.strike(world, writers, random);
            settle();
        }
    }

    private void crashAt(List<CrashPoint> points) throws Exception {
        for (CrashPoint point : points) {
            struck(point.name());
            world.startArmed(point.instruction());
            if (!world.awaitCrash(Duration.ofMinutes(5))) {
                findings.add("the engine never came to " + point);
            }
            settle();
        }
        world.killEngine();
    }

    private void struck(String what) {
        out.printf(
                "%6.1f s  %s%n",
                (System.nanoTime() - begin) / 1e9, what.toLowerCase(Locale.ROOT).replace('_', ' '));
        struck.merge(what, 1, Integer::sum);
    }

    /** After each fault. */
    private void settle() throws SQLException {
        writers.values().forEach(Writer::check);
        if (!editing && world.streamsAll()) {
            // An edit from before is part of the snapshot, which has no times.
            writers.values().forEach(Writer::editProfiles);
            editing = true;
        }
        restoreIfFailed();
    }

    private void keepLog() throws IOException {
        if (!findings.isEmpty()) {
            Path kept = logs.resolve("chaos-seed-" + seed + ".log");
            Files.copy(world.engine().log(), kept, StandardCopyOption.REPLACE_EXISTING);
            out.println("the engine's log is in " + kept);
        }
    }

    /** No fault here is one that a job may not survive. */
    private void restoreIfFailed() {
        if (world.engine().isRunning() && world.job().status().equals("FAILED")) {
            String why = world.job().awaitFailure(Duration.ofSeconds(30));
            findings.add("the job failed: " + why);
            world.killEngine();
        }
    }

    private void catchUp() throws Exception {
        Map<String, String> moments = new LinkedHashMap<>();
        for (String instance : World.INSTANCES) {
            moments.put(instance, world.now(instance));
        }
        for (String instance : World.INSTANCES) {
            if (!caughtUp(
                    "instance " + instance + " has not caught up",
                    () -> world.reached(instance, moments.get(instance)))) {
                return;
            }
        }
        caughtUp(
                "a snapshot is not done",
                () ->
                        "0"
                                .equals(
                                        world.target(
                                                "SELECT count(*) FROM seamerge.snapshot WHERE state"
                                                        + " <> 'done'")));
    }

    private interface Question {
        boolean isAnswered() throws SQLException;
    }

    /** Waits as long as the job gets on. */
    private boolean caughtUp(String otherwise, Question question) throws Exception {
        String moved = null;
        long deadline = 0;
        while (!question.isAnswered()) {
            restoreIfFailed();
            String now =
                    world.target(
                            "SELECT concat((SELECT sum(rows) FROM seamerge.applied), ' ', (SELECT"
                                    + " sum(rows_read) FROM seamerge.snapshot), ' ', (SELECT"
                                    + " string_agg(position, ' ' ORDER BY instance) FROM"
                                    + " seamerge.instance))");
            if (moved == null || !moved.equals(now)) {
                moved = now;
                deadline = System.nanoTime() + STUCK.toNanos();
            } else if (System.nanoTime() > deadline) {
                findings.add(
                        otherwise
                                + ", and nothing has moved for "
                                + STUCK
                                + "; the engine's log ends: "
                                + world.engine().logEnd());
                return false;
            }
            Thread.sleep(200);
        }
        return true;
    }
}
