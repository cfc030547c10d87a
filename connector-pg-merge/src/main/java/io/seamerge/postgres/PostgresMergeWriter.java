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
package io.seamerge.postgres;

import io.seamerge.postgres.apply.Applier;
import io.seamerge.postgres.apply.RowSink;
import io.seamerge.postgres.apply.Verifier;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.WriteMode;
import io.seamerge.postgres.wire.RowBlock;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.apache.seatunnel.api.sink.MultiTableResourceManager;
import org.apache.seatunnel.api.sink.SinkWriter;
import org.apache.seatunnel.api.sink.SupportMultiTableSinkWriter;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.event.SchemaChangeEvent;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/**
 * One table's entry to the applier that it shares with the other tables of its subtask. Keeps no
 * state of its own: what was applied stands in PostgreSQL.
 */
public final class PostgresMergeWriter
        implements SinkWriter<SeaTunnelRow, Void, Void>, SupportMultiTableSinkWriter<RowSink> {

    /** The id of the checkpoint that a bounded job ends with. */
    private static final long FINAL_CHECKPOINT = Long.MAX_VALUE;

    private final MergeConfig config;
    private final CatalogTable table;
    private final String tableId;
    private final int subtask;
    private final boolean bounded;
    private final MetricsContext metrics;

    /** Where rows of this table hold rows of others; -1 if none does. */
    private final int blockPlace;

    private RowSink rows;

    PostgresMergeWriter(
            MergeConfig config,
            CatalogTable table,
            int subtask,
            boolean bounded,
            MetricsContext metrics) {
        this.bounded = bounded;
        this.metrics = metrics;
        this.config = config;
        this.table = table;
        this.tableId = table.getTablePath().toString();
        this.subtask = subtask;
        this.blockPlace = RowBlock.placeIn(table);
    }

    @Override
    public MultiTableResourceManager<RowSink> initMultiTableResourceManager(
            int tableSize, int queueSize) {
        if (queueSize != 1) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "multi_table_sink_replica must be 1, since several queues would lose the order of rows: found "
                            + queueSize
                            + ". Use write_parallelism to write in parallel");
        }
        RowSink shared =
                config.writeMode() == WriteMode.VERIFY
                        ? new Verifier(config, tableSize)
                        : new Applier(config, subtask, tableSize, bounded, metrics);
        return new SharedRows(shared);
    }

    @Override
    public void setMultiTableResourceManager(
            MultiTableResourceManager<RowSink> manager, int queueIndex) {
        rows =
                manager.getSharedResource()
                        .orElseThrow(
                                () ->
                                        new PostgresMergeException(
                                                PostgresMergeException.Code.CONFIGURATION,
                                                "The engine gave no shared applier to the writer of "
                                                        + tableId));
        try {
            rows.register(table);
        } catch (RuntimeException e) {
            rows.close();
            throw e;
        }
    }

    @Override
    public void write(SeaTunnelRow row) {
        RowBlock block = blockPlace < 0 ? null : RowBlock.of(row, blockPlace);
        if (block == null) {
            rows.write(tableId, row);
        } else {
            try {
                rows.write(block.rows());
            } finally {
                block.taken();
            }
        }
    }

    @Override
    public void applySchemaChange(SchemaChangeEvent event) {
        throw new PostgresMergeException(
                PostgresMergeException.Code.WIRE,
                "Table "
                        + event.tablePath()
                        + " was altered at the source ("
                        + event.getClass().getSimpleName()
                        + "), which this release does not carry over. Alter the table in PostgreSQL, and start the job"
                        + " with the new schema");
    }

    @Override
    public Optional<Void> prepareCommit() {
        rows.commit();
        return Optional.empty();
    }

    @Override
    public List<Void> snapshotState(long checkpointId) {
        if (checkpointId == FINAL_CHECKPOINT) {
            rows.finish();
        }
        return Collections.emptyList();
    }

    @Override
    public void abortPrepare() {
        // prepareCommit prepares nothing that would have to be undone.
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
        }
    }

    private static final class SharedRows implements MultiTableResourceManager<RowSink> {

        private final RowSink rows;

        SharedRows(RowSink rows) {
            this.rows = rows;
        }

        @Override
        public Optional<RowSink> getSharedResource() {
            return Optional.of(rows);
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
