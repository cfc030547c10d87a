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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.binlog.BinlogPosition;
import java.util.Collection;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at the statements in a binlog. Those that change a captured table in a way that its rows
 * events do not show are refused in words: dropping one in silence would lose rows. A statement
 * that merely alters a table passes; what it did is checked against the next rows event of the
 * table. Pure.
 */
final class StatementCheck {

    private static final Pattern LEADING =
            Pattern.compile(
                    "\\A(?:\\s|/\\*.*?\\*/|--[^\\n]*\\n|#[^\\n]*\\n)*"
                            + "(INSERT|REPLACE|UPDATE|DELETE|LOAD|TRUNCATE|DROP\\s+TABLE|RENAME|ALTER)\\b",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern RENAMES_OR_MOVES =
            Pattern.compile(
                    "\\bRENAME\\s+(?:TO|AS)?\\s*(?!COLUMN\\b|INDEX\\b|KEY\\b)\\S|"
                            + "\\b(?:DROP|TRUNCATE|EXCHANGE|DISCARD|IMPORT)\\s+(?:PARTITION|TABLESPACE)\\b",
                    Pattern.CASE_INSENSITIVE);

    private static final String COMMENTS =
            "(?:\\s|/\\*.*?\\*/|--[^\\n]*(?:\\n|\\z)|#[^\\n]*(?:\\n|\\z))*";
    private static final String NAME = "(?:`([^`]+)`|([\\w$]+))";

    /** The whole statement, so that nothing but a TRUNCATE of one table passes for one. */
    private static final Pattern TRUNCATE =
            Pattern.compile(
                    "\\A"
                            + COMMENTS
                            + "TRUNCATE\\s+(?:TABLE\\s+)?(?:"
                            + NAME
                            + "\\s*\\.\\s*)?"
                            + NAME
                            + COMMENTS
                            + ";?"
                            + COMMENTS
                            + "\\z",
                    Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private StatementCheck() {}

    /**
     * The table that a statement empties.
     *
     * @param database the session's current database
     * @return as {@code database.table}; null if it is no plain TRUNCATE
     */
    static String truncated(String database, String sql) {
        Matcher truncate = TRUNCATE.matcher(sql);
        if (!truncate.matches()) {
            return null;
        }
        String of = first(truncate.group(1), truncate.group(2));
        return (of == null ? database : of) + "." + first(truncate.group(3), truncate.group(4));
    }

    private static String first(String quoted, String bare) {
        return quoted == null ? bare : quoted;
    }

    /**
     * @param captured the captured tables, as {@code database.table}
     * @param database the session's current database
     * @throws IllegalStateException naming instance, table, position and statement
     */
    static void check(
            String instance,
            Collection<String> captured,
            String database,
            String sql,
            BinlogPosition end) {
        Matcher leading = LEADING.matcher(sql);
        if (!leading.find()) {
            return;
        }
        String verb = leading.group(1).toUpperCase(Locale.ROOT).replaceAll("\\s+", " ");
        if (verb.equals("ALTER") && !RENAMES_OR_MOVES.matcher(sql).find()) {
            return;
        }
        for (String table : captured) {
            if (names(sql, database, table)) {
                throw new IllegalStateException(
                        "instance "
                                + instance
                                + ": the statement that ends at "
                                + end
                                + " changes the captured table "
                                + table
                                + " without rows events: "
                                + shorten(sql)
                                + (isDml(verb)
                                        ? ". Its session must use binlog_format = ROW; the table has"
                                                + " to be read anew"
                                        : ". This kind of DDL is not carried yet: make the same change"
                                                + " in the target and start the job anew"));
            }
        }
    }

    private static boolean isDml(String verb) {
        return verb.equals("INSERT")
                || verb.equals("REPLACE")
                || verb.equals("UPDATE")
                || verb.equals("DELETE")
                || verb.equals("LOAD");
    }

    /** Whether the statement mentions the table, with its database or from within it. */
    private static boolean names(String sql, String database, String qualified) {
        int dot = qualified.indexOf('.');
        String tableDatabase = qualified.substring(0, dot);
        String table = qualified.substring(dot + 1);
        String name = "`?" + Pattern.quote(table) + "`?(?![\\w$`])";
        String bare = "(?<![\\w$.`])" + name;
        String full = "(?<![\\w$`])`?" + Pattern.quote(tableDatabase) + "`?\\s*\\.\\s*" + name;
        int flags = Pattern.CASE_INSENSITIVE;
        return Pattern.compile(full, flags).matcher(sql).find()
                || (tableDatabase.equalsIgnoreCase(database)
                        && Pattern.compile(bare, flags).matcher(sql).find());
    }

    private static String shorten(String sql) {
        return sql.length() <= 200 ? sql : sql.substring(0, 200) + " …";
    }
}
