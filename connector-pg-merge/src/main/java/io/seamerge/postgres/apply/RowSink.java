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

import java.util.List;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/**
 * Takes the rows of all tables of one sink subtask, in the order in which they come. Thread-safe.
 */
public interface RowSink extends AutoCloseable {

    /** Takes a table into account; all are known before the first row. */
    void register(CatalogTable table);

    /** Takes a row of a table, or a control row. */
    void write(String tableId, SeaTunnelRow row);

    /** Takes rows of tables, each with its table's id, as if they came one by one. */
    void write(List<SeaTunnelRow> rows);

    /** Returns when all rows so far are done with. */
    void commit();

    /** Called once nothing comes any more, after {@link #commit()}. */
    void finish();

    @Override
    void close();
}
