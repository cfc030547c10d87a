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
package io.seamerge.mysql.snapshot;

import java.util.Arrays;

/**
 * A key of a source table as its values stand in rows, equal wherever it was read. Immutable as
 * long as nobody changes the values.
 */
public final class RowKey {

    private final Object[] values;

    /** 0 until somebody asks: most keys of a snapshot are never looked up. */
    private int hash;

    /** The values of a row at the given places. */
    public RowKey(Object[] row, int[] places) {
        values = new Object[places.length];
        for (int i = 0; i < places.length; i++) {
            values[i] = row[places[i]];
        }
    }

    public Object[] values() {
        return values;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RowKey
                && hashCode() == other.hashCode()
                && Arrays.deepEquals(values, ((RowKey) other).values);
    }

    @Override
    public int hashCode() {
        if (hash == 0) {
            hash = Arrays.deepHashCode(values);
        }
        return hash;
    }

    @Override
    public String toString() {
        return Arrays.deepToString(values);
    }
}
