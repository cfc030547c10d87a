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
package io.seamerge.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.mysql.catalog.SourceColumn;
import io.seamerge.mysql.catalog.SourceTable;
import io.seamerge.mysql.type.ColumnType;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkQueryTest {

    private static final int[] ALL = {0, 1, 2};
    private static final Object[] NONE = null;

    @Test
    void onlyTheColumnsThatAreWantedAreRead() {
        assertThat(
                        ChunkQuery.page(
                                table("id"), new int[] {0, 2}, new KeyRange(0, NONE, NONE), 1, ""))
                .startsWith("SELECT `id`, `n` FROM ");
    }

    @Test
    void firstPageHasNoBound() {
        assertThat(ChunkQuery.page(table("id"), ALL, new KeyRange(0, NONE, NONE), 100, ""))
                .isEqualTo(
                        "SELECT `id`, `od``d`, `n` FROM `shop`.`orders` FORCE INDEX (`PRIMARY`)"
                                + " ORDER BY `id` LIMIT 100");
    }

    @Test
    void nextPageIsBehindTheBound() {
        KeyRange range = new KeyRange(0, new Object[] {1L}, NONE);
        assertThat(ChunkQuery.page(table("id"), ALL, range, 100, " LOCK IN SHARE MODE"))
                .isEqualTo(
                        "SELECT `id`, `od``d`, `n` FROM `shop`.`orders` FORCE INDEX (`PRIMARY`)"
                                + " WHERE `id` > ? ORDER BY `id` LIMIT 100 LOCK IN SHARE MODE");
        assertThat(ChunkQuery.parameters(range)).containsExactly(1L);
    }

    @Test
    void compositeKeysAreComparedPartByPart() {
        KeyRange range = new KeyRange(0, new Object[] {1, 2, 3}, NONE);
        assertThat(ChunkQuery.page(table("id", "od`d", "n"), ALL, range, 5, ""))
                .endsWith(
                        " WHERE `id` >= ? AND (`id` > ? OR `id` = ? AND `od``d` > ?"
                                + " OR `id` = ? AND `od``d` = ? AND `n` > ?)"
                                + " ORDER BY `id`, `od``d`, `n` LIMIT 5");
        assertThat(ChunkQuery.parameters(range)).containsExactly(1, 1, 1, 2, 1, 2, 3);
    }

    @Test
    void aRangeEndsWithItsUpperBound() {
        KeyRange range = new KeyRange(0, new Object[] {1, 2}, new Object[] {8, 9});
        assertThat(ChunkQuery.page(table("id", "n"), ALL, range, 5, ""))
                .endsWith(
                        " WHERE `id` >= ? AND (`id` > ? OR `id` = ? AND `n` > ?)"
                                + " AND `id` <= ? AND (`id` < ? OR `id` = ? AND `n` <= ?)"
                                + " ORDER BY `id`, `n` LIMIT 5");
        assertThat(ChunkQuery.parameters(range)).containsExactly(1, 1, 1, 2, 8, 8, 8, 9);
        assertThat(
                        ChunkQuery.page(
                                table("id"), ALL, new KeyRange(0, NONE, new Object[] {8}), 5, ""))
                .endsWith(" WHERE `id` <= ? ORDER BY `id` LIMIT 5");
    }

    @Test
    void aRangeIsCutByLookUpsInTheIndex() {
        KeyRange range = new KeyRange(0, new Object[] {1, 2}, NONE);
        String from = "SELECT `id`, `n` FROM `shop`.`orders` FORCE INDEX (`PRIMARY`)";
        String where = " WHERE `id` >= ? AND (`id` > ? OR `id` = ? AND `n` > ?)";
        assertThat(ChunkQuery.highest(table("id", "n"), range))
                .isEqualTo(from + where + " ORDER BY `id` DESC, `n` DESC LIMIT 1");
        assertThat(ChunkQuery.probe(table("id", "n"), range, 1))
                .isEqualTo(from + where + " AND `id` >= ? ORDER BY `id`, `n` LIMIT 1");
        assertThat(ChunkQuery.probe(table("id", "n"), range, 2))
                .isEqualTo(
                        from
                                + where
                                + " AND `id` >= ? AND (`id` > ? OR `id` = ? AND `n` >= ?)"
                                + " ORDER BY `id`, `n` LIMIT 1");
        assertThat(ChunkQuery.estimate(table("id", "n"), range))
                .isEqualTo("EXPLAIN FORMAT=TRADITIONAL " + from.replace("FORCE", "USE") + where);
    }

    private static SourceTable table(String... key) {
        ColumnType type = ColumnType.parse("bigint(20)", null);
        List<SourceColumn> columns =
                Arrays.asList(
                        new SourceColumn("id", type, false, ""),
                        new SourceColumn("od`d", type, false, ""),
                        new SourceColumn("n", type, false, ""));
        return new SourceTable(
                "eu",
                "shop",
                "orders",
                columns,
                key.length == 0 ? Collections.<String>emptyList() : Arrays.asList(key),
                "PRIMARY",
                0,
                "");
    }
}
