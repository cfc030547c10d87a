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

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue between the instances of a subtask and the engine's thread that emits their rows.
 * Bounded by bytes: who puts into a full queue waits. Batches of one instance leave in the order in
 * which they came. Thread-safe; one thread takes.
 *
 * <p>While the taker is idle, instances hand over what they have at once, however little it is (low
 * latency); while it is busy, they gather (large batches).
 */
public final class Handover {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private final Deque<Batch> queue = new ArrayDeque<>();
    private final List<InstanceStream> streams = new ArrayList<>();
    private final long maxBytes;

    private long bytes;
    private boolean closed;
    private Throwable failure;
    private volatile boolean idle;

    public Handover(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void register(InstanceStream stream) {
        lock.lock();
        try {
            streams.add(stream);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the taker waits, so that even a small batch should be handed over. */
    boolean takerIsIdle() {
        return idle;
    }

    /**
     * Puts a batch, waiting while the queue is full.
     *
     * @throws ClosedException if the queue is closed
     */
    void put(Batch batch) throws InterruptedException {
        lock.lock();
        try {
            // A batch that alone is larger than the bound passes when the queue is empty.
            while (!closed && !queue.isEmpty() && bytes + batch.bytes() > maxBytes) {
                notFull.await();
            }
            if (closed) {
                throw new ClosedException();
            }
            queue.add(batch);
            bytes += batch.bytes();
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Makes every later {@link #take} throw. The first failure stays. */
    void fail(Throwable cause) {
        lock.lock();
        try {
            if (failure == null) {
                failure = cause;
            }
            notEmpty.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next batch, or null if none came in time.
     *
     * @throws Exception the first failure of any instance
     */
    public Batch take(long timeoutMs) throws Exception {
        Batch batch = poll(0);
        if (batch != null) {
            return batch;
        }
        idle = true;
        try {
            // A stream that is at work now sees that we are idle when it is done with its event.
            for (InstanceStream stream : snapshotOfStreams()) {
                putAtOnce(stream);
            }
            return poll(timeoutMs);
        } finally {
            idle = false;
        }
    }

    /** Without waiting: the taker must never wait for room in its own queue. */
    private void putAtOnce(InstanceStream stream) {
        lock.lock();
        try {
            Batch batch = stream.takeIfFree();
            if (batch != null) {
                queue.add(batch);
                bytes += batch.bytes();
            }
        } finally {
            lock.unlock();
        }
    }

    private List<InstanceStream> snapshotOfStreams() {
        lock.lock();
        try {
            return new ArrayList<>(streams);
        } finally {
            lock.unlock();
        }
    }

    private Batch poll(long timeoutMs) throws Exception {
        long left = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        lock.lock();
        try {
            while (queue.isEmpty() && failure == null && !closed && left > 0) {
                left = notEmpty.awaitNanos(left);
            }
            if (failure != null) {
                throw failure instanceof Exception
                        ? (Exception) failure
                        : new IllegalStateException(failure);
            }
            Batch batch = queue.poll();
            if (batch != null) {
                bytes -= batch.bytes();
                notFull.signalAll();
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all waiting; nothing can be put any more. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            notFull.signalAll();
            notEmpty.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Says that the subtask is closing: whoever sees it stops without complaint. */
    static final class ClosedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ClosedException() {
            super("the subtask is closing", null, false, false);
        }
    }
}
