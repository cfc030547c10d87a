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
package io.seamerge.postgres.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReactionTest {

    @ParameterizedTest
    @CsvSource({
        "40001, RETRY",
        "40P01, RETRY",
        "55P03, RETRY",
        "53100, RETRY",
        "08006, RECONNECT",
        "08001, RECONNECT",
        "57P01, RECONNECT",
        "57P03, RECONNECT",
        "53300, RECONNECT",
        "25006, RECONNECT",
        ", RECONNECT",
        "22001, ROW_REFUSED",
        "23505, ROW_REFUSED",
        "42P01, FAIL",
        "0A000, FAIL",
        "28P01, FAIL",
        "57P04, FAIL",
        "XX000, FAIL"
    })
    void isAsTheTableSays(String state, Reaction reaction) {
        assertThat(Reaction.to(new SQLException("x", state))).isEqualTo(reaction);
    }
}
