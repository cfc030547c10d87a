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

import org.junit.jupiter.api.Test;

class ChangeTest {

    private static Change at(Operation operation, long time) {
        return new Change(operation, new Object[0], 1, time, new Version(1, time, 1));
    }

    @Test
    void isLaterThanWhatItsSourceHadCommittedBefore() {
        assertThat(at(Operation.UPDATE, 101).isLaterThan(100)).isTrue();
        assertThat(at(Operation.DELETE, 100).isLaterThan(100)).isFalse();
        assertThat(at(Operation.SNAPSHOT, 101).isLaterThan(100)).isFalse();
        assertThat(new Change(Operation.INSERT, new Object[0], 0, 0, null).isLaterThan(100))
                .isTrue();
    }

    @Test
    void isOfANewRowIfItsSourceSaysSo() {
        assertThat(at(Operation.SNAPSHOT, 1).isOfNewRow()).isTrue();
        assertThat(at(Operation.INSERT, 1).isOfNewRow()).isTrue();
        assertThat(at(Operation.UPDATE, 1).isOfNewRow()).isFalse();
        assertThat(at(Operation.DELETE, 1).isOfNewRow()).isFalse();
    }
}
