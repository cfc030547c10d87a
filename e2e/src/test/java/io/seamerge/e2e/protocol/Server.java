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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A MySQL server: its binlog, and how much of it is visible. Transaction 0 made the rows that are
 * there from the start. A position is the number of transactions before it.
 */
final class Server {
    /**
     * One change of a key. Ids grow along the binlog, so that they also serve as the value written.
     */
    record Change(
            int id,
            int ordinal,
            int half,
            boolean halfOfPair,
            int key,
            boolean delete,
            boolean truncate) {}

    record Transaction(int commitTime, List<Change> changes) {}

    final List<Transaction> binlog = new ArrayList<>();
    int visible;
    private int ids;

    Server(Set<Integer> baseKeys) {
        List<Change> base = new ArrayList<>();
        for (int key : baseKeys) {
            base.add(new Change(++ids, base.size() + 1, 1, false, key, false, false));
        }
        binlog.add(new Transaction(0, base));
        visible = 1;
    }

    /** Writes a transaction to the binlog; it is not visible yet. */
    void write(Scenario.Script script) {
        Map<Integer, Integer> table = tableAt(binlog.size());
        List<Change> changes = new ArrayList<>();
        int ordinal = 0;
        for (Scenario.Operation operation : script.operations()) {
            ordinal++;
            int key = operation.key();
            boolean there = table.containsKey(key);
            switch (operation.kind()) {
                case TRUNCATE -> {
                    // DDL commits by itself: it is the transaction's only change.
                    changes.clear();
                    changes.add(new Change(++ids, 1, 1, false, -1, true, true));
                    binlog.add(new Transaction(script.commitTime(), changes));
                    return;
                }
                case MOVE -> {
                    if (there && !table.containsKey(operation.newKey())) {
                        changes.add(new Change(++ids, ordinal, 0, true, key, true, false));
                        changes.add(
                                new Change(
                                        ++ids, ordinal, 1, true, operation.newKey(), false, false));
                        table.remove(key);
                        table.put(operation.newKey(), ids);
                        continue;
                    }
                }
                case DELETE -> {
                    if (there) {
                        changes.add(new Change(++ids, ordinal, 0, false, key, true, false));
                        table.remove(key);
                        continue;
                    }
                }
                case PUT -> {}
            }
            changes.add(new Change(++ids, ordinal, 1, false, key, false, false));
            table.put(key, ids);
        }
        binlog.add(new Transaction(script.commitTime(), changes));
    }

    /**
     * The table after the transactions before a position: key to the id of the change that wrote
     * it.
     */
    TreeMap<Integer, Integer> tableAt(int position) {
        TreeMap<Integer, Integer> table = new TreeMap<>();
        for (Transaction transaction : binlog.subList(0, position)) {
            for (Change change : transaction.changes()) {
                if (change.truncate()) {
                    table.clear();
                } else if (change.delete()) {
                    table.remove(change.key());
                } else {
                    table.put(change.key(), change.id());
                }
            }
        }
        return table;
    }
}
