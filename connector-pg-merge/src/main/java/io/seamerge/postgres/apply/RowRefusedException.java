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
package io.seamerge.postgres.apply;

import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.target.TargetTable;

/** A row that cannot be stored, found before PostgreSQL saw it. */
final class RowRefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient TargetTable table;
    private final transient Change change;

    RowRefusedException(TargetTable table, Change change, String message, Throwable cause) {
        super(message, cause);
        this.table = table;
        this.change = change;
    }

    TargetTable table() {
        return table;
    }

    Change change() {
        return change;
    }
}
