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
package io.seamerge.mysql.wire;

import io.seamerge.mysql.config.Problems;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.catalog.PhysicalColumn;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/**
 * The metadata columns that a job chose, and where each stands behind a merged table's own columns.
 * docs/wire.md says what they hold. Immutable.
 */
public final class MetadataColumns implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Every metadata column there is, in the order of the row. */
    public enum Kind {
        SOURCE_INSTANCE(BasicType.STRING_TYPE, false),
        SOURCE_DATABASE(BasicType.STRING_TYPE, false),
        SOURCE_TABLE(BasicType.STRING_TYPE, false),
        OPERATION(BasicType.STRING_TYPE, false),
        COMMIT_TIME(BasicType.LONG_TYPE, true),
        VERSION_TIME(BasicType.LONG_TYPE, false),
        VERSION_ROW(BasicType.LONG_TYPE, false),
        INCARNATION(BasicType.LONG_TYPE, false),
        GTID(BasicType.STRING_TYPE, true),
        BINLOG_FILE(BasicType.STRING_TYPE, true),
        BINLOG_POSITION(BasicType.LONG_TYPE, true),
        BINLOG_ROW(BasicType.LONG_TYPE, true),
        SNAPSHOT(BasicType.BOOLEAN_TYPE, false);

        private final SeaTunnelDataType<?> type;
        private final boolean nullable;

        Kind(SeaTunnelDataType<?> type, boolean nullable) {
            this.type = type;
            this.nullable = nullable;
        }

        /** The name in {@code metadata-columns}. */
        public String optionName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind[] kinds;
    private final String[] names;

    private MetadataColumns(Kind[] kinds, String[] names) {
        this.kinds = kinds;
        this.names = names;
    }

    /** Reads the option {@code metadata-columns}: {@code name} or {@code name=column} each. */
    public static MetadataColumns parse(List<String> option, Problems problems) {
        Map<Kind, String> chosen = new EnumMap<>(Kind.class);
        for (String entry : option) {
            int equals = entry.indexOf('=');
            String name = (equals < 0 ? entry : entry.substring(0, equals)).trim();
            String column = equals < 0 ? "_" + name : entry.substring(equals + 1).trim();
            Kind kind = null;
            for (Kind candidate : Kind.values()) {
                if (candidate.optionName().equals(name)) {
                    kind = candidate;
                }
            }
            if (kind == null) {
                List<String> known = new ArrayList<>();
                for (Kind candidate : Kind.values()) {
                    known.add(candidate.optionName());
                }
                problems.add("metadata-columns: there is no '%s'; there are %s", name, known);
            } else if (column.isEmpty()) {
                problems.add("metadata-columns: '%s' gives no column name after '='", entry);
            } else if (containsIgnoreCase(chosen.values(), column)) {
                problems.add("metadata-columns: two columns are called '%s'", column);
            } else if (chosen.put(kind, column) != null) {
                problems.add("metadata-columns: '%s' is listed twice", name);
            }
        }
        return new MetadataColumns(
                chosen.keySet().toArray(new Kind[0]), chosen.values().toArray(new String[0]));
    }

    private static boolean containsIgnoreCase(Iterable<String> names, String name) {
        for (String other : names) {
            if (other.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    public int size() {
        return kinds.length;
    }

    /** The kind at a place behind the merged table's own columns, from 0. */
    public Kind kind(int place) {
        return kinds[place];
    }

    /** The place of a kind behind the merged table's own columns, from 0, or -1 if not chosen. */
    public int indexOf(Kind kind) {
        return Arrays.asList(kinds).indexOf(kind);
    }

    /** Whether the column of a kind is chosen, and one of these, whatever the case of its name. */
    public boolean isAmong(Kind kind, List<String> columns) {
        int place = indexOf(kind);
        return place >= 0 && containsIgnoreCase(columns, names[place]);
    }

    /** Whether a column of this name, whatever its case, is among the chosen ones. */
    public boolean contains(String column) {
        return containsIgnoreCase(Arrays.asList(names), column);
    }

    /** The columns as a catalogue shows them. */
    public List<Column> columns() {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < kinds.length; i++) {
            columns.add(
                    PhysicalColumn.of(
                            names[i], kinds[i].type, (Long) null, kinds[i].nullable, null, null));
        }
        return columns;
    }
}
