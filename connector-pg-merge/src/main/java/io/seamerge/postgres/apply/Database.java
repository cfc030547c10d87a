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
import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that comes back: runs transactions one at a time, again where PostgreSQL could not
 * take them, until a limit. {@link #close()} may be called by any thread; everything else by one at
 * a time.
 */
final class Database {

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private static final long FIRST_PAUSE_MS = 20;
    private static final long LONGEST_PAUSE_MS = 5_000;

    private final MergeConfig config;
    private final String name;
    private final Object guard = new Object();
    private Session session;
    private volatile boolean closed;

    /**
     * @param name as pg_stat_activity shows it
     */
    Database(MergeConfig config, String name) {
        this.config = config;
        this.name = name;
    }

    /**
     * What a transaction does. It may run several times, the last of them perhaps after one that
     * was committed.
     */
    interface Work<T> {
        T run(Session session) throws SQLException, RowRefusedException;
    }

    /**
     * Runs a transaction and commits it.
     *
     * @param what for messages: what it applies
     * @throws SQLException if PostgreSQL refuses a row for what is in it
     * @throws PostgresMergeException for all else that waiting does not mend
     */
    <T> T transact(String what, Work<T> work) throws SQLException, RowRefusedException {
        long begun = System.nanoTime();
        for (int attempt = 0; ; attempt++) {
            SQLException failure;
            try {
                Session current = session();
                T result = work.run(current);
                current.commit();
                return result;
            } catch (SQLException e) {
                failure = e;
            } catch (RowRefusedException | RuntimeException e) {
                rollBack(e);
                throw e;
            }
            rollBack(failure);
            if (closed) {
                throw closed();
            }
            Reaction reaction = Reaction.to(failure);
            switch (reaction) {
                case ROW_REFUSED:
                    throw failure;
                case FAIL:
                    throw failed(what, failure, "");
                case RECONNECT:
                    discard();
                    break;
                case RETRY:
                    break;
            }
            long elapsed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            long pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(attempt, 20));
            pause += ThreadLocalRandom.current().nextLong(pause / 2 + 1);
            if (elapsed + pause > config.retryTimeoutMs()) {
                throw failed(
                        what,
                        failure,
                        " It was tried " + (attempt + 1) + " times in " + elapsed + " ms.");
            }
            LOG.warn(
                    "{}: {} is tried again in {} ms: SQLSTATE {}: {}",
                    name,
                    what,
                    pause,
                    failure.getSQLState(),
                    failure.getMessage());
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw closed();
            }
        }
    }

    /** Runs a transaction that holds no rows of sources. */
    <T> T control(String what, Work<T> work) {
        try {
            return transact(what, work);
        } catch (SQLException e) {
            throw failed(what, e, "");
        } catch (RowRefusedException e) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.ROW_REFUSED, what + ": " + e.getMessage(), e);
        }
    }

    private PostgresMergeException failed(String what, SQLException e, String more) {
        return new PostgresMergeException(
                PostgresMergeException.Code.DATABASE,
                what
                        + " failed at "
                        + config.shownUrl()
                        + " with SQLSTATE "
                        + e.getSQLState()
                        + ": "
                        + e.getMessage()
                        + "."
                        + more,
                e);
    }

    private static PostgresMergeException closed() {
        return new PostgresMergeException(
                PostgresMergeException.Code.CLOSED, "The writer has been closed");
    }

    private Session session() throws SQLException {
        if (closed) {
            throw closed();
        }
        if (session == null) {
            Session opened = Session.open(config, name);
            synchronized (guard) {
                if (!closed) {
                    session = opened;
                    return opened;
                }
            }
            opened.close();
            throw closed();
        }
        return session;
    }

    private void rollBack(Exception because) {
        if (session != null) {
            try {
                session.rollback();
            } catch (SQLException e) {
                because.addSuppressed(e);
                discard();
            }
        }
    }

    private void discard() {
        Session old;
        synchronized (guard) {
            old = session;
            session = null;
        }
        if (old != null) {
            try {
                old.close();
            } catch (SQLException e) {
                LOG.debug("{}: a lost connection could not be closed", name, e);
            }
        }
    }

    /**
     * Ends whatever runs; nothing is committed after this has returned but what was being
     * committed.
     */
    void close() {
        Session open;
        synchronized (guard) {
            closed = true;
            open = session;
        }
        if (open != null) {
            try {
                open.abort();
            } catch (SQLException e) {
                LOG.warn("{}: the connection could not be ended: {}", name, e.getMessage());
            }
        }
    }
}
