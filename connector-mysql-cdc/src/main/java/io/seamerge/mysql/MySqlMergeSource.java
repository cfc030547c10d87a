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
package io.seamerge.mysql;

import io.seamerge.mysql.catalog.Catalog;
import io.seamerge.mysql.catalog.MergedTable;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.Problems;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.config.StartupMode;
import io.seamerge.mysql.source.EnumeratorState;
import io.seamerge.mysql.source.InstanceEnumerator;
import io.seamerge.mysql.source.InstanceSplit;
import io.seamerge.mysql.source.InstanceSplitSerializer;
import io.seamerge.mysql.source.MergeReader;
import io.seamerge.mysql.wire.ControlTable;
import java.util.ArrayList;
import java.util.List;
import org.apache.seatunnel.api.common.JobContext;
import org.apache.seatunnel.api.serialization.Serializer;
import org.apache.seatunnel.api.source.Boundedness;
import org.apache.seatunnel.api.source.SeaTunnelSource;
import org.apache.seatunnel.api.source.SourceReader;
import org.apache.seatunnel.api.source.SourceSplitEnumerator;
import org.apache.seatunnel.api.source.SupportParallelism;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;

/**
 * {@code MySQL-Merge-CDC}: reads several MySQL servers, snapshot and binlog, as one change stream
 * of merged tables. Per key and source the rows are in order; docs/MySQL-Merge-CDC.md says the
 * rest.
 */
public final class MySqlMergeSource
        implements SeaTunnelSource<SeaTunnelRow, InstanceSplit, EnumeratorState>,
                SupportParallelism {

    private static final long serialVersionUID = 1L;

    private final SourceConfig config;
    private final Catalog catalog;
    private JobContext jobContext;

    MySqlMergeSource(SourceConfig config, Catalog catalog) {
        this.config = config;
        this.catalog = catalog;
    }

    @Override
    public String getPluginName() {
        return MySqlMergeFactory.IDENTIFIER;
    }

    @Override
    public void setJobContext(JobContext jobContext) {
        this.jobContext = jobContext;
        Problems problems = new Problems();
        for (InstanceConfig instance : config.instances()) {
            StartupMode mode = instance.startup().mode();
            if (jobContext.getJobMode() == JobMode.BATCH
                    && (mode == StartupMode.LATEST || mode == StartupMode.HANDOFF)) {
                problems.add(
                        "instance %s: a job with job.mode = BATCH reads what is there already: its"
                                + " startup.mode must be initial, snapshot, earliest, timestamp or"
                                + " specific: current startup.mode = %s",
                        instance.name(), mode);
            }
        }
        problems.throwIfAny("MySQL-Merge-CDC cannot start with these options");
    }

    @Override
    public Boundedness getBoundedness() {
        return jobContext != null && jobContext.getJobMode() == JobMode.BATCH || endsByItself()
                ? Boundedness.BOUNDED
                : Boundedness.UNBOUNDED;
    }

    private boolean endsByItself() {
        for (InstanceConfig instance : config.instances()) {
            if (instance.startup().mode() != StartupMode.SNAPSHOT) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<CatalogTable> getProducedCatalogTables() {
        List<CatalogTable> tables = new ArrayList<>();
        for (MergedTable table : catalog.mergedTables()) {
            tables.add(table.catalogTable(config.metadataColumns()));
        }
        if (config.controlRows()) {
            tables.add(ControlTable.catalogTable(config.packedRows()));
        }
        return tables;
    }

    @Override
    public SourceReader<SeaTunnelRow, InstanceSplit> createReader(SourceReader.Context context) {
        return new MergeReader(config, catalog, context);
    }

    @Override
    public Serializer<InstanceSplit> getSplitSerializer() {
        return new InstanceSplitSerializer();
    }

    @Override
    public SourceSplitEnumerator<InstanceSplit, EnumeratorState> createEnumerator(
            SourceSplitEnumerator.Context<InstanceSplit> context) {
        return new InstanceEnumerator(context, config);
    }

    @Override
    public SourceSplitEnumerator<InstanceSplit, EnumeratorState> restoreEnumerator(
            SourceSplitEnumerator.Context<InstanceSplit> context, EnumeratorState state)
            throws Exception {
        return new InstanceEnumerator(context, config, state);
    }
}
