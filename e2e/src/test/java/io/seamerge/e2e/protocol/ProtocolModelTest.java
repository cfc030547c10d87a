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

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.protocol.Explorer.Coverage;
import io.seamerge.e2e.protocol.Explorer.Failure;
import io.seamerge.e2e.protocol.Scenario.Family;
import io.seamerge.e2e.protocol.Scenario.Kind;
import io.seamerge.e2e.protocol.Scenario.Operation;
import io.seamerge.e2e.protocol.Scenario.Script;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The protocol between source and sink, as a model: with all its rules no schedule loses, doubles,
 * resurrects or regresses a row, and without any one of them some schedule does.
 *
 * <p>What the model holds: group commit with its gap between written and visible, an ordered stream
 * with chunk windows in it, version clock and incarnation, the engine's queue with the row that is
 * polled and not yet written while a checkpoint completes, folding, lanes, control rows as
 * barriers, progress by epoch and compare-and-swap, lost answers to a commit, kill -9, and an old
 * attempt that goes on draining its queue. A changed rule of the protocol is tried here first.
 */
class ProtocolModelTest {
    private static final Set<Rule> ALL = EnumSet.allOf(Rule.class);
    private static final int SEEDS = 2_500;

    /**
     * The rarest interleavings need a row held back over two checkpoints, or an overlap of readers.
     */
    private static final int SEEDS_FOR_RARE = 60_000;

    private static final Predicate<String> SINK_AT_ONCE =
            step -> step.startsWith("sink") || step.startsWith("checkpoint");
    private static final Predicate<String> SOURCE_AT_ONCE =
            step -> step.startsWith("server") || step.startsWith("reader");

