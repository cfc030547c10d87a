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

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How far the snapshots of an instance's tables have come, by {@code database.table}. Immutable,
 * and cheap to change: a checkpoint of an instance with 10,000 tables shares all but an array with
 * the one before it.
 */
final class Snapshots extends AbstractMap<String, TableSnapshot> {

    private final String[] names;
    private final Map<String, Integer> places;
    private final TableSnapshot[] tables;
    private final int unfinished;

    Snapshots(Map<String, TableSnapshot> snapshots) {
        names = snapshots.keySet().toArray(new String[0]);
        places = new HashMap<>();
        tables = new TableSnapshot[names.length];
        int open = 0;
        for (int i = 0; i < names.length; i++) {
            places.put(names[i], i);
            tables[i] = snapshots.get(names[i]);
            open += tables[i].done() ? 0 : 1;
        }
        unfinished = open;
    }

    private Snapshots(Snapshots other, TableSnapshot[] tables, int unfinished) {
        this.names = other.names;
        this.places = other.places;
        this.tables = tables;
        this.unfinished = unfinished;
    }

    /** These, but one. */
    Snapshots with(String table, TableSnapshot snapshot) {
        int place = places.get(table);
        TableSnapshot[] changed = tables.clone();
        changed[place] = snapshot;
        int open = unfinished - (tables[place].done() ? 0 : 1) + (snapshot.done() ? 0 : 1);
        return new Snapshots(this, changed, open);
    }

    /** Whether no table has anything left to read. */
    boolean areComplete() {
        return unfinished == 0;
    }

    /** Tables that have something left to read. */
    int unfinished() {
        return unfinished;
    }

    @Override
    public TableSnapshot get(Object table) {
        Integer place = places.get(table);
        return place == null ? null : tables[place];
    }

    @Override
    public boolean containsKey(Object table) {
        return places.containsKey(table);
    }

    @Override
    public Set<Entry<String, TableSnapshot>> entrySet() {
        return new AbstractSet<Entry<String, TableSnapshot>>() {
            @Override
            public Iterator<Entry<String, TableSnapshot>> iterator() {
                return IntStream.range(0, names.length)
                        .<Entry<String, TableSnapshot>>mapToObj(
                                i -> new SimpleImmutableEntry<>(names[i], tables[i]))
                        .iterator();
            }

            @Override
            public int size() {
                return names.length;
            }
        };
    }
}
