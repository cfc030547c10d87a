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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.mysql.config.Problems;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.Map;
import org.apache.seatunnel.api.table.type.BasicType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The parts of types that need no server; that both ways agree is BinlogTypesIT's. */
class ColumnTypeTest {

    @ParameterizedTest
    @ValueSource(strings = {"inet5", "xml", "", "varchar2(3)", "bigint2"})
    void otherTypesAreRefusedInWords(String type) {
        assertThatThrownBy(() -> ColumnType.parse(type, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The column type " + type + " is not supported")
                .hasMessageEndingWith("No other types are supported.");
    }

    @Test
    void otherCharacterSetsAreRefusedInWords() {
        assertThatThrownBy(() -> ColumnType.parse("char(3)", "klingon"))
                .hasMessageContaining("klingon is not supported")
                .hasMessageContaining("utf8mb4");
        assertThatThrownBy(() -> ColumnType.parse("char(3)", null))
                .hasMessageContaining("char(3) needs a character set");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "enum('a','b'); 2; b",
                "enum('it''s',''''); 1; it's",
                "enum('it''s',''''); 2; '",
                "enum('a,b)','c'); 1; a,b)",
                "enum('a,b)','c'); 2; c",
                "enum('\\\\','\\n'); 1; \\",
                "ENUM('x'); 0; ~~"
            })
    void labelsAreReadAsTheServerWritesThem(String type, int index, String label) {
        assertThat(binlog(ColumnType.parse(type, "utf8mb4"), 1, index)).isEqualTo(label);
    }

    @Test
    void labelsThatWeDoNotHoldAreNoticed() {
        ColumnType type = ColumnType.parse("enum('a')", "utf8mb4");
        assertThatThrownBy(() -> binlog(type, 1, 2)).isInstanceOf(MalformedBytesException.class);
        ColumnType set = ColumnType.parse("set('a','b')", "utf8mb4");
        assertThat(binlog(set, 1, 3)).isEqualTo("a,b");
        assertThatThrownBy(() -> binlog(set, 1, 4)).isInstanceOf(MalformedBytesException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "tinyint(4); 1; 0; true",
                "tinyint(4); 2; 0; false",
                "decimal(10,2); 246; 2562; true",
                "decimal(10,2); 246; 2563; false",
                "datetime(3); 18; 3; true",
                "datetime(3); 18; 6; false",
                "datetime; 12; 255; true",
                "text; 252; 2; true",
                "text; 252; 3; false",
                "bit(9); 16; 257; true",
                "bit(9); 16; 256; false",
                "varchar(9); 15; 36; true",
                "varchar(9); 254; 36; false",
                "set('a','b'); 248; 1; true",
                "json; 245; 4; true",
                "binary(3); 254; 3; true",
                "binary(3); 254; 4; false"
            })
    void storageTypesAreChecked(String type, int binlogType, int meta, boolean accepted) {
        assertThat(ColumnType.parse(type, "utf8mb4").accepts(binlogType, meta)).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "bigint(20) unsigned; 32",
                "decimal(65,30); 68",
                "datetime(6); 32",
                "double(255,30); 32",
                "char(7); 28",
                "char; 4",
                "varchar(160); 640",
                "varbinary(9); 9",
                "binary(3); 3",
                "enum('a','b'); 52",
                "uuid; 64",
                "text; 9223372036854775807",
                "json; 9223372036854775807",
                "longblob; 9223372036854775807"
            })
    void whatAValueHasAtMost(String type, long bytes) {
        assertThat(ColumnType.parse(type, "utf8mb4").mostBytes()).isEqualTo(bytes);
    }

