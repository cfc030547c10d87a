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

import io.seamerge.e2e.protocol.Message.Barrier;
import io.seamerge.e2e.protocol.Message.Control;
import io.seamerge.e2e.protocol.Message.Kind;
import io.seamerge.e2e.protocol.Message.Row;
import io.seamerge.e2e.protocol.Message.Version;
import io.seamerge.e2e.protocol.Target.Progress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * One sink subtask: the engine's queue with its one hand, the applier, and its lanes. It fails for
 * good on the first refusal; the engine then starts another attempt.
 */
final class Applier {
    /**
     * One transaction of the target.
     *
     * @param rows folded, and each with the rows that were folded into it
     * @param ends per stream, where its progress moves to
     */
    private record Write(
            Map<Object, Row> rows,
            List<Row> absorbed,
            List<Control> controls,
            Map<Integer, Version> ends) {
        Write() {
            this(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
        }
    }

    private final Scenario scenario;
    private final Set<Rule> rules;
    private final Target target;
    private final int lanes;
    private final int epoch;

    private final Deque<Message> queue = new ArrayDeque<>();
    private Message hand;

    private final List<Message> gathered = new ArrayList<>();
    private final List<Deque<Write>> laneWrites = new ArrayList<>();
    private final boolean[] inDoubt;

    /** Control rows of one stream that are being applied. */
    private List<Control> controls = List.of();

    private boolean controlInDoubt;

    /** Begins and ends of first snapshots, behind which rows may have been gathered. */
    private final Deque<Control> trailing = new ArrayDeque<>();

    /**
     * Per stream and lane, what was known when the stream was claimed; the flushes go on from
     * there.
     */
    private final Map<Integer, Progress[]> claimed = new TreeMap<>();

    private final Map<Integer, int[]> flushes = new TreeMap<>();

    /** Where each lane will stand when all that it was given is committed. */
    private final Map<Integer, Version[]> movedTo = new TreeMap<>();

    /** Claims put off until the first write, where the rule against it is off. */
    private final List<Runnable> lateClaims = new ArrayList<>();

    boolean failed;

    /** A barrier has come; nothing is written until all lanes have committed. */
    private boolean preparing;

    Applier(Scenario scenario, Set<Rule> rules, Target target, int lanes) {
        this.scenario = scenario;
        this.rules = rules;
        this.target = target;
        this.lanes = lanes;
        this.epoch = target.drawEpoch();
        this.inDoubt = new boolean[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            laneWrites.add(new ArrayDeque<>());
        }
    }

    void send(Message message) {
        queue.add(message);
    }

    boolean prepared() {
        return preparing && idle();
    }

    void checkpointCompleted() {
        preparing = false;
    }

    /** Nothing gathered or being written; a row may be in the queue or the hand. */
    boolean idle() {
        return !failed
                && gathered.isEmpty()
                && controls.isEmpty()
                && (trailing.isEmpty() || !rules.contains(Rule.A3_TRAILING_FIRST))
                && laneWrites.stream().allMatch(Deque::isEmpty);
    }

    boolean quiet() {
        return idle() && queue.isEmpty() && hand == null;
    }

    /** The steps that can be taken now; {@code faults}: a commit's answer may be lost. */
    void steps(Map<String, Runnable> steps, boolean faults, Runnable faultUsed) {
        if (failed) {
            return;
        }
        for (int each = 0; each < lanes; each++) {
            int lane = each;
            if (laneWrites.get(lane).isEmpty()) {
                continue;
            }
            steps.put("commit lane " + lane, () -> commit(lane));
            if (faults && !inDoubt[lane]) {
                steps.put(
                        "commit lane " + lane + ", answer lost",
                        () -> {
                            faultUsed.run();
                            inDoubt[lane] = perform(laneWrites.get(lane).peek(), lane, lane);
                        });
            }
        }
        boolean committed = laneWrites.stream().allMatch(Deque::isEmpty);
        if (!controls.isEmpty() && (committed || !waitsForRows(controls.get(0)))) {
            steps.put("apply control row", this::commitControl);
            if (faults && !controlInDoubt) {
                steps.put(
                        "apply control row, answer lost",
                        () -> {
                            faultUsed.run();
                            controlInDoubt = perform(controlWrite(), 0, lanes - 1);
                        });
            }
        }
        if (!gathered.isEmpty() && !pairIsOpen()) {
            steps.put("flush", this::flush);
        }
        if (!trailing.isEmpty() && controls.isEmpty() && (gathered.isEmpty() || !pairIsOpen())) {
            steps.put("begins and ends of snapshots are due", this::takeTrailing);
        }
        if (hand != null && !preparing && controls.isEmpty()) {
            steps.put(
                    "write",
                    () -> {
                        Message message = hand;
                        if (message instanceof Control barrier
                                && !trails(barrier)
                                && !trailing.isEmpty()
                                && rules.contains(Rule.A3_TRAILING_FIRST)) {
                            takeTrailing();
                            return;
                        }
                        hand = null;
                        write(message);
                    });
        }
        if (queue.peek() instanceof Barrier) {
            // prepareCommit sees an empty queue; a row in the hand is not its business.
            steps.put(
                    "prepare commit",
                    () -> {
                        queue.remove();
                        preparing = true;
                        flush();
                    });
        } else if (!queue.isEmpty() && hand == null) {
            steps.put("poll", () -> hand = queue.remove());
        }
    }

    /** Nothing is removed at the end of a first snapshot: only its reader looks at it. */
    private boolean trails(Control control) {
        return (control.kind() == Kind.SNAPSHOT_BEGUN || control.kind() == Kind.SNAPSHOT_DONE)
                && !target.repeats(control);
    }

    private boolean waitsForRows(Control control) {
        return !trails(control) || rules.contains(Rule.A3_TRAILING_BEHIND_ROWS);
    }

    private void takeTrailing() {
        int stream = stream(trailing.peek());
        controls = trailing.stream().filter(each -> stream(each) == stream).toList();
        trailing.removeAll(controls);
        if (waitsForRows(controls.get(0))) {
            flush();
        }
    }

    private boolean pairIsOpen() {
        return gathered.get(gathered.size() - 1) instanceof Row row && row.pairGoesOn();
    }

    private int stream(Message message) {
        boolean split = !rules.contains(Rule.O1_ONE_QUEUE);
        boolean chunk =
                message instanceof Row row && row.snapshot()
                        || message instanceof Control c && c.kind() == Kind.SNAPSHOT_DONE;
        return message.instance() + (split && chunk ? 100 : 0);
    }

    private int lane(Row row) {
        return row.key() % lanes;
    }

    private void write(Message message) {
        int stream = stream(message);
        if (!claimed.containsKey(stream) && !claim(stream, message)) {
            return;
        }
        if (message instanceof Row row) {
            if (row.version().incarnation() < claimed.get(stream)[0].version().incarnation()) {
                failed = true;
            } else if (stale(stream, row) && rules.contains(Rule.A2_REFUSE_STALE_PAGE)) {
                failed = true;
            } else if (!rules.contains(Rule.A7_SKIP_BEFORE_FOLD) || !skipped(stream, row)) {
                gathered.add(row);
            } else if (target.epochOf(stream) == epoch && rules.contains(Rule.S4_SKIPPED_COUNTS)) {
                target.find(row);
            }
        } else if (message instanceof Control barrier) {
            if (barrier.version().incarnation() < claimed.get(stream)[0].version().incarnation()) {
                failed = true;
            } else if (!rules.contains(Rule.A3_CONTROL_IS_BARRIER)) {
                gathered.add(barrier);
            } else if (barrier.kind() != Kind.TRUNCATE || !truncateSkipped(stream, barrier)) {
                if (trails(barrier)) {
                    trailing.add(barrier);
                } else {
                    flush();
                    controls = List.of(barrier);
                }
            }
        }
    }

    private boolean claim(int stream, Message message) {
        if (target.epochOf(stream) > epoch && rules.contains(Rule.A1_EPOCH)) {
            failed = true;
            return false;
        }
        int incarnation =
                message instanceof Row row
                        ? row.version().incarnation()
                        : ((Control) message).version().incarnation();
        if (rules.contains(Rule.A1_CLAIM_BEFORE_READ) || target.epochOf(stream) == 0) {
            target.claim(stream, lanes, epoch);
            read(stream);
        } else {
            read(stream);
            lateClaims.add(() -> target.claim(stream, lanes, epoch));
        }
        target.see(message.instance(), incarnation, stream);
        return true;
    }

    private void read(int stream) {
        Progress[] known = new Progress[lanes];
        int[] counts = new int[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            known[lane] = target.progress(stream, lane);
            counts[lane] = known[lane].flushes();
        }
        claimed.put(stream, known);
        movedTo.put(stream, Arrays.stream(known).map(Progress::version).toArray(Version[]::new));
        flushes.put(stream, counts);
    }

    private boolean skipped(int stream, Row row) {
        if (row.snapshot()) {
            return !rules.contains(Rule.A2_KEEP_SNAPSHOT_ROWS)
                    && claimed.get(stream)[lane(row)].version().time() > 0;
        }
        return rules.contains(Rule.A2_SKIP_REPLAY)
                && claimed.get(stream)[lane(row)].version().covers(row.version());
    }

    /**
     * The page was read before another attempt's last rows were written, which this one skips: only
     * an overlap of readers does that, and the next attempt's pages are later.
     */
    private boolean stale(int stream, Row row) {
        Version asOf =
                new Version(row.version().incarnation(), row.asOf(), Version.WHOLE_TRANSACTION);
        Version applied = claimed.get(stream)[lane(row)].version();
        return row.snapshot()
                && applied.incarnation() == asOf.incarnation()
                && !asOf.covers(applied);
    }

    private boolean truncateSkipped(int stream, Control truncate) {
        for (Progress lane : claimed.get(stream)) {
            if (!lane.version().covers(truncate.version())) {
                return false;
            }
        }
        return true;
    }

    /** Ends what has been gathered and hands each lane its part. */
    private void flush() {
        if (gathered.isEmpty()) {
            return;
        }
        Write[] parts = new Write[lanes];
        for (int lane = 0; lane < lanes; lane++) {
            parts[lane] = new Write();
        }
        for (Message message : gathered) {
            int stream = stream(message);
            if (message instanceof Row row) {
                Write part = parts[lane(row)];
                Object key =
                        scenario.family().consolidated()
                                ? row.key()
                                : new Target.Key(row.instance(), row.key());
                part.rows.merge(key, row, target::later);
                part.absorbed.add(row);
                for (int lane = 0; lane < lanes; lane++) {
                    if (rules.contains(Rule.A2_MOVE_IDLE_LANES) || lane == lane(row)) {
                        end(parts[lane], stream, lane, row.version());
                    }
                }
            } else if (message instanceof Control each) {
                for (int lane = 0; lane < lanes; lane++) {
                    if (each.kind() != Kind.TRUNCATE
                            || !claimed.get(stream)[lane].version().covers(each.version())) {
                        parts[lane].controls.add(each);
                    }
                    end(parts[lane], stream, lane, each.version());
                }
            }
        }
        gathered.clear();
        for (int lane = 0; lane < lanes; lane++) {
            if (!parts[lane].ends.isEmpty()) {
                laneWrites.get(lane).add(parts[lane]);
            }
        }
    }

    /**
     * The greater of where a lane stands and a version; a snapshot row only brings its incarnation.
     */
    private void end(Write part, int stream, int lane, Version version) {
        Version at = movedTo.get(stream)[lane];
        Version end = at.covers(version) ? at : version;
        movedTo.get(stream)[lane] = end;
        part.ends.put(stream, end);
    }

    private void commit(int lane) {
        Write write = laneWrites.get(lane).peek();
        if (inDoubt[lane] && !rules.contains(Rule.A7_REREAD_AFTER_DOUBT)) {
            takeCountsAsTheyAre(write, lane);
        }
        inDoubt[lane] = false;
        if (perform(write, lane, lane)) {
            done(laneWrites.get(lane).remove(), lane);
        }
    }

    private void takeCountsAsTheyAre(Write write, int lane) {
        for (int stream : write.ends.keySet()) {
            flushes.get(stream)[lane] = target.progress(stream, lane).flushes();
        }
    }

    private void done(Write write, int lane) {
        write.ends.keySet().forEach(stream -> flushes.get(stream)[lane]++);
    }

    private Write controlWrite() {
        Write write = new Write();
        Control last = controls.get(controls.size() - 1);
        write.controls.addAll(controls);
        write.ends.put(stream(last), last.version());
        return write;
    }

    private void commitControl() {
        Write write = controlWrite();
        if (controlInDoubt && !rules.contains(Rule.A7_REREAD_AFTER_DOUBT)) {
            for (int lane = 0; lane < lanes; lane++) {
                takeCountsAsTheyAre(write, lane);
            }
        }
        controlInDoubt = false;
        if (perform(write, 0, lanes - 1)) {
            for (int lane = 0; lane < lanes; lane++) {
                done(write, lane);
            }
            controls = List.of();
        }
    }

    /**
     * The transaction: rows, control rows, and progress guarded by epoch and flush count. True if
     * the target holds it, now or already; false if it was refused, and then this applier has
     * failed.
     */
    private boolean perform(Write write, int from, int to) {
        lateClaims.forEach(Runnable::run);
        lateClaims.clear();
        boolean already = false;
        for (int stream : write.ends.keySet()) {
            for (int each = from; each <= to; each++) {
                Progress now = target.progress(stream, each);
                int expected = flushes.get(stream)[each];
                if (rules.contains(Rule.A1_EPOCH) && now.epoch() != epoch) {
                    failed = true;
                    return false;
                }
                if (rules.contains(Rule.A1_COMPARE_AND_SWAP) && now.flushes() != expected) {
                    if (now.flushes() != expected + 1) {
                        failed = true;
                        return false;
                    }
                    already = true;
                }
            }
        }
        if (already) {
            return true;
        }
        for (Row row : write.absorbed) {
            if (rules.contains(Rule.A7_SKIP_BEFORE_FOLD)) {
                target.count(row);
            }
        }
        for (Row row : write.rows.values()) {
            if (rules.contains(Rule.A7_SKIP_BEFORE_FOLD) || !skipped(stream(row), row)) {
                applyUnskipped(write, row);
            }
        }
        write.controls.forEach(target::apply);
        write.ends.forEach(
                (stream, end) -> {
                    for (int each = from; each <= to; each++) {
                        target.move(stream, each, end);
                    }
                });
        return true;
    }

    private void applyUnskipped(Write write, Row row) {
        if (!rules.contains(Rule.A7_SKIP_BEFORE_FOLD)) {
            write.absorbed.stream().filter(each -> each.key() == row.key()).forEach(target::count);
        }
        target.apply(row);
    }

    @Override
    public String toString() {
        return queue
                + "|"
                + hand
                + gathered
                + laneWrites
                + Arrays.toString(inDoubt)
                + controls
                + controlInDoubt
                + trailing
                + text(claimed, Arrays::toString)
                + text(flushes, Arrays::toString)
                + text(movedTo, Arrays::toString)
                + failed
                + preparing
                + lateClaims.size();
    }

    private static <A> String text(Map<Integer, A> arrays, Function<A, String> print) {
        StringBuilder text = new StringBuilder();
        arrays.forEach((stream, array) -> text.append(stream).append(print.apply(array)));
        return text.toString();
    }
}
