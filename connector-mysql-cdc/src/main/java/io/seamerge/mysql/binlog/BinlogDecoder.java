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

import io.airlift.compress.zstd.ZstdInputStream;
import io.seamerge.mysql.type.ByteReader;
import io.seamerge.mysql.type.MalformedBytesException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Turns the bytes of binlog events, one after the other, into the calls of a {@link BinlogHandler}.
 * It follows files, positions and transactions, verifies checksums, and unpacks compressed
 * transactions piece by piece. An event that could matter and is not understood throws {@link
 * BinlogException}; nothing is passed over because it is strange.
 *
 * <p>Not thread-safe.
 */
final class BinlogDecoder {

    private static final int QUERY = 2;
    private static final int STOP = 3;
    private static final int ROTATE = 4;
    private static final int INTVAR = 5;
    private static final int RAND = 13;
    private static final int USER_VAR = 14;
    private static final int FORMAT_DESCRIPTION = 15;
    private static final int XID = 16;
    private static final int TABLE_MAP = 19;
    private static final int WRITE_ROWS_1 = 23;
    private static final int UPDATE_ROWS_1 = 24;
    private static final int DELETE_ROWS_1 = 25;
    private static final int INCIDENT = 26;
    private static final int HEARTBEAT = 27;
    private static final int IGNORABLE = 28;
    private static final int ROWS_QUERY = 29;
    private static final int WRITE_ROWS_2 = 30;
    private static final int UPDATE_ROWS_2 = 31;
    private static final int DELETE_ROWS_2 = 32;
    private static final int GTID = 33;
    private static final int ANONYMOUS_GTID = 34;
    private static final int PREVIOUS_GTIDS = 35;
    private static final int TRANSACTION_CONTEXT = 36;
    private static final int VIEW_CHANGE = 37;
    private static final int XA_PREPARE = 38;
    private static final int PARTIAL_UPDATE_ROWS = 39;
    private static final int TRANSACTION_PAYLOAD = 40;
    private static final int GTID_TAGGED = 42;

    // The fields of a tagged GTID.
    private static final int TAGGED_UUID = 1;
    private static final int TAGGED_NUMBER = 2;
    private static final int TAGGED_TAG = 3;
    private static final int TAGGED_TIME = 6;
    private static final int TAGGED_ORIGINAL_TIME = 7;
    private static final int TAGGED_LAST_KNOWN = 12;

    // Of MariaDB.
    private static final int ANNOTATE_ROWS = 160;
    private static final int BINLOG_CHECKPOINT = 161;
    private static final int MARIADB_GTID = 162;
    private static final int GTID_LIST = 163;
    private static final int START_ENCRYPTION = 164;
    private static final int QUERY_COMPRESSED = 165;
    private static final int WRITE_ROWS_COMPRESSED_1 = 166;
    private static final int UPDATE_ROWS_COMPRESSED_1 = 167;
    private static final int DELETE_ROWS_COMPRESSED_1 = 168;
    private static final int WRITE_ROWS_COMPRESSED_2 = 169;
    private static final int UPDATE_ROWS_COMPRESSED_2 = 170;
    private static final int DELETE_ROWS_COMPRESSED_2 = 171;
    private static final int GTID_STANDALONE = 1;
    private static final int GTID_GROUP_COMMIT = 2;
    private static final int GTID_PREPARED_XA = 0x40;
    private static final int GTID_COMPLETED_XA = 0x80;

    private static final Pattern XA_STATEMENT =
            Pattern.compile(
                    "XA (START|END|COMMIT|ROLLBACK) (X'[0-9a-fA-F]*',X'[0-9a-fA-F]*',[0-9]+)");

    static final int HEADER = 19;
    private static final int CHECKSUM = 4;
    private static final int FLAG_ARTIFICIAL = 0x20;
    private static final int FLAG_IGNORABLE = 0x80;
    private static final int CHECKSUM_OFF = 0;
    private static final int CHECKSUM_CRC32 = 1;
    private static final int COMPRESSION_ZSTD = 0;
    private static final int COMPRESSION_NONE = 255;
    private static final long ORIGINAL_TIME_FOLLOWS = 1L << 55;

