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

import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.config.CascadePolicy;
import io.seamerge.mysql.config.KeylessTables;
import io.seamerge.mysql.config.StartupMode;
import io.seamerge.mysql.config.WithoutGtid;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.Options;
import org.apache.seatunnel.shade.com.fasterxml.jackson.core.type.TypeReference;

/** The options of {@code MySQL-Merge-CDC}; docs/MySQL-Merge-CDC.md says the same. */
public final class MySqlMergeOptions {

    public static final Option<List<Map<String, Object>>> INSTANCES =
            Options.key("instances")
                    .type(new TypeReference<List<Map<String, Object>>>() {})
                    .noDefaultValue()
                    .withDescription(
                            "The MySQL servers to read: a list of { name, hosts, username, password,"
                                    + " password-file, ssl-mode, ssl-ca, ssl-truststore,"
                                    + " ssl-truststore-password, server-id, may-be-absent,"
                                    + " startup.mode, startup.timestamp-ms, startup.position,"
                                    + " startup.gtid-set }. Only name and hosts are required; the rest"
                                    + " defaults to the options of the same name beside this list. Of"
                                    + " several hosts one is read; when it is gone, the stream goes on"
                                    + " at the next that can.");

    public static final Option<String> USERNAME =
            Options.key("username")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("User for the instances that name none of their own.");

    public static final Option<String> PASSWORD =
            Options.key("password")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Password for the instances that name none of their own.");

