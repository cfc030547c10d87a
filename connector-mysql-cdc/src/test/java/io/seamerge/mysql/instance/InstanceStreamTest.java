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
package io.seamerge.mysql.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.wire.ControlTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

class InstanceStreamTest {

    private static final String FILE = "binlog.000001";

    private final Handover handover = new Handover(1 << 20);
    private final InstanceStream stream = stream(handover);

    /** A reader that never is where the binlog ends has caught up with where it ended. */
    @Test
    void heartbeatsSayHowFarBehindAReaderIsThatStaysBehind() throws Exception {
        List<Object> caughtUp = new ArrayList<>();
        for (int second = 1; second <= 8; second++) {
            // The binlog grows by 100 bytes in a second; the reader is 250 behind.
            stream.heartbeat(1, 1_000_000L * second, System.nanoTime(), at(1_000 + 100 * second));
            stream.position(at(1_000 + 100 * second - 250));
            caughtUp.addAll(caughtUpTimes());
        }
        assertThat(caughtUp)
                .containsExactly(null, null, null, 1_000_000L, null, null, null, 5_000_000L);
    }

    @Test
    void aHeartbeatSaysAtOnceThatTheReaderIsAtTheEnd() throws Exception {
        stream.position(at(1_000));
        stream.heartbeat(1, 1_000_000L, System.nanoTime(), at(1_000));
        stream.heartbeat(1, 2_000_000L, System.nanoTime(), at(1_000));
        assertThat(caughtUpTimes()).containsExactly(1_000_000L, 2_000_000L);
    }

    /** Of the heartbeats since the last call; null where the reader had not got there. */
    private List<Object> caughtUpTimes() throws Exception {
        int column =
                ControlTable.catalogTable(false).getSeaTunnelRowType().indexOf("caught_up_time");
        List<Object> times = new ArrayList<>();
        for (Batch batch = handover.take(1); batch != null; batch = handover.take(1)) {
            for (SeaTunnelRow row : batch.rows()) {
                times.add(row.getField(column));
            }
        }
        return times;
    }

    private static BinlogPosition at(long offset) {
        return new BinlogPosition(FILE, offset);
    }

    private static InstanceStream stream(Handover handover) {
        Map<String, Object> options = new HashMap<>();
        Map<String, Object> instance = new HashMap<>();
        instance.put("name", "eu");
        instance.put("hosts", Arrays.asList("localhost:3306"));
        options.put("instances", Arrays.asList(instance));
        options.put("username", "u");
        options.put("password", "p");
        options.put("tables", Arrays.asList("shop\\.t"));
        options.put("control-rows", true);
        InstanceState start =
                new InstanceState(
                        "a server",
                        at(4),
                        null,
                        null,
                        0,
                        0,
                        0,
                        1,
                        Collections.<String, TableSnapshot>emptyMap(),
                        false);
        InstanceStream stream =
                new InstanceStream(
                        "eu",
                        Collections.emptyMap(),
                        SourceConfig.parse(ReadonlyConfig.fromMap(options)),
                        false,
                        false,
                        start,
                        new InstanceStatus(),
                        handover,
                        null,
                        () -> {});
        stream.connected(
                new ServerLogs(
                        "a server",
                        "OFF",
                        null,
                        null,
                        Collections.singletonMap(FILE, 10_000L),
                        at(10_000)));
        return stream;
    }
}
