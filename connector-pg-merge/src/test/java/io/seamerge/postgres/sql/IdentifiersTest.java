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
package io.seamerge.postgres.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class IdentifiersTest {

    @Test
    void quotesWhateverANameHolds() {
        assertThat(Identifiers.quote("a\"; DROP TABLE x; --"))
                .isEqualTo("\"a\"\"; DROP TABLE x; --\"");
        assertThat(Identifiers.literal("it's")).isEqualTo("'it''s'");
        assertThat(Identifiers.literal("a\\'")).isEqualTo("E'a\\\\'''");
        assertThat(Identifiers.equal("t", "s", Arrays.asList("a", "B")))
                .isEqualTo("t.\"a\" = s.\"a\" AND t.\"B\" = s.\"B\"");
    }

    @Test
    void knowsHowLongNamesMayBe() {
        assertThat(Identifiers.fits(repeat("ü", 31))).isTrue();
        assertThat(Identifiers.fits(repeat("ü", 32))).isFalse();
        assertThat(Identifiers.fits("")).isFalse();
    }

    @Test
    void namesStateTablesSoThatTheyFitAndDiffer() {
        assertThat(Identifiers.stateTable("shop", "orders")).isEqualTo("state:shop.orders");
        String one = Identifiers.stateTable("shop", repeat("ü", 30) + "a");
        String other = Identifiers.stateTable("shop", repeat("ü", 30) + "b");
        assertThat(Identifiers.fits(one)).isTrue();
        assertThat(one).isNotEqualTo(other).startsWith("state:shop.üüü");
    }

    private static String repeat(String text, int times) {
        return new String(new char[times]).replace("\0", text);
    }
}
