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

import org.junit.jupiter.api.Test;

class FoldTest {

    private static final KeyForm[] EXACT = {KeyForm.EXACT};

    private static void add(Fold fold, Operation operation, int source, long time, String image) {
        Object[] fields = {7L, image};
        fold.add(
                RowKey.of(fields, new int[] {0}, EXACT, source),
                new Change(operation, fields, source, "s" + source, time, new Version(1, time, 1)));
    }

    private static String show(Fold fold) {
        StringBuilder shown = new StringBuilder();
        fold.changes().stream()
                .sorted((a, b) -> a.source() - b.source())
                .forEach(
                        c ->
                                shown.append(c.operation().letter())
                                        .append(c.source())
                                        .append('@')
                                        .append(c.mergedTime())
                                        .append(c.fields()[1])
                                        .append(' '));
        return shown.toString().trim();
    }

    @Test
    void withoutSourcesTheLastStands() {
        Fold fold = new Fold();
        add(fold, Operation.INSERT, 0, 1, "a");
        add(fold, Operation.DELETE, 0, 2, "a");
        assertThat(show(fold)).isEqualTo("D0@2a");
        add(fold, Operation.SNAPSHOT, 0, 0, "b");
        assertThat(show(fold)).isEqualTo("S0@0b");
    }

    @Test
    void withSourcesEachHasItsOwn() {
        Fold fold = new Fold();
        add(fold, Operation.INSERT, 1, 1, "a");
        add(fold, Operation.UPDATE, 2, 9, "b");
        add(fold, Operation.UPDATE, 1, 2, "c");
        assertThat(show(fold)).isEqualTo("U1@2c U2@9b");
    }

    @Test
    void aSnapshotRowReplacesTheImageOfItsSourceAndKeepsTheVersion() {
        Fold fold = new Fold();
        add(fold, Operation.SNAPSHOT, 1, 0, "old");
        add(fold, Operation.DELETE, 1, 5, "old");
        add(fold, Operation.SNAPSHOT, 1, 0, "new");
        assertThat(show(fold)).isEqualTo("U1@5new");
        add(fold, Operation.SNAPSHOT, 2, 0, "other");
        add(fold, Operation.SNAPSHOT, 2, 0, "again");
        assertThat(show(fold)).isEqualTo("U1@5new S2@0again");
    }
}
