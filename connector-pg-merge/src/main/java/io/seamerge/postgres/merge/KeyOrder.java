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

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * An order of changes by their keys that is near to PostgreSQL's: for speed, not for correctness.
 * Columns of types that do not compare by themselves do not count. Immutable.
 */
public final class KeyOrder {

    private final int[] columns;

    /**
     * @param columns where a row's key columns are
     */
    public KeyOrder(int[] columns) {
        this.columns = columns.clone();
    }

    /**
     * @param changes at least one; not changed
     */
    public List<Change> of(Collection<Change> changes) {
        Change[] all = changes.toArray(new Change[0]);
        Change[] ordered = byNumbers(all);
        if (ordered == null) {
            ordered = all;
            Arrays.sort(ordered, this::compare);
        }
        return Arrays.asList(ordered);
    }

    /**
     * Orders them at a fraction of the cost where the keys differ in one column of whole numbers:
     * what is sorted are numbers that hold the changes' places in their lower bits.
     *
     * @return null if that is not so, or they lie too far apart
     */
    private Change[] byNumbers(Change[] changes) {
        int number = -1;
        for (int place : columns) {
            if (number < 0 && changes[0].fields()[place] instanceof Number) {
                number = place;
            } else {
                Object first = changes[0].fields()[place];
                for (Change change : changes) {
                    if (!first.equals(change.fields()[place])) {
                        return null;
                    }
                }
            }
        }
        if (number < 0) {
            return null;
        }
        long[] packed = new long[changes.length];
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (int i = 0; i < packed.length; i++) {
            Object value = changes[i].fields()[number];
            if (!(value instanceof Long) && !(value instanceof Integer)) {
                return null;
            }
            packed[i] = ((Number) value).longValue();
            least = Math.min(least, packed[i]);
            greatest = Math.max(greatest, packed[i]);
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(packed.length);
        long range = greatest - least;
        if (range < 0 || range > Long.MAX_VALUE >> bits) {
            return null;
        }
        for (int i = 0; i < packed.length; i++) {
            packed[i] = packed[i] - least << bits | i;
        }
        Arrays.sort(packed);
        Change[] ordered = new Change[packed.length];
        int mask = (1 << bits) - 1;
        for (int i = 0; i < packed.length; i++) {
            ordered[i] = changes[(int) packed[i] & mask];
        }
        return ordered;
    }

    /** Less than 0 if the first comes before the other; 0 also if they do not compare. */
    public int compare(Change one, Change other) {
        for (int place : columns) {
            int order = compareValues(one.fields()[place], other.fields()[place]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static int compareValues(Object one, Object other) {
        if (one instanceof Long && other instanceof Long) {
            return Long.compare((Long) one, (Long) other);
        }
        if (one instanceof Integer && other instanceof Integer) {
            return Integer.compare((Integer) one, (Integer) other);
        }
        if (one instanceof String && other instanceof String) {
            return ((String) one).compareTo((String) other);
        }
        return 0;
    }
}
