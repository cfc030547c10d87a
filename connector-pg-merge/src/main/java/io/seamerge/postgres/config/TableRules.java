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

import io.seamerge.postgres.PostgresMergeOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.seatunnel.api.configuration.Option;

/** What the job declares about one merged table. Immutable. */
public final class TableRules implements Serializable {

    private static final long serialVersionUID = 1L;

    private static final String COLUMN = "column:";

    private final List<String> sources;
    private final Shape shape;
    private final DisjointKeys disjointKeys;
    private final Resolver resolver;
    private final TreeMap<String, ColumnResolver> columnResolvers;
    private final Precedence precedence;
    private final String versionColumn;
    private final String snapshotColumn;
    private final OnConflict onConflict;
    private final DeletePolicy delete;
    private final String softDeleteColumn;
    private final OnViolation onViolation;
    private final ConflictLog conflictLog;

    /**
     * Reads rules.
     *
     * @param place where they stand, for messages: {@code tables[0].}, or nothing
     * @param given the options that are given there, by key
     * @param sources instances, the most preferred first
     */
    TableRules(String place, Map<String, Object> given, List<String> sources, Problems problems) {
        Reader reader = new Reader(place, given, problems);
        this.sources = sources;
        this.shape = reader.choice(PostgresMergeOptions.SHAPE, Shape.class);
        this.disjointKeys = reader.choice(PostgresMergeOptions.DISJOINT_KEYS, DisjointKeys.class);
        this.resolver = reader.choice(PostgresMergeOptions.RESOLVER, Resolver.class);
        this.columnResolvers = reader.columnResolvers(sources);
        this.precedence = reader.choice(PostgresMergeOptions.PRECEDENCE, Precedence.class);
        this.versionColumn = reader.text(PostgresMergeOptions.VERSION_COLUMN);
        this.snapshotColumn = reader.snapshotColumn();
        this.onConflict = reader.choice(PostgresMergeOptions.ON_CONFLICT, OnConflict.class);
        this.delete = reader.choice(PostgresMergeOptions.DELETE, DeletePolicy.class);
        this.softDeleteColumn = reader.text(PostgresMergeOptions.SOFT_DELETE_COLUMN);
        this.onViolation = reader.choice(PostgresMergeOptions.ON_VIOLATION, OnViolation.class);
        this.conflictLog = reader.choice(PostgresMergeOptions.CONFLICT_LOG, ConflictLog.class);
        boolean allowed = reader.flag(PostgresMergeOptions.ALLOW_ORDER_DEPENDENT);
        if (delete == DeletePolicy.SOFT && softDeleteColumn.isEmpty()) {
            problems.add(
                    place + PostgresMergeOptions.SOFT_DELETE_COLUMN.key(),
                    "delete = soft needs the name of the column that marks deleted rows: found none");
        }
        if (shape == Shape.CONSOLIDATED) {
            check(place, allowed, problems);
        }
    }

    private void check(String place, boolean orderDependentAllowed, Problems problems) {
        if (sources.isEmpty()) {
            problems.add(
                    "sources",
                    "a consolidated table needs the names of its instances, the most preferred first: found none");
        }
        if (!resolver.orderDependent()) {
            return;
        }
        if (!orderDependentAllowed) {
            problems.add(
                    place + PostgresMergeOptions.RESOLVER.key(),
                    resolver
                            + " makes a consolidated table depend on the order in which changes arrive."
                            + " Take another resolver, or set allow_order_dependent = true");
        }
        if (!columnResolvers.isEmpty()
                || precedence != Precedence.VERSION
                || !versionColumn.isEmpty()
                || !snapshotColumn.isEmpty()
                || onConflict != OnConflict.RESOLVE) {
            problems.add(
                    place + PostgresMergeOptions.RESOLVER.key(),
                    resolver
                            + " sees no conflicts, so that column_resolvers, precedence, version_column,"
                            + " snapshot_version and on_conflict cannot be kept to: leave them out");
        }
    }

    /**
     * Whether a deletion may be forgotten once no source can send an older change: where what comes
     * later would stand against it anyway. It would not under a fixed preference of sources, where
     * the first to insert a row owns it, where deletions win, where a column says what is later, or
     * where a column counts from what its sources began with.
     */
    public boolean forgetsDeletions() {
        if (engine() == Engine.DIRECT || delete != DeletePolicy.HARD || !versionColumn.isEmpty()) {
            return false;
        }
        for (ColumnResolver each : columnResolvers.values()) {
            if (each.hasBase()) {
                return false;
            }
        }
        boolean later =
                resolver == Resolver.LAST_WRITE_WINS
                        || resolver == Resolver.SOURCE_PRIORITY_FALLBACK
                        || resolver == Resolver.SOURCE_PRIORITY
                                && precedence == Precedence.UPDATE_WINS;
        return later && precedence != Precedence.DELETE_WINS;
    }

    /** Instances, the most preferred first. */
    public List<String> sources() {
        return Collections.unmodifiableList(sources);
    }

    public Shape shape() {
        return shape;
    }

    /**
     * What keeps to these rules at the least cost; {@link Engine#OWNED} in place of {@link
     * Engine#DIRECT} where keys are to be checked that several sources could write.
     */
    public Engine engine() {
        if (shape == Shape.DISJOINT || resolver.orderDependent()) {
            return Engine.DIRECT;
        }
        boolean row =
                (resolver == Resolver.LAST_WRITE_WINS || resolver == Resolver.SOURCE_PRIORITY)
                        && columnResolvers.isEmpty()
                        && precedence == Precedence.VERSION
                        && versionColumn.isEmpty();
        return row ? Engine.ROW : Engine.PER_SOURCE;
    }

