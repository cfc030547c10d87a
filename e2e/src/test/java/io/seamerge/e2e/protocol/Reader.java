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

import io.seamerge.e2e.protocol.Message.Control;
import io.seamerge.e2e.protocol.Message.Kind;
import io.seamerge.e2e.protocol.Message.Row;
import io.seamerge.e2e.protocol.Message.Version;
import io.seamerge.e2e.protocol.Server.Change;
import io.seamerge.e2e.protocol.Server.Transaction;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One instance of the source: its binlog reader and its chunk reader, which feed one ordered
 * stream.
 */
final class Reader {
    /**
     * What a checkpoint holds of an instance.
     *
     * @param position transactions that have been emitted whole
     * @param row changes of the next transaction that have been emitted
     * @param clock version time of the last whole transaction
     * @param bound greatest key of the pages that have gone out
     */
    record State(
            int position, int row, int clock, int incarnation, int bound, boolean snapshotDone) {}

    /** A chunk on its way: registered, read, bounded, going out. */
    private static final class Window {
        /**
         * All transactions that had been emitted, whole or in part, when the window was registered.
         */
        final int emittedBefore;

        final Set<Integer> changed = new HashSet<>();
        boolean allChanged;
        TreeMap<Integer, Integer> page;
        int bound;
        boolean last;
        int high = -1;
        boolean goingOut;

        Window(int emittedBefore) {
            this.emittedBefore = emittedBefore;
        }
    }

    private final int instance;
    private final Server server;
    private final Scenario scenario;
    private final Set<Rule> rules;
    private final boolean bounded;
    private final int firstKey;
    private State state;
    private Window window;
    private boolean begun;
    private boolean snapshotBegun;
    private State stateAtLastCheckpoint;
    private State storedLast;
    private boolean emittedSinceCheckpoint;

    private final boolean fresh;

    /** A checkpoint of this attempt has completed, so that another one would begin where it did. */
    private boolean checkpointed;

    /** Whether a restart would find the snapshot done, and send no row of it again. */
    private boolean doneForGood;

    boolean ended;

    Reader(
            int instance,
            Server server,
            Scenario scenario,
            Set<Rule> rules,
            State start,
            boolean fresh,
            boolean bounded,
            int firstKey) {
        this.instance = instance;
        this.server = server;
        this.scenario = scenario;
        this.rules = rules;
        this.state = start;
        this.stateAtLastCheckpoint = start;
        this.storedLast = start;
        this.doneForGood = start.snapshotDone;
        this.fresh = fresh;
        this.bounded = bounded;
        this.firstKey = firstKey;
    }

    State state() {
        return state;
    }

    /** A fresh stream waits for its first checkpoint; a bounded run has none to wait for. */
    boolean mayEmit() {
        return !ended
                && (bounded || !fresh || checkpointed || !rules.contains(Rule.S6_FIRST_CHECKPOINT));
    }

    boolean atEnd() {
        return ended || state.position == server.binlog.size() && state.snapshotDone;
    }

    /** The steps that can be taken now, each under a name. */
    void steps(Map<String, Runnable> steps, Consumer<Message> stream, Consumer<Message> chunks) {
        if (!mayEmit()) {
            return;
        }
        if (!begun) {
            steps.put(
                    "begin",
                    () -> {
                        begun = true;
                        Kind kind = bounded ? Kind.RUN_BEGUN : Kind.HEARTBEAT;
                        control(kind, stream);
                        control(Kind.FILLER, stream);
                    });
            return;
        }
        if (state.position < server.binlog.size()) {
            steps.put("emit next change", () -> emitNext(stream));
        }
        if (!state.snapshotDone) {
            chunkSteps(steps, chunks);
        }
        if (bounded && state.snapshotDone && state.row == 0) {
            steps.put("end the run", () -> end(stream));
        }
    }

    private void chunkSteps(Map<String, Runnable> steps, Consumer<Message> chunks) {
        if (window == null) {
            steps.put(
                    "register window",
                    () -> {
                        if (scenario.family() == Scenario.Family.READ_AGAIN
                                && state.bound == -1
                                && !snapshotBegun) {
                            snapshotBegun = true;
                            control(Kind.SNAPSHOT_BEGUN, chunks);
                        }
                        boolean partial = state.row > 0 && rules.contains(Rule.S1_COUNT_PARTIAL);
                        window = new Window(state.position + (partial ? 1 : 0));
                    });
        } else if (window.page == null) {
            if (server.visible >= window.emittedBefore
                    || !rules.contains(Rule.S1_VISIBLE_BEFORE_READ)) {
                steps.put("read chunk", this::readChunk);
            }
        } else if (window.high < 0) {
            steps.put("take high", () -> window.high = server.binlog.size());
        } else if (state.position >= window.high || !rules.contains(Rule.S2_WAIT_FOR_HIGH)) {
            steps.put("send page row", () -> sendPageRow(chunks));
        }
    }

    private void readChunk() {
        TreeMap<Integer, Integer> rest = server.tableAt(server.visible);
        rest.headMap(Math.max(state.bound + 1, firstKey)).clear();
        window.page = new TreeMap<>();
        for (Map.Entry<Integer, Integer> entry : rest.entrySet()) {
            if (window.page.size() < scenario.pageSize()) {
                window.page.put(entry.getKey(), entry.getValue());
            }
        }
        window.last = window.page.size() < scenario.pageSize();
        window.bound = window.page.isEmpty() ? state.bound : window.page.lastKey();
    }

