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
package io.seamerge.mysql.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.PrimitiveByteArrayType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterTest {

    private static final List<String> NAMES =
            Arrays.asList(
                    "i", "l", "d", "f", "r", "s", "b", "day", "t", "ts", "bytes", "n", "odd name");

    private static final SeaTunnelDataType<?>[] TYPES = {
        BasicType.INT_TYPE,
        BasicType.LONG_TYPE,
        new DecimalType(20, 2),
        BasicType.FLOAT_TYPE,
        BasicType.DOUBLE_TYPE,
        BasicType.STRING_TYPE,
        BasicType.BOOLEAN_TYPE,
        LocalTimeType.LOCAL_DATE_TYPE,
        LocalTimeType.LOCAL_TIME_TYPE,
        LocalTimeType.LOCAL_DATE_TIME_TYPE,
        PrimitiveByteArrayType.INSTANCE,
        BasicType.INT_TYPE,
        BasicType.STRING_TYPE
    };

    private static final Object[] ROW = {
        7,
        9007199254740993L,
        new BigDecimal("1.50"),
        0.1f,
        0.1d,
        "it's ä",
        true,
        LocalDate.of(1582, 10, 10),
        LocalTime.of(23, 59, 59, 500_000_000),
        LocalDateTime.of(2024, 2, 29, 12, 0),
        new byte[] {0, (byte) 0xff},
        null,
        "x"
    };

    private static final FilterColumns COLUMNS =
            new FilterColumns() {
                @Override
                public int place(String column) {
                    return NAMES.indexOf(column.toLowerCase(java.util.Locale.ROOT));
                }

                @Override
                public SeaTunnelDataType<?> type(String column) {
                    return TYPES[place(column)];
                }
            };

    @ParameterizedTest
    @ValueSource(
            strings = {
                "i = 7",
                "7=i",
                "i != 8 and I <> 6",
                "i < 7.5 AND i > 6.99999999999999999999",
                "i <= 7 AND i >= +7",
                "i > -1e1",
                "l = 9007199254740993 AND l <> 9007199254740992 AND l > 9007199254740992.9",
                "d = 1.5 AND d = 1.500",
                "f = 0.1 AND r = 0.1 AND r < .2",
                "s = 'it''s ä' AND s <> 'IT''S Ä' AND s <> 'it''s ä '",
                "s > 'it' AND s < 'iu'",
                "`odd name` = 'x'",
                "b AND b = TRUE AND b <> FALSE AND b = 1 AND NOT b = 0",
                "i > TRUE",
                "day = '1582-10-10' AND day < '1582-10-11'",
                "t > '23:59:59' AND t = '23:59:59.5' AND t > '00:00'",
                "ts > '2024-02-29' AND ts = '2024-02-29 12:00' AND ts < '2024-02-29 12:00:00.000001'",
                "bytes = X'00ff' AND bytes > x'007f' AND bytes > x'' AND bytes < X'00ff00'",
                "i IN (1, 7.0) AND s NOT IN ('a', 'b')",
                "i BETWEEN 7 AND 8 AND i NOT BETWEEN 8 AND 9 AND i = 7",
                "n IS NULL AND i IS NOT NULL",
                "i = 1 OR i = 2 AND i = 3 OR i = 7",
                "(i = 7 OR i = 2) AND NOT (i = 3 AND i = 4)",
                "NOT NOT NOT i = 8",
                "i = 7 OR n = 1",
                "i < l AND d < i",
            })
    void isTrue(String text) throws Exception {
        assertThat(Filter.parse(text).bind(COLUMNS).passes(ROW)).isTrue();
        assertThat(Filter.parse("NOT (" + text + ")").bind(COLUMNS).passes(ROW)).isFalse();
    }

    /** Neither it nor its contrary is true. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "n = 1",
                "n <> 1",
                "n IN (1, 2)",
                "i IN (1, n)",
                "n BETWEEN 1 AND 2",
                "i = 7 AND n = 1",
                "i = 8 OR n = 1",
                "n = n"
            })
    void isUnknown(String text) throws Exception {
        assertThat(Filter.parse(text).bind(COLUMNS).passes(ROW)).isFalse();
        assertThat(Filter.parse("NOT (" + text + ")").bind(COLUMNS).passes(ROW)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "i = | at character 4 of | is wanted here",
                "~~ | at character 1 of | is wanted here",
                "i == 1 | at character 4 of | is wanted here",
                "i = 1 2 | at character 7 of | AND, OR or the end",
                "(i = 1 | at character 7 of | ')' is wanted",
                "s = 'x | at character 5 of | closing ' is missing",
                "s = \"x\" | at character 5 of | single quotes",
                "i = NULL | at character 5 of | IS NULL",
                "i IS 1 | at character 6 of | NULL is wanted",
                "s LIKE 'x' | at character 3 of | LIKE is not supported",
                "i NOT = 1 | at character 7 of | IN or BETWEEN",
                "i IN 1 | at character 6 of | '(' is wanted",
                "i BETWEEN 1 OR 2 | at character 13 of | AND and the upper bound",
                "i = 1.2.3 | at character 5 of | no number",
                "i = 1x | at character 5 of | no number",
                "i = x'0' | at character 5 of | hexadecimal",
                "i ; 1 | at character 3 of | no meaning",
                "i ! 1 | at character 3 of | no meaning"
            })
    void whatIsNotOfTheGrammarIsRefusedWithItsPlace(String text, String place, String words) {
        assertThatThrownBy(() -> Filter.parse(text))
                .isInstanceOf(FilterException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "j = 1 | at character 1 of | there is no column j",
                "i = 'x' | at character 5 of | this is text, which cannot be compared with a number",
                "day = '2024-02-30' | at character 7 of | with a date",
                "day = '2024-1-1' | at character 7 of | with a date",
                "t = '24:00:00' | at character 5 of | with a time",
                "ts = day | at character 6 of | this is a date, which cannot",
                "b = 2 | at character 5 of | with true or false",
                "bytes = 'x' | at character 9 of | with bytes",
                "i | at character 1 of | this is a number, no condition",
                "i = 7 AND s | at character 11 of | this is text, no condition"
            })
    void whatDoesNotFitTheTableIsRefusedWithItsPlace(String text, String place, String words)
            throws Exception {
        Filter filter = Filter.parse(text);
        assertThatThrownBy(() -> filter.bind(COLUMNS))
                .isInstanceOf(FilterException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(words);
    }

    @Test
    void textIsOrderedByCodePoints() throws Exception {
        // U+1F600 is written with halves that are less than U+FF21.
        Object[] row = ROW.clone();
        row[5] = "\ud83d\ude00";
        assertThat(Filter.parse("s > '\uff21'").bind(COLUMNS).passes(row)).isTrue();
        row[5] = "\ud83d\ude01";
        assertThat(Filter.parse("s > '\ud83d\ude00'").bind(COLUMNS).passes(row)).isTrue();
    }

    @Test
    void depthIsBounded() throws Exception {
        String deep = String.join("", Collections.nCopies(100_000, "("));
        assertThatThrownBy(() -> Filter.parse(deep)).isInstanceOf(FilterException.class);
        String wide = String.join(" AND ", Collections.nCopies(10_000, "(i = 7)"));
        assertThat(Filter.parse(wide).bind(COLUMNS).passes(ROW)).isTrue();
    }

    @Test
    void namesAndTextAreKept() throws Exception {
        Filter filter = Filter.parse("i = 1 AND `odd name` IN ('x') OR not day is null");
        assertThat(Arrays.asList("I", "Odd name", "day")).allMatch(filter::names);
        assertThat(filter.names("x")).isFalse();
        assertThat(filter).hasToString("i = 1 AND `odd name` IN ('x') OR not day is null");
    }

    @Test
    void aSerializedFilterIsTheSame() throws Exception {
        RowFilter filter =
                Filter.parse("(i IN (1, 7) OR b) AND NOT n IS NOT NULL AND s BETWEEN 'a' AND 'z'")
                        .bind(COLUMNS);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(filter);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(((RowFilter) in.readObject()).passes(ROW)).isTrue();
        }
    }
}
