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
package io.seamerge.e2e.protocol;

import io.seamerge.e2e.protocol.Scenario.Family;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Servers, engine, one attempt that runs, perhaps one that was given up and does not know it, and
 * the target. It offers the steps that can be taken now; who takes them makes the schedule.
 */
final class World {
    /** One start of the job by the engine. */
    private static final class Attempt {
        final Reader[] readers;
        final Applier[] appliers;
        Reader.State[] taken;

        Attempt(Reader[] readers, Applier[] appliers) {
            this.readers = readers;
            this.appliers = appliers;
        }

        boolean quiet() {
            return Arrays.stream(appliers).allMatch(Applier::quiet);
        }

        boolean failed() {
            return Arrays.stream(appliers).anyMatch(applier -> applier.failed);
        }
    }

    private final Scenario scenario;
    private final Set<Rule> rules;
    private final Server[] servers;
    private final Target target;
    private final int[] written;

    private Attempt current;
    private Attempt zombie;
    private Reader.State[] stored;
    private boolean bounded;
    private IntFunction<Reader.State> freshStart;
    private int lanes;
    private int firstKey;
    private int incarnations;

    private int crashes;
    private int lostAnswers;
    private int heartbeats;
    private int checkpoints;
    private int repairs = 1;
    private int reruns = 1;
    private int rereads = 1;
    private int commitTimeShift;

    World(Scenario scenario, Set<Rule> rules) {
        this.scenario = scenario;
        this.rules = rules;
        this.servers = scenario.baseKeys().stream().map(Server::new).toArray(Server[]::new);
        this.target = new Target(scenario, rules, servers);
        this.written = new int[servers.length];
        this.lanes = scenario.lanes();
        this.crashes = scenario.crashes();
        this.lostAnswers = scenario.lostAnswers();
        this.heartbeats = scenario.heartbeats();
        this.checkpoints = scenario.checkpoints();
        this.bounded = scenario.family().bounded();
        this.freshStart = this::startAtEndOfBinlog;
        start();
    }

    private Reader.State startAtEndOfBinlog(int instance) {
        int position = servers[instance].binlog.size();
        target.begins(instance, position);
        return new Reader.State(position, 0, 0, ++incarnations, -1, false);
    }

    /** The engine starts the job: from its last completed checkpoint, or afresh. */
    private void start() {
        Applier[] appliers = new Applier[scenario.subtasks()];
        Arrays.setAll(appliers, i -> new Applier(scenario, rules, target, lanes));
        Reader[] readers = new Reader[servers.length];
        for (int instance = 0; instance < readers.length; instance++) {
            boolean fresh = stored == null;
            readers[instance] =
                    new Reader(
                            instance,
                            servers[instance],
                            scenario,
                            rules,
                            fresh ? freshStart.apply(instance) : restored(stored[instance]),
                            fresh,
                            bounded,
                            firstKey);
        }
        // Where the rule is off, chunk rows travel through another subtask.
        if (!rules.contains(Rule.O1_ONE_QUEUE)) {
            appliers = Arrays.copyOf(appliers, appliers.length + 1);
            appliers[appliers.length - 1] = new Applier(scenario, rules, target, lanes);
        }
        current = new Attempt(readers, appliers);
    }

    private Reader.State restored(Reader.State state) {
        return rules.contains(Rule.O4_KEPT_OVER_RESTORE)
                ? state
                : new Reader.State(
                        state.position(),
                        state.row(),
                        state.clock(),
                        ++incarnations,
                        state.bound(),
                        state.snapshotDone());
    }