    @Test
    void onlyWhatTextCutsIsSelectedByAnExpression() {
        assertThat(ColumnType.parse("float", null).selectExpression("`f`"))
                .isEqualTo("(`f` * 1e0)");
        assertThat(ColumnType.parse("double(9,2)", null).selectExpression("`d`"))
                .isEqualTo("(`d` * 1e0)");
        assertThat(ColumnType.parse("double", null).selectExpression("`d`")).isEqualTo("`d`");
        assertThat(ColumnType.parse("json", null).selectExpression("`j`")).isEqualTo("`j`");
    }

    @Test
    void dateTimesOfOldTablesAreRead() {
        ColumnType dateTime = ColumnType.parse("datetime", null);
        assertThat(binlog(dateTime, 8, 20240229123456L, ColumnType.OLD_FORMAT))
                .isEqualTo(LocalDateTime.of(2024, 2, 29, 12, 34, 56));
        assertThat(binlog(ColumnType.parse("time", null), 3, 123456, ColumnType.OLD_FORMAT))
                .isEqualTo(LocalTime.of(12, 34, 56));
        assertThatThrownBy(
                        () -> binlog(ColumnType.parse("time", null), 3, -1, ColumnType.OLD_FORMAT))
                .isInstanceOf(UnfaithfulValueException.class)
                .hasMessageContaining("-00:00:01");
        assertThat(binlog(ColumnType.parse("timestamp", null), 4, 1, ColumnType.OLD_FORMAT))
                .isEqualTo(LocalDateTime.of(1970, 1, 1, 0, 0, 1));
    }

