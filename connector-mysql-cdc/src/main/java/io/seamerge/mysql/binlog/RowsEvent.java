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
import io.seamerge.mysql.type.UnfaithfulValueException;
import java.util.Arrays;

/**
 * The rows of one rows event, decoded as they are asked for, straight from the event's bytes:
 * {@link #next()} moves to a row, then {@link #readBefore} and {@link #readAfter} read its images,
 * each at most once and in this order. What is not read is skipped.
 *
 * <p>The client uses one object for all events: it is valid until the handler's {@code rows}
 * returns. Not thread-safe.
 */
public final class RowsEvent {

    /** What happened to the rows. */
    public enum Kind {
        /** Rows have an after-image. */
        INSERT,
        /** Rows have both images. */
        UPDATE,
        /** Rows have a before-image. */
        DELETE
    }

    private final ByteReader in = new ByteReader();

    private Kind kind;
    private TableMap tableMap;
    private int ordinal;
    private BinlogPosition position;
    private boolean full;
    private int row;
    private boolean beforePending;
    private boolean afterPending;
    private int begin;
    private int length;

    RowsEvent() {}

    /** An event of its own, with its own bytes, that stays valid. */
    public RowsEvent copy() {
        byte[] bytes = Arrays.copyOfRange(in.array(), begin, begin + length);
        RowsEvent copy = new RowsEvent();
        copy.reset(kind, tableMap, ordinal, position, full, bytes, 0, length);
        return copy;
    }

    /** The bytes that the rows take. */
    public int length() {
        return length;
    }

    /** Back to before the first row. */
    public void rewind() {
        reset(kind, tableMap, ordinal, position, full, in.array(), begin, length);
    }

    /**
     * Points this at an event's rows.
     *
     * @param full whether the event's images have all columns
     */
    void reset(
            Kind newKind,
            TableMap newTableMap,
            int newOrdinal,
            BinlogPosition newPosition,
            boolean newFull,
            byte[] bytes,
            int offset,
            int newLength) {
        kind = newKind;
        tableMap = newTableMap;
        ordinal = newOrdinal;
        position = newPosition;
        full = newFull;
        begin = offset;
        length = newLength;
        in.reset(bytes, offset, newLength);
        row = -1;
        beforePending = false;
        afterPending = false;
    }

    public Kind kind() {
        return kind;
    }

    public String database() {
        return tableMap.database();
    }

    public String table() {
        return tableMap.table();
    }

    public TableMap tableMap() {
        return tableMap;
    }

    /**
     * The ordinal of this rows event in its transaction, from 1, counted whether anybody captures
     * its table or not.
     */
    public int ordinal() {
        return ordinal;
    }

    /**
     * Where this event begins; in a compressed transaction, where the event that holds the whole
     * begins.
     */
    public BinlogPosition position() {
        return position;
    }

    /** The number of the current row in this event, from 0. */
    public int rowInEvent() {
        return row;
    }

    /**
     * Moves to the next row.
     *
     * @return false if there is none
     */
    public boolean next() {
        if (!full) {
            throw new MalformedBytesException(
                    "the rows of "
                            + tableMap
                            + " at "
                            + position
                            + " were logged without all of their columns: binlog_row_image must be FULL, also in every"
                            + " session, and the table must be read again");
        }
        skipPending();
        if (in.remaining() == 0) {
            return false;
        }
        row++;
        beforePending = kind != Kind.INSERT;
        afterPending = kind != Kind.DELETE;
        return true;
    }

    /**
     * Reads the current row as it was.
     *
     * @param types the types of all columns of the table, in its order; those that have no target
     *     may be null
     * @param targets for each column the index in {@code into} that its value goes to, or -1 to
     *     leave it out
     * @param into receives the values
     * @throws UnfaithfulValueException if a value has no equal; the message says in which column
     *     and row
     * @throws MalformedBytesException if the types are not those of the binlog
     */
    public void readBefore(ColumnType[] types, int[] targets, Object[] into) {
        if (!beforePending) {
            throw new IllegalStateException("There is no before-image to read here");
        }
        beforePending = false;
        read(types, targets, into);
    }

    /** Reads the current row as it is now; see {@link #readBefore}. */
    public void readAfter(ColumnType[] types, int[] targets, Object[] into) {
        if (!afterPending) {
            throw new IllegalStateException("There is no after-image to read here");
        }
        if (beforePending) {
            beforePending = false;
            skipImage();
        }
        afterPending = false;
        read(types, targets, into);
    }

    private void read(ColumnType[] types, int[] targets, Object[] into) {
        tableMap.check(types, targets);
        int columns = types.length;
        int nulls = in.advance((columns + 7) >> 3);
        byte[] bytes = in.array();
        for (int i = 0; i < columns; i++) {
            int target = targets[i];
            if ((bytes[nulls + (i >> 3)] & 1 << (i & 7)) != 0) {
                if (target >= 0) {
                    into[target] = null;
                }
            } else if (target < 0) {
                tableMap.skip(i, in);
            } else {
                try {
                    into[target] = types[i].fromBinlog(in, tableMap.meta(i));
                } catch (UnfaithfulValueException e) {
                    throw e.at(
                            "column "
                                    + tableMap.columnName(i)
                                    + " of "
                                    + tableMap
                                    + " at "
                                    + position
                                    + " row "
                                    + row);
                }
            }
        }
    }

    private void skipPending() {
        if (beforePending) {
            beforePending = false;
            skipImage();
        }
        if (afterPending) {
            afterPending = false;
            skipImage();
        }
    }

    private void skipImage() {
        int columns = tableMap.columnCount();
        int nulls = in.advance((columns + 7) >> 3);
        byte[] bytes = in.array();
        for (int i = 0; i < columns; i++) {
            if ((bytes[nulls + (i >> 3)] & 1 << (i & 7)) == 0) {
                tableMap.skip(i, in);
            }
        }
    }
}
