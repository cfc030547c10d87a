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

import static io.seamerge.mysql.config.RawOptions.keys;
import static io.seamerge.mysql.config.RawOptions.pattern;
import static io.seamerge.mysql.config.RawOptions.text;
import static io.seamerge.mysql.config.RawOptions.texts;
import static io.seamerge.mysql.config.RawOptions.unknownKeys;

import io.seamerge.mysql.MySqlMergeOptions;
import io.seamerge.mysql.filter.Filter;
import io.seamerge.mysql.filter.FilterException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/** Reads the options {@code routes} and {@code tables}. Stateless. */
final class RouteOptions {

    private static final Set<String> ROUTE_KEYS =
            keys(
                    "instances",
                    "databases",
                    "tables",
                    "target",
                    "key",
                    "columns",
                    "exclude-columns",
                    "rename",
                    "filter");

    private RouteOptions() {}

    static List<RouteConfig> parse(ReadonlyConfig options, Problems problems) {
        List<RouteConfig> routes = new ArrayList<>();
        int number = 0;
        for (Map<String, Object> raw : options.get(MySqlMergeOptions.ROUTES)) {
            number++;
            String where = "route number " + number;
            unknownKeys(raw, ROUTE_KEYS, where, problems);
            String databases = text(raw, "databases");
            String tables = text(raw, "tables");
            if (tables == null && databases == null) {
                problems.add(
                        "%s: tables is missing: a regular expression on database.table, or on the"
                                + " table's name beside databases",
                        where);
            }
            String target = text(raw, "target");
            if (target != null && !target.matches("[^.]+\\.[^.]+")) {
                problems.add(
                        "%s: target must be database.table: current target = %s", where, target);
            }
            List<String> key = raw.containsKey("key") ? texts(raw, "key") : null;
            if (key != null && key.isEmpty()) {
                problems.add("%s: key must name at least one column", where);
            }
            String instances = text(raw, "instances");
            List<Pattern> columns = columnPatterns(raw, "columns", where, problems);
            if (columns != null && columns.isEmpty()) {
                problems.add("%s: columns must name at least one column", where);
            }
            List<Pattern> excluded = columnPatterns(raw, "exclude-columns", where, problems);
            routes.add(
                    new RouteConfig(
                            pattern(
                                    instances == null ? ".*" : instances,
                                    where + ": instances",
                                    problems),
                            databases == null
                                    ? null
                                    : pattern(databases, where + ": databases", problems),
                            pattern(
                                    tables == null && databases != null ? ".*" : tables,
                                    where + ": tables",
                                    problems),
                            target,
                            key,
                            columns,
                            excluded == null ? Collections.<Pattern>emptyList() : excluded,
                            renames(raw, where, problems),
                            filter(text(raw, "filter"), where, problems)));
        }
        number = 0;
        for (String tables : options.get(MySqlMergeOptions.TABLES)) {
            number++;
            routes.add(
                    new RouteConfig(
                            Pattern.compile(".*"),
                            null,
                            pattern(tables, "tables, number " + number, problems),
                            null,
                            null,
                            null,
                            Collections.<Pattern>emptyList(),
                            Collections.<String, String>emptyMap(),
                            null));
        }
        if (routes.isEmpty()) {
            problems.add("neither tables nor routes name a table: give at least one");
        }
        return Collections.unmodifiableList(routes);
    }

    /** Null if the option is not there. */
    private static List<Pattern> columnPatterns(
            Map<String, Object> raw, String option, String where, Problems problems) {
        if (!raw.containsKey(option)) {
            return null;
        }
        List<Pattern> patterns = new ArrayList<>();
        for (String column : texts(raw, option)) {
            Pattern pattern = pattern(column, where + ": " + option, problems);
            // MySQL's columns have no case.
            patterns.add(
                    Pattern.compile(
                            pattern.pattern(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
        }
        return patterns;
    }

    private static Map<String, String> renames(
            Map<String, Object> raw, String where, Problems problems) {
        Map<String, String> renames = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        Object value = raw.get("rename");
        if (value instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                if (String.valueOf(entry.getValue()).isEmpty()) {
                    problems.add("%s: rename gives %s no name", where, entry.getKey());
                }
                renames.put(String.valueOf(entry.getKey()), String.valueOf(entry.getValue()));
            }
        } else if (value != null) {
            problems.add("%s: rename must be { column = \"new name\" }", where);
        }
        return renames;
    }

    private static Filter filter(String text, String where, Problems problems) {
        try {
            return text == null ? null : Filter.parse(text);
        } catch (FilterException e) {
            problems.add("%s: filter %s", where, e.getMessage());
            return null;
        }
    }
}