    private void sendPageRow(Consumer<Message> chunks) {
        if (rules.contains(Rule.S2_DROP_CHANGED)
                && (rules.contains(Rule.S2_DROP_UNTIL_OUT) || !window.goingOut)) {
            if (window.allChanged) {
                window.page.clear();
            }
            window.page.keySet().removeAll(window.changed);
        }
        window.goingOut = true;
        Map.Entry<Integer, Integer> row = window.page.pollFirstEntry();
        if (row != null) {
            Version version = new Version(state.incarnation, 0, 0);
            emit(
                    chunks,
                    new Row(
                            instance,
                            version,
                            state.clock,
                            row.getKey(),
                            row.getValue(),
                            false,
                            false));
        }
        if (window.page.isEmpty()) {
            state =
                    new State(
                            state.position,
                            state.row,
                            state.clock,
                            state.incarnation,
                            window.bound,
                            window.last);
            window = null;
            if (state.snapshotDone) {
                control(Kind.SNAPSHOT_DONE, chunks);
            }
        }
    }

    private void emitNext(Consumer<Message> stream) {
        Transaction transaction = server.binlog.get(state.position);
        int time =
                rules.contains(Rule.O2_CLOCK_INCREASES)
                        ? Math.max(state.clock + 1, transaction.commitTime())
                        : transaction.commitTime();
        int row = state.row;
        Change change = transaction.changes().get(row);
        row++;
        if (change.truncate()) {
            if (window != null) {
                window.allChanged = true;
            }
            Version version = new Version(state.incarnation, time, Version.WHOLE_TRANSACTION);
            advance(transaction, row, time);
            emit(
                    stream,
                    new Control(
                            instance,
                            Kind.TRUNCATE,
                            version,
                            change.id(),
                            state.position,
                            state.clock));
            return;
        }
        if (change.key() >= firstKey) {
            if (window != null) {
                window.changed.add(change.key());
                if (change.halfOfPair() && change.half() == 0) {
                    window.changed.add(transaction.changes().get(row).key());
                }
            }
            boolean halvesDiffer = rules.contains(Rule.O3_HALVES_DIFFER);
            int number =
                    ordinal(transaction, change) * 2
                            + (change.halfOfPair() && !halvesDiffer ? 0 : change.half());
            emit(
                    stream,
                    new Row(
                            instance,
                            new Version(state.incarnation, time, number),
                            state.clock,
                            change.key(),
                            change.id(),
                            change.delete(),
                            halvesDiffer && change.halfOfPair() && change.half() == 0));
        }
        advance(transaction, row, time);
    }

    private int ordinal(Transaction transaction, Change change) {
        if (rules.contains(Rule.O3_ALL_EVENTS_COUNT)) {
            return change.ordinal();
        }
        return (int)
                transaction.changes().stream()
                        .filter(other -> other.key() >= firstKey)
                        .filter(other -> other.ordinal() <= change.ordinal())
                        .count();
    }

    private void advance(Transaction transaction, int row, int time) {
        boolean whole = row == transaction.changes().size();
        state =
                new State(
                        state.position + (whole ? 1 : 0),
                        whole ? 0 : row,
                        whole ? time : state.clock,
                        state.incarnation,
                        state.bound,
                        state.snapshotDone);
    }

    /**
     * States where the reader stands; without its rule it also moves the clock to the server's
     * time.
     */
    void heartbeat(Consumer<Message> stream) {
        if (!rules.contains(Rule.O2_HEARTBEAT_LEAVES_CLOCK) && state.row == 0) {
            int now = server.binlog.get(server.binlog.size() - 1).commitTime() + 2;
            state =
                    new State(
                            state.position,
                            state.row,
                            Math.max(state.clock, now),
                            state.incarnation,
                            state.bound,
                            state.snapshotDone);
        }
        control(Kind.HEARTBEAT, stream);
    }

    boolean canBeat() {
        return mayEmit() && begun;
    }

    private void end(Consumer<Message> stream) {
        control(Kind.RUN_END, stream);
        if (rules.contains(Rule.C2_FILLER)) {
            control(Kind.FILLER, stream);
        }
        ended = true;
    }

    private void control(Kind kind, Consumer<Message> out) {
        Version version = new Version(state.incarnation, state.clock, Version.WHOLE_TRANSACTION);
        int id = kind == Kind.HEARTBEAT && doneForGood ? 1 : 0;
        emit(out, new Control(instance, kind, version, id, state.position, state.clock));
    }

    private void emit(Consumer<Message> out, Message message) {
        emittedSinceCheckpoint = true;
        out.accept(message);
    }

    /** The state that the checkpoint taken now is to hold. */
    State takeCheckpoint() {
        if (!rules.contains(Rule.C1_ONE_BEHIND)) {
            return state;
        }
        if (emittedSinceCheckpoint || !rules.contains(Rule.C1_ROW_BETWEEN)) {
            storedLast = stateAtLastCheckpoint;
        }
        stateAtLastCheckpoint = state;
        emittedSinceCheckpoint = false;
        return storedLast;
    }

    void checkpointCompleted() {
        checkpointed = true;
        doneForGood |= storedLast.snapshotDone;
    }

    @Override
    public String toString() {
        return state
                + (window == null
                        ? ""
                        : " window " + window.page + window.changed + window.high + window.goingOut)
                + begun
                + snapshotBegun
                + checkpointed
                + doneForGood
                + ended
                + stateAtLastCheckpoint
                + storedLast
                + emittedSinceCheckpoint;
    }
}
