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

import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.instance.Batch;
import io.seamerge.mysql.instance.HandoffFolder;
import io.seamerge.mysql.instance.Handover;
import io.seamerge.mysql.instance.InstanceState;
import io.seamerge.mysql.instance.InstanceTask;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.source.Boundedness;
import org.apache.seatunnel.api.source.Collector;
import org.apache.seatunnel.api.source.SourceReader;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subtask of the source: emits what its instances hand over, and keeps their states for
 * checkpoints.
 *
 * <p>A checkpoint stores what was emitted when the one before it was taken (protocol, C1): the
 * engine can complete a checkpoint while a row is still on its way to the sink. The sink skips what
 * it gets again.
 *
 * <p>Threads: the engine polls on one thread, and adds splits, takes snapshots and notifies on
 * others; state is guarded by this object, and moves under the checkpoint lock together with the
 * rows.
 */
public final class MergeReader implements SourceReader<SeaTunnelRow, InstanceSplit> {

    private static final Logger LOG = LoggerFactory.getLogger(MergeReader.class);

    /**
     * How long a poll waits for rows. The engine sleeps 100 ms after an empty poll, so that this is
     * what makes such sleeps rare; it is also the longest that a cancel waits for the poll.
     */
    private static final long POLL_MS = 1_000;

    private final SourceConfig config;
    private final Catalog catalog;
    private final Context context;
    private final boolean bounded;
    private final Handover handover;

    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Set<String> running = new HashSet<>();

    /** Null if rows go out one by one. */
    private final Packing packing;

    /** What was taken from the streams, and waits for room; null if nothing does. */
    private Batch waiting;

    private boolean noMoreSplits;
    private boolean finished;

    /** A checkpoint that was taken behind the last row of a bounded run; null before that. */
    private Long lastCheckpoint;

    /** Whether a row of any instance was emitted since the last checkpoint was taken. */
    private boolean emittedSinceCheckpoint;

    /** When the last row was emitted; null before the first. */
    private Long lastRowNanos;

    public MergeReader(SourceConfig config, Catalog catalog, Context context) {
        this.config = config;
        this.catalog = catalog;
        this.context = context;
        this.bounded = context.getBoundedness() == Boundedness.BOUNDED;
        this.handover = new Handover(config.queueBytes());
        this.packing = config.packedRows() ? new Packing() : null;
    }

    /** An instance that this subtask holds. */
    private static final class Held {

        final InstanceTask task;
        final SnapshotReport snapshot;
        final InstanceReport report;

        /** Rows that were emitted. */
        long rows;

        /** What has been emitted, by now; null until something was. */
        InstanceState emitted;

        /** What had been emitted when the last checkpoint was taken. */
        InstanceState emittedAtLastCheckpoint;

        /** What the last checkpoint stored. */
        InstanceState storedLast;

        /** What checkpoints store which have not completed, by their ids. */
        final TreeMap<Long, InstanceState> stored = new TreeMap<>();

        Held(InstanceTask task, SnapshotReport snapshot, InstanceReport report) {
            this.task = task;
            this.snapshot = snapshot;
            this.report = report;
        }
    }

    @Override
    public void open() {}

    @Override
    public void addSplits(List<InstanceSplit> splits) {
        synchronized (this) {
            for (InstanceSplit split : splits) {
                InstanceTask task =
                        new InstanceTask(
                                config, catalog, split.splitId(), split.state(), bounded, handover);
                Held instance =
                        new Held(
                                task,
                                new SnapshotReport(
                                        split.splitId(),
                                        catalog.captured(split.splitId()),
                                        context.getMetricsContext()),
                                new InstanceReport(
                                        split.splitId(),
                                        task.status(),
                                        context.getMetricsContext()));
                held.put(split.splitId(), instance);
                if (split.state() == null || !split.state().ended()) {
                    running.add(split.splitId());
                }
                instance.task.start();
            }
        }
    }

    @Override
    public void handleNoMoreSplits() {
        synchronized (this) {
            noMoreSplits = true;
        }
    }

    @Override
    public void pollNext(Collector<SeaTunnelRow> output) throws Exception {
        if (finished) {
            return;
        }
        showInstances();
        if (packing != null) {
            packing.failIfNobodyTakes();
        }
        Batch batch = waiting != null ? waiting : handover.take(allInstancesEnded() ? 0 : POLL_MS);
        if (batch != null) {
            List<SeaTunnelRow> rows = batch.rows();
            if (packing != null) {
                // Without the checkpoint lock, which barriers need.
                waiting = batch;
                if (!packing.takeRoom(rows, POLL_MS)) {
                    return;
                }
                waiting = null;
                rows = packing.pack(batch.instance(), rows);
            }
            emit(batch, rows, output);
        }
        if (bounded && batch == null && allInstancesEnded() && isSettled()) {
            synchronized (this) {
                finished = true;
            }
            showInstances();
            LOG.info("all instances of this subtask have ended");
            context.signalNoMoreElement();
        }
    }

