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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BinlogPositionTest {

    @ParameterizedTest
    @CsvSource({
        "binlog.000001:4, binlog.000001:5",
        "binlog.000001:99999999999, binlog.000002:4",
        "binlog.000009:4, binlog.000010:4",
        "binlog.999999:4, binlog.1000000:4",
        "a.b-bin.000002:4, a.b-bin.000010:4"
    })
    void laterFilesAndOffsetsAreGreater(String lesser, String greater) {
        assertThat(BinlogPosition.parse(lesser)).isLessThan(BinlogPosition.parse(greater));
        assertThat(BinlogPosition.parse(greater)).isGreaterThan(BinlogPosition.parse(lesser));
    }

    @Test
    void equalTextsAreEqualPositions() {
        BinlogPosition position = BinlogPosition.parse("db:x-bin.000003:157");
        assertThat(position.file()).isEqualTo("db:x-bin.000003");
        assertThat(position.offset()).isEqualTo(157);
        assertThat(position).hasToString("db:x-bin.000003:157");
        assertThat(BinlogPosition.parse(position.toString()))
                .isEqualTo(position)
                .isEqualByComparingTo(position)
                .hasSameHashCodeAs(position);
    }

    @Test
    void filesOfDifferentNamesHaveNoOrder() {
        assertThatThrownBy(
                        () ->
                                BinlogPosition.parse("a.000001:4")
                                        .compareTo(BinlogPosition.parse("b.000001:4")))
                .hasMessageContaining("a.000001, b.000001");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "binlog.000001",
                "binlog:4",
                "binlog.:4",
                "binlog.x1:4",
                ".000001:4",
                "binlog.000001:x",
                "binlog.000001:-4"
            })
    void otherTextsAreRefused(String text) {
        assertThatThrownBy(() -> BinlogPosition.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(text.isEmpty() ? "found" : text.substring(0, 4));
    }
}
