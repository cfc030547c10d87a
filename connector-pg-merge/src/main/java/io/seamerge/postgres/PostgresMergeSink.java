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

import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.WriteMode;
import org.apache.seatunnel.api.common.JobContext;
import org.apache.seatunnel.api.sink.SeaTunnelSink;
import org.apache.seatunnel.api.sink.SinkWriter;
import org.apache.seatunnel.api.sink.SupportMultiTableSink;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;

/** Applies the changes of merged tables to PostgreSQL; see docs/Postgres-Merge.md. */
public final class PostgresMergeSink
        implements SeaTunnelSink<SeaTunnelRow, Void, Void, Void>, SupportMultiTableSink {

    private static final long serialVersionUID = 1L;

    private final MergeConfig config;
    private final CatalogTable table;
    private boolean bounded;

    PostgresMergeSink(MergeConfig config, CatalogTable table) {
        this.config = config;
        this.table = table;
    }

    @Override
    public String getPluginName() {
        return PostgresMergeFactory.IDENTIFIER;
    }

    @Override
    public void setJobContext(JobContext context) {
        if (config.writeMode() == WriteMode.VERIFY && context.getJobMode() != JobMode.BATCH) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "write_mode = verify needs a run that ends: set job.mode = BATCH in env, found "
                            + context.getJobMode());
        }
        bounded = context.getJobMode() == JobMode.BATCH;
    }

    @Override
    public SinkWriter<SeaTunnelRow, Void, Void> createWriter(SinkWriter.Context context) {
        if (config.writeMode() == WriteMode.VERIFY && context.getNumberOfParallelSubtasks() > 1) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "write_mode = verify sees all rows in one place: set parallelism = 1 in env, found "
                            + context.getNumberOfParallelSubtasks());
        }
        return new PostgresMergeWriter(
                config, table, context.getIndexOfSubtask(), bounded, context.getMetricsContext());
    }
}
