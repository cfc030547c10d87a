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

import io.seamerge.mysql.binlog.BinlogException;
import io.seamerge.mysql.binlog.BinlogPosition;
import java.io.EOFException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions without a GTID that a server would leave out. Asked by GTIDs, it begins at the last
 * of its files before which nothing was written that is not in the set. If GTIDs were switched off
 * and on again since, files before that one hold transactions which no set names.
 *
 * <p>Used on one thread, that of the stream.
 */
final class UnnamedTransactions {

    private static final Logger LOG = LoggerFactory.getLogger(UnnamedTransactions.class);

    private final String instance;
    private final BinlogLookup binlog;

    /**
     * @param binlog looks at the binlog of the server in question
     */
    UnnamedTransactions(String instance, BinlogLookup binlog) {
        this.instance = instance;
        this.binlog = binlog;
    }

    /**
     * Makes sure that what comes next in the binlog of the server that was read, on the way to its
     * last file, has a GTID: then the server begins no later than there. Looks at nothing where the
     * place is in the last file, or not known.
     *
     * @throws EOFException if it has none, in the words of the server, which gives out such
     *     transactions only while gtid_mode is not ON; or if the look broke off
     */
    void refuseToLeaveOut(InstanceState at, ServerLogs server) throws IOException {
        BinlogPosition place = at.position();
        Long size = server.files().get(place.file());
        String last = server.writtenEnd().file();
        if (!at.positionKnown()
                || at.gtids().areOfMariaDb()
                || size == null
                || place.offset() > size
                || place.file().equals(last)) {
            return;
        }
        try {
            binlog.read(place, new NextTransaction(instance, last));
        } catch (BinlogException e) {
            // Not the binlog that was read (it was reset, and told what had been in it), so that
            // the
            // place means nothing: GTIDs are what is left.
            LOG.warn(
                    "instance {}: whether transactions without GTIDs follow {} cannot be seen; the"
                            + " stream goes on by GTIDs: {}",
                    instance,
                    place,
                    e.getMessage());
        }
    }

    /** Stops at the first transaction, or where the last file begins. */
    private static final class NextTransaction extends BinlogLookup.Visitor {

        private final String instance;
        private final String lastFile;

        NextTransaction(String instance, String lastFile) {
            this.instance = instance;
            this.lastFile = lastFile;
        }

        @Override
        public void rotate(String file, long offset) {
            if (file.equals(lastFile)) {
                stop();
            }
        }

        @Override
        public void transactionBegin(String gtid, long commitTimeMicros, BinlogPosition at)
                throws EOFException {
            if (gtid == null) {
                throw new EOFException(
                        "instance "
                                + instance
                                + ": the transaction at "
                                + at
                                + " has no GTID, and is left out by a server that is asked by GTIDs:"
                                + " set gtid_mode = ON_PERMISSIVE until it has been read");
            }
            stop();
        }
    }
}
