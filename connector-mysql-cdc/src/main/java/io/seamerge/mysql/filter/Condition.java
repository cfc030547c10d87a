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
import java.util.List;

/** A condition on a row, in the logic of three values (Kleene 1938), which is SQL's. */
interface Condition extends Serializable {

    /** What a condition can be. */
    enum Truth {
        FALSE,
        UNKNOWN,
        TRUE;

        static Truth of(boolean value) {
            return value ? TRUE : FALSE;
        }

        Truth not() {
            return this == TRUE ? FALSE : this == FALSE ? TRUE : UNKNOWN;
        }
    }

    Truth of(Object[] row);

    /** The least true of its parts. */
    static Condition all(List<Condition> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : row -> {
                    Truth least = Truth.TRUE;
                    for (Condition part : parts) {
                        Truth truth = part.of(row);
                        if (truth == Truth.FALSE) {
                            return truth;
                        }
                        least = truth == Truth.UNKNOWN ? truth : least;
                    }
                    return least;
                };
    }

    /** The most true of its parts. */
    static Condition any(List<Condition> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : row -> {
                    Truth most = Truth.FALSE;
                    for (Condition part : parts) {
                        Truth truth = part.of(row);
                        if (truth == Truth.TRUE) {
                            return truth;
                        }
                        most = truth == Truth.UNKNOWN ? truth : most;
                    }
                    return most;
                };
    }

    static Condition not(Condition part) {
        return row -> part.of(row).not();
    }
}