    /** What can happen now, by name. {@code mayFail}: also what need not happen. */
    Map<String, Runnable> steps(boolean mayFail) {
        Map<String, Runnable> steps = new LinkedHashMap<>();
        for (int instance = 0; instance < servers.length; instance++) {
            serverSteps(steps, instance);
        }
        if (current == null) {
            betweenJobs(steps, mayFail);
        } else if (current.failed()) {
            steps.put("engine restarts the failed job", this::restart);
        } else {
            attemptSteps(steps, "", current, mayFail);
            checkpointSteps(steps, mayFail);
            if (mayFail && crashes > 0) {
                steps.put(
                        "RESTART, the old attempt drains",
                        () -> {
                            crashes--;
                            restart();
                        });
                steps.put(
                        "KILL -9 and restart",
                        () -> {
                            crashes--;
                            restart();
                            zombie = null;
                        });
            }
            if (mayFail && repairs > 0 && scenario.family() == Family.CLOCK_REPAIRED && drained()) {
                steps.put("CLOCK SET BACK, fresh start", this::repairClock);
            }
            if (mayFail && rereads > 0 && scenario.family() == Family.READ_AGAIN && drained()) {
                steps.put("ROWS GO UNWATCHED, saved and restored to read again", this::readAgain);
            }
            if (mayFail && bounded && reruns == 0) {
                steps.put(
                        "GIVE UP the run",
                        () -> {
                            reruns = -1;
                            zombie = current;
                            current = null;
                        });
            }
        }
        if (mayFail && zombie != null) {
            attemptSteps(steps, "zombie ", zombie, false);
        }
        return steps;
    }

    /** True for a step that ends an attempt from outside. */
    static boolean isStrike(String step) {
        return step.startsWith("RESTART") || step.startsWith("KILL") || step.startsWith("GIVE UP");
    }

    private void serverSteps(Map<String, Runnable> steps, int instance) {
        Server server = servers[instance];
        List<Scenario.Script> scripts = scenario.transactions().get(instance);
        if (written[instance] < scripts.size()) {
            steps.put(
                    "server " + instance + " writes a transaction",
                    () -> {
                        Scenario.Script script = scripts.get(written[instance]++);
                        int time = Math.max(1, script.commitTime() + commitTimeShift);
                        server.write(new Scenario.Script(time, script.operations()));
                    });
        }
        if (server.visible < server.binlog.size()) {
            steps.put("server " + instance + " shows a transaction", () -> server.visible++);
        }
    }

    private void attemptSteps(
            Map<String, Runnable> steps, String who, Attempt attempt, boolean mayFail) {
        boolean alive = attempt == current || scenario.family() == Family.DISJOINT_READER_OVERLAPS;
        for (int each = 0; alive && each < attempt.readers.length; each++) {
            int instance = each;
            Reader reader = attempt.readers[instance];
            Applier applier = attempt.appliers[instance % scenario.subtasks()];
            Applier chunks =
                    rules.contains(Rule.O1_ONE_QUEUE)
                            ? applier
                            : attempt.appliers[attempt.appliers.length - 1];
            Map<String, Runnable> own = new LinkedHashMap<>();
            reader.steps(own, applier::send, chunks::send);
            if (mayFail && heartbeats > 0 && reader.canBeat()) {
                own.put(
                        "heartbeat",
                        () -> {
                            heartbeats--;
                            reader.heartbeat(applier::send);
                        });
            }
            own.forEach((name, step) -> steps.put(who + "reader " + instance + ": " + name, step));
        }
        for (int each = 0; each < attempt.appliers.length; each++) {
            int subtask = each;
            Map<String, Runnable> own = new LinkedHashMap<>();
            attempt.appliers[subtask].steps(own, mayFail && lostAnswers > 0, () -> lostAnswers--);
            own.forEach((name, step) -> steps.put(who + "sink " + subtask + ": " + name, step));
        }
    }

    private void checkpointSteps(Map<String, Runnable> steps, boolean mayFail) {
        if (current.taken == null) {
            boolean needed =
                    bounded
                            ? Arrays.stream(current.readers).allMatch(reader -> reader.ended)
                            : Arrays.stream(current.readers).anyMatch(reader -> !reader.mayEmit());
            boolean possible = mayFail && !bounded && checkpoints > 0;
            if (needed || possible) {
                steps.put(
                        "checkpoint is taken",
                        () -> {
                            checkpoints--;
                            takeCheckpoint();
                        });
            }
        } else if (Arrays.stream(current.appliers).allMatch(Applier::prepared)) {
            steps.put("checkpoint completes", this::completeCheckpoint);
        }
    }

    private void takeCheckpoint() {
        current.taken =
                Arrays.stream(current.readers)
                        .map(Reader::takeCheckpoint)
                        .toArray(Reader.State[]::new);
        for (Applier applier : current.appliers) {
            applier.send(new Message.Barrier(0));
        }
    }

