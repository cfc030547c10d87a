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

/** A rule from source tables to a merged table. Immutable. */
public final class RouteConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Pattern instances;
    private final Pattern tables;
    private final String target;
    private final List<String> key;

    RouteConfig(Pattern instances, Pattern tables, String target, List<String> key) {
        this.instances = instances;
        this.tables = tables;
        this.target = target;
        this.key = key;
    }

    public boolean matches(String instance, String database, String table) {
        return instances.matcher(instance).matches()
                && tables.matcher(database + "." + table).matches();
    }

    /** {@code database.table} of the merged table; null: the source table's own name. */
    public String target() {
        return target;
    }

    /** Key columns of the merged table; null: those of the source tables. */
    public List<String> key() {
        return key;
    }

    @Override
    public String toString() {
        return "{ instances = \""
                + instances
                + "\", tables = \""
                + tables
                + "\""
                + (target == null ? "" : ", target = \"" + target + "\"")
                + (key == null ? "" : ", key = " + key)
                + " }";
    }
}
