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
package io.seamerge.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The judge of the stock sinks' rows objects to what it says it does. */
class ReplayTest {

    @Test
    void takesWhatIsInOrder() {
        Replay replay = replay(read(1, "a"), before(1, "a", 10), after(1, "b", 10));
        // A snapshot row of a key that changed beside it shows the latest image.
        Replay beside = replay(other(false, 2, "x", 10, 1), read(2, "x"));
        assertThat(replay.table()).containsEntry("eu 1", "b 0").hasSize(1);
        assertThat(beside.table()).containsEntry("eu 2", "x 0").hasSize(1);
        assertThat(replay(read(1, "a"), other(true, 1, "a", 10, 0)).table()).isEmpty();
    }

    @Test
    void objectsToEverythingElse() {
        refuses("came twice", read(1, "a"), read(1, "a"));
        refuses("came twice", other(false, 1, "a", 10, 1), other(false, 1, "a", 10, 1));
        refuses("goes back", other(false, 1, "new", 10, 1), read(1, "old"));
        refuses("goes back", other(false, 1, "a", 10, 1), other(true, 1, "a", 9, 0));
        refuses("torn", read(1, "a"), before(1, "a", 10), read(2, "x"));
        refuses("torn", read(1, "a"), before(1, "a", 10), other(true, 2, "x", 11, 0));
        refuses("before-image", read(1, "a"), before(1, "other", 10));
        refuses("there already", read(1, "a"), other(false, 1, "b", 10, 1));
    }

    private static void refuses(String words, Replay.Row... rows) {
        assertThatThrownBy(() -> replay(rows))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(words);
    }

    private static Replay replay(Replay.Row... rows) {
        Replay replay = new Replay();
        List.of(rows).forEach(replay::take);
        return replay;
    }

    private static Replay.Row read(int id, String name) {
        return new Replay.Row(false, "eu", id, name, 0, 5, 0, "snapshot");
    }

    private static Replay.Row before(int id, String name, long time) {
        return new Replay.Row(true, "eu", id, name, 0, time, 2, "update");
    }

    private static Replay.Row after(int id, String name, long time) {
        return new Replay.Row(false, "eu", id, name, 0, time, 3, "update");
    }

    private static Replay.Row other(boolean removes, int id, String name, long time, long number) {
        return new Replay.Row(removes, "eu", id, name, 0, time, number, "other");
    }
}
