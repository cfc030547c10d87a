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
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queues between the instances of a subtask and the engine's thread that emits their rows: one
 * for each instance, so that none waits behind what another has queued. Bounded by bytes: who puts
 * into a full queue waits. Batches of one instance leave in the order in which they came, and the
 * instances take turns. Thread-safe; one thread takes.
 *
 * <p>The taker fetches what a stream has gathered whenever nothing of it is queued, however little
 * that is (low latency); so streams put only what fills a batch meanwhile, or while the taker
 * waits.
 */
public final class Handover {

    /** What an instance gathers until it is put, or fetched. */
    interface Gathering {

        /**
         * What there is.
         *
         * @param waitNanos how long to wait while the instance is at work
         * @return null if there is nothing, or {@link Handover#holds} earlier batches of it; {@link
         *     #AT_WORK} if the instance stays at work for that long
         */
        Batch takeIfFree(long waitNanos) throws InterruptedException;
    }

    /** Says that nobody knows whether there is anything. */
    static final Batch AT_WORK = new Batch("");

    /** How long an idle taker waits for a stream that is at work. */
    private static final long AT_WORK_NANOS = 2_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notFull = lock.newCondition();
    private final Condition notEmpty = lock.newCondition();
    private final Map<Gathering, Deque<Batch>> queues = new LinkedHashMap<>();
    private final long maxBytes;

    /** The streams, the one whose turn is next first; the taker's own. */
    private final Deque<Gathering> turns = new ArrayDeque<>();

    /** Whether a stream was at work when it was last asked; the taker's own. */
    private boolean anyAtWork;

    private int queued;
    private long bytes;
    private boolean closed;
    private Throwable failure;
    private volatile boolean idle;

    /**
     * @param maxBytes of what is queued, beyond one batch of each instance
     */
    public Handover(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void register(Gathering stream) {
        lock.lock();
        try {
            queues.put(stream, new ArrayDeque<>());
        } finally {
            lock.unlock();
        }
    }

    /** Whether the taker waits, so that even a small batch should be handed over. */
    boolean takerIsIdle() {
        return idle;
    }

    /** Whether a batch of a stream is queued. */
    boolean holds(Gathering stream) {
        lock.lock();
        try {
            return !queues.get(stream).isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a batch, waiting while the queue is full.
     *
     * @throws ClosedException if the queue is closed
     */
    void put(Gathering stream, Batch batch) throws InterruptedException {
        lock.lock();
        try {
            Deque<Batch> queue = queues.get(stream);
            // A batch that alone is larger than the bound passes too.
            while (!closed && !queue.isEmpty() && bytes + batch.bytes() > maxBytes) {
                notFull.await();
            }
            if (closed) {
                throw new ClosedException();
            }
            queue.add(batch);
            queued++;
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
        seeStreams();
        Batch batch = next(0);
        if (batch != null) {
            return batch;
        }
        idle = true;
        try {
            // From now on whoever comes by something new sees that we wait; what came just before
            // is found here.
            long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
            do {
                batch = next(AT_WORK_NANOS);
            } while (batch == null && anyAtWork && deadline - System.nanoTime() > 0);
            if (batch != null || !awaitBatch(deadline)) {
                return batch;
            }
            return next(0);
        } finally {
            idle = false;
        }
    }

    /** Notes the streams that have come, and what has happened to any. */
    private void seeStreams() throws Exception {
        lock.lock();
        try {
            throwIfFailed();
            if (turns.size() < queues.size()) {
                for (Gathering stream : queues.keySet()) {
                    if (!turns.contains(stream)) {
                        turns.addFirst(stream);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The oldest batch of the next stream in turn that has any: one that is queued, or else what
     * the stream has gathered.
     */
    private Batch next(long waitNanos) throws InterruptedException {
        anyAtWork = false;
        for (int i = turns.size(); i > 0; i--) {
            Gathering stream = turns.remove();
            turns.add(stream);
            Batch batch = poll(stream);
            if (batch == null) {
                batch = stream.takeIfFree(waitNanos);
            }
            if (batch == AT_WORK) {
                anyAtWork = true;
            } else if (batch != null) {
                return batch;
            }
        }
        return null;
    }

    private Batch poll(Gathering stream) {
        lock.lock();
        try {
            Batch batch = queues.get(stream).poll();
            if (batch != null) {
                queued--;
                bytes -= batch.bytes();
                notFull.signalAll();
            }
            return batch;
        } finally {
            lock.unlock();
        }
    }

    /**
     * @param deadline by {@link System#nanoTime()}
     * @return whether anything is queued, now or before the time is over
     */
    private boolean awaitBatch(long deadline) throws Exception {
        long left = deadline - System.nanoTime();
        lock.lock();
        try {
            while (queued == 0 && failure == null && !closed && left > 0) {
                left = notEmpty.awaitNanos(left);
            }
            throwIfFailed();
            return queued > 0;
        } finally {
            lock.unlock();
        }
    }

    private void throwIfFailed() throws Exception {
        if (failure != null) {
            throw failure instanceof Exception
                    ? (Exception) failure
                    : new IllegalStateException(failure);
        }
    }

    /** Ends all waiting; nothing can be put any more. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            queues.values().forEach(Deque::clear);
            queued = 0;
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
