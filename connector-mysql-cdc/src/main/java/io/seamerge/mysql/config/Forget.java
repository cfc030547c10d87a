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
package io.seamerge.mysql.config;

import java.io.Serializable;
import java.util.List;
import java.util.regex.Pattern;

/** What may be missing in the job file although the state that is restored holds it. Immutable. */
public final class Forget implements Serializable {

    private static final long serialVersionUID = 1L;

    private final List<Pattern> names;

    /**
     * @param names patterns on {@code instance}, or on {@code instance:database.table}
     */
    Forget(List<Pattern> names) {
        this.names = names;
    }

    /** Whether an instance is named. */
    public boolean matches(String instance) {
        for (Pattern name : names) {
            if (name.matcher(instance).matches()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether a table is named.
     *
     * @param table {@code database.table}
     */
    public boolean matches(String instance, String table) {
        return matches(instance + ":" + table);
    }
}
