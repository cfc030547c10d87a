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

import io.seamerge.mysql.wire.ControlTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.api.table.type.SeaTunnelRowType;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final SeaTunnelRowType CONTROL =
            ControlTable.catalogTable(true).getSeaTunnelRowType();

    private static final int ROWS = CONTROL.indexOf("rows");

    private static SeaTunnelRow row(String table, String value) {
        SeaTunnelRow row = new SeaTunnelRow(new Object[] {value});
        row.setTableId(table);
        return row;
    }

    private static SeaTunnelRow control() {
        return new ControlTable.Row("eu", ControlTable.Kind.HEARTBEAT, 1).version(5).build();
    }

    private static Object[] content(SeaTunnelRow block) {
        assertThat(block.getTableId()).isEqualTo(ControlTable.TABLE_ID);
        assertThat(block.getArity()).isEqualTo(CONTROL.getTotalFields());
        // As the engine does, which must not stumble over what it does not know.
        assertThat(block.getBytesSize(CONTROL)).isPositive();
        return ((SeaTunnelRow) block.getField(ROWS)).getFields();
    }

    private static void take(SeaTunnelRow block) {
        ((Runnable) content(block)[0]).run();
    }

    private static List<SeaTunnelRow> pack(Packing packing, SeaTunnelRow... rows)
            throws InterruptedException {
        assertThat(packing.takeRoom(Arrays.asList(rows), 0)).isTrue();
        return packing.pack("eu", Arrays.asList(rows));
    }

    @Test
    void rowsBetweenControlRowsBecomeBlocksInTheirOrder() throws Exception {
        Packing packing = new Packing();
        SeaTunnelRow a = row("shop.a", "1");
        SeaTunnelRow b = row("shop.b", "2");
        SeaTunnelRow c = row("shop.a", "3");
        List<SeaTunnelRow> packed = pack(packing, a, b, control(), control(), c);
        assertThat(packed).hasSize(4);
        assertThat(Arrays.copyOfRange(content(packed.get(0)), 1, 3)).containsExactly(a, b);
        assertThat(content(packed.get(0))).hasSize(3);
        assertThat(packed.get(0).getField(CONTROL.indexOf("kind"))).isEqualTo("rows");
        assertThat(packed.get(0).getField(CONTROL.indexOf("instance"))).isEqualTo("eu");
        for (SeaTunnelRow control : packed.subList(1, 3)) {
            assertThat(control.getField(CONTROL.indexOf("kind"))).isEqualTo("heartbeat");
            assertThat(control.getField(CONTROL.indexOf("version_time"))).isEqualTo(5L);
            assertThat(control.getArity()).isEqualTo(CONTROL.getTotalFields());
            assertThat(control.getField(ROWS)).isNull();
        }
        assertThat(content(packed.get(3))[1]).isSameAs(c);
    }

    @Test
    void roomIsFreeAgainOnceTheSinkHasTakenTheRows() throws Exception {
        Packing packing = new Packing();
        String half = new String(new char[Packing.BYTES_ON_THE_WAY / 2]);
        List<SeaTunnelRow> first = pack(packing, row("t", half), control(), row("t", "x"));
        List<SeaTunnelRow> second = new ArrayList<>();
        second.add(row("t", half));
        assertThat(packing.takeRoom(second, 1)).isFalse();
        take(first.get(2));
        assertThat(packing.takeRoom(second, 1)).isFalse();
        take(first.get(0));
        take(first.get(0));
        assertThat(packing.takeRoom(second, 1)).isTrue();
        assertThat(packing.allTaken()).isFalse();
        take(packing.pack("eu", second).get(0));
        assertThat(packing.allTaken()).isTrue();
    }

    @Test
    void whatIsLargerThanAllRoomPassesAlone() throws Exception {
        Packing packing = new Packing();
        String large = new String(new char[Packing.BYTES_ON_THE_WAY]);
        List<SeaTunnelRow> packed =
                pack(packing, row("t", large), control(), row("t", large), control());
        assertThat(packing.takeRoom(Arrays.asList(row("t", "x")), 1)).isFalse();
        take(packed.get(0));
        take(packed.get(2));
        assertThat(packing.allTaken()).isTrue();
    }

    @Test
    void aSinkThatTakesNothingIsNoticed() throws Exception {
        Packing packing = new Packing(0);
        pack(packing, control());
        packing.failIfNobodyTakes();
        assertThat(packing.isDoubtful()).isFalse();
        SeaTunnelRow block = pack(packing, row("t", "x")).get(0);
        assertThat(packing.isDoubtful()).isTrue();
        Thread.sleep(1);
        assertThatThrownBy(packing::failIfNobodyTakes)
                .hasMessageContaining("only Postgres-Merge")
                .hasMessageContaining("packed-rows = false");
        take(block);
        pack(packing, row("t", "x"));
        packing.failIfNobodyTakes();
        assertThat(packing.isDoubtful()).isFalse();
    }
}
