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
package io.seamerge.e2e.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.chaos.Ledger.Profile;
import io.seamerge.e2e.chaos.Ledger.ProfileChange;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger(List.of("a", "b"));

    @Test
    void theLaterCommitWinsWhereverItWasMade() {
        commit("b", 20, null, profile("b", 20));
        commit("a", 10, null, profile("a", 10));
        assertThat(ledger.mergedProfiles()).containsExactly(profile("b", 20));
    }

    @Test
    void atEqualTimesTheFirstListedWins() {
        commit("b", 10, null, profile("b", 10));
        commit("a", 10, null, profile("a", 10));
        assertThat(ledger.mergedProfiles()).containsExactly(profile("a", 10));
    }

    @Test
    void aLaterDeletionHidesWhatOthersStillHave() {
        ledger.begin("a", List.of(), List.of(profile("a", 0)));
        ledger.begin("b", List.of(), List.of(profile("b", 0)));
        assertThat(ledger.mergedProfiles()).containsExactly(profile("a", 0));
        commit("b", 5, profile("b", 0), null);
        assertThat(ledger.mergedProfiles()).isEmpty();
    }

    @Test
    void aClockThatGoesBackIsHeld() {
        commit("a", 100, null, profile("a", 100));
        assertThat(ledger.versionTime("a", 50)).isEqualTo(101);
        assertThat(ledger.versionTime("b", 50)).isEqualTo(50);
    }

    private static Profile profile(String editor, long at) {
        return new Profile(1, editor, at, "name");
    }

    private void commit(String instance, long at, Profile before, Profile after) {
        ledger.committed(instance, at, List.of(), List.of(new ProfileChange(before, after)));
    }
}