    /**
     * Whether the last row has left the engine's hands: the last checkpoint can complete while it
     * is in them, and nothing comes after that. Where there are control rows it is a filler, which
     * may be lost (protocol, C2). Rows in blocks must be taken out of them, too.
     */
    private boolean isSettled() {
        return (packing == null || packing.allTaken()) && hasLeft();
    }

    private boolean hasLeft() {
        return config.controlRows() && config.handoffFolder() == null
                || lastRowNanos == null
                || System.nanoTime() - lastRowNanos >= settleNanos();
    }

    private long settleNanos() {
        return TimeUnit.MILLISECONDS.toNanos(config.rowSettleMs());
    }

    /** On the engine's thread, which must never wait for a stream: it is what streams wait for. */
    private synchronized void showInstances() {
        long now = System.nanoTime();
        for (Held instance : held.values()) {
            boolean ended = instance.emitted != null && instance.emitted.ended();
            instance.report.show(instance.rows, ended, now);
            if (ended) {
                instance.snapshot.showLast(instance.emitted, now);
            } else if (instance.emitted != null) {
                instance.snapshot.show(instance.emitted, now);
            }
        }
    }

    /**
     * @param rows those of the batch, packed or not
     */
    private void emit(Batch batch, List<SeaTunnelRow> rows, Collector<SeaTunnelRow> output) {
        synchronized (output.getCheckpointLock()) {
            for (SeaTunnelRow row : rows) {
                output.collect(row);
            }
            synchronized (this) {
                if (!batch.rows().isEmpty()) {
                    emittedSinceCheckpoint = true;
                    lastRowNanos = System.nanoTime();
                }
                Held instance = held.get(batch.instance());
                instance.emitted = batch.after();
                instance.rows += batch.rows().size();
                if (batch.after().ended()) {
                    running.remove(batch.instance());
                }
            }
        }
    }

    private synchronized boolean allInstancesEnded() {
        return noMoreSplits && running.isEmpty();
    }

    /** The engine holds the checkpoint lock. */
    @Override
    public synchronized List<InstanceSplit> snapshotState(long checkpointId) {
        // Only a row behind it shows that the last row has left the engine's hands, where it is for
        // a few instructions: as long as none comes, a checkpoint repeats what the one before it
        // stored. The time lets idle instances move on in jobs without control rows.
        // Nor does a row count that the sink may have let go by in a block.
        boolean lastRowIsOut =
                (packing == null || !packing.isDoubtful())
                        && (emittedSinceCheckpoint
                                || lastRowNanos == null
                                || System.nanoTime() - lastRowNanos >= settleNanos());
        emittedSinceCheckpoint = false;
        if (finished) {
            lastCheckpoint = checkpointId;
        }
        List<InstanceSplit> splits = new ArrayList<>();
        for (Map.Entry<String, Held> entry : held.entrySet()) {
            Held instance = entry.getValue();
            InstanceState start = instance.task.resolvedStart();
            InstanceState stored = instance.storedLast;
            if (stored == null || lastRowIsOut) {
                stored =
                        instance.emittedAtLastCheckpoint != null
                                ? instance.emittedAtLastCheckpoint
                                : start;
                instance.storedLast = stored;
            }
            if (stored != null) {
                instance.stored.put(checkpointId, stored);
            }
            instance.emittedAtLastCheckpoint = instance.emitted != null ? instance.emitted : stored;
            splits.add(new InstanceSplit(entry.getKey(), stored));
        }
        return splits;
    }

    @Override
    public synchronized void notifyCheckpointComplete(long checkpointId) throws IOException {
        if (lastCheckpoint != null && lastCheckpoint == checkpointId) {
            finishHandoff();
        }
        for (Held instance : held.values()) {
            Map<Long, InstanceState> completed = instance.stored.headMap(checkpointId, true);
            if (!completed.isEmpty()) {
                InstanceState durable = instance.stored.floorEntry(checkpointId).getValue();
                completed.clear();
                instance.task.checkpointCompleted(durable);
            }
        }
    }

    /** The sink has all rows. */
    private void finishHandoff() throws IOException {
        if (config.handoffFolder() == null) {
            return;
        }
        HandoffFolder folder = new HandoffFolder(config.handoff());
        for (Held instance : held.values()) {
            // One that was restored at its end has emitted nothing since.
            InstanceState end =
                    instance.emitted != null ? instance.emitted : instance.task.resolvedStart();
            folder.finish(instance.task.instance(), end);
            LOG.info(
                    "instance {}: handoff '{}' is in folder {}",
                    instance.task.instance(),
                    config.handoff().name(),
                    config.handoffFolder());
        }
    }

    @Override
    public synchronized void notifyCheckpointAborted(long checkpointId) {
        for (Held instance : held.values()) {
            instance.stored.remove(checkpointId);
        }
    }

    @Override
    public void close() {
        handover.close();
        List<InstanceTask> tasks = new ArrayList<>();
        synchronized (this) {
            for (Held instance : held.values()) {
                tasks.add(instance.task);
            }
        }
        for (InstanceTask task : tasks) {
            task.close();
        }
    }
}
