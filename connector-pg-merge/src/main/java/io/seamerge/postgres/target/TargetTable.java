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
package io.seamerge.postgres.target;

import io.seamerge.postgres.config.ColumnResolver;
import io.seamerge.postgres.config.ConflictLog;
import io.seamerge.postgres.config.DeletePolicy;
import io.seamerge.postgres.config.Engine;
import io.seamerge.postgres.config.OnConflict;
import io.seamerge.postgres.config.OnViolation;
import io.seamerge.postgres.config.Resolver;
import io.seamerge.postgres.config.Shape;
import io.seamerge.postgres.config.TableRules;
import io.seamerge.postgres.merge.Change;
import io.seamerge.postgres.merge.KeyForm;
import io.seamerge.postgres.merge.KeyOrder;
import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.RowKey;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ApplySql;
import io.seamerge.postgres.sql.ForgetSql;
import io.seamerge.postgres.sql.Identifiers;
import io.seamerge.postgres.sql.Statement;
import io.seamerge.postgres.sql.TargetSql;
import io.seamerge.postgres.sql.VerifySql;
import io.seamerge.postgres.target.TargetDescription.ColumnDescription;
import io.seamerge.postgres.wire.MetadataColumns;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.apache.seatunnel.api.table.type.SqlType;

/**
 * A table of PostgreSQL that rows of one merged table are written to: which field goes to which
 * column and how, and the statements that do it. Immutable.
 */
public final class TargetTable implements Comparable<TargetTable> {

    /** Stands for the place of a field that rows do not have: the mark of deleted ones. */
    private static final int MARK = -1;

    /** Types whose sums do not depend on the order. */
    private static final List<String> EXACT_NUMBERS =
            Arrays.asList("int2", "int4", "int8", "numeric");

    private final IncomingTable incoming;
    private final boolean consolidated;
    private final boolean owned;
    private final boolean keyDeferred;
    private final boolean singleLane;
    private final boolean softDeletes;
    private final boolean marksWithTime;
    private final String[] columns;
    private final int[] places;
    private final boolean[] ofKey;
    private final ValueWriter[] writers;

    /** Null where values of a column must be written by text. */
    private final BinaryWriter[] binaryWriters;

    /** The row's key among {@link #columns}, in the order of the key. */
    private final int[] keyColumns;

    private final boolean binary;
    private final boolean replaceable;
    private final String signature;
    private final int[] keyPlaces;
    private final KeyForm[] keyForms;
    private final KeyOrder keyOrder;
    private final OnDemand<ApplySql> sql;
    private final OnDemand<ForgetSql> forget;
    private final Map<String, String> types;
    private final boolean perSource;
    private final int[] basePlaces;
    private final int versionPlace;
    private final int snapshotPlace;
    private final OnDemand<VerifySql> verifySql;

