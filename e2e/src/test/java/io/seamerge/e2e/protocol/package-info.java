/**
 * The protocol between source and sink as a small model, explored by random and by exhaustive small
 * schedules: {@link io.seamerge.e2e.protocol.ProtocolModelTest} switches off one {@link
 * io.seamerge.e2e.protocol.Rule} after the other, and finds what is then lost, doubled, resurrected
 * or goes back.
 *
 * <p>The same interleavings on real servers, the real sink, or the real engine, rule by rule. Where
 * a rule has no line of its own, the chaos suite ({@code e2e/chaos.sh}) may come upon it, but
 * nothing makes it certain.
 *
 * <table>
 * <caption>Rule and test</caption>
 * <tr><td>O1 an instance is whole in one subtask, one queue</td><td>ExactlyOnceIT.appliesControlRowsAfterAllBeforeThem; with other parallelism: ChaosRun, SAVEPOINT</td></tr>
 * <tr><td>O2 version clock</td><td>ChaosRun, CLOCK; HandoffIT.startsWhereTheBackfillEnded (the clock goes on)</td></tr>
 * <tr><td>O3 row numbers, halves of a changed key</td><td>DirectEngineIT.writesBothHalvesOfAChangedKeyInOneFlush, ExactlyOnceIT.goesOnWithinATransaction, SourceFaultsIT.aCutInMidTransactionLosesAndDoublesNothing</td></tr>
 * <tr><td>O4 incarnation and floor</td><td>ExactlyOnceIT.refusesAnOlderIncarnation, comparesVersionsOnlyWithinAnIncarnation; RowEngineIT.letsTheClockOfAnIncarnationNotFallBehindItsPredecessor; FailoverIT; ChaosRun, PROMOTE</td></tr>
 * <tr><td>O5 commit times ahead</td><td>InstanceFaultsIT.aCommitInTheFutureFailsInWords</td></tr>
 * <tr><td>S1 visible before read</td><td>InterleavedSnapshotIT.waitsForATransactionThatASemiSynchronousServerHoldsBack</td></tr>
 * <tr><td>S2 held until passed, changed keys dropped</td><td>InterleavedSnapshotIT.staysInOrderPerKeyAndEndsEqual, aRestoreFromAnyCheckpointEndsEqual</td></tr>
 * <tr><td>S3 first event as base</td><td>PoliciesIT.agreesWithTheModelOnRandomHistories (delta, first_write_wins)</td></tr>
 * <tr><td>S4 a repeated snapshot deletes what it does not find</td><td>SourceRowsIT.aRepeatedSnapshotTakesWhatItDoesNotFind and its neighbours, whatIsSkippedAsRepeatedCountsAsFound; on the engine SourceRowsJobIT (every engine of the sink), OperationsIT.aJobThatChangesAndDriftThatIsRepaired</td></tr>
 * <tr><td>S5 snapshot rows are oldest, keep the stored version</td><td>RowEngineIT.putsSnapshotRowsBeforeAllChanges, letsASnapshotRepairWhatItsOwnSourceHasWon; SourcesEngineIT.letsASnapshotReplaceTheImageAndKeepTheVersion</td></tr>
 * <tr><td>S6 nothing before a checkpoint holds the start</td><td>CrashPoint.SOURCE_STATE_TAKEN, CHECKPOINT_COMPLETES (chaos.sh --seconds 0)</td></tr>
 * <tr><td>C1 one checkpoint behind</td><td>RowInHandsIT (the row in the engine's hands, made certain); CrashPoint.SINK_PREPARED, TASK_ACKNOWLEDGES, CHECKPOINT_COMPLETED, SOURCE_NOTIFIED: between prepareCommit and completion</td></tr>
 * <tr><td>C2 a filler is last</td><td>InterleavedSnapshotIT.aBoundedRunEndsWithWhereTheStreamGoesOn</td></tr>
 * <tr><td>A1 epoch, compare and swap</td><td>ExactlyOnceIT.discardsWhatAZombieHolds, discardsAZombiesControlRows, discardsWhatAZombieHoldsOnceItsSuccessorHasClaimed; CrashPoint.WRITER_CLAIMS, PROGRESS_MOVED; HeldTablesIT.takenOverOnPurpose; PoliciesIT.fourWritersAreKilledAndTheirBackendsToo</td></tr>
 * <tr><td>A2 skip, lanes</td><td>ExactlyOnceIT.skipsWhatWasAppliedBefore, startsFromTheLowestLaneWhenLanesChange, aChangeThatIsOlderThanItsOwnSourcesStateEndsTheJobUnlessItIsRepeated, refusesASnapshotRowThatIsOlderThanWhatAnEarlierAttemptApplied; every crash point of chaos.sh --seconds 0</td></tr>
 * <tr><td>A3 control rows are barriers</td><td>ExactlyOnceIT.appliesControlRowsAfterAllBeforeThem; CrashPoint.CONTROL_ROW</td></tr>
 * <tr><td>A4 TRUNCATE</td><td>SourceRowsIT.truncateTakesTheRowsOfItsSource and its neighbours; SourceRowsJobIT on the engine</td></tr>
 * <tr><td>A5 heartbeats and tombstones</td><td>TombstonesIT; SnapshotIT.aTableIsReadOnceMoreForEachRequest (tables left)</td></tr>
 * <tr><td>A6 handoff</td><td>ExactlyOnceIT.recordsWhereABoundedRunEnds, HandoffIT, ShopJobsIT.aBackfillRecordsWhereTheStreamGoesOn, OperationsIT.aHandoffThatIsStale</td></tr>
 * <tr><td>A7 fold after skipping; unknown commits</td><td>FailuresIT.knowsItsOwnCommitThoughTheAnswerWasLost, appliesOnceThoughItsBackendIsEnded; CrashPoint.FLUSH_WRITTEN, FLUSH_COMMITTED</td></tr>
 * <tr><td>a target that was set back is refused (docs/wire.md, resumed)</td><td>ResumptionIT; OperationsIT.postgresFromABackup on the engine</td></tr>
 * </table>
 */
package io.seamerge.e2e.protocol;
