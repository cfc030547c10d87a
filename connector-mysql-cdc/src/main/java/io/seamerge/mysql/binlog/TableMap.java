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
package io.seamerge.mysql.binlog;

import io.seamerge.mysql.type.ByteReader;
import io.seamerge.mysql.type.ColumnType;
import io.seamerge.mysql.type.MalformedBytesException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * What a TABLE_MAP event says of a table: its name, the storage type of each column, and as much
 * metadata as the server's {@code binlog_row_metadata} gives. The client hands out the same object
 * as long as the server describes the table in the same bytes under the same id, so that what is
 * worked out for it can be kept.
 *
 * <p>Immutable, but for the memory of which column types were found to fit, which only the reader's
 * thread touches.
 */
public final class TableMap {

    static final int TYPE_DECIMAL = 0;
    static final int TYPE_TINY = 1;
    static final int TYPE_SHORT = 2;
    static final int TYPE_LONG = 3;
    static final int TYPE_FLOAT = 4;
    static final int TYPE_DOUBLE = 5;
    static final int TYPE_NULL = 6;
    static final int TYPE_TIMESTAMP = 7;
    static final int TYPE_LONGLONG = 8;
    static final int TYPE_INT24 = 9;
    static final int TYPE_DATE = 10;
    static final int TYPE_TIME = 11;
    static final int TYPE_DATETIME = 12;
    static final int TYPE_YEAR = 13;
    static final int TYPE_VARCHAR = 15;
    static final int TYPE_BIT = 16;
    static final int TYPE_TIMESTAMP2 = 17;
    static final int TYPE_DATETIME2 = 18;
    static final int TYPE_TIME2 = 19;

    /** Of MariaDB, as is the next. */
    static final int TYPE_BLOB_COMPRESSED = 140;

    static final int TYPE_VARCHAR_COMPRESSED = 141;
    static final int TYPE_VECTOR = 242;
    static final int TYPE_JSON = 245;
    static final int TYPE_NEWDECIMAL = 246;
    static final int TYPE_ENUM = 247;
    static final int TYPE_SET = 248;
    static final int TYPE_TINY_BLOB = 249;
    static final int TYPE_MEDIUM_BLOB = 250;
    static final int TYPE_LONG_BLOB = 251;
    static final int TYPE_BLOB = 252;
    static final int TYPE_VAR_STRING = 253;
    static final int TYPE_STRING = 254;
    static final int TYPE_GEOMETRY = 255;

    private static final int METADATA_SIGNEDNESS = 1;
    private static final int METADATA_DEFAULT_CHARSET = 2;
    private static final int METADATA_COLUMN_CHARSET = 3;
    private static final int METADATA_COLUMN_NAME = 4;
    private static final int METADATA_SET_LABELS = 5;
    private static final int METADATA_ENUM_LABELS = 6;
    private static final int METADATA_SIMPLE_PRIMARY_KEY = 8;
    private static final int METADATA_PRIMARY_KEY_WITH_PREFIX = 9;
    private static final int METADATA_ENUM_AND_SET_DEFAULT_CHARSET = 10;
    private static final int METADATA_ENUM_AND_SET_COLUMN_CHARSET = 11;

    private final String database;
    private final String table;
    private final int[] types;
    private final int[] metas;
    private final BitSet nullable;

    private final BitSet unsigned;
    private final int[] collations;
    private final List<String> columnNames;
    private final List<List<byte[]>> labels;
    private final List<Integer> primaryKey;

    private ColumnType[] fittingTypes;
    private int[] fittingTargets;

