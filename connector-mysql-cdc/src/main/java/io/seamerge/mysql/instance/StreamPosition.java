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
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a stream stands: the place in the binlog and the GTIDs of what was emitted, the version
 * clock, the incarnation, and the transaction that is being read. A restored job goes on from here,
 * behind the last row that was emitted, also in the midst of a transaction.
 *
 * <p>Not thread-safe: the stream's lock guards it. But any thread may ask for the {@link
 * #incarnation}, and the reader's thread, which alone begins and ends transactions, for whether it
 * is in one.
 */
final class StreamPosition {

    private static final Logger LOG = LoggerFactory.getLogger(StreamPosition.class);

    /** Where the first event of a file begins. */
    private static final long FIRST_OFFSET = 4;

    private final String instance;
    private final long maxClockSkewMs;
    private String serverUuid;
    private volatile long incarnation;

    /** All transactions before it were emitted, and none behind it but by {@link #place}. */
    private BinlogPosition boundary;

    /**
     * Null if the boundary is the place of what was emitted; else that is known by GTIDs alone, and
     * the place will be known when the reader has passed this.
     */
    private BinlogPosition boundaryKnownFrom;

    /** The transactions that were emitted; null where the stream goes on by positions. */
    private Gtids gtids;

    /**
     * All transactions before {@link #boundary}, in a stream without GTIDs, if the file has said so
     * at its begin: the set becomes the stream's with the first transaction that has a GTID.
     */
    private Gtids adoptable;

    /** One object for all rows of a snapshot that share it. */
    private Long versionTime;

    private long commitTime;

    /** Number of the last row that was emitted of a transaction in part; 0 if there is none. */
    private long place;

    /** The GTID of that transaction. */
    private String partialGtid;

    // The transaction that is being read.
    private boolean inTransaction;
    private BinlogPosition transactionAt;
    private String gtid;
    private Long transactionTime;
    private Long transactionCommitTime;
    private long skipUpTo;

    /**
     * @param start what a job goes on from
     * @param maxClockSkewMs by so much may a commit be ahead of this machine's clock
     */
    StreamPosition(String instance, InstanceState start, long maxClockSkewMs) {
        this.instance = instance;
        this.maxClockSkewMs = maxClockSkewMs;
        this.serverUuid = start.serverUuid();
        this.incarnation = start.incarnation();
        this.boundary = start.position();
        // Replaced by that of the server as soon as there is one.
        this.boundaryKnownFrom = start.positionKnown() ? null : start.position();
        this.gtids = start.gtids() == null ? null : start.gtids().copy();
        this.versionTime = start.versionTime();
        this.commitTime = start.commitTime();
        this.partialGtid = start.partialGtid();
        this.place = start.place();
    }

    // ---- connections -------------------------------------------------------------------------

    /** The reader begins anew; what was emitted of a transaction comes again, and is skipped. */
    void connectedTo(ServerLogs server) {
        inTransaction = false;
        adoptable = null;
        serverUuid = server.serverUuid();
        if (boundaryKnownFrom != null || !server.files().containsKey(boundary.file())) {
            placeByGtidsAlone(server);
        }
    }

    /**
     * The server is another one, whose order may be another one too: a new incarnation (protocol,
     * O4). A transaction of which a part was emitted is emitted again, whole.
     */
    void succeededBy(ServerLogs server) {
        incarnation = Math.max(incarnation + 1, InstanceTask.newIncarnation());
        place = 0;
        partialGtid = null;
        placeByGtidsAlone(server);
    }

    /** All that was emitted is before the written end, in whatever order. */
    private void placeByGtidsAlone(ServerLogs server) {
        boundary = new BinlogPosition(server.files().keySet().iterator().next(), FIRST_OFFSET);
        boundaryKnownFrom = server.writtenEnd();
    }

    // ---- transactions ------------------------------------------------------------------------

    /** A file begins behind all of these. */
    void previousGtids(Gtids before) {
        adoptable = gtids == null ? before : null;
    }

    /**
     * @throws IllegalStateException if the commit lies in the future: it would win for ever over
     *     all that is committed until then (protocol, O5)
     */
    void checkClock(String transactionGtid, long commitTimeMicros, BinlogPosition at) {
        long now = System.currentTimeMillis();
        if (commitTimeMicros / 1_000 - now > maxClockSkewMs) {
            throw new IllegalStateException(
                    "instance "
                            + instance
                            + ": the transaction at "
                            + at
                            + (transactionGtid == null ? "" : ", GTID " + transactionGtid)
                            + ", says that it was committed at "
                            + Instant.ofEpochMilli(commitTimeMicros / 1_000)
                            + ", but the reader's clock is "
                            + Instant.ofEpochMilli(now)
                            + ": more than max-clock-skew-ms = "
                            + maxClockSkewMs
                            + " ahead, and would win over later changes of other instances. Correct the"
                            + " clock that is wrong; to take the transaction as it is, raise"
                            + " max-clock-skew-ms");
        }
    }

