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
package io.seamerge.postgres.config;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.PostgresMergeOptions;
import io.seamerge.postgres.wire.MetadataColumns;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;
import org.apache.seatunnel.api.sink.SinkCommonOptions;

/**
 * The sink's part of a job file, parsed once; every problem in it is reported in one exception.
 * Immutable.
 */
public final class MergeConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final int MAX_LANES = 64;
    private static final int MAX_CONFLICT_RETENTION_DAYS = 36_500;
    private static final int MAX_CLOCK_SKEW = 24 * 60 * 60 * 1000;
    private static final long MAX_TOMBSTONE_AGE_MS = 3650L * 24 * 60 * 60 * 1000;
    private static final int MAX_MAX_DEAD_LETTERS = 1_000_000;
    private static final int MAX_BATCH_SIZE = 1_000_000;
    private static final long MIN_BATCH_BYTES = 64 * 1024;
    private static final long MAX_BATCH_BYTES = 1L << 30;
    private static final int MAX_FLUSH_INTERVAL_MS = 60_000;
    private static final int MAX_VERIFY_SETTLE_TIMEOUT_MS = 60 * 60 * 1000;
    private static final int MAX_RETRY_TIMEOUT_MS = 24 * 60 * 60 * 1000;
    private static final String TABLE = "table";

    private final String url;
    private final String username;
    private final String password;
    private final String pipeline;
    private final List<String> sources;
    private final TableRules defaults;
    private final int conflictRetentionDays;
    private final int maxClockSkewMs;
    private final long tombstoneMaxAgeMs;
    private final ForeignKeys foreignKeys;
    private final int maxDeadLetters;
    private final List<TableEntry> tables;
    private final Map<String, String> metadataColumns;
    private final WriteMode writeMode;
    private final boolean repair;
    private final int verifySettleTimeoutMs;
    private final int lanes;
    private final int batchSize;
    private final long batchBytes;
    private final int flushIntervalMs;
    private final int retryTimeoutMs;
    private final SchemaSaveMode schemaSaveMode;
    private final DataSaveMode dataSaveMode;

    private MergeConfig(ReadonlyConfig options, Problems problems) {
        this.url = problems.text(options, PostgresMergeOptions.URL);
        this.username = problems.text(options, PostgresMergeOptions.USERNAME);
        this.password = problems.read(options, PostgresMergeOptions.PASSWORD);
        this.pipeline = problems.text(options, PostgresMergeOptions.PIPELINE);
        this.sources = new ArrayList<>(problems.read(options, PostgresMergeOptions.SOURCES));
        Map<String, Object> given = new HashMap<>();
        for (Option<?> option : PostgresMergeOptions.perTable()) {
            given.put(option.key(), problems.read(options, option));
        }
        this.defaults = new TableRules("", given, sources, problems);
        this.conflictRetentionDays =
                problems.within(
                                options,
                                PostgresMergeOptions.CONFLICT_RETENTION_DAYS,
                                0,
                                MAX_CONFLICT_RETENTION_DAYS)
                        .intValue();
        this.maxClockSkewMs =
                problems.within(options, PostgresMergeOptions.MAX_CLOCK_SKEW_MS, 0, MAX_CLOCK_SKEW)
                        .intValue();
        this.tombstoneMaxAgeMs =
                problems.within(
                                options,
                                PostgresMergeOptions.TOMBSTONE_MAX_AGE_MS,
                                0,
                                MAX_TOMBSTONE_AGE_MS)
                        .longValue();
        this.foreignKeys = problems.read(options, PostgresMergeOptions.FOREIGN_KEYS);
        this.maxDeadLetters =
                problems.within(
                                options,
                                PostgresMergeOptions.MAX_DEAD_LETTERS,
                                1,
                                MAX_MAX_DEAD_LETTERS)
                        .intValue();
        this.tables = new ArrayList<>();
        this.metadataColumns =
                new HashMap<>(problems.read(options, PostgresMergeOptions.METADATA_COLUMNS));
        this.lanes =
                problems.within(options, PostgresMergeOptions.WRITE_PARALLELISM, 1, MAX_LANES)
                        .intValue();
        this.batchSize =
                problems.within(options, PostgresMergeOptions.BATCH_SIZE, 1, MAX_BATCH_SIZE)
                        .intValue();
        this.batchBytes =
                problems.within(
                                options,
                                PostgresMergeOptions.BATCH_BYTES,
                                MIN_BATCH_BYTES,
                                MAX_BATCH_BYTES)
                        .longValue();
        this.flushIntervalMs =
                problems.within(
                                options,
                                PostgresMergeOptions.FLUSH_INTERVAL_MS,
                                0,
                                MAX_FLUSH_INTERVAL_MS)
                        .intValue();
        this.retryTimeoutMs =
                problems.within(
                                options,
                                PostgresMergeOptions.RETRY_TIMEOUT_MS,
                                0,
                                MAX_RETRY_TIMEOUT_MS)
                        .intValue();
        this.writeMode = problems.read(options, PostgresMergeOptions.WRITE_MODE);
        this.repair = problems.read(options, PostgresMergeOptions.REPAIR);
        this.verifySettleTimeoutMs =
                problems.within(
                                options,
                                PostgresMergeOptions.VERIFY_SETTLE_TIMEOUT_MS,
                                0,
                                MAX_VERIFY_SETTLE_TIMEOUT_MS)
                        .intValue();
        if (repair && writeMode != WriteMode.VERIFY) {
            problems.add("repair", "it needs write_mode = verify");
        }
        // What is not there is not created to be compared.
        boolean verifies = writeMode == WriteMode.VERIFY;
        this.schemaSaveMode =
                verifies
                        ? SchemaSaveMode.ERROR_WHEN_SCHEMA_NOT_EXIST
                        : problems.read(options, PostgresMergeOptions.SCHEMA_SAVE_MODE);
        this.dataSaveMode =
                verifies
                        ? DataSaveMode.APPEND_DATA
                        : problems.read(options, PostgresMergeOptions.DATA_SAVE_MODE);

        if (!url.isEmpty() && !url.startsWith("jdbc:postgresql:")) {
            // The value may hold a password: it is not repeated.
            problems.add("url", "it must begin with jdbc:postgresql:");
        }
        Set<String> seen = new HashSet<>();
        for (String source : sources) {
            if (source.isEmpty() || !seen.add(source)) {
                problems.add("sources", "'" + source + "' is empty or stands there twice");
            }
        }
        for (String name : metadataColumns.keySet()) {
            if (!MetadataColumns.names().contains(name)) {
                problems.add(
                        "metadata_columns",
                        "there is no metadata column '"
                                + name
                                + "', only "
                                + MetadataColumns.names());
            }
        }
        int replicas = problems.read(options, SinkCommonOptions.MULTI_TABLE_SINK_REPLICA);
        if (replicas != 1) {
            problems.add(
                    SinkCommonOptions.MULTI_TABLE_SINK_REPLICA.key(),
                    "it must be 1, since several queues would lose the order of rows: found "
                            + replicas
                            + ". Use write_parallelism to write in parallel");
        }
        List<Map<String, Object>> entries = problems.read(options, PostgresMergeOptions.TABLES);
        for (int i = 0; i < entries.size(); i++) {
            tables.add(
                    new TableEntry("tables[" + i + "]", entries.get(i), given, sources, problems));
        }
    }

    /**
     * Parses and checks.
     *
     * @throws PostgresMergeException naming every problem that there is
     */
    public static MergeConfig parse(ReadonlyConfig options) {
        Problems problems = new Problems();
        MergeConfig config = new MergeConfig(options, problems);
        problems.throwIfAny("The options of Postgres-Merge cannot be used");
        return config;
    }

    /** The rules of a table, by its table id. */
    public TableRules rules(String tableId) {
        for (TableEntry entry : tables) {
            if (entry.pattern.matcher(tableId).matches()) {
                return entry.rules;
            }
        }
        return defaults;
    }

    /** Entries of {@code tables} that speak of none of these tables: most likely mistyped. */
    public List<String> unmatchedEntries(Iterable<String> tableIds) {
        List<String> unmatched = new ArrayList<>();
        for (TableEntry entry : tables) {
            boolean matches = false;
            for (String tableId : tableIds) {
                matches |= entry.pattern.matcher(tableId).matches();
            }
            if (!matches) {
                unmatched.add(entry.place + ".table = '" + entry.pattern + "'");
            }
        }
        return unmatched;
    }

    public String url() {
        return url;
    }

    /** The URL without its parameters, which may hold a password: for messages. */
    public String shownUrl() {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }

    public String username() {
        return username;
    }

    public String password() {
        return password;
    }

    public String pipeline() {
        return pipeline;
    }

    /** Instances, the most preferred first. */
    public List<String> sources() {
        return Collections.unmodifiableList(sources);
    }

    /**
     * Names of metadata columns that differ from docs/wire.md, by the name in {@code
     * metadata-columns}.
     */
    public Map<String, String> metadataColumns() {
        return Collections.unmodifiableMap(metadataColumns);
    }

    /** Days after which what is in seamerge.conflict goes; 0 if it stays. */
    public int conflictRetentionDays() {
        return conflictRetentionDays;
    }

    /** By how much the clocks of servers may differ. */
    public int maxClockSkewMs() {
        return maxClockSkewMs;
    }

    /** After how long a deletion is forgotten whatever its sources have sent; 0: never. */
    public long tombstoneMaxAgeMs() {
        return tombstoneMaxAgeMs;
    }

    public ForeignKeys foreignKeys() {
        return foreignKeys;
    }

    /** Letters that a run writes before it fails. */
    public int maxDeadLetters() {
        return maxDeadLetters;
    }

    public WriteMode writeMode() {
        return writeMode;
    }

    /** Whether a verification mends what it finds. */
    public boolean repair() {
        return repair;
    }

    /** For how long a verification looks again at what is in flight. */
    public int verifySettleTimeoutMs() {
        return verifySettleTimeoutMs;
    }

    /** Connections that write at the same time. */
    public int lanes() {
        return lanes;
    }

    public int batchSize() {
        return batchSize;
    }

    public long batchBytes() {
        return batchBytes;
    }

    public int flushIntervalMs() {
        return flushIntervalMs;
    }

    public int retryTimeoutMs() {
        return retryTimeoutMs;
    }

    public SchemaSaveMode schemaSaveMode() {
        return schemaSaveMode;
    }

    public DataSaveMode dataSaveMode() {
        return dataSaveMode;
    }

    /** One entry of {@code tables}. */
    private static final class TableEntry implements Serializable {

        private static final long serialVersionUID = 1L;

        private final String place;
        private final Pattern pattern;
        private final TableRules rules;

        TableEntry(
                String place,
                Map<String, Object> entry,
                Map<String, Object> defaults,
                List<String> sources,
                Problems problems) {
            this.place = place;
            Map<String, Object> given = new HashMap<>(defaults);
            Set<String> keys = new LinkedHashSet<>();
            keys.add(TABLE);
            for (Option<?> option : PostgresMergeOptions.perTable()) {
                keys.add(option.key());
            }
            for (Map.Entry<String, Object> each : entry.entrySet()) {
                if (keys.contains(each.getKey())) {
                    given.put(each.getKey(), each.getValue());
                } else {
                    problems.add(place + "." + each.getKey(), "there is no such key, only " + keys);
                }
            }
            Object table = entry.get(TABLE);
            Pattern compiled = Pattern.compile("");
            if (table == null || table.toString().isEmpty()) {
                problems.add(
                        place + ".table",
                        "it must be a table id or a regular expression over it: found none");
            } else {
                try {
                    compiled = Pattern.compile(table.toString());
                } catch (PatternSyntaxException e) {
                    problems.add(
                            place + ".table", "it is no regular expression: " + e.getDescription());
                }
            }
            this.pattern = compiled;
            this.rules = new TableRules(place + ".", given, sources, problems);
        }
    }
}
