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
import io.seamerge.e2e.protocol.Message.Row;
import io.seamerge.e2e.protocol.Message.Version;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * PostgreSQL: merged rows, their state, progress, handoff; and what the checks need to know of the
 * past. Every method is one transaction.
 */
final class Target {
    /** One lane's progress of an instance. */
    record Progress(Version version, int flushes, int epoch) {}

    record Key(int instance, int key) {}

    record Handoff(boolean finished, int incarnation, int position, int clock) {}

    /** Whose row stands under a key, or whose delete removed it. */
    private record Winner(Version version, int floor, int instance, int id, boolean deleted) {
        // Of two instances the one with the smaller number is preferred.
        static final Comparator<Winner> BY_VERSION =
                Comparator.<Winner>comparingInt(w -> Math.max(w.version.time(), w.floor))
                        .thenComparing(w -> w.instance, Comparator.reverseOrder())
                        .thenComparingInt(w -> w.version.incarnation())
                        .thenComparingInt(w -> w.version.time())
                        .thenComparingInt(w -> w.version.row());
    }

    private record Shown(int instance, int id, boolean deleted) {}

    private static final Comparator<Key> BY_KEY =
            Comparator.comparingInt(Key::instance).thenComparingInt(Key::key);

    private final Scenario scenario;
    private final Set<Rule> rules;
    private final Server[] servers;
    private int epochs;
    private final Map<Integer, Progress[]> progress = new TreeMap<>();
    private final Map<Integer, Map<Integer, Integer>> floors = new TreeMap<>();
    private final Map<Key, Winner> winners = new HashMap<>();
    private final Map<Key, Integer> shown = new HashMap<>();
    private final Map<Key, Integer> timesApplied = new HashMap<>();
    private final Map<Integer, Integer> firstPosition = new HashMap<>();
    private boolean replayDeclared;
    private final Map<Key, Shown> rows = new TreeMap<>(BY_KEY);
    private final Set<Integer> snapshotsDone = new TreeSet<>();

    /** By instance whose repeated snapshot is under way, the keys found since it began. */
    private final Map<Integer, Set<Integer>> found = new TreeMap<>();

    final Map<Integer, Handoff> handoffs = new TreeMap<>();

    /** By instance, what its last heartbeat said. */
    private final Map<Integer, Control> heartbeats = new TreeMap<>();

    /** Keys below it are no longer captured. */
    int firstKey;

    /** True if the last attempt left nothing unapplied when it was stopped. */
    boolean stoppedQuiet;

    Target(Scenario scenario, Set<Rule> rules, Server[] servers) {
        this.scenario = scenario;
        this.rules = rules;
        this.servers = servers;
    }

    int drawEpoch() {
        return ++epochs;
    }

    /** Sets the epoch on an instance's progress, only upward. */
    void claim(int stream, int lanes, int drawn) {
        int epoch = Math.max(drawn, epochOf(stream));
        Progress[] before = progress.get(stream);
        Progress[] after = new Progress[lanes];
        if (before == null) {
            Arrays.fill(after, new Progress(new Version(0, 0, 0), 0, epoch));
        } else {
            if (before.length != lanes) {
                Comparator<Progress> order =
                        Comparator.comparing(
                                Progress::version,
                                Comparator.comparingInt(Version::incarnation)
                                        .thenComparingInt(Version::time)
                                        .thenComparingInt(Version::row));
                List<Progress> sorted = Arrays.stream(before).sorted(order).toList();
                Progress lowest = sorted.get(0);
                Progress highest = sorted.get(sorted.size() - 1);
                // Lanes that stood at different places: what lies between is replayed, and said to
                // be.
                replayDeclared |= !stoppedQuiet && !lowest.version.equals(highest.version);
                Progress start = rules.contains(Rule.A2_LOWEST_LANE) ? lowest : highest;
                Arrays.fill(after, new Progress(start.version, 0, epoch));
            } else {
                for (int lane = 0; lane < lanes; lane++) {
                    after[lane] = new Progress(before[lane].version, before[lane].flushes, epoch);
                }
            }
        }
        progress.put(stream, after);
    }

    /** The newest epoch that claimed a stream; 0 if none did. */
    int epochOf(int stream) {
        return progress.containsKey(stream) ? progress.get(stream)[0].epoch : 0;
    }

    /** The newest incarnation that progress knows; 0 if none. */
    int incarnationOf(int stream) {
        int newest = 0;
        for (Progress lane : progress.getOrDefault(stream, new Progress[0])) {
            newest = Math.max(newest, lane.version.incarnation());
        }
        return newest;
    }

