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
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What a server and its tables are like, as far as prerequisites depend on it. Immutable. */
public final class ServerFacts {

    /** A table that is captured. */
    public static final class Table {

        private final String database;
        private final String name;
        private final String engine;
        private final long bytes;
        private final List<String> foldingKeyColumns;

        /**
         * @param engine as information_schema names it
         * @param bytes of its rows, as the server estimates them
         * @param foldingKeyColumns columns of its primary key under a collation that calls
         *     different texts equal, as "column (collation)"
         */
        public Table(
                String database,
                String name,
                String engine,
                long bytes,
                List<String> foldingKeyColumns) {
            this.database = database;
            this.name = name;
            this.engine = engine;
            this.bytes = bytes;
            this.foldingKeyColumns = Collections.unmodifiableList(foldingKeyColumns);
        }

        String database() {
            return database;
        }

        String name() {
            return name;
        }

        String engine() {
            return engine;
        }

        long bytes() {
            return bytes;
        }

        List<String> foldingKeyColumns() {
            return foldingKeyColumns;
        }

        String qualifiedName() {
            return database + "." + name;
        }
    }

    /** A foreign key that changes rows of a captured table when its parent changes. */
    public static final class Cascade {

        private final String table;
        private final String constraint;
        private final String rule;

        /**
         * @param table {@code database.table} of the child
         * @param rule as "ON DELETE CASCADE"
         */
        public Cascade(String table, String constraint, String rule) {
            this.table = table;
            this.constraint = constraint;
            this.rule = rule;
        }

        @Override
        public String toString() {
            return table + " (" + constraint + ", " + rule + ")";
        }
    }

    private final String version;
    private final String account;
    private final Map<String, String> variables;
    private final Grants grants;
    private final String binlogDoDb;
    private final String binlogIgnoreDb;
    private final boolean replica;
    private final List<Long> registeredServerIds;
    private final List<Table> tables;
    private final List<Cascade> cascades;

    /**
     * @param account as {@code 'user'@'host'}
     * @param variables global ones by name; those that the server does not know are absent
     * @param binlogDoDb databases that alone are logged, with commas; empty: all
     * @param binlogIgnoreDb databases that are not logged, with commas
     * @param replica whether it applies the changes of another server
     * @param registeredServerIds of the replicas that read its binlog now
     */
    ServerFacts(
            String version,
            String account,
            Map<String, String> variables,
            Grants grants,
            String binlogDoDb,
            String binlogIgnoreDb,
            boolean replica,
            List<Long> registeredServerIds,
            List<Table> tables,
            List<Cascade> cascades) {
        this.version = version;
        this.account = account;
        this.variables = Collections.unmodifiableMap(variables);
        this.grants = grants;
        this.binlogDoDb = binlogDoDb;
        this.binlogIgnoreDb = binlogIgnoreDb;
        this.replica = replica;
        this.registeredServerIds =
                Collections.unmodifiableList(new ArrayList<>(registeredServerIds));
        this.tables = Collections.unmodifiableList(tables);
        this.cascades = Collections.unmodifiableList(cascades);
    }

    String version() {
        return version;
    }

    boolean mariaDb() {
        return version.contains("MariaDB");
    }

    /** Whether the version is at least this one. */
    boolean atLeast(int major, int minor, int patch) {
        String[] parts = version.split("[^0-9]+");
        int[] wanted = {major, minor, patch};
        for (int i = 0; i < wanted.length; i++) {
            int found = i < parts.length && !parts[i].isEmpty() ? Integer.parseInt(parts[i]) : 0;
            if (found != wanted[i]) {
                return found > wanted[i];
            }
        }
        return true;
    }

    String account() {
        return account;
    }

    /** A global variable; empty if the server does not know it. */
    String variable(String name) {
        return variables.getOrDefault(name, "");
    }

    boolean knows(String variable) {
        return variables.containsKey(variable);
    }

    boolean isOn(String variable) {
        String value = variable(variable);
        return value.equals("1") || value.equalsIgnoreCase("ON");
    }

    Grants grants() {
        return grants;
    }

    String binlogDoDb() {
        return binlogDoDb;
    }

    String binlogIgnoreDb() {
        return binlogIgnoreDb;
    }

    boolean replica() {
        return replica;
    }

    List<Long> registeredServerIds() {
        return registeredServerIds;
    }

    List<Table> tables() {
        return tables;
    }

    List<Cascade> cascades() {
        return cascades;
    }
}