    /** Whether the sink sees to it that each key has one source. */
    public boolean checksDisjointKeys() {
        return shape == Shape.DISJOINT && disjointKeys == DisjointKeys.CHECK;
    }

    public Resolver resolver() {
        return resolver;
    }

    /** By column, sorted. */
    public Map<String, ColumnResolver> columnResolvers() {
        return Collections.unmodifiableMap(columnResolvers);
    }

    public Precedence precedence() {
        return precedence;
    }

    /** The column by which rows of different sources are compared; empty: by commit time. */
    public String versionColumn() {
        return versionColumn;
    }

    /** The column that is the version time of snapshot rows; empty: they are the oldest. */
    public String snapshotColumn() {
        return snapshotColumn;
    }

    public OnConflict onConflict() {
        return onConflict;
    }

    public DeletePolicy delete() {
        return delete;
    }

    /** The column that marks rows as deleted; empty unless deletes are soft. */
    public String softDeleteColumn() {
        return delete == DeletePolicy.SOFT ? softDeleteColumn : "";
    }

    public OnViolation onViolation() {
        return onViolation;
    }

    public ConflictLog conflictLog() {
        return conflictLog;
    }

    /** Columns that are sums of what each source has added since it began, without a base. */
    public List<String> columnsCountedFromZero() {
        List<String> columns = new ArrayList<>();
        for (Map.Entry<String, ColumnResolver> entry : columnResolvers.entrySet()) {
            if (entry.getValue().kind() == ColumnResolver.Kind.DELTA
                    && !entry.getValue().hasBase()) {
                columns.add(entry.getKey());
            }
        }
        return columns;
    }

    /** The rules that decide what is kept beside the rows: once it was, they cannot change. */
    public String stateRules() {
        switch (engine()) {
            case DIRECT:
            case OWNED:
                return "direct";
            case ROW:
                return "row, resolver = " + resolver;
            case PER_SOURCE:
                return "per-source, version_column = '"
                        + versionColumn
                        + "', soft_delete_column = '"
                        + softDeleteColumn()
                        + "'";
        }
        throw new IllegalStateException(engine().name());
    }

    /** The rules that decide what stands, where that is made of what is kept. */
    public String mergeRules() {
        return engine() == Engine.PER_SOURCE
                ? "sources = "
                        + sources
                        + ", resolver = "
                        + resolver
                        + ", precedence = "
                        + precedence
                        + ", column_resolvers = "
                        + columnResolvers
                : "";
    }

    /**
     * The same for the same rules, in every release: part of the fingerprint in seamerge.progress.
     */
    @Override
    public String toString() {
        return shape
                + "/"
                + resolver
                + "/"
                + delete
                + "/"
                + precedence
                + "/"
                + columnResolvers
                + "/"
                + versionColumn
                + "/"
                + snapshotColumn;
    }

    /** Reads the options of one place; what cannot be read is a problem, and has its default. */
    private static final class Reader {

        private final String place;
        private final Map<String, Object> given;
        private final Problems problems;

        Reader(String place, Map<String, Object> given, Problems problems) {
            this.place = place;
            this.given = given;
            this.problems = problems;
        }

        <E extends Enum<E>> E choice(Option<E> option, Class<E> type) {
            Object found = given.get(option.key());
            if (found == null) {
                return option.defaultValue();
            }
            for (E value : type.getEnumConstants()) {
                if (value.name().equalsIgnoreCase(found.toString())) {
                    return value;
                }
            }
            problems.add(
                    place + option.key(),
                    "it must be one of "
                            + Arrays.toString(type.getEnumConstants())
                            + ": found '"
                            + found
                            + "'");
            return option.defaultValue();
        }

        boolean flag(Option<Boolean> option) {
            Object found = given.get(option.key());
            if (found == null) {
                return option.defaultValue();
            }
            if (!found.toString().equalsIgnoreCase("true")
                    && !found.toString().equalsIgnoreCase("false")) {
                problems.add(
                        place + option.key(), "it must be true or false: found '" + found + "'");
            }
            return found.toString().equalsIgnoreCase("true");
        }

        String text(Option<String> option) {
            Object found = given.get(option.key());
            return found == null ? option.defaultValue() : found.toString().trim();
        }

        String snapshotColumn() {
            String version = text(PostgresMergeOptions.SNAPSHOT_VERSION);
            if (version.equalsIgnoreCase("earliest")) {
                return "";
            }
            if (version.startsWith(COLUMN) && version.length() > COLUMN.length()) {
                return version.substring(COLUMN.length()).trim();
            }
            problems.add(
                    place + PostgresMergeOptions.SNAPSHOT_VERSION.key(),
                    "it must be earliest, or column: and a column's name: found '" + version + "'");
            return "";
        }

        TreeMap<String, ColumnResolver> columnResolvers(List<String> instances) {
            TreeMap<String, ColumnResolver> resolvers = new TreeMap<>();
            String key = PostgresMergeOptions.COLUMN_RESOLVERS.key();
            Object found = given.get(key);
            if (found == null) {
                return resolvers;
            }
            if (!(found instanceof Map)) {
                problems.add(
                        place + key,
                        "it must give a resolver by column, as { price = max }: found '"
                                + found
                                + "'");
                return resolvers;
            }
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) found).entrySet()) {
                try {
                    resolvers.put(
                            entry.getKey().toString(),
                            ColumnResolver.parse(String.valueOf(entry.getValue()), instances));
                } catch (IllegalArgumentException e) {
                    problems.add(place + key + "." + entry.getKey(), e.getMessage());
                }
            }
            return resolvers;
        }
    }
}
