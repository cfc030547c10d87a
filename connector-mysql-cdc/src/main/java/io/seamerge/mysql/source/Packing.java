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

import io.seamerge.mysql.wire.ControlTable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/**
 * Packs rows that follow one another into blocks, each of which passes the engine as one row. The
 * engine's queues count rows, so what is on its way to the sink is bounded here, by bytes. One
 * thread calls the methods; the sink's threads say what they have taken.
 */
final class Packing {

    /** A sink that takes blocks at all takes the first as soon as it is open. */
    private static final long PATIENCE_MS = 300_000;

    /** What SeaTunnel's count of a row's bytes leaves out, about. */
    private static final int BYTES_PER_ROW = 256;

    /** Some blocks, so that source, queues and sink are all at work. */
    static final int BYTES_ON_THE_WAY = 2 << 20;

    private final Semaphore room = new Semaphore(BYTES_ON_THE_WAY);
    private final long patienceMs;

    /** When the first block was made; null before that. */
    private volatile Long firstNanos;

    private volatile boolean anyTaken;

    Packing() {
        this(PATIENCE_MS);
    }

    /**
     * @param patienceMs how long the first block may stay untaken
     */
    Packing(long patienceMs) {
        this.patienceMs = patienceMs;
    }

    /**
     * Waits until there is room for rows, and takes it.
     *
     * @return whether there is, within the time
     */
    boolean takeRoom(List<SeaTunnelRow> rows, long timeoutMs) throws InterruptedException {
        return room.tryAcquire(weight(rows), timeoutMs, TimeUnit.MILLISECONDS);
    }

    /** Whether the sink has taken all blocks. */
    boolean allTaken() {
        return room.availablePermits() == BYTES_ON_THE_WAY;
    }

    /** Whether blocks were made, and it is not known yet that the sink takes them. */
    boolean isDoubtful() {
        return firstNanos != null && !anyTaken;
    }

    /**
     * @throws IllegalStateException if it looks as if nobody took blocks: another sink would let
     *     their rows go by
     */
    void failIfNobodyTakes() {
        if (isDoubtful()
                && System.nanoTime() - firstNanos > TimeUnit.MILLISECONDS.toNanos(patienceMs)) {
            throw new IllegalStateException(
                    "packed-rows = true, but the sink has taken no rows from their blocks within "
                            + patienceMs / 1_000
                            + " s: only Postgres-Merge does, of a release that knows them, and only"
                            + " without a transform in between. Set packed-rows = false, and restore the"
                            + " job: its checkpoints are still at its start");
        }
    }

    /**
     * The same rows in the same order, with those between control rows in blocks. The room that
     * {@link #takeRoom} took for them is free again once the sink has taken them all.
     */
    List<SeaTunnelRow> pack(String instance, List<SeaTunnelRow> rows) {
        List<SeaTunnelRow> packed = new ArrayList<>();
        int left = weight(rows);
        int begin = 0;
        for (int i = 0; i <= rows.size(); i++) {
            boolean control =
                    i < rows.size() && rows.get(i).getTableId().equals(ControlTable.TABLE_ID);
            if (i < rows.size() && !control) {
                continue;
            }
            if (begin < i) {
                List<SeaTunnelRow> block = rows.subList(begin, i);
                int share = Math.min(left, weight(block));
                left -= share;
                if (firstNanos == null) {
                    firstNanos = System.nanoTime();
                }
                packed.add(ControlTable.block(instance, block, new Room(share)));
            }
            if (control) {
                packed.add(ControlTable.besideBlocks(rows.get(i)));
            }
            begin = i + 1;
        }
        // Control rows alone weigh nothing; where one row is larger than all room, others are free.
        room.release(left);
        return packed;
    }

    /** More than all the room there is must be able to pass too. */
    private static int weight(List<SeaTunnelRow> rows) {
        long bytes = 0;
        for (SeaTunnelRow row : rows) {
            bytes += row.getBytesSize() + BYTES_PER_ROW;
        }
        return (int) Math.min(BYTES_ON_THE_WAY, bytes);
    }

    /** What a block occupies: the sink runs this when it has taken the rows. */
    private final class Room implements Runnable {

        private final int bytes;
        private final AtomicBoolean occupied = new AtomicBoolean(true);

        Room(int bytes) {
            this.bytes = bytes;
        }

        @Override
        public void run() {
            if (occupied.compareAndSet(true, false)) {
                anyTaken = true;
                room.release(bytes);
            }
        }
    }
}
