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
import io.seamerge.mysql.binlog.RowsEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The XA transactions of an instance that are prepared and not decided over. Their rows stand in
 * the binlog where they were prepared; they become part of the stream where they commit, and never
 * if they are rolled back.
 *
 * <p>What is known of each is where it begins, a few bytes, which checkpoints keep; small ones are
 * kept in memory too. One whose rows are not is read again from there; one of which nothing is
 * known, because it was prepared before the stream began or on another server, is looked for in the
 * binlogs before its commit, the latest first.
 *
 * <p>A change takes effect with {@link #ended()}, so that it moves together with the position. Not
 * thread-safe: the stream's lock guards it.
 */
final class PreparedTransactions {

    private static final Logger LOG = LoggerFactory.getLogger(PreparedTransactions.class);

    /** Of more the oldest are forgotten, and would be looked for. */
    private static final int MOST_KNOWN = 10_000;

    /** Bytes of rows that are kept in memory; of what goes beyond, the place alone. */
    private static final long MOST_KEPT_BYTES = 8 << 20;

    private static final long FIRST_OFFSET = 4;

    /** Takes the rows of a transaction that commits. */
    interface Rows {
        void take(RowsEvent event) throws Exception;
    }

    private static final class Prepared {

        private final BinlogPosition begin;

        /** Null if they are not in memory. */
        private final List<RowsEvent> rows;

        private final long bytes;

        Prepared(BinlogPosition begin, List<RowsEvent> rows, long bytes) {
            this.begin = begin;
            this.rows = rows;
            this.bytes = bytes;
        }
    }

    private final String instance;
    private final BinlogLookup binlog;
    private final Map<String, Prepared> known = new LinkedHashMap<>();

    /** Null if it must be made anew. */
    private Map<String, BinlogPosition> positions;

    private long keptBytes;

    // The transaction that is being read.
    private boolean preparing;
    private List<RowsEvent> rows;
    private long bytes;
    private String preparedXid;
    private Prepared prepared;
    private String decidedXid;

    /**
     * @param positions where transactions begin that are prepared already
     */
    PreparedTransactions(
            String instance, Map<String, BinlogPosition> positions, BinlogLookup binlog) {
        this.instance = instance;
        this.binlog = binlog;
        this.positions = positions;
        for (Map.Entry<String, BinlogPosition> entry : positions.entrySet()) {
            known.put(entry.getKey(), new Prepared(entry.getValue(), null, 0));
        }
    }

    /** Where each begins, by xid; never changed by anyone. */
    Map<String, BinlogPosition> positions() {
        if (positions == null) {
            Map<String, BinlogPosition> all = new LinkedHashMap<>();
            for (Map.Entry<String, Prepared> entry : known.entrySet()) {
                all.put(entry.getKey(), entry.getValue().begin);
            }
            positions = Collections.unmodifiableMap(all);
        }
        return positions;
    }

    /** A transaction begins, or the connection broke off in the middle of one. */
    void transactionBegin() {
        preparing = false;
        rows = null;
        bytes = 0;
        preparedXid = null;
        prepared = null;
        decidedXid = null;
    }

    /** The stream goes on at another server, where positions mean nothing. */
    void otherServer() {
        known.clear();
        keptBytes = 0;
        positions = null;
    }

    /** The transaction's rows are prepared: none goes out. */
    void begin() {
        preparing = true;
        rows = new ArrayList<>();
    }

    /** Whether the rows that are read now are only prepared. */
    boolean isPreparing() {
        return preparing;
    }

    /** Rows of a captured table that are only prepared. */
    void add(RowsEvent event) {
        if (rows == null) {
            return;
        }
        bytes += 256L + event.length();
        if (keptBytes + bytes > MOST_KEPT_BYTES) {
            rows = null;
            bytes = 0;
        } else {
            rows.add(event.copy());
        }
    }

    void prepare(String xid, BinlogPosition begin) {
        preparedXid = xid;
        prepared = new Prepared(begin, rows, bytes);
    }

    /**
     * Passes on the rows of a transaction that commits.
     *
     * @param begin where it begins, if it is the one that is being read; else null
     * @param commit where the transaction that decides begins
     */
    void commit(String xid, BinlogPosition begin, BinlogPosition commit, Rows to) throws Exception {
        preparing = false;
        decidedXid = xid;
        Prepared found = begin == null ? known.get(xid) : new Prepared(begin, rows, 0);
        if (found != null && found.rows != null) {
            for (RowsEvent event : found.rows) {
                event.rewind();
                to.take(event);
            }
            return;
        }
        readAgain(xid, found != null ? found.begin : find(xid, commit), to);
    }

    void rollback(String xid) {
        decidedXid = xid;
    }

    /** The transaction is whole: what it prepared or decided over counts. */
    void ended() {
        if (preparedXid == null && decidedXid == null) {
            return;
        }
        if (decidedXid != null) {
            forget(decidedXid);
        }
        if (preparedXid != null) {
            forget(preparedXid);
            known.put(preparedXid, prepared);
            keptBytes += prepared.bytes;
            if (known.size() > MOST_KNOWN) {
                Iterator<Prepared> oldest = known.values().iterator();
                keptBytes -= oldest.next().bytes;
                oldest.remove();
            }
        }
        positions = null;
        transactionBegin();
    }

    private void forget(String xid) {
        Prepared gone = known.remove(xid);
        if (gone != null) {
            keptBytes -= gone.bytes;
        }
    }

    private void readAgain(String xid, BinlogPosition begin, Rows to) throws Exception {
        LOG.debug("instance {}: reads XA transaction {} again, from {}", instance, xid, begin);
        binlog.read(
                begin,
                new BinlogLookup.Visitor() {
                    private boolean isIt;

                    @Override
                    public void xaBegin(String found) {
                        isIt = found.equals(xid);
                    }

                    @Override
                    public void rows(RowsEvent event) throws Exception {
                        if (isIt) {
                            to.take(event);
                        }
                    }

                    @Override
                    public void xaPrepare(String found, BinlogPosition at) {
                        end();
                    }

                    @Override
                    public void xaCommit(String found, BinlogPosition at) {
                        end();
                    }

                    @Override
                    public void transactionEnd(BinlogPosition end) {
                        if (!isStopped()) {
                            end();
                        }
                    }

                    private void end() {
                        if (!isIt) {
                            throw new IllegalStateException(
                                    "instance "
                                            + instance
                                            + ": the XA transaction "
                                            + xid
                                            + " commits, but is not found at "
                                            + begin
                                            + ", where it was prepared: the server's binlogs are not"
                                            + " those that were read (RESET?). Start the job anew");
                        }
                        stop();
                    }
                });
    }

    /** Where the last transaction before a place begins that prepared this xid. */
    private BinlogPosition find(String xid, BinlogPosition before) throws Exception {
        LOG.info(
                "instance {}: looks for XA transaction {}, which commits at {}, in the binlogs"
                        + " before",
                instance,
                xid,
                before);
        List<String> files = binlog.files();
        for (int i = files.indexOf(before.file()); i >= 0; i--) {
            BinlogPosition found = findIn(files.get(i), xid, before);
            if (found != null) {
                return found;
            }
        }
        throw new IllegalStateException(
                "instance "
                        + instance
                        + ": the XA transaction "
                        + xid
                        + " commits at "
                        + before
                        + ", but no binlog that is left says what it changes (the oldest is "
                        + (files.isEmpty() ? "gone" : files.get(0))
                        + "): start the job anew, and keep binlogs longer"
                        + " (binlog_expire_logs_seconds)");
    }

    private BinlogPosition findIn(String file, String xid, BinlogPosition before) throws Exception {
        BinlogPosition[] found = new BinlogPosition[1];
        binlog.read(
                new BinlogPosition(file, FIRST_OFFSET),
                new BinlogLookup.Visitor() {
                    @Override
                    public void rotate(String next, long offset) {
                        if (!next.equals(file)) {
                            stop();
                        }
                    }

                    @Override
                    public void xaPrepare(String prepared, BinlogPosition begin) {
                        if (prepared.equals(xid)) {
                            found[0] = begin;
                        }
                    }

                    @Override
                    public void position(BinlogPosition at) {
                        if (!isStopped() && at.compareTo(before) >= 0) {
                            stop();
                        }
                    }
                });
        return found[0];
    }
}
