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
package io.seamerge.mysql.catalog;

import io.seamerge.mysql.type.ColumnType;
import java.io.Serializable;

/** A column of a source table. Immutable. */
public final class SourceColumn implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final ColumnType type;
    private final boolean nullable;
    private final String comment;
    private final String refusal;

    public SourceColumn(String name, ColumnType type, boolean nullable, String comment) {
        this(name, type, nullable, comment, null);
    }

    /**
     * @param type null: the column cannot be read
     * @param refusal why it cannot be read
     */
    SourceColumn(String name, ColumnType type, boolean nullable, String comment, String refusal) {
        this.name = name;
        this.type = type;
        this.nullable = nullable;
        this.comment = comment;
        this.refusal = refusal;
    }

    public String name() {
        return name;
    }

    /** Null if the column cannot be read, which {@link #refusal} explains. */
    public ColumnType type() {
        return type;
    }

    /** Why the column cannot be read; null if it can. */
    public String refusal() {
        return refusal;
    }

    /** Whether its values may be null, in the table or by what becomes of unfaithful ones. */
    public boolean nullable() {
        return nullable || type != null && type.mayBecomeNull();
    }

    /** The same column in a key, where no value may become null or another one. */
    SourceColumn inKey() {
        return type == null
                ? this
                : new SourceColumn(name, type.inKey(), nullable, comment, refusal);
    }

    public String comment() {
        return comment;
    }

    @Override
    public String toString() {
        return name
                + " "
                + (type == null ? "of a type that is not supported" : type.sourceType())
                + (nullable ? "" : " NOT NULL");
    }
}
