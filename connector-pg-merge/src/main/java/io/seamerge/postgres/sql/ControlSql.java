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
package io.seamerge.postgres.sql;

import java.util.List;

/** The statements about schema {@code seamerge}. */
public final class ControlSql {

    /** Creates schema {@code seamerge}, statement by statement. */
    public static final List<Statement> SCHEMA = Statement.script("schema");

    /** Serialises writers that create tables at the same time. */
    public static final Statement SCHEMA_LOCK = Statement.of("schema-lock");

    public static final Statement SCHEMA_INSTALLED = Statement.of("schema-installed");
    public static final Statement SCHEMA_VERSION = Statement.of("schema-version");

    /** Brings what earlier releases have made up to this one. */
    public static final Statement SCHEMA_UPGRADE = Statement.of("schema-upgrade");

    /** Notes that it was. */
    public static final Statement SCHEMA_UPGRADED = Statement.of("schema-upgraded");

    /** Notes that a table was created without its key. */
    public static final Statement DEFERRED_KEY_WRITE = Statement.of("deferred-key-write");

    /** Whether a table still has none for that reason. */
    public static final Statement DEFERRED_KEY_THERE = Statement.planned("deferred-key-there");

    /** Takes it on to add the key; no row if another has. */
    public static final Statement DEFERRED_KEY_TAKE = Statement.of("deferred-key-take");

    /** Gives the rest of the transaction memory to sort keys. */
    public static final Statement DEFERRED_KEY_MEMORY = Statement.of("deferred-key-memory");

    public static final Statement EPOCH_DRAW = Statement.of("epoch-draw");

    /** Serialises writers that claim one instance, also while it has no rows to lock. */
    public static final Statement CLAIM_LOCK = Statement.of("claim-lock");

    public static final Statement CLAIM_READ = Statement.of("claim-read");

    /** Whether any source of an instance has ever written. */
    public static final Statement INSTANCE_KNOWN = Statement.of("instance-known");

    public static final Statement CLAIM_CLEAR = Statement.of("claim-clear");
    public static final Statement CLAIM_WRITE = Statement.of("claim-write");

    /** Moves one lane's progress of several instances, if nobody else has. */
    public static final Statement PROGRESS_MOVE = Statement.planned("progress-move");

    /** Moves all lanes' progress of one instance, if nobody else has. */
    public static final Statement PROGRESS_MOVE_ALL = Statement.of("progress-move-all");

    public static final Statement PROGRESS_READ = Statement.of("progress-read");
    public static final Statement PROGRESS_EXISTS = Statement.of("progress-exists");

    /** Counts rows of tables, and returns those of the tables that have open letters. */
    public static final Statement APPLIED_COUNT = Statement.planned("applied-count");

    /** Keeps flushes out while a source is added: they rank by all sources that there are. */
    public static final Statement SOURCE_LOCK = Statement.of("source-lock");

    /** All that a pipeline has. */
    public static final Statement SOURCE_KNOWN = Statement.of("source-known");

    public static final Statement COMMIT_LATER = Statement.of("commit-later");
    public static final Statement SOURCE_WRITE = Statement.of("source-write");
    public static final Statement SOURCE_READ = Statement.of("source-read");

    /** Whether pipelines that do not hold them any more have left sources of tables. */
    public static final Statement SOURCE_FORMER = Statement.of("source-former");

    /** Makes these the sources of the pipeline that holds the tables. */
    public static final Statement SOURCE_ADOPT = Statement.of("source-adopt");

    /** Whether what is kept beside a table is a former pipeline's. */
    public static final Statement STATE_FORMER = Statement.of("state-former");

    /** Those of {@code :targets} that several sources write. */
    public static final Statement SOURCE_SEVERAL = Statement.of("source-several");

    /** Whether several of them have the same values in what the key of {@code :target} tells. */
    public static final Statement SOURCE_AMBIGUOUS = Statement.of("source-ambiguous");

    /** The one source of {@code :target}; null if there is none, or there are several. */
    public static final Statement SOURCE_ONLY = Statement.of("source-only");

    /** Keeps new sources out until the end of the transaction. */
    public static final Statement SOURCE_SHARE = Statement.of("source-share");

    /** Up to which time no source can send anything any more. */
    public static final Statement TOMBSTONE_CUT = Statement.of("tombstone-cut");