    private TargetTable(
            IncomingTable incoming,
            TargetDescription description,
            int number,
            boolean owned,
            List<String> problems) {
        String subject = "Table " + incoming.target() + ": ";
        this.incoming = incoming;
        String stage = "pg_temp." + Identifiers.quote("stage_" + number);
        String won = "pg_temp." + Identifiers.quote("won_" + number);
        this.owned = owned;
        this.keyDeferred = description.isKeyDeferred();
        this.consolidated = incoming.rules().engine() != Engine.DIRECT;
        this.singleLane = description.rowsDependOnEachOther();
        List<String> names = new ArrayList<>();
        List<Integer> fields = new ArrayList<>();
        List<ValueWriter> valueWriters = new ArrayList<>();
        List<BinaryWriter> valueBinaryWriters = new ArrayList<>();
        Map<String, Integer> placeOf = new HashMap<>();
        boolean overridesIdentity = false;
        for (int i = 0; i < incoming.columns().size(); i++) {
            Column column = incoming.columns().get(i);
            placeOf.put(column.getName(), i);
            ColumnDescription found = description.columns().get(column.getName());
            if (found == null) {
                if (!incoming.metadata().contains(column.getName())
                        || incoming.key().contains(column.getName())) {
                    problems.add(
                            subject
                                    + "it has no column "
                                    + column.getName()
                                    + ". Add it, or leave it out at the source");
                }
                continue;
            }
            if (found.generated()) {
                continue;
            }
            ValueWriter writer =
                    ValueWriter.of(column.getDataType(), found.baseType(), found.bits());
            if (writer == null) {
                problems.add(
                        subject
                                + "column "
                                + column.getName()
                                + " comes as "
                                + column.getDataType()
                                + ", which is not supported");
                continue;
            }
            overridesIdentity |= found.alwaysIdentity();
            names.add(column.getName());
            fields.add(i);
            valueWriters.add(writer);
            valueBinaryWriters.add(BinaryWriter.of(column.getDataType(), found.baseType()));
        }
        String marker = incoming.rules().softDeleteColumn();
        this.softDeletes = !marker.isEmpty();
        boolean timed = false;
        if (softDeletes) {
            ColumnDescription found = description.columns().get(marker);
            timed = found != null && found.baseType().startsWith("timestamp");
            if (placeOf.containsKey(marker)) {
                problems.add(
                        subject
                                + "column "
                                + marker
                                + " comes from the source, and is soft_delete_column. Name another one");
            } else if (found == null || !timed && !found.baseType().equals("bool")) {
                problems.add(
                        subject
                                + (found == null
                                        ? "it has no column " + marker
                                        : "column " + marker + " is " + found.type())
                                + ", which is to mark deleted rows. Add: ALTER TABLE "
                                + incoming.target()
                                + " ADD COLUMN "
                                + Identifiers.quote(marker)
                                + " boolean NOT NULL DEFAULT false");
            } else {
                placeOf.put(marker, MARK);
                names.add(marker);
                fields.add(MARK);
                SeaTunnelDataType<?> type =
                        timed ? LocalTimeType.LOCAL_DATE_TIME_TYPE : BasicType.BOOLEAN_TYPE;
                valueWriters.add(ValueWriter.of(type, found.baseType(), 0));
                valueBinaryWriters.add(BinaryWriter.of(type, found.baseType()));
            }
        }
        this.marksWithTime = timed;
        for (Map.Entry<String, ColumnDescription> column : description.columns().entrySet()) {
            if (column.getValue().required()
                    && !column.getValue().generated()
                    && !placeOf.containsKey(column.getKey())) {
                problems.add(
                        subject
                                + "column "
                                + column.getKey()
                                + " is NOT NULL without a default, and no such column comes from the source");
            }
        }
        if (!keyDeferred && !description.hasUniqueKey(incoming.key())) {
            problems.add(
                    subject
                            + "it has no unique key of exactly the columns "
                            + incoming.key()
                            + " that is neither deferrable nor partial. Add: ALTER TABLE "
                            + incoming.target()
                            + " ADD PRIMARY KEY ("
                            + Identifiers.list("", incoming.key())
                            + ")");
        }
        int size = names.size();
        this.columns = names.toArray(new String[0]);
        this.places = new int[size];
        this.ofKey = new boolean[size];
        this.writers = valueWriters.toArray(new ValueWriter[0]);
        for (int i = 0; i < size; i++) {
            places[i] = fields.get(i);
            ofKey[i] = incoming.key().contains(names.get(i));
        }
        this.binaryWriters = valueBinaryWriters.toArray(new BinaryWriter[0]);
        this.binary = !valueBinaryWriters.contains(null);
        this.signature = description.signature();
        this.replaceable =
                signature != null
                        && description.isFilledBy(names)
                        && isReplaceableBy(incoming.rules());
        List<String> caseless = new ArrayList<>();
        this.keyPlaces = new int[incoming.key().size()];
        this.keyColumns = new int[keyPlaces.length];
        this.keyForms = new KeyForm[keyPlaces.length];
        for (int i = 0; i < keyPlaces.length; i++) {
            String name = incoming.key().get(i);
            keyPlaces[i] = placeOf.getOrDefault(name, -1);
            keyColumns[i] = names.indexOf(name);
            ColumnDescription found = description.columns().get(name);
            keyForms[i] = found == null ? KeyForm.EXACT : form(name, found, subject, problems);
            if (keyForms[i] == KeyForm.CASE_INSENSITIVE) {
                caseless.add(name);
            }
        }
        this.keyOrder = new KeyOrder(keyPlaces);
        Map<String, String> types = new LinkedHashMap<>();
        for (String name : names) {
            types.put(name, description.columns().get(name).type());
        }
        this.types = types;
        TableRules rules = incoming.rules();
        this.perSource = rules.engine() == Engine.PER_SOURCE;
        checkPolicies(subject, description, problems);
        List<String> bases = perSource ? withBase(rules) : Collections.<String>emptyList();
        this.basePlaces = new int[bases.size()];
        for (int i = 0; i < basePlaces.length; i++) {
            basePlaces[i] = placeOf.getOrDefault(bases.get(i), -1);
        }
        this.versionPlace = placeOf.getOrDefault(rules.versionColumn(), -1);
        this.snapshotPlace = placeOf.getOrDefault(rules.snapshotColumn(), -1);
        boolean overrides = overridesIdentity;
        if (perSource) {
            String touched = "pg_temp." + Identifiers.quote("touched_" + number);
            boolean byNumber =
                    versionPlace >= 0
                            && incoming.columns().get(versionPlace).getDataType().getSqlType()
                                    != SqlType.TIMESTAMP;
            this.sql =
                    new OnDemand<>(
                            () ->
                                    ApplySql.perSource(
                                            incoming.target(),
                                            name(),
                                            incoming.state(),
                                            incoming.sources(),
                                            stage,
                                            touched,
                                            won,
                                            types,
                                            incoming.key(),
                                            overrides,
                                            caseless,
                                            marksWithTime,
                                            rules));
            this.forget =
                    new OnDemand<>(
                            () ->
                                    ForgetSql.perSource(
                                            sql(),
                                            incoming.target(),
                                            incoming.state(),
                                            incoming.sources(),
                                            incoming.keys(),
                                            stage,
                                            touched,
                                            "pg_temp." + Identifiers.quote("kept_" + number),
                                            won,
                                            names,
                                            incoming.key(),
                                            caseless,
                                            marker,
                                            marksWithTime,
                                            byNumber));
            this.verifySql =
                    new OnDemand<>(
                            () ->
                                    VerifySql.perSource(
                                            forget(),
                                            incoming.target(),
                                            incoming.state(),
                                            incoming.sources(),
                                            incoming.merged(),
                                            stage,
                                            touched,
                                            number,
                                            names,
                                            incoming.key(),
                                            caseless,
                                            rules.delete()));
            return;
        }
        this.sql = new OnDemand<>(() -> sql(stage, won, names, overrides, caseless));
        this.forget = new OnDemand<>(() -> forget(stage, names, caseless, marker));
        this.verifySql =
                new OnDemand<>(
                        () ->
                                VerifySql.of(
                                        incoming.target(),
                                        consolidated ? incoming.state() : null,
                                        stage,
                                        number,
                                        names,
                                        incoming.key(),
                                        overrides,
                                        caseless,
                                        marker,
                                        marksWithTime,
                                        rules.delete()));
    }

