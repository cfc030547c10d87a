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
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a foreign key does to its table's rows when the rows change that they refer to. Immutable.
 */
final class ForeignKeyRules {

    private static final String RULE = "(RESTRICT|CASCADE|SET NULL|NO ACTION|SET DEFAULT)";

    /** How a foreign key's line in SHOW CREATE TABLE ends, after the columns that it refers to. */
    private static final Pattern END =
            Pattern.compile("\\)(?: ON DELETE " + RULE + ")?(?: ON UPDATE " + RULE + ")?,?$");

    private final String onUpdate;
    private final String onDelete;

    /**
     * @param onUpdate as information_schema names it
     * @param onDelete likewise
     */
    ForeignKeyRules(String onUpdate, String onDelete) {
        this.onUpdate = onUpdate;
        this.onDelete = onDelete;
    }

    /**
     * Reads them from a table's definition.
     *
     * @param definition what SHOW CREATE TABLE says, with quoted identifiers
     * @return null if the definition does not have the foreign key
     */
    static ForeignKeyRules defined(String definition, String constraint) {
        // MariaDB does not double a backtick in this one place.
        String asItIs = "  CONSTRAINT `" + constraint + "` FOREIGN KEY (";
        String doubled = "  CONSTRAINT `" + constraint.replace("`", "``") + "` FOREIGN KEY (";
        for (String line : definition.split("\n")) {
            if (line.startsWith(asItIs) || line.startsWith(doubled)) {
                Matcher end = END.matcher(line);
                return end.find() ? new ForeignKeyRules(rule(end, 2), rule(end, 1)) : null;
            }
        }
        return null;
    }

    private static String rule(Matcher end, int group) {
        return end.group(group) == null ? "RESTRICT" : end.group(group);
    }

    /** Whether it changes rows, and not only refuses changes. */
    boolean changeRows() {
        return !toString().isEmpty();
    }

    /** What changes rows, as {@code ON UPDATE CASCADE, ON DELETE SET NULL}. */
    @Override
    public String toString() {
        List<String> rules = new ArrayList<>();
        add("ON UPDATE ", onUpdate, rules);
        add("ON DELETE ", onDelete, rules);
        return String.join(", ", rules);
    }

    private static void add(String event, String rule, List<String> rules) {
        if (rule.equals("CASCADE") || rule.startsWith("SET ")) {
            rules.add(event + rule);
        }
    }
}
