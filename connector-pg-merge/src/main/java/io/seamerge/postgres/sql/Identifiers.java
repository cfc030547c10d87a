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
package io.seamerge.postgres.sql;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The one place where names become SQL. */
public final class Identifiers {

    /** Bytes of a name that PostgreSQL keeps; it cuts off the rest in silence. */
    public static final int MAX_BYTES = 63;

    private Identifiers() {}

    /** A name as an identifier, whatever it holds. */
    public static String quote(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** A table with its schema. */
    public static String qualify(String schema, String table) {
        return quote(schema) + "." + quote(table);
    }

    /** Text as a literal, whatever it holds. */
    public static String literal(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
    }

    /** Whether PostgreSQL keeps the whole name. */
    public static boolean fits(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        return bytes > 0 && bytes <= MAX_BYTES && name.indexOf('\0') < 0;
    }

    /** {@code alias."a", alias."b"}; without an alias, {@code "a", "b"}. */
    public static String list(String alias, List<String> names) {
        List<String> quoted = new ArrayList<>();
        for (String name : names) {
            quoted.add(alias.isEmpty() ? quote(name) : alias + "." + quote(name));
        }
        return String.join(", ", quoted);
    }

    /** {@code a."x" = b."x" AND a."y" = b."y"}. */
    public static String equal(String a, String b, List<String> names) {
        List<String> terms = new ArrayList<>();
        for (String name : names) {
            terms.add(a + "." + quote(name) + " = " + b + "." + quote(name));
        }
        return String.join(" AND ", terms);
    }

    /**
     * {@code jsonb_build_object('a', s."a", …)}: equal for keys that are one and the same to
     * PostgreSQL.
     *
     * @param caseless those in which the case of letters does not count
     */
    static String object(String alias, List<String> names, Collection<String> caseless) {
        List<String> terms = new ArrayList<>();
        for (String name : names) {
            String value = alias + "." + quote(name);
            terms.add(
                    literal(name)
                            + ", "
                            + (caseless.contains(name) ? "lower(" + value + "::text)" : value));
        }
        return "jsonb_build_object(" + String.join(", ", terms) + ")";
    }

    /** These columns of a row as a JSON object, however many there are. */
    static String image(String alias, List<String> columns) {
        return "(SELECT to_jsonb(r) FROM (SELECT " + list(alias, columns) + ") AS r)";
    }

    /** {@code SET "a" = EXCLUDED."a", …} for what is not of the key. */
    public static String setExcluded(List<String> names) {
        return setFrom("EXCLUDED", names);
    }

    /** {@code "x" = s."x", "y" = s."y"}. */
    static String setFrom(String alias, List<String> names) {
        List<String> terms = new ArrayList<>();
        for (String name : names) {
            terms.add(quote(name) + " = " + alias + "." + quote(name));
        }
        return String.join(", ", terms);
    }

    /**
     * The name of the state table of a target: readable where it fits, else cut off and told apart
     * by a hash.
     */
    public static String stateTable(String schema, String table) {
        return shortened("state:" + schema + "." + table);
    }

    /** Likewise the name of the table that holds what each source has written. */
    public static String sourcesTable(String schema, String table) {
        return shortened("sources:" + schema + "." + table);
    }

    /** Likewise the name of the view of what stands, as the sources' entries have it. */
    public static String mergedView(String schema, String table) {
        return shortened("merged:" + schema + "." + table);
    }

    /** Likewise the column of the sources' table that holds a column's value before all changes. */
    public static String baseColumn(String column) {
        return shortened("~base:" + column);
    }

    /** Likewise the name of the table of keys that a repeated snapshot has found. */
    public static String keysTable(String schema, String table) {
        return shortened("keys:" + schema + "." + table);
    }

    /** Likewise the name of the table that says whose each key of a disjoint table is. */
    public static String ownersTable(String schema, String table) {
        return shortened("owners:" + schema + "." + table);
    }

    private static String shortened(String whole) {
        String name = whole;
        if (fits(name)) {
            return name;
        }
        String hash = String.format("~%08x", name.hashCode());
        while (name.getBytes(StandardCharsets.UTF_8).length + hash.length() > MAX_BYTES) {
            name = name.substring(0, name.offsetByCodePoints(name.length(), -1));
        }
        return name + hash;
    }
}