    private ApplySql sql(
            String stage,
            String won,
            List<String> names,
            boolean overridesIdentity,
            List<String> caseless) {
        if (owned) {
            return ApplySql.owned(
                    incoming.target(),
                    incoming.owners(),
                    stage,
                    won,
                    names,
                    incoming.key(),
                    overridesIdentity,
                    softDeletes,
                    caseless,
                    incoming.rules().conflictLog(),
                    binary);
        }
        if (consolidated) {
            return ApplySql.row(
                    incoming.target(),
                    incoming.state(),
                    stage,
                    won,
                    names,
                    incoming.key(),
                    overridesIdentity,
                    incoming.rules().resolver() == Resolver.SOURCE_PRIORITY,
                    softDeletes,
                    caseless,
                    incoming.rules().conflictLog(),
                    binary);
        }
        return ApplySql.direct(
                incoming.target(),
                stage,
                names,
                incoming.key(),
                overridesIdentity,
                softDeletes,
                caseless,
                keepsWhatIsThere(incoming.rules()),
                binary);
    }

    private static boolean keepsWhatIsThere(TableRules rules) {
        return rules.resolver() == Resolver.IGNORE && rules.shape() == Shape.CONSOLIDATED;
    }

    /**
     * Whether nobody asks for the image of a change, or of the row before it, within PostgreSQL.
     */
    private static boolean isReplaceableBy(TableRules rules) {
        switch (rules.engine()) {
            case DIRECT:
            case OWNED:
                return !keepsWhatIsThere(rules);
            case ROW:
                return !rules.conflictLog().keeps() && rules.onConflict() != OnConflict.DEAD_LETTER;
            case PER_SOURCE:
                return false;
        }
        throw new IllegalStateException(rules.engine().name());
    }

