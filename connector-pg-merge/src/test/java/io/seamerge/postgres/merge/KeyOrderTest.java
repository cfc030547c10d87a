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
package io.seamerge.postgres.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyOrderTest {

    private static List<String> ordered(int[] columns, Object[]... rows) {
        List<Change> changes = new ArrayList<>();
        for (Object[] row : rows) {
            changes.add(new Change(Operation.UPDATE, row, RowKey.ANY_SOURCE, 0, null));
        }
        List<String> shown = new ArrayList<>();
        for (Change change : new KeyOrder(columns).of(changes)) {
            shown.add(Arrays.toString(change.fields()));
        }
        return shown;
    }

    private static Object[] row(Object... fields) {
        return fields;
    }

    @Test
    void ordersByTheColumnsOfTheKey() {
        assertThat(ordered(new int[] {0}, row(3L, "c"), row(-1L, "a"), row(2L, "b")))
                .containsExactly("[-1, a]", "[2, b]", "[3, c]");
        assertThat(ordered(new int[] {1, 0}, row(2, "eu"), row(1, "us"), row(1, "eu")))
                .containsExactly("[1, eu]", "[2, eu]", "[1, us]");
        assertThat(ordered(new int[] {1, 0}, row(2, "eu"), row(-7, "eu"), row(1, "eu")))
                .containsExactly("[-7, eu]", "[1, eu]", "[2, eu]");
        assertThat(ordered(new int[] {0, 1}, row(1L, 9L), row(1L, 3L), row(0L, 4L)))
                .containsExactly("[0, 4]", "[1, 3]", "[1, 9]");
        assertThat(ordered(new int[] {0}, row("b"), row("a"))).containsExactly("[a]", "[b]");
    }

    @Test
    void ordersKeysThatLieFarApart() {
        assertThat(
                        ordered(
                                new int[] {0},
                                row(Long.MAX_VALUE),
                                row(0L),
                                row(Long.MIN_VALUE),
                                row(1L << 62)))
                .containsExactly(
                        "[" + Long.MIN_VALUE + "]",
                        "[0]",
                        "[" + (1L << 62) + "]",
                        "[" + Long.MAX_VALUE + "]");
    }

    @Test
    void keepsEachChangeOnce() {
        Random random = new Random(3);
        for (int size : new int[] {1, 2, 3, 1_023, 1_024, 1_025, 5_000}) {
            List<Change> changes = new ArrayList<>();
            List<Long> keys = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                keys.add(random.nextLong() >> random.nextInt(60));
                changes.add(
                        new Change(Operation.UPDATE, row(keys.get(i)), RowKey.ANY_SOURCE, 0, null));
            }
            keys.sort(null);
            List<Object> found = new ArrayList<>();
            for (Change change : new KeyOrder(new int[] {0}).of(changes)) {
                found.add(change.fields()[0]);
            }
            assertThat(found).isEqualTo(keys);
        }
    }

    @Test
    void leavesAloneWhatDoesNotCompare() {
        assertThat(ordered(new int[] {0}, row(1.5d), row(0.5d))).hasSize(2);
    }
}
