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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One SQL statement, made of a template in the resources beside this class. A template has {@code
 * ${names}} for parts that are SQL themselves (quoted identifiers, lists of columns), filled in
 * once, and {@code :names} for values that are bound each time. Immutable, and safe for use by
 * several threads.
 */
public final class Statement {

    private static final String[] NONE = {};

    private final Template template;

    /** What stands for each of its parts, in their order. */
    private final String[] parts;

    private final boolean plannedOnce;

    /** Made on first use: of all statements of a table, few are used. */
    private String jdbc;

    private Statement(Template template, String[] parts, boolean plannedOnce) {
        this.template = template;
        this.parts = parts;
        this.plannedOnce = plannedOnce;
    }

    /** The statement of a template that has no parts to fill in. */
    static Statement of(String name) {
        return of(name, Collections.<String, String>emptyMap());
    }

    /** The statement of a template with its parts filled in. */
    static Statement of(String name, Map<String, String> parts) {
        Template template = Template.of(name);
        return new Statement(template, template.choose(parts), false);
    }

    /**
     * A statement of each flush, or of each table that is opened, whose plan stays right however
     * much its tables hold.
     */
    static Statement planned(String name) {
        Statement statement = of(name);
        return new Statement(statement.template, statement.parts, true);
    }

    /**
     * The statements of a file that holds several, each ended by a semicolon at the end of its
     * line.
     */
    static List<Statement> script(String name) {
        List<Statement> statements = new ArrayList<>();
        for (String text : Template.read(name).split(";\n")) {
            if (!text.trim().isEmpty()) {
                statements.add(new Statement(Template.verbatim(name, text.trim()), NONE, false));
            }
        }
        return statements;
    }

    /** The template's name: for messages. */
    public String name() {
        return template.name;
    }

    /** As JDBC takes it: a question mark for each of {@link #values()}. */
    public String jdbc() {
        // Two threads at once make the same.
        if (jdbc == null) {
            jdbc = template.fill(parts, true);
        }
        return jdbc;
    }

    /** Names of the values to bind, in order; one may stand there several times. */
    public List<String> values() {
        return Collections.unmodifiableList(template.values);
    }

    /** Whether a connection plans it once, and not each time. */
    public boolean plannedOnce() {
        return plannedOnce;
    }

    /** As it stands in the golden files. */
    @Override
    public String toString() {
        return template.fill(parts, false);
    }

    /** A file, read once: texts, between which parts and values stand. Immutable. */
    private static final class Template {

        private static final Pattern GAP = Pattern.compile("\\$\\{([a-z_]+)}|(?<!:):([a-z_]+)");
        private static final Map<String, Template> KNOWN = new ConcurrentHashMap<>();

        private final String name;

        /** One more than there are gaps. */
        private final List<String> texts = new ArrayList<>();

        /** The name of the part that fills each gap; null where a value does. */
        private final List<String> parts = new ArrayList<>();

        private final List<String> values = new ArrayList<>();

        private Template(String name) {
            this.name = name;
        }

        static Template of(String name) {
            return KNOWN.computeIfAbsent(name, key -> parsed(key, read(key)));
        }

        static Template verbatim(String name, String text) {
            Template template = new Template(name);
            template.texts.add(text);
            return template;
        }

        private static Template parsed(String name, String text) {
            Template template = new Template(name);
            Matcher gap = GAP.matcher(text);
            int from = 0;
            while (gap.find()) {
                template.texts.add(text.substring(from, gap.start()));
                template.parts.add(gap.group(1));
                if (gap.group(2) != null) {
                    template.values.add(gap.group(2));
                }
                from = gap.end();
            }
            template.texts.add(text.substring(from));
            return template;
        }

        String[] choose(Map<String, String> sql) {
            String[] chosen = new String[parts.size()];
            for (int i = 0; i < chosen.length; i++) {
                String part = parts.get(i);
                chosen[i] = sql.get(part);
                if (part != null && chosen[i] == null) {
                    throw new IllegalArgumentException(
                            "Template " + name + " needs ${" + part + "}");
                }
            }
            return chosen;
        }

        /**
         * @param marks whether question marks stand for values, and not their names
         */
        String fill(String[] chosen, boolean marks) {
            StringBuilder filled = new StringBuilder(texts.get(0));
            int value = 0;
            for (int i = 0; i < chosen.length; i++) {
                if (parts.get(i) != null) {
                    filled.append(chosen[i]);
                } else if (marks) {
                    filled.append('?');
                } else {
                    filled.append(':').append(values.get(value++));
                }
                filled.append(texts.get(i + 1));
            }
            return filled.toString();
        }

        /** Without its comments. */
        private static String read(String name) {
            try (InputStream in = Statement.class.getResourceAsStream(name + ".sql")) {
                if (in == null) {
                    throw new IllegalArgumentException("There is no template " + name);
                }
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                byte[] buffer = new byte[4096];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    content.write(buffer, 0, n);
                }
                StringBuilder lines = new StringBuilder();
                for (String line :
                        Arrays.asList(
                                new String(content.toByteArray(), StandardCharsets.UTF_8)
                                        .split("\n"))) {
                    if (!line.trim().startsWith("--")) {
                        lines.append(line).append('\n');
                    }
                }
                return lines.toString();
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot read template " + name, e);
            }
        }
    }
}
