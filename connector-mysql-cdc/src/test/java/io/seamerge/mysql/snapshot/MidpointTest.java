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
package io.seamerge.mysql.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;

class MidpointTest {

    @Test
    void numbersAndTimesAreHalved() {
        assertThat(between(10L, 21)).isEqualTo(15L);
        assertThat(between(Long.MIN_VALUE, Long.MAX_VALUE)).isEqualTo(-1L);
        assertThat(between(new BigDecimal("1.00"), new BigDecimal("18446744073709551615")))
                .isEqualTo(new BigDecimal("9223372036854775808.00"));
        assertThat(between(LocalDate.of(2026, 1, 1), LocalDate.of(2026, 1, 31)))
                .isEqualTo(LocalDate.of(2026, 1, 16));
        assertThat(
                        between(
                                LocalDateTime.of(1969, 12, 31, 0, 0),
                                LocalDateTime.of(1970, 1, 1, 0, 0, 0, 1_000)))
                .isEqualTo(LocalDateTime.of(1969, 12, 31, 12, 0));
    }

    @Test
    void aWidenedNumberIsHalvedWithOneThatIsNot() {
        assertThat(between(10, new BigDecimal("20"))).isEqualTo(new BigDecimal("15"));
        assertThat(between(new BigDecimal("10"), 20L)).isEqualTo(new BigDecimal("15"));
    }

    @Test
    void whatCannotBeComparedIsNotHalved() {
        assertThat(Midpoint.between(new Object[] {"10"}, new Object[] {20})).isNull();
    }

    @Test
    void neighboursGiveTheUpperOneOrWhatIsBetween() {
        assertThat(between(5L, 6L)).isEqualTo(6L);
        assertThat(between(new BigDecimal("5"), new BigDecimal("6"))).isEqualTo(new BigDecimal(6));
        assertThat(between(new byte[] {1, 2}, new byte[] {1, 3}))
                .isEqualTo(new byte[] {1, 2, -128, 0});
    }

    @Test
    void bytesAndTextAreHalvedBehindWhatBothBeginWith() {
        assertThat((byte[]) between(new byte[] {9, 0x10}, new byte[] {9, (byte) 0xF0, 5, 5}))
                .containsExactly(9, 0x80, 0x02, 0x82);
        assertThat((String) between("item-10", "item-90")).startsWith("item-5");
        assertThat((String) between("a", "z")).startsWith("m");
        assertThat((String) between("A", "Z")).startsWith("M");
        assertThat((String) between("а", "я")).isBetween("а", "я");
        assertThat((String) between("Key1", "kEY9")).startsWith("[");
        // A column of latin1 has no others, and its server would refuse the guess.
        assertThat(((String) between("Ä0", "ß998")).chars()).allMatch(c -> c < 0x100);
    }

    @Test
    void theFirstColumnThatDiffersIsHalved() {
        assertThat(Midpoint.between(new Object[] {1L, "a", 7L}, new Object[] {1L, "c", 3L}))
                .containsExactly(1L, "b00");
        assertThat(Midpoint.between(new Object[] {1L, 7L}, new Object[] {2L, 3L}))
                .containsExactly(2L);
        assertThat(Midpoint.between(new Object[] {1L, 7L}, new Object[] {1L})).isNull();
    }

    private static Object between(Object low, Object high) {
        return Midpoint.between(new Object[] {low}, new Object[] {high})[0];
    }
}
