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

/**
 * A part of a table in the order of its key: the rows behind one key up to another. Which rows
 * these are is the server's to say. Immutable.
 */
public final class KeyRange {

    private final int number;
    private final Object[] from;
    private final Object[] to;

    /**
     * @param number tells it from the other ranges of its table
     * @param from key before the first row, null at the table's begin; not changed by anyone after
     *     this
     * @param to key of the last row that may be in it, null at the table's end; likewise
     */
    public KeyRange(int number, Object[] from, Object[] to) {
        this.number = number;
        this.from = from;
        this.to = to;
    }

    public int number() {
        return number;
    }

    public Object[] from() {
        return from;
    }

    public Object[] to() {
        return to;
    }

    /** What is left of it behind a key that is in it. */
    public KeyRange behind(Object[] key) {
        return new KeyRange(number, key, to);
    }
}
