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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One SQL statement, made of a template in the resources beside this class. A template has {@code
 * ${names}} for parts that are SQL themselves (quoted identifiers, lists of columns), filled in
 * once, and {@code :names} for values that are bound each time. Immutable.
 */
public final class Statement {

    private static final Pattern PART = Pattern.compile("\\$\\{([a-z_]+)}");
    private static final Pattern VALUE = Pattern.compile("(?<!:):([a-z_]+)");

    private final String name;
    private final String text;
    private final String jdbc;
    private final List<String> values;
    private final boolean plannedOnce;

    private Statement(
            String name, String text, String jdbc, List<String> values, boolean plannedOnce) {
        this.plannedOnce = plannedOnce;
        this.name = name;
        this.text = text;
        this.jdbc = jdbc;
        this.values = Collections.unmodifiableList(values);
    }

    /** The statement of a template that has no parts to fill in. */
    static Statement of(String name) {
        return of(name, Collections.<String, String>emptyMap());
    }

    /** The statement of a template with its parts filled in. */
    static Statement of(String name, Map<String, String> parts) {
        String template = template(name);
        // Values first: a name that is filled in may hold a colon.
        String withMarks = VALUE.matcher(template).replaceAll("?");
        return new Statement(
                name,
                fill(name, template, parts),
                fill(name, withMarks, parts),
                names(template),
                false);
    }

    /** A statement of each flush, whose plan stays right however much its tables hold. */
    static Statement planned(String name) {
        Statement statement = of(name);
        return new Statement(name, statement.text, statement.jdbc, statement.values, true);
    }

    private static String fill(String name, String template, Map<String, String> parts) {
        StringBuffer filled = new StringBuffer();
        Matcher part = PART.matcher(template);
        while (part.find()) {
            String sql = parts.get(part.group(1));
            if (sql == null) {
                throw new IllegalArgumentException(
                        "Template " + name + " needs ${" + part.group(1) + "}");
            }
            part.appendReplacement(filled, Matcher.quoteReplacement(sql));
        }
        part.appendTail(filled);
        return filled.toString();
    }

    /**
     * The statements of a file that holds several, each ended by a semicolon at the end of its
     * line.
     */
    static List<Statement> script(String name) {
        List<Statement> statements = new ArrayList<>();
        for (String text : template(name).split(";\n")) {
            if (!text.trim().isEmpty()) {
                statements.add(
                        new Statement(
                                name,
                                text.trim(),
                                text.trim(),
                                Collections.<String>emptyList(),
                                false));
            }
        }
        return statements;
    }

    private static List<String> names(String template) {
        List<String> names = new ArrayList<>();
        Matcher value = VALUE.matcher(template);
        while (value.find()) {
            names.add(value.group(1));
        }
        return names;
    }

    private static String template(String name) {
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

    /** The template's name: for messages. */
    public String name() {
        return name;
    }

    /** As JDBC takes it: a question mark for each of {@link #values()}. */
    public String jdbc() {
        return jdbc;
    }

    /** Names of the values to bind, in order; one may stand there several times. */
    public List<String> values() {
        return values;
    }

    /** Whether a connection plans it once, and not each time. */
    public boolean plannedOnce() {
        return plannedOnce;
    }

    /** As it stands in the golden files. */
    @Override
    public String toString() {
        return text;
    }
}
