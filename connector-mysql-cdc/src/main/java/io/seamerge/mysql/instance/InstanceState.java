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

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import java.util.Collections;
import java.util.Map;

/**
 * All that a restored job needs to go on with an instance: a position at a transaction boundary and
 * the place within the transaction after it, the version clock, the incarnation, and how far the
 * snapshot of each table has come. Immutable.
 */
public final class InstanceState {

    private final String serverUuid;
    private final BinlogPosition position;
    private final Gtids gtids;
    private final String partialGtid;
    private final long place;
    private final long versionTime;
    private final long commitTime;
    private final long incarnation;
    private final Map<String, TableSnapshot> snapshots;
    private final boolean ended;
    private final Map<String, BinlogPosition> prepared;
    private final boolean positionKnown;
    private final LastEmitted lastEmitted;

    /**
     * @param gtids the transactions before the position, null where GTIDs are off; not changed by
     *     anyone after this
     * @param partialGtid GTID of the transaction after the position, if rows of it were emitted
     * @param place greatest row number emitted of that transaction, 0 if none was
     * @param versionTime version clock at the position, µs
     * @param commitTime commit time of the last transaction before the position, µs; 0 if unknown
     * @param snapshots by {@code database.table}; tables that are not in it are not snapshotted
     * @param ended whether a bounded run of the instance is over
     */
    public InstanceState(
            String serverUuid,
            BinlogPosition position,
            Gtids gtids,
            String partialGtid,
            long place,
            long versionTime,
            long commitTime,
            long incarnation,
            Map<String, TableSnapshot> snapshots,
            boolean ended) {
        this(
                serverUuid,
                position,
                gtids,
                partialGtid,
                place,
                versionTime,
                commitTime,
                incarnation,
                snapshots,
                ended,
                true,
                Collections.<String, BinlogPosition>emptyMap(),
                LastEmitted.NOTHING);
    }

    private InstanceState(
            String serverUuid,
            BinlogPosition position,
            Gtids gtids,
            String partialGtid,
            long place,
            long versionTime,
            long commitTime,
            long incarnation,
            Map<String, TableSnapshot> snapshots,
            boolean ended,
            boolean positionKnown,
            Map<String, BinlogPosition> prepared,
            LastEmitted lastEmitted) {
        this.serverUuid = serverUuid;
        this.position = position;
        this.gtids = gtids;
        this.partialGtid = partialGtid;
        this.place = place;
        this.versionTime = versionTime;
        this.commitTime = commitTime;
        this.incarnation = incarnation;
        this.snapshots = Collections.unmodifiableMap(snapshots);
        this.ended = ended;
        this.positionKnown = positionKnown;
        this.prepared = Collections.unmodifiableMap(prepared);
        this.lastEmitted = lastEmitted;
    }

    InstanceState withSnapshots(Map<String, TableSnapshot> others) {
        return with(others, positionKnown, prepared, lastEmitted);
    }

    /** The same with XA transactions that are prepared; see {@link #prepared()}. */
    public InstanceState withPrepared(Map<String, BinlogPosition> others) {
        return with(snapshots, positionKnown, others, lastEmitted);
    }

    /** The same, but its position is not one to go on from; see {@link #positionKnown()}. */
    public InstanceState knownByGtidsAlone() {
        return with(snapshots, false, prepared, lastEmitted);
    }

    /** The same with what went out last; see {@link #lastEmitted()}. */
    public InstanceState withLastEmitted(LastEmitted last) {
        return with(snapshots, positionKnown, prepared, last);
    }

    private InstanceState with(
            Map<String, TableSnapshot> otherSnapshots,
            boolean known,
            Map<String, BinlogPosition> otherPrepared,
            LastEmitted otherLastEmitted) {
        return new InstanceState(
                serverUuid,
                position,
                gtids,
                partialGtid,
                place,
                versionTime,
                commitTime,
                incarnation,
                otherSnapshots,
                ended,
                known,
                otherPrepared,
                otherLastEmitted);
    }

    public String serverUuid() {
        return serverUuid;
    }

    public BinlogPosition position() {
        return position;
    }

    /** Callers must not change it. */
    public Gtids gtids() {
        return gtids;
    }

    /** The transactions of which rows have gone out, also in part; null where GTIDs are off. */
    Gtids emittedGtids() {
        if (gtids == null || place == 0 || partialGtid == null) {
            return gtids;
        }
        return gtids.copy().and(partialGtid);
    }

    public String partialGtid() {
        return partialGtid;
    }

    public long place() {
        return place;
    }

    public long versionTime() {
        return versionTime;
    }

    public long commitTime() {
        return commitTime;
    }

    public long incarnation() {
        return incarnation;
    }

    public Map<String, TableSnapshot> snapshots() {
        return snapshots;
    }

    public boolean ended() {
        return ended;
    }

    /**
     * Whether the position is one to go on from. It is not, after the stream came from another
     * server, until the reader has passed what was there then: till then the GTIDs alone are.
     */
    public boolean positionKnown() {
        return positionKnown;
    }

    /**
     * Where the XA transactions begin that were prepared before the position and not decided over,
     * by xid.
     */
    public Map<String, BinlogPosition> prepared() {
        return prepared;
    }

    /** The version of the last row that had gone out, if control rows go out. */
    public LastEmitted lastEmitted() {
        return lastEmitted;
    }

    @Override
    public String toString() {
        return position
                + (gtids == null ? "" : " gtid " + gtids)
                + (place == 0
                        ? ""
                        : " and rows up to number " + place + " of the next transaction");
    }
}
