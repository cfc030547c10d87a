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
package io.seamerge.mysql.filter;

import java.io.Serializable;

/** A {@link Filter} that knows where its columns stand. Immutable and thread-safe. */
public final class RowFilter implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Condition condition;

    RowFilter(Condition condition) {
        this.condition = condition;
    }

    /** Whether the condition is true of the row; one that is unknown, because of a null, is not. */
    public boolean passes(Object[] row) {
        return condition.of(row) == Condition.Truth.TRUE;
    }
}