    /**
     * A transaction begins.
     *
     * @param transactionGtid null if it has none
     * @param at where its first event stands
     */
    void begin(String transactionGtid, long commitTimeMicros, BinlogPosition at) {
        inTransaction = true;
        transactionAt = at;
        gtid = transactionGtid;
        // Strictly increasing, and a function of what was committed alone (protocol, O2).
        transactionTime = Math.max(versionTime + 1, commitTimeMicros);
        transactionCommitTime = commitTimeMicros;
        skipUpTo = place > 0 && Objects.equals(partialGtid, gtid) ? place : 0;
    }

    /** Whether a row of the transaction went out before the connection, or the job, broke off. */
    boolean hasEmitted(long number) {
        return (number | 1) <= skipUpTo;
    }

    /** A row of the transaction goes out, with both of its images. */
    void emitted(long number) {
        partialGtid = gtid;
        place = number | 1;
    }

    /** The transaction ends, all of it was emitted. */
    void end(BinlogPosition end) {
        inTransaction = false;
        moveTo(end);
        countGtid();
        versionTime = transactionTime;
        commitTime = transactionCommitTime;
        if (Objects.equals(partialGtid, gtid)) {
            place = 0;
            partialGtid = null;
        }
        gtid = null;
    }

    /**
     * All before this place was emitted, between transactions: where one ended, or where an idle or
     * filtered binlog has come to. Never back: a reader that asks by GTIDs begins at the start of a
     * file, also of one that holds transactions that were emitted.
     */
    void moveTo(BinlogPosition at) {
        if (at.compareTo(boundary) > 0) {
            boundary = at;
        }
        if (boundaryKnownFrom != null && at.compareTo(boundaryKnownFrom) >= 0) {
            boundaryKnownFrom = null;
        }
    }

    /** GTIDs may be switched on and off on a running server. */
    private void countGtid() {
        if (gtid == null) {
            if (gtids != null) {
                LOG.info(
                        "instance {}: transactions have no GTIDs any more from {} on; the stream goes"
                                + " on by positions",
                        instance,
                        boundary);
            }
            gtids = null;
            adoptable = null;
        } else if (gtids != null) {
            gtids = gtids.and(gtid);
        } else if (adoptable != null) {
            gtids = adoptable.and(gtid);
            adoptable = null;
            LOG.info(
                    "instance {}: transactions have GTIDs from {} on; the stream goes on by them",
                    instance,
                    boundary);
        }
    }

    // ---- what it is --------------------------------------------------------------------------

    boolean inTransaction() {
        return inTransaction;
    }

    /** Whether of no transaction a part was emitted, or read, the rest of which is to come. */
    boolean isBetweenTransactions() {
        return !inTransaction && place == 0;
    }

    BinlogPosition transactionAt() {
        return transactionAt;
    }

    /** Of the transaction that is being read; null if it has none. */
    String gtid() {
        return gtid;
    }

    /** The version time of the transaction that is being read, µs. */
    Long transactionTime() {
        return transactionTime;
    }

    /** When the transaction that is being read was committed, µs. */
    Long transactionCommitTime() {
        return transactionCommitTime;
    }

    /** The version time of the last transaction, which snapshot rows share that go out now, µs. */
    Long versionTime() {
        return versionTime;
    }

    /** When the last transaction was committed, µs; null before the first. */
    Long commitTime() {
        return commitTime == 0 ? null : Long.valueOf(commitTime);
    }

    String serverUuid() {
        return serverUuid;
    }

    /** It moves with the stream's lock held. */
    long incarnation() {
        return incarnation;
    }

    /**
     * The transactions of which rows have gone out, or null where no server says by GTIDs what is
     * visible: also one that is being read, whose first rows no window opened from now on will see.
     */
    Gtids emittedGtids() {
        if (gtids == null || gtids.areOfMariaDb()) {
            return null;
        }
        Gtids emitted = gtids.copy();
        return place > 0 && partialGtid != null ? emitted.and(partialGtid) : emitted;
    }

    /**
     * A place behind all rows that have gone out, also those of a transaction read in part.
     *
     * @param passed where the reader is; null if it has not heard from the server
     */
    BinlogPosition low(BinlogPosition passed) {
        BinlogPosition low = passed == null ? boundary : passed;
        if (boundaryKnownFrom != null && low.compareTo(boundaryKnownFrom) < 0) {
            return boundaryKnownFrom;
        }
        return place > 0 && low.compareTo(boundary) <= 0
                ? new BinlogPosition(boundary.file(), boundary.offset() + 1)
                : low;
    }

    /** What a job goes on from that is restored from here. */
    InstanceState state(Map<String, TableSnapshot> snapshots, boolean ended) {
        InstanceState state =
                new InstanceState(
                        serverUuid,
                        boundary,
                        gtids == null ? null : gtids.copy(),
                        partialGtid,
                        place,
                        versionTime,
                        commitTime,
                        incarnation,
                        snapshots,
                        ended);
        return boundaryKnownFrom == null ? state : state.knownByGtidsAlone();
    }

    /** As {@code file:offset gtid set}, or without the set. */
    @Override
    public String toString() {
        return boundary + (gtids == null ? "" : " gtid " + gtids);
    }
}
