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

import java.util.AbstractList;
import java.util.List;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/** Rows of other tables that came as one row of the control table, as docs/wire.md defines it. */
public final class RowBlock {

    private static final String COLUMN = "rows";

    private final SeaTunnelRow content;

    private RowBlock(SeaTunnelRow content) {
        this.content = content;
    }

    /** Where the rows of a table hold blocks; -1 if it is not the control table, or has none. */
    public static int placeIn(CatalogTable table) {
        return table.getTablePath().toString().equals(ControlRow.TABLE_ID)
                ? table.getSeaTunnelRowType().indexOf(COLUMN, false)
                : -1;
    }

    /**
     * The block that a row of the control table is; null if it is another one.
     *
     * @param place as {@link #placeIn} says
     */
    public static RowBlock of(SeaTunnelRow row, int place) {
        Object content = row.getField(place);
        return content == null ? null : new RowBlock((SeaTunnelRow) content);
    }

    /** The rows, each of its own table, in their order. */
    public List<SeaTunnelRow> rows() {
        Object[] fields = content.getFields();
        return new AbstractList<SeaTunnelRow>() {
            @Override
            public SeaTunnelRow get(int index) {
                return (SeaTunnelRow) fields[1 + index];
            }

            @Override
            public int size() {
                return fields.length - 1;
            }
        };
    }

    /**
     * Tells the source that the rows are off its hands, which bounds what is on its way; also if
     * they could not be taken, which ends the job.
     */
    public void taken() {
        ((Runnable) content.getField(0)).run();
    }
}