    Progress progress(int stream, int lane) {
        Progress[] lanes = progress.get(stream);
        return lane < lanes.length ? lanes[lane] : new Progress(new Version(0, 0, 0), -1, epochs);
    }

    void move(int stream, int lane, Version to) {
        Progress[] lanes = progress.get(stream);
        Progress old = lanes[lane];
        boolean stays = rules.contains(Rule.A3_ONLY_UPWARD) && old.version.covers(to);
        lanes[lane] = new Progress(stays ? old.version : to, old.flushes + 1, old.epoch);
    }

    /** The time below which no version of an incarnation lies, fixed when it is first seen. */
    void see(int instance, int incarnation, int stream) {
        int greatest = 0;
        for (Progress lane : progress.get(stream)) {
            greatest = Math.max(greatest, lane.version.time());
        }
        floors.computeIfAbsent(instance, i -> new TreeMap<>())
                .putIfAbsent(incarnation, rules.contains(Rule.O4_FLOOR) ? greatest : 0);
    }

    void begins(int instance, int position) {
        firstPosition.put(instance, position);
    }

    /** Counts a change as applied, whatever came of it. */
    void count(Row row) {
        if (!row.snapshot()) {
            Key change = new Key(row.instance(), row.id());
            Violation.when(
                    timesApplied.merge(change, 1, Integer::sum) > 1 && !replayDeclared,
                    "change %d of instance %d was applied twice",
                    row.id(),
                    row.instance());
        }
    }

    /** Takes note that the row is there, for a repeated snapshot. */
    void find(Row row) {
        if (found.containsKey(row.instance())) {
            found.get(row.instance()).add(row.key());
        }
    }

    /** Puts rows there that the source does not have, as if it had deleted them unwatched. */
    void plant(int instance) {
        for (int key = 0; key < 3; key++) {
            if (!servers[instance].tableAt(servers[instance].binlog.size()).containsKey(key)) {
                rows.put(new Key(instance, key), new Shown(instance, 0, false));
            }
        }
    }

    void apply(Row row) {
        if (row.snapshot() || rules.contains(Rule.S4_STREAM_COUNTS)) {
            find(row);
        }
        if (!scenario.family().consolidated()) {
            show(new Key(row.instance(), row.key()), row.instance(), row.id(), row.delete());
            return;
        }
        Key key = new Key(-1, row.key());
        int floor = floors.get(row.instance()).get(row.version().incarnation());
        Winner challenger =
                new Winner(row.version(), floor, row.instance(), row.id(), row.delete());
        Winner stored = winners.get(key);
        if (stored != null && row.snapshot() && stored.instance == row.instance()) {
            Winner replaced =
                    new Winner(stored.version, stored.floor, stored.instance, row.id(), false);
            winners.put(key, replaced);
        } else if (stored == null || Winner.BY_VERSION.compare(stored, challenger) < 0) {
            winners.put(key, challenger);
        } else {
            return;
        }
        show(key, row.instance(), row.id(), row.delete());
    }

    /** Folding keeps the later of two rows of a key, or the one with the greater version. */
    Row later(Row first, Row second) {
        if (!scenario.family().consolidated() || !rules.contains(Rule.A7_FOLD_BY_VERSION)) {
            return second;
        }
        if (first.instance() == second.instance() && second.snapshot()) {
            return new Row(
                    first.instance(),
                    first.version(),
                    first.asOf(),
                    first.key(),
                    second.id(),
                    false,
                    false);
        }
        return Winner.BY_VERSION.compare(winner(first), winner(second)) < 0 ? second : first;
    }

    private Winner winner(Row row) {
        int floor = floors.get(row.instance()).get(row.version().incarnation());
        return new Winner(row.version(), floor, row.instance(), row.id(), row.delete());
    }

    private void show(Key key, int instance, int id, boolean deleted) {
        Key perSource = new Key(instance, key.key);
        int last = shown.getOrDefault(perSource, 0);
        Violation.when(
                id < last && !replayDeclared,
                "key %d of instance %d went back from change %d to %d",
                key.key,
                instance,
                last,
                id);
        shown.put(perSource, Math.max(last, id));
        rows.put(key, new Shown(instance, id, deleted));
    }

