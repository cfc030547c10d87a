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

import com.google.auto.service.AutoService;
import io.seamerge.mysql.catalog.SchemaDiscovery;
import io.seamerge.mysql.config.SourceConfig;
import java.io.Serializable;
import org.apache.seatunnel.api.configuration.util.OptionRule;
import org.apache.seatunnel.api.source.SeaTunnelSource;
import org.apache.seatunnel.api.source.SourceSplit;
import org.apache.seatunnel.api.table.connector.TableSource;
import org.apache.seatunnel.api.table.factory.Factory;
import org.apache.seatunnel.api.table.factory.TableSourceFactory;
import org.apache.seatunnel.api.table.factory.TableSourceFactoryContext;

/** Makes {@code MySQL-Merge-CDC} known to SeaTunnel. */
@AutoService(Factory.class)
public final class MySqlMergeFactory implements TableSourceFactory {

    /** The name of the source in a job file. */
    public static final String IDENTIFIER = "MySQL-Merge-CDC";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public OptionRule optionRule() {
        return OptionRule.builder()
                .required(MySqlMergeOptions.INSTANCES)
                .optional(
                        MySqlMergeOptions.USERNAME,
                        MySqlMergeOptions.PASSWORD,
                        MySqlMergeOptions.PASSWORD_FILE,
                        MySqlMergeOptions.SSL_MODE,
                        MySqlMergeOptions.SSL_CA,
                        MySqlMergeOptions.SSL_TRUSTSTORE,
                        MySqlMergeOptions.SSL_TRUSTSTORE_PASSWORD,
                        MySqlMergeOptions.SERVER_ID,
                        MySqlMergeOptions.MAY_BE_ABSENT,
                        MySqlMergeOptions.SCHEMA_FILE,
                        MySqlMergeOptions.TABLES,
                        MySqlMergeOptions.ROUTES,
                        MySqlMergeOptions.STARTUP_MODE,
                        MySqlMergeOptions.STARTUP_TIMESTAMP_MS,
                        MySqlMergeOptions.STARTUP_POSITION,
                        MySqlMergeOptions.STARTUP_GTID_SET,
                        MySqlMergeOptions.METADATA_COLUMNS,
                        MySqlMergeOptions.UNFAITHFUL_VALUES,
                        MySqlMergeOptions.CONTROL_ROWS,
                        MySqlMergeOptions.PACKED_ROWS,
                        MySqlMergeOptions.UPDATE_BEFORE,
                        MySqlMergeOptions.SNAPSHOT_PARALLELISM,
                        MySqlMergeOptions.SNAPSHOT_MAX_ROWS_PER_SECOND,
                        MySqlMergeOptions.SNAPSHOT_MAX_BYTES_PER_SECOND,
                        MySqlMergeOptions.SNAPSHOT_KEYLESS,
                        MySqlMergeOptions.RESNAPSHOT,
                        MySqlMergeOptions.SNAPSHOT_CHUNK_ROWS,
                        MySqlMergeOptions.SNAPSHOT_CHUNK_BYTES,
                        MySqlMergeOptions.SNAPSHOT_WITHOUT_GTID,
                        MySqlMergeOptions.FOREIGN_KEY_CASCADES,
                        MySqlMergeOptions.HEARTBEAT_INTERVAL_MS,
                        MySqlMergeOptions.CONNECT_TIMEOUT_MS,
                        MySqlMergeOptions.READ_TIMEOUT_MS,
                        MySqlMergeOptions.RECONNECT_BACKOFF_MAX_MS,
                        MySqlMergeOptions.INSTANCE_FAILURE_TIMEOUT_MS,
                        MySqlMergeOptions.SUCCESSOR_TIMEOUT_MS,
                        MySqlMergeOptions.MAX_CLOCK_SKEW_MS,
                        MySqlMergeOptions.QUEUE_BYTES,
                        MySqlMergeOptions.ROW_SETTLE_MS,
                        MySqlMergeOptions.HANDOFF,
                        MySqlMergeOptions.FORGET)
                .build();
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T, SplitT extends SourceSplit, StateT extends Serializable>
            TableSource<T, SplitT, StateT> createSource(TableSourceFactoryContext context) {
        return () -> {
            SourceConfig config = SourceConfig.parse(context.getOptions());
            return (SeaTunnelSource<T, SplitT, StateT>)
                    new MySqlMergeSource(config, new SchemaDiscovery(config).discover());
        };
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Class<? extends SeaTunnelSource> getSourceClass() {
        return MySqlMergeSource.class;
    }
}
