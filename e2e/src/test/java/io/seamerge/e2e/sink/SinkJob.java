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
package io.seamerge.e2e.sink;

import io.seamerge.e2e.servers.PostgresServer;
import io.seamerge.postgres.PostgresMergeFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.common.JobContext;
import org.apache.seatunnel.api.common.metrics.AbstractMetricsContext;
import org.apache.seatunnel.api.common.metrics.MetricsContext;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.event.EventListener;
import org.apache.seatunnel.api.sink.SeaTunnelSink;
import org.apache.seatunnel.api.sink.SinkWriter;
import org.apache.seatunnel.api.sink.multitablesink.MultiTableSink;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.catalog.PrimaryKey;
import org.apache.seatunnel.api.table.catalog.TableIdentifier;
import org.apache.seatunnel.api.table.catalog.TablePath;
import org.apache.seatunnel.api.table.catalog.TableSchema;
import org.apache.seatunnel.api.table.factory.MultiTableFactoryContext;
import org.apache.seatunnel.api.table.factory.TableSinkFactory;
import org.apache.seatunnel.api.table.factory.TableSinkFactoryContext;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.api.table.type.SeaTunnelRowType;
import org.apache.seatunnel.common.constants.JobMode;

/**
 * One subtask of the sink as the engine drives it: through the real wrapper and its queue. Tables
 * are {@code shop.orders} (id bigint, name varchar(50), amount decimal(10,2)) and {@code
 * seamerge.control}, unless others are given.
 */
final class SinkJob implements AutoCloseable {

    static final String ORDERS = "shop.orders";

    private final SinkWriter<SeaTunnelRow, ?, ?> writer;

    private final Context context;

    private SinkJob(SinkWriter<SeaTunnelRow, ?, ?> writer, Context context) {
        this.writer = writer;
        this.context = context;
    }

    /** What the sink has counted under that name. */
    long metric(String name) {
        return context.metrics.counter(name).getCount();
    }

    /** Options that reach the server, under pipeline {@code test}. */
    static Map<String, Object> options(PostgresServer server) {
        Map<String, Object> options = new HashMap<>();
        options.put("url", server.jdbcUrl().replaceFirst("\\?.*", ""));
        options.put("username", server.user());
        options.put("password", server.password());
        options.put("pipeline", "test");
        return options;
    }

    static Map<String, Object> consolidated(PostgresServer server, String... sources) {
        Map<String, Object> options = options(server);
        options.put("shape", "consolidated");
        options.put("sources", Arrays.asList(sources));
        return options;
    }

    static SinkJob start(Map<String, Object> options) throws IOException {
        return start(options, orders(), control());
    }

    static SinkJob start(Map<String, Object> options, CatalogTable... tables) throws IOException {
        return start(new PostgresMergeFactory(), options, tables);
    }

    /** In a job that ends by itself. */
    static SinkJob startBounded(Map<String, Object> options) throws IOException {
        return start(new PostgresMergeFactory(), JobMode.BATCH, options, orders(), control());
    }

    static SinkJob start(
            TableSinkFactory factory, Map<String, Object> options, CatalogTable... tables)
            throws IOException {
        boolean verifies = "verify".equals(options.get("write_mode"));
        return start(factory, verifies ? JobMode.BATCH : JobMode.STREAMING, options, tables);
    }

    @SuppressWarnings({"rawtypes", "unchecked"})
    private static SinkJob start(
            TableSinkFactory factory,
            JobMode mode,
            Map<String, Object> options,
            CatalogTable... tables)
            throws IOException {
        ReadonlyConfig config = ReadonlyConfig.fromMap(options);
        ClassLoader loader = SinkJob.class.getClassLoader();
        Map<String, SeaTunnelSink> sinks = new LinkedHashMap<>();
        for (CatalogTable table : tables) {
            sinks.put(
                    table.getTablePath().toString(),
                    factory.createSink(new TableSinkFactoryContext(table, config, loader))
                            .createSink());
        }
        MultiTableSink sink =
                new MultiTableSink(new MultiTableFactoryContext(config, loader, sinks));
        sink.setJobContext(new JobContext().setJobMode(mode));
        Context context = new Context();
        return new SinkJob(sink.createWriter(context), context);
    }

    /** All that the sink has counted, in words. */
    List<String> metrics() {
        return List.of(context.metrics.toString());
    }

    SinkJob write(SeaTunnelRow... rows) throws IOException {
        for (SeaTunnelRow row : rows) {
            writer.write(row);
        }
        return this;
    }

