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
package io.seamerge.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Replays the rows of one table that a sink was given, key by key, and objects to everything that
 * an ordinary sink could not live with: a row that comes twice, an update that is not a pair, a
 * before-image that is not what was there, a row that goes back.
 */
final class Replay {

    /** What makes up one row of the stream. */
    record Row(
            boolean removes,
            String instance,
            int id,
            String name,
            int quantity,
            long time,
            long number,
            String operation) {

        boolean isSnapshot() {
            return operation.equals("snapshot");
        }

        private String key() {
            return instance + " " + id;
        }

        private String image() {
            return name + " " + quantity;
        }
    }

    private final Map<String, Row> table = new TreeMap<>();
    private final Map<String, Long> times = new TreeMap<>();
    private final Set<String> changes = new HashSet<>();
    private Row halfUpdate;
    private int rows;
    private int snapshotRows;

    void take(Row row) {
        rows++;
        Row before = table.get(row.key());
        if (row.isSnapshot()) {
            snapshotRows++;
            assertThat(halfUpdate).as("a pair that is torn by %s", row).isNull();
            assertThat(row.removes()).isFalse();
            if (before != null) {
                assertThat(before.isSnapshot()).as("%s came twice", row).isFalse();
                assertThat(row.image()).as("goes back: %s", row).isEqualTo(before.image());
            }
            table.put(row.key(), row);
            return;
        }
        assertThat(changes.add(row.instance() + " " + row.time() + " " + row.number()))
                .as("%s came twice", row)
                .isTrue();
        Long last = times.put(row.key(), row.time());
        assertThat(last == null || last <= row.time()).as("goes back: %s", row).isTrue();
        if (halfUpdate != null) {
            assertThat(row.removes()).as("a pair that is torn by %s", row).isFalse();
            assertThat(row.time()).isEqualTo(halfUpdate.time());
            assertThat(row.number()).isEqualTo(halfUpdate.number() + 1);
            halfUpdate = null;
        } else if (row.removes() && row.operation().equals("update")) {
            halfUpdate = row;
        }
        if (row.removes()) {
            if (before != null) {
                assertThat(row.image()).as("before-image of %s", row).isEqualTo(before.image());
            }
            table.remove(row.key());
        } else {
            assertThat(before).as("%s, whose key is there already", row).isNull();
            table.put(row.key(), row);
        }
    }

    boolean has(String instance, int id) {
        return table.containsKey(instance + " " + id);
    }

    int rows() {
        return rows;
    }

    int snapshotRows() {
        return snapshotRows;
    }

    /** The table as it is now: image by key. */
    Map<String, String> table() {
        assertThat(halfUpdate).isNull();
        Map<String, String> images = new TreeMap<>();
        table.forEach((key, row) -> images.put(key, Objects.requireNonNull(row).image()));
        return images;
    }
}
