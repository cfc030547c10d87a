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
package io.seamerge.e2e.source;

import io.seamerge.mysql.MySqlMergeFactory;
import io.seamerge.mysql.instance.InstanceState;
import io.seamerge.mysql.source.EnumeratorState;
import io.seamerge.mysql.source.InstanceSplit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.seatunnel.api.common.JobContext;
import org.apache.seatunnel.api.common.metrics.AbstractMetricsContext;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.event.EventListener;
import org.apache.seatunnel.api.serialization.Serializer;
import org.apache.seatunnel.api.source.Boundedness;
import org.apache.seatunnel.api.source.Collector;
import org.apache.seatunnel.api.source.SeaTunnelSource;
import org.apache.seatunnel.api.source.SourceEvent;
import org.apache.seatunnel.api.source.SourceReader;
import org.apache.seatunnel.api.source.SourceSplitEnumerator;
import org.apache.seatunnel.api.table.factory.TableSourceFactoryContext;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;

/**
 * Runs the source as the engine does, in one subtask and without an engine, so that a test sees
 * every row in the order of its emission and chooses the moments of checkpoints. Rows that come in
 * blocks are taken out of them, as the sink does.
 */
final class SourceRun implements AutoCloseable {

    /** For whatever must happen in the end, on a machine that is full as well. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final SeaTunnelSource<SeaTunnelRow, InstanceSplit, EnumeratorState> source;
    private final SourceReader<SeaTunnelRow, InstanceSplit> reader;
    private final SourceSplitEnumerator<InstanceSplit, EnumeratorState> enumerator;
    private final Serializer<InstanceSplit> serializer;
    private final Object checkpointLock = new Object();
    private final List<SeaTunnelRow> rows = new ArrayList<>();
    private final MetricsContext metrics = new AbstractMetricsContext() {};
    private final Thread poller;
    private boolean discards;
    private Predicate<SeaTunnelRow> held;
    private boolean stops;
    private long collected;
    private volatile boolean finished;
    private volatile boolean closed;
    private volatile Throwable failure;
    private long checkpoints;

    /** What a checkpoint stores. */
    record Checkpoint(List<byte[]> splits, EnumeratorState enumerator) {}

    static SourceRun start(Map<String, Object> options, JobMode mode) throws Exception {
        return new SourceRun(options, mode, null);
    }

    static SourceRun restore(Map<String, Object> options, JobMode mode, Checkpoint from)
            throws Exception {
        return new SourceRun(options, mode, from);
    }

    private SourceRun(Map<String, Object> options, JobMode mode, Checkpoint from) throws Exception {
        Map<String, Object> all = new HashMap<>(options);
        // Here a row is nowhere between its emission and its arrival.
        all.putIfAbsent("row-settle-ms", 0);
        source =
                new MySqlMergeFactory()
                        .<SeaTunnelRow, InstanceSplit, EnumeratorState>createSource(
                                new TableSourceFactoryContext(
                                        ReadonlyConfig.fromMap(all),
                                        SourceRun.class.getClassLoader()))
                        .createSource();
        JobContext job = new JobContext();
        job.setJobMode(mode);
        source.setJobContext(job);
        serializer = source.getSplitSerializer();
        reader = source.createReader(new ReaderContext());
        EnumeratorContext context = new EnumeratorContext();
        enumerator =
                from == null
                        ? source.createEnumerator(context)
                        : source.restoreEnumerator(context, from.enumerator());
        if (from != null) {
            List<InstanceSplit> splits = new ArrayList<>();
            for (byte[] split : from.splits()) {
                splits.add(serializer.deserialize(split));
            }
            enumerator.addSplitsBack(splits, 0);
        }
        enumerator.open();
        reader.open();
        enumerator.registerReader(0);
        enumerator.run();
        poller = new Thread(this::poll, "poll");
        poller.start();
    }

    private void poll() {
        Collector<SeaTunnelRow> collector =
                new Collector<>() {
                    @Override
                    public void collect(SeaTunnelRow row) {
                        if (isBlock(row)) {
                            Object[] content =
                                    ((SeaTunnelRow) row.getField(row.getArity() - 1)).getFields();
                            for (int i = 1; i < content.length; i++) {
                                keep((SeaTunnelRow) content[i]);
                            }
                            ((Runnable) content[0]).run();
                        } else {
                            keep(row);
                        }
                    }

                    private void keep(SeaTunnelRow row) {
                        synchronized (rows) {
                            if (discards) {
                                rows.clear();
                            }
                            rows.add(row);
                            collected++;
                            rows.notifyAll();
                            stops |= held != null && held.test(row);
                        }
                    }

                    @Override
                    public Object getCheckpointLock() {
                        return checkpointLock;
                    }
                };
        try {
            while (!closed && !finished) {
                reader.pollNext(collector);
                awaitRelease();
            }
        } catch (Throwable e) {
            failure = e;
        }
        synchronized (rows) {
            rows.notifyAll();
        }
    }

    private void awaitRelease() throws InterruptedException {
        synchronized (rows) {
            while (stops && held != null && !closed) {
                rows.wait();
            }
            stops = false;
        }
    }

    /** Whether it holds others, as with packed-rows. */
    private static boolean isBlock(SeaTunnelRow row) {
        return row.getTableId().equals("seamerge.control") && row.getField(1).equals("rows");
    }

