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

import io.seamerge.mysql.binlog.RowsEvent;
import io.seamerge.mysql.catalog.SourceTable;
import java.util.List;

/**
 * Compares the schema that rows events are read with to what the binlog says of the table. Types
 * are checked by the event itself as it is read; this is about columns. Pure.
 */
final class SchemaCheck {

    private SchemaCheck() {}

    /**
     * @throws IllegalStateException naming instance, table, position and both sides
     */
    static void check(String instance, SourceTable table, RowsEvent event) {
        int known = table.columns().size();
        int found = event.tableMap().columnCount();
        List<String> names = event.tableMap().columnNames();
        boolean same = known == found;
        for (int i = 0; same && names != null && i < known; i++) {
            same = table.columns().get(i).name().equalsIgnoreCase(names.get(i));
        }
        if (!same) {
            throw new IllegalStateException(
                    "instance "
                            + instance
                            + ": at "
                            + event.position()
                            + " the table "
                            + table.qualifiedName()
                            + " has "
                            + (names == null ? found + " columns" : "the columns " + names)
                            + ", but the job read its schema as "
                            + table.columns()
                            + ": it was altered in between. Schema changes are not carried yet: start"
                            + " the job anew, or from a position behind the change");
        }
    }
}