    void apply(Control control) {
        int instance = control.instance();
        switch (control.kind()) {
            case TRUNCATE -> {
                timesApplied.putIfAbsent(new Key(instance, control.id()), 1);
                if (scenario.family().consolidated()) {
                    truncateWinners(control);
                    break;
                }
                for (Key key : List.copyOf(rows.keySet())) {
                    if (key.instance == instance && !rows.get(key).deleted) {
                        show(key, instance, control.id(), true);
                    }
                }
            }
            case SNAPSHOT_BEGUN -> {
                if (snapshotsDone.contains(instance)) {
                    found.computeIfAbsent(instance, i -> new TreeSet<>());
                }
            }
            case SNAPSHOT_DONE -> {
                checkComplete(instance, control.position(), "snapshot done");
                Set<Integer> read = found.remove(instance);
                if (read != null && rules.contains(Rule.S4_REMOVE_UNREAD)) {
                    rows.replaceAll(
                            (key, row) ->
                                    key.instance == instance && !read.contains(key.key)
                                            ? new Shown(instance, row.id, true)
                                            : row);
                }
                snapshotsDone.add(instance);
            }
            case RUN_BEGUN -> {
                Handoff old = handoffs.get(instance);
                if (old == null || rules.contains(Rule.A6_BEGUN_WITHDRAWS)) {
                    handoffs.put(
                            instance, new Handoff(false, control.version().incarnation(), 0, 0));
                }
            }
            case RUN_END -> {
                checkComplete(instance, control.position(), "handoff finished");
                handoffs.put(
                        instance,
                        new Handoff(
                                true,
                                control.version().incarnation(),
                                control.position(),
                                control.clock()));
            }
            case HEARTBEAT -> {
                heartbeats.put(instance, control);
                forgetDeletions();
            }
            case FILLER -> {}
        }
    }

    /** Whether a snapshot's begin or end is that of one that removes what it does not find. */
    boolean repeats(Control control) {
        return control.kind() == Message.Kind.SNAPSHOT_BEGUN
                ? snapshotsDone.contains(control.instance())
                : found.containsKey(control.instance());
    }

    private void truncateWinners(Control truncate) {
        for (Map.Entry<Key, Winner> each : Map.copyOf(winners).entrySet()) {
            Winner winner = each.getValue();
            boolean own =
                    winner.instance == truncate.instance() || !rules.contains(Rule.A4_OWN_ROWS);
            if (own && !winner.deleted) {
                Version version =
                        rules.contains(Rule.A4_AT_STORED_VERSION)
                                ? winner.version
                                : truncate.version();
                winners.put(
                        each.getKey(),
                        new Winner(version, winner.floor, winner.instance, truncate.id(), true));
                show(each.getKey(), truncate.instance(), truncate.id(), true);
            }
        }
    }

    /** What was deleted before all sources' versions, once none of them can bring it back. */
    private void forgetDeletions() {
        boolean snapshotsLeft = heartbeats.values().stream().anyMatch(beat -> beat.id() == 0);
        if (heartbeats.size() < servers.length
                || snapshotsLeft && rules.contains(Rule.A5_AFTER_SNAPSHOTS)) {
            return;
        }
        int cut =
                heartbeats.values().stream()
                        .mapToInt(beat -> beat.version().time())
                        .min()
                        .getAsInt();
        winners.values()
                .removeIf(
                        winner ->
                                winner.deleted
                                        && Math.max(winner.version.time(), winner.floor) <= cut);
    }

    /** Everything that the instance's order holds before a position must be durable. */
    private void checkComplete(int instance, int position, String claim) {
        for (int index = 0; index < position; index++) {
            for (Server.Change change : servers[instance].binlog.get(index).changes()) {
                boolean latest =
                        servers[instance].tableAt(position).getOrDefault(change.key(), -1)
                                == change.id();
                boolean captured = change.key() >= firstKey;
                Violation.when(
                        latest
                                && captured
                                && !scenario.family().consolidated()
                                && shown.getOrDefault(new Key(instance, change.key()), 0)
                                        < change.id(),
                        "%s of instance %d at %d, but change %d of key %d is not there",
                        claim,
                        instance,
                        position,
                        change.id(),
                        change.key());
            }
        }
    }

