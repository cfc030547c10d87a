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

import com.google.auto.service.AutoService;
import io.seamerge.postgres.config.MergeConfig;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.util.OptionRule;
import org.apache.seatunnel.api.sink.SinkCommonOptions;
import org.apache.seatunnel.api.table.connector.TableSink;
import org.apache.seatunnel.api.table.factory.Factory;
import org.apache.seatunnel.api.table.factory.TableSinkFactory;
import org.apache.seatunnel.api.table.factory.TableSinkFactoryContext;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/** How SeaTunnel finds {@code Postgres-Merge}. */
@AutoService(Factory.class)
public final class PostgresMergeFactory
        implements TableSinkFactory<SeaTunnelRow, Void, Void, Void> {

    static final String IDENTIFIER = "Postgres-Merge";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public OptionRule optionRule() {
        OptionRule.Builder rule = OptionRule.builder();
        for (Option<?> option : PostgresMergeOptions.required()) {
            rule.required(option);
        }
        for (Option<?> option : PostgresMergeOptions.optional()) {
            rule.optional(option);
        }
        return rule.optional(SinkCommonOptions.MULTI_TABLE_SINK_REPLICA).build();
    }

    @Override
    public TableSink<SeaTunnelRow, Void, Void, Void> createSink(TableSinkFactoryContext context) {
        return () ->
                new PostgresMergeSink(
                        MergeConfig.parse(context.getOptions()), context.getCatalogTable());
    }
}
