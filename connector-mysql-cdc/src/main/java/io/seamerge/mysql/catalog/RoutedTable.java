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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A source table as its route carries it: which columns, and under which names. Immutable. */
final class RoutedTable {

    private final SourceTable source;
    private final RouteConfig route;
    private final String[] mergedNames;

    /**
     * @param problems a key column that is left out, and two columns of one name, are noted here
     */
    RoutedTable(SourceTable source, RouteConfig route, Problems problems) {
        this.source = source;
        this.route = route;
        this.mergedNames = new String[source.columns().size()];
        Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (int i = 0; i < mergedNames.length; i++) {
            String column = source.columns().get(i).name();
            boolean asked = route.filter() != null && route.filter().names(column);
            String refusal = source.columns().get(i).refusal();
            if (refusal != null && (asked || route.carries(column))) {
                problems.add(
                        "%s.%s: %s It can be left out by exclude-columns.",
                        source, column, refusal);
                continue;
            }
            if (!route.carries(column)) {
                continue;
            }
            mergedNames[i] = route.rename(column);
            if (!taken.add(mergedNames[i])) {
                problems.add(
                        "%s: two columns become %s by rename = %s",
                        source, mergedNames[i], route.renames());
            }
        }
        for (String column : source.key()) {
            int i = source.indexOf(column);
            if (i >= 0 && mergedNames[i] == null && source.columns().get(i).refusal() == null) {
                problems.add(
                        "%s: column %s is left out by the route %s, but it is part of the table's"
                                + " key, by which its rows are told apart: carry it",
                        source, column, route);
            }
        }
    }

    SourceTable source() {
        return source;
    }

    RouteConfig route() {
        return route;
    }

    /** The merged name of a source column, or null if it is left out. */
    String mergedName(int column) {
        return mergedNames[column];
    }

    /** The key of the source table under merged names. */
    List<String> key() {
        List<String> key = new ArrayList<>();
        for (String column : source.key()) {
            int i = source.indexOf(column);
            key.add(i < 0 || mergedNames[i] == null ? column : mergedNames[i]);
        }
        return key;
    }

    static JoinedType type(SourceColumn column) {
        return new JoinedType(column.type().seaTunnelType(), column.type().carriedAs());
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
