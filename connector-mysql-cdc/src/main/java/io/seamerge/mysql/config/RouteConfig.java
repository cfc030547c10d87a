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

import io.seamerge.mysql.filter.Filter;
import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A rule from source tables to a merged table. Immutable. */
public final class RouteConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Pattern instances;
    private final Pattern databases;
    private final Pattern tables;
    private final String target;
    private final List<String> key;
    private final List<Pattern> columns;
    private final List<Pattern> excludedColumns;
    private final Map<String, String> renames;
    private final Filter filter;

    /**
     * @param databases null: {@code tables} is about {@code database.table}
     * @param columns null: all
     * @param renames by the source column's name, whatever its case
     * @param filter null: all rows
     */
    RouteConfig(
            Pattern instances,
            Pattern databases,
            Pattern tables,
            String target,
            List<String> key,
            List<Pattern> columns,
            List<Pattern> excludedColumns,
            Map<String, String> renames,
            Filter filter) {
        this.instances = instances;
        this.databases = databases;
        this.tables = tables;
        this.target = target;
        this.key = key;
        this.columns = columns;
        this.excludedColumns = excludedColumns;
        this.renames = Collections.unmodifiableMap(renames);
        this.filter = filter;
    }

    public boolean matches(String instance, String database, String table) {
        if (!instances.matcher(instance).matches()) {
            return false;
        }
        return databases == null
                ? tables.matcher(database + "." + table).matches()
                : databases.matcher(database).matches() && tables.matcher(table).matches();
    }

    /** {@code database.table} of the merged table; null: the source table's own name. */
    public String target() {
        return target;
    }

    /** Key columns of the merged table; null: those of the source tables. */
    public List<String> key() {
        return key;
    }

    /** Whether a source column goes into the merged table. */
    public boolean carries(String column) {
        return (columns == null || matchesAny(columns, column))
                && !matchesAny(excludedColumns, column);
    }

    /** The patterns of {@code columns}; null if there are none: all columns are carried. */
    public List<Pattern> columns() {
        return columns;
    }

    /** The patterns of {@code exclude-columns}. */
    public List<Pattern> excludedColumns() {
        return excludedColumns;
    }

    private static boolean matchesAny(List<Pattern> patterns, String column) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(column).matches()) {
                return true;
            }
        }
        return false;
    }

    /** The merged name of a source column. */
    public String rename(String column) {
        return renames.getOrDefault(column, column);
    }

    /** New names by the source columns' names, whatever their case. */
    public Map<String, String> renames() {
        return renames;
    }

    /** The condition that rows must meet; null: none. */
    public Filter filter() {
        return filter;
    }

    @Override
    public String toString() {
        return "{ instances = \""
                + instances
                + (databases == null ? "" : "\", databases = \"" + databases)
                + "\", tables = \""
                + tables
                + "\""
                + (target == null ? "" : ", target = \"" + target + "\"")
                + (key == null ? "" : ", key = " + key)
                + (columns == null ? "" : ", columns = " + columns)
                + (excludedColumns.isEmpty() ? "" : ", exclude-columns = " + excludedColumns)
                + (renames.isEmpty() ? "" : ", rename = " + renames)
                + (filter == null ? "" : ", filter = \"" + filter + "\"")
                + " }";
    }
}