    @ParameterizedTest
    @CsvSource({
        "tinyint, 128",
        "tinyint, -129",
        "tinyint, ''",
        "tinyint, -",
        "tinyint, 1x",
        "bigint, 9223372036854775808",
        "bigint, -9223372036854775809",
        "bigint, 99999999999999999999999999999999",
        "'decimal(5,2)', 1.5",
        "'decimal(5,2)', x",
        "double, x",
        "date, 2024-1-01",
        "date, 2024-01-0x",
        "datetime, 2024-01-01",
        "datetime, 2024-01-01 00:00:00.",
        "time, 12",
        "time, 12:00",
        "bit, 01"
    })
    void textThatIsNoSuchValueIsRefused(String type, String text) {
        assertThatThrownBy(
                        () ->
                                ColumnType.parse(type, null)
                                        .fromText(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining(text);
    }

    @Test
    void bytesThatAreNoTextAreRefused() {
        ColumnType type = ColumnType.parse("varchar(9)", "utf8mb4");
        assertThatThrownBy(() -> type.fromText(new byte[] {'a', (byte) 0xc3, '('}))
                .isInstanceOf(UnfaithfulValueException.class)
                .hasMessageContaining("0x61c328")
                .hasMessageContaining("no text in utf8mb4");
        assertThat(type.fromText("�".getBytes(StandardCharsets.UTF_8))).isEqualTo("�");
    }

    @Test
    void whatHasNoEqualBecomesWhatTheOptionSays() {
        ColumnType date = unfaithful("datetime(3)", "zero-date", "closest", "partial-date", "null");
        assertThat(text(date, "0000-00-00 00:00:00.000"))
                .isEqualTo(LocalDateTime.of(1, 1, 1, 0, 0));
        assertThat(text(date, "2023-02-30 00:00:00.000")).isNull();
        assertThat(date.mayBecomeNull()).isTrue();
        assertThat(date.inKey().mayBecomeNull()).isFalse();
        assertThatThrownBy(() -> text(date.inKey(), "0000-00-00 00:00:00.000"))
                .isInstanceOf(UnfaithfulValueException.class)
                .hasMessageContaining("unfaithful-values.zero-date = fail");
        ColumnType closest = unfaithful("datetime", "partial-date", "closest");
        assertThat(text(closest, "2023-02-31 10:11:12"))
                .isEqualTo(LocalDateTime.of(2023, 2, 28, 10, 11, 12));
        assertThat(text(closest, "2023-13-00 10:11:12"))
                .isEqualTo(LocalDateTime.of(2023, 12, 1, 10, 11, 12));
        ColumnType clock = unfaithful("time(3)", "time-range", "closest");
        assertThat(text(clock, "-00:00:00.001")).isEqualTo(LocalTime.MIDNIGHT);
        assertThat(text(clock, "24:00:00.000")).isEqualTo(LocalTime.of(23, 59, 59, 999_000_000));
        ColumnType shown = unfaithful("time(3)", "time-range", "text");
        assertThat(text(shown, "-838:59:59.000")).isEqualTo("-838:59:59.000");
        assertThat(shown.seaTunnelType()).isEqualTo(BasicType.STRING_TYPE);
        assertThat(shown.carriedAs()).isEqualTo("varchar(14)");
        assertThat(shown.inKey().carriedAs()).isEqualTo("varchar(14)");
        ColumnType text = unfaithful("varchar(9)", "invalid-text", "closest");
        assertThat(text.fromText(new byte[] {'a', (byte) 0xc3, '('})).isEqualTo("a\ufffd(");
        ColumnType oldDate = unfaithful("datetime", "zero-date", "text");
        assertThat(binlog(oldDate, 8, 0, ColumnType.OLD_FORMAT)).isEqualTo("0000-00-00 00:00:00");
    }

    private static Object text(ColumnType type, String text) {
        return type.fromText(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ColumnType unfaithful(String type, String... policies) {
        Map<String, Object> option = new HashMap<>();
        for (int i = 0; i < policies.length; i += 2) {
            option.put(policies[i], policies[i + 1]);
        }
        Problems problems = new Problems();
        UnfaithfulValues values = UnfaithfulValues.parse(option, problems);
        problems.throwIfAny("options");
        String charset = type.startsWith("varchar") ? "utf8mb4" : null;
        return ColumnType.parse(type, charset, "8.0.15", values);
    }

    @Test
    void policiesThatMakeNoSenseAreRefusedTogether() {
        Map<String, Object> option = new HashMap<>();
        option.put("zero-date", "text");
        option.put("partial-date", "null");
        option.put("invalid-text", "text");
        option.put("time-range", "maybe");
        option.put("year", "null");
        Problems problems = new Problems();
        UnfaithfulValues.parse(option, problems);
        assertThatThrownBy(() -> problems.throwIfAny("options"))
                .hasMessageContaining("4 problems")
                .hasMessageContaining("give text for both or for neither")
                .hasMessageContaining("invalid-text must be one of [fail, null, closest]")
                .hasMessageContaining("current value = maybe")
                .hasMessageContaining("there is no 'year'");
    }

    @ParameterizedTest
    @CsvSource({
        "00000000000000000000000000000000, ::",
        "00000000000000000000000000000001, ::1",
        "00000000000000000000ffff7f000001, ::ffff:127.0.0.1",
        "20010db8000000000001000000000000, 2001:db8:0:0:1::",
        "20010db8000000010002000300040005, 2001:db8::1:2:3:4:5",
        "fe800000000000000000000000000000, fe80::"
    })
    void addressesAreWrittenAsMariaDbDoes(String hex, String text) {
        ColumnType type = ColumnType.parse("inet6", null);
        byte[] packed = bytes("10" + hex);
        assertThat(type.fromBinlog(new ByteReader(packed, 0, packed.length), 16)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "00616263, 616263",
        "8103789c4b4c4a0600024d0127, 616263",
        "89034b4c4a0600, 616263",
        "8903, !claim",
        "7903aabb, !begins",
        "8109789c4b4c4a0600024d0127, !ends after 3 of 9",
        "8103789cffffff, !cannot be inflated",
        "84ffffffff4b4c, !claim"
    })
    void compressedColumnsAreInflated(String hex, String expected) {
        ColumnType type = ColumnType.parse("varbinary(20) /*M!100301 COMPRESSED*/", null);
        assertThat(type.accepts(141, 21)).isTrue();
        assertThat(type.accepts(15, 20)).isFalse();
        assertThat(type.carriedAs()).isEqualTo("varbinary(20)");
        byte[] value = bytes(String.format("%02x", hex.length() / 2) + hex);
        ByteReader in = new ByteReader(value, 0, value.length);
        if (expected.startsWith("!")) {
            assertThatThrownBy(() -> type.fromBinlog(in, 21))
                    .isInstanceOf(MalformedBytesException.class)
                    .hasMessageContaining(expected.substring(1));
        } else {
            assertThat(type.fromBinlog(in, 21)).isEqualTo(bytes(expected));
            assertThat(in.remaining()).isZero();
        }
    }

    @Test
    void aSerializedTypeReadsTheSame() throws Exception {
        ColumnType type =
                ColumnType.parse("enum('ä','b')", "latin1", "5.7.22-log", UnfaithfulValues.FAIL);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(type);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            ColumnType copy = (ColumnType) in.readObject();
            assertThat(copy).isEqualTo(type).hasSameHashCodeAs(type);
            assertThat(binlog(copy, 1, 1)).isEqualTo("ä");
        }
        assertThat(ColumnType.parse("json", null, "5.7.22", UnfaithfulValues.FAIL))
                .isNotEqualTo(ColumnType.parse("json", null, "8.0.15", UnfaithfulValues.FAIL));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 2, 0, 80001e",
        "10, 4, 1234567890.1234, 810dfb38d204d2",
        "10, 4, -1234567890.1234, 7ef204c72dfb2d"
    })
    void decimalsAreReadFromTheirSortableForm(int precision, int scale, String value, String hex) {
        int width = value.equals("0") ? precision : precision + scale;
        byte[] bytes = value.equals("0") ? new byte[] {(byte) 0x80, 0} : bytes(hex);
        ByteReader in = new ByteReader(bytes, 0, bytes.length);
        assertThat(ColumnType.readDecimal(in, width, scale))
                .isEqualTo(new BigDecimal(value).setScale(scale));
        assertThat(in.remaining()).isZero();
        assertThat(ColumnType.decimalLength(width, scale)).isEqualTo(bytes.length);
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }

    private static Object binlog(ColumnType type, int length, long littleEndian) {
        return binlog(type, length, littleEndian, length);
    }

    private static Object binlog(ColumnType type, int length, long littleEndian, int meta) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (littleEndian >> (8 * i));
        }
        return type.fromBinlog(new ByteReader(bytes, 0, length), meta);
    }