    private static List<String> withBase(TableRules rules) {
        List<String> columns = new ArrayList<>();
        for (Map.Entry<String, ColumnResolver> entry : rules.columnResolvers().entrySet()) {
            if (entry.getValue().hasBase()) {
                columns.add(entry.getKey());
            }
        }
        return columns;
    }

    /** Whether the columns are there that the rules speak of, and are what these need. */
    private void checkPolicies(
            String subject, TargetDescription description, List<String> problems) {
        TableRules rules = incoming.rules();
        if (rules.engine() == Engine.DIRECT) {
            return;
        }
        checkTime(subject, "version_column", rules.versionColumn(), true, problems);
        checkTime(subject, "snapshot_version", rules.snapshotColumn(), false, problems);
        for (Map.Entry<String, ColumnResolver> entry : rules.columnResolvers().entrySet()) {
            String column = entry.getKey();
            String place = subject + "column_resolvers." + column + " = " + entry.getValue() + ": ";
            ColumnDescription found = description.columns().get(column);
            if (incoming.key().contains(column)) {
                problems.add(place + "the column is part of the key, which is never merged");
            } else if (found == null || !types.containsKey(column)) {
                problems.add(
                        place + "there is no such column that is written, only " + types.keySet());
            } else {
                checkResolver(place, entry.getValue(), found, problems);
            }
        }
    }

    private static void checkResolver(
            String place,
            ColumnResolver resolver,
            ColumnDescription column,
            List<String> problems) {
        String type = column.baseType();
        switch (resolver.kind()) {
            case SUM:
            case DELTA:
                if (!EXACT_NUMBERS.contains(type)) {
                    problems.add(
                            place
                                    + "it needs an exact number ("
                                    + EXACT_NUMBERS
                                    + "), since a sum of others depends on the order: the column is "
                                    + column.type());
                }
                break;
            case UNION:
                if (!type.startsWith("_")
                        && !Arrays.asList("text", "varchar", "jsonb").contains(type)) {
                    problems.add(
                            place
                                    + "it needs an array, jsonb, or text with commas: the column is "
                                    + column.type());
                }
                break;
            case OWNER:
                break;
            case MAX:
            case MIN:
                if (type.equals("json")) {
                    problems.add(place + "values of type json have no order. Make it jsonb");
                }
                break;
            case COALESCE:
            case EXPRESSION:
                break;
        }
        boolean maybeNull =
                resolver.kind() == ColumnResolver.Kind.OWNER
                        || resolver.kind() == ColumnResolver.Kind.EXPRESSION;
        if (maybeNull && column.notNull()) {
            problems.add(
                    place
                            + "the column is NOT NULL, but there may be no value. Drop the constraint");
        }
    }

    private void checkTime(
            String subject, String option, String name, boolean numbers, List<String> problems) {
        if (name.isEmpty()) {
            return;
        }
        for (Column column : incoming.columns()) {
            if (column.getName().equals(name)) {
                SqlType type = column.getDataType().getSqlType();
                if (type != SqlType.TIMESTAMP
                        && !(numbers && (type == SqlType.BIGINT || type == SqlType.INT))) {
                    problems.add(
                            subject
                                    + option
                                    + ": column "
                                    + name
                                    + " must be a timestamp"
                                    + (numbers ? " or a whole number" : "")
                                    + ", and is "
                                    + column.getDataType());
                }
                return;
            }
        }
        problems.add(subject + option + ": there is no column " + name);
    }

    /**
     * Fits a merged table to the table that there is.
     *
     * @param number tells its staging table from those of other tables
     * @param owned whether it is kept beside it whose each key is
     * @param problems takes everything that does not fit; the result must then not be used
     */
    public static TargetTable of(
            IncomingTable incoming,
            TargetDescription description,
            int number,
            boolean owned,
            List<String> problems) {
        return new TargetTable(incoming, description, number, owned, problems);
    }