    private TableMap(ByteReader in) {
        in.skip(2); // flags
        database = shortString(in);
        table = shortString(in);
        int columns = (int) in.packed();
        int typesAt = in.advance(columns);
        types = new int[columns];
        metas = new int[columns];
        int metaLength = in.packedLength();
        int metaEnd = in.position() + metaLength;
        for (int i = 0; i < columns; i++) {
            readType(i, in.array()[typesAt + i] & 0xff, in);
        }
        if (in.position() != metaEnd) {
            throw new MalformedBytesException(
                    "the column metadata of "
                            + database
                            + "."
                            + table
                            + " ends at "
                            + in.position()
                            + ", wanted "
                            + metaEnd);
        }
        nullable = bits(in, (columns + 7) / 8);

        BitSet foundUnsigned = null;
        int[] foundCollations = null;
        List<String> foundNames = null;
        List<List<byte[]>> foundLabels = null;
        List<Integer> foundKey = null;
        while (in.remaining() > 0) {
            int field = in.unsigned1();
            int length = in.packedLength();
            ByteReader value = new ByteReader(in.array(), in.advance(length), length);
            switch (field) {
                case METADATA_SIGNEDNESS:
                    foundUnsigned = spread(signedness(value), this::isNumeric);
                    break;
                case METADATA_DEFAULT_CHARSET:
                    foundCollations = collations(foundCollations);
                    readDefaultCollations(value, foundCollations, this::isText);
                    break;
                case METADATA_COLUMN_CHARSET:
                    foundCollations = collations(foundCollations);
                    readCollations(value, foundCollations, this::isText);
                    break;
                case METADATA_ENUM_AND_SET_DEFAULT_CHARSET:
                    foundCollations = collations(foundCollations);
                    readDefaultCollations(value, foundCollations, this::isEnumOrSet);
                    break;
                case METADATA_ENUM_AND_SET_COLUMN_CHARSET:
                    foundCollations = collations(foundCollations);
                    readCollations(value, foundCollations, this::isEnumOrSet);
                    break;
                case METADATA_COLUMN_NAME:
                    foundNames = new ArrayList<>(columns);
                    while (value.remaining() > 0) {
                        foundNames.add(packedString(value));
                    }
                    break;
                case METADATA_SET_LABELS:
                    foundLabels = labels(foundLabels);
                    readLabels(value, foundLabels, TYPE_SET);
                    break;
                case METADATA_ENUM_LABELS:
                    foundLabels = labels(foundLabels);
                    readLabels(value, foundLabels, TYPE_ENUM);
                    break;
                case METADATA_SIMPLE_PRIMARY_KEY:
                    foundKey = new ArrayList<>();
                    while (value.remaining() > 0) {
                        foundKey.add((int) value.packed());
                    }
                    break;
                case METADATA_PRIMARY_KEY_WITH_PREFIX:
                    foundKey = new ArrayList<>();
                    while (value.remaining() > 0) {
                        foundKey.add((int) value.packed());
                        value.packed(); // length of the prefix
                    }
                    break;
                default:
                    // Geometry types, visibility and what later servers add do not change how a row
                    // is read.
                    break;
            }
        }
        unsigned = foundUnsigned;
        collations = foundCollations;
        columnNames = foundNames == null ? null : Collections.unmodifiableList(foundNames);
        labels = foundLabels;
        primaryKey = foundKey == null ? null : Collections.unmodifiableList(foundKey);
    }

    /** Reads the body of a TABLE_MAP event from behind the table's id. */
    static TableMap read(ByteReader in) {
        return new TableMap(in);
    }

    public String database() {
        return database;
    }

    public String table() {
        return table;
    }

    public int columnCount() {
        return types.length;
    }

    /**
     * The storage type of a column, in the server's numbers; ENUM (247) and SET (248) are told from
     * the STRING (254) that carries them.
     */
    public int binlogType(int column) {
        return types[column];
    }

    /** What goes with the storage type: lengths, precision; see {@link ColumnType#accepts}. */
    public int meta(int column) {
        return metas[column];
    }

    public boolean nullable(int column) {
        return nullable.get(column);
    }

    /**
     * Whether a numeric column is unsigned; null where the server does not say (before MySQL
     * 8.0.1).
     */
    public Boolean unsigned(int column) {
        return unsigned == null ? null : unsigned.get(column);
    }

    /**
     * The id of a text, ENUM or SET column's collation, 63 for binary; -1 where the server does not
     * say.
     */
    public int collation(int column) {
        return collations == null ? -1 : collations[column];
    }

    /** The names of the columns, or null unless {@code binlog_row_metadata} is FULL. */
    public List<String> columnNames() {
        return columnNames;
    }

    /**
     * The labels of an ENUM or SET column in bytes of its character set, or null unless the
     * metadata is FULL.
     */
    public List<byte[]> labels(int column) {
        return labels == null ? null : labels.get(column);
    }

    /** The columns of the primary key, or null unless the metadata is FULL and there is one. */
    public List<Integer> primaryKey() {
        return primaryKey;
    }

    @Override
    public String toString() {
        return database + "." + table;
    }

