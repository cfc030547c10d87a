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
package io.seamerge.mysql.prerequisites;

import io.seamerge.mysql.config.CascadePolicy;
import io.seamerge.mysql.config.InstanceConfig;
import io.seamerge.mysql.config.SourceConfig;
import io.seamerge.mysql.config.WithoutGtid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Decides what keeps an instance from being read, or will surprise somebody, from what its server
 * is like. Pure: {@link FactsReader} asks the server.
 */
public final class Prerequisites {

    /** A slow snapshot, so that the warning comes rather too soon. */
    private static final long SNAPSHOT_BYTES_PER_SECOND = 4L * 1024 * 1024;

    /** A job should be able to be down for a weekend's half at least. */
    private static final long LEAST_RETENTION_SECONDS = 24L * 3600;

    /** So many tables are named in a warning about many. */
    private static final int NAMED = 5;

    private final String instance;
    private final SourceConfig config;
    private final ServerFacts facts;
    private final Map<String, String> locked;
    private final List<Finding> findings = new ArrayList<>();

    private Prerequisites(
            String instance, SourceConfig config, ServerFacts facts, Map<String, String> locked) {
        this.instance = instance;
        this.config = config;
        this.facts = facts;
        this.locked = locked;
    }

    /**
     * All findings, errors and warnings, in a fixed order.
     *
     * @param locked databases with tables that are locked for a moment when they are read, and one
     *     such table of each
     */
    public static List<Finding> check(
            InstanceConfig instance,
            SourceConfig config,
            ServerFacts facts,
            Map<String, String> locked) {
        Prerequisites check = new Prerequisites(instance.name(), config, facts, locked);
        check.version();
        check.binlog();
        check.gtids();
        check.serverIds(instance);
        check.retention();
        check.grants();
        check.filters();
        check.tables();
        return check.findings;
    }

    private void error(String remedy, String format, Object... arguments) {
        findings.add(Finding.error(instance, remedy, format, arguments));
    }

    private void warning(String remedy, String format, Object... arguments) {
        findings.add(Finding.warning(instance, remedy, format, arguments));
    }

    private void version() {
        boolean known = facts.mariaDb() ? facts.atLeast(10, 6, 0) : facts.atLeast(5, 7, 0);
        if (!known) {
            error(
                    "upgrade the server",
                    "the server must be MySQL 5.7 or MariaDB 10.6, or later: it is %s",
                    facts.version());
        }
    }

    private void binlog() {
        if (!facts.isOn("log_bin")) {
            error(
                    "log_bin = binlog in my.cnf, and a restart of the server",
                    "log_bin must be ON: current log_bin = OFF");
            return;
        }
        must("binlog_format", "ROW");
        must("binlog_row_image", "FULL");
        if (facts.variable("binlog_row_value_options")
                .toUpperCase(Locale.ROOT)
                .contains("PARTIAL_JSON")) {
            must("binlog_row_value_options", "");
        }
        String metadata = facts.variable("binlog_row_metadata");
        if (facts.knows("binlog_row_metadata") && !metadata.equalsIgnoreCase("FULL")) {
            warning(
                    set("binlog_row_metadata", "FULL"),
                    "binlog_row_metadata should be 'FULL': current binlog_row_metadata = '%s'."
                            + " Events do not name their columns, so that a column that is renamed, or"
                            + " two of one type that change places, are not noticed",
                    metadata);
        }
    }

    private void must(String variable, String wanted) {
        String found = facts.variable(variable);
        if (!wanted.equalsIgnoreCase(found)) {
            error(
                    set(variable, wanted),
                    "%s must be '%s': current %s = '%s'",
                    variable,
                    wanted,
                    variable,
                    found);
        }
    }

    /** The statement that sets it now, and for good where the server can keep it. */
    private String set(String variable, String value) {
        return !facts.mariaDb() && facts.atLeast(8, 0, 0)
                ? "SET PERSIST " + variable + " = '" + value + "'"
                : "SET GLOBAL " + variable + " = '" + value + "', and the same in my.cnf";
    }

    private void gtids() {
        if (facts.mariaDb() || !facts.isOn("log_bin")) {
            return;
        }
        String mode = facts.variable("gtid_mode");
        if (mode.equalsIgnoreCase("ON")) {
            return;
        }
        String steps =
                "SET GLOBAL enforce_gtid_consistency = ON; then SET GLOBAL gtid_mode ="
                        + " OFF_PERMISSIVE, ON_PERMISSIVE and ON one after the other; both also in"
                        + " my.cnf";
        warning(
                steps,
                "gtid_mode should be ON: current gtid_mode = %s, enforce_gtid_consistency = %s."
                        + " Without GTIDs chunks of a snapshot need locks for a moment, and no other"
                        + " host can be gone on with",
                mode.isEmpty() ? "OFF" : mode,
                facts.variable("enforce_gtid_consistency"));
    }