    private ForgetSql forget(
            String stage, List<String> stored, List<String> caseless, String marker) {
        if (owned) {
            return ForgetSql.owned(
                    incoming.target(),
                    incoming.owners(),
                    incoming.keys(),
                    stage,
                    incoming.key(),
                    caseless,
                    marker,
                    marksWithTime);
        }
        if (incoming.rules().engine() == Engine.ROW) {
            return ForgetSql.row(
                    incoming.target(),
                    incoming.state(),
                    incoming.keys(),
                    stage,
                    incoming.key(),
                    caseless,
                    marker,
                    marksWithTime);
        }
        List<String> sourceColumns = new ArrayList<>();
        for (String column : incoming.metadata().sourceColumns()) {
            sourceColumns.add(stored.contains(column) ? column : null);
        }
        return ForgetSql.direct(
                incoming.target(),
                incoming.keys(),
                stage,
                incoming.key(),
                caseless,
                sourceColumns,
                marker,
                marksWithTime);
    }

    private static KeyForm form(
            String name, ColumnDescription column, String subject, List<String> problems) {
        if (!column.deterministic()) {
            problems.add(
                    subject
                            + "key column "
                            + name
                            + " has a nondeterministic collation, under which different keys are equal."
                            + " Use a deterministic one, or citext");
        }
        if (column.generated()) {
            problems.add(
                    subject
                            + "key column "
                            + name
                            + " is a generated column and cannot be written");
        }
        switch (column.baseType()) {
            case "uuid":
                return KeyForm.UUID;
            case "bpchar":
                return KeyForm.BLANK_PADDED;
            case "citext":
                return KeyForm.CASE_INSENSITIVE;
            default:
                return KeyForm.EXACT;
        }
    }

    /** The table id that its rows carry. */
    public String tableId() {
        return incoming.tableId();
    }

    /** Quoted and qualified. */
    public String target() {
        return incoming.target();
    }

    /** As seamerge's tables name it: {@code schema.table}. */
    public String name() {
        return incoming.name();
    }

    public MetadataColumns metadata() {
        return incoming.metadata();
    }

    /** Whether changes of several sources meet in it: engine row, else direct. */
    public boolean consolidated() {
        return consolidated;
    }

    /**
     * Whether it is kept beside it whose each key is: it is disjoint, and several sources could
     * write one key.
     */
    public boolean owned() {
        return owned;
    }

    /** Whether what is staged says of each change which source it is of. */
    public boolean tellsSources() {
        return consolidated || owned;
    }

    /** The merged table that goes to it. */
    public IncomingTable incoming() {
        return incoming;
    }

    /** Whether each source has a state of its own. */
    public boolean perSource() {
        return perSource;
    }

    /** Quoted and qualified: what each source has written, where it has a state of its own. */
    public String sources() {
        return incoming.sources();
    }

    /** Quoted and qualified: the view of what stands by that. */
    public String merged() {
        return incoming.merged();
    }

    /** Whether changes are wanted with the row as it was before. */
    public boolean wantsBefore() {
        return basePlaces.length > 0;
    }

    /** Each column that is written, with its type as PostgreSQL prints it. */
    public Map<String, String> types() {
        return Collections.unmodifiableMap(types);
    }

    /**
     * The time by which a change is compared with those of other sources: that of its transaction,
     * or what the column says that the rules name, but never after the source's own clock (protocol
     * O5).
     *
     * @param operation what the change does; null for the image of a row before its change
     * @param clock the version's time, never less than the floor of the incarnation
     */
    public long mergedTime(Operation operation, Object[] fields, long clock) {
        boolean snapshot = operation == Operation.SNAPSHOT;
        int place = versionPlace >= 0 ? versionPlace : snapshot ? snapshotPlace : -1;
        if (place < 0) {
            return snapshot ? Version.OLDEST : clock;
        }
        Object value = fields[place];
        if (value == null) {
            return Version.OLDEST;
        }
        if (value instanceof LocalDateTime) {
            if (operation == Operation.DELETE) {
                // The row says when it was written, not when it was deleted.
                return clock;
            }
            LocalDateTime time = (LocalDateTime) value;
            long micros = time.toEpochSecond(ZoneOffset.UTC) * 1_000_000 + time.getNano() / 1_000;
            return Math.max(Version.OLDEST, Math.min(micros, clock));
        }
        return ((Number) value).longValue();
    }

