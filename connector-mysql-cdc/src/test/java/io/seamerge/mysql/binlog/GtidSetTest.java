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

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GtidSetTest {

    private static final String A = "aaaaaaaa-0000-11ee-8000-000000000001";
    private static final String B = "bbbbbbbb-0000-11ee-8000-000000000002";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | ''",
                "A:1 | A:1",
                "A:1-1 | A:1",
                "A:1-5 | A:1-5",
                "A:1:2:3 | A:1-3",
                "A:5-9:1-4 | A:1-9",
                "A:1-3:5:7-9 | A:1-3:5:7-9",
                "A:1-10:2-3 | A:1-10",
                "B:7, A:1 | A:1,B:7",
                "A:1,A:2 | A:1-2",
                "A:1:t:2:3:5 | A:1:t:2-3:5",
                "A:Tag_1:4 | A:tag_1:4",
                "A:9223372036854775806 | A:9223372036854775806"
            })
    void textsAreMadeCanonical(String text, String canonical) {
        String source = text.replace("A", A.toUpperCase()).replace("B", B);
        GtidSet set = GtidSet.parse(source);
        assertThat(set).hasToString(canonical.replace("A", A).replace("B", B));
        assertThat(GtidSet.parse(set.toString())).isEqualTo(set).hasSameHashCodeAs(set);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "A:",
                "A:0",
                "A:5-4",
                "A:x-y",
                "A:1-",
                "A:-1",
                "A:9223372036854775807",
                "A:99999999999999999999",
                "xyz:1",
                "A:1;B:1",
                "A:tag",
                "A:tag-:1"
            })
    void otherTextsAreRefused(String text) {
        String source = text.replace("A", A).replace("B", B);
        assertThatThrownBy(() -> GtidSet.parse(source))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(source);
    }

    @Test
    void setsBehaveAsSetsOfNumbersDo() {
        Random random = new Random(7);
        for (int round = 0; round < 500; round++) {
            BitSet model = new BitSet();
            BitSet otherModel = new BitSet();
            GtidSet set = random(random, model);
            GtidSet other = random(random, otherModel);
            for (int number = 1; number < 70; number++) {
                assertThat(set.contains(A, number)).isEqualTo(model.get(number));
            }
            BitSet missing = (BitSet) model.clone();
            missing.andNot(otherModel);
            assertThat(set.isContainedIn(other)).isEqualTo(missing.isEmpty());
            GtidSet union = set.copy();
            union.addAll(other);
            assertThat(set.isContainedIn(union)).isTrue();
            assertThat(other.isContainedIn(union)).isTrue();
            model.or(otherModel);
            assertThat(union).isEqualTo(ofModel(model));
            assertThat(union.toString()).isEqualTo(ofModel(model).toString());
        }
    }

    private static GtidSet random(Random random, BitSet model) {
        GtidSet set = new GtidSet();
        int count = random.nextInt(30);
        int last = 0;
        for (int i = 0; i < count; i++) {
            last = random.nextBoolean() && last < 60 ? last + 1 : 1 + random.nextInt(60);
            set.add(A, last);
            model.set(last);
        }
        return set;
    }

    private static GtidSet ofModel(BitSet model) {
        GtidSet set = new GtidSet();
        model.stream().forEach(number -> set.add(A + ":" + number));
        return set;
    }

    @Test
    void aCopyGoesItsOwnWay() {
        GtidSet set = GtidSet.parse(A + ":1-5");
        GtidSet copy = set.copy();
        copy.add(A, 6);
        copy.add(B, 1);
        assertThat(set).hasToString(A + ":1-5");
        assertThat(copy).hasToString(A + ":1-6," + B + ":1");
        assertThat(copy.contains(B + ":1")).isTrue();
        assertThat(set.contains(B + ":1")).isFalse();
    }

    @Test
    void theServerGetsIntervalsWithoutTheirEnds() {
        assertThat(GtidSet.parse(A + ":1-5:7").encode())
                .asHexString()
                .isEqualTo(
                        "0100000000000000"
                                + A.replace("-", "").toUpperCase()
                                + "0200000000000000"
                                + "01000000000000000600000000000000"
                                + "07000000000000000800000000000000");
        assertThat(new GtidSet().encode()).containsOnly(0).hasSize(8);
    }
}