    /** Takes a checkpoint and completes it. */
    Checkpoint checkpoint() throws Exception {
        List<byte[]> splits = new ArrayList<>();
        EnumeratorState state;
        long id;
        synchronized (checkpointLock) {
            id = ++checkpoints;
            state = enumerator.snapshotState(id);
            for (InstanceSplit split : reader.snapshotState(id)) {
                splits.add(serializer.serialize(split));
            }
        }
        reader.notifyCheckpointComplete(id);
        return new Checkpoint(splits, state);
    }

    /**
     * Completes checkpoints until rows flow: the first ones may come before the start is resolved.
     */
    void checkpointUntilEmitting() throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (size() == 0) {
            checkpoint();
            Thread.sleep(50);
            failIfFailed();
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no row was emitted within " + PATIENCE);
            }
        }
    }

    /** Completes checkpoints until one holds a state of an instance as it is wanted. */
    Checkpoint checkpointUntil(String instance, String what, Predicate<InstanceState> wanted)
            throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Checkpoint checkpoint = checkpoint();
            for (byte[] bytes : checkpoint.splits()) {
                InstanceSplit split = serializer.deserialize(bytes);
                if (split.splitId().equals(instance)
                        && split.state() != null
                        && wanted.test(split.state())) {
                    return checkpoint;
                }
            }
            failIfFailed();
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no checkpoint holds " + what + " within " + PATIENCE);
            }
            Thread.sleep(50);
        }
    }

    /**
     * Nothing is taken behind the batch that has the next such row until {@link #release}, as if
     * the sink were slow.
     */
    void holdBehind(Predicate<SeaTunnelRow> row) {
        synchronized (rows) {
            held = row;
        }
    }

    /** Rows flow again. */
    void release() {
        synchronized (rows) {
            held = null;
            rows.notifyAll();
        }
    }

    /** Keeps the last row alone, from now on. */
    void discard() {
        synchronized (rows) {
            discards = true;
        }
    }

    /** Rows that were emitted, kept or not. */
    long collected() {
        synchronized (rows) {
            return collected;
        }
    }

    int size() {
        synchronized (rows) {
            return rows.size();
        }
    }

    List<SeaTunnelRow> rows() {
        synchronized (rows) {
            return new ArrayList<>(rows);
        }
    }

    /** Waits for a row that satisfies the predicate, looking at each row once. */
    SeaTunnelRow await(String what, Predicate<SeaTunnelRow> wanted) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        int seen = 0;
        synchronized (rows) {
            while (true) {
                for (; seen < rows.size(); seen++) {
                    if (wanted.test(rows.get(seen))) {
                        return rows.get(seen);
                    }
                }
                failIfFailed();
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError(
                            "no " + what + " among " + rows.size() + " rows within " + PATIENCE);
                }
                rows.wait(Math.min(left, 200));
            }
        }
    }

    /** Waits until a bounded run has ended. */
    void awaitEnd() throws InterruptedException {
        poller.join(PATIENCE.toMillis());
        failIfFailed();
        if (!finished) {
            throw new AssertionError("the bounded run did not end within " + PATIENCE);
        }
    }

    /** Waits for the failure that the run must end with. */
    Throwable awaitFailure() throws InterruptedException {
        poller.join(PATIENCE.toMillis());
        if (failure == null) {
            throw new AssertionError("the run did not fail within " + PATIENCE);
        }
        return failure;
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** What ended the run, or null. */
    Throwable failure() {
        return failure;
    }

    void failIfFailed() {
        if (failure != null) {
            throw new AssertionError("the source failed", failure);
        }
    }

    @Override
    public void close() throws Exception {
        closed = true;
        release();
        reader.close();
        enumerator.close();
        poller.join(5_000);
    }

    /** The value of a counter that the source keeps. */
    long metric(String name) {
        return metrics.counter(name).getCount();
    }

    private final class ReaderContext implements SourceReader.Context {

        @Override
        public int getIndexOfSubtask() {
            return 0;
        }

        @Override
        public Boundedness getBoundedness() {
            return source.getBoundedness();
        }

        @Override
        public void signalNoMoreElement() {
            finished = true;
        }

        @Override
        public void sendSplitRequest() {}

        @Override
        public void sendSourceEventToEnumerator(SourceEvent sourceEvent) {}

        @Override
        public MetricsContext getMetricsContext() {
            return metrics;
        }

        @Override
        public EventListener getEventListener() {
            return event -> {};
        }
    }

    private final class EnumeratorContext implements SourceSplitEnumerator.Context<InstanceSplit> {

        @Override
        public int currentParallelism() {
            return 1;
        }

        @Override
        public Set<Integer> registeredReaders() {
            return Set.of(0);
        }

        @Override
        public void assignSplit(int subtaskId, List<InstanceSplit> splits) {
            try {
                List<InstanceSplit> sent = new ArrayList<>();
                for (InstanceSplit split : splits) {
                    sent.add(serializer.deserialize(serializer.serialize(split)));
                }
                reader.addSplits(sent);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void signalNoMoreSplits(int subtask) {
            reader.handleNoMoreSplits();
        }

        @Override
        public void sendEventToSourceReader(int subtaskId, SourceEvent event) {}

        @Override
        public MetricsContext getMetricsContext() {
            return null;
        }

        @Override
        public EventListener getEventListener() {
            return event -> {};
        }
    }
}