    public ApplySql sql() {
        return sql.get();
    }

    /** What the job declares about it. */
    public TableRules rules() {
        return incoming.rules();
    }

    /** Whether deleted rows stay, with a column that says so. */
    public boolean softDeletes() {
        return softDeletes;
    }

    /** Whether deletions do nothing. */
    public boolean ignoresDeletes() {
        return incoming.rules().delete() == DeletePolicy.IGNORE;
    }

    /**
     * Whether its state holds deletions of rows that are gone, which may be forgotten once no
     * source can send an older change.
     */
    public boolean forgetsDeletions() {
        return incoming.rules().forgetsDeletions();
    }

    /** Whether there are such deletions. */
    public Statement tombstonesExist() {
        return TargetSql.tombstonesExist(
                incoming.state(), perSource ? incoming.sources() : null, incoming.key());
    }

    /** Forgets the oldest of them. */
    public Statement purgeTombstones() {
        return TargetSql.purgeTombstones(
                incoming.state(), perSource ? incoming.sources() : null, incoming.key());
    }

    /** Whether the column that marks deleted rows is a timestamp. */
    public boolean marksWithTime() {
        return marksWithTime;
    }

    /** Quoted and qualified: the state of a consolidated table. */
    public String state() {
        return incoming.state();
    }

    /** Removes what a source no longer has. */
    public ForgetSql forget() {
        return forget.get();
    }

    /** Quoted and qualified: the keys that a repeated snapshot has found. */
    public String keys() {
        return incoming.keys();
    }

    /** Whether its rows say which table of which instance they are from. */
    public boolean namesSources() {
        return metadata().namesSources();
    }

    /** What compares it with its sources. */
    public VerifySql verifySql() {
        return verifySql.get();
    }

    /** What becomes of its rows that PostgreSQL refuses. */
    public OnViolation onViolation() {
        return incoming.rules().onViolation();
    }

    /** What happens, beside the resolver's decision, when changes of several sources meet. */
    public OnConflict onConflict() {
        return incoming.rules().onConflict();
    }

    /** What is kept of its conflicts. */
    public ConflictLog conflictLog() {
        return incoming.rules().conflictLog();
    }

    /**
     * Whether rows of different keys can get in each other's way: by further unique keys, exclusion
     * constraints or foreign keys.
     */
    public boolean rowsDependOnEachOther() {
        return singleLane;
    }

    /** What assigns its keys to lanes, for the fingerprint in seamerge.progress. */
    public String laneRule() {
        return name() + incoming.key() + (singleLane ? "one" : "hash");
    }

    /**
     * The key of a row.
     *
     * @param source its source where the engine folds by source, else {@link RowKey#ANY_SOURCE}
     * @return null if a key column is null
     */
    public RowKey key(Object[] fields, int source) {
        return RowKey.of(fields, keyPlaces, keyForms, source);
    }

    /**
     * Changes, at least one, in an order of their keys that is near to PostgreSQL's: for speed, not
     * for correctness.
     */
    public List<Change> inKeyOrder(Collection<Change> changes) {
        return keyOrder.of(changes);
    }

    /**
     * Whether two changes that {@link #inKeyOrder} has put next to each other may be of one key, as
     * far as Java can tell.
     */
    public boolean haveSameKeys(Change one, Change other) {
        return keyOrder.compare(one, other) == 0;
    }

    /** The lane of a row: rows that can get in each other's way share one. */
    public int lane(RowKey key, int lanes) {
        return singleLane ? 0 : key.lane(lanes);
    }

