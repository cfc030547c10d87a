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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import java.util.Collections;
import org.junit.jupiter.api.Test;

class StreamPositionTest {

    private static final String UUID = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    private static final long MAX_SKEW_MS = 600_000;

    @Test
    void versionsGrowWhateverTheClockDoes() {
        StreamPosition position = startedAt(UUID + ":1-5");
        transaction(position, UUID + ":6", 1_000_000, 200);
        assertThat(position.versionTime()).isEqualTo(1_000_000);

        transaction(position, UUID + ":7", 900_000, 300);
        assertThat(position.versionTime()).isEqualTo(1_000_001);
        assertThat(position.commitTime()).isEqualTo(900_000);
        assertThat(position).hasToString("binlog.000001:300 gtid " + UUID + ":1-7");
    }

    @Test
    void whatWentOutOfATransactionIsSkippedWhenItComesAgain() {
        StreamPosition position = startedAt(UUID + ":1-5");
        position.begin(UUID + ":6", 1_000_000, at(100));
        position.emitted(4);
        assertThat(position.isBetweenTransactions()).isFalse();
        assertThat(position.emittedGtids()).hasToString(UUID + ":1-6");
        assertThat(position.low(at(100))).isEqualTo(at(101));

        StreamPosition restored = new StreamPosition("eu", state(position), MAX_SKEW_MS);
        restored.begin(UUID + ":6", 1_000_000, at(100));
        assertThat(restored.hasEmitted(2)).isTrue();
        assertThat(restored.hasEmitted(4)).isTrue();
        assertThat(restored.hasEmitted(6)).isFalse();
        restored.end(at(200));
        assertThat(restored.isBetweenTransactions()).isTrue();

        // Another one has rows of these numbers as well.
        restored.begin(UUID + ":7", 1_000_000, at(200));
        assertThat(restored.hasEmitted(2)).isFalse();
    }

    @Test
    void anotherServerBeginsAnIncarnationAndTheTransactionAnew() {
        StreamPosition position = startedAt(UUID + ":1-5");
        position.begin(UUID + ":6", 1_000_000, at(100));
        position.emitted(4);
        long before = position.incarnation();

        position.connectedTo(server("another", at(5_000)));
        position.succeededBy(server("another", at(5_000)));
        assertThat(position.incarnation()).isGreaterThan(before);
        assertThat(position.serverUuid()).isEqualTo("another");
        assertThat(state(position).positionKnown()).isFalse();
        assertThat(position.low(at(100))).as("all that was emitted").isEqualTo(at(5_000));

        position.begin(UUID + ":6", 1_000_000, at(100));
        assertThat(position.hasEmitted(2)).isFalse();
        position.end(at(5_000));
        assertThat(state(position).positionKnown()).isTrue();
    }

    @Test
    void gtidsMayCeaseAndComeBack() {
        StreamPosition position = startedAt(UUID + ":1-5");
        transaction(position, null, 1_000_000, 200);
        assertThat(position).hasToString("binlog.000001:200");
        assertThat(position.emittedGtids()).isNull();

        transaction(position, UUID + ":6", 1_000_000, 300);
        assertThat(position).as("what was before it is not known").hasToString("binlog.000001:300");
        position.previousGtids(Gtids.parse(UUID + ":1-6"));
        transaction(position, UUID + ":7", 1_000_000, 400);
        assertThat(position).hasToString("binlog.000001:400 gtid " + UUID + ":1-7");
    }

    @Test
    void thePlaceNeverGoesBack() {
        StreamPosition position = startedAt(UUID + ":1-5");
        position.moveTo(at(300));
        position.moveTo(at(4));
        assertThat(state(position).position()).isEqualTo(at(300));
    }

    @Test
    void aCommitInTheFutureIsRefused() {
        StreamPosition position = startedAt(UUID + ":1-5");
        long now = System.currentTimeMillis() * 1_000;
        position.checkClock(UUID + ":6", now, at(100));
        assertThatThrownBy(() -> position.checkClock(UUID + ":6", now + 86_400_000_000L, at(100)))
                .hasMessageContaining(
                        "instance eu: the transaction at binlog.000001:100, GTID " + UUID)
                .hasMessageContaining("max-clock-skew-ms = 600000");
    }

    private static void transaction(
            StreamPosition position, String gtid, long commitTime, long end) {
        position.begin(gtid, commitTime, at(100));
        position.end(at(end));
    }

    private static InstanceState state(StreamPosition position) {
        return position.state(Collections.<String, TableSnapshot>emptyMap(), false);
    }

    private static StreamPosition startedAt(String gtids) {
        return new StreamPosition(
                "eu",
                new InstanceState(
                        "a server",
                        at(100),
                        Gtids.parse(gtids),
                        null,
                        0,
                        0,
                        0,
                        1,
                        Collections.<String, TableSnapshot>emptyMap(),
                        false),
                MAX_SKEW_MS);
    }

    private static ServerLogs server(String uuid, BinlogPosition end) {
        return new ServerLogs(
                uuid, "ON", null, null, Collections.singletonMap(end.file(), end.offset()), end);
    }

    private static BinlogPosition at(long offset) {
        return new BinlogPosition("binlog.000001", offset);
    }
}
