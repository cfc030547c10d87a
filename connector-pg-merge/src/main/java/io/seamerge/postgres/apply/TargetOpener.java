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
import io.seamerge.postgres.config.DataSaveMode;
import io.seamerge.postgres.config.Engine;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.config.SchemaSaveMode;
import io.seamerge.postgres.config.Shape;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.target.IncomingTable;
import io.seamerge.postgres.target.TargetDescription;
import io.seamerge.postgres.target.TargetTable;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds or creates what a pipeline writes to: schema {@code seamerge} and the tables. Several
 * writers may do so at the same time.
 */
final class TargetOpener {

    private static final Logger LOG = LoggerFactory.getLogger(TargetOpener.class);

    private final MergeConfig config;
    private final Database database;

    TargetOpener(MergeConfig config, Database database) {
        this.config = config;
        this.database = database;
    }

    /**
     * Opens the tables to write to them, and holds them for the pipeline: none of them, if one
     * cannot be opened or is held by another.
     *
     * @param bounded whether the run ends by itself: tables that it creates may then get their keys
     *     once they are filled
     * @return each table by its table id
     * @throws PostgresMergeException naming everything that does not fit
     */
    Map<String, TargetTable> open(Collection<IncomingTable> incoming, boolean bounded) {
        Map<String, TargetTable> opened = open(incoming, true, bounded);
        Values values = held(incoming);
        List<String> problems = new ArrayList<>();
        database.control(
                "Holding the tables",
                session -> {
                    session.update(ControlSql.HOLDER_WRITE, values);
                    problems.clear();
                    refuseHeld(session, values, problems);
                    if (!problems.isEmpty()) {
                        session.rollback();
                    } else if ((Boolean) session.value(ControlSql.SOURCE_FORMER, values)) {
                        session.update(ControlSql.SOURCE_LOCK, Values.none());
                        session.update(ControlSql.SOURCE_ADOPT, values);
                    }
                    return null;
                });
        throwIfAny(problems);
        return opened;
    }

    /**
     * Opens the tables to read them, whoever holds them.
     *
     * @return each table by its table id
     * @throws PostgresMergeException naming everything that does not fit
     */
    Map<String, TargetTable> openToRead(Collection<IncomingTable> incoming) {
        return open(incoming, false, false);
    }

    private Values held(Collection<IncomingTable> incoming) {
        List<String> names = new ArrayList<>();
        for (IncomingTable table : incoming) {
            names.add(table.name());
        }
        return Values.of("pipeline", config.pipeline())
                .and("targets", names.toArray(new String[0]));
    }

    private void refuseHeld(Session session, Values values, List<String> problems)
            throws SQLException {
        session.query(
                ControlSql.HOLDER_OTHERS,
                values,
                problems,
                row -> {
                    String target = row.getString("target");
                    String wroteAt = row.getString("wrote_at");
                    return "Table "
                            + target
                            + " is held by pipeline '"
                            + row.getString("pipeline")
                            + "', which "
                            + (wroteAt == null ? "has not written yet" : "wrote at " + wroteAt)
                            + ": two pipelines would undo each other's work. Continue that one under"
                            + " its name, or write to another table, or, once the other job has"
                            + " ended for good, take the table over: SELECT seamerge.take_over('"
                            + target.replace("'", "''")
                            + "', '"
                            + config.pipeline().replace("'", "''")
                            + "')";
                });
    }

    private Map<String, TargetTable> open(
            Collection<IncomingTable> incoming, boolean toWrite, boolean bounded) {
        List<String> problems = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        Map<String, String> idOfTarget = new HashMap<>();
        for (IncomingTable table : incoming) {
            ids.add(table.tableId());
            problems.addAll(table.problems());
            String other = idOfTarget.put(table.target(), table.tableId());
            if (other != null) {
                problems.add(
                        "Tables "
                                + other
                                + " and "
                                + table.tableId()
                                + " would both go to "
                                + table.target());
            }
        }
        for (String entry : config.unmatchedEntries(ids)) {
            problems.add("Option " + entry + " matches none of the tables " + ids);
        }
        throwIfAny(problems);
        database.control("Creating schema seamerge", this::installSchema);
        if (toWrite) {
            // Before anything is changed for the new rules; who holds them is settled at the end.
            database.control(
                    "Looking who holds the tables",
                    session -> {
                        problems.clear();
                        refuseHeld(session, held(incoming), problems);
                        return null;
                    });
            throwIfAny(problems);
        }
        Set<String> shared = toWrite ? shared(incoming) : Collections.<String>emptySet();
        Map<String, TargetTable> opened = new LinkedHashMap<>();
        for (IncomingTable table : incoming) {
            int number = opened.size();
            boolean ofSeveral = shared.contains(table.name());
            opened.put(
                    table.tableId(),
                    database.control(
                            "Opening table " + table.target(),
                            session -> {
                                List<String> found = new ArrayList<>();
                                TargetTable target =
                                        open(
                                                session, table, number, !toWrite, bounded,
                                                ofSeveral, found);
                                problems.removeAll(found);
                                problems.addAll(found);
                                if (!found.isEmpty()) {
                                    session.rollback();
                                }
                                return target;
                            }));
        }
        throwIfAny(problems);
        return opened;
    }

