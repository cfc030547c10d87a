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
package io.seamerge.e2e.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Tells what a PostgreSQL backend is doing, in words that a reader of a profile knows, from what
 * pg_stat_activity says. The sink's statements are known by their templates, those of others by
 * their first words. Pure, not thread-safe.
 */
final class ServerStatements {

    /** What a transaction is that has no statement now. */
    static final String IDLE_IN_TRANSACTION = "between two statements of a transaction";

    static final String COPY_TABLE = "COPY into the table";
    static final String COPY_STAGING = "COPY into the staging table";
    static final String UPDATE_TABLE = "update of the table";
    static final String INSERT_TABLE = "insert into the table";
    static final String DELETE_TABLE = "delete from the table";
    static final String GATE = "gate of the state";
    static final String COUNTING = "counting";
    static final String PROGRESS = "progress";
    static final String STAGING = "making and emptying of staging tables";
    static final String INDEX = "index build";

    /** The doing that is no waiting. */
    static final String ON_PROCESSOR = "";

    private static final String VALUE = "(?<!:):[a-z_]+";
    private static final Pattern HOLE = Pattern.compile("\\$\\{[a-z_]+}|" + VALUE);

    /** What the names of templates mean, the first that fits. */
    private static final Map<Pattern, String> MEANINGS = new LinkedHashMap<>();

    /** What statements of others begin with. */
    private static final Map<Pattern, String> BEGINNINGS = new LinkedHashMap<>();

    static {
        meaning("rows-copy", COPY_TABLE);
        meaning("(direct|row|sources)-copy(-binary)?", COPY_STAGING);
        meaning("(direct|row)-keys", "COPY of keys into the staging table");
        meaning("(row|owned|sources)-gate.*", GATE);
        meaning("(direct|row|sources)-update", UPDATE_TABLE);
        meaning("(direct|row|sources)-(insert|upsert)", INSERT_TABLE);
        meaning("(direct|row|sources)-delete|row-remove", DELETE_TABLE);
        meaning("owned-copy-owners", "COPY into the state");
        meaning("progress-.*", PROGRESS);
        meaning("applied-count|row-(applied|lost|standing|winners)", COUNTING);
        meaning(
                "(direct|row|sources)-(stage|unstage|empty)|row-won|sources-(drop-)?touched",
                STAGING);
        meaning("(state|keys|owned|sources)-create", "making of the state");
        meaning("(state|keys|owned|sources|verify-seen|verify-suspect)-(deleted-)?key", INDEX);
        meaning("deferred-key-add", INDEX);
        beginning("COPY \"?(pg_temp\"?\\.|\"?staging).*", COPY_STAGING);
        beginning("COPY .*", COPY_TABLE);
        beginning("UPDATE .*", UPDATE_TABLE);
        beginning("INSERT .*", INSERT_TABLE);
        beginning("DELETE .*", DELETE_TABLE);
        beginning("(COMMIT|END)\\b.*", "COMMIT");
        beginning("(BEGIN|START TRANSACTION)\\b.*", "BEGIN");
        beginning("ROLLBACK\\b.*", "ROLLBACK");
        beginning("CREATE (UNIQUE )?INDEX .*|ALTER TABLE .* PRIMARY KEY .*", INDEX);
        beginning("autovacuum: .*", "autovacuum");
        beginning("TRUNCATE .*", STAGING);
    }

    /** The sink's statements by the names of their templates. */
    private final Map<String, Pattern> templates = new TreeMap<>();

    private final Map<String, String> known = new LinkedHashMap<>();

    private static void meaning(String name, String kind) {
        MEANINGS.put(Pattern.compile(name), kind);
    }

    private static void beginning(String text, String kind) {
        BEGINNINGS.put(Pattern.compile(text, Pattern.CASE_INSENSITIVE | Pattern.DOTALL), kind);
    }

    /**
     * @param texts the templates by their names
     */
    ServerStatements(Map<String, String> texts) {
        texts.forEach((name, text) -> templates.put(name, pattern(text)));
    }

    /** With the templates of the sink in the project's folder. */
    static ServerStatements ofSink(Path root) throws IOException {
        Path folder =
                root.resolve("connector-pg-merge/src/main/resources/io/seamerge/postgres/sql");
        Map<String, String> texts = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                texts.put(
                        file.getFileName().toString().replace(".sql", ""), Files.readString(file));
            }
        }
        return new ServerStatements(texts);
    }

    /** A template's text, with anything in its holes. */
    private static Pattern pattern(String template) {
        String text = template.replaceAll("(?m)^\\s*--.*\\R?", "").strip();
        StringBuilder pattern = new StringBuilder();
        Matcher hole = HOLE.matcher(text);
        int end = 0;
        while (hole.find()) {
            pattern.append(Pattern.quote(text.substring(end, hole.start())));
            pattern.append(filling(hole.group()));
            end = hole.end();
        }
        return Pattern.compile(pattern + Pattern.quote(text.substring(end)), Pattern.DOTALL);
    }

    /** What may stand in a hole, which may be nothing. Values are sent as numbers. */
    private static String filling(String hole) {
        return switch (hole) {
            case "${stage}", "${won}" -> "pg_temp\\.\"[^\"]*\"";
            case "${target}" -> "(?!pg_temp\\.|\"seamerge\"\\.\"(owners|state):).*?";
            default -> hole.startsWith("$") ? ".*?" : "(\\$\\d+|:[a-z_]+)";
        };
    }

    /**
     * What kind of work a statement is.
     *
     * @param state of its backend
     * @param query its whole text
     */
    String kind(String state, String query) {
        return state.startsWith("idle") ? IDLE_IN_TRANSACTION : kind(query);
    }

    private String kind(String query) {
        return known.computeIfAbsent(
                query.strip().replaceFirst(";$", ""),
                text -> {
                    String name = template(text);
                    return name == null ? first(BEGINNINGS, text, "others") : meaning(name);
                });
    }

    /** What a template does, in a reader's words; its name where there are none. */
    static String meaning(String template) {
        return first(MEANINGS, template, template);
    }

    private static String first(Map<Pattern, String> kinds, String text, String otherwise) {
        return kinds.entrySet().stream()
                .filter(kind -> kind.getKey().matcher(text).matches())
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    /** The template of a statement, the most particular of those that fit; null: none does. */
    String template(String query) {
        String best = null;
        for (Map.Entry<String, Pattern> template : templates.entrySet()) {
            if (template.getValue().matcher(query).matches()
                    && (best == null || literals(template.getKey()) > literals(best))) {
                best = template.getKey();
            }
        }
        return best;
    }

    /** About how much of a template is not a hole. */
    private int literals(String template) {
        return templates.get(template).pattern().replace(".*?", "").length();
    }

    /**
     * What a backend waits for.
     *
     * @param type the wait event's, null if it waits for nothing but, perhaps, a processor
     */
    static String doing(String type, String event) {
        if (type == null) {
            return ON_PROCESSOR;
        }
        return switch (type) {
            case "Client" -> "the client";
            case "Lock" -> "a lock";
            case "IO" ->
                    event.equalsIgnoreCase("WalSync")
                            ? "WAL sync"
                            : event.toLowerCase(Locale.ROOT).startsWith("wal")
                                    ? "WAL write"
                                    : "files";
            // Another backend writes and syncs for all that wait for this lock.
            case "LWLock" -> event.equals("WALWrite") ? "WAL sync" : "a lock in memory";
            default -> type + " " + event;
        };
    }
}