    private void serverIds(InstanceConfig config) {
        String own = facts.variable("server_id");
        if (own.isEmpty() || own.equals("0")) {
            error(
                    "SET GLOBAL server_id = 1 (a number that no other server has), and the same in"
                            + " my.cnf",
                    "server_id must not be 0: such a server refuses all who read its binlog");
            return;
        }
        if (config.serverIds().isOnly(Long.parseLong(own))) {
            error(
                    "choose another server-id in the job file",
                    "server-id = %s is the server's own server_id",
                    own);
        }
        for (long id : facts.registeredServerIds()) {
            if (config.serverIds().isOnly(id)) {
                warning(
                        "give a range, as server-id = \"5400-5499\", or an id that is free",
                        "server-id = %d is in use by a reader of this server's binlog: another job, or"
                                + " an earlier attempt of this one. Two with one id throw each other"
                                + " out",
                        id);
            }
        }
    }

    private boolean readsTables() {
        return config.instance(instance).startup().mode().readsTables();
    }

    private void retention() {
        long seconds = retentionSeconds();
        if (seconds == 0 || !facts.isOn("log_bin")) {
            return;
        }
        long bytes = 0;
        for (ServerFacts.Table table : facts.tables()) {
            bytes += table.bytes();
        }
        long snapshot = readsTables() ? bytes / SNAPSHOT_BYTES_PER_SECOND : 0;
        long wanted = LEAST_RETENTION_SECONDS + 2 * snapshot;
        if (seconds < wanted) {
            String variable =
                    facts.knows("binlog_expire_logs_seconds")
                            ? "binlog_expire_logs_seconds"
                            : "expire_logs_days";
            long value = variable.equals("expire_logs_days") ? (wanted + 86_399) / 86_400 : wanted;
            warning(
                    "SET GLOBAL " + variable + " = " + value + ", and the same in my.cnf",
                    "binlogs are kept for %d s, which is short: a job that is down for longer must"
                            + " begin anew, and the snapshot (about %d MB) may take %d s",
                    seconds,
                    bytes >> 20,
                    snapshot);
        }
    }

    /** 0: for ever. */
    private long retentionSeconds() {
        if (facts.knows("binlog_expire_logs_auto_purge")
                && !facts.isOn("binlog_expire_logs_auto_purge")) {
            return 0;
        }
        long seconds = number("binlog_expire_logs_seconds");
        return seconds != 0 ? seconds : Math.round(decimal("expire_logs_days") * 86_400);
    }

    private long number(String variable) {
        return (long) decimal(variable);
    }

    /** MariaDB's expire_logs_days has a fraction. */
    private double decimal(String variable) {
        String value = facts.variable(variable);
        return value.isEmpty() ? 0 : Double.parseDouble(value);
    }

    private void grants() {
        everywhere("REPLICATION SLAVE", "the binlog cannot be read");
        everywhere("REPLICATION CLIENT", "the server does not say where its binlog ends");
        Set<String> unreadable = new LinkedHashSet<>();
        for (ServerFacts.Table table : facts.tables()) {
            if (!facts.grants().on(table.database(), table.name(), "SELECT")) {
                unreadable.add("`" + table.database() + "`.`" + table.name() + "`");
            }
        }
        for (String table : unreadable) {
            error(
                    "GRANT SELECT ON " + table + " TO " + facts.account(),
                    "the user lacks SELECT on %s",
                    table);
        }
        boolean locks =
                readsTables()
                        && !facts.mariaDb()
                        && !facts.variable("gtid_mode").equalsIgnoreCase("ON");
        if (locks && config.withoutGtid() == WithoutGtid.FLUSH_TABLES_WITH_READ_LOCK) {
            everywhere("RELOAD", "snapshot.without-gtid = flush_tables_with_read_lock needs it");
        } else if (locks && !facts.atLeast(8, 0, 22) && lacksLockTables()) {
            return;
        }
        for (Map.Entry<String, String> database : locked.entrySet()) {
            if (!facts.grants().on(database.getKey(), "", "LOCK TABLES")) {
                error(
                        "GRANT LOCK TABLES ON `" + database.getKey() + "`.* TO " + facts.account(),
                        "the user lacks LOCK TABLES on `%s`, which snapshot.keyless = lock needs for"
                                + " %s",
                        database.getKey(),
                        database.getValue());
            }
        }
    }