    /**
     * The tables whose keys could be written by several sources, where that is to be checked: as
     * their source says, or, where it says nothing, by what has written them so far.
     */
    private Set<String> shared(Collection<IncomingTable> incoming) {
        Set<String> shared = new HashSet<>();
        Map<String, IncomingTable> asked = new HashMap<>();
        for (IncomingTable table : incoming) {
            if (table.checksDisjointKeys()) {
                if (table.sourcesPerKey() == null) {
                    asked.put(table.name(), table);
                } else if (table.sourcesPerKey() > 1) {
                    shared.add(table.name());
                }
            }
        }
        if (asked.isEmpty()) {
            return shared;
        }
        database.control(
                "Looking whose keys are whose",
                session -> {
                    List<String> several = new ArrayList<>();
                    session.query(
                            ControlSql.SOURCE_SEVERAL,
                            Values.of("targets", asked.keySet().toArray(new String[0])),
                            several,
                            row -> row.getString(1));
                    for (String name : several) {
                        if (Owners.areNeeded(session, asked.get(name))) {
                            shared.add(name);
                        }
                    }
                    return null;
                });
        return shared;
    }

    private static void throwIfAny(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.TARGET,
                    "The tables cannot be written as they are:\n  - "
                            + String.join("\n  - ", problems));
        }
    }

    private Void installSchema(Session session) throws SQLException {
        if (!isInstalled(session)) {
            session.value(ControlSql.SCHEMA_LOCK, Values.none());
            if (!isInstalled(session)) {
                for (Statement statement : ControlSql.SCHEMA) {
                    session.update(statement, Values.none());
                }
                session.update(ControlSql.LETTER_REPLAY, Values.none());
                session.update(ControlSql.LETTER_REPLAY_WAITING, Values.none());
                session.update(ControlSql.CONFLICT_KEEP_FUNCTION, Values.none());
                session.update(ControlSql.HOLDER_FUNCTION, Values.none());
                session.update(ControlSql.TOMBSTONES_FUNCTION, Values.none());
                session.update(ControlSql.STATUS_VIEW, Values.none());
                session.update(ControlSql.STATUS_COMMENT, Values.none());
                session.update(ControlSql.HANDOFF_HERE, Values.none());
            }
        }
        int version = version(session);
        if (version < ControlSql.VERSION) {
            session.value(ControlSql.SCHEMA_LOCK, Values.none());
            if (version(session) < ControlSql.VERSION) {
                session.update(ControlSql.SCHEMA_UPGRADE, Values.none());
                session.update(ControlSql.LETTER_REPLAY, Values.none());
                session.update(
                        ControlSql.SCHEMA_UPGRADED, Values.of("version", ControlSql.VERSION));
                LOG.info("Schema seamerge is of version {} now", ControlSql.VERSION);
            }
        }
        if (version > ControlSql.VERSION) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.TARGET,
                    "Schema seamerge is of version "
                            + version
                            + ", made by a later release. This one knows versions up to "
                            + ControlSql.VERSION
                            + ": use the later release");
        }
        return null;
    }

    private static int version(Session session) throws SQLException {
        return (Integer) session.value(ControlSql.SCHEMA_VERSION, Values.none());
    }

    private static boolean isInstalled(Session session) throws SQLException {
        return (Boolean) session.value(ControlSql.SCHEMA_INSTALLED, Values.none());
    }

    private TargetTable open(
            Session session,
            IncomingTable table,
            int number,
            boolean toRead,
            boolean bounded,
            boolean shared,
            List<String> problems)
            throws SQLException {
        String target = table.target();
        KeptRules.check(session, config.pipeline(), table, toRead, problems);
        if (!problems.isEmpty()) {
            return null;
        }
        String kind = kind(session, target);
        if (kind == null) {
            if (config.schemaSaveMode() == SchemaSaveMode.ERROR_WHEN_SCHEMA_NOT_EXIST) {
                problems.add(
                        "Table "
                                + target
                                + " is not there, and schema_save_mode is ERROR_WHEN_SCHEMA_NOT_EXIST. Create it first");
                return null;
            }
            session.value(ControlSql.SCHEMA_LOCK, Values.none());
            boolean keyed = !bounded || table.rules().shape() != Shape.DISJOINT;
            if (kind(session, target) == null && !create(session, table, keyed, problems)) {
                return null;
            }
            kind = kind(session, target);
        }
        if (!kind.equals("r") && !kind.equals("p")) {
            problems.add(
                    "Table "
                            + target
                            + " is "
                            + inWords(kind)
                            + ", to which rows cannot be merged. Name the table itself, or another one");
            return null;
        }
        if (config.dataSaveMode() == DataSaveMode.ERROR_WHEN_DATA_EXISTS
                && !(Boolean)
                        session.value(
                                ControlSql.PROGRESS_EXISTS,
                                Values.of("pipeline", config.pipeline()))
                && (Boolean) session.value(TargetSql.hasRows(target), Values.none())) {
            problems.add(
                    "Table "
                            + target
                            + " holds rows, pipeline '"
                            + config.pipeline()
                            + "' has never written, and data_save_mode is ERROR_WHEN_DATA_EXISTS");
        }
        if (!toRead && table.rules().engine() != Engine.DIRECT) {
            clearFormer(session, table);
        }
        boolean owned =
                !toRead && table.checksDisjointKeys() && (shared || Owners.isThere(session, table));
        TargetDescription description = describe(session, target);
        if (isKeyDeferred(session, table) && !description.hasUniqueKey(table.key())) {
            if (toRead) {
                problems.add(
                        "Table "
                                + target
                                + " is still without its key, since the run that fills it has not ended. Let that"
                                + " end, or restore it");
                return null;
            }
            if (bounded && !(Boolean) session.value(TargetSql.hasRows(target), Values.none())) {
                description.deferKey();
            } else {
                DeferredKeys.add(session, table);
                description = describe(session, target);
            }
        }
        TargetTable result = TargetTable.of(table, description, number, owned, problems);
        if (problems.isEmpty() && !toRead && table.rules().shape() == Shape.DISJOINT) {
            Owners.open(session, table, owned);
        }
        if (problems.isEmpty()
                && table.rules().engine() != Engine.DIRECT
                && kind(session, table.state()) == null) {
            session.value(ControlSql.SCHEMA_LOCK, Values.none());
            if (kind(session, table.state()) == null) {
                for (Statement statement :
                        TargetSql.createState(table.state(), target, table.key())) {
                    session.update(statement, Values.none());
                }
            }
        }
        if (problems.isEmpty() && result.perSource()) {
            openSources(session, table, result, problems);
        }
        return result;
    }

    /**
     * What a former pipeline kept beside a table that is empty now would decide about rows that it
     * has nothing to do with.
     */
    private void clearFormer(Session session, IncomingTable table) throws SQLException {
        if (kind(session, table.state()) == null || !isFormer(session, table)) {
            return;
        }
        session.value(ControlSql.SCHEMA_LOCK, Values.none());
        session.update(TargetSql.lockState(table.state()), Values.none());
        if (!isFormer(session, table)) {
            return;
        }
        for (Statement statement :
                TargetSql.dropState(table.state(), table.sources(), table.keys(), table.merged())) {
            session.update(statement, Values.of("target", table.name()));
        }
        LOG.info(
                "{} is empty, and pipeline '{}' begins it: what was kept for a former one is forgotten",
                table.target(),
                config.pipeline());
    }

    private boolean isFormer(Session session, IncomingTable table) throws SQLException {
        Values values = Values.of("pipeline", config.pipeline()).and("target", table.name());
        return (Boolean) session.value(ControlSql.STATE_FORMER, values)
                && !(Boolean) session.value(TargetSql.hasRows(table.target()), Values.none());
    }

    private static String inWords(String kind) {
        switch (kind) {
            case "v":
                return "a view";
            case "m":
                return "a materialized view";
            case "f":
                return "a foreign table";
            case "S":
                return "a sequence";
            case "i":
            case "I":
                return "an index";
            case "c":
                return "a composite type";
            default:
                return "no table (relkind " + kind + ")";
        }
    }

    /** Finds or makes what holds each source's rows, and the view of what stands by that. */
    private void openSources(
            Session session, IncomingTable table, TargetTable target, List<String> problems)
            throws SQLException {
        session.value(ControlSql.SCHEMA_LOCK, Values.none());
        String sources = table.sources();
        List<String> columns = new ArrayList<>(target.types().keySet());
        if (kind(session, sources) == null) {
            for (Statement statement :
                    TargetSql.createSources(
                            sources, table.target(), columns, table.key(), table.rules())) {
                session.update(statement, Values.none());
            }
        } else {
            fitSources(session, table, target, problems);
        }
        if (!problems.isEmpty()) {
            return;
        }
        try {
            for (Statement statement :
                    TargetSql.mergedView(
                            table.merged(),
                            table.target(),
                            table.name(),
                            sources,
                            target.types(),
                            table.key(),
                            target.marksWithTime(),
                            table.rules())) {
                session.run(statement);
            }
        } catch (SQLException e) {
            if (e.getSQLState() == null || !e.getSQLState().startsWith("42")) {
                throw e;
            }
            problems.add(
                    "Table "
                            + table.target()
                            + ": column_resolvers = "
                            + table.rules().columnResolvers()
                            + " cannot be computed: SQLSTATE "
                            + e.getSQLState()
                            + ": "
                            + e.getMessage());
        }
    }

    /** The table may have got columns since; those of another type are not ours to convert. */
    private static void fitSources(
            Session session, IncomingTable table, TargetTable target, List<String> problems)
            throws SQLException {
        TargetDescription held = describe(session, table.sources());
        Map<String, String> wanted = new LinkedHashMap<>(target.types());
        for (String base : ApplySql.baseColumns(table.rules())) {
            wanted.put(base, "numeric");
        }
        for (Map.Entry<String, String> column : wanted.entrySet()) {
            TargetDescription.ColumnDescription found = held.columns().get(column.getKey());
            if (found == null && column.getKey().startsWith("~")) {
                problems.add(
                        "Table "
                                + table.target()
                                + ": column_resolvers now count changes from a base, which was not kept so far ("
                                + table.sources()
                                + " has no column "
                                + column.getKey()
                                + "). Begin again under a new pipeline");
            } else if (found == null) {
                session.update(
                        TargetSql.addSourcesColumn(
                                table.sources(), column.getKey(), column.getValue()),
                        Values.none());
            } else if (!found.type().equals(column.getValue())) {
                problems.add(
                        "Column "
                                + column.getKey()
                                + " is "
                                + column.getValue()
                                + " in "
                                + table.target()
                                + " and "
                                + found.type()
                                + " in "
                                + table.sources()
                                + ". Give it the same type in both");
            }
        }
    }

    private static boolean isKeyDeferred(Session session, IncomingTable table) throws SQLException {
        return (Boolean)
                session.value(ControlSql.DEFERRED_KEY_THERE, Values.of("target", table.name()));
    }

    private static String kind(Session session, String table) throws SQLException {
        return (String) session.value(TargetSql.KIND, Values.of("table", table));
    }

    private static boolean create(
            Session session, IncomingTable table, boolean keyed, List<String> problems)
            throws SQLException {
        List<Statement> creation = table.creation(keyed, problems);
        if (!problems.isEmpty()) {
            return false;
        }
        if (!(Boolean)
                session.value(TargetSql.NAMESPACE_EXISTS, Values.of("schema", table.schema()))) {
            session.update(TargetSql.createNamespace(table.schema()), Values.none());
        }
        for (Statement statement : creation) {
            session.update(statement, Values.none());
        }
        if (!keyed) {
            session.update(ControlSql.DEFERRED_KEY_WRITE, Values.of("target", table.name()));
        }
        return true;
    }

    private static TargetDescription describe(Session session, String target) throws SQLException {
        TargetDescription description = new TargetDescription();
        Values table = Values.of("table", target);
        session.query(
                TargetSql.COLUMNS,
                table,
                new ArrayList<Void>(),
                row -> {
                    description.addColumn(
                            row.getString("name"),
                            new TargetDescription.ColumnDescription(
                                    row.getString("type"),
                                    row.getString("base_type"),
                                    row.getInt("bits"),
                                    row.getBoolean("required"),
                                    row.getBoolean("not_null"),
                                    row.getBoolean("generated"),
                                    row.getBoolean("always_identity"),
                                    row.getBoolean("deterministic")));
                    return null;
                });
        session.query(
                TargetSql.UNIQUE_KEYS,
                table,
                new ArrayList<Void>(),
                row -> {
                    description.addUniqueKey(
                            Arrays.asList((String[]) row.getArray("columns").getArray()),
                            row.getBoolean("usable"));
                    return null;
                });
        description.setOtherConstraints(
                (Boolean) session.value(TargetSql.OTHER_CONSTRAINTS, table));
        description.setSignature(
                (String)
                        session.value(
                                TargetSql.SIGNATURE,
                                Values.of("tables", new String[] {(String) table.get("table")})));
        return description;
    }
}
