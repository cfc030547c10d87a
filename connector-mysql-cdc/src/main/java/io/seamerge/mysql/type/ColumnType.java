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
package io.seamerge.mysql.type;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.PrimitiveByteArrayType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;

/**
 * The type of a MySQL column: what it is in SeaTunnel, and how its values are read from the binlog
 * and from a query. Both ways give equal values for every type, and exactly the value that MySQL
 * holds, or what {@link UnfaithfulValues} says, in doubt {@link UnfaithfulValueException}.
 *
 * <table>
 * <caption>Types</caption>
 * <tr><th>MySQL</th><th>SeaTunnel</th><th>Java</th></tr>
 * <tr><td>TINYINT, BOOL</td><td>TINYINT; unsigned: SMALLINT</td><td>Byte; Short</td></tr>
 * <tr><td>SMALLINT</td><td>SMALLINT; unsigned: INT</td><td>Short; Integer</td></tr>
 * <tr><td>MEDIUMINT, YEAR</td><td>INT</td><td>Integer (year 0000 is 0)</td></tr>
 * <tr><td>INT</td><td>INT; unsigned: BIGINT</td><td>Integer; Long</td></tr>
 * <tr><td>BIGINT</td><td>BIGINT; unsigned: DECIMAL(20, 0)</td><td>Long; BigDecimal</td></tr>
 * <tr><td>FLOAT, DOUBLE</td><td>FLOAT, DOUBLE</td><td>Float, Double</td></tr>
 * <tr><td>DECIMAL(p, s)</td><td>DECIMAL(p, s)</td><td>BigDecimal of scale s</td></tr>
 * <tr><td>DATE</td><td>DATE</td><td>LocalDate</td></tr>
 * <tr><td>TIME(f)</td><td>TIME</td><td>LocalTime</td></tr>
 * <tr><td>DATETIME(f), TIMESTAMP(f)</td><td>TIMESTAMP</td><td>LocalDateTime; TIMESTAMP in UTC</td></tr>
 * <tr><td>CHAR, VARCHAR, TEXT</td><td>STRING</td><td>String, by the column's character set</td></tr>
 * <tr><td>ENUM, SET</td><td>STRING</td><td>String, the label, or the labels with commas</td></tr>
 * <tr><td>JSON</td><td>STRING</td><td>String, MySQL's own text</td></tr>
 * <tr><td>BIT(1)</td><td>BOOLEAN</td><td>Boolean</td></tr>
 * <tr><td>BIT(n)</td><td>BYTES</td><td>byte[], big-endian, (n + 7) / 8 bytes</td></tr>
 * <tr><td>BINARY, VARBINARY, BLOB</td><td>BYTES</td><td>byte[]; BINARY(n) has n bytes</td></tr>
 * <tr><td>VECTOR(n)</td><td>BYTES</td><td>byte[]: n single-precision numbers, little-endian</td></tr>
 * <tr><td>UUID, INET4, INET6</td><td>STRING</td><td>String, MariaDB's own text</td></tr>
 * <tr><td>GEOMETRY and its kinds</td><td>BYTES</td><td>byte[]: SRID (4 bytes, little-endian), then WKB</td></tr>
 * </table>
 *
 * No other types are supported.
 *
 * <p><b>Reading by a query.</b> Select {@link #selectExpression} and give what {@code
 * ResultSet.getBytes} returns to {@link #fromText}. The connection must use the text protocol (no
 * {@code useServerPrepStmts}, no {@code useCursorFetch}; streaming by {@code fetchSize =
 * Integer.MIN_VALUE} is right), the session variables {@code time_zone = '+00:00'}, {@code
 * character_set_results = NULL} (so that text arrives in the bytes of its column; Connector/J's own
 * default, if {@code characterSetResults} is not set) and an {@code sql_mode} without
 * PAD_CHAR_TO_FULL_LENGTH. {@code zeroDateTimeBehavior}, {@code tinyInt1isBit} and the like do not
 * matter to {@code getBytes}.
 *
 * <p>Immutable and thread-safe. Serialized as what it is made from.
 */
public final class ColumnType implements Serializable {

    private static final long serialVersionUID = 1L;

    /**
     * The metadata under which {@link #fromBinlog} reads TIME, DATETIME and TIMESTAMP as servers
     * before 5.6.4 stored them: old tables still have these forms, and their TABLE_MAP has no
     * metadata for them.
     */
    public static final int OLD_FORMAT = 255;

    /** Bytes of a row, beside what is stored apart from it. */
    private static final int MOST_IN_ROW = 65_535;

