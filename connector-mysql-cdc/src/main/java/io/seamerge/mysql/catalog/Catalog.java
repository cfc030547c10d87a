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
package io.seamerge.mysql.catalog;

import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.RouteConfig;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.wire.ControlTable;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a job reads and produces: the source tables of every instance, and the merged tables that
 * they go to. A pure function of the job file and the schemas found. Immutable.
 */
public final class Catalog implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Map<String, MergedTable> merged;
    private final Map<String, Map<String, CapturedTable>> captured;
    private final Set<String> absent;

    private Catalog(
            Map<String, MergedTable> merged,
            Map<String, Map<String, CapturedTable>> captured,
            Set<String> absent) {
        this.merged = merged;
        this.captured = captured;
        this.absent = absent;
    }

    /**
     * The route for a table, or null if it is not to be read.
     *
     * @param problems two rules that match one table are noted here
     */
    public static RouteConfig route(
            SourceConfig config,
            String instance,
            String database,
            String table,
            Problems problems) {
        RouteConfig found = null;
        for (RouteConfig route : config.routes()) {
            if (!route.matches(instance, database, table)) {
                continue;
            }
            if (found != null) {
                problems.add(
                        "%s:%s.%s is matched by two rules, %s and %s: make one of them narrower",
                        instance, database, table, found, route);
                return found;
            }
            found = route;
        }
        return found;
    }

    /**
     * @param tables the tables found on all instances; those without a route are left out
     */
    public static Catalog of(
            SourceConfig config, Collection<SourceTable> tables, Problems problems) {
        return of(config, tables, Collections.<String>emptySet(), problems);
    }

    /**
     * @param absent instances of which nothing is known yet, or only what their tables were like
     *     when they were last seen; they {@link #join} later
     */
    public static Catalog of(
            SourceConfig config,
            Collection<SourceTable> tables,
            Set<String> absent,
            Problems problems) {
        Map<String, List<RoutedTable>> sources = new LinkedHashMap<>();
        Map<String, RouteConfig> rules = new HashMap<>();
        Map<RouteConfig, List<SourceTable>> matched = new IdentityHashMap<>();
        for (SourceTable table : tables) {
            RouteConfig route =
                    route(config, table.instance(), table.database(), table.name(), problems);
            if (route == null) {
                continue;
            }
            matched.computeIfAbsent(route, r -> new ArrayList<>()).add(table);
            String target = route.target() == null ? table.qualifiedName() : route.target();
            RouteConfig other = rules.putIfAbsent(target, route);
            if (other != null && other != route && !Objects.equals(other.key(), route.key())) {
                problems.add("two rules give %s different keys: %s and %s", target, other, route);
            }
            sources.computeIfAbsent(target, t -> new ArrayList<>())
                    .add(new RoutedTable(table, route, problems));
        }
        for (RouteConfig route : config.routes()) {
            if (matched.containsKey(route)) {
                checkNames(route, matched.get(route), problems);
            } else if (!matchesAny(route, tables)) {
                problems.add(
                        "no table of any instance matches %s: instances, databases and tables are"
                                + " regular expressions that match whole names",
                        route);
            }
        }
        Map<String, MergedTable> merged = new LinkedHashMap<>();
        Map<String, Map<String, CapturedTable>> captured = new LinkedHashMap<>();
        for (Map.Entry<String, List<RoutedTable>> target : sources.entrySet()) {
            if (target.getKey().equals(ControlTable.TABLE_ID)) {
                problems.add(
                        "%s cannot be a target: it is the name of the table of control rows",
                        target.getKey());
            }
            MergedTable table =
                    MergedTable.join(
                            target.getKey(),
                            rules.get(target.getKey()).key(),
                            target.getValue(),
                            config.metadataColumns(),
                            config.keylessTables(),
                            problems);
            merged.put(target.getKey(), table);
            for (RoutedTable source : target.getValue()) {
                captured.computeIfAbsent(source.source().instance(), i -> new LinkedHashMap<>())
                        .put(
                                source.source().qualifiedName(),
                                new CapturedTable(
                                        source, table, config.metadataColumns().size(), problems));
            }
        }
        checkResnapshot(config, captured, problems);
        return new Catalog(merged, captured, absent);
    }

    /** Whether this instance was out of reach when the job began: it is to {@link #join}. */
    public boolean isAbsent(String instance) {
        return absent.contains(instance);
    }

    /**
     * The catalogue with the tables of an instance that was absent. The job's merged tables cannot
     * change any more, so that its tables must fit them as they are.
     *
     * @param problems what does not fit is noted here, with both sides
     */
    public Catalog join(
            SourceConfig config,
            String instance,
            Collection<SourceTable> tables,
            Problems problems) {
        List<SourceTable> all = new ArrayList<>();
        for (Map<String, CapturedTable> known : captured.values()) {
            for (CapturedTable table : known.values()) {
                if (!table.source().instance().equals(instance)) {
                    all.add(table.source());
                }
            }
        }
        all.addAll(tables);
        Set<String> stillAbsent = new TreeSet<>(absent);
        stillAbsent.remove(instance);
        Catalog joined = of(config, all, stillAbsent, problems);
        for (CapturedTable table : joined.captured(instance).values()) {
            MergedTable before = merged.get(table.target().tableId());
            List<String> after = table.target().describe(config.metadataColumns());
            if (before == null) {
                problems.add(
                        "%s joins the job, but no other instance gave the schema of its table %s when"
                                + " the job began: start the job anew, or leave the table out",
                        table.source(), table.target().tableId());
            } else if (!before.describe(config.metadataColumns()).equals(after)) {
                problems.add(
                        "%s joins the job, but does not fit the table %s as the others gave it: that is"
                                + " %s, with it it would be %s: start the job anew, or alter the table",
                        table.source(),
                        table.target().tableId(),
                        before.describe(config.metadataColumns()),
                        after);
            }
        }
        return joined;
    }

    private static boolean matchesAny(RouteConfig route, Collection<SourceTable> tables) {
        return tables.stream().anyMatch(t -> route.matches(t.instance(), t.database(), t.name()));
    }

    /** What a rule says of columns must be true of one of its tables at least. */
    private static void checkNames(RouteConfig route, List<SourceTable> tables, Problems problems) {
        Set<String> found = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (SourceTable table : tables) {
            for (SourceColumn column : table.columns()) {
                found.add(column.name());
            }
        }
        List<Pattern> patterns = new ArrayList<>(route.excludedColumns());
        if (route.columns() != null) {
            patterns.addAll(route.columns());
        }
        for (Pattern pattern : patterns) {
            if (found.stream().noneMatch(column -> pattern.matcher(column).matches())) {
                problems.add(
                        "%s: no column of any table that the rule matches is called %s; found %s",
                        route, pattern, found);
            }
        }
        for (String column : route.renames().keySet()) {
            if (!found.contains(column) || !route.carries(column)) {
                problems.add(
                        "%s: no column that the rule carries is called %s; found %s",
                        route, column, found);
            }
        }
    }

    private static void checkResnapshot(
            SourceConfig config,
            Map<String, Map<String, CapturedTable>> captured,
            Problems problems) {
        for (Pattern pattern : config.resnapshot().tables()) {
            boolean matches = false;
            for (Map.Entry<String, Map<String, CapturedTable>> instance : captured.entrySet()) {
                for (String table : instance.getValue().keySet()) {
                    matches |= pattern.matcher(instance.getKey() + ":" + table).matches();
                }
            }
            if (!matches) {
                problems.add(
                        "resnapshot: no table that the job reads matches %s: current patterns are on"
                                + " instance:database.table",
                        pattern);
            }
        }
    }

    /** In the order in which they were found. */
    public Collection<MergedTable> mergedTables() {
        return merged.values();
    }

    /** The captured tables of an instance by {@code database.table}; empty if it has none. */
    public Map<String, CapturedTable> captured(String instance) {
        return captured.getOrDefault(instance, Collections.<String, CapturedTable>emptyMap());
    }
}
