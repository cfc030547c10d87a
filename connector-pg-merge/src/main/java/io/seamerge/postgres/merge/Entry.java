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

/** A change and the key under which it is folded. Immutable. */
public final class Entry {

    private final RowKey key;
    private final Change change;

    public Entry(RowKey key, Change change) {
        this.key = key;
        this.change = change;
    }

    public RowKey key() {
        return key;
    }

    public Change change() {
        return change;
    }
}