    private boolean lacksLockTables() {
        for (ServerFacts.Table table : facts.tables()) {
            if (!facts.grants().on(table.database(), "", "LOCK TABLES")) {
                error(
                        "GRANT LOCK TABLES ON *.* TO " + facts.account(),
                        "the user lacks LOCK TABLES, which snapshot.without-gtid ="
                                + " shared_row_locks needs without GTIDs before 8.0.22");
                return true;
            }
        }
        return false;
    }

    private void everywhere(String privilege, String without) {
        if (!facts.grants().everywhere(privilege)) {
            error(
                    "GRANT " + privilege + " ON *.* TO " + facts.account(),
                    "the user lacks %s: %s",
                    privilege,
                    without);
        }
    }

    /** Changes that never reach the binlog. */
    private void filters() {
        Set<String> databases = new LinkedHashSet<>();
        for (ServerFacts.Table table : facts.tables()) {
            databases.add(table.database());
        }
        Set<String> logged = names(facts.binlogDoDb());
        if (!logged.isEmpty()) {
            Set<String> unlogged = new LinkedHashSet<>(databases);
            unlogged.removeAll(logged);
            if (!unlogged.isEmpty()) {
                error(
                        "take binlog_do_db out of my.cnf, and restart the server",
                        "binlog_do_db = '%s' keeps changes of %s out of the binlog",
                        facts.binlogDoDb(),
                        unlogged);
            }
        }
        Set<String> ignored = names(facts.binlogIgnoreDb());
        ignored.retainAll(databases);
        if (!ignored.isEmpty()) {
            error(
                    "take binlog_ignore_db out of my.cnf, and restart the server",
                    "binlog_ignore_db = '%s' keeps changes of %s out of the binlog",
                    facts.binlogIgnoreDb(),
                    ignored);
        }
        boolean logsUpdates = facts.isOn("log_replica_updates") || facts.isOn("log_slave_updates");
        if (facts.replica() && facts.isOn("log_bin") && !logsUpdates) {
            error(
                    (facts.knows("log_replica_updates")
                                    ? "log_replica_updates"
                                    : "log_slave_updates")
                            + " = ON in my.cnf, and a restart of the server",
                    "the server is a replica that does not log what it replicates: changes made on"
                            + " its source are not in its binlog");
        }
    }

    private static Set<String> names(String list) {
        Set<String> names = new LinkedHashSet<>();
        if (!list.trim().isEmpty()) {
            names.addAll(Arrays.asList(list.trim().split("\\s*,\\s*")));
        }
        return names;
    }

    private void tables() {
        boolean logged =
                !facts.mariaDb()
                        && facts.atLeast(9, 6, 0)
                        && !facts.isOn("innodb_native_foreign_keys");
        if (!facts.cascades().isEmpty() && !logged) {
            String what =
                    "foreign keys change rows of captured tables, and such changes are not in the"
                            + " binlog of this server: "
                            + some(facts.cascades());
            String remedy =
                    "let the application or a trigger change them (RESTRICT), or accept the loss with"
                            + " foreign-key-cascades = warn";
            if (config.foreignKeyCascades() == CascadePolicy.FAIL) {
                error(remedy, "%s", what);
            } else {
                warning("RESTRICT instead of the cascade", "%s", what);
            }
        }
        List<String> others = new ArrayList<>();
        List<String> folding = new ArrayList<>();
        for (ServerFacts.Table table : facts.tables()) {
            String engine = table.engine();
            if (!engine.equalsIgnoreCase("InnoDB") && !engine.equalsIgnoreCase("ROCKSDB")) {
                others.add(table.qualifiedName() + " (" + engine + ")");
            }
            for (String column : table.foldingKeyColumns()) {
                folding.add(table.qualifiedName() + "." + column);
            }
        }
        if (!others.isEmpty()) {
            warning(
                    "ALTER TABLE … ENGINE = InnoDB",
                    "tables of engines without transactions: %s. A chunk may show a change before"
                            + " the binlog does, and a MEMORY table that is emptied by a restart of the"
                            + " server stops the job",
                    some(others));
        }
        if (!folding.isEmpty()) {
            warning(
                    "nothing, if keys are always written in one form; else a collation that ends in"
                            + " 0900_bin",
                    "keys under a collation that calls different texts equal: %s. What is one key"
                            + " here ('a' = 'A', perhaps 'a' = 'a ') is two in PostgreSQL: two"
                            + " instances that write it in different forms make two rows",
                    some(folding));
        }
    }

    private static String some(List<?> all) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(NAMED, all.size()); i++) {
            text.append(i == 0 ? "" : ", ").append(all.get(i));
        }
        if (all.size() > NAMED) {
            text.append(" and ").append(all.size() - NAMED).append(" more");
        }
        return text.toString();
    }
}
