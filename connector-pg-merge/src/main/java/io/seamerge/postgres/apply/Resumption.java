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
package io.seamerge.postgres.apply;

import io.seamerge.postgres.PostgresMergeException;
import io.seamerge.postgres.config.MergeConfig;
import io.seamerge.postgres.merge.LaneProgress;
import io.seamerge.postgres.merge.Version;
import io.seamerge.postgres.sql.ControlSql;
import io.seamerge.postgres.wire.ControlRow;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Looks whether the target has what a restored job's checkpoint counts on, before anything is
 * applied: a PostgreSQL that was set back (a backup, a standby that had not got all) lacks changes
 * that will not come again. Not thread-safe.
 */
final class Resumption {

    private final MergeConfig config;
    private final Database database;

    Resumption(MergeConfig config, Database database) {
        this.config = config;
        this.database = database;
    }

    /**
     * Writes nothing, and claims nothing: which incarnation goes on is not known yet.
     *
     * @param row of kind {@code resumed}
     * @throws PostgresMergeException if the target is behind
     */
    void check(ControlRow row) {
        String found =
                database.control(
                        "Looking how far instance '" + row.instance() + "' has come",
                        session -> lacking(session, row));
        if (found != null) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.BEHIND,
                    "Pipeline '"
                            + config.pipeline()
                            + "', instance '"
                            + row.instance()
                            + "': the job goes on at "
                            + row.position()
                            + " from a checkpoint by which everything up to version "
                            + row.version()
                            + " is in the target, but "
                            + found
                            + ". Was PostgreSQL restored from a backup, or is it a standby that had not got everything?"
                            + " Changes would be missing for good. Do not restore this checkpoint: start the job from"
                            + " where the target stands (SELECT seamerge.handoff_here(...), docs/operations.md), or"
                            + " anew");
        }
    }

    /** What is lacking, in words; null if nothing is. */
    private String lacking(Session session, ControlRow row) throws SQLException {
        Values values =
                Values.of("pipeline", config.pipeline())
                        .and("instance", row.instance())
                        .and("detail", row.detail());
        List<LaneProgress> lanes = new ArrayList<>();
        session.query(ControlSql.CLAIM_READ, values, lanes, Applier::laneProgress);
        if (lanes.isEmpty()) {
            return "seamerge.progress does not know the instance";
        }
        for (LaneProgress lane : lanes) {
            Version applied = lane.version();
            if (applied.compareTo(row.version()) < 0) {
                return "seamerge.progress has it up to " + applied + " alone";
            }
        }
        return (String) session.value(ControlSql.SNAPSHOT_MISSING, values);
    }
}
