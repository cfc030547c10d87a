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
package io.seamerge.mysql.config;

import static io.seamerge.mysql.config.RawOptions.keys;
import static io.seamerge.mysql.config.RawOptions.pattern;
import static io.seamerge.mysql.config.RawOptions.text;
import static io.seamerge.mysql.config.RawOptions.texts;
import static io.seamerge.mysql.config.RawOptions.unknownKeys;

import io.seamerge.mysql.MySqlMergeOptions;
import io.seamerge.mysql.type.UnfaithfulValues;
import io.seamerge.mysql.wire.MetadataColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/**
 * The source's configuration, parsed once. Immutable. {@link #parse} reports all problems together.
 */
public final class SourceConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final Set<String> RESNAPSHOT_KEYS = keys("id", "tables");
    private static final Set<String> HANDOFF_KEYS =
            keys("name", "url", "username", "password", "password-file", "folder");

    private final List<InstanceConfig> instances;
    private final String schemaFile;
    private final List<RouteConfig> routes;
    private final HandoffConfig handoff;
    private final Forget forget;
    private final MetadataColumns metadataColumns;
    private final UnfaithfulValues unfaithfulValues;
    private final boolean controlRows;
    private final boolean packedRows;
    private final boolean updateBefore;
    private final int snapshotParallelism;
    private final long snapshotMaxRowsPerSecond;
    private final long snapshotMaxBytesPerSecond;
    private final KeylessTables keylessTables;
    private final ResnapshotConfig resnapshot;
    private final int chunkRows;
    private final int chunkBytes;
    private final WithoutGtid withoutGtid;
    private final CascadePolicy foreignKeyCascades;
    private final int heartbeatIntervalMs;
    private final int connectTimeoutMs;
    private final int readTimeoutMs;
    private final int reconnectBackoffMaxMs;
    private final long instanceFailureTimeoutMs;
    private final long successorTimeoutMs;
    private final long maxClockSkewMs;
    private final int queueBytes;
    private final int rowSettleMs;

    private SourceConfig(ReadonlyConfig options, Problems problems) {
        this.instances = InstanceOptions.parse(options, problems);
        this.schemaFile = options.getOptional(MySqlMergeOptions.SCHEMA_FILE).orElse(null);
        this.routes = RouteOptions.parse(options, problems);
        this.handoff = handoff(options, options.get(MySqlMergeOptions.STARTUP_MODE), problems);
        this.forget = forget(options, problems);
        this.metadataColumns =
                MetadataColumns.parse(options.get(MySqlMergeOptions.METADATA_COLUMNS), problems);
        this.unfaithfulValues =
                UnfaithfulValues.parse(options.get(MySqlMergeOptions.UNFAITHFUL_VALUES), problems);
        this.controlRows = options.get(MySqlMergeOptions.CONTROL_ROWS);
        this.packedRows = options.get(MySqlMergeOptions.PACKED_ROWS);
        if (packedRows && !controlRows) {
            problems.add(
                    "packed-rows = true needs control-rows = true: blocks of rows pass as rows of"
                            + " the control table");
        }
        this.updateBefore = options.get(MySqlMergeOptions.UPDATE_BEFORE);
        this.snapshotParallelism =
                atLeast(1, options, MySqlMergeOptions.SNAPSHOT_PARALLELISM, problems);
        this.snapshotMaxRowsPerSecond =
                notNegative(options, MySqlMergeOptions.SNAPSHOT_MAX_ROWS_PER_SECOND, problems);
        this.snapshotMaxBytesPerSecond =
                notNegative(options, MySqlMergeOptions.SNAPSHOT_MAX_BYTES_PER_SECOND, problems);
        this.keylessTables = options.get(MySqlMergeOptions.SNAPSHOT_KEYLESS);
        this.resnapshot = resnapshot(options, problems);
        this.chunkRows = atLeast(1, options, MySqlMergeOptions.SNAPSHOT_CHUNK_ROWS, problems);
        this.chunkBytes = atLeast(1, options, MySqlMergeOptions.SNAPSHOT_CHUNK_BYTES, problems);
        this.withoutGtid = options.get(MySqlMergeOptions.SNAPSHOT_WITHOUT_GTID);
        this.foreignKeyCascades = options.get(MySqlMergeOptions.FOREIGN_KEY_CASCADES);
        this.heartbeatIntervalMs =
                atLeast(50, options, MySqlMergeOptions.HEARTBEAT_INTERVAL_MS, problems);
        this.connectTimeoutMs =
                atLeast(100, options, MySqlMergeOptions.CONNECT_TIMEOUT_MS, problems);
        this.readTimeoutMs = atLeast(1_000, options, MySqlMergeOptions.READ_TIMEOUT_MS, problems);
        this.reconnectBackoffMaxMs =
                atLeast(200, options, MySqlMergeOptions.RECONNECT_BACKOFF_MAX_MS, problems);
        this.instanceFailureTimeoutMs = options.get(MySqlMergeOptions.INSTANCE_FAILURE_TIMEOUT_MS);
        if (instanceFailureTimeoutMs < 0) {
            problems.add("instance-failure-timeout-ms must not be negative");
        }
        this.successorTimeoutMs = options.get(MySqlMergeOptions.SUCCESSOR_TIMEOUT_MS);
        if (successorTimeoutMs < 0) {
            problems.add("successor-timeout-ms must not be negative");
        }
        this.maxClockSkewMs = options.get(MySqlMergeOptions.MAX_CLOCK_SKEW_MS);
        if (maxClockSkewMs < 0) {
            problems.add("max-clock-skew-ms must not be negative");
        }
        this.queueBytes = atLeast(1 << 16, options, MySqlMergeOptions.QUEUE_BYTES, problems);
        this.rowSettleMs = atLeast(0, options, MySqlMergeOptions.ROW_SETTLE_MS, problems);
    }

    /**
     * @throws IllegalArgumentException naming every problem that the options show by themselves
     */
    public static SourceConfig parse(ReadonlyConfig options) {
        Problems problems = new Problems();
        SourceConfig config = new SourceConfig(options, problems);
        problems.throwIfAny("MySQL-Merge-CDC cannot start with these options");
        return config;
    }

    private static HandoffConfig handoff(
            ReadonlyConfig options, StartupMode startupMode, Problems problems) {
        Map<String, Object> raw = options.get(MySqlMergeOptions.HANDOFF);
        boolean wanted = startupMode == StartupMode.HANDOFF;
        if (raw.isEmpty()) {
            if (wanted) {
                problems.add(
                        "startup.mode = handoff needs handoff = { name, url, username, password }, or"
                                + " { name, folder }");
            }
            return null;
        }
        unknownKeys(raw, HANDOFF_KEYS, "handoff", problems);
        if (text(raw, "name") == null) {
            problems.add("handoff: name is missing");
        }
        String folder = text(raw, "folder");
        if (wanted && text(raw, "url") == null && folder == null) {
            problems.add(
                    "handoff: url is missing, the JDBC URL of the target database that holds it; or"
                            + " folder, where a backfill into another sink has left it");
        }
        if (folder != null && text(raw, "url") != null) {
            problems.add("handoff: it is either in a database (url) or in a folder: name one");
        }
        if (folder != null
                && text(raw, "name") != null
                && !text(raw, "name").matches("[A-Za-z0-9_-]{1,64}")) {
            problems.add(
                    "handoff: in a folder its name must be 1 to 64 letters, digits, '_', '-': current"
                            + " name = %s",
                    text(raw, "name"));
        }
        return new HandoffConfig(
                text(raw, "name"),
                folder,
                text(raw, "url"),
                text(raw, "username"),
                text(raw, "password"),
                text(raw, "password-file"));
    }

    private static Forget forget(ReadonlyConfig options, Problems problems) {
        List<Pattern> names = new ArrayList<>();
        for (String name : options.get(MySqlMergeOptions.FORGET)) {
            names.add(pattern(name, "forget", problems));
        }
        return new Forget(Collections.unmodifiableList(names));
    }

    private static ResnapshotConfig resnapshot(ReadonlyConfig options, Problems problems) {
        Map<String, Object> raw = options.get(MySqlMergeOptions.RESNAPSHOT);
        if (raw.isEmpty()) {
            return ResnapshotConfig.NONE;
        }
        unknownKeys(raw, RESNAPSHOT_KEYS, "resnapshot", problems);
        if (text(raw, "id") == null) {
            problems.add(
                    "resnapshot: id is missing: a text that tells this request from earlier ones");
        }
        if (texts(raw, "tables").isEmpty()) {
            problems.add(
                    "resnapshot: tables is missing: regular expressions on instance:database.table");
        }
        List<Pattern> tables = new ArrayList<>();
        for (String table : texts(raw, "tables")) {
            tables.add(pattern(table, "resnapshot: tables", problems));
        }
        return new ResnapshotConfig(text(raw, "id"), tables);
    }

    private static int atLeast(
            int least,
            ReadonlyConfig options,
            org.apache.seatunnel.api.configuration.Option<Integer> option,
            Problems problems) {
        int value = options.get(option);
        if (value < least) {
            problems.add("%s must be at least %d: current value = %d", option.key(), least, value);
        }
        return value;
    }

    private static long notNegative(
            ReadonlyConfig options,
            org.apache.seatunnel.api.configuration.Option<Long> option,
            Problems problems) {
        long value = options.get(option);
        if (value < 0) {
            problems.add("%s must not be negative: current value = %d", option.key(), value);
        }
        return value;
    }

    /** In the order of the job file. */
    public List<InstanceConfig> instances() {
        return instances;
    }

    /**
     * @throws IllegalArgumentException if there is no such instance
     */
    public InstanceConfig instance(String name) {
        for (InstanceConfig instance : instances) {
            if (instance.name().equals(name)) {
                return instance;
            }
        }
        throw new IllegalArgumentException("the job file has no instance '" + name + "'");
    }

    /** Keeps the schemas that instances were last found with; null if the job has none. */
    public String schemaFile() {
        return schemaFile;
    }

    public List<RouteConfig> routes() {
        return routes;
    }

    /** Null if the job names none. */
    public HandoffConfig handoff() {
        return handoff;
    }

    /** The folder that holds the handoff; null if there is none, or if the sink keeps it. */
    public String handoffFolder() {
        return handoff == null ? null : handoff.folder();
    }

    /** What may be missing although the restored state holds it. */
    public Forget forget() {
        return forget;
    }

    /** The instances that begin where a backfill ended. */
    public Set<String> handedOver() {
        Set<String> names = new LinkedHashSet<>();
        for (InstanceConfig instance : instances) {
            if (instance.startup().mode() == StartupMode.HANDOFF) {
                names.add(instance.name());
            }
        }
        return names;
    }

    public MetadataColumns metadataColumns() {
        return metadataColumns;
    }

    /** What becomes of values that have no equal. */
    public UnfaithfulValues unfaithfulValues() {
        return unfaithfulValues;
    }

    public boolean controlRows() {
        return controlRows;
    }

    /** Whether rows pass the engine in blocks. */
    public boolean packedRows() {
        return packedRows;
    }

    /** Whether updates go out with the row as it was. */
    public boolean updateBefore() {
        return updateBefore;
    }

    public int snapshotParallelism() {
        return snapshotParallelism;
    }

    /** Per instance; 0: no limit. */
    public long snapshotMaxRowsPerSecond() {
        return snapshotMaxRowsPerSecond;
    }

    /** Per instance; 0: no limit. */
    public long snapshotMaxBytesPerSecond() {
        return snapshotMaxBytesPerSecond;
    }

    public KeylessTables keylessTables() {
        return keylessTables;
    }

    public ResnapshotConfig resnapshot() {
        return resnapshot;
    }

    public int chunkRows() {
        return chunkRows;
    }

    public int chunkBytes() {
        return chunkBytes;
    }

    public WithoutGtid withoutGtid() {
        return withoutGtid;
    }

    public CascadePolicy foreignKeyCascades() {
        return foreignKeyCascades;
    }

    public int heartbeatIntervalMs() {
        return heartbeatIntervalMs;
    }

    public int connectTimeoutMs() {
        return connectTimeoutMs;
    }

    public int readTimeoutMs() {
        return readTimeoutMs;
    }

    public int reconnectBackoffMaxMs() {
        return reconnectBackoffMaxMs;
    }

    /** 0: never. */
    public long instanceFailureTimeoutMs() {
        return instanceFailureTimeoutMs;
    }

    /** How long a host may lack what was read, without getting any of it. */
    public long successorTimeoutMs() {
        return successorTimeoutMs;
    }

    public long maxClockSkewMs() {
        return maxClockSkewMs;
    }

    public int queueBytes() {
        return queueBytes;
    }

    public int rowSettleMs() {
        return rowSettleMs;
    }
}