    /** Makes sure that each of the types reads the column that it stands for. */
    void check(ColumnType[] columnTypes, int[] targets) {
        if (columnTypes == fittingTypes && targets == fittingTargets) {
            return;
        }
        if (columnTypes.length != types.length || targets.length != types.length) {
            throw new MalformedBytesException(
                    "the binlog has "
                            + types.length
                            + " columns of "
                            + this
                            + ", the schema that we hold has "
                            + columnTypes.length
                            + " ("
                            + targets.length
                            + " targets)");
        }
        for (int i = 0; i < types.length; i++) {
            if (targets[i] >= 0 && !columnTypes[i].accepts(types[i], metas[i])) {
                throw new MalformedBytesException(
                        "column "
                                + columnName(i)
                                + " of "
                                + this
                                + " has type "
                                + columnTypes[i].sourceType()
                                + " in the schema that we hold, but storage type "
                                + types[i]
                                + " (metadata "
                                + metas[i]
                                + ") in the binlog");
            }
        }
        fittingTypes = columnTypes;
        fittingTargets = targets;
    }

    /** A column's name if the server gives names, else its number from 1. */
    String columnName(int column) {
        return columnNames == null ? "number " + (column + 1) : columnNames.get(column);
    }

    /** Skips a value that is not null. */
    void skip(int column, ByteReader in) {
        int meta = metas[column];
        switch (types[column]) {
            case TYPE_TINY:
            case TYPE_YEAR:
                in.skip(1);
                return;
            case TYPE_SHORT:
                in.skip(2);
                return;
            case TYPE_INT24:
            case TYPE_DATE:
            case TYPE_TIME:
                in.skip(3);
                return;
            case TYPE_LONG:
            case TYPE_FLOAT:
            case TYPE_TIMESTAMP:
                in.skip(4);
                return;
            case TYPE_LONGLONG:
            case TYPE_DOUBLE:
            case TYPE_DATETIME:
                in.skip(8);
                return;
            case TYPE_NULL:
                return;
            case TYPE_TIMESTAMP2:
                in.skip(4 + (meta + 1) / 2);
                return;
            case TYPE_DATETIME2:
                in.skip(5 + (meta + 1) / 2);
                return;
            case TYPE_TIME2:
                in.skip(3 + (meta + 1) / 2);
                return;
            case TYPE_BIT:
                in.skip((meta >> 8) + ((meta & 0xff) == 0 ? 0 : 1));
                return;
            case TYPE_NEWDECIMAL:
                in.skip(ColumnType.decimalLength(meta >> 8, meta & 0xff));
                return;
            case TYPE_ENUM:
            case TYPE_SET:
                in.skip(meta);
                return;
            case TYPE_VARCHAR:
            case TYPE_VARCHAR_COMPRESSED:
            case TYPE_VAR_STRING:
            case TYPE_STRING:
                in.skip(meta < 256 ? in.unsigned1() : in.unsigned2());
                return;
            case TYPE_BLOB:
            case TYPE_BLOB_COMPRESSED:
            case TYPE_JSON:
            case TYPE_GEOMETRY:
            case TYPE_VECTOR:
                in.skip(blobLength(in, meta));
                return;
            default:
                throw new MalformedBytesException(
                        "column "
                                + columnName(column)
                                + " of "
                                + this
                                + " has storage type "
                                + types[column]
                                + ", whose length is not known");
        }
    }

    private static int blobLength(ByteReader in, int meta) {
        long length = in.littleEndian(meta);
        if (length > in.remaining()) {
            throw new MalformedBytesException(
                    "a value of " + length + " bytes with " + in.remaining() + " left");
        }
        return (int) length;
    }

    private void readType(int column, int type, ByteReader in) {
        types[column] = type;
        switch (type) {
            case TYPE_FLOAT:
            case TYPE_DOUBLE:
            case TYPE_TIMESTAMP2:
            case TYPE_DATETIME2:
            case TYPE_TIME2:
            case TYPE_BLOB:
            case TYPE_BLOB_COMPRESSED:
            case TYPE_JSON:
            case TYPE_GEOMETRY:
            case TYPE_VECTOR:
            case TYPE_TINY_BLOB:
            case TYPE_MEDIUM_BLOB:
            case TYPE_LONG_BLOB:
                metas[column] = in.unsigned1();
                return;
            case TYPE_BIT:
            case TYPE_VARCHAR:
            case TYPE_VARCHAR_COMPRESSED:
            case TYPE_VAR_STRING:
                metas[column] = in.unsigned2();
                return;
            case TYPE_NEWDECIMAL:
                metas[column] = (int) in.bigEndian(2);
                return;
            case TYPE_STRING:
                int realType = in.unsigned1();
                int length = in.unsigned1();
                if ((realType & 0x30) != 0x30) {
                    // Lengths above 255 keep their two high bits, inverted, in the type.
                    length |= ((realType & 0x30) ^ 0x30) << 4;
                    realType |= 0x30;
                }
                types[column] = realType;
                metas[column] = length;
                return;
            case TYPE_TIMESTAMP:
            case TYPE_DATETIME:
            case TYPE_TIME:
                metas[column] = ColumnType.OLD_FORMAT;
                return;
            default:
                metas[column] = 0;
        }
    }

