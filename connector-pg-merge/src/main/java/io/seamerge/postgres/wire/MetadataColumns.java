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
package io.seamerge.postgres.wire;

import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.Version;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.seatunnel.api.table.type.RowKind;

/** Where the metadata columns of docs/wire.md are within the rows of one table. Immutable. */
public final class MetadataColumns {

    private static final String INSTANCE = "source_instance";
    private static final String DATABASE = "source_database";
    private static final String TABLE = "source_table";
    private static final String OPERATION = "operation";
    private static final String COMMIT_TIME = "commit_time";
    private static final String VERSION_TIME = "version_time";
    private static final String VERSION_ROW = "version_row";
    private static final String INCARNATION = "incarnation";
    private static final String SNAPSHOT = "snapshot";

    /**
     * Each name in {@code metadata-columns} and the column that it is, in the order of
     * docs/wire.md.
     */
    private static final Map<String, String> DEFAULT_NAMES = new LinkedHashMap<>();

    static {
        for (String name :
                Arrays.asList(
                        INSTANCE,
                        DATABASE,
                        TABLE,
                        OPERATION,
                        COMMIT_TIME,
                        VERSION_TIME,
                        VERSION_ROW,
                        INCARNATION,
                        "gtid",
                        "binlog_file",
                        "binlog_position",
                        "binlog_row",
                        SNAPSHOT)) {
            DEFAULT_NAMES.put(name, "_" + name);
        }
    }

    /** Without one of these there is no version. */
    private static final List<String> VERSIONED =
            Arrays.asList(INSTANCE, VERSION_TIME, VERSION_ROW, INCARNATION);

    private final Map<String, Integer> places = new HashMap<>();
    private final List<String> sourceColumns = new ArrayList<>();
    private final Set<String> columnNames = new HashSet<>();
    private final int instance;
    private final int database;
    private final int table;
    private final int operation;
    private final int commitTime;
    private final int versionTime;
    private final int versionRow;
    private final int incarnation;
    private final int snapshot;
    private final boolean versioned;
    private final boolean namesSources;

    /**
     * @param columns names of the row's columns, in order
     * @param renamed columns that are named otherwise, by the name in {@code metadata-columns}
     */
    public MetadataColumns(List<String> columns, Map<String, String> renamed) {
        for (Map.Entry<String, String> entry : DEFAULT_NAMES.entrySet()) {
            String column = renamed.getOrDefault(entry.getKey(), entry.getValue());
            int place = columns.indexOf(column);
            if (place >= 0) {
                places.put(entry.getKey(), place);
                columnNames.add(column);
            }
        }
        for (String name : Arrays.asList(INSTANCE, DATABASE, TABLE)) {
            sourceColumns.add(places.containsKey(name) ? columns.get(place(name)) : null);
        }
        this.instance = place(INSTANCE);
        this.database = place(DATABASE);
        this.table = place(TABLE);
        this.operation = place(OPERATION);
        this.commitTime = place(COMMIT_TIME);
        this.versionTime = place(VERSION_TIME);
        this.versionRow = place(VERSION_ROW);
        this.incarnation = place(INCARNATION);
        this.snapshot = place(SNAPSHOT);
        this.versioned = missing(VERSIONED).isEmpty();
        this.namesSources = missingForSources().isEmpty();
    }

    /** The names that {@code metadata_columns} may have on its left side. */
    public static Set<String> names() {
        return Collections.unmodifiableSet(DEFAULT_NAMES.keySet());
    }

    private int place(String name) {
        return places.getOrDefault(name, -1);
    }

    /** Whether a column of this name holds metadata. */
    public boolean contains(String column) {
        return columnNames.contains(column);
    }

    /**
     * The columns that say which instance, database and table a row is from; null for each that
     * there is none of.
     */
    public List<String> sourceColumns() {
        return Collections.unmodifiableList(sourceColumns);
    }

    /** Whether rows say which version of which instance they are. */
    public boolean versioned() {
        return versioned;
    }

    /** Whether rows say which table of which instance they are from. */
    public boolean namesSources() {
        return namesSources;
    }

    /** What is wanted for versions and not there; empty also where there is no metadata at all. */
    public List<String> missingForVersions() {
        return places.isEmpty() ? Collections.<String>emptyList() : missing(VERSIONED);
    }

    /** What is wanted to tell the sources of a consolidated table apart, and not there. */
    public List<String> missingForSources() {
        List<String> wanted = new ArrayList<>(VERSIONED);
        wanted.add(DATABASE);
        wanted.add(TABLE);
        return missing(wanted);
    }

    private List<String> missing(List<String> wanted) {
        List<String> missing = new ArrayList<>(wanted);
        missing.removeAll(places.keySet());
        return missing;
    }

    /** Which source table a row comes from. */
    public SourceName source(Object[] fields) {
        return new SourceName(instance(fields), text(fields, database), text(fields, table));
    }

    private static String text(Object[] fields, int place) {
        return place < 0 || fields[place] == null ? "" : (String) fields[place];
    }

    public String instance(Object[] fields) {
        return (String) fields[instance];
    }

    /**
     * When a row was committed, in UTC: by the commit time, else by the version clock, else by this
     * machine's.
     */
    public LocalDateTime commitTime(Object[] fields) {
        for (int place : new int[] {commitTime, versionTime}) {
            if (place >= 0 && fields[place] != null) {
                long micros = (Long) fields[place];
                return LocalDateTime.ofEpochSecond(
                        Math.floorDiv(micros, 1_000_000L),
                        (int) Math.floorMod(micros, 1_000_000L) * 1_000,
                        ZoneOffset.UTC);
            }
        }
        return LocalDateTime.now(ZoneOffset.UTC);
    }

    /**
     * The version of a row.
     *
     * @return null if any part of it is null
     */
    public Version version(Object[] fields) {
        Object time = fields[versionTime];
        Object number = fields[versionRow];
        Object order = fields[incarnation];
        if (time == null || number == null || order == null) {
            return null;
        }
        return new Version((Long) order, (Long) time, (Long) number);
    }

    /**
     * Whether the row was read from a table: by the flag, else by the operation, else by its row
     * number, which no change has.
     */
    public boolean isSnapshot(Object[] fields, Version version) {
        if (snapshot >= 0 && fields[snapshot] != null) {
            return (Boolean) fields[snapshot];
        }
        if (operation >= 0 && fields[operation] != null) {
            return "snapshot".equals(fields[operation]);
        }
        return version.row() == Version.OLDEST;
    }

    /**
     * What a row does, by its kind; null for UPDATE_BEFORE, whose key is that of the UPDATE_AFTER
     * that follows it.
     */
    public static Operation operation(RowKind kind, boolean snapshot) {
        switch (kind) {
            case INSERT:
                return snapshot ? Operation.SNAPSHOT : Operation.INSERT;
            case UPDATE_AFTER:
                return Operation.UPDATE;
            case DELETE:
                return Operation.DELETE;
            case UPDATE_BEFORE:
                return null;
        }
        throw new IllegalArgumentException("Unknown row kind " + kind);
    }
}
