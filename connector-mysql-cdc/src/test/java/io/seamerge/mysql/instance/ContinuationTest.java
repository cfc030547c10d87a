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
package io.seamerge.mysql.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContinuationTest {

    private static final String A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    private static final String B = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

    @Test
    void theSameServerGoesOnByGtidsWhereBothHaveThem() {
        Continuation found = judge(state(A, A + ":1-10", 0, true), gtids(A, A + ":1-12", ""));
        assertThat(found.kind()).isEqualTo(Continuation.Kind.SAME_SERVER);
        assertThat(found.byGtids()).isTrue();
        assertThat(found.reason()).isNull();
    }

    @Test
    void anotherServerThatHasAllThatWentOutIsASuccessor() {
        Continuation found =
                judge(state(A, A + ":1-10", 0, true), gtids(B, A + ":1-11," + B + ":1-3", ""));
        assertThat(found.kind()).isEqualTo(Continuation.Kind.SUCCESSOR);
        assertThat(found.byGtids()).isTrue();
    }

    @Test
    void aTransactionOfWhichRowsWentOutMustBeThereToo() {
        InstanceState inPart = state(A, A + ":1-10", 5, true);
        assertThat(judge(inPart, gtids(B, A + ":1-11", "")).kind())
                .isEqualTo(Continuation.Kind.SUCCESSOR);
        Continuation lacks = judge(inPart, gtids(B, A + ":1-10", ""));
        assertThat(lacks.kind()).isEqualTo(Continuation.Kind.BEHIND);
        assertThat(lacks.reason())
                .contains(
                        "here lacks transactions", "needed " + A + ":1-11", "it has " + A + ":1-10")
                .contains("start the job anew, with a new snapshot");
    }

    @Test
    void purgedGtidsAreNamed() {
        Continuation found =
                judge(state(A, A + ":1-10", 0, true), gtids(B, A + ":1-20", A + ":1-11"));
        assertThat(found.kind()).isEqualTo(Continuation.Kind.REFUSED);
        assertThat(found.reason())
                .contains(
                        "has purged binlogs that are needed",
                        "the server has purged " + A + ":1-11");
    }

    @Test
    void withoutGtidsAnotherServerIsRefused() {
        Continuation found = judge(state(A, null, 0, true), plain(B, "OFF"));
        assertThat(found.kind()).isEqualTo(Continuation.Kind.REFUSED);
        assertThat(found.reason())
                .contains("another server (" + B + ")", "(" + A + ")", "without GTIDs");
        assertThat(judge(state(A, A + ":1-10", 0, true), plain(B, "ON_PERMISSIVE")).reason())
                .contains("its gtid_mode is ON_PERMISSIVE", "switch it to ON");
    }

    @Test
    void theSameServerGoesOnByPositionWhereGtidsAreMissing() {
        for (String gtids : new String[] {null, A + ":1-10"}) {
            Continuation found = judge(state(A, gtids, 0, true), plain(A, "OFF_PERMISSIVE"));
            assertThat(found.kind()).isEqualTo(Continuation.Kind.SAME_SERVER);
            assertThat(found.byGtids()).isFalse();
        }
        assertThat(judge(state(A, null, 0, true), gtids(A, A + ":1-12", "")).byGtids()).isFalse();
        assertThat(judge(state(A, A + ":1-10", 0, false), plain(A, "OFF")).reason())
                .contains("by GTIDs alone", "set gtid_mode = ON");
    }

    @Test
    void aPositionMustBeThere() {
        assertThat(judge(at("bin.000003:100"), plain(A, "OFF")).reason())
                .contains("has purged binlogs", "bin.000003:100", "that is left is bin.000004");
        assertThat(judge(at("bin.000004:1001"), plain(A, "OFF")).reason())
                .contains("bin.000004:1001", "has 1000 bytes there", "it was reset (RESET MASTER");
        assertThat(judge(at("bin.000009:4"), plain(A, "OFF")).reason())
                .contains("bin.000009:4", "bin.000004 to bin.000005");
        assertThat(judge(at("old.000003:4"), plain(A, "OFF")).reason())
                .contains("old.000003:4", "it was reset (RESET MASTER");
        assertThat(judge(at("bin.000004:1000"), plain(A, "OFF")).kind())
                .isEqualTo(Continuation.Kind.SAME_SERVER);
    }

    private static Continuation judge(InstanceState at, ServerLogs server) {
        return Continuation.of(at, server, "here");
    }

    private static InstanceState at(String position) {
        return state(A, position, null, 0, true);
    }

    private static InstanceState state(String uuid, String gtids, long place, boolean known) {
        return state(uuid, "bin.000004:100", gtids, place, known);
    }

    private static InstanceState state(
            String uuid, String position, String gtids, long place, boolean known) {
        InstanceState state =
                new InstanceState(
                        uuid,
                        BinlogPosition.parse(position),
                        gtids == null ? null : GtidSet.parse(gtids),
                        place == 0 ? null : A + ":11",
                        place,
                        0,
                        0,
                        1,
                        Collections.<String, TableSnapshot>emptyMap(),
                        false);
        return known ? state : state.knownByGtidsAlone();
    }

    private static ServerLogs gtids(String uuid, String executed, String purged) {
        return logs(uuid, "ON", GtidSet.parse(executed), GtidSet.parse(purged));
    }

    private static ServerLogs plain(String uuid, String mode) {
        return logs(uuid, mode, null, null);
    }

    private static ServerLogs logs(String uuid, String mode, GtidSet executed, GtidSet purged) {
        Map<String, Long> files = new LinkedHashMap<>();
        files.put("bin.000004", 1000L);
        files.put("bin.000005", 500L);
        return new ServerLogs(
                uuid, mode, executed, purged, files, BinlogPosition.parse("bin.000005:500"));
    }
}
