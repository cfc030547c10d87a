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

/** How far the snapshot of one source table has come. Immutable. */
public final class TableSnapshot {

    private final Object[] bound;
    private final long rowsRead;
    private final boolean done;

    /**
     * @param bound key of the last row that went out, null before the first page; not changed by
     *     anyone after this
     */
    public TableSnapshot(Object[] bound, long rowsRead, boolean done) {
        this.bound = bound;
        this.rowsRead = rowsRead;
        this.done = done;
    }

    public Object[] bound() {
        return bound;
    }

    public long rowsRead() {
        return rowsRead;
    }

    public boolean done() {
        return done;
    }
}
