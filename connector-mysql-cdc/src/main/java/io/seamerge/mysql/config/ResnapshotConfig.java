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
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/** Tables that are to be read once more, once per id. Immutable. */
public final class ResnapshotConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    /** That of a job that asks for none. */
    static final ResnapshotConfig NONE =
            new ResnapshotConfig(null, Collections.<Pattern>emptyList());

    private final String id;
    private final List<Pattern> tables;

    ResnapshotConfig(String id, List<Pattern> tables) {
        this.id = id;
        this.tables = tables;
    }

    /** Tells this request from others: a table is read once for each. */
    public String id() {
        return id;
    }

    /** Patterns on {@code instance:database.table}. */
    public List<Pattern> tables() {
        return tables;
    }

    /**
     * @param table {@code database.table}
     */
    public boolean matches(String instance, String table) {
        for (Pattern pattern : tables) {
            if (pattern.matcher(instance + ":" + table).matches()) {
                return true;
            }
        }
        return false;
    }
}