    private static final int[] BYTES_OF_DIGITS = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
    private static final BigInteger TWO_TO_64 = BigInteger.ONE.shiftLeft(64);
    private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000);

    private enum Kind {
        TINYINT,
        TINYINT_UNSIGNED,
        SMALLINT,
        SMALLINT_UNSIGNED,
        MEDIUMINT,
        MEDIUMINT_UNSIGNED,
        INT,
        INT_UNSIGNED,
        BIGINT,
        BIGINT_UNSIGNED,
        FLOAT,
        DOUBLE,
        DECIMAL,
        DATE,
        TIME,
        DATETIME,
        TIMESTAMP,
        YEAR,
        CHAR,
        VARCHAR,
        TEXT,
        ENUM,
        SET,
        JSON,
        BIT_1,
        BIT,
        BINARY,
        VARBINARY,
        BLOB,
        VECTOR,
        GEOMETRY,
        UUID,
        INET4,
        INET6
    }

    private final String columnType;
    private final String charsetName;

    /** JSON text as servers before 8.0 write it. */
    private final boolean oldJson;

    private final UnfaithfulValues unfaithful;

    private final transient Kind kind;
    private final transient SeaTunnelDataType<?> seaTunnelType;

    /**
     * Precision of DECIMAL, length of CHAR, VARCHAR, BINARY, VARBINARY and BIT, length bytes of
     * TEXT and BLOB, digits of a second's fraction; else 0.
     */
    private final transient int size;

    private final transient int scale;
    private final transient String[] labels;
    private final transient TextCharset charset;

    /** FLOAT and DOUBLE with declared digits, which text is cut to. */
    private final transient boolean rounded;

    /** Reads DATE, TIME, DATETIME and TIMESTAMP. */
    private final transient MySqlTemporal temporal;

    /** Values are given as MySQL's text, though MySQL has a type for them. */
    private final transient boolean asText;

    /** A column that MariaDB compresses by itself. */
    private final transient boolean compressed;

    private ColumnType(
            String columnType, String charsetName, boolean oldJson, UnfaithfulValues unfaithful) {
        this.oldJson = oldJson;
        this.unfaithful = unfaithful;
        this.columnType = Objects.requireNonNull(columnType, "columnType");
        this.charsetName = charsetName;
        Declaration declaration = new Declaration(columnType);
        int newSize = 0;
        int newScale = 0;
        String[] newLabels = null;
        boolean needsCharset = false;
        boolean dateAsText =
                unfaithful.asText(
                        UnfaithfulValues.Kind.ZERO_DATE, UnfaithfulValues.Kind.PARTIAL_DATE);
        boolean newAsText = false;
        switch (declaration.name) {
            case "tinyint":
                kind = declaration.unsigned ? Kind.TINYINT_UNSIGNED : Kind.TINYINT;
                seaTunnelType = declaration.unsigned ? BasicType.SHORT_TYPE : BasicType.BYTE_TYPE;
                break;
            case "smallint":
                kind = declaration.unsigned ? Kind.SMALLINT_UNSIGNED : Kind.SMALLINT;
                seaTunnelType = declaration.unsigned ? BasicType.INT_TYPE : BasicType.SHORT_TYPE;
                break;
            case "mediumint":
                kind = declaration.unsigned ? Kind.MEDIUMINT_UNSIGNED : Kind.MEDIUMINT;
                seaTunnelType = BasicType.INT_TYPE;
                break;
            case "int":
                kind = declaration.unsigned ? Kind.INT_UNSIGNED : Kind.INT;
                seaTunnelType = declaration.unsigned ? BasicType.LONG_TYPE : BasicType.INT_TYPE;
                break;
            case "bigint":
                kind = declaration.unsigned ? Kind.BIGINT_UNSIGNED : Kind.BIGINT;
                seaTunnelType = declaration.unsigned ? new DecimalType(20, 0) : BasicType.LONG_TYPE;
                break;
            case "float":
                kind = Kind.FLOAT;
                seaTunnelType = BasicType.FLOAT_TYPE;
                break;
            case "double":
                kind = Kind.DOUBLE;
                seaTunnelType = BasicType.DOUBLE_TYPE;
                break;
            case "decimal":
                kind = Kind.DECIMAL;
                newSize = declaration.number(0, 10);
                newScale = declaration.number(1, 0);
                seaTunnelType = new DecimalType(newSize, newScale);
                break;
            case "date":
                kind = Kind.DATE;
                newAsText = dateAsText;
                seaTunnelType = newAsText ? BasicType.STRING_TYPE : LocalTimeType.LOCAL_DATE_TYPE;
                break;
            case "time":
                kind = Kind.TIME;
                newSize = declaration.number(0, 0);
                newAsText = unfaithful.asText(UnfaithfulValues.Kind.TIME_RANGE);
                seaTunnelType = newAsText ? BasicType.STRING_TYPE : LocalTimeType.LOCAL_TIME_TYPE;
                break;
            case "datetime":
                kind = Kind.DATETIME;
                newSize = declaration.number(0, 0);
                newAsText = dateAsText;
                seaTunnelType =
                        newAsText ? BasicType.STRING_TYPE : LocalTimeType.LOCAL_DATE_TIME_TYPE;
                break;
            case "timestamp":
                kind = Kind.TIMESTAMP;
                newSize = declaration.number(0, 0);
                newAsText = dateAsText;
                seaTunnelType =
                        newAsText ? BasicType.STRING_TYPE : LocalTimeType.LOCAL_DATE_TIME_TYPE;
                break;
            case "year":
                kind = Kind.YEAR;
                seaTunnelType = BasicType.INT_TYPE;
                break;
            case "char":
                kind = Kind.CHAR;
                newSize = declaration.number(0, 1);
                seaTunnelType = BasicType.STRING_TYPE;
                needsCharset = true;
                break;
            case "varchar":
                kind = Kind.VARCHAR;
                newSize = declaration.number(0, MOST_IN_ROW);
                seaTunnelType = BasicType.STRING_TYPE;
                needsCharset = true;
                break;
            case "tinytext":
            case "text":
            case "mediumtext":
            case "longtext":
                kind = Kind.TEXT;
                newSize = lengthBytes(declaration.name);
                seaTunnelType = BasicType.STRING_TYPE;
                needsCharset = true;
                break;
            case "enum":
                kind = Kind.ENUM;
                newLabels = declaration.labels();
                seaTunnelType = BasicType.STRING_TYPE;
                needsCharset = true;
                break;
            case "set":
                kind = Kind.SET;
                newLabels = declaration.labels();
                seaTunnelType = BasicType.STRING_TYPE;
                needsCharset = true;
                break;
            case "json":
                kind = Kind.JSON;
                seaTunnelType = BasicType.STRING_TYPE;
                break;
            case "bit":
                newSize = declaration.number(0, 1);
                kind = newSize == 1 ? Kind.BIT_1 : Kind.BIT;
                seaTunnelType =
                        newSize == 1 ? BasicType.BOOLEAN_TYPE : PrimitiveByteArrayType.INSTANCE;
                break;
            case "binary":
                kind = Kind.BINARY;
                newSize = declaration.number(0, 1);
                seaTunnelType = PrimitiveByteArrayType.INSTANCE;
                break;
            case "varbinary":
                kind = Kind.VARBINARY;
                newSize = declaration.number(0, MOST_IN_ROW);
                seaTunnelType = PrimitiveByteArrayType.INSTANCE;
                break;
            case "tinyblob":
            case "blob":
            case "mediumblob":
            case "longblob":
                kind = Kind.BLOB;
                newSize = lengthBytes(declaration.name);
                seaTunnelType = PrimitiveByteArrayType.INSTANCE;
                break;
            case "vector":
                // Stored as a BLOB: four bytes for each number, little-endian.
                kind = Kind.VECTOR;
                seaTunnelType = PrimitiveByteArrayType.INSTANCE;
                break;
            case "geometry":
            case "point":
            case "linestring":
            case "polygon":
            case "multipoint":
            case "multilinestring":
            case "multipolygon":
            case "geometrycollection":
            case "geomcollection":
                kind = Kind.GEOMETRY;
                seaTunnelType = PrimitiveByteArrayType.INSTANCE;
                break;
            case "uuid":
                kind = Kind.UUID;
                seaTunnelType = BasicType.STRING_TYPE;
                break;
            case "inet4":
                kind = Kind.INET4;
                seaTunnelType = BasicType.STRING_TYPE;
                break;
            case "inet6":
                kind = Kind.INET6;
                seaTunnelType = BasicType.STRING_TYPE;
                break;
            default:
                throw new IllegalArgumentException(
                        "The column type "
                                + columnType
                                + " is not supported. Supported are TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, FLOAT,"
                                + " DOUBLE, DECIMAL, DATE, TIME, DATETIME, TIMESTAMP, YEAR, CHAR, VARCHAR, TINYTEXT,"
                                + " TEXT, MEDIUMTEXT, LONGTEXT, ENUM, SET, JSON, BIT, BINARY, VARBINARY, TINYBLOB,"
                                + " BLOB, MEDIUMBLOB, LONGBLOB, VECTOR, UUID, INET4, INET6 and GEOMETRY"
                                + " with its kinds."
                                + " No other types are supported.");
        }
        if (needsCharset && charsetName == null) {
            throw new IllegalArgumentException(
                    "The column type " + columnType + " needs a character set; found none");
        }
        size = newSize;
        scale = newScale;
        labels = newLabels;
        charset = needsCharset ? TextCharset.of(charsetName) : null;
        rounded = declaration.numbers() > 0;
        asText = newAsText;
        temporal = new MySqlTemporal(unfaithful, asText, size);
        compressed = declaration.compressed;
    }

    /**
     * Reads a column's type as {@code information_schema.columns} gives it.
     *
     * @param columnType COLUMN_TYPE, such as {@code bigint(20) unsigned}, {@code enum('a','b')}
     * @param charset CHARACTER_SET_NAME, null where there is none
     * @throws IllegalArgumentException if the type or the character set is not supported
     */
    public static ColumnType parse(String columnType, String charset) {
        return new ColumnType(columnType, charset, false, UnfaithfulValues.FAIL);
    }

    /**
     * The same for a server that may be older than 8.0: it writes JSON differently, whole doubles
     * without {@code .0} and binary strings in base64.
     *
     * @param serverVersion {@code @@version}
     * @param unfaithful what becomes of values that have no equal
     */
    public static ColumnType parse(
            String columnType, String charset, String serverVersion, UnfaithfulValues unfaithful) {
        return new ColumnType(columnType, charset, serverVersion.startsWith("5."), unfaithful);
    }

    /** The same type for a column of a key, in which no value may become null or another one. */
    public ColumnType inKey() {
        return new ColumnType(columnType, charsetName, oldJson, unfaithful.inKey());
    }

    /** Whether values that are not null may become null. */
    public boolean mayBecomeNull() {
        switch (kind) {
            case DATE:
            case DATETIME:
            case TIMESTAMP:
                return unfaithful.asNull(
                        UnfaithfulValues.Kind.ZERO_DATE, UnfaithfulValues.Kind.PARTIAL_DATE);
            case TIME:
                return unfaithful.asNull(UnfaithfulValues.Kind.TIME_RANGE);
            case CHAR:
            case VARCHAR:
            case TEXT:
                return unfaithful.asNull(UnfaithfulValues.Kind.INVALID_TEXT);
            default:
                return false;
        }
    }

    /** MySQL's type of what the values are given as: {@link #sourceType}, or VARCHAR if as text. */
    public String carriedAs() {
        if (!asText) {
            // What MariaDB says beside the type, in a comment, is about storage.
            int comment = columnType.indexOf("/*");
            return comment < 0 || labels != null
                    ? columnType
                    : columnType.substring(0, comment).trim();
        }
        int length = kind == Kind.DATE || kind == Kind.TIME ? 10 : 19;
        return "varchar(" + (length + (size == 0 ? 0 : 1 + size)) + ")";
    }

    /**
     * Bytes that the text of a value has at most; {@link Long#MAX_VALUE} where the type does not
     * keep it small.
     */
    public long mostBytes() {
        switch (kind) {
            case TINYINT:
            case TINYINT_UNSIGNED:
            case SMALLINT:
            case SMALLINT_UNSIGNED:
            case MEDIUMINT:
            case MEDIUMINT_UNSIGNED:
            case INT:
            case INT_UNSIGNED:
            case BIGINT:
            case BIGINT_UNSIGNED:
            case DATE:
            case TIME:
            case DATETIME:
            case TIMESTAMP:
            case YEAR:
            case BIT_1:
            case BIT:
            case FLOAT:
            case DOUBLE:
                return 32;
            case UUID:
            case INET4:
            case INET6:
                return 64;
            case DECIMAL:
                return size + 3L;
            case CHAR:
            case VARCHAR:
                return 4L * size;
            case ENUM:
            case SET:
                return 4L * columnType.length();
            case BINARY:
            case VARBINARY:
                return size;
            case TEXT:
            case JSON:
            case BLOB:
            case VECTOR:
            case GEOMETRY:
                return Long.MAX_VALUE;
        }
        throw new IllegalStateException(kind.name());
    }

    public SeaTunnelDataType<?> seaTunnelType() {
        return seaTunnelType;
    }

    /** COLUMN_TYPE, as this was parsed from. */
    public String sourceType() {
        return columnType;
    }

    /** CHARACTER_SET_NAME, as this was parsed from; null where there is none. */
    public String charset() {
        return charsetName;
    }

    /**
     * The expression that a query selects, so that {@link #fromText} gets the exact value: the
     * column itself wherever text is exact.
     *
     * @param quotedColumn the column's name in backticks, perhaps with its table
     */
    public String selectExpression(String quotedColumn) {
        // A FLOAT is written with 6 digits, and declared digits cut a value: as a plain DOUBLE all
        // of it is written.
        boolean lossy = kind == Kind.FLOAT || kind == Kind.DOUBLE && rounded;
        return lossy ? "(" + quotedColumn + " * 1e0)" : quotedColumn;
    }

    /**
     * Whether the binlog's storage type can be read as this type; see {@link #fromBinlog}.
     * Signedness, character set and labels are not part of it.
     *
     * @param binlogType the server's number of the storage type, with ENUM and SET told from STRING
     * @param meta what goes with it: the most bytes of a string; length bytes of a BLOB or of an
     *     ENUM or SET; digits of a second's fraction; precision × 256 + scale; whole bytes × 256 +
     *     odd bits
     */
    public boolean accepts(int binlogType, int meta) {
        switch (kind) {
            case TINYINT:
            case TINYINT_UNSIGNED:
                return binlogType == 1;
            case SMALLINT:
            case SMALLINT_UNSIGNED:
                return binlogType == 2;
            case MEDIUMINT:
            case MEDIUMINT_UNSIGNED:
                return binlogType == 9;
            case INT:
            case INT_UNSIGNED:
                return binlogType == 3;
            case BIGINT:
            case BIGINT_UNSIGNED:
                return binlogType == 8;
            case FLOAT:
                return binlogType == 4 && meta == 4;
            case DOUBLE:
                return binlogType == 5 && meta == 8;
            case DECIMAL:
                return binlogType == 246 && meta == (size << 8 | scale);
            case DATE:
                return binlogType == 10;
            case TIME:
                return binlogType == 19 && meta == size || binlogType == 11 && size == 0;
            case DATETIME:
                return binlogType == 18 && meta == size || binlogType == 12 && size == 0;
            case TIMESTAMP:
                return binlogType == 17 && meta == size || binlogType == 7 && size == 0;
            case YEAR:
                return binlogType == 13;
            case CHAR:
                return binlogType == 254;
            case BINARY:
                return binlogType == 254 && meta == size;
            case VARCHAR:
            case VARBINARY:
                return compressed ? binlogType == 141 : binlogType == 15 || binlogType == 253;
            case TEXT:
            case BLOB:
                return binlogType == (compressed ? 140 : 252) && meta == size;
            case ENUM:
                return binlogType == 247 && meta == (labels.length < 256 ? 1 : 2);
            case SET:
                return binlogType == 248 && meta == setBytes(labels.length);
            case JSON:
                return binlogType == 245;
            case BIT_1:
            case BIT:
                return binlogType == 16 && (meta >> 8) * 8 + (meta & 0xff) == size;
            case VECTOR:
                return binlogType == 242;
            case GEOMETRY:
                return binlogType == 255;
            case UUID:
            case INET6:
                return binlogType == 254 && meta == 16;
            case INET4:
                return binlogType == 254 && meta == 4;
        }
        throw new AssertionError(kind);
    }

    /**
     * Reads a value that is not null from a row of a rows event, and moves the reader behind it.
     *
     * @param meta what the TABLE_MAP says beside the storage type; see {@link #accepts}, which must
     *     have been true
     * @throws UnfaithfulValueException if SeaTunnel has no equal value
     * @throws MalformedBytesException if the bytes are not such a value
     */
    public Object fromBinlog(ByteReader in, int meta) {
        switch (kind) {
            case TINYINT:
                return (byte) in.unsigned1();
            case TINYINT_UNSIGNED:
                return (short) in.unsigned1();
            case SMALLINT:
                return (short) in.unsigned2();
            case SMALLINT_UNSIGNED:
                return in.unsigned2();
            case MEDIUMINT:
                return in.unsigned3() << 8 >> 8;
            case MEDIUMINT_UNSIGNED:
                return in.unsigned3();
            case INT:
                return in.signed4();
            case INT_UNSIGNED:
                return in.unsigned4();
            case BIGINT:
                return in.signed8();
            case BIGINT_UNSIGNED:
                return unsignedDecimal(in.signed8());
            case FLOAT:
                return Float.intBitsToFloat(in.signed4());
            case DOUBLE:
                return Double.longBitsToDouble(in.signed8());
            case DECIMAL:
                return readDecimal(in, size, scale);
            case DATE:
                return temporal.date(in.unsigned3());
            case TIME:
                return meta == OLD_FORMAT ? temporal.oldTime(in.unsigned3()) : temporal.time(in);
            case DATETIME:
                return meta == OLD_FORMAT
                        ? temporal.oldDateTime(in.signed8())
                        : temporal.dateTime(in);
            case TIMESTAMP:
                return meta == OLD_FORMAT
                        ? temporal.timestamp(in.unsigned4(), 0)
                        : temporal.timestamp(in);
            case YEAR:
                int year = in.unsigned1();
                return year == 0 ? 0 : 1900 + year;
            case CHAR:
            case VARCHAR:
                return readText(in, meta < 256 ? in.unsigned1() : in.unsigned2());
            case TEXT:
                return readText(in, blobLength(in, meta));
            case ENUM:
                return label((int) in.littleEndian(meta));
            case SET:
                return joinLabels(in.littleEndian(meta));
            case JSON:
                int length = blobLength(in, meta);
                return JsonText.of(in.array(), in.advance(length), length, oldJson);
            case BIT_1:
                return in.unsigned1() != 0;
            case BIT:
                return in.copy((size + 7) / 8);
            case BINARY:
                return Arrays.copyOf(in.copy(in.unsigned1()), size);
            case VARBINARY:
                return readBytes(in, meta < 256 ? in.unsigned1() : in.unsigned2());
            case BLOB:
            case VECTOR:
            case GEOMETRY:
                return readBytes(in, blobLength(in, meta));
            case UUID:
                return AddressText.uuid(Arrays.copyOf(in.copy(in.unsigned1()), 16));
            case INET4:
                return AddressText.inet4(Arrays.copyOf(in.copy(in.unsigned1()), 4));
            case INET6:
                return AddressText.inet6(Arrays.copyOf(in.copy(in.unsigned1()), 16));
        }
        throw new AssertionError(kind);
    }

    /**
     * Reads a value from the bytes that a query returns for {@link #selectExpression}.
     *
     * @param bytes null for null
     * @throws UnfaithfulValueException if SeaTunnel has no equal value
     * @throws MalformedBytesException if the bytes are not such a value: the connection is not as
     *     the class comment wants it
     */
    public Object fromText(byte[] bytes) {
        if (bytes == null) {
            return null;
        }
        switch (kind) {
            case TINYINT:
                return (byte) integer(bytes, Byte.MIN_VALUE, Byte.MAX_VALUE);
            case TINYINT_UNSIGNED:
                return (short) integer(bytes, 0, 0xff);
            case SMALLINT:
                return (short) integer(bytes, Short.MIN_VALUE, Short.MAX_VALUE);
            case SMALLINT_UNSIGNED:
                return (int) integer(bytes, 0, 0xffff);
            case MEDIUMINT:
                return (int) integer(bytes, -0x800000, 0x7fffff);
            case MEDIUMINT_UNSIGNED:
                return (int) integer(bytes, 0, 0xffffff);
            case INT:
                return (int) integer(bytes, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case INT_UNSIGNED:
                return integer(bytes, 0, 0xffffffffL);
            case BIGINT:
                return integer(bytes, Long.MIN_VALUE, Long.MAX_VALUE);
            case BIGINT_UNSIGNED:
            case DECIMAL:
                return decimal(bytes);
            case FLOAT:
                return (float) floating(bytes);
            case DOUBLE:
                return floating(bytes);
            case DATE:
                return temporal.dateOf(bytes);
            case TIME:
                return temporal.timeOf(bytes);
            case DATETIME:
            case TIMESTAMP:
                return temporal.dateTimeOf(bytes);
            case YEAR:
                return (int) integer(bytes, 0, 2155);
            case CHAR:
            case VARCHAR:
            case TEXT:
            case ENUM:
            case SET:
                return charset.decode(bytes, 0, bytes.length, unfaithful);
            case UUID:
            case INET4:
            case INET6:
                return new String(bytes, StandardCharsets.US_ASCII);
            case JSON:
                String json = TextCharset.UTF8.decode(bytes, 0, bytes.length);
                // Servers before 8.0 break lines of base64 within a string, where JSON allows no
                // line break.
                return oldJson ? json.replace("\n", "\\n") : json;
            case BIT_1:
                if (bytes.length != 1) {
                    throw unreadable("1 byte", bytes);
                }
                return bytes[0] != 0;
            case BIT:
                if (bytes.length != (size + 7) / 8) {
                    throw unreadable((size + 7) / 8 + " bytes", bytes);
                }
                return bytes;
            case BINARY:
            case VARBINARY:
            case BLOB:
            case VECTOR:
            case GEOMETRY:
                return bytes;
        }
        throw new AssertionError(kind);
    }

    /**
     * How many bytes a DECIMAL takes in the binlog: 9 digits in 4 bytes, the rest of each side in
     * as few as they need.
     */
    public static int decimalLength(int precision, int scale) {
        int whole = precision - scale;
        return whole / 9 * 4
                + BYTES_OF_DIGITS[whole % 9]
                + scale / 9 * 4
                + BYTES_OF_DIGITS[scale % 9];
    }

    /** Two types are equal if they are made from equal texts, for servers that write JSON alike. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ColumnType
                && oldJson == ((ColumnType) other).oldJson
                && unfaithful.equals(((ColumnType) other).unfaithful)
                && columnType.equals(((ColumnType) other).columnType)
                && Objects.equals(charsetName, ((ColumnType) other).charsetName);
    }

    @Override
    public int hashCode() {
        return Objects.hash(columnType, charsetName);
    }

    @Override
    public String toString() {
        return charsetName == null ? columnType : columnType + " CHARACTER SET " + charsetName;
    }

    private Object readResolve() {
        return new ColumnType(columnType, charsetName, oldJson, unfaithful);
    }

    private static int lengthBytes(String name) {
        return name.startsWith("tiny")
                ? 1
                : name.startsWith("medium") ? 3 : name.startsWith("long") ? 4 : 2;
    }

    private static int setBytes(int labelCount) {
        int bytes = (labelCount + 7) / 8;
        return bytes > 4 ? 8 : bytes;
    }

    private static int blobLength(ByteReader in, int lengthBytes) {
        long length = in.littleEndian(lengthBytes);
        if (length > in.remaining()) {
            throw new MalformedBytesException(
                    "a value of " + length + " bytes with " + in.remaining() + " left");
        }
        return (int) length;
    }

    private String readText(ByteReader in, int length) {
        if (compressed) {
            byte[] text = CompressedColumn.inflate(in, length);
            return charset.decode(text, 0, text.length, unfaithful);
        }
        return charset.decode(in.array(), in.advance(length), length, unfaithful);
    }

    private byte[] readBytes(ByteReader in, int length) {
        return compressed ? CompressedColumn.inflate(in, length) : in.copy(length);
    }

    /** Index 0 is what MySQL stores for a value that was no label; it reads as an empty string. */
    private String label(int index) {
        if (index == 0) {
            return "";
        }
        if (index > labels.length) {
            throw new MalformedBytesException(
                    "label number "
                            + index
                            + " of "
                            + columnType
                            + ": the labels that we hold are not those of the binlog");
        }
        return labels[index - 1];
    }

    private String joinLabels(long bits) {
        if (labels.length < 64 && bits >>> labels.length != 0) {
            throw new MalformedBytesException(
                    "bits "
                            + Long.toBinaryString(bits)
                            + " of "
                            + columnType
                            + ": the labels that we hold are not those of the binlog");
        }
        StringBuilder text = new StringBuilder();
        String separator = "";
        for (int i = 0; i < labels.length; i++) {
            if ((bits & 1L << i) != 0) {
                text.append(separator).append(labels[i]);
                separator = ",";
            }
        }
        return text.toString();
    }

    private static BigDecimal unsignedDecimal(long bits) {
        return bits >= 0
                ? BigDecimal.valueOf(bits)
                : new BigDecimal(BigInteger.valueOf(bits).add(TWO_TO_64));
    }

    /**
     * A DECIMAL in MySQL's sortable form: big-endian groups of up to 9 digits, the highest bit
     * inverted, all bits inverted if negative.
     */
    static BigDecimal readDecimal(ByteReader in, int precision, int scale) {
        int whole = precision - scale;
        int start = in.position();
        boolean negative = (in.array()[in.advance(1)] & 0x80) == 0;
        in.position(start);
        int inversion = negative ? -1 : 0;
        boolean small = precision <= 18;
        long unscaled = 0;
        BigInteger largeUnscaled = BigInteger.ZERO;
        int groups = (whole + 8) / 9 + (scale + 8) / 9;
        int wholeGroups = (whole + 8) / 9;
        int scaleLeft = scale;
        boolean first = true;
        for (int group = 0; group < groups; group++) {
            int digits;
            if (group < wholeGroups) {
                digits = group == 0 && whole % 9 != 0 ? whole % 9 : 9;
            } else {
                digits = Math.min(9, scaleLeft);
                scaleLeft -= digits;
            }
            int bytes = BYTES_OF_DIGITS[digits];
            long value = in.bigEndian(bytes);
            if (first) {
                value ^= 0x80L << (8 * (bytes - 1));
                first = false;
            }
            value = (value ^ inversion) & (1L << (8 * bytes)) - 1;
            if (small) {
                unscaled = unscaled * POWERS_OF_TEN[digits] + value;
            } else {
                largeUnscaled =
                        largeUnscaled
                                .multiply(
                                        digits == 9
                                                ? BILLION
                                                : BigInteger.valueOf(POWERS_OF_TEN[digits]))
                                .add(BigInteger.valueOf(value));
            }
        }
        return small
                ? BigDecimal.valueOf(negative ? -unscaled : unscaled, scale)
                : new BigDecimal(negative ? largeUnscaled.negate() : largeUnscaled, scale);
    }

    private static final long[] POWERS_OF_TEN = {
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000
    };

    private long integer(byte[] text, long least, long greatest) {
        int i = 0;
        boolean negative = text.length > 1 && text[0] == '-';
        if (negative) {
            i = 1;
        }
        // Counted downwards, since there is one negative number more than positive ones.
        long value = 0;
        boolean right = i < text.length && text.length < 30;
        for (; right && i < text.length; i++) {
            int digit = text[i] - '0';
            right =
                    digit >= 0
                            && digit <= 9
                            && value >= Long.MIN_VALUE / 10
                            && value * 10 >= Long.MIN_VALUE + digit;
            value = value * 10 - digit;
        }
        right = right && (negative || value != Long.MIN_VALUE);
        value = negative ? value : -value;
        if (!right || value < least || value > greatest) {
            throw unreadable("a number from " + least + " to " + greatest, text);
        }
        return value;
    }

    private BigDecimal decimal(byte[] text) {
        BigDecimal small = smallDecimal(text);
        if (small != null) {
            return small;
        }
        try {
            BigDecimal value = new BigDecimal(new String(text, StandardCharsets.ISO_8859_1));
            if (value.scale() == scale) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new MalformedBytesException(
                    "wanted a number for "
                            + columnType
                            + ", found "
                            + new String(text, StandardCharsets.ISO_8859_1));
        }
        throw unreadable("a number of scale " + scale, text);
    }

    /** A number that a long can hold, without a detour by text; null for all else. */
    private BigDecimal smallDecimal(byte[] text) {
        if (text.length > 19) {
            return null;
        }
        boolean negative = text.length > 0 && text[0] == '-';
        int first = negative ? 1 : 0;
        int point = -1;
        long unscaled = 0;
        for (int i = first; i < text.length; i++) {
            int digit = text[i] - '0';
            if (text[i] == '.' && point < 0) {
                point = i;
            } else if (digit >= 0 && digit <= 9) {
                unscaled = unscaled * 10 + digit;
            } else {
                return null;
            }
        }
        int digits = text.length - first - (point < 0 ? 0 : 1);
        int found = point < 0 ? 0 : text.length - point - 1;
        return digits < 1 || digits > 18 || found != scale
                ? null
                : BigDecimal.valueOf(negative ? -unscaled : unscaled, scale);
    }

    private double floating(byte[] text) {
        try {
            return Double.parseDouble(new String(text, StandardCharsets.ISO_8859_1));
        } catch (NumberFormatException e) {
            throw unreadable("a number", text);
        }
    }

    private MalformedBytesException unreadable(String wanted, byte[] found) {
        return new MalformedBytesException(
                "wanted "
                        + wanted
                        + " for "
                        + columnType
                        + ", found "
                        + new String(
                                found, 0, Math.min(found.length, 100), StandardCharsets.ISO_8859_1)
                        + " ("
                        + found.length
                        + " bytes)");
    }

    /**
     * The parts of a COLUMN_TYPE: {@code name [ "(" argument { "," argument } ")" ] { attribute }}.
     */
    private static final class Declaration {

        private final String text;
        private final String name;
        private final List<String> arguments = new ArrayList<>();
        private final boolean unsigned;

        /** A column that MariaDB compresses by itself. */
        private final boolean compressed;

        Declaration(String columnType) {
            text = columnType;
            String trimmed = columnType.trim();
            int open = trimmed.indexOf('(');
            int nameEnd = 0;
            while (nameEnd < trimmed.length()
                    && Character.isLetterOrDigit(trimmed.charAt(nameEnd))) {
                nameEnd++;
            }
            name = trimmed.substring(0, nameEnd).toLowerCase(Locale.ROOT);
            int close = open == nameEnd ? readArguments(trimmed, open + 1) : nameEnd;
            String attributes = trimmed.substring(close).toLowerCase(Locale.ROOT);
            unsigned = attributes.contains("unsigned");
            compressed = attributes.contains("compressed");
        }

        /** Returns the index behind the closing parenthesis. */
        private int readArguments(String type, int start) {
            StringBuilder argument = new StringBuilder();
            boolean quoted = false;
            for (int i = start; i < type.length(); i++) {
                char c = type.charAt(i);
                char next = i + 1 < type.length() ? type.charAt(i + 1) : '\0';
                if (quoted && c == '\\') {
                    argument.append(unescape(next));
                    i++;
                } else if (quoted && c == '\'' && next == '\'') {
                    argument.append('\'');
                    i++;
                } else if (c == '\'') {
                    quoted = !quoted;
                } else if (!quoted && (c == ',' || c == ')')) {
                    arguments.add(argument.toString());
                    argument.setLength(0);
                    if (c == ')') {
                        return i + 1;
                    }
                } else {
                    argument.append(c);
                }
            }
            throw new IllegalArgumentException(
                    "The column type " + text + " has no closing parenthesis");
        }

        private static char unescape(char c) {
            switch (c) {
                case '0':
                    return '\0';
                case 'n':
                    return '\n';
                case 'r':
                    return '\r';
                default:
                    return c;
            }
        }

        int numbers() {
            return arguments.size();
        }

        int number(int index, int absent) {
            if (index >= arguments.size()) {
                return absent;
            }
            try {
                return Integer.parseInt(arguments.get(index).trim());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "The column type " + text + " has no number at argument " + (index + 1), e);
            }
        }

        String[] labels() {
            if (arguments.isEmpty()) {
                throw new IllegalArgumentException("The column type " + text + " has no labels");
            }
            return arguments.toArray(new String[0]);
        }
    }
}
