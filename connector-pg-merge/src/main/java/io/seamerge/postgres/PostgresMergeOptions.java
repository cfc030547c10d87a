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

import io.seamerge.postgres.config.ConflictLog;
import io.seamerge.postgres.config.DataSaveMode;
import io.seamerge.postgres.config.DeletePolicy;
import io.seamerge.postgres.config.DisjointKeys;
import io.seamerge.postgres.config.ForeignKeys;
import io.seamerge.postgres.config.OnConflict;
import io.seamerge.postgres.config.OnViolation;
import io.seamerge.postgres.config.Precedence;
import io.seamerge.postgres.config.Resolver;
import io.seamerge.postgres.config.SchemaSaveMode;
import io.seamerge.postgres.config.Shape;
import io.seamerge.postgres.config.WriteMode;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.Options;
import org.apache.seatunnel.shade.com.fasterxml.jackson.core.type.TypeReference;

/** The options of {@code Postgres-Merge}, as docs/Postgres-Merge.md lists them. */
public final class PostgresMergeOptions {

    public static final Option<String> URL =
            Options.key("url")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "JDBC URL of the database, as jdbc:postgresql://host:port/database");

    public static final Option<String> USERNAME =
            Options.key("username")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Role to connect as");

    public static final Option<String> PASSWORD =
            Options.key("password")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Password of the role");

    public static final Option<String> PIPELINE =
            Options.key("pipeline")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Name under which progress is kept in seamerge.progress. A backfill and the stream"
                                    + " that follows it share one; two jobs that run at once never do");

    public static final Option<List<String>> SOURCES =
            Options.key("sources")
                    .listType()
                    .defaultValue(Collections.<String>emptyList())
                    .withDescription(
                            "Names of the source instances, the most preferred first. Decides between changes of"
                                    + " the same time. Needed where a table is consolidated");

    public static final Option<Shape> SHAPE =
            Options.key("shape")
                    .enumType(Shape.class)
                    .defaultValue(Shape.DISJOINT)
                    .withDescription(
                            "disjoint: every key has one source. consolidated: several sources write the same key");

    public static final Option<DisjointKeys> DISJOINT_KEYS =
            Options.key("disjoint_keys")
                    .enumType(DisjointKeys.class)
                    .defaultValue(DisjointKeys.CHECK)
                    .withDescription(
                            "Whether the keys of a disjoint table are taken for disjoint where several sources write it and"
                                    + " its key does not say which. check: whose a key is, is kept beside the table, and a"
                                    + " change of another source is a conflict. trust: what comes last stands");

    public static final Option<Resolver> RESOLVER =
            Options.key("resolver")
                    .enumType(Resolver.class)
                    .defaultValue(Resolver.LAST_WRITE_WINS)
                    .withDescription(
                            "Which source's change of a key stands in a consolidated table. last_write_wins: the latest"
                                    + " commit. source_priority: the source that is listed first."
                                    + " source_priority_fallback: the first of those that have the row."
                                    + " first_write_wins: the one that inserted it first. overwrite, ignore: by order"
                                    + " of arrival, only with allow_order_dependent");

    public static final Option<Map<String, String>> COLUMN_RESOLVERS =
            Options.key("column_resolvers")
                    .mapType()
                    .defaultValue(Collections.<String, String>emptyMap())
                    .withDescription(
                            "How columns of a consolidated table are made of the sources' values, as { price = max,"
                                    + " phone = \"owner:eu\" }: owner:INSTANCE, max, min, sum, delta, coalesce,"
                                    + " union or expression:SQL. Other columns come from the row that stands");

    public static final Option<Precedence> PRECEDENCE =
            Options.key("precedence")
                    .enumType(Precedence.class)
                    .defaultValue(Precedence.VERSION)
                    .withDescription(
                            "Whether a row is there that one source has deleted and another has. version: as the"
                                    + " resolver decides. delete_wins: no. update_wins: yes");

    public static final Option<String> VERSION_COLUMN =
            Options.key("version_column")
                    .stringType()
                    .defaultValue("")
                    .withDescription(
                            "Column by which the rows of different sources are compared instead of their commit"
                                    + " times, as updated_at: a timestamp or a whole number. Empty: commit times");

    public static final Option<String> SNAPSHOT_VERSION =
            Options.key("snapshot_version")
                    .stringType()
                    .defaultValue("earliest")
                    .withDescription(
                            "Version of rows that were read from a table, against those of other sources. earliest:"
                                    + " before every change. column:updated_at: the timestamp in that column");

    public static final Option<OnConflict> ON_CONFLICT =
            Options.key("on_conflict")
                    .enumType(OnConflict.class)
                    .defaultValue(OnConflict.RESOLVE)
                    .withDescription(
                            "What happens, beside the resolver's decision, when changes of several sources meet."
                                    + " resolve: they are counted. log: the job's log says so. dead_letter: the"
                                    + " losing change goes to seamerge.dead_letter, as it does in any case where nothing"
                                    + " resolves it, in a disjoint table. fail: the job fails");

    public static final Option<Boolean> ALLOW_ORDER_DEPENDENT =
            Options.key("allow_order_dependent")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether a consolidated table may have a resolver whose result depends on the order of"
                                    + " arrival: overwrite or ignore");

    public static final Option<DeletePolicy> DELETE =
            Options.key("delete")
                    .enumType(DeletePolicy.class)
                    .defaultValue(DeletePolicy.HARD)
                    .withDescription(
                            "What a deletion at the source does. hard: the row is deleted. soft: it stays, and"
                                    + " soft_delete_column says so. ignore: nothing");

    public static final Option<Integer> MAX_CLOCK_SKEW_MS =
            Options.key("max_clock_skew_ms")
                    .intType()
                    .defaultValue(60_000)
                    .withDescription(
                            "Milliseconds by which the clocks of servers may differ: so much later than needed are"
                                    + " deletions forgotten while a source is idle");

    public static final Option<Long> TOMBSTONE_MAX_AGE_MS =
            Options.key("tombstone_max_age_ms")
                    .longType()
                    .defaultValue(0L)
                    .withDescription(
                            "Milliseconds after which a deletion is forgotten though a source has not passed it;"
                                    + " that source must then be read again. 0: never");

    public static final Option<String> SOFT_DELETE_COLUMN =
            Options.key("soft_delete_column")
                    .stringType()
                    .defaultValue("_deleted")
                    .withDescription(
                            "With delete = soft, the column that marks deleted rows: a boolean, or a timestamp of"
                                    + " the deletion. Tables that are created get a boolean");

    public static final Option<OnViolation> ON_VIOLATION =
            Options.key("on_violation")
                    .enumType(OnViolation.class)
                    .defaultValue(OnViolation.FAIL)
                    .withDescription(
                            "What becomes of a row that PostgreSQL refuses for what is in it. fail: the job fails."
                                    + " dead_letter: it goes to seamerge.dead_letter, and the others are applied");

    public static final Option<ConflictLog> CONFLICT_LOG =
            Options.key("conflict_log")
                    .enumType(ConflictLog.class)
                    .defaultValue(ConflictLog.COUNT)
                    .withDescription(
                            "What is kept of changes that meet another source's. none. count: their number, in"
                                    + " seamerge.conflicts. losers: each, in seamerge.conflict, with the image that"
                                    + " lost. all: with both images");

    public static final Option<Integer> CONFLICT_RETENTION_DAYS =
            Options.key("conflict_retention_days")
                    .intType()
                    .defaultValue(30)
                    .withDescription(
                            "Days for which seamerge.conflict keeps what is in it, 0 to 36500; 0: for ever");

    public static final Option<ForeignKeys> FOREIGN_KEYS =
            Options.key("foreign_keys")
                    .enumType(ForeignKeys.class)
                    .defaultValue(ForeignKeys.WAIT)
                    .withDescription(
                            "What becomes of a row whose foreign key finds nothing yet. wait: it waits in"
                                    + " seamerge.dead_letter and is tried again after each flush. replica_role:"
                                    + " the connections neither check foreign keys nor run triggers");

    public static final Option<Integer> MAX_DEAD_LETTERS =
            Options.key("max_dead_letters")
                    .intType()
                    .defaultValue(1_000)
                    .withDescription(
                            "Rows that a run of a subtask may send to seamerge.dead_letter before the job fails,"
                                    + " 1 to 1000000");

    public static final Option<List<Map<String, Object>>> TABLES =
            Options.key("tables")
                    .type(new TypeReference<List<Map<String, Object>>>() {})
                    .defaultValue(Collections.<Map<String, Object>>emptyList())
                    .withDescription(
                            "Per table: { table = \"shop.customers\", shape = consolidated }. table is a regular"
                                    + " expression over the whole table id; the first entry that matches overrides"
                                    + " the options from shape to conflict_log");

    public static final Option<Map<String, String>> METADATA_COLUMNS =
            Options.key("metadata_columns")
                    .mapType()
                    .defaultValue(Collections.<String, String>emptyMap())
                    .withDescription(
                            "Metadata columns that the source names otherwise, as { source_instance ="
                                    + " \"my_column\" }. The names on the left are those of docs/wire.md");

    public static final Option<WriteMode> WRITE_MODE =
            Options.key("write_mode")
                    .enumType(WriteMode.class)
                    .defaultValue(WriteMode.APPLY)
                    .withDescription(
                            "apply: rows are written. verify: in a BATCH job, they are compared with what is there, and"
                                    + " the job fails if anything differs");

    public static final Option<Boolean> REPAIR =
            Options.key("repair")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription("With write_mode = verify: whether what differs is mended");

    public static final Option<Integer> VERIFY_SETTLE_TIMEOUT_MS =
            Options.key("verify_settle_timeout_ms")
                    .intType()
                    .defaultValue(10_000)
                    .withDescription(
                            "Milliseconds for which a verification looks again at what differs, since it may be in"
                                    + " flight, 0 to 3600000");

    public static final Option<Integer> WRITE_PARALLELISM =
            Options.key("write_parallelism")
                    .intType()
                    .defaultValue(2)
                    .withDescription(
                            "Connections per subtask that write at the same time, 1 to 64");

    public static final Option<Integer> BATCH_SIZE =
            Options.key("batch_size")
                    .intType()
                    .defaultValue(20_000)
                    .withDescription(
                            "Rows after which a flush is written, over all tables and connections");

    public static final Option<Long> BATCH_BYTES =
            Options.key("batch_bytes")
                    .longType()
                    .defaultValue(16L * 1024 * 1024)
                    .withDescription(
                            "Bytes of row data after which a flush is written. Up to three flushes are in memory");

    public static final Option<Integer> FLUSH_INTERVAL_MS =
            Options.key("flush_interval_ms")
                    .intType()
                    .defaultValue(20)
                    .withDescription(
                            "Milliseconds that a row waits for company while the connections are idle; ten times"
                                    + " as long if it was committed long ago");

    public static final Option<Integer> RETRY_TIMEOUT_MS =
            Options.key("retry_timeout_ms")
                    .intType()
                    .defaultValue(120_000)
                    .withDescription(
                            "Milliseconds for which a flush is tried again after a lost connection, a deadlock or a"
                                    + " full disk, before the job fails");

    public static final Option<SchemaSaveMode> SCHEMA_SAVE_MODE =
            Options.key("schema_save_mode")
                    .enumType(SchemaSaveMode.class)
                    .defaultValue(SchemaSaveMode.CREATE_SCHEMA_WHEN_NOT_EXIST)
                    .withDescription("Whether tables that are not there are created or refused");

    public static final Option<DataSaveMode> DATA_SAVE_MODE =
            Options.key("data_save_mode")
                    .enumType(DataSaveMode.class)
                    .defaultValue(DataSaveMode.APPEND_DATA)
                    .withDescription(
                            "Whether rows that are there before this pipeline first writes are kept or refused");

    private PostgresMergeOptions() {}

    /** Those that a job file must give. */
    public static List<Option<?>> required() {
        return Collections.unmodifiableList(
                Arrays.<Option<?>>asList(URL, USERNAME, PASSWORD, PIPELINE));
    }

    /** Those that have a default. */
    public static List<Option<?>> optional() {
        return Collections.unmodifiableList(
                Arrays.<Option<?>>asList(
                        SOURCES,
                        SHAPE,
                        DISJOINT_KEYS,
                        RESOLVER,
                        COLUMN_RESOLVERS,
                        PRECEDENCE,
                        VERSION_COLUMN,
                        SNAPSHOT_VERSION,
                        ON_CONFLICT,
                        ALLOW_ORDER_DEPENDENT,
                        DELETE,
                        SOFT_DELETE_COLUMN,
                        MAX_CLOCK_SKEW_MS,
                        TOMBSTONE_MAX_AGE_MS,
                        ON_VIOLATION,
                        CONFLICT_LOG,
                        CONFLICT_RETENTION_DAYS,
                        FOREIGN_KEYS,
                        MAX_DEAD_LETTERS,
                        TABLES,
                        METADATA_COLUMNS,
                        WRITE_MODE,
                        REPAIR,
                        VERIFY_SETTLE_TIMEOUT_MS,
                        WRITE_PARALLELISM,
                        BATCH_SIZE,
                        BATCH_BYTES,
                        FLUSH_INTERVAL_MS,
                        RETRY_TIMEOUT_MS,
                        SCHEMA_SAVE_MODE,
                        DATA_SAVE_MODE));
    }

    /** Those that an entry of {@link #TABLES} may override. */
    public static List<Option<?>> perTable() {
        return Collections.unmodifiableList(
                Arrays.<Option<?>>asList(
                        SHAPE,
                        DISJOINT_KEYS,
                        RESOLVER,
                        COLUMN_RESOLVERS,
                        PRECEDENCE,
                        VERSION_COLUMN,
                        SNAPSHOT_VERSION,
                        ON_CONFLICT,
                        ALLOW_ORDER_DEPENDENT,
                        DELETE,
                        SOFT_DELETE_COLUMN,
                        ON_VIOLATION,
                        CONFLICT_LOG));
    }
}