    /**
     * Writes a change as a row of the staging table.
     *
     * @param keyOnly whether all columns but those of the key are left out
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void stage(Change change, boolean keyOnly, CopyBuffer out) {
        boolean bare = keyOnly || change.operation() == Operation.DELETE && !softDeletes;
        for (int i = 0; i < writers.length; i++) {
            Object value = value(change, i);
            if (value == null || bare && !ofKey[i]) {
                out.nullValue();
            } else {
                try {
                    writers[i].write(value, out);
                } catch (IllegalArgumentException | ClassCastException e) {
                    throw new IllegalArgumentException(
                            "column " + columns[i] + ": " + e.getMessage(), e);
                }
            }
            out.endColumn();
        }
        out.put(change.operation().letter());
        out.endColumn();
        if (tellsSources()) {
            writeVersionByText(change, out);
        }
        if (perSource) {
            for (long number :
                    new long[] {
                        change.firstVersion().incarnation(),
                        change.firstVersion().time(),
                        change.firstVersion().row(),
                        change.firstTime()
                    }) {
                out.number(number);
                out.endColumn();
            }
            for (int place : basePlaces) {
                Object value = change.before() == null ? null : change.before()[place];
                out.ascii(value == null ? "0" : new BigDecimal(value.toString()).toPlainString());
                out.endColumn();
            }
        }
        out.endRow();
    }

    /**
     * Writes a change as a row of the staging table in binary form, where {@link #binary} says that
     * there is one, and not for engine per-source.
     *
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void stageBinary(Change change, CopyBuffer out) {
        boolean bare = !leavesRow(change);
        out.int16(columns.length + (tellsSources() ? 6 : 1));
        for (int i = 0; i < columns.length; i++) {
            writeValue(bare && !ofKey[i] ? null : value(change, i), i, out);
        }
        out.int32(1);
        out.put(change.operation().letter());
        if (tellsSources()) {
            writeVersion(change, out);
        }
    }

    /** The source and the version of a change, as the staging table has them. */
    private static void writeVersion(Change change, CopyBuffer out) {
        out.int32(4);
        out.int32(change.source());
        out.int32(8);
        out.int64(change.mergedTime());
        out.int32(8);
        out.int64(change.version().incarnation());
        out.int32(8);
        out.int64(change.version().time());
        out.int32(8);
        out.int64(change.version().row());
    }

    /** The same by text. */
    private static void writeVersionByText(Change change, CopyBuffer out) {
        for (long value :
                new long[] {
                    change.source(),
                    change.mergedTime(),
                    change.version().incarnation(),
                    change.version().time(),
                    change.version().row()
                }) {
            out.number(value);
            out.endColumn();
        }
    }

    /**
     * Whether rows may be copied into the table itself, and one may be deleted and brought anew:
     * all of its columns come with each change, and nothing but that happens to it. Then {@link
     * #signature} must still be what it was in every transaction that does so.
     */
    public boolean replaceable() {
        return replaceable;
    }

    /** What the catalog said when the table was opened; null if it is not replaceable. */
    public String signature() {
        return signature;
    }

    /** Whether it was without its key when it was opened, which this run adds. */
    public boolean keyDeferred() {
        return keyDeferred;
    }

    /** Whether {@link #writeRow} and {@link #writeKey} write COPY's binary form. */
    public boolean binary() {
        return binary;
    }

    /** Whether a change leaves a row in the table. */
    public boolean leavesRow(Change change) {
        return softDeletes || change.operation() != Operation.DELETE;
    }

    /**
     * Writes the row that a change leaves.
     *
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void writeRow(Change change, CopyBuffer out) {
        beginRow(columns.length, out);
        for (int i = 0; i < columns.length; i++) {
            writeValue(value(change, i), i, out);
        }
        endRow(out);
    }

    /**
     * Writes a change's key, and its source and version where the table {@link #tellsSources}.
     *
     * @param number given back by {@link ApplySql#winners}
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void writeKey(Change change, int number, CopyBuffer out) {
        beginRow(keyColumns.length + (tellsSources() ? 7 : 0), out);
        for (int column : keyColumns) {
            writeValue(change.fields()[places[column]], column, out);
        }
        if (tellsSources() && binary) {
            out.int32(1);
            out.put(change.operation().letter());
            writeVersion(change, out);
            out.int32(4);
            out.int32(number);
        } else if (tellsSources()) {
            out.put(change.operation().letter());
            out.endColumn();
            writeVersionByText(change, out);
            out.number(number);
            out.endColumn();
        }
        endRow(out);
    }

    /**
     * Writes the state of a key that a change has brought: its source, its version, and that it was
     * not deleted.
     *
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void writeState(Change change, CopyBuffer out) {
        beginRow(keyColumns.length + 6, out);
        for (int column : keyColumns) {
            writeValue(change.fields()[places[column]], column, out);
        }
        if (binary) {
            writeVersion(change, out);
            out.int32(1);
            out.put(0);
        } else {
            writeVersionByText(change, out);
            out.ascii("f");
            out.endColumn();
        }
        endRow(out);
    }

    /**
     * Writes a change's key and its source, where these are kept.
     *
     * @throws IllegalArgumentException if PostgreSQL cannot store a value, naming the column
     */
    public void writeOwner(Change change, CopyBuffer out) {
        beginRow(keyColumns.length + 1, out);
        for (int column : keyColumns) {
            writeValue(change.fields()[places[column]], column, out);
        }
        if (binary) {
            out.int32(4);
            out.int32(change.source());
        } else {
            out.number(change.source());
            out.endColumn();
        }
        endRow(out);
    }