    /** Notes up to which time deletions are forgotten. */
    public static final Statement TOMBSTONE_NOTE = Statement.of("tombstone-note");

    /**
     * All sources of a table, the most preferred first, and up to which time its deletions are
     * forgotten.
     */
    public static final Statement SOURCE_RANKS = Statement.planned("source-ranks");

    /** Checks deferred constraints before the end of the transaction. */
    public static final Statement CONSTRAINTS_NOW = Statement.of("constraints-now");

    /** Checks all constraints that may be deferred only when told to. */
    public static final Statement CONSTRAINTS_LATER = Statement.of("constraints-later");

    /** Creates the function that replays dead letters. */
    public static final Statement LETTER_REPLAY = Statement.of("letter-replay");

    /** Creates the function that replays those that lack a row of another table. */
    public static final Statement LETTER_REPLAY_WAITING = Statement.of("letter-replay-waiting");

    /** Replays those of a pipeline, and tells how many there were and are. */
    public static final Statement LETTER_WAIT = Statement.of("letter-wait");

    /** Which tables have letters that a later change may supersede. */
    public static final Statement LETTER_TARGETS = Statement.planned("letter-targets");

    /** Writes a letter whose key cannot be stored either. */
    public static final Statement LETTER_WRITE_BAD_KEY = Statement.of("letter-write-bad-key");

    /** Creates the function that keeps the partitions of seamerge.conflict. */
    public static final Statement CONFLICT_KEEP_FUNCTION = Statement.of("conflict-keep-function");

    /** Makes room for the conflicts of the next two days, and drops what is older than asked. */
    public static final Statement CONFLICT_KEEP = Statement.of("conflict-keep");

    /** Which of some tables other pipelines hold. */
    public static final Statement HOLDER_OTHERS = Statement.of("holder-others");

    /** Holds tables that nobody holds. */
    public static final Statement HOLDER_WRITE = Statement.of("holder-write");

    /** Creates the function that gives a table to another pipeline. */
    public static final Statement HOLDER_FUNCTION = Statement.of("holder-function");

    /** Counts deletions that are kept; what the status is made of. */
    public static final Statement TOMBSTONES_FUNCTION = Statement.of("tombstones-function");

    /** Needs {@link #TOMBSTONES_FUNCTION}. */
    public static final Statement STATUS_VIEW = Statement.of("status-view");

    public static final Statement STATUS_COMMENT = Statement.of("status-comment");

    /** Under which rules a table was opened last, and whether the pipeline has written it. */
    public static final Statement RULES_READ = Statement.planned("rules-read");

    public static final Statement RULES_WRITE = Statement.planned("rules-write");

    /** Stops earlier writers of the pipeline for good. */
    public static final Statement PROGRESS_FENCE = Statement.of("progress-fence");

    /** Creates the function that records a handoff at what has been applied. */
    public static final Statement HANDOFF_HERE = Statement.of("handoff-here");

    public static final Statement INSTANCE_WRITE = Statement.of("instance-write");
    public static final Statement SNAPSHOT_BEGUN = Statement.of("snapshot-begun");

    /** Source tables of a list of which no snapshot has ended, though the pipeline knows others. */
    public static final Statement SNAPSHOT_MISSING = Statement.of("snapshot-missing");

    /** Tables of which a repeated snapshot is under way. */
    public static final Statement SNAPSHOT_REPEATS = Statement.of("snapshot-repeats");

    /** Whether the one of a source table is. */
    public static final Statement SNAPSHOT_REPEATED = Statement.of("snapshot-repeated");

    /** Whether one of another source of the same table is. */
    public static final Statement SNAPSHOT_OTHERS_REPEAT = Statement.of("snapshot-others-repeat");

    /** Other sources of a table whose rows look like those of one. */
    public static final Statement SOURCE_OTHERS = Statement.of("source-others");

    /** Marks the dead letters of a source that has no such rows any more. */
    public static final Statement SOURCE_UNREAD = Statement.of("source-unread");

    public static final Statement LETTER_FORGET = Statement.of("letter-forget");

    public static final Statement SNAPSHOT_PROGRESS = Statement.of("snapshot-progress");
    public static final Statement HANDOFF_BEGUN = Statement.of("handoff-begun");
    public static final Statement HANDOFF_FINISHED = Statement.of("handoff-finished");

    /** The version of {@link #SCHEMA}. */
    public static final int VERSION = 3;

    private ControlSql() {}
}
