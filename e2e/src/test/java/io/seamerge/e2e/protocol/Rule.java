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
package io.seamerge.e2e.protocol;

/**
 * The rules of the protocol, each one a switch of the model. The names carry the page's numbers.
 */
enum Rule {
    O1_ONE_QUEUE("chunk rows and binlog rows of an instance pass one queue into one applier"),
    O2_CLOCK_INCREASES("version time is max(previous + 1, commit time), not the commit time"),
    O2_HEARTBEAT_LEAVES_CLOCK("a heartbeat does not move the version clock"),
    O3_HALVES_DIFFER(
            "DELETE and INSERT of a changed key have row numbers of their own, in one flush"),
    O3_ALL_EVENTS_COUNT("row numbers count uncaptured events too"),
    O4_INCARNATION("a start without the old clock mints a new incarnation"),
    O4_KEPT_OVER_RESTORE("a start from a checkpoint, on whatever server, keeps the incarnation"),
    O4_FLOOR("versions of a new incarnation start at the greatest time applied before it"),
    S1_VISIBLE_BEFORE_READ(
            "a chunk is read when all that was emitted before its window is visible"),
    S1_COUNT_PARTIAL("… and a transaction of which some rows were emitted counts as emitted"),
    S2_WAIT_FOR_HIGH("a page is held until the reader has passed high"),
    S2_DROP_CHANGED("keys that changed since the window was registered are dropped from the page"),
    S2_DROP_UNTIL_OUT("… also those that change while the page is going out"),
    S4_REMOVE_UNREAD("the end of a repeated snapshot removes what was not found since its begin"),
    S4_STREAM_COUNTS("… what the stream wrote counts as found"),
    S4_SKIPPED_COUNTS("… also what it sends again, and is skipped"),
    S6_FIRST_CHECKPOINT("a fresh stream emits nothing before a checkpoint holds its start"),
    C1_ONE_BEHIND("a checkpoint stores what was emitted when the one before it was taken"),
    C1_ROW_BETWEEN("… where nothing was emitted since, what the one before it stored"),
    C2_FILLER("the last control row of a bounded run is followed by a filler"),
    A1_EPOCH("progress moves only for the newest epoch"),
    A1_CLAIM_BEFORE_READ("progress is read after the epoch is set on it"),
    A1_COMPARE_AND_SWAP("progress moves only from the flush count that the writer expects"),
    A2_SKIP_REPLAY("stream rows at or before progress are skipped"),
    A2_KEEP_SNAPSHOT_ROWS("snapshot rows are never skipped"),
    A2_REFUSE_STALE_PAGE("a snapshot row as of a moment before the claimed progress is refused"),
    A2_MOVE_IDLE_LANES("every lane's progress moves with every flush"),
    A2_LOWEST_LANE("when lanes change in number the lowest progress counts"),
    A3_CONTROL_IS_BARRIER("a control row is applied alone, after all lanes, for all lanes"),
    A3_TRAILING_BEHIND_ROWS(
            "begin and end of a first snapshot, where they wait, go behind the rows gathered by then"),
    A3_TRAILING_FIRST("… and before any other control row, and before a checkpoint completes"),
    A3_ONLY_UPWARD("a control row never moves a lane's progress back"),
    A4_AT_STORED_VERSION(
            "a TRUNCATE deletes what its source has won at the versions stored, not at its own"),
    A4_OWN_ROWS("… and nothing that another source has won"),
    A5_AFTER_SNAPSHOTS(
            "a deletion is forgotten when no source has rows of a snapshot left to send"),
    A6_BEGUN_WITHDRAWS("a begun run withdraws the finished handoff of the same name"),
    A6_CLOCK_CARRIED_ON("a stream goes on with the version clock of its handoff"),
    A7_SKIP_BEFORE_FOLD("what is replayed is skipped before rows are folded"),
    A7_FOLD_BY_VERSION("folding rows of several sources keeps the greatest version"),
    A7_REREAD_AFTER_DOUBT("after an unknown commit progress is read again and compared");

    final String meaning;

    Rule(String meaning) {
        this.meaning = meaning;
    }
}