    /** When all is still: the target is what the servers say, and no change was left out. */
    void checkFinal() {
        for (int instance = 0; instance < servers.length; instance++) {
            Violation.when(
                    !snapshotsDone.contains(instance),
                    "the snapshot of instance %d was never marked as done",
                    instance);
            List<Server.Transaction> binlog = servers[instance].binlog;
            for (int index = firstPosition.get(instance); index < binlog.size(); index++) {
                for (Server.Change change : binlog.get(index).changes()) {
                    Violation.when(
                            (change.key() >= firstKey || change.truncate())
                                    && !timesApplied.containsKey(new Key(instance, change.id())),
                            "change %d of instance %d (key %d) was never applied",
                            change.id(),
                            instance,
                            change.key());
                }
            }
        }
        // Of a row that a TRUNCATE takes before the snapshot comes to it, nobody knows that it won.
        Set<Integer> unknown = new TreeSet<>();
        for (int instance = 0; instance < servers.length; instance++) {
            List<Server.Transaction> binlog = servers[instance].binlog;
            int start = firstPosition.get(instance);
            boolean truncates =
                    binlog.subList(start, binlog.size()).stream()
                            .flatMap(transaction -> transaction.changes().stream())
                            .anyMatch(Server.Change::truncate);
            if (scenario.family().consolidated() && truncates) {
                unknown.addAll(servers[instance].tableAt(start).keySet());
            }
        }
        Map<Key, Integer> expected = new TreeMap<>(BY_KEY);
        if (scenario.family().consolidated()) {
            consolidatedTruth().forEach((k, v) -> expected.put(new Key(-1, k), v));
        } else {
            for (int instance = 0; instance < servers.length; instance++) {
                for (Map.Entry<Integer, Integer> row :
                        servers[instance].tableAt(servers[instance].binlog.size()).entrySet()) {
                    expected.put(new Key(instance, row.getKey()), instance * 1000 + row.getValue());
                }
            }
        }
        Map<Key, Integer> there = new TreeMap<>(BY_KEY);
        rows.forEach(
                (key, row) -> {
                    if (!row.deleted) {
                        there.put(key, row.instance * 1000 + row.id);
                    }
                });
        expected.keySet().removeIf(key -> key.key < firstKey || unknown.contains(key.key));
        there.keySet().removeIf(key -> key.key < firstKey || unknown.contains(key.key));
        Violation.when(
                !expected.equals(there), "the servers say %s, the target %s", expected, there);
    }

    /**
     * Last write wins, from the binlogs alone: the greatest (version time, preference, order) of a
     * key; rows from before the start stand below every change, the preferred instance's above the
     * other's.
     */
    private Map<Integer, Integer> consolidatedTruth() {
        Map<Integer, int[]> best = new TreeMap<>();
        BiConsumer<Integer, int[]> offer =
                (key, candidate) ->
                        best.merge(
                                key,
                                candidate,
                                (a, b) -> Arrays.compare(a, 0, 3, b, 0, 3) < 0 ? b : a);
        Map<Integer, Integer> truncated = new TreeMap<>();
        for (int instance = 0; instance < servers.length; instance++) {
            int source = instance;
            int start = firstPosition.get(instance);
            servers[instance]
                    .tableAt(start)
                    .forEach((key, id) -> offer.accept(key, new int[] {0, -source, id, 1}));
            List<Server.Transaction> binlog = servers[instance].binlog;
            int clock = 0;
            for (int index = start; index < binlog.size(); index++) {
                // With one instance its own order is all that counts, whatever its clock says.
                int time = servers.length == 1 ? 0 : binlog.get(index).commitTime();
                clock = Math.max(clock + 1, time);
                for (Server.Change change : binlog.get(index).changes()) {
                    int present = change.delete() ? 0 : 1;
                    if (change.truncate()) {
                        truncated.put(source, clock);
                    } else {
                        offer.accept(
                                change.key(), new int[] {clock, -source, change.id(), present});
                    }
                }
            }
        }
        // What a source has won and then truncated is gone, whatever came between of others.
        best.values()
                .forEach(
                        row -> {
                            if (row[0] < truncated.getOrDefault(-row[1], 0)) {
                                row[3] = 0;
                            }
                        });
        Map<Integer, Integer> truth = new TreeMap<>();
        best.forEach(
                (key, row) -> {
                    if (row[3] == 1) {
                        truth.put(key, -row[1] * 1000 + row[2]);
                    }
                });
        return truth;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        progress.forEach((stream, lanes) -> text.append(stream).append(Arrays.toString(lanes)));
        text.append(snapshotsDone).append(floors).append(rows).append(new TreeMap<>(handoffs));
        text.append(heartbeats).append(found);
        for (Map<Key, ?> map : List.of(winners, shown, timesApplied)) {
            text.append(sorted(map));
        }
        return text.toString();
    }

    private static <V> String sorted(Map<Key, V> map) {
        Map<Key, V> sorted = new TreeMap<>(BY_KEY);
        sorted.putAll(map);
        return sorted.toString();
    }
}
