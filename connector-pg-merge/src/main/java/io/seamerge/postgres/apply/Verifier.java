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
package io.seamerge.postgres.apply;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.Fold;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.VerifySql;
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetTable;
import io.seamerge.postgres.wire.ControlKind;
import io.seamerge.postgres.wire.ControlRow;
import io.seamerge.postgres.wire.MetadataColumns;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what a bounded run reads with what is in PostgreSQL, while the pipeline itself may go on
 * writing there. It takes no progress and no epoch of the pipeline.
 *
 * <p>Rows are staged batch by batch and compared at once; what is not as it should be is suspected,
 * and looked at again until it is, or until the time is over. Keys that were seen, and suspects,
 * are kept in temporary tables: on the server's disk, not in this heap. If the connection is lost,
 * so are they, and the run fails. Thread-safe.
 */
public final class Verifier implements RowSink {

    private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);

    /** How often what is in flight is looked at. */
    private static final long LOOK_AGAIN_MS = 200;

    /** Rows of a table that are reported one by one; all are counted. */
    private static final int MOST_REPORTED = 10_000;

    /** Rows that are repaired in one transaction: their keys are locked meanwhile. */
    private static final int MOST_REPAIRED_AT_ONCE = 1_000;

    private final MergeConfig config;
    private final int expectedTables;
    private final Database database;
    private final Sources sources;
    private final Map<String, IncomingTable> incoming = new LinkedHashMap<>();

    /** By instance, where its run ended; null as long as it goes on. */
    private final Map<String, Long> ends = new TreeMap<>();

    /**
     * Versions that the pipeline had applied when the run began. Of an idle server the run itself
     * sees no version at all.
     */
    private final Map<String, Long> appliedAtBegin = new HashMap<>();

    private long lookAgainNanos = System.nanoTime();

    private final Map<TargetTable, Map<String, Fold>> gathered = new LinkedHashMap<>();
    private Map<String, TargetTable> tables;
    private int[] controlPlaces;
    private long run;
    private String horizon;
    private int rows;
    private long bytes;
    private boolean finished;

    /**
     * Does not connect yet.
     *
     * @param expectedTables how many tables are registered before the first row comes
     */
    public Verifier(MergeConfig config, int expectedTables) {
        this.config = config;
        this.expectedTables = expectedTables;
        this.database = new Database(config, "seamerge " + config.pipeline() + " verify");
        this.sources = new Sources(config, database);
    }

    @Override
    public synchronized void register(CatalogTable table) {
        if (table.getTablePath().toString().equals(ControlRow.TABLE_ID)) {
            controlPlaces = Applier.controlPlaces(table);
        } else {
            incoming.put(table.getTablePath().toString(), new IncomingTable(table, config));
        }
        if (incoming.size() + (controlPlaces == null ? 0 : 1) == expectedTables) {
            open();
        }
    }

    private void open() {
        if (tables != null) {
            return;
        }
        List<String> problems = new ArrayList<>();
        if (controlPlaces == null) {
            problems.add(
                    "write_mode = verify needs control rows, which say where a run begins and ends: set control-rows ="
                            + " true at the source");
        }
        for (IncomingTable table : incoming.values()) {
            if (!table.metadata().versioned()) {
                problems.add(
                        "Table "
                                + table.tableId()
                                + ": write_mode = verify needs the metadata columns "
                                + table.metadata().missingForVersions());
            }
        }
        if (!problems.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    "Nothing can be verified:\n  - " + String.join("\n  - ", problems));
        }
        Map<String, TargetTable> opened =
                new TargetOpener(config, database).openToRead(incoming.values());
        Values values = Values.of("pipeline", config.pipeline()).and("repair", config.repair());
        database.control(
                "Beginning to verify",
                session -> {
                    run = (Long) session.value(VerifySql.BEGIN, values);
                    horizon = (String) session.value(VerifySql.HORIZON, Values.none());
                    session.query(
                            VerifySql.APPLIED,
                            values,
                            new ArrayList<Void>(),
                            row -> {
                                appliedAtBegin.put(
                                        row.getString("instance"), row.getLong("version_time"));
                                return null;
                            });
                    for (TargetTable table : opened.values()) {
                        for (Statement creation : table.verifySql().create()) {
                            session.update(creation, Values.none());
                        }
                    }
                    return null;
                });
        tables = opened;
        LOG.info("Verification {} of pipeline '{}' begins", run, config.pipeline());
    }

    @Override
    public synchronized void write(String tableId, SeaTunnelRow row) {
        if (tableId.equals(ControlRow.TABLE_ID)) {
            ControlRow control = ControlRow.read(row, controlPlaces);
            if (control.kind() == ControlKind.RUN_BEGUN) {
                ends.put(control.instance(), null);
            } else if (control.kind() == ControlKind.RUN_END) {
                ends.put(control.instance(), control.version().time());
            } else if (control.kind() == ControlKind.TRUNCATE) {
                throw new PostgresMergeException(
                        PostgresMergeException.Code.WIRE,
                        "A source of "
                                + control.targetTable()
                                + " was truncated while it was compared. Start the verification anew");
            }
            return;
        }
        gather(tables.get(tableId), row);
        if (rows >= config.batchSize() || bytes >= config.batchBytes()) {
            look();
        }
    }

    @Override
    public synchronized void write(List<SeaTunnelRow> block) {
        for (SeaTunnelRow row : block) {
            write(row.getTableId(), row);
        }
    }

    private void gather(TargetTable table, SeaTunnelRow row) {
        MetadataColumns metadata = table.metadata();
        Object[] fields = row.getFields();
        String instance = metadata.instance(fields);
        Version version = metadata.version(fields);
        if (!ends.containsKey(instance)) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.WIRE,
                    "A row of instance '"
                            + instance
                            + "' came before its run began: the job was restored, and what it had read before is not"
                            + " known any more. Start the verification anew");
        }
        Operation operation =
                MetadataColumns.operation(row.getRowKind(), metadata.isSnapshot(fields, version));
        if (operation == null) {
            return;
        }
        int source =
                table.consolidated()
                        ? sources.of(table, metadata.source(fields))
                        : RowKey.ANY_SOURCE;
        RowKey key = Applier.key(table, fields, source);
        gathered.computeIfAbsent(table, t -> new TreeMap<>())
                .computeIfAbsent(instance, i -> new Fold())
                .add(key, new Change(operation, fields, source, Version.OLDEST, version));
        rows++;
        bytes += row.getBytesSize();
    }

    @Override
    public synchronized void commit() {
        look();
    }

    /** Compares what was gathered. */
    private void look() {
        for (Map.Entry<TargetTable, Map<String, Fold>> table : gathered.entrySet()) {
            for (Map.Entry<String, Fold> instance : table.getValue().entrySet()) {
                look(
                        table.getKey(),
                        instance.getKey(),
                        new ArrayList<>(instance.getValue().changes()));
            }
        }
        gathered.clear();
        rows = 0;
        bytes = 0;
        lookAgain();
    }

    /**
     * While the run goes on, the pipeline passes what it has read so far; later it may have passed
     * the end of the run too, and what is there then cannot be judged.
     */
    private void lookAgain() {
        long begun = System.nanoTime();
        if (begun < lookAgainNanos) {
            return;
        }
        for (TargetTable table : tables.values()) {
            settle(table);
        }
        long now = System.nanoTime();
        lookAgainNanos =
                now + Math.max(TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MS), 10 * (now - begun));
    }

    private void settle(TargetTable table) {
        database.control(
                "Looking again at rows of " + table.target(),
                session -> {
                    Values values = Values.of("pipeline", config.pipeline());
                    session.update(table.verifySql().settled(), values);
                    return session.update(table.verifySql().lookAgain(), values);
                });
    }

    private void look(TargetTable table, String instance, List<Change> changes) {
        long asOf = Version.OLDEST;
        for (Change change : changes) {
            asOf = Math.max(asOf, change.version().time());
        }
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("instance", instance)
                        .and("as_of", asOf);
        String what = "Comparing " + changes.size() + " rows of " + table.target();
        Exception refusal;
        try {
            database.transact(
                    what,
                    session -> {
                        session.stage(table, changes);
                        for (Statement statement : table.verifySql().look()) {
                            session.update(statement, values);
                        }
                        return null;
                    });
            return;
        } catch (SQLException | RowRefusedException e) {
            refusal = e;
        }
        int n = changes.size();
        if (n > 1) {
            look(table, instance, changes.subList(0, n / 2));
            look(table, instance, changes.subList(n / 2, n));
            return;
        }
        LOG.warn(
                "{} from {} holds what PostgreSQL cannot store: {}",
                table.showKey(changes.get(0)),
                table.showSource(changes.get(0)),
                refusal.getMessage());
        lookAtKey(table, values, changes.get(0));
    }

    /** Of a row that PostgreSQL cannot store, what is there can only be wrong. */
    private void lookAtKey(TargetTable table, Values values, Change change) {
        database.control(
                "Comparing a row of " + table.target(),
                session -> {
                    session.stageKey(table, change);
                    List<Statement> look = table.verifySql().look();
                    for (Statement statement : look.subList(0, look.size() - 1)) {
                        session.update(statement, values);
                    }
                    session.update(table.verifySql().unreadable(), values);
                    return null;
                });
    }

    // ---- the end
    // -------------------------------------------------------------------------------------------------

    @Override
    public synchronized void finish() {
        if (finished) {
            return;
        }
        finished = true;
        look();
        if (ends.isEmpty() || ends.containsValue(null)) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.WIRE,
                    "The run ended, but not that of every instance: " + ends);
        }
        for (TargetTable table : tables.values()) {
            lookForExtra(table);
        }
        settle();
        for (TargetTable table : tables.values()) {
            report(table);
        }
        if (config.repair()) {
            for (TargetTable table : tables.values()) {
                repair(table);
            }
        }
        conclude();
    }

    private Values values(TargetTable table) {
        String[] instances = ends.keySet().toArray(new String[0]);
        List<Long> read = new ArrayList<>();
        for (Map.Entry<String, Long> end : ends.entrySet()) {
            read.add(Math.max(end.getValue(), appliedAtBegin.getOrDefault(end.getKey(), 0L)));
        }
        return Values.of("pipeline", config.pipeline())
                .and("run", run)
                .and("target", table.name())
                .and("horizon", horizon)
                .and("instances", instances)
                .and("ends", read.toArray(new Long[0]))
                .and("preference", config.sources().toArray(new String[0]));
    }

    private void lookForExtra(TargetTable table) {
        VerifySql sql = table.verifySql();
        database.control(
                "Looking for rows of " + table.target() + " that no source has",
                session -> {
                    session.update(sql.analyze(), Values.none());
                    return session.update(sql.extra(), values(table));
                });
    }

    /** Looks at the suspects until there are none, or the time is over. */
    private void settle() {
        long begun = System.nanoTime();
        while (true) {
            long left = 0;
            for (TargetTable table : tables.values()) {
                left += settled(table);
            }
            long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            if (left == 0 || elapsed >= config.verifySettleTimeoutMs()) {
                return;
            }
            try {
                Thread.sleep(LOOK_AGAIN_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PostgresMergeException(
                        PostgresMergeException.Code.CLOSED, "The engine interrupted the writer", e);
            }
        }
    }

    private long settled(TargetTable table) {
        settle(table);
        return database.control(
                "Counting rows of " + table.target(),
                session -> (Long) session.value(table.verifySql().count(), values(table)));
    }

    private void report(TargetTable table) {
        VerifySql sql = table.verifySql();
        database.control(
                "Reporting on " + table.target(),
                session -> {
                    session.update(sql.classify(), values(table));
                    if (sql.merged() != null) {
                        session.update(sql.merged(), values(table));
                    }
                    session.update(sql.summary(), values(table));
                    return session.update(sql.report(), values(table).and("most", MOST_REPORTED));
                });
    }

    private void repair(TargetTable table) {
        VerifySql sql = table.verifySql();
        String what = "Repairing " + table.target();
        boolean more = true;
        while (more) {
            try {
                more =
                        database.transact(
                                what,
                                session -> {
                                    Values values =
                                            values(table).and("most", MOST_REPAIRED_AT_ONCE);
                                    if (session.update(sql.turn(), values) == 0) {
                                        return false;
                                    }
                                    values.and(
                                            "ranks",
                                            session.value(ControlSql.SOURCE_RANKS, values));
                                    session.openStage(table);
                                    for (Statement statement : sql.repair()) {
                                        session.run(statement, values);
                                    }
                                    session.update(sql.turned(), values);
                                    return true;
                                });
            } catch (SQLException | RowRefusedException e) {
                throw new PostgresMergeException(
                        PostgresMergeException.Code.ROW_REFUSED,
                        what + ": PostgreSQL refuses a row: " + e.getMessage(),
                        e);
            }
        }
        database.control(
                what,
                session -> {
                    session.update(sql.settled(), values(table));
                    if (sql.merged() != null) {
                        session.update(sql.mergedForget(), values(table));
                        session.update(sql.merged(), values(table));
                    }
                    return session.update(sql.repaired(), values(table));
                });
    }

    private void conclude() {
        List<String> differences = new ArrayList<>();
        long[] left = new long[1];
        database.control(
                "Ending a verification",
                session -> {
                    differences.clear();
                    left[0] = 0;
                    session.query(
                            VerifySql.READ_SUMMARY,
                            Values.of("run", run),
                            differences,
                            row -> {
                                long wrong =
                                        row.getLong("missing")
                                                + row.getLong("extra")
                                                + row.getLong("different");
                                left[0] += wrong - row.getLong("repaired");
                                String text =
                                        row.getString("target")
                                                + ": "
                                                + row.getLong("missing")
                                                + " missing, "
                                                + row.getLong("extra")
                                                + " extra, "
                                                + row.getLong("different")
                                                + " different"
                                                + (config.repair()
                                                        ? ", "
                                                                + row.getLong("repaired")
                                                                + " repaired"
                                                        : "");
                                LOG.info(
                                        "Verification {}: {}, {} rows compared, {} moving",
                                        run,
                                        text,
                                        row.getLong("rows"),
                                        row.getLong("moving"));
                                return wrong == 0 ? "" : text;
                            });
                    return session.update(
                            VerifySql.END,
                            Values.of("run", run)
                                    .and("outcome", left[0] == 0 ? "equal" : "different"));
                });
        differences.removeAll(Collections.singleton(""));
        if (left[0] > 0) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.DIFFERENT,
                    "Verification "
                            + run
                            + " of pipeline '"
                            + config.pipeline()
                            + "' found what its sources do not have so: "
                            + String.join("; ", differences)
                            + ". See SELECT * FROM seamerge.verify WHERE run_id = "
                            + run);
        }
    }

    /** Ends at once. */
    @Override
    public void close() {
        database.close();
    }
}
