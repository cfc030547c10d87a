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
package io.seamerge.postgres.wire;

import java.util.Objects;

/** A table of a source instance. Immutable. */
public final class SourceName {

    private final String instance;
    private final String database;
    private final String table;

    /** Database and table are empty where rows do not say them. */
    public SourceName(String instance, String database, String table) {
        this.instance = instance;
        this.database = database;
        this.table = table;
    }

    public String instance() {
        return instance;
    }

    public String database() {
        return database;
    }

    public String table() {
        return table;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof SourceName)) {
            return false;
        }
        SourceName that = (SourceName) other;
        return table.equals(that.table)
                && database.equals(that.database)
                && instance.equals(that.instance);
    }

    @Override
    public int hashCode() {
        return Objects.hash(instance, database, table);
    }

    /** {@code instance/database.table}, or what of it is known. */
    @Override
    public String toString() {
        return database.isEmpty() && table.isEmpty()
                ? instance
                : instance + "/" + database + "." + table;
    }
}