    private void beginRow(int values, CopyBuffer out) {
        if (binary) {
            out.int16(values);
        }
    }

    private void endRow(CopyBuffer out) {
        if (!binary) {
            out.endRow();
        }
    }

    private void writeValue(Object value, int column, CopyBuffer out) {
        try {
            if (!binary) {
                if (value == null) {
                    out.nullValue();
                } else {
                    writers[column].write(value, out);
                }
                out.endColumn();
            } else if (value == null) {
                out.int32(-1);
            } else {
                int begin = out.beginValue();
                binaryWriters[column].write(value, out);
                out.endValue(begin);
            }
        } catch (IllegalArgumentException | ClassCastException e) {
            throw new IllegalArgumentException(
                    "column " + columns[column] + ": " + e.getMessage(), e);
        }
    }

    /** The key of a change, for messages: {@code id=17, region='eu'}. */
    public String showKey(Change change) {
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < keyPlaces.length; i++) {
            shown.add(incoming.key().get(i) + "=" + change.fields()[keyPlaces[i]]);
        }
        return String.join(", ", shown);
    }

    /** Where a change comes from, for messages: {@code eu/shop.orders}. */
    public String showSource(Change change) {
        return change.version() == null
                ? "a source without versions"
                : incoming.metadata().source(change.fields()).toString();
    }

    /**
     * A change as a JSON object of what was to be written, whatever it holds: whole numbers as
     * numbers, all else as the text that PostgreSQL would have been given.
     */
    public String image(Change change) {
        ImageText image = new ImageText(false);
        for (int i = 0; i < writers.length; i++) {
            image.add(columns[i], value(change, i), writers[i]);
        }
        return image.toString();
    }

    private Object value(Change change, int column) {
        if (places[column] != MARK) {
            return change.fields()[places[column]];
        }
        boolean deleted = change.operation() == Operation.DELETE;
        if (!marksWithTime) {
            return deleted;
        }
        return deleted ? incoming.metadata().commitTime(change.fields()) : null;
    }

    /**
     * The key of a change likewise, for a key that PostgreSQL cannot store: characters that jsonb
     * has no place for stand there as U+FFFD.
     */
    public String keyImage(Change change) {
        ImageText image = new ImageText(true);
        for (int i = 0; i < writers.length; i++) {
            if (ofKey[i]) {
                image.add(columns[i], change.fields()[places[i]], writers[i]);
            }
        }
        return image.toString();
    }

    /** Columns that are written, in the order of the staging table. */
    public List<String> columns() {
        List<String> list = new ArrayList<>();
        Collections.addAll(list, columns);
        return list;
    }

    /**
     * The order in which transactions touch tables, so that two of them never wait for each other.
     */
    @Override
    public int compareTo(TargetTable other) {
        return target().compareTo(other.target());
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /**
     * Statements, made when they are first asked for: of a job's thousands of tables, few are
     * written at once. Thread-safe.
     */
    private static final class OnDemand<T> {

        private final Supplier<T> maker;
        private T made;

        OnDemand(Supplier<T> maker) {
            this.maker = maker;
        }

        synchronized T get() {
            if (made == null) {
                made = maker.get();
            }
            return made;
        }
    }
}
