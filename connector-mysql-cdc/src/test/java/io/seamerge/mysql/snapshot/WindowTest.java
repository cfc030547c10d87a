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

import io.seamerge.mysql.binlog.BinlogPosition;
import java.util.ArrayList;
import java.util.List;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

class WindowTest {

    private static final BinlogPosition LOW = new BinlogPosition("b.000001", 100);
    private static final BinlogPosition HIGH = new BinlogPosition("b.000001", 200);

    private final Window window = new Window("shop.orders", 0, null, LOW);

    @Test
    void leavesOutWhatChangedBeforeItWasReadAndAfterwardsUntilItGoesOut() {
        window.changed(key(1));
        deliver(0, 1, 2, 3, 4);
        window.changed(key(3));
        assertThat(next()).isEqualTo(0);
        // Too late: it has gone out, and its change goes out behind it.
        window.changed(key(0));
        window.changed(key(2));
        assertThat(next()).isEqualTo(4);
        assertThat(window.hasNext()).isFalse();
        assertThat(window.size()).isEqualTo(5);
    }

    @Test
    void leavesEverythingOutThatWasReadBeforeOrAfterTheTableWasEmptied() {
        window.changedAll();
        window.changed(key(1));
        deliver(0, 1, 2);
        assertThat(window.hasNext()).isFalse();
        assertThat(window.size()).isEqualTo(3);
        assertThat(window.lastKey()).isEqualTo(key(2));
    }

    @Test
    void leavesOutWhatHasNotGoneOutWhenTheTableIsEmptied() {
        deliver(0, 1, 2);
        assertThat(next()).isEqualTo(0);
        window.changedAll();
        assertThat(window.hasNext()).isFalse();
    }

    @Test
    void knowsWhetherSomeOfItHasGoneOut() {
        deliver(7);
        assertThat(window.isBegun()).isFalse();
        assertThat(next()).isEqualTo(7);
        assertThat(window.isBegun()).isTrue();
    }

    @Test
    void isDueWhenTheReaderHasPassedItsEnd() {
        assertThat(window.isDue(HIGH)).isFalse();
        deliver();
        assertThat(window.isDue(LOW)).isFalse();
        assertThat(window.isDue(HIGH)).isTrue();
        assertThat(window.hasNext()).isFalse();
        assertThat(window.lastKey()).isNull();
    }

    private int next() {
        assertThat(window.hasNext()).isTrue();
        return (Integer) window.next().getField(0);
    }

    private void deliver(int... ids) {
        List<SeaTunnelRow> rows = new ArrayList<>();
        List<RowKey> keys = new ArrayList<>();
        for (int id : ids) {
            rows.add(new SeaTunnelRow(new Object[] {id}));
            keys.add(key(id));
        }
        window.deliver(rows, keys, true, HIGH);
    }

    private static RowKey key(int id) {
        return new RowKey(new Object[] {id}, new int[] {0});
    }
}
