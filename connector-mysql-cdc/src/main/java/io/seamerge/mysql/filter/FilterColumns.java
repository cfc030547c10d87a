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
package io.seamerge.mysql.filter;

import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/** The columns that a filter can name. */
public interface FilterColumns {

    /**
     * Where the column stands in the rows that the filter will see; -1: there is no such column.
     */
    int place(String column);

    /** The type of a column that is there. */
    SeaTunnelDataType<?> type(String column);
}
