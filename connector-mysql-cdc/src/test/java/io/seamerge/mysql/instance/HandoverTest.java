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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HandoverTest {

    private static final long MAX_BYTES = 100;

    private final Handover handover = new Handover(MAX_BYTES);
    private final Instance busy = new Instance("busy");
    private final Instance quiet = new Instance("quiet");

    /** An instance whose batches are as large as the whole queue. */
    private final class Instance implements Handover.Gathering {

        final String name;
        final Deque<Batch> gathered = new ArrayDeque<>();

        /** How often it is found at work before it lets the taker have what it gathered. */
        int timesAtWork;

        Instance(String name) {
            this.name = name;
            handover.register(this);
        }

        @Override
        public Batch takeIfFree(long waitNanos) {
            if (timesAtWork > 0) {
                timesAtWork--;
                return Handover.AT_WORK;
            }
            return handover.holds(this) ? null : gathered.poll();
        }

        Batch batch() {
            Batch batch = new Batch(name);
            batch.add(new SeaTunnelRow(0), (int) MAX_BYTES);
            return batch;
        }
    }

    @Test
    void whatOneInstanceHasQueuedDelaysNoOther() throws Exception {
        Thread putting =
                new Thread(
                        () -> {
                            try {
                                for (int i = 0; i < 3; i++) {
                                    handover.put(busy, busy.batch());
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        putting.start();
        List<String> taken = new ArrayList<>();
        taken.add(handover.take(60_000).instance());
        while (!handover.holds(busy)) {
            Thread.yield();
        }
        // The queue is full of the other one's.
        handover.put(quiet, quiet.batch());
        quiet.gathered.add(quiet.batch());
        taken.add(handover.take(60_000).instance());
        while (taken.size() < 5) {
            taken.add(handover.take(60_000).instance());
        }
        putting.join();
        assertThat(taken.get(0)).isEqualTo("busy");
        assertThat(taken.subList(1, 3)).contains("quiet");
        assertThat(taken.subList(1, 5)).containsExactlyInAnyOrder("busy", "busy", "quiet", "quiet");
    }

    @Test
    void whatIsGatheredLeavesBehindWhatIsQueued() throws Exception {
        Batch first = busy.batch();
        Batch second = busy.batch();
        handover.put(busy, first);
        busy.gathered.add(second);
        assertThat(handover.take(0)).isSameAs(first);
        assertThat(handover.take(0)).isSameAs(second);
        assertThat(handover.take(0)).isNull();
    }

    @Test
    void whatIsGatheredIsFetchedThoughNobodyPutsIt() throws Exception {
        quiet.gathered.add(quiet.batch());
        assertThat(handover.take(0).instance()).isEqualTo("quiet");
    }

    @Test
    void whatAnInstanceAtWorkHasGatheredIsAskedForAgain() throws Exception {
        // Nobody puts it: whoever was at work saw no taker waiting.
        quiet.gathered.add(quiet.batch());
        quiet.timesAtWork = 10;
        assertThat(handover.take(240_000).instance()).isEqualTo("quiet");
        assertThat(quiet.timesAtWork).isZero();
    }

    @Test
    void failsTheTakerAndEndsThosePutting() throws Exception {
        handover.put(busy, busy.batch());
        handover.fail(new IllegalStateException("gone"));
        assertThatThrownBy(() -> handover.take(0)).hasMessage("gone");
        handover.close();
        assertThatThrownBy(() -> handover.put(busy, busy.batch()))
                .isInstanceOf(Handover.ClosedException.class);
    }
}
