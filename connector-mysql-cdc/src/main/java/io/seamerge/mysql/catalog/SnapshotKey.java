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
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Which keys a snapshot can page over: those whose values, bound to a statement, the server orders
 * as it orders the index (an ENUM, for one, is sorted by number and compared by label).
 */
public final class SnapshotKey {

    private static final Set<String> TYPES =
            Collections.unmodifiableSet(
                    new HashSet<>(
                            Arrays.asList(
                                    "tinyint",
                                    "smallint",
                                    "mediumint",
                                    "int",
                                    "integer",
                                    "bigint",
                                    "decimal",
                                    "numeric",
                                    "char",
                                    "varchar",
                                    "binary",
                                    "varbinary",
                                    "date",
                                    "datetime",
                                    "timestamp",
                                    "year",
                                    "uuid",
                                    "inet4",
                                    "inet6")));

    private SnapshotKey() {}

    /** Whether the table has a key, and one that a snapshot can page over. */
    public static boolean canPage(SourceTable table) {
        Problems problems = new Problems();
        check(table, problems);
        return problems.isEmpty();
    }

    static void check(SourceTable table, Problems problems) {
        if (table.key().isEmpty()) {
            problems.add(
                    "%s has neither a primary key nor a unique index without nullable columns: a"
                            + " snapshot cannot page over it; add a primary key",
                    table);
        }
        for (String column : table.key()) {
            int index = table.indexOf(column);
            if (index < 0 || table.columns().get(index).type() == null) {
                continue;
            }
            String type = table.columns().get(index).type().sourceType();
            String name = type.replaceAll("[^A-Za-z0-9].*", "").toLowerCase(Locale.ROOT);
            if (!TYPES.contains(name)) {
                problems.add(
                        "%s: key column %s is %s; a snapshot can page over keys of %s",
                        table, column, type, TYPES);
            }
        }
    }
}
