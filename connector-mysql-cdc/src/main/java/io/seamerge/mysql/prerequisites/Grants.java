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
package io.seamerge.mysql.prerequisites;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an account may do, from the lines of SHOW GRANTS: its own and those of its active roles.
 * Privileges on columns alone do not count. Immutable.
 */
public final class Grants {

    private static final Pattern LINE =
            Pattern.compile(
                    "(GRANT|REVOKE) (.+?) ON (?:TABLE )?(\\*\\.\\*|(`(?:[^`]|``)*`)\\.(\\*|`(?:[^`]|``)*`))"
                            + " (?:TO|FROM) .*",
                    Pattern.DOTALL);

    /** MariaDB's names since 10.5 for what MySQL calls otherwise. */
    private static final List<List<String>> SYNONYMS =
            Arrays.asList(
                    Arrays.asList("REPLICATION CLIENT", "BINLOG MONITOR"),
                    Arrays.asList("REPLICATION SLAVE", "REPLICATION REPLICA"));

    private static final class Grant {

        final boolean given;
        final Set<String> privileges;

        /** Null: all. */
        final String database;

        /** Null: all. */
        final String table;

        Grant(boolean given, Set<String> privileges, String database, String table) {
            this.given = given;
            this.privileges = privileges;
            this.database = database;
            this.table = table;
        }

        boolean names(String privilege) {
            return privileges.contains(privilege)
                    || privileges.contains("ALL PRIVILEGES")
                    || privileges.contains("ALL");
        }

        boolean covers(String ofDatabase, String ofTable) {
            return (database == null || matches(database, ofDatabase))
                    && (table == null || table.equalsIgnoreCase(ofTable));
        }
    }

    private final List<Grant> grants = new ArrayList<>();

    /**
     * @param lines of SHOW GRANTS; those that grant roles and proxies say nothing here
     */
    public Grants(Collection<String> lines) {
        for (String line : lines) {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                continue;
            }
            Set<String> privileges = new HashSet<>();
            // Not at the commas of column lists: what is in parentheses is no privilege of a table.
            for (String privilege : parts.group(2).split(",(?![^(]*\\))")) {
                privileges.add(privilege.trim().toUpperCase(Locale.ROOT));
            }
            grants.add(
                    new Grant(
                            parts.group(1).equals("GRANT"),
                            privileges,
                            parts.group(4) == null ? null : unquoted(parts.group(4)),
                            parts.group(5) == null || parts.group(5).equals("*")
                                    ? null
                                    : unquoted(parts.group(5))));
        }
    }

    private static String unquoted(String name) {
        return name.substring(1, name.length() - 1).replace("``", "`");
    }

    /** Whether a privilege is given for everything. */
    public boolean everywhere(String privilege) {
        for (Grant grant : grants) {
            if (grant.given && grant.database == null && namesIt(grant, privilege)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a privilege is given for all of a table, and not taken back for its database. */
    public boolean on(String database, String table, String privilege) {
        boolean everywhere = false;
        boolean here = false;
        boolean takenBack = false;
        for (Grant grant : grants) {
            if (!namesIt(grant, privilege) || !grant.covers(database, table)) {
                continue;
            }
            if (!grant.given) {
                takenBack = true;
            } else if (grant.database == null) {
                everywhere = true;
            } else {
                here = true;
            }
        }
        return here || everywhere && !takenBack;
    }

    private static boolean namesIt(Grant grant, String privilege) {
        if (grant.names(privilege)) {
            return true;
        }
        for (List<String> names : SYNONYMS) {
            if (names.contains(privilege)) {
                for (String name : names) {
                    if (grant.names(name)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** A database in a grant is a pattern of LIKE: % and _ unless escaped. */
    private static boolean matches(String pattern, String database) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '\\' && i + 1 < pattern.length()) {
                i++;
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(i))));
            } else if (c == '%') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE | Pattern.DOTALL)
                .matcher(database)
                .matches();
    }
}