    @ParameterizedTest
    @EnumSource
    void noRandomScheduleBreaksAGuarantee(Family family) {
        for (long seed = 0; seed < SEEDS; seed++) {
            Failure failure = Explorer.random(family, ALL, seed);
            if (failure != null) {
                throw new AssertionError(Explorer.shrink(failure, ALL).toString());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutARuleSomeScheduleBreaksAGuarantee(Rule rule) {
        Set<Rule> rules = EnumSet.complementOf(EnumSet.of(rule));
        Family family = shownBy(rule);
        Failure failure = null;
        for (long seed = 0; failure == null && seed < SEEDS_FOR_RARE; seed++) {
            failure = Explorer.random(family, rules, seed);
        }
        assertThat(failure)
                .as("a schedule of %s that goes wrong unless %s", family, rule.meaning)
                .isNotNull();
    }

    private static Family shownBy(Rule rule) {
        return switch (rule) {
            case O3_ALL_EVENTS_COUNT -> Family.FILTER_TIGHTENED;
            case O4_INCARNATION, O4_FLOOR -> Family.CLOCK_REPAIRED;
            case A2_REFUSE_STALE_PAGE -> Family.DISJOINT_READER_OVERLAPS;
            case C2_FILLER, A3_TRAILING_FIRST, A6_CLOCK_CARRIED_ON -> Family.HANDOFF;
            case A2_MOVE_IDLE_LANES, A2_LOWEST_LANE -> Family.LANES_CHANGED;
            case A3_CONTROL_IS_BARRIER -> Family.TRUNCATE;
            case A4_AT_STORED_VERSION, A4_OWN_ROWS -> Family.CONSOLIDATED_TRUNCATE;
            case S4_REMOVE_UNREAD, S4_STREAM_COUNTS, S4_SKIPPED_COUNTS -> Family.READ_AGAIN;
            case A6_BEGUN_WITHDRAWS -> Family.HANDOFF_RERUN;
            case A5_AFTER_SNAPSHOTS, A7_FOLD_BY_VERSION -> Family.CONSOLIDATED;
            case O1_ONE_QUEUE,
                    O2_CLOCK_INCREASES,
                    O2_HEARTBEAT_LEAVES_CLOCK,
                    O3_HALVES_DIFFER,
                    O4_KEPT_OVER_RESTORE,
                    S1_VISIBLE_BEFORE_READ,
                    S1_COUNT_PARTIAL,
                    S2_WAIT_FOR_HIGH,
                    S2_DROP_CHANGED,
                    S2_DROP_UNTIL_OUT,
                    S6_FIRST_CHECKPOINT,
                    C1_ONE_BEHIND,
                    C1_ROW_BETWEEN,
                    A1_EPOCH,
                    A1_CLAIM_BEFORE_READ,
                    A1_COMPARE_AND_SWAP,
                    A2_SKIP_REPLAY,
                    A2_KEEP_SNAPSHOT_ROWS,
                    A3_TRAILING_BEHIND_ROWS,
                    A3_ONLY_UPWARD,
                    A7_SKIP_BEFORE_FOLD,
                    A7_REREAD_AFTER_DOUBT ->
                    Family.DISJOINT;
        };
    }

    /** Small scenarios, every schedule of them, with the rules that each one is there to show. */
    @TestFactory
    Stream<DynamicTest> everyScheduleOfSmallScenarios() {
        Scenario twoPagesAndChanges =
                scenario(Family.DISJOINT, 1, 2, Set.of(0, 1), 0, 0, put(0), delete(1), put(1));
        Scenario changedWhilePagesGoOut =
                scenario(Family.DISJOINT, 1, 1, Set.of(0), 0, 0, put(0), delete(0));
        Scenario oneCrash = scenario(Family.DISJOINT, 1, 1, Set.of(0), 1, 0, put(0), delete(0));
        Scenario lostAnswer = scenario(Family.DISJOINT, 1, 1, Set.of(), 1, 1, put(0));
        Scenario handoff = scenario(Family.HANDOFF, 1, 1, Set.of(0), 1, 0, put(0));
        Scenario consolidated =
                new Scenario(
                        Family.CONSOLIDATED,
                        2,
                        1,
                        2,
                        List.of(Set.of(0), Set.of(0)),
                        List.of(List.of(put(0)), List.of(put(0))),
                        0,
                        0,
                        0,
                        0);
        return Stream.of(
                small(
                        "a page and three changes",
                        twoPagesAndChanges,
                        SINK_AT_ONCE,
                        Rule.S1_VISIBLE_BEFORE_READ,
                        Rule.S2_WAIT_FOR_HIGH,
                        Rule.S2_DROP_CHANGED,
                        Rule.S2_DROP_UNTIL_OUT),
                small(
                        "a row updated and deleted",
                        changedWhilePagesGoOut,
                        SINK_AT_ONCE,
                        Rule.S1_VISIBLE_BEFORE_READ,
                        Rule.S2_WAIT_FOR_HIGH,
                        Rule.S2_DROP_CHANGED),
                small(
                        "a crash anywhere",
                        oneCrash,
                        SOURCE_AT_ONCE,
                        Rule.C1_ONE_BEHIND,
                        Rule.A1_EPOCH,
                        Rule.A2_SKIP_REPLAY),
                small(
                        "a crash and a lost answer anywhere",
                        lostAnswer,
                        SOURCE_AT_ONCE,
                        Rule.A1_COMPARE_AND_SWAP,
                        Rule.A7_REREAD_AFTER_DOUBT),
                small("a bounded run, then a stream", handoff, SOURCE_AT_ONCE, Rule.C2_FILLER),
                small("two instances, one key", consolidated, SOURCE_AT_ONCE));
    }

    private static DynamicTest small(
            String name, Scenario scenario, Predicate<String> atOnce, Rule... shown) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    Coverage coverage = Explorer.exhaustive(scenario, ALL, atOnce, 200_000);
                    assertThat(coverage.failure()).isNull();
                    assertThat(coverage.ends()).isGreaterThan(1);
                    for (Rule rule : shown) {
                        Set<Rule> rules = EnumSet.complementOf(EnumSet.of(rule));
                        assertThat(Explorer.exhaustive(scenario, rules, atOnce, 200_000).failure())
                                .as("a schedule that goes wrong unless %s", rule.meaning)
                                .isNotNull();
                    }
                });
    }

    private static Scenario scenario(
            Family family,
            int lanes,
            int pageSize,
            Set<Integer> baseKeys,
            int crashes,
            int lostAnswers,
            Script... scripts) {
        return new Scenario(
                family,
                1,
                lanes,
                pageSize,
                List.of(baseKeys),
                List.of(List.of(scripts)),
                crashes,
                lostAnswers,
                0,
                2 * crashes);
    }

    private static Script put(int key) {
        return new Script(10, List.of(new Operation(Kind.PUT, key, key)));
    }

    private static Script delete(int key) {
        return new Script(11, List.of(new Operation(Kind.DELETE, key, key)));
    }
}
