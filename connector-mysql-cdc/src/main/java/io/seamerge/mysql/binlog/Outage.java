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

import com.github.shyiko.mysql.binlog.network.AuthenticationException;
import com.github.shyiko.mysql.binlog.network.ServerException;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/**
 * Tells an outage, which a later connect can mend, from a failure that would come again or would
 * lose rows if it were passed over. Pure.
 */
public final class Outage {

    private static final int SERVER_SHUTDOWN = 1053;
    private static final int TOO_MANY_CONNECTIONS = 1040;
    private static final int QUERY_INTERRUPTED = 1317;
    private static final int CONNECTION_KILLED = 1927;
    private static final int FATAL_ERROR_READING_BINLOG = 1236;

    private Outage() {}

    /** Whether the server refused the login. */
    public static boolean isRefusedLogin(Throwable failure) {
        return failure instanceof BinlogException
                && failure.getCause() instanceof AuthenticationException;
    }

    /** Whether another reader has the same server id. */
    public static boolean isContested(Throwable failure) {
        return failure instanceof BinlogException
                && failure.getCause() instanceof ServerException
                && String.valueOf(failure.getCause().getMessage()).contains("same server_");
    }

    /** Whether what ended the stream was the connection or the server going away. */
    public static boolean is(BinlogException failure) {
        Throwable cause = failure.getCause();
        if (isContested(failure)) {
            // Another reader took our server id, and the next connect draws another one. MariaDB
            // has an error code of its own for it.
            return true;
        }
        if (cause instanceof ServerException) {
            ServerException error = (ServerException) cause;
            switch (error.getErrorCode()) {
                case SERVER_SHUTDOWN:
                case TOO_MANY_CONNECTIONS:
                case QUERY_INTERRUPTED:
                case CONNECTION_KILLED:
                    return true;
                case FATAL_ERROR_READING_BINLOG:
                    // gtid_mode was switched, and the next connect asks in the other way.
                    return String.valueOf(error.getMessage())
                            .matches(
                                    "(?is).*(anonymous transaction|GTID-transaction|in"
                                            + " AUTO_POSITION mode).*");
                default:
                    return false;
            }
        }
        // A login may be refused while its password is being changed: who tries again counts these.
        return cause == null
                || cause instanceof AuthenticationException
                || isOfConnection(cause)
                || isFailedConnect(cause);
    }

    private static boolean isOfConnection(Throwable cause) {
        return cause instanceof EOFException
                || cause instanceof SocketException
                || cause instanceof SocketTimeoutException
                || cause instanceof UnknownHostException
                || cause instanceof SSLException;
    }

    /**
     * The library reports an exceeded connect timeout, and a connection that ends before the server
     * has greeted, in an exception of no kind of its own.
     */
    private static boolean isFailedConnect(Throwable cause) {
        return cause.getClass() == IOException.class && isOfConnection(cause.getCause());
    }
}
