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

import io.seamerge.mysql.type.MalformedBytesException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class MariaDbGtidsTest {

    @Test
    void aPositionIsReadAndWrittenAsTheServerDoes() {
        assertThat(Gtids.parse(" 5-2-7,0-1-100 ")).hasToString("0-1-100,5-2-7");
        assertThat(Gtids.parse("0-4294967295-9223372036854775807").areOfMariaDb()).isTrue();
        assertThat(Gtids.parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5").areOfMariaDb())
                .isFalse();
        assertThat(MariaDbGtids.parse("").isEmpty()).isTrue();
        assertThatThrownBy(() -> Gtids.parse("0-1-1,0-2-5"))
                .hasMessageContaining("names each domain once; found 0-1-1,0-2-5");
        assertThatThrownBy(() -> Gtids.parse("0-1-1,0-x"))
                .hasMessageContaining("domain-server-sequence; found '0-x'");
    }

    @Test
    void theLastOfEachDomainStandsForAllBefore() {
        Gtids position = Gtids.parse("0-1-100,1-1-5");
        assertThat(position.contains("0-9-100")).isTrue();
        assertThat(position.contains("0-1-101")).isFalse();
        assertThat(position.contains("2-1-1")).isFalse();
        Gtids before = position.copy();
        position.add("0-2-101");
        assertThat(position).hasToString("0-2-101,1-1-5");
        assertThat(before).hasToString("0-1-100,1-1-5").isEqualTo(Gtids.parse("1-1-5,0-1-100"));
        assertThat(before.isContainedIn(position)).isTrue();
        assertThat(position.isContainedIn(before)).isFalse();
        assertThat(position.isContainedIn(Gtids.parse("0-2-101"))).isFalse();
    }

    /** What CI found: a server that never saw them has as many transactions of its own. */
    @Test
    void aServersStateTellsWhoseTransactionsItHas() {
        MariaDbGtidState state = MariaDbGtidState.parse("0-1-100,0-2-170,3-2-8");
        assertThat(Gtids.parse("0-1-100").isContainedIn(state)).isTrue();
        assertThat(Gtids.parse("0-2-170,3-2-8").isContainedIn(state)).isTrue();
        assertThat(Gtids.parse("0-1-101").isContainedIn(state)).isFalse();
        assertThat(Gtids.parse("0-9-5").isContainedIn(state)).isFalse();
        assertThat(Gtids.parse("0-1-5,1-1-1").isContainedIn(state)).isFalse();
        assertThat(new MariaDbGtids().isContainedIn(state)).isTrue();
        assertThat(new GtidSet().isContainedIn(state)).isTrue();
        assertThat(state.isContainedIn(Gtids.parse("0-2-170,3-2-8"))).isFalse();
        MariaDbGtidState later = state.copy();
        later.add("0-1-101");
        assertThat(later).hasToString("0-1-101,0-2-170,3-2-8");
        assertThat(state.isContainedIn(later)).isTrue();
        assertThat(later.isContainedIn(state)).isFalse();
        assertThat(MariaDbGtidState.parse("").isEmpty()).isTrue();
    }

    @Test
    void kindsAreNotMixed() {
        Gtids mySql = Gtids.parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5");
        Gtids mariaDb = Gtids.parse("0-1-1");
        assertThat(mySql.isContainedIn(mariaDb)).isFalse();
        assertThat(mariaDb.isContainedIn(mySql)).isFalse();
        assertThat(new GtidSet().isContainedIn(mariaDb)).isTrue();
        // An empty text tells no kind: the first transaction does.
        assertThat(Gtids.parse("").and("0-1-1")).isEqualTo(mariaDb);
        assertThat(new MariaDbGtids().and("0-1-1")).isEqualTo(mariaDb);
        assertThat(mariaDb.and("0-1-2")).isSameAs(mariaDb).hasToString("0-1-2");
    }

    /** Of a domain with two servers the one that wrote last comes last. */
    @Test
    void aBinlogsListIsDecoded() {
        ByteBuffer list = ByteBuffer.allocate(4 + 3 * 16).order(ByteOrder.LITTLE_ENDIAN);
        list.putInt(3 | 1 << 28);
        list.putInt(0).putInt(1).putLong(17);
        list.putInt(0).putInt(2).putLong(18);
        list.putInt(3).putInt(1).putLong(4);
        assertThat(MariaDbGtids.decode(list.array())).hasToString("0-2-18,3-1-4");
        assertThatThrownBy(() -> MariaDbGtids.decode(new byte[] {1, 0, 0, 0, 9}))
                .isInstanceOf(MalformedBytesException.class);
    }
}
