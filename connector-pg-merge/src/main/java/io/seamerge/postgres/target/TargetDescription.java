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
package io.seamerge.postgres.target;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table as PostgreSQL's catalog describes it. */
public final class TargetDescription {

    /** A column of it. Immutable. */
    public static final class ColumnDescription {

        private final String type;
        private final String baseType;
        private final int bits;
        private final boolean required;
        private final boolean notNull;
        private final boolean generated;
        private final boolean alwaysIdentity;
        private final boolean deterministic;

        /**
         * @param type as PostgreSQL prints it
         * @param baseType its name in pg_type, below any domain
         * @param bits width of a bit(n)
         * @param required not null and without a default
         * @param alwaysIdentity GENERATED ALWAYS AS IDENTITY
         * @param deterministic whether equal values are equal byte by byte
         */
        public ColumnDescription(
                String type,
                String baseType,
                int bits,
                boolean required,
                boolean notNull,
                boolean generated,
                boolean alwaysIdentity,
                boolean deterministic) {
            this.type = type;
            this.baseType = baseType;
            this.bits = bits;
            this.required = required;
            this.notNull = notNull;
            this.generated = generated;
            this.alwaysIdentity = alwaysIdentity;
            this.deterministic = deterministic;
        }

        public String type() {
            return type;
        }

        String baseType() {
            return baseType;
        }

        int bits() {
            return bits;
        }

        boolean required() {
            return required;
        }

        boolean notNull() {
            return notNull;
        }

        boolean generated() {
            return generated;
        }

        boolean alwaysIdentity() {
            return alwaysIdentity;
        }

        boolean deterministic() {
            return deterministic;
        }
    }

    private final Map<String, ColumnDescription> columns = new LinkedHashMap<>();
    private final List<List<String>> usableKeys = new ArrayList<>();
    private int uniqueKeys;
    private boolean otherConstraints;
    private String signature;
    private boolean keyDeferred;

    public void addColumn(String name, ColumnDescription column) {
        columns.put(name, column);
    }

    /**
     * @param usable whether ON CONFLICT can refer to it: not deferrable, not partial, not over
     *     expressions
     */
    public void addUniqueKey(List<String> keyColumns, boolean usable) {
        uniqueKeys++;
        if (usable) {
            usableKeys.add(new ArrayList<>(keyColumns));
        }
    }

    /** Foreign keys from or to it, or exclusion constraints. */
    public void setOtherConstraints(boolean there) {
        otherConstraints = there;
    }

    /**
     * @param text what the catalog says of it as far as rows may be replaced; null if they must not
     */
    public void setSignature(String text) {
        signature = text;
    }

    /** Its key is not there yet, but will be. */
    public void deferKey() {
        keyDeferred = true;
    }

    boolean isKeyDeferred() {
        return keyDeferred;
    }

    String signature() {
        return signature;
    }

    public Map<String, ColumnDescription> columns() {
        return Collections.unmodifiableMap(columns);
    }

    /** Whether it has no other columns than these and generated ones. */
    boolean isFilledBy(Collection<String> written) {
        for (Map.Entry<String, ColumnDescription> column : columns.entrySet()) {
            if (!column.getValue().generated() && !written.contains(column.getKey())) {
                return false;
            }
        }
        return true;
    }

    /** Whether ON CONFLICT can refer to these columns, in whatever order. */
    public boolean hasUniqueKey(List<String> key) {
        for (List<String> usable : usableKeys) {
            if (usable.size() == key.size() && new HashSet<>(usable).equals(new HashSet<>(key))) {
                return true;
            }
        }
        return false;
    }

    /** Whether rows of different keys can get in each other's way. */
    boolean rowsDependOnEachOther() {
        return uniqueKeys > 1 || otherConstraints;
    }
}