    /**
     * A checkpoint's barrier. The wrapper may miss the row that it has polled and not yet handed
     * over (fault 7 of the engine), so this asks until two barriers in a row leave nothing behind.
     */
    SinkJob checkpoint() throws IOException {
        for (int i = 0; i < 3; i++) {
            writer.prepareCommit();
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
        writer.snapshotState(1);
        return this;
    }

    /** The last checkpoint of a bounded run. */
    SinkJob end() throws IOException {
        writer.snapshotState(Long.MAX_VALUE);
        return this;
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    static CatalogTable orders() {
        return table(
                ORDERS,
                List.of("id"),
                column("id", BasicType.LONG_TYPE, "bigint", false),
                column("name", BasicType.STRING_TYPE, "varchar(50)", true),
                column("amount", new DecimalType(10, 2), "decimal(10,2)", true));
    }

    static PhysicalColumn column(
            String name, SeaTunnelDataType<?> type, String sourceType, boolean nullable) {
        return new PhysicalColumn(
                name, type, null, null, nullable, null, null, sourceType, new HashMap<>());
    }

    /** A merged table with the metadata columns that rows of {@link Change} carry. */
    static CatalogTable table(String id, List<String> key, PhysicalColumn... columns) {
        TableSchema.Builder schema = TableSchema.builder();
        for (PhysicalColumn column : columns) {
            schema.column(column);
        }
        for (String name :
                List.of("_source_instance", "_source_database", "_source_table", "_operation")) {
            schema.column(column(name, BasicType.STRING_TYPE, null, true));
        }
        for (String name : List.of("_version_time", "_version_row", "_incarnation")) {
            schema.column(column(name, BasicType.LONG_TYPE, null, true));
        }
        schema.column(column("_snapshot", BasicType.BOOLEAN_TYPE, null, true));
        return finish(id, key, schema);
    }

    /** The same, whose source says how many of its tables could write one key. */
    static CatalogTable sharedBy(int sources, CatalogTable table) {
        return CatalogTable.of(
                table.getTableId(),
                table.getTableSchema(),
                Map.of("seamerge.sources-per-key", String.valueOf(sources)),
                new ArrayList<>(),
                null);
    }

    /** A table as any other source has it. */
    static CatalogTable plainTable(String id, List<String> key, PhysicalColumn... columns) {
        TableSchema.Builder schema = TableSchema.builder();
        for (PhysicalColumn column : columns) {
            schema.column(column);
        }
        return finish(id, key, schema);
    }

    private static CatalogTable finish(String id, List<String> key, TableSchema.Builder schema) {
        if (!key.isEmpty()) {
            schema.primaryKey(PrimaryKey.of("PRIMARY", key));
        }
        return CatalogTable.of(
                TableIdentifier.of("test", TablePath.of(id)),
                schema.build(),
                new HashMap<>(),
                new ArrayList<>(),
                null);
    }

    static CatalogTable control() {
        TableSchema.Builder schema = TableSchema.builder();
        for (String name : CONTROL) {
            boolean text =
                    !List.of(
                                    "incarnation",
                                    "version_time",
                                    "version_row",
                                    "commit_time",
                                    "caught_up_time",
                                    "rows_read",
                                    "rows_estimated")
                            .contains(name);
            schema.column(
                    column(name, text ? BasicType.STRING_TYPE : BasicType.LONG_TYPE, null, true));
        }
        return finish("seamerge.control", List.of("instance"), schema);
    }

    private static final List<String> CONTROL =
            List.of(
                    "instance",
                    "kind",
                    "incarnation",
                    "version_time",
                    "version_row",
                    "position",
                    "commit_time",
                    "caught_up_time",
                    "source_database",
                    "source_table",
                    "target_table",
                    "rows_read",
                    "rows_estimated",
                    "handoff",
                    "detail");

    /** The table of control rows where rows of other tables may come in blocks. */
    static CatalogTable controlWithBlocks() {
        TableSchema.Builder schema = TableSchema.builder();
        control().getTableSchema().getColumns().forEach(schema::column);
        schema.column(
                column(
                        "rows",
                        new SeaTunnelRowType(new String[0], new SeaTunnelDataType<?>[0]),
                        null,
                        true));
        return finish("seamerge.control", List.of("instance"), schema);
    }

    /**
     * Rows in a block.
     *
     * @param taken what the sink runs when it has taken them
     */
    static SeaTunnelRow block(String instance, Runnable taken, SeaTunnelRow... rows) {
        SeaTunnelRow block = withBlocks(new SeaTunnelRow(CONTROL.size()));
        block.setField(0, instance);
        block.setField(1, "rows");
        // As the engine does before a block has come to the sink.
        block.getBytesSize(controlWithBlocks().getSeaTunnelRowType());
        Object[] content = new Object[1 + rows.length];
        content[0] = taken;
        System.arraycopy(rows, 0, content, 1, rows.length);
        block.setField(CONTROL.size(), new SeaTunnelRow(content));
        return block;
    }

    /** A control row as it is where blocks may come. */
    static SeaTunnelRow withBlocks(SeaTunnelRow control) {
        SeaTunnelRow row = new SeaTunnelRow(Arrays.copyOf(control.getFields(), CONTROL.size() + 1));
        row.setTableId("seamerge.control");
        return row;
    }

    /** A control row; values by column name, the version in µs of the instance's clock. */
    static SeaTunnelRow control(String instance, String kind, long time, Object... namesAndValues) {
        SeaTunnelRow row = new SeaTunnelRow(CONTROL.size());
        row.setTableId("seamerge.control");
        row.setField(0, instance);
        row.setField(1, kind);
        row.setField(2, 1L);
        row.setField(3, time);
        row.setField(4, Long.MAX_VALUE);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            row.setField(CONTROL.indexOf((String) namesAndValues[i]), namesAndValues[i + 1]);
        }
        return row;
    }

    /** One change as MySQL-Merge-CDC sends it; the incarnation is 1 unless it is set. */
    static final class Change {

        private final String instance;
        private final long time;
        private long row = 1L << 32;
        private long incarnation = 1;

        private Change(String instance, long time) {
            this.instance = instance;
            this.time = time;
        }

        /** A change in the transaction of this version time. */
        static Change at(String instance, long time) {
            return new Change(instance, time);
        }

        /** The nth row of its transaction, from 0. */
        Change row(int n) {
            row = (1L << 32) + 2L * n;
            return this;
        }

        Change incarnation(long value) {
            incarnation = value;
            return this;
        }

        SeaTunnelRow insert(Object... fields) {
            return make(RowKind.INSERT, "insert", row + 1, fields);
        }

        SeaTunnelRow before(Object... fields) {
            return make(RowKind.UPDATE_BEFORE, "update", row, fields);
        }

        SeaTunnelRow update(Object... fields) {
            return make(RowKind.UPDATE_AFTER, "update", row + 1, fields);
        }

        SeaTunnelRow delete(Object... fields) {
            return make(RowKind.DELETE, "delete", row, fields);
        }

        private SeaTunnelRow make(RowKind kind, String operation, long number, Object... fields) {
            return SinkJob.row(
                    ORDERS, kind, fields, instance, operation, time, number, incarnation, false);
        }
    }

    static SeaTunnelRow snapshot(String instance, Object... fields) {
        return snapshotAsOf(instance, 0, fields);
    }

    /** A snapshot row that was emitted after the transaction of that version time. */
    static SeaTunnelRow snapshotAsOf(String instance, long time, Object... fields) {
        return row(ORDERS, RowKind.INSERT, fields, instance, "snapshot", time, 0, 1, true);
    }

    static SeaTunnelRow row(
            String tableId,
            RowKind kind,
            Object[] fields,
            String instance,
            String operation,
            long time,
            long number,
            long incarnation,
            boolean snapshot) {
        Object[] all = Arrays.copyOf(fields, fields.length + 8);
        Object[] metadata = {
            instance, "shop", "orders", operation, time, number, incarnation, snapshot
        };
        System.arraycopy(metadata, 0, all, fields.length, metadata.length);
        SeaTunnelRow row = new SeaTunnelRow(all);
        row.setTableId(tableId);
        row.setRowKind(kind);
        return row;
    }

    static BigDecimal amount(String text) {
        return new BigDecimal(text);
    }

    private static final class Context implements SinkWriter.Context {

        private static final long serialVersionUID = 1L;

        private final MetricsContext metrics = new AbstractMetricsContext() {};

        @Override
        public int getIndexOfSubtask() {
            return 0;
        }

        @Override
        public MetricsContext getMetricsContext() {
            return metrics;
        }

        @Override
        public EventListener getEventListener() {
            return event -> {};
        }
    }
}