    public static final Option<String> PASSWORD_FILE =
            Options.key("password-file")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "File whose first line is the password; read again at every connect, so"
                                    + " that a password can be changed without a restart.");

    public static final Option<SslMode> SSL_MODE =
            Options.key("ssl-mode")
                    .enumType(SslMode.class)
                    .defaultValue(SslMode.PREFERRED)
                    .withDescription(
                            "TLS of snapshot and binlog connections, with MySQL's own meanings.");

    public static final Option<String> SSL_CA =
            Options.key("ssl-ca")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "PEM file with the certificates of the authorities that VERIFY_CA and"
                                    + " VERIFY_IDENTITY trust; without it and ssl-truststore, Java's"
                                    + " own are trusted. Read again at every connect.");

    public static final Option<String> SSL_TRUSTSTORE =
            Options.key("ssl-truststore")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "JKS or PKCS12 file of trusted authorities, instead of ssl-ca.");

    public static final Option<String> SSL_TRUSTSTORE_PASSWORD =
            Options.key("ssl-truststore-password")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("Password of ssl-truststore, if it has one.");

    public static final Option<String> SERVER_ID =
            Options.key("server-id")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "Server id, or a range of them as 5400-5500, under which the binlog"
                                    + " readers register. Each needs one of its own among all"
                                    + " replicas of its server. If not given, one is drawn at random"
                                    + " at each connect.");

    public static final Option<Boolean> MAY_BE_ABSENT =
            Options.key("may-be-absent")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether the job may start while an instance is out of reach: it joins when"
                                    + " it is there, if other instances gave its tables' schemas.");

    public static final Option<String> SCHEMA_FILE =
            Options.key("schema-file")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "File, where the job is submitted, that keeps the tables' schemas as each"
                                    + " instance was last found with: a job that is started or"
                                    + " restored while an instance is out of reach takes that one's"
                                    + " from it, and it joins when it is there. It is written at each"
                                    + " submission.");

    public static final Option<List<String>> TABLES =
            Options.key("tables")
                    .listType()
                    .defaultValue(Collections.<String>emptyList())
                    .withDescription(
                            "Tables to read beside those that routes name: regular expressions on"
                                    + " database.table. Such a table keeps its name, and those of the"
                                    + " same name on several instances merge.");

    public static final Option<List<Map<String, Object>>> ROUTES =
            Options.key("routes")
                    .type(new TypeReference<List<Map<String, Object>>>() {})
                    .defaultValue(Collections.<Map<String, Object>>emptyList())
                    .withDescription(
                            "Rules from source tables to merged tables: a list of { instances,"
                                    + " databases, tables, target, key, columns, exclude-columns,"
                                    + " rename, filter }. instances (default .*) and tables are"
                                    + " regular expressions on the instance's name and on"
                                    + " database.table, or on the table's name alone beside"
                                    + " databases; key defaults to the source tables' own; the page's"
                                    + " part Routes says the rest.");

    public static final Option<StartupMode> STARTUP_MODE =
            Options.key("startup.mode")
                    .enumType(StartupMode.class)
                    .defaultValue(StartupMode.INITIAL)
                    .withDescription(
                            "Where a job that is not restored begins: initial (snapshot beside the"
                                    + " stream), snapshot (that alone: the instance ends where its"
                                    + " last row went out), latest (changes from now on), earliest"
                                    + " (from the oldest binlog on), timestamp"
                                    + " (startup.timestamp-ms), specific (startup.position or"
                                    + " startup.gtid-set), handoff (where the backfill named by the"
                                    + " option handoff ended).");

    public static final Option<Long> STARTUP_TIMESTAMP_MS =
            Options.key("startup.timestamp-ms")
                    .longType()
                    .noDefaultValue()
                    .withDescription(
                            "With startup.mode = timestamp: milliseconds since 1970-01-01 UTC; the"
                                    + " stream begins with the first transaction that was committed"
                                    + " then or later.");

    public static final Option<String> STARTUP_POSITION =
            Options.key("startup.position")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "With startup.mode = specific: the end of a transaction in the binlog,"
                                    + " as file:offset. Of several instances each names its own.");

    public static final Option<String> STARTUP_GTID_SET =
            Options.key("startup.gtid-set")
                    .stringType()
                    .noDefaultValue()
                    .withDescription(
                            "With startup.mode = specific, instead of startup.position: the"
                                    + " transactions that are not to come, in the server's own form."
                                    + " Of several instances each names its own.");

    public static final Option<Map<String, Object>> HANDOFF =
            Options.key("handoff")
                    .type(new TypeReference<Map<String, Object>>() {})
                    .defaultValue(Collections.<String, Object>emptyMap())
                    .withDescription(
                            "The handoff between a backfill and its streaming job: { name, url,"
                                    + " username, password, password-file } or, for sinks other than"
                                    + " Postgres-Merge, { name, folder }. With Postgres-Merge a BATCH"
                                    + " job needs the name alone, and a job with startup.mode ="
                                    + " handoff also the target database that holds it; with folder"
                                    + " both need the same folder.");

    public static final Option<List<String>> FORGET =
            Options.key("forget")
                    .listType()
                    .defaultValue(Collections.<String>emptyList())
                    .withDescription(
                            "What the job file names no more although the state that is restored"
                                    + " holds it: regular expressions on instance, or on"
                                    + " instance:database.table. It is then not read any more; without"
                                    + " this the restore is refused.");

    public static final Option<List<String>> METADATA_COLUMNS =
            Options.key("metadata-columns")
                    .listType()
                    .defaultValue(Collections.<String>emptyList())
                    .withDescription(
                            "Metadata columns that are appended to each row, by their names in"
                                    + " docs/wire.md; name=column changes the column's name.");

    public static final Option<Map<String, Object>> UNFAITHFUL_VALUES =
            Options.key("unfaithful-values")
                    .type(new TypeReference<Map<String, Object>>() {})
                    .defaultValue(Collections.<String, Object>emptyMap())
                    .withDescription(
                            "What becomes of values that SeaTunnel's types do not hold: { zero-date,"
                                    + " partial-date, time-range, invalid-text }, each one of fail (the"
                                    + " default), null, text (not for invalid-text), closest; the"
                                    + " page's part Values without an equal says the rest.");

    public static final Option<Boolean> CONTROL_ROWS =
            Options.key("control-rows")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether the table seamerge.control is produced as well. Postgres-Merge"
                                    + " needs it for lag, snapshot progress and handoff.");

    public static final Option<Boolean> PACKED_ROWS =
            Options.key("packed-rows")
                    .booleanType()
                    .defaultValue(false)
                    .withDescription(
                            "Whether rows pass the engine in blocks, which costs it less. Only"
                                    + " Postgres-Merge takes them, and it needs control-rows = true;"
                                    + " SeaTunnel's own counters then count blocks.");

    public static final Option<Boolean> UPDATE_BEFORE =
            Options.key("update-before")
                    .booleanType()
                    .defaultValue(true)
                    .withDescription(
                            "Whether an update goes out with the row as it was (UPDATE_BEFORE,"
                                    + " UPDATE_AFTER) or without it (UPDATE_AFTER), which takes half"
                                    + " the rows. Postgres-Merge needs it for the column resolver"
                                    + " delta with a base alone.");

    public static final Option<Integer> SNAPSHOT_PARALLELISM =
            Options.key("snapshot.parallelism")
                    .intType()
                    .defaultValue(2)
                    .withDescription(
                            "Connections per instance that read tables, and ranges of one table,"
                                    + " side by side during its snapshot.");

    public static final Option<Long> SNAPSHOT_MAX_ROWS_PER_SECOND =
            Options.key("snapshot.max-rows-per-second")
                    .longType()
                    .defaultValue(0L)
                    .withDescription(
                            "Rows per second that the snapshot of an instance reads at most; 0: no"
                                    + " limit.");

    public static final Option<Long> SNAPSHOT_MAX_BYTES_PER_SECOND =
            Options.key("snapshot.max-bytes-per-second")
                    .longType()
                    .defaultValue(0L)
                    .withDescription(
                            "Bytes per second that the snapshot of an instance reads at most, as the"
                                    + " server sends them; 0: no limit.");

    public static final Option<KeylessTables> SNAPSHOT_KEYLESS =
            Options.key("snapshot.keyless")
                    .enumType(KeylessTables.class)
                    .defaultValue(KeylessTables.REFUSE)
                    .withDescription(
                            "Tables without a key that a snapshot can page over: refuse, or lock"
                                    + " (LOCK TABLES READ for a moment, then read in one piece as of"
                                    + " that moment; later changes of the table, and what is behind"
                                    + " them in the instance's binlog, wait until it is out).");

    public static final Option<Map<String, Object>> RESNAPSHOT =
            Options.key("resnapshot")
                    .type(new TypeReference<Map<String, Object>>() {})
                    .defaultValue(Collections.<String, Object>emptyMap())
                    .withDescription(
                            "Tables to read once more beside the stream, by a restore of the running"
                                    + " job: { id, tables }. tables are regular expressions on"
                                    + " instance:database.table; id is any text that tells this"
                                    + " request from earlier ones: each table is read once for it.");

    public static final Option<Integer> SNAPSHOT_CHUNK_ROWS =
            Options.key("snapshot.chunk-rows")
                    .intType()
                    .defaultValue(10_000)
                    .withDescription("Rows that one chunk of a snapshot holds at most.");

    public static final Option<Integer> SNAPSHOT_CHUNK_BYTES =
            Options.key("snapshot.chunk-bytes")
                    .intType()
                    .defaultValue(2 << 20)
                    .withDescription(
                            "Bytes that one chunk of a snapshot holds at most, beyond its first row;"
                                    + " each connection reads one such chunk ahead.");

    public static final Option<WithoutGtid> SNAPSHOT_WITHOUT_GTID =
            Options.key("snapshot.without-gtid")
                    .enumType(WithoutGtid.class)
                    .defaultValue(WithoutGtid.SHARED_ROW_LOCKS)
                    .withDescription(
                            "How a chunk makes sure to see all that the binlog reader has passed, on"
                                    + " servers without GTIDs: shared_row_locks (the chunk waits for"
                                    + " rows that are being committed) or flush_tables_with_read_lock"
                                    + " (no commits for a moment; gives way after a second).");

    public static final Option<CascadePolicy> FOREIGN_KEY_CASCADES =
            Options.key("foreign-key-cascades")
                    .enumType(CascadePolicy.class)
                    .defaultValue(CascadePolicy.FAIL)
                    .withDescription(
                            "What becomes of a job that captures tables whose rows foreign keys change (ON DELETE"
                                    + " CASCADE and the like), on servers that do not log such changes, as all before"
                                    + " MySQL 9.6 and MariaDB: fail (it does not start) or warn (the changes are lost).");

    public static final Option<Integer> HEARTBEAT_INTERVAL_MS =
            Options.key("heartbeat-interval-ms")
                    .intType()
                    .defaultValue(1_000)
                    .withDescription(
                            "Milliseconds between two heartbeats of an instance: how fresh the lag"
                                    + " and the position of an idle instance are.");

    public static final Option<Integer> CONNECT_TIMEOUT_MS =
            Options.key("connect-timeout-ms")
                    .intType()
                    .defaultValue(10_000)
                    .withDescription("Milliseconds after which a connect to an instance fails.");

    public static final Option<Integer> READ_TIMEOUT_MS =
            Options.key("read-timeout-ms")
                    .intType()
                    .defaultValue(30_000)
                    .withDescription(
                            "Milliseconds without a byte after which a connection to an instance"
                                    + " counts as dead and is made anew.");

    public static final Option<Integer> RECONNECT_BACKOFF_MAX_MS =
            Options.key("reconnect-backoff-max-ms")
                    .intType()
                    .defaultValue(10_000)
                    .withDescription(
                            "Longest pause in milliseconds between two tries to reach an instance"
                                    + " that is down; the first is 200 ms, each next twice as long.");

    public static final Option<Long> INSTANCE_FAILURE_TIMEOUT_MS =
            Options.key("instance-failure-timeout-ms")
                    .longType()
                    .defaultValue(0L)
                    .withDescription(
                            "Milliseconds for which an instance may be out of reach before the job"
                                    + " fails; 0: for ever, the others go on.");

    public static final Option<Long> SUCCESSOR_TIMEOUT_MS =
            Options.key("successor-timeout-ms")
                    .longType()
                    .defaultValue(60_000L)
                    .withDescription(
                            "Milliseconds for which a server may lack transactions that were read"
                                    + " already, getting none, before it is refused: a replica that"
                                    + " was promoted may have some to apply.");

    public static final Option<Long> MAX_CLOCK_SKEW_MS =
            Options.key("max-clock-skew-ms")
                    .longType()
                    .defaultValue(600_000L)
                    .withDescription(
                            "Milliseconds by which a transaction's commit time may be ahead of the"
                                    + " reader's clock; one that is further ahead fails the job, since"
                                    + " it would win over all later changes of other instances.");

    public static final Option<Integer> QUEUE_BYTES =
            Options.key("queue-bytes")
                    .intType()
                    .defaultValue(4 << 20)
                    .withDescription(
                            "Bytes of decoded rows that wait in a subtask at most, beyond one batch"
                                    + " per instance.");

    public static final Option<Integer> ROW_SETTLE_MS =
            Options.key("row-settle-ms")
                    .intType()
                    .defaultValue(10_000)
                    .withDescription(
                            "Milliseconds after which a row that none follows counts as taken by"
                                    + " the sink. The engine can complete a checkpoint with a row"
                                    + " in its hands: until then checkpoints repeat the state"
                                    + " before that row.");

    private MySqlMergeOptions() {}
}
