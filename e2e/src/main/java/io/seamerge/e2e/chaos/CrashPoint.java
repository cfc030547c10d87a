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

/**
 * The steps of a row, a flush and a checkpoint at which the engine's process can be made to end, in
 * the order in which they come.
 */
public enum CrashPoint {
    /** In the middle of a transaction's rows. */
    ROWS_DECODED("io.seamerge.mysql.instance.InstanceStream", "emitRows", "exit", 200),
    CHUNK_DELIVERED("io.seamerge.mysql.instance.InstanceStream", "deliver", "exit", 3),
    /** Rows are in the engine's hands, and the reader's state is behind them. */
    ROWS_COLLECTED("io.seamerge.mysql.source.MergeReader", "emit", "exit", 60),
    WRITER_CLAIMS("io.seamerge.postgres.apply.Applier", "claim", "exit", 2),
    FLUSH_BEGINS("io.seamerge.postgres.apply.Lane", "apply", "enter", 15),
    /** Progress has moved in a transaction that has no rows yet. */
    PROGRESS_MOVED("io.seamerge.postgres.apply.Lane", "moveProgress", "exit", 15),
    FLUSH_WRITTEN("io.seamerge.postgres.apply.Session", "commit", "enter", 40),
    FLUSH_COMMITTED("io.seamerge.postgres.apply.Session", "commit", "exit", 40),
    CONTROL_ROW("io.seamerge.postgres.apply.Applier", "apply", "enter", 20),
    SOURCE_STATE_TAKEN("io.seamerge.mysql.source.MergeReader", "snapshotState", "exit", 3),
    SINK_PREPARES("io.seamerge.postgres.PostgresMergeWriter", "prepareCommit", "enter", 7),
    SINK_PREPARED("io.seamerge.postgres.PostgresMergeWriter", "prepareCommit", "exit", 7),
    /** Between the sink's prepareCommit and the checkpoint's completion. */
    TASK_ACKNOWLEDGES(
            "org.apache.seatunnel.engine.server.checkpoint.CheckpointCoordinator",
            "acknowledgeTask",
            "enter",
            9),
    CHECKPOINT_COMPLETES(
            "org.apache.seatunnel.engine.server.checkpoint.CheckpointCoordinator",
            "completePendingCheckpoint",
            "enter",
            3),
    CHECKPOINT_COMPLETED(
            "org.apache.seatunnel.engine.server.checkpoint.CheckpointCoordinator",
            "notifyCompleted",
            "exit",
            3),
    SOURCE_NOTIFIED("io.seamerge.mysql.source.MergeReader", "notifyCheckpointComplete", "exit", 3);

    private final String method;

    CrashPoint(String type, String method, String side, int hits) {
        this.method = type + " " + method + " " + side + " " + hits;
    }

    /** What {@link CrashAgent} is told to end the process there. */
    String instruction() {
        return "crash " + method;
    }

    /**
     * What {@link CrashAgent} is told to hold the last row of a table between the engine's queue
     * and the writer, and to end the process there.
     */
    String instructionWhileHolding(String table) {
        return "hold " + table + " " + method;
    }
}