    private interface ColumnFilter {
        boolean test(int column);
    }

    private boolean isNumeric(int column) {
        switch (types[column]) {
            case TYPE_TINY:
            case TYPE_SHORT:
            case TYPE_INT24:
            case TYPE_LONG:
            case TYPE_LONGLONG:
            case TYPE_FLOAT:
            case TYPE_DOUBLE:
            case TYPE_NEWDECIMAL:
                return true;
            default:
                return false;
        }
    }

    private boolean isText(int column) {
        switch (types[column]) {
            case TYPE_STRING:
            case TYPE_VAR_STRING:
            case TYPE_VARCHAR:
            case TYPE_BLOB:
            case TYPE_VARCHAR_COMPRESSED:
            case TYPE_BLOB_COMPRESSED:
                return true;
            default:
                return false;
        }
    }

    private boolean isEnumOrSet(int column) {
        return types[column] == TYPE_ENUM || types[column] == TYPE_SET;
    }

    /** Signedness comes with the first numeric column in the highest bit. */
    private static BitSet signedness(ByteReader value) {
        BitSet set = new BitSet();
        int base = 0;
        while (value.remaining() > 0) {
            int eight = value.unsigned1();
            for (int i = 0; i < 8; i++) {
                set.set(base + i, (eight & 0x80 >> i) != 0);
            }
            base += 8;
        }
        return set;
    }

    private BitSet spread(BitSet dense, ColumnFilter filter) {
        BitSet spread = new BitSet();
        int next = 0;
        for (int i = 0; i < types.length; i++) {
            if (filter.test(i)) {
                spread.set(i, dense.get(next++));
            }
        }
        return spread;
    }

    private int[] collations(int[] found) {
        if (found != null) {
            return found;
        }
        int[] unknown = new int[types.length];
        Arrays.fill(unknown, -1);
        return unknown;
    }

    private void readDefaultCollations(ByteReader value, int[] into, ColumnFilter filter) {
        int common = (int) value.packed();
        List<Integer> columns = new ArrayList<>();
        for (int i = 0; i < types.length; i++) {
            if (filter.test(i)) {
                columns.add(i);
                into[i] = common;
            }
        }
        while (value.remaining() > 0) {
            int nth = (int) value.packed();
            into[columns.get(nth)] = (int) value.packed();
        }
    }

    private void readCollations(ByteReader value, int[] into, ColumnFilter filter) {
        for (int i = 0; i < types.length; i++) {
            if (filter.test(i)) {
                into[i] = (int) value.packed();
            }
        }
    }

    private List<List<byte[]>> labels(List<List<byte[]>> found) {
        return found != null
                ? found
                : new ArrayList<>(Collections.<List<byte[]>>nCopies(types.length, null));
    }

    private void readLabels(ByteReader value, List<List<byte[]>> into, int type) {
        for (int i = 0; i < types.length; i++) {
            if (types[i] == type) {
                int count = (int) value.packed();
                List<byte[]> names = new ArrayList<>(count);
                for (int n = 0; n < count; n++) {
                    names.add(value.copy(value.packedLength()));
                }
                into.set(i, Collections.unmodifiableList(names));
            }
        }
    }

    static BitSet bits(ByteReader in, int bytes) {
        int at = in.advance(bytes);
        return BitSet.valueOf(ByteBuffer.wrap(in.array(), at, bytes));
    }

    private static String shortString(ByteReader in) {
        int length = in.unsigned1();
        String text = new String(in.array(), in.advance(length), length, StandardCharsets.UTF_8);
        in.skip(1); // a zero byte
        return text;
    }

    private static String packedString(ByteReader in) {
        int length = in.packedLength();
        return new String(in.array(), in.advance(length), length, StandardCharsets.UTF_8);
    }
}
