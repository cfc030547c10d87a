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

import io.seamerge.mysql.config.Forget;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.SourceConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.seatunnel.api.source.SourceSplitEnumerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands every instance, whole, to one subtask (protocol, O1): the i-th instance of the job file to
 * subtask i modulo parallelism. Called by the engine from several threads; guarded by the context,
 * which is also the lock that the engine holds while it takes a snapshot.
 */
public final class InstanceEnumerator
        implements SourceSplitEnumerator<InstanceSplit, EnumeratorState> {

    private static final Logger LOG = LoggerFactory.getLogger(InstanceEnumerator.class);

    private final Context<InstanceSplit> context;
    private final List<InstanceConfig> instances;
    private final Forget forget;
    private final InstanceSplitSerializer serializer = new InstanceSplitSerializer();
    private final Map<String, InstanceSplit> waiting = new LinkedHashMap<>();
    private final Set<String> assigned = new LinkedHashSet<>();

    /** Instances that the checkpoint says a subtask held: their splits come back before run(). */
    private final Set<String> expected = new LinkedHashSet<>();

    public InstanceEnumerator(Context<InstanceSplit> context, SourceConfig config) {
        this.context = context;
        this.instances = config.instances();
        this.forget = config.forget();
    }

    public InstanceEnumerator(
            Context<InstanceSplit> context, SourceConfig config, EnumeratorState state)
            throws IOException {
        this(context, config);
        expected.addAll(state.assigned());
        for (byte[] split : state.waiting()) {
            InstanceSplit restored = serializer.deserialize(split);
            waiting.put(restored.splitId(), restored);
        }
    }

    @Override
    public void open() {}

    /** Runs once, after every subtask has given back its restored splits and registered. */
    @Override
    public void run() {
        synchronized (context) {
            Map<String, Integer> subtasks = new HashMap<>();
            for (int i = 0; i < instances.size(); i++) {
                subtasks.put(instances.get(i).name(), i % context.currentParallelism());
            }
            for (String name : new ArrayList<>(waiting.keySet())) {
                expected.remove(name);
                if (subtasks.containsKey(name)) {
                    continue;
                }
                if (!forget.matches(name)) {
                    throw new IllegalStateException(
                            "the checkpoint holds instance '"
                                    + name
                                    + "', which the job file no longer names: put it back, or, if it"
                                    + " is not to be read any more, say so by forget = [\""
                                    + name
                                    + "\"]");
                }
                LOG.warn("instance {} is forgotten: it is not read any more", waiting.remove(name));
            }
            if (!expected.isEmpty()) {
                throw new IllegalStateException(
                        "the checkpoint says that subtasks held "
                                + expected
                                + ", but holds no state of them: it cannot be restored without loss");
            }
            for (InstanceConfig instance : instances) {
                String name = instance.name();
                InstanceSplit split = waiting.get(name);
                if (split == null) {
                    split = new InstanceSplit(name, null);
                }
                int subtask = subtasks.get(name);
                LOG.info("instance {} goes to subtask {}", split, subtask);
                context.assignSplit(subtask, split);
                waiting.remove(name);
                assigned.add(name);
            }
            for (int subtask = 0; subtask < context.currentParallelism(); subtask++) {
                context.signalNoMoreSplits(subtask);
            }
        }
    }

    @Override
    public void addSplitsBack(List<InstanceSplit> splits, int subtaskId) {
        synchronized (context) {
            for (InstanceSplit split : splits) {
                assigned.remove(split.splitId());
                waiting.put(split.splitId(), split);
            }
        }
    }

    @Override
    public int currentUnassignedSplitSize() {
        synchronized (context) {
            return instances.size() - assigned.size();
        }
    }

    @Override
    public void handleSplitRequest(int subtaskId) {
        // Splits are handed out in run(), unasked.
    }

    @Override
    public void registerReader(int subtaskId) {
        // The engine calls run() when all have registered.
    }

    @Override
    public EnumeratorState snapshotState(long checkpointId) throws Exception {
        synchronized (context) {
            List<String> held = new ArrayList<>(assigned);
            for (String name : expected) {
                if (!waiting.containsKey(name)) {
                    held.add(name);
                }
            }
            List<byte[]> splits = new ArrayList<>();
            for (InstanceSplit split : waiting.values()) {
                splits.add(serializer.serialize(split));
            }
            return new EnumeratorState(held, splits);
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        // Nothing waits for a checkpoint here.
    }

    @Override
    public void close() {}
}
