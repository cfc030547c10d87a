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

import io.seamerge.mysql.MySqlMergeOptions;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.filter.Filter;
import io.seamerge.mysql.filter.FilterException;
import io.seamerge.mysql.tls.Tls;
import io.seamerge.mysql.type.UnfaithfulValues;
import io.seamerge.mysql.wire.MetadataColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/**
 * The source's configuration, parsed once. Immutable. {@link #parse} reports all problems together.
 */
public final class SourceConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final Set<String> INSTANCE_KEYS =
            keys(
                    "name",
                    "hosts",
                    "username",
                    "password",
                    "password-file",
                    "ssl-mode",
                    "ssl-ca",
                    "ssl-truststore",
                    "ssl-truststore-password",
                    "server-id",
                    "may-be-absent",
                    "startup.mode",
                    "startup.timestamp-ms",
                    "startup.position",
                    "startup.gtid-set");
    private static final Set<String> ROUTE_KEYS =
            keys(
                    "instances",
                    "databases",
                    "tables",
                    "target",
                    "key",
                    "columns",
                    "exclude-columns",
                    "rename",
                    "filter");
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
        this.instances = instances(options, problems);
        this.schemaFile = options.getOptional(MySqlMergeOptions.SCHEMA_FILE).orElse(null);
        this.routes = routes(options, problems);
        this.handoff = handoff(options, options.get(MySqlMergeOptions.STARTUP_MODE), problems);
        this.forget = forget(options, problems);
        this.metadataColumns =
                MetadataColumns.parse(options.get(MySqlMergeOptions.METADATA_COLUMNS), problems);
        this.unfaithfulValues =
                UnfaithfulValues.parse(options.get(MySqlMergeOptions.UNFAITHFUL_VALUES), problems);
        this.controlRows = options.get(MySqlMergeOptions.CONTROL_ROWS);
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

    private static List<InstanceConfig> instances(ReadonlyConfig options, Problems problems) {
        List<Map<String, Object>> list =
                options.getOptional(MySqlMergeOptions.INSTANCES).orElse(Collections.emptyList());
        if (list.isEmpty()) {
            problems.add(
                    "instances is empty: name at least one { name = …, hosts = [\"host:port\"] }");
        }
        Map<String, InstanceConfig> byName = new LinkedHashMap<>();
        int number = 0;
        for (Map<String, Object> nested : list) {
            number++;
            Map<String, Object> raw = flat(nested);
            String name = text(raw, "name");
            String where = "instance " + (name == null ? "number " + number : "'" + name + "'");
            unknownKeys(raw, INSTANCE_KEYS, where, problems);
            if (name == null || !name.matches("[A-Za-z0-9_.-]{1,64}")) {
                problems.add(
                        "%s: name must be 1 to 64 letters, digits, '_', '.', '-': current name = %s",
                        where, name);
                continue;
            }
            List<HostAndPort> hosts = new ArrayList<>();
            for (String host : texts(raw, "hosts")) {
                try {
                    hosts.add(HostAndPort.parse(host));
                } catch (IllegalArgumentException e) {
                    problems.add("%s: hosts: %s", where, e.getMessage());
                }
            }
            if (texts(raw, "hosts").isEmpty()) {
                problems.add("%s: hosts must name at least one \"host:port\"", where);
            }
            String username = orElse(text(raw, "username"), options, MySqlMergeOptions.USERNAME);
            String password = text(raw, "password");
            String passwordFile = text(raw, "password-file");
            if (password != null && passwordFile != null) {
                problems.add("%s: give password or password-file, not both", where);
            }
            if (password == null && passwordFile == null) {
                password = options.getOptional(MySqlMergeOptions.PASSWORD).orElse(null);
                passwordFile = options.getOptional(MySqlMergeOptions.PASSWORD_FILE).orElse(null);
                if (password != null && passwordFile != null) {
                    passwordFile = null;
                    problems.add("give password or password-file as the default, not both");
                }
            }
            if (username == null) {
                problems.add("%s: username is missing, here and as the default", where);
            }
            if (password == null && passwordFile == null) {
                problems.add(
                        "%s: password (or password-file) is missing, here and as the default",
                        where);
            }
            Tls tls = tls(raw, where, options, problems);
            ServerIds serverIds = ServerIds.unlikelyInUse();
            String ids = orElse(text(raw, "server-id"), options, MySqlMergeOptions.SERVER_ID);
            if (ids != null) {
                try {
                    serverIds = ServerIds.parse(ids);
                } catch (IllegalArgumentException e) {
                    problems.add("%s: server-id: %s", where, e.getMessage());
                }
            }
            if (byName.put(
                            name,
                            new InstanceConfig(
                                    name,
                                    hosts,
                                    username,
                                    password,
                                    passwordFile,
                                    tls,
                                    serverIds,
                                    mayBeAbsent(raw, where, options, problems),
                                    startup(raw, options, list.size(), where, problems)))
                    != null) {
                problems.add("two instances are called '%s': names must be unique", name);
            }
        }
        return Collections.unmodifiableList(new ArrayList<>(byName.values()));
    }

    private static Startup startup(
            Map<String, Object> raw,
            ReadonlyConfig options,
            int instances,
            String where,
            Problems problems) {
        StartupMode common = options.get(MySqlMergeOptions.STARTUP_MODE);
        StartupMode mode = common;
        String own = text(raw, "startup.mode");
        if (own != null) {
            try {
                mode = StartupMode.valueOf(own.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                problems.add(
                        "%s: startup.mode must be one of %s: current startup.mode = %s",
                        where, Arrays.toString(StartupMode.values()), own);
            }
        }
        if (mode != common && mode == StartupMode.HANDOFF) {
            problems.add(
                    "%s: startup.mode = handoff stands beside the list of instances: those that are"
                            + " not in the handoff name a mode of their own",
                    where);
        }
        boolean specific = mode == StartupMode.SPECIFIC;
        String position = text(raw, "startup.position");
        String gtidSet = text(raw, "startup.gtid-set");
        if (position == null && gtidSet == null && specific) {
            position = options.getOptional(MySqlMergeOptions.STARTUP_POSITION).orElse(null);
            gtidSet = options.getOptional(MySqlMergeOptions.STARTUP_GTID_SET).orElse(null);
            if (instances > 1 && (position != null || gtidSet != null)) {
                problems.add(
                        "%s: startup.position and startup.gtid-set mean a place of one server: of"
                                + " several instances each must name its own",
                        where);
            }
        } else if (!specific && (position != null || gtidSet != null)) {
            problems.add(
                    "%s: startup.position and startup.gtid-set need startup.mode = specific: current"
                            + " startup.mode = %s",
                    where, mode);
        }
        String timestamp = text(raw, "startup.timestamp-ms");
        if (timestamp == null) {
            timestamp =
                    options.getOptional(MySqlMergeOptions.STARTUP_TIMESTAMP_MS)
                            .map(String::valueOf)
                            .orElse(null);
        } else if (mode != StartupMode.TIMESTAMP) {
            problems.add(
                    "%s: startup.timestamp-ms needs startup.mode = timestamp: current startup.mode ="
                            + " %s",
                    where, mode);
        }
        return Startup.parse(mode, timestamp, position, gtidSet, where, problems);
    }

    /** HOCON makes maps within maps of keys with dots. */
    private static Map<String, Object> flat(Map<String, Object> nested) {
        Map<String, Object> flat = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : nested.entrySet()) {
            if (entry.getValue() instanceof Map) {
                for (Map.Entry<?, ?> inner : ((Map<?, ?>) entry.getValue()).entrySet()) {
                    flat.put(entry.getKey() + "." + inner.getKey(), inner.getValue());
                }
            } else {
                flat.put(entry.getKey(), entry.getValue());
            }
        }
        return flat;
    }

    private static boolean mayBeAbsent(
            Map<String, Object> raw, String where, ReadonlyConfig options, Problems problems) {
        String own = text(raw, "may-be-absent");
        if (own == null) {
            return options.get(MySqlMergeOptions.MAY_BE_ABSENT);
        }
        if (!own.equalsIgnoreCase("true") && !own.equalsIgnoreCase("false")) {
            problems.add(
                    "%s: may-be-absent must be true or false: current may-be-absent = %s",
                    where, own);
        }
        return Boolean.parseBoolean(own);
    }

    private static Tls tls(
            Map<String, Object> raw, String where, ReadonlyConfig options, Problems problems) {
        SslMode mode = options.get(MySqlMergeOptions.SSL_MODE);
        String ownMode = text(raw, "ssl-mode");
        if (ownMode != null) {
            try {
                mode = SslMode.valueOf(ownMode.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException e) {
                problems.add(
                        "%s: ssl-mode must be one of %s: current ssl-mode = %s",
                        where, Arrays.toString(SslMode.values()), ownMode);
            }
        }
        String authorities = text(raw, "ssl-ca");
        String trustStore = text(raw, "ssl-truststore");
        String password = text(raw, "ssl-truststore-password");
        if (authorities == null && trustStore == null) {
            authorities = options.getOptional(MySqlMergeOptions.SSL_CA).orElse(null);
            trustStore = options.getOptional(MySqlMergeOptions.SSL_TRUSTSTORE).orElse(null);
        }
        if (password == null) {
            password = options.getOptional(MySqlMergeOptions.SSL_TRUSTSTORE_PASSWORD).orElse(null);
        }
        if (authorities != null && trustStore != null) {
            problems.add("%s: give ssl-ca or ssl-truststore, not both", where);
        }
        Tls tls = new Tls(mode, authorities, trustStore, password);
        if ((authorities != null || trustStore != null) && !tls.verifies()) {
            problems.add(
                    "%s: ssl-ca and ssl-truststore need ssl-mode VERIFY_CA or VERIFY_IDENTITY, else"
                            + " nothing is verified: current ssl-mode = %s",
                    where, mode);
        }
        return tls;
    }

    private static List<RouteConfig> routes(ReadonlyConfig options, Problems problems) {
        List<RouteConfig> routes = new ArrayList<>();
        int number = 0;
        for (Map<String, Object> raw : options.get(MySqlMergeOptions.ROUTES)) {
            number++;
            String where = "route number " + number;
            unknownKeys(raw, ROUTE_KEYS, where, problems);
            String databases = text(raw, "databases");
            String tables = text(raw, "tables");
            if (tables == null && databases == null) {
                problems.add(
                        "%s: tables is missing: a regular expression on database.table, or on the"
                                + " table's name beside databases",
                        where);
            }
            String target = text(raw, "target");
            if (target != null && !target.matches("[^.]+\\.[^.]+")) {
                problems.add(
                        "%s: target must be database.table: current target = %s", where, target);
            }
            List<String> key = raw.containsKey("key") ? texts(raw, "key") : null;
            if (key != null && key.isEmpty()) {
                problems.add("%s: key must name at least one column", where);
            }
            String instances = text(raw, "instances");
            List<Pattern> columns = columnPatterns(raw, "columns", where, problems);
            if (columns != null && columns.isEmpty()) {
                problems.add("%s: columns must name at least one column", where);
            }
            List<Pattern> excluded = columnPatterns(raw, "exclude-columns", where, problems);
            routes.add(
                    new RouteConfig(
                            pattern(
                                    instances == null ? ".*" : instances,
                                    where + ": instances",
                                    problems),
                            databases == null
                                    ? null
                                    : pattern(databases, where + ": databases", problems),
                            pattern(
                                    tables == null && databases != null ? ".*" : tables,
                                    where + ": tables",
                                    problems),
                            target,
                            key,
                            columns,
                            excluded == null ? Collections.<Pattern>emptyList() : excluded,
                            renames(raw, where, problems),
                            filter(text(raw, "filter"), where, problems)));
        }
        number = 0;
        for (String tables : options.get(MySqlMergeOptions.TABLES)) {
            number++;
            routes.add(
                    new RouteConfig(
                            Pattern.compile(".*"),
                            null,
                            pattern(tables, "tables, number " + number, problems),
                            null,
                            null,
                            null,
                            Collections.<Pattern>emptyList(),
                            Collections.<String, String>emptyMap(),
                            null));
        }
        if (routes.isEmpty()) {
            problems.add("neither tables nor routes name a table: give at least one");
        }
        return Collections.unmodifiableList(routes);
    }

    /** Null if the option is not there. */
    private static List<Pattern> columnPatterns(
            Map<String, Object> raw, String option, String where, Problems problems) {
        if (!raw.containsKey(option)) {
            return null;
        }
        List<Pattern> patterns = new ArrayList<>();
        for (String column : texts(raw, option)) {
            Pattern pattern = pattern(column, where + ": " + option, problems);
            // MySQL's columns have no case.
            patterns.add(
                    Pattern.compile(
                            pattern.pattern(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE));
        }
        return patterns;
    }

    private static Map<String, String> renames(
            Map<String, Object> raw, String where, Problems problems) {
        Map<String, String> renames = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        Object value = raw.get("rename");
        if (value instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                if (String.valueOf(entry.getValue()).isEmpty()) {
                    problems.add("%s: rename gives %s no name", where, entry.getKey());
                }
                renames.put(String.valueOf(entry.getKey()), String.valueOf(entry.getValue()));
            }
        } else if (value != null) {
            problems.add("%s: rename must be { column = \"new name\" }", where);
        }
        return renames;
    }

    private static Filter filter(String text, String where, Problems problems) {
        try {
            return text == null ? null : Filter.parse(text);
        } catch (FilterException e) {
            problems.add("%s: filter %s", where, e.getMessage());
            return null;
        }
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

    private static Pattern pattern(String text, String where, Problems problems) {
        try {
            return Pattern.compile(text == null ? "" : text);
        } catch (PatternSyntaxException e) {
            problems.add("%s is not a regular expression: %s", where, e.getMessage());
            return Pattern.compile("");
        }
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

    private static String orElse(
            String value,
            ReadonlyConfig options,
            org.apache.seatunnel.api.configuration.Option<String> option) {
        return value != null ? value : options.getOptional(option).orElse(null);
    }

    private static String text(Map<String, Object> raw, String key) {
        Object value = raw.get(key);
        return value == null ? null : value.toString();
    }

    private static List<String> texts(Map<String, Object> raw, String key) {
        Object value = raw.get(key);
        List<String> list = new ArrayList<>();
        if (value instanceof List) {
            for (Object element : (List<?>) value) {
                list.add(String.valueOf(element));
            }
        } else if (value != null) {
            for (String element : value.toString().split("\\s*,\\s*")) {
                list.add(element);
            }
        }
        return list;
    }

    private static void unknownKeys(
            Map<String, Object> raw, Set<String> known, String where, Problems problems) {
        for (String key : raw.keySet()) {
            if (!known.contains(key)) {
                problems.add("%s: '%s' is not an option here; known are %s", where, key, known);
            }
        }
    }

    private static Set<String> keys(String... keys) {
        return Collections.unmodifiableSet(
                new java.util.TreeSet<>(new HashSet<>(Arrays.asList(keys))));
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
