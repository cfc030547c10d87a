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
package io.seamerge.mysql.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.instance.InstanceState;
import io.seamerge.mysql.instance.LastEmitted;
import io.seamerge.mysql.instance.TableSnapshot;
import io.seamerge.mysql.snapshot.KeyRange;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InstanceSplitSerializerTest {

    private final InstanceSplitSerializer serializer = new InstanceSplitSerializer();

    @Test
    void everyPartComesBack() throws Exception {
        Object[] bound = {
            7L,
            new BigDecimal("-12.50"),
            "größer",
            new byte[] {0, -1},
            LocalDate.of(1, 2, 3),
            LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678_901_000)
        };
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>();
        snapshots.put(
                "shop.a",
                new TableSnapshot(
                        Arrays.asList(
                                new KeyRange(2, bound, new Object[] {8L}),
                                new KeyRange(7, new Object[] {8L}, null)),
                        42,
                        true,
                        "again"));
        snapshots.put("shop.b", TableSnapshot.unread(false, null));
        snapshots.put("shop.c", new TableSnapshot(Collections.emptyList(), 9, false, null));
        String set = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7-9";
        InstanceState state =
                new InstanceState(
                                "uuid",
                                new BinlogPosition("bin.1000000", 123),
                                GtidSet.parse(set),
                                "3e11fa47-71ca-11e1-9e33-c80aa9429562:10",
                                (3L << 32) | 5,
                                11,
                                12,
                                13,
                                snapshots,
                                false)
                        .withPrepared(
                                Collections.singletonMap(
                                        "X'78',X'',1", new BinlogPosition("bin.999999", 4)))
                        .withLastEmitted(new LastEmitted(13, 11, (3L << 32) | 4));
        InstanceSplit back =
                serializer.deserialize(serializer.serialize(new InstanceSplit("eu", state)));
        assertThat(back.splitId()).isEqualTo("eu");
        InstanceState found = back.state();
        assertThat(found).usingRecursiveComparison().ignoringFields("snapshots").isEqualTo(state);
        assertThat(found.prepared()).containsOnlyKeys("X'78',X'',1");
        assertThat(found.snapshots()).containsOnlyKeys("shop.a", "shop.b", "shop.c");
        TableSnapshot inParts = found.snapshots().get("shop.a");
        assertThat(inParts.rowsRead()).isEqualTo(42);
        assertThat(inParts.repeated()).isTrue();
        assertThat(inParts.request()).isEqualTo("again");
        assertThat(inParts.left()).hasSize(2);
        assertThat(inParts.left().get(0).from()).isEqualTo(bound);
        assertThat(inParts.left().get(0).to()).isEqualTo(new Object[] {8L});
        assertThat(inParts.left().get(1).from()).isEqualTo(new Object[] {8L});
        assertThat(inParts.left().get(1).to()).isNull();
        assertThat(inParts.left().get(0).number()).isNotEqualTo(inParts.left().get(1).number());
        TableSnapshot unread = found.snapshots().get("shop.b");
        assertThat(unread.repeated()).isFalse();
        assertThat(unread.left()).hasSize(1);
        assertThat(unread.left().get(0).from()).isNull();
        assertThat(found.snapshots().get("shop.c").done()).isTrue();
    }

    @Test
    void unresolvedAndWithoutGtids() throws Exception {
        assertThat(
                        serializer
                                .deserialize(serializer.serialize(new InstanceSplit("x", null)))
                                .state())
                .isNull();
        InstanceState state =
                new InstanceState(
                                "u",
                                new BinlogPosition("b.000001", 4),
                                null,
                                null,
                                0,
                                0,
                                0,
                                1,
                                new LinkedHashMap<String, TableSnapshot>(),
                                true)
                        .knownByGtidsAlone();
        InstanceState back =
                serializer.deserialize(serializer.serialize(new InstanceSplit("x", state))).state();
        assertThat(back.gtids()).isNull();
        assertThat(back.ended()).isTrue();
        assertThat(back.positionKnown()).isFalse();
    }

    @Test
    void aLaterFormatIsRefusedInWords() throws Exception {
        byte[] bytes = serializer.serialize(new InstanceSplit("x", null));
        bytes[0] = 99;
        assertThatThrownBy(() -> serializer.deserialize(bytes)).hasMessageContaining("format 99");
    }

    @Test
    void aDoneTableCostsFewBytes() throws Exception {
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>();
        for (int i = 0; i < 10_000; i++) {
            snapshots.put(
                    "shop.table_" + i, new TableSnapshot(Collections.emptyList(), 5, false, null));
        }
        InstanceState state =
                new InstanceState(
                        "u",
                        new BinlogPosition("b.000001", 4),
                        null,
                        null,
                        0,
                        0,
                        0,
                        1,
                        snapshots,
                        false);
        assertThat(serializer.serialize(new InstanceSplit("x", state)).length)
                .isLessThan(10_000 * 40);
    }
}
