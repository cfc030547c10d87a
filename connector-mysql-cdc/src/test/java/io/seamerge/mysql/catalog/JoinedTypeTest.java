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
package io.seamerge.mysql.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.mysql.type.ColumnType;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JoinedTypeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "int | int(11) | int | INT",
                "int | bigint | bigint | BIGINT",
                "int | int unsigned | bigint | BIGINT",
                "int(10) unsigned | int unsigned zerofill | int unsigned | BIGINT",
                "tinyint | tinyint unsigned | smallint | SMALLINT",
                "tinyint unsigned | smallint unsigned | smallint unsigned | INT",
                "smallint | smallint unsigned | mediumint | INT",
                "mediumint | mediumint unsigned | int | INT",
                "bigint | bigint unsigned | decimal(20,0) | DECIMAL(20, 0)",
                "bigint unsigned | int unsigned | bigint unsigned | DECIMAL(20, 0)",
                "bigint unsigned | tinyint | decimal(20,0) | DECIMAL(20, 0)",
                "year(4) | tinyint | smallint | SMALLINT",
                "year | year(4) | smallint | SMALLINT",
                "decimal(10,2) | decimal(8,4) | decimal(12,4) | DECIMAL(12, 4)",
                "decimal(10,2) | int | decimal(12,2) | DECIMAL(12, 2)",
                "decimal(10,2) | bigint | decimal(21,2) | DECIMAL(21, 2)",
                "bigint unsigned | decimal(5,3) | decimal(23,3) | DECIMAL(23, 3)",
                "decimal(65,0) | decimal(65,30) | - | -",
                "float | double | double | DOUBLE",
                "float(7,3) | float | float | FLOAT",
                "float | smallint | float | FLOAT",
                "float | mediumint unsigned | float | FLOAT",
                "float | int | double | DOUBLE",
                "double | int unsigned | double | DOUBLE",
                "double | bigint | - | -",
                "double | decimal(5,2) | - | -",
                "varchar(10) | varchar(40) | varchar(40) | STRING",
                "char(10) | varchar(5) | varchar(10) | STRING",
                "char(10) | char(20) | char(20) | STRING",
                "varchar(400) | tinytext | text | STRING",
                "varchar(400) | mediumtext | mediumtext | STRING",
                "tinytext | longtext | longtext | STRING",
                "enum('a','it''s') | enum('a','b') | varchar(4) | STRING",
                "enum('a','b') | varchar(7) | varchar(7) | STRING",
                "set('a','bc') | set('a') | varchar(4) | STRING",
                "set('a','b') | text | text | STRING",
                "json | text | longtext | STRING",
                "json | varchar(9) | longtext | STRING",
                "binary(4) | binary(8) | varbinary(8) | BYTES",
                "varbinary(9) | tinyblob | blob | BYTES",
                "tinyblob | mediumblob | mediumblob | BYTES",
                "bit(9) | bit(17) | bit(17) | BYTES",
                "bit(1) | bit | bit(1) | BOOLEAN",
                "bit(1) | bit(2) | - | -",
                "datetime | datetime(3) | datetime(3) | TIMESTAMP",
                "timestamp(6) | timestamp(3) | timestamp(6) | TIMESTAMP",
                "time | time(1) | time(1) | TIME",
                "datetime | timestamp | - | -",
                "date | datetime | - | -",
                "point | polygon | geometry | BYTES",
                "vector(3) | vector(4) | - | -",
                "geometry | blob | - | -",
                "varchar(3) | varbinary(3) | - | -",
                "int | varchar(3) | - | -",
                "tinyint(1) | bit(1) | - | -"
            })
    void joins(String left, String right, String sourceType, String type) {
        JoinedType one = of(left).join(of(right));
        JoinedType other = of(right).join(of(left));
        if (sourceType.equals("-")) {
            assertThat(one).isNull();
            assertThat(other).isNull();
            return;
        }
        assertThat(one.sourceType()).isEqualTo(sourceType);
        assertThat(other.sourceType()).isEqualTo(sourceType);
        assertThat(shown(one)).isEqualTo(type);
        // The joined type is one of MySQL's own, and reads as the same.
        assertThat(of(sourceType).type()).isEqualTo(one.type());
        assertThat(one.join(of(left))).isEqualTo(one);
    }

    @Test
    void valuesAreWidenedAsThemselves() {
        assertThat(of("bigint").widen(7)).isEqualTo(7L);
        assertThat(of("smallint").widen((byte) -1)).isEqualTo((short) -1);
        assertThat(of("decimal(21,2)").widen(7)).isEqualTo(new BigDecimal("7.00"));
        assertThat(of("decimal(21,2)").widen(new BigDecimal("1.5")))
                .isEqualTo(new BigDecimal("1.50"));
        assertThat(of("double").widen(0.1f)).isEqualTo((double) 0.1f);
        assertThat(of("double").widen(4294967295L)).isEqualTo(4294967295d);
        assertThat(of("float").widen((short) 3)).isEqualTo(3f);
        assertThat(of("bit(17)").widen(new byte[] {1, 2})).isEqualTo(new byte[] {0, 1, 2});
        assertThat(of("bit(17)").widens(of("bit(9)"))).isTrue();
        assertThat(of("bit(16)").widens(of("bit(9)"))).isFalse();
        assertThat(of("varchar(9)").widens(of("char(3)"))).isFalse();
        assertThat(of("bigint").widen(null)).isNull();
    }

    @Test
    void lengthsAreSaidAsOtherSinksWantThem() {
        assertThat(of("varchar(10)").columnLength()).isEqualTo(40);
        assertThat(of("varbinary(10)").columnLength()).isEqualTo(10);
        assertThat(of("mediumtext").columnLength()).isEqualTo(16_777_215);
        assertThat(of("int").columnLength()).isNull();
        assertThat(of("datetime(3)").scale()).isEqualTo(3);
        assertThat(of("datetime").scale()).isEqualTo(0);
        assertThat(of("int").scale()).isNull();
    }

    private static JoinedType of(String sourceType) {
        boolean text = sourceType.matches("(?:var)?char.*|.*text|enum.*|set.*");
        ColumnType type = ColumnType.parse(sourceType, text ? "utf8mb4" : null);
        return new JoinedType(type.seaTunnelType(), sourceType);
    }

    private static String shown(JoinedType type) {
        String shown = type.type().toString().toUpperCase(java.util.Locale.ROOT);
        return shown.startsWith("DECIMAL") ? shown : type.type().getSqlType().name();
    }
}
