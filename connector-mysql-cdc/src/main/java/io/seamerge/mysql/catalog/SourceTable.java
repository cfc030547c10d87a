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

import java.io.Serializable;
import java.util.Collections;
import java.util.List;

/**
 * A table of an instance: its columns in the server's order, and the columns of its key. Immutable.
 */
public final class SourceTable implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String instance;
    private final String database;
    private final String name;
    private final String qualifiedName;
    private final List<SourceColumn> columns;
    private final List<String> key;
    private final String keyIndex;
    private final long estimatedRows;
    private final String comment;

    /**
     * @param key columns of the primary key, or else of a unique index without nullable columns; in
     *     the index's order; empty if there is none
     * @param keyIndex name of that index, null if there is none
     */
    public SourceTable(
            String instance,
            String database,
            String name,
            List<SourceColumn> columns,
            List<String> key,
            String keyIndex,
            long estimatedRows,
            String comment) {
        this.instance = instance;
        this.database = database;
        this.name = name;
        this.qualifiedName = database + "." + name;
        this.columns = Collections.unmodifiableList(columns);
        this.key = Collections.unmodifiableList(key);
        this.keyIndex = keyIndex;
        this.estimatedRows = estimatedRows;
        this.comment = comment;
    }

    public String instance() {
        return instance;
    }

    public String database() {
        return database;
    }

    public String name() {
        return name;
    }

    /** {@code database.table}: what a table is called within its instance. */
    public String qualifiedName() {
        return qualifiedName;
    }

    public List<SourceColumn> columns() {
        return columns;
    }

    public List<String> key() {
        return key;
    }

    public String keyIndex() {
        return keyIndex;
    }

    /** Rows that the server's statistics expect. */
    public long estimatedRows() {
        return estimatedRows;
    }

    public String comment() {
        return comment;
    }

    /** The place of a column, from 0, or -1. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equalsIgnoreCase(column)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public String toString() {
        return instance + ":" + qualifiedName();
    }
}
