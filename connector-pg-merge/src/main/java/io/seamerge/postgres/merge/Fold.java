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
package io.seamerge.postgres.merge;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes of one table within one flush and lane, one per key: what is left of them has the
 * same effect as all of them one after the other. Not thread-safe.
 */
public final class Fold {

    private final Map<RowKey, Change> changes = new LinkedHashMap<>();

    /**
     * Adds a change that comes after all that were added before.
     *
     * @return what was there of the key; null if nothing was
     */
    public Change add(RowKey key, Change change) {
        Change earlier = changes.putIfAbsent(key, change);
        if (earlier != null) {
            changes.put(key, join(earlier, change));
        }
        return earlier;
    }

    /**
     * What is left, in the order in which the keys came: that of the sources' keys in a snapshot.
     */
    public Collection<Change> changes() {
        return changes.values();
    }

    /** The same with the keys. */
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>(changes.size());
        for (Map.Entry<RowKey, Change> entry : changes.entrySet()) {
            entries.add(new Entry(entry.getKey(), entry.getValue()));
        }
        return entries;
    }

    /** What is left of several changes, the first of them first. */
    public static Collection<Change> of(List<Entry> entries) {
        Fold fold = new Fold();
        for (Entry entry : entries) {
            fold.add(entry.key(), entry.change());
        }
        return fold.changes();
    }

    public int size() {
        return changes.size();
    }

    private static Change join(Change earlier, Change later) {
        boolean ofOneSource =
                earlier.source() == later.source() && later.source() != RowKey.ANY_SOURCE;
        if (ofOneSource
                && later.operation() == Operation.SNAPSHOT
                && earlier.operation() != Operation.SNAPSHOT) {
            return earlier.withImageOf(later);
        }
        return ofOneSource ? later.following(earlier) : later;
    }
}