    /**
     * Table ids are remembered over transactions, so that a TABLE_MAP of the same bytes is not
     * parsed again. A statement touches at most 61 tables and those of its triggers and cascades:
     * far fewer.
     */
    private static final int MOST_TABLES = 4096;

    /** Larger buffers are given back after the event that needed them. */
    static final int LARGEST_KEPT_BUFFER = 4 << 20;

    private enum State {
        /** Between transactions. */
        IDLE,
        /** After a GTID: what follows is BEGIN, or a statement that is a transaction by itself. */
        ANNOUNCED,
        /** After BEGIN. */
        BEGUN
    }

    private static final class KnownTable {
        private byte[] bytes;
        private TableMap map;

        /** The transaction in which a TABLE_MAP of this id came last. */
        private long seenIn = -1;
    }

    private final BinlogHandler handler;
    private final CRC32 crc = new CRC32();
    private final ByteReader body = new ByteReader();
    private final RowsEvent rowsEvent = new RowsEvent();
    private final Map<Long, KnownTable> tables =
            new LinkedHashMap<Long, KnownTable>(64, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, KnownTable> eldest) {
                    return size() > MOST_TABLES;
                }
            };

    private boolean checksums;
    private BinlogPosition start;
    private BinlogPosition end;
    private State state = State.IDLE;
    private BinlogPosition transactionStart;

    /** Under which the rows of the transaction are prepared; null if it is an ordinary one. */
    private String xid;

    private long transactions;
    private int rowsEvents;

    /** Of the last TABLE_MAP; null before the first. */
    private KnownTable announced;

    private byte[] unpacked = new byte[1024];
    private long serverId;

    BinlogDecoder(BinlogHandler handler) {
        this.handler = handler;
    }

    /** Where the last event ended that was decoded; null before the first. */
    BinlogPosition position() {
        return end;
    }

    /**
     * Decodes one event as the server sends it.
     *
     * @throws Exception what the handler threw, or why the event cannot be decoded
     */
    void event(byte[] bytes, int offset, int length) throws Exception {
        if (length < HEADER) {
            throw new BinlogException(
                    "After "
                            + end
                            + " came an event of "
                            + length
                            + " bytes, fewer than a header has");
        }
        body.reset(bytes, offset, length);
        long seconds = body.unsigned4();
        int type = body.unsigned1();
        serverId = body.unsigned4();
        long eventLength = body.unsigned4();
        long nextPosition = body.unsigned4();
        int flags = body.unsigned2();
        if (eventLength != length) {
            throw new BinlogException(
                    "After "
                            + end
                            + " came an event of type "
                            + type
                            + " that says it has "
                            + eventLength
                            + " bytes, found "
                            + length);
        }
        int contentLength = length - checksumLength(type, bytes, offset, length);
        body.reset(bytes, offset + HEADER, contentLength - HEADER);

        if (type == ROTATE) {
            rotate();
            return;
        }
        if (end == null) {
            throw new BinlogException(
                    "The server's first event is of type "
                            + type
                            + ", wanted ROTATE with the file's name");
        }
        if (type == HEARTBEAT) {
            heartbeat(nextPosition);
            return;
        }
        start = end;
        if (nextPosition != 0 && (flags & FLAG_ARTIFICIAL) == 0) {
            end = end.at(whole(nextPosition, end.offset()));
            start = end.at(end.offset() - length);
        }
        try {
            decode(type, flags, seconds, false);
        } catch (MalformedBytesException e) {
            throw new BinlogException(
                    "The event of type "
                            + type
                            + " at "
                            + start
                            + tableOf(type)
                            + " cannot be decoded: "
                            + e.getMessage(),
                    e);
        }
        handler.position(end);
    }

    /**
     * Positions in headers have 32 bits, files can be longer: of those that it could be, the one
     * nearest to the last.
     */
    static long whole(long low, long near) {
        long whole = near & ~0xffffffffL | low;
        return whole < near - (1L << 31) ? whole + (1L << 32) : whole;
    }

    private int checksumLength(int type, byte[] bytes, int offset, int length)
            throws BinlogException {
        if (type == FORMAT_DESCRIPTION) {
            // It says in its own last byte before the checksum whether the file has them; the
            // checksum's place is always there.
            int algorithm = bytes[offset + length - CHECKSUM - 1];
            if (algorithm != CHECKSUM_OFF && algorithm != CHECKSUM_CRC32) {
                throw new BinlogException(
                        "The file at "
                                + end
                                + " has checksums of algorithm "
                                + algorithm
                                + ", known is CRC32 (1)");
            }
            checksums = algorithm == CHECKSUM_CRC32;
            if (checksums) {
                verify(type, bytes, offset, length);
            }
            return CHECKSUM;
        }
        if (type == ROTATE) {
            // The first one comes before the server has said whether there are checksums: its own
            // bytes tell.
            return checksumFits(bytes, offset, length) ? CHECKSUM : 0;
        }
        if (!checksums) {
            return 0;
        }
        verify(type, bytes, offset, length);
        return CHECKSUM;
    }

    private void verify(int type, byte[] bytes, int offset, int length) throws BinlogException {
        if (!checksumFits(bytes, offset, length)) {
            throw new BinlogException(
                    "The checksum of the event of type "
                            + type
                            + " after "
                            + end
                            + tableOf(type)
                            + " is wrong: it was damaged on its way or on the server's disk");
        }
    }

    /** What was said of the table before its rows; empty for events that are not of a table. */
    private String tableOf(int type) {
        boolean isRows =
                type >= WRITE_ROWS_1 && type <= DELETE_ROWS_1
                        || type >= WRITE_ROWS_2 && type <= DELETE_ROWS_2
                        || type >= WRITE_ROWS_COMPRESSED_1 && type <= DELETE_ROWS_COMPRESSED_2;
        if (!isRows || announced == null || announced.seenIn != transactions) {
            return "";
        }
        try {
            return " (rows of " + map(announced) + ")";
        } catch (MalformedBytesException e) {
            return " (rows of a table whose description cannot be decoded: " + e.getMessage() + ")";
        }
    }

    private boolean checksumFits(byte[] bytes, int offset, int length) {
        if (length < HEADER + CHECKSUM) {
            return false;
        }
        crc.reset();
        crc.update(bytes, offset, length - CHECKSUM);
        int at = offset + length - CHECKSUM;
        int found =
                (bytes[at] & 0xff)
                        | (bytes[at + 1] & 0xff) << 8
                        | (bytes[at + 2] & 0xff) << 16
                        | bytes[at + 3] << 24;
        return (int) crc.getValue() == found;
    }

    /** A file ends, or the server names the file that it reads. */
    private void rotate() throws Exception {
        long offset = body.signed8();
        String file =
                new String(body.array(), body.position(), body.remaining(), StandardCharsets.UTF_8);
        BinlogPosition next = new BinlogPosition(file, offset);
        // The server says it twice: at the end of a file, and before it sends the next one.
        if (!next.equals(end)) {
            if (state != State.IDLE) {
                throw cut("the file ends");
            }
            end = next;
            handler.rotate(file, offset);
        }
        handler.position(end);
    }

    private void heartbeat(long nextPosition) throws Exception {
        String file =
                new String(body.array(), body.position(), body.remaining(), StandardCharsets.UTF_8);
        if (nextPosition != 0 && file.equals(end.file())) {
            end = end.at(Math.max(end.offset(), whole(nextPosition, end.offset())));
        }
        handler.position(end);
    }

    private void decode(int type, int flags, long seconds, boolean inPayload) throws Exception {
        switch (type) {
            case WRITE_ROWS_1:
            case WRITE_ROWS_2:
                rows(RowsEvent.Kind.INSERT, type == WRITE_ROWS_2, false);
                return;
            case UPDATE_ROWS_1:
            case UPDATE_ROWS_2:
                rows(RowsEvent.Kind.UPDATE, type == UPDATE_ROWS_2, false);
                return;
            case DELETE_ROWS_1:
            case DELETE_ROWS_2:
                rows(RowsEvent.Kind.DELETE, type == DELETE_ROWS_2, false);
                return;
            case WRITE_ROWS_COMPRESSED_1:
            case WRITE_ROWS_COMPRESSED_2:
                rows(RowsEvent.Kind.INSERT, type == WRITE_ROWS_COMPRESSED_2, true);
                return;
            case UPDATE_ROWS_COMPRESSED_1:
            case UPDATE_ROWS_COMPRESSED_2:
                rows(RowsEvent.Kind.UPDATE, type == UPDATE_ROWS_COMPRESSED_2, true);
                return;
            case DELETE_ROWS_COMPRESSED_1:
            case DELETE_ROWS_COMPRESSED_2:
                rows(RowsEvent.Kind.DELETE, type == DELETE_ROWS_COMPRESSED_2, true);
                return;
            case TABLE_MAP:
                tableMap();
                return;
            case GTID:
            case ANONYMOUS_GTID:
                gtid(type == GTID, seconds);
                return;
            case GTID_TAGGED:
                taggedGtid(seconds);
                return;
            case MARIADB_GTID:
                mariaDbGtid(seconds);
                return;
            case QUERY:
            case QUERY_COMPRESSED:
                query(seconds, type == QUERY_COMPRESSED);
                return;
            case XID:
                if (state != State.BEGUN || xid != null) {
                    throw inTheMiddle("a commit");
                }
                endTransaction();
                return;
            case XA_PREPARE:
                xaPrepare();
                return;
            case TRANSACTION_PAYLOAD:
                if (inPayload) {
                    throw new BinlogException(
                            "At " + start + " a compressed transaction holds another one");
                }
                payload();
                return;
            case FORMAT_DESCRIPTION:
                if (state != State.IDLE) {
                    throw cut("a file begins");
                }
                tables.clear();
                return;
            case STOP:
            case INTVAR:
            case RAND:
            case USER_VAR:
            case IGNORABLE:
            case ROWS_QUERY:
            case TRANSACTION_CONTEXT:
            case VIEW_CHANGE:
            case ANNOTATE_ROWS:
            case BINLOG_CHECKPOINT:
                // These describe; what they describe comes in an event of its own.
                return;
            case GTID_LIST:
                handler.previousGtids(MariaDbGtids.decode(body.copy(body.remaining())));
                return;
            case PREVIOUS_GTIDS:
                handler.previousGtids(GtidSet.decode(body.copy(body.remaining())));
                return;
            case PARTIAL_UPDATE_ROWS:
                throw new BinlogException(
                        "At "
                                + start
                                + " rows are logged as partial JSON updates: set binlog_row_value_options = '' on the"
                                + " server and in its sessions, and read the tables again");
            case INCIDENT:
                throw new BinlogException(
                        "At "
                                + start
                                + " the server notes an incident: changes may be missing in its binlog. Read its tables"
                                + " again, from a position after it");
            case START_ENCRYPTION:
                throw new BinlogException(
                        "At "
                                + start
                                + " the server's binlog is encrypted, and it does not decrypt it for its readers."
                                + " This is not supported: set encrypt_binlog = OFF");
            default:
                if ((flags & FLAG_IGNORABLE) == 0) {
                    throw new BinlogException(
                            "At "
                                    + start
                                    + " is an event of type "
                                    + type
                                    + ", which is not known and which the server does not call ignorable");
                }
        }
    }

    private void gtid(boolean named, long seconds) throws Exception {
        if (state != State.IDLE) {
            throw cut("another one begins");
        }
        body.skip(1); // flags
        String gtid = null;
        if (named) {
            long high = body.bigEndian(8);
            long low = body.bigEndian(8);
            gtid = new UUID(high, low) + ":" + body.signed8();
        } else {
            body.skip(24);
        }
        long micros = seconds * 1_000_000;
        if (body.remaining() >= 24) {
            body.skip(17); // logical clock
            long immediate = body.littleEndian(7);
            micros = (immediate & ORIGINAL_TIME_FOLLOWS) == 0 ? immediate : body.littleEndian(7);
        }
        begin(State.ANNOUNCED, gtid, micros);
    }

    /**
     * A list of fields, each a number and a value, in the variable-length numbers of MySQL's own
     * serialization library: a byte's lowest bits that are ones count the bytes that follow.
     */
    private void taggedGtid(long seconds) throws Exception {
        if (state != State.IDLE) {
            throw cut("another one begins");
        }
        long version = variable();
        variable(); // size
        long lastRequired = variable();
        if (version != 1 || lastRequired > TAGGED_LAST_KNOWN) {
            throw new BinlogException(
                    "At "
                            + start
                            + " a tagged GTID has form "
                            + version
                            + " with fields up to "
                            + lastRequired
                            + " that must be known; known are form 1 and "
                            + TAGGED_LAST_KNOWN
                            + " fields");
        }
        UUID uuid = null;
        String tag = null;
        long number = 0;
        long micros = seconds * 1_000_000;
        for (long field = 0; body.remaining() > 0 && field <= TAGGED_ORIGINAL_TIME; ) {
            field = variable();
            if (field == TAGGED_UUID) {
                long high = eightBytes();
                uuid = new UUID(high, eightBytes());
            } else if (field == TAGGED_TAG) {
                int length = (int) variable();
                int at = body.advance(length);
                tag = new String(body.array(), at, length, StandardCharsets.US_ASCII);
            } else {
                long value = variable();
                if (field == TAGGED_NUMBER) {
                    number = value >>> 1 ^ -(value & 1);
                } else if (field == TAGGED_TIME || field == TAGGED_ORIGINAL_TIME) {
                    micros = value;
                }
            }
        }
        if (uuid == null || number < 1) {
            throw new MalformedBytesException("a GTID without its uuid or number");
        }
        String source = tag == null || tag.isEmpty() ? uuid.toString() : uuid + ":" + tag;
        begin(State.ANNOUNCED, source + ":" + number, micros);
    }

    private long variable() {
        int first = body.unsigned1();
        int more = Integer.numberOfTrailingZeros(~first);
        long rest = more == 0 ? 0 : body.littleEndian(more);
        return more >= 7 ? rest : (rest << 8 | first) >>> more + 1;
    }

    private long eightBytes() {
        long bytes = 0;
        for (int i = 0; i < 8; i++) {
            bytes = bytes << 8 | variable();
        }
        return bytes;
    }

    /**
     * It stands for BEGIN too, unless what follows is a statement that is a transaction by itself.
     */
    private void mariaDbGtid(long seconds) throws Exception {
        if (state != State.IDLE) {
            throw cut("another one begins");
        }
        long sequence = body.signed8();
        long domain = body.unsigned4();
        int gtidFlags = body.unsigned1();
        String gtid = domain + "-" + serverId + "-" + Long.toUnsignedString(sequence);
        boolean standalone = (gtidFlags & (GTID_STANDALONE | GTID_COMPLETED_XA)) != 0;
        String prepared = null;
        if ((gtidFlags & GTID_PREPARED_XA) != 0) {
            if ((gtidFlags & GTID_GROUP_COMMIT) != 0) {
                body.skip(8);
            }
            prepared = xid(body.unsigned4(), body.unsigned1(), body.unsigned1());
        }
        begin(standalone ? State.ANNOUNCED : State.BEGUN, gtid, seconds * 1_000_000);
        if (prepared != null) {
            xid = prepared;
            handler.xaBegin(xid);
        }
    }

    /** The end of a transaction that prepares, and perhaps commits in one. */
    private void xaPrepare() throws Exception {
        boolean commits = body.unsigned1() != 0;
        String prepared = xid(body.unsigned4(), (int) body.unsigned4(), (int) body.unsigned4());
        if (state != State.BEGUN || !prepared.equals(xid)) {
            throw inTheMiddle("the end of the XA transaction " + prepared);
        }
        if (commits) {
            handler.xaCommit(prepared, transactionStart);
        } else {
            handler.xaPrepare(prepared, transactionStart);
        }
        endTransaction();
    }

    /** As servers write it in statements. */
    private String xid(long format, int globalLength, int branchLength) {
        return "X'" + hex(globalLength) + "',X'" + hex(branchLength) + "'," + format;
    }

    private String hex(int length) {
        StringBuilder digits = new StringBuilder(2 * length);
        for (int i = 0; i < length; i++) {
            int value = body.unsigned1();
            digits.append(Character.forDigit(value >> 4, 16));
            digits.append(Character.forDigit(value & 15, 16));
        }
        return digits.toString();
    }

    private void begin(State newState, String gtid, long micros) throws Exception {
        state = newState;
        transactionStart = start;
        xid = null;
        transactions++;
        rowsEvents = 0;
        handler.transactionBegin(gtid, micros, start);
    }

    private void endTransaction() throws Exception {
        state = State.IDLE;
        handler.transactionEnd(end);
    }

    private void query(long seconds, boolean compressed) throws Exception {
        body.skip(8); // session, duration
        int databaseLength = body.unsigned1();
        body.skip(2); // error
        body.skip(body.unsigned2()); // status variables
        String database = text(body.advance(databaseLength), databaseLength);
        body.skip(1); // a zero byte
        if (compressed) {
            inflate();
        }
        int sqlLength = body.remaining();
        String sql = text(body.advance(sqlLength), sqlLength);

        if (sql.equals("BEGIN")) {
            if (state == State.BEGUN) {
                throw cut("another one begins");
            }
            if (state == State.IDLE) {
                begin(State.BEGUN, null, seconds * 1_000_000);
            }
            state = State.BEGUN;
        } else if (sql.equals("COMMIT")) {
            if (state != State.BEGUN || xid != null) {
                throw inTheMiddle("a commit");
            }
            endTransaction();
        } else if (sql.equals("ROLLBACK") || sql.startsWith("ROLLBACK TO ")) {
            if (state != State.BEGUN) {
                throw inTheMiddle("a rollback");
            }
            if (rowsEvents > 0) {
                throw new BinlogException(
                        "At "
                                + start
                                + " rows that were logged before are rolled back, which happens where a transaction also"
                                + " writes tables without transactions (MyISAM, MEMORY). This is not supported:"
                                + " keep such tables out of transactions, and read the tables again");
            }
            if (sql.equals("ROLLBACK")) {
                endTransaction();
            }
        } else if (sql.startsWith("XA ")) {
            xaStatement(sql, seconds);
        } else if (!sql.startsWith("SAVEPOINT ") || state != State.BEGUN) {
            if (state == State.BEGUN) {
                handler.query(database, sql, end);
            } else {
                if (state == State.IDLE) {
                    begin(State.ANNOUNCED, null, seconds * 1_000_000);
                }
                handler.query(database, sql, end);
                endTransaction();
            }
        }
    }

    private void xaStatement(String sql, long seconds) throws Exception {
        Matcher matcher = XA_STATEMENT.matcher(sql);
        if (!matcher.matches()) {
            throw new BinlogException(
                    "At "
                            + start
                            + " is a statement of an XA transaction that is not known: "
                            + sql.substring(0, Math.min(sql.length(), 300)));
        }
        String verb = matcher.group(1);
        String named = matcher.group(2).toLowerCase(Locale.ROOT).replace('x', 'X');
        if (verb.equals("START")) {
            if (state == State.BEGUN) {
                throw cut("another one begins");
            }
            if (state == State.IDLE) {
                begin(State.BEGUN, null, seconds * 1_000_000);
            }
            state = State.BEGUN;
            xid = named;
            handler.xaBegin(xid);
        } else if (verb.equals("END")) {
            if (!named.equals(xid)) {
                throw inTheMiddle(sql);
            }
        } else {
            if (state == State.BEGUN) {
                throw cut("another one is decided over");
            }
            if (state == State.IDLE) {
                begin(State.ANNOUNCED, null, seconds * 1_000_000);
            }
            if (verb.equals("COMMIT")) {
                handler.xaCommit(named, null);
            } else {
                handler.xaRollback(named);
            }
            endTransaction();
        }
    }

    /**
     * Statements come in the bytes of the session's character set: UTF-8 if they are that, else
     * Latin 1.
     */
    private String text(int at, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.array(), at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(body.array(), at, length, StandardCharsets.ISO_8859_1);
        }
    }

    private void tableMap() throws BinlogException {
        if (state != State.BEGUN) {
            throw inTheMiddle("a table's description");
        }
        long id = body.littleEndian(6);
        KnownTable known = tables.computeIfAbsent(id, key -> new KnownTable());
        int at = body.position();
        int length = body.remaining();
        if (known.map == null || !equal(known.bytes, body.array(), at, length)) {
            known.bytes = Arrays.copyOfRange(body.array(), at, at + length);
            known.map = null;
        }
        known.seenIn = transactions;
        announced = known;
    }

    private static boolean equal(byte[] known, byte[] bytes, int at, int length) {
        if (known.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (known[i] != bytes[at + i]) {
                return false;
            }
        }
        return true;
    }

    private static TableMap map(KnownTable known) {
        if (known.map == null) {
            known.map = TableMap.read(new ByteReader(known.bytes, 0, known.bytes.length));
        }
        return known.map;
    }

    private void rows(RowsEvent.Kind kind, boolean hasExtra, boolean compressed) throws Exception {
        if (state != State.BEGUN) {
            throw inTheMiddle("a change of rows");
        }
        long id = body.littleEndian(6);
        body.skip(2); // flags
        if (hasExtra) {
            int extraLength = body.unsigned2();
            body.skip(extraLength - 2);
        }
        KnownTable known = tables.get(id);
        if (known == null || known.seenIn != transactions) {
            throw new BinlogException(
                    "The rows at "
                            + start
                            + " are of table id "
                            + id
                            + ", which no TABLE_MAP of their transaction describes: reading must begin between"
                            + " transactions");
        }
        map(known);
        int columns = (int) body.packed();
        if (columns != known.map.columnCount()) {
            throw new BinlogException(
                    "The rows of "
                            + known.map
                            + " at "
                            + start
                            + " have "
                            + columns
                            + " columns, their TABLE_MAP has "
                            + known.map.columnCount());
        }
        boolean full = hasAllColumns(columns);
        if (kind == RowsEvent.Kind.UPDATE) {
            full &= hasAllColumns(columns);
        }
        if (compressed) {
            inflate();
        }
        rowsEvents++;
        rowsEvent.reset(
                kind,
                known.map,
                rowsEvents,
                start,
                full,
                body.array(),
                body.position(),
                body.remaining());
        handler.rows(rowsEvent);
    }

    /**
     * What is left of the event is compressed as MariaDB does it: a byte with the algorithm and the
     * width of the length, the length (big-endian), then the bytes. The reader is put on them as
     * they were.
     */
    private void inflate() throws BinlogException {
        int form = body.unsigned1();
        int width = form & 7;
        if ((form & 0xf0) != 0x80 || width < 1 || width > 4) {
            throw new BinlogException(
                    "The event at "
                            + start
                            + " is compressed in the form "
                            + form
                            + ", known is zlib (128) with a length of 1 to 4 bytes");
        }
        long length = body.bigEndian(width);
        if (length > Integer.MAX_VALUE - 16) {
            throw new MalformedBytesException("an event of " + length + " bytes");
        }
        if (unpacked.length < length || unpacked.length > LARGEST_KEPT_BUFFER) {
            unpacked = new byte[Math.max((int) length, 1024)];
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(body.array(), body.position(), body.remaining());
            int done = 0;
            while (done < length) {
                int more = inflater.inflate(unpacked, done, (int) length - done);
                if (more == 0) {
                    throw new MalformedBytesException(
                            "wanted " + length + " uncompressed bytes, found " + done);
                }
                done += more;
            }
        } catch (DataFormatException e) {
            throw new BinlogException(
                    "The event at " + start + " cannot be uncompressed: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
        body.reset(unpacked, 0, (int) length);
    }

    private boolean hasAllColumns(int columns) {
        BitSet present = TableMap.bits(body, (columns + 7) / 8);
        return present.nextClearBit(0) >= columns;
    }

    /** A whole transaction in one event: its events, without checksums, behind a list of fields. */
    private void payload() throws Exception {
        long size = -1;
        long compression = -1;
        for (long field = body.packed(); field != 0; field = body.packed()) {
            int length = body.packedLength();
            int fieldEnd = body.position() + length;
            if (field == 1) {
                size = body.packed();
            } else if (field == 2) {
                compression = body.packed();
            }
            body.position(fieldEnd);
        }
        if (size != body.remaining()) {
            throw new BinlogException(
                    "The compressed transaction at "
                            + start
                            + " says it has "
                            + size
                            + " bytes, found "
                            + body.remaining());
        }
        if (compression != COMPRESSION_ZSTD && compression != COMPRESSION_NONE) {
            throw new BinlogException(
                    "The transaction at "
                            + start
                            + " is compressed by algorithm "
                            + compression
                            + ", known are ZSTD (0) and none (255)");
        }
        InputStream packed =
                new ByteArrayInputStream(body.array(), body.position(), body.remaining());
        try (InputStream events =
                compression == COMPRESSION_ZSTD ? new ZstdInputStream(packed) : packed) {
            while (readFully(events, 0, HEADER)) {
                body.reset(unpacked, 0, HEADER);
                long seconds = body.unsigned4();
                int type = body.unsigned1();
                body.skip(4);
                long length = body.unsigned4();
                body.skip(4);
                int flags = body.unsigned2();
                if (length < HEADER || length > Integer.MAX_VALUE - 16) {
                    throw new MalformedBytesException("an event of " + length + " bytes");
                }
                if (!readFully(events, HEADER, (int) length - HEADER)) {
                    throw new EOFException("the transaction ends within an event");
                }
                body.reset(unpacked, HEADER, (int) length - HEADER);
                decode(type, flags, seconds, true);
                if (unpacked.length > LARGEST_KEPT_BUFFER) {
                    unpacked = new byte[LARGEST_KEPT_BUFFER];
                }
            }
        }
    }

    /** Returns false if there is nothing more. */
    private boolean readFully(InputStream in, int at, int length) throws IOException {
        if (at + length > unpacked.length) {
            unpacked = Arrays.copyOf(unpacked, Math.max(at + length, 2 * unpacked.length));
        }
        int done = 0;
        while (done < length) {
            int read = in.read(unpacked, at + done, length - done);
            if (read < 0) {
                if (done == 0) {
                    return false;
                }
                throw new EOFException("the transaction ends within an event");
            }
            done += read;
        }
        return true;
    }

    private BinlogException cut(String what) {
        return new BinlogException(
                "At "
                        + start
                        + " "
                        + what
                        + " before the transaction that was being read is whole: the server lost its end in a crash."
                        + " Read its tables again, from a position after it");
    }

    private BinlogException inTheMiddle(String what) {
        return new BinlogException(
                "At "
                        + start
                        + " is "
                        + what
                        + " outside of a transaction: reading must begin between transactions");
    }
}
