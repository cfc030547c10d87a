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

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * What happens on the servers, in the order of each, and how many faults may strike. When each of
 * these things happens is the schedule's choice.
 *
 * @param baseKeys per instance, the keys that are there before the job starts
 * @param transactions per instance, what is committed while it runs
 */
record Scenario(
        Family family,
        int subtasks,
        int lanes,
        int pageSize,
        List<Set<Integer>> baseKeys,
        List<List<Script>> transactions,
        int crashes,
        int lostAnswers,
        int heartbeats,
        int checkpoints) {

    /** Keys of this table and above belong to the second table. */
    static final int SECOND_TABLE = 10;

    enum Family {
        /** One instance, its own keys: snapshot and stream. */
        DISJOINT,
        /** The same, and the killed attempt's reader goes on reading for a while. */
        DISJOINT_READER_OVERLAPS,
        /** Disjoint, with TRUNCATE as the control row that shows most. */
        TRUNCATE,
        /** One instance, read again after rows went that nobody watched. */
        READ_AGAIN,
        /** Two instances that write the same keys, last write wins. */
        CONSOLIDATED,
        /** The same, and each may truncate its table. */
        CONSOLIDATED_TRUNCATE,
        /** One instance; a restart captures one table less. */
        FILTER_TIGHTENED,
        /**
         * One instance, consolidated; started anew without the old clock, on a server whose clock
         * was set back.
         */
        CLOCK_REPAIRED,
        /** One instance; a restart changes the number of lanes. */
        LANES_CHANGED,
        /** A bounded run, then a stream from its handoff. */
        HANDOFF,
        /** A second bounded run is begun and given up before the stream starts. */
        HANDOFF_RERUN;

        boolean consolidated() {
            return this == CONSOLIDATED || this == CONSOLIDATED_TRUNCATE || this == CLOCK_REPAIRED;
        }

        boolean bounded() {
            return this == HANDOFF || this == HANDOFF_RERUN;
        }
    }

    enum Kind {
        PUT,
        DELETE,
        MOVE,
        TRUNCATE
    }

    record Operation(Kind kind, int key, int newKey) {}

    record Script(int commitTime, List<Operation> operations) {}

    static Scenario random(Family family, Random random) {
        boolean two = family == Family.CONSOLIDATED || family == Family.CONSOLIDATED_TRUNCATE;
        int instances = two ? 2 : 1;
        int keys = 3;
        List<Set<Integer>> baseKeys = new ArrayList<>();
        List<List<Script>> transactions = new ArrayList<>();
        for (int instance = 0; instance < instances; instance++) {
            Set<Integer> base = new TreeSet<>();
            boolean few = family == Family.CONSOLIDATED_TRUNCATE;
            for (int key = 0; key < keys; key++) {
                if (random.nextInt(3) > (few ? 1 : 0)) {
                    base.add(key);
                }
            }
            baseKeys.add(base);
            List<Script> scripts = new ArrayList<>();
            int time = 10;
            int most = family == Family.READ_AGAIN ? 3 : 5;
            for (int count = 1 + random.nextInt(most); count > 0; count--) {
                time += random.nextInt(4) - 1;
                List<Operation> operations = new ArrayList<>();
                for (int row = 1 + random.nextInt(2); row > 0; row--) {
                    operations.add(operation(family, random, keys));
                }
                scripts.add(new Script(time, operations));
            }
            transactions.add(scripts);
        }
        boolean again = family == Family.READ_AGAIN;
        return new Scenario(
                family,
                1 + random.nextInt(instances),
                1 + random.nextInt(2),
                again ? 1 : 1 + random.nextInt(3),
                baseKeys,
                transactions,
                again ? 1 + random.nextInt(2) : random.nextInt(3),
                random.nextInt(2),
                random.nextInt(3),
                again ? 4 + random.nextInt(4) : random.nextInt(6));
    }

    private static Operation operation(Family family, Random random, int keys) {
        int key = random.nextInt(keys);
        int newKey = random.nextInt(keys);
        if (family.bounded()) {
            // A bounded run that is begun again leaves rows that were deleted meanwhile to a
            // verification.
            return new Operation(Kind.PUT, key, key);
        }
        if (family == Family.FILTER_TIGHTENED) {
            return new Operation(Kind.PUT, random.nextBoolean() ? key : key + SECOND_TABLE, key);
        }
        int dice = random.nextInt(10);
        boolean truncates = family == Family.TRUNCATE || family == Family.CONSOLIDATED_TRUNCATE;
        if (truncates && dice < 3) {
            return new Operation(Kind.TRUNCATE, 0, 0);
        }
        return new Operation(dice < 6 ? Kind.PUT : dice < 8 ? Kind.DELETE : Kind.MOVE, key, newKey);
    }
}