    @ParameterizedTest
    @CsvSource({
        "'decimal(5,2)', 0.00",
        "'decimal(5,2)', -0.00",
        "'decimal(5,2)', -0.01",
        "'decimal(5,2)', 999.99",
        "'decimal(8,2) unsigned zerofill', 000012.50",
        "'decimal(3,3)', .125",
        "'decimal(5,0)', -12345",
        "'decimal(18,4)', -99999999999999.9999",
        "'decimal(19,4)', -999999999999999.9999",
        "'decimal(19,0)', 9999999999999999999",
        "'decimal(30,10)', 0.0000000001",
        "'bigint(20) unsigned', 18446744073709551615",
        "'bigint(20) unsigned', 0"
    })
    void decimalsAreReadFromTextAsJavaReadsThem(String type, String text) {
        assertThat(
                        ColumnType.parse(type, null)
                                .fromText(text.getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo(new BigDecimal(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", ".", "-.", "1.2.3", "--1.00", "1-.00", "1.0", "1.000", "1e2"})
    void whatIsNoDecimalOfItsScaleIsRefused(String text) {
        ColumnType type = ColumnType.parse("decimal(5,2)", null);
        assertThatThrownBy(() -> type.fromText(text.getBytes(StandardCharsets.ISO_8859_1)))
                .isInstanceOf(MalformedBytesException.class);
    }
}
