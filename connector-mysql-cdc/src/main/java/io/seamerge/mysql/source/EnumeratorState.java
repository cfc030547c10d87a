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

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a checkpoint keeps of the enumerator: the instances that subtasks hold. Immutable. */
public final class EnumeratorState implements Serializable {

    private static final long serialVersionUID = 1L;

    private final ArrayList<String> assigned;
    private final ArrayList<byte[]> waiting;

    EnumeratorState(List<String> assigned, List<byte[]> waiting) {
        this.assigned = new ArrayList<>(assigned);
        this.waiting = new ArrayList<>(waiting);
    }

    List<String> assigned() {
        return Collections.unmodifiableList(assigned);
    }

    /** Serialized splits that came back from subtasks and had not been handed out again. */
    List<byte[]> waiting() {
        return Collections.unmodifiableList(waiting);
    }
}