    private void completeCheckpoint() {
        if (bounded) {
            // FINISHED: what is in a hand is gone.
            current = null;
            for (int instance = 0; instance < servers.length; instance++) {
                Target.Handoff handoff = target.handoffs.get(instance);
                Violation.when(
                        handoff == null || !handoff.finished(),
                        "the bounded run is FINISHED, the handoff of instance %d is not",
                        instance);
            }
            return;
        }
        stored = current.taken;
        current.taken = null;
        for (Applier applier : current.appliers) {
            applier.checkpointCompleted();
        }
        for (Reader reader : current.readers) {
            reader.checkpointCompleted();
        }
    }

    private void restart() {
        target.stoppedQuiet = current.quiet();
        zombie = current;
        if (scenario.family() == Family.LANES_CHANGED) {
            lanes = 3 - lanes;
        }
        if (scenario.family() == Family.FILTER_TIGHTENED) {
            firstKey = Scenario.SECOND_TABLE;
            target.firstKey = firstKey;
        }
        start();
    }

    private boolean drained() {
        return current.quiet()
                && current.taken == null
                && Arrays.stream(current.readers)
                        .allMatch(reader -> reader.mayEmit() && reader.atEnd());
    }

    private void repairClock() {
        repairs--;
        commitTimeShift = -8;
        stored = null;
        zombie = null;
        Reader.State before = current.readers[0].state();
        freshStart =
                instance ->
                        new Reader.State(
                                before.position(),
                                0,
                                0,
                                rules.contains(Rule.O4_INCARNATION)
                                        ? ++incarnations
                                        : before.incarnation(),
                                -1,
                                true);
        start();
    }

    private void readAgain() {
        rereads--;
        zombie = null;
        target.plant(0);
        Reader.State saved = current.readers[0].state();
        stored =
                new Reader.State[] {
                    new Reader.State(
                            saved.position(), 0, saved.clock(), saved.incarnation(), -1, false)
                };
        start();
    }

    /** A bounded run is over or given up: a stream takes its handoff, or the run begins again. */
    private void betweenJobs(Map<String, Runnable> steps, boolean mayFail) {
        boolean finished =
                target.handoffs.size() == servers.length
                        && target.handoffs.values().stream().allMatch(Target.Handoff::finished);
        if (finished) {
            steps.put("STREAM starts from the handoff", this::startStream);
        }
        boolean again = scenario.family() == Family.HANDOFF_RERUN && reruns > 0 && mayFail;
        if (again || !finished) {
            steps.put(
                    "RUN again",
                    () -> {
                        reruns--;
                        start();
                    });
        }
    }

    private void startStream() {
        bounded = false;
        stored = null;
        zombie = null;
        List<Reader.State> starts = new ArrayList<>();
        for (int instance = 0; instance < servers.length; instance++) {
            Target.Handoff handoff = target.handoffs.get(instance);
            Violation.when(
                    handoff.incarnation() < target.incarnationOf(instance),
                    "the stream starts from a handoff of instance %d that a later run overtook",
                    instance);
            starts.add(
                    new Reader.State(
                            handoff.position(),
                            0,
                            rules.contains(Rule.A6_CLOCK_CARRIED_ON) ? handoff.clock() : 0,
                            handoff.incarnation(),
                            -1,
                            true));
        }
        freshStart = starts::get;
        start();
    }

    void checkFinal() {
        target.checkFinal();
    }

    /** All that decides what can still happen; equal worlds need to be explored once. */
    String fingerprint() {
        StringBuilder text = new StringBuilder();
        for (Server server : servers) {
            text.append(server.binlog.size()).append('/').append(server.visible).append(' ');
        }
        for (Attempt attempt : Arrays.asList(current, zombie)) {
            if (attempt != null) {
                text.append(Arrays.toString(attempt.readers));
                text.append(Arrays.toString(attempt.appliers));
                text.append(Arrays.toString(attempt.taken));
            }
            text.append('#');
        }
        return text.append(Arrays.toString(stored))
                .append(target)
                .append(Arrays.asList(crashes, lostAnswers, heartbeats, checkpoints))
                .append(Arrays.asList(repairs, reruns, rereads, lanes, firstKey, bounded))
                .toString();
    }
}
