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

/**
 * Takes what {@link BinlogClient#stream} reads, in the order of the binlog, on the thread that
 * called it. Whatever a callback throws ends the stream and comes out of {@code stream}: nothing is
 * skipped.
 *
 * <p>Transactions come as {@code transactionBegin}, then rows and queries, then {@code
 * transactionEnd}; a DDL statement is a transaction of its own. After every event of the server,
 * and after the callbacks that it caused, comes {@code position}.
 */
public interface BinlogHandler {

    /**
     * The reader goes on in another file, or in the first one.
     *
     * @param offset where reading begins in it
     */
    void rotate(String file, long offset) throws Exception;

    /**
     * A file begins, before which these transactions had been written to the server's binlogs; all
     * that follow in it come with their GTIDs, or have none.
     *
     * @param gtids the handler's own
     */
    void previousGtids(Gtids gtids) throws Exception;

    /**
     * @param gtid the GTID, {@code uuid:number} or {@code uuid:tag:number}, or null where the
     *     server gives none
     * @param commitTimeMicros when the server on which it was first committed did so, in µs since
     *     1970-01-01 UTC; the event's whole second where the server says no more (before MySQL
     *     8.0.1)
     * @param at where the transaction's first event begins
     */
    void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at) throws Exception;

    /**
     * Rows of one table and one kind. The event is valid until this method returns.
     *
     * @param event one and the same object every time
     */
    void rows(RowsEvent event) throws Exception;

    /**
     * A statement, within a transaction: DDL, or DML that was logged as a statement. BEGIN, COMMIT,
     * SAVEPOINT and the statements of XA do not come here.
     *
     * @param database the session's current database, perhaps empty
     * @param end where the event ends
     */
    void query(String database, String sql, BinlogPosition end) throws Exception;

    /**
     * The rows that follow in this transaction take no effect yet: they are prepared under an
     * identifier, and an {@code xaCommit} or {@code xaRollback} with the same one, in this
     * transaction or in a later one, decides over them.
     *
     * @param xid {@code X'…',X'…',number}: the global part, the branch, the format
     */
    void xaBegin(String xid) throws Exception;

    /**
     * The transaction that was announced by {@code xaBegin} is prepared; its end follows.
     *
     * @param begin where it begins: a place to read it from again
     */
    void xaPrepare(String xid, BinlogPosition begin) throws Exception;

    /**
     * The rows that were prepared take effect, within the transaction that is being read.
     *
     * @param begin where the transaction that holds them begins if it is this one, which prepares
     *     and commits in one; null if it is the last one before that prepared this xid
     */
    void xaCommit(String xid, BinlogPosition begin) throws Exception;

    /** The rows that were prepared, in an earlier transaction, never take effect. */
    void xaRollback(String xid) throws Exception;

    /**
     * The transaction is whole.
     *
     * @param end where it ends: a place to start from
     */
    void transactionEnd(BinlogPosition end) throws Exception;

    /**
     * The reader has passed this place; the server's heartbeats come here too when nothing happens.
     * Between {@code transactionBegin} and {@code transactionEnd} it is not a place to start from.
     * In a compressed transaction it moves with the whole.
     */
    void position(BinlogPosition at) throws Exception;
}
