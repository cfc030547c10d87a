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
package io.seamerge.postgres.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import org.junit.jupiter.api.Test;

class RowKeyTest {

    private static RowKey key(KeyForm form, Object value) {
        return RowKey.of(
                new Object[] {value}, new int[] {0}, new KeyForm[] {form}, RowKey.ANY_SOURCE);
    }

    private static void same(KeyForm form, Object a, Object b) {
        assertThat(key(form, a)).isEqualTo(key(form, b)).hasSameHashCodeAs(key(form, b));
    }

    @Test
    void isEqualWherePostgresIs() {
        same(KeyForm.EXACT, 7, 7L);
        same(KeyForm.EXACT, new BigDecimal("1.0"), new BigDecimal("1.00"));
        same(KeyForm.EXACT, -0.0d, 0.0d);
        same(KeyForm.EXACT, new byte[] {1}, new byte[] {1});
        same(KeyForm.BLANK_PADDED, "a", "a  ");
        same(KeyForm.CASE_INSENSITIVE, "Ä", "ä");
        same(
                KeyForm.UUID,
                "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
                "a0eebc999c0b4ef8bb6d6bb9bd380a11");
        assertThat(key(KeyForm.EXACT, "a")).isNotEqualTo(key(KeyForm.EXACT, "a "));
        assertThat(key(KeyForm.EXACT, null)).isNull();
    }

    @Test
    void tellsSourcesApartButGivesThemOneLane() {
        Object[] row = {"k"};
        KeyForm[] forms = {KeyForm.EXACT};
        RowKey eu = RowKey.of(row, new int[] {0}, forms, 1);
        RowKey us = RowKey.of(row, new int[] {0}, forms, 2);
        assertThat(eu).isNotEqualTo(us);
        for (int lanes = 1; lanes < 65; lanes++) {
            assertThat(eu.lane(lanes)).isEqualTo(us.lane(lanes)).isBetween(0, lanes - 1);
        }
    }

    /**
     * Progress per lane outlives releases: if one of these changes, the fingerprint in
     * seamerge.progress must too.
     */
    @Test
    void keepsItsLanesForEver() {
        Object[] values = {
            0L,
            1,
            -1L,
            123456789012L,
            "",
            "abc",
            "Grüße",
            new BigDecimal("12.50"),
            1.5d,
            true,
            LocalDate.of(2024, 2, 29),
            LocalTime.of(1, 2, 3),
            LocalDateTime.of(2024, 2, 29, 1, 2, 3),
            new byte[] {1, 2, 3}
        };
        StringBuilder lanes = new StringBuilder();
        for (Object value : values) {
            lanes.append(key(KeyForm.EXACT, value).lane(64)).append(' ');
        }
        assertThat(lanes.toString().trim()).isEqualTo("0 55 0 4 0 15 47 42 28 40 61 51 26 53");
    }

    @Test
    void spreadsKeys() {
        int[] rows = new int[8];
        for (long id = 0; id < 8_000; id++) {
            rows[key(KeyForm.EXACT, id).lane(8)]++;
        }
        for (int n : rows) {
            assertThat(n).isBetween(800, 1200);
        }
    }
}
