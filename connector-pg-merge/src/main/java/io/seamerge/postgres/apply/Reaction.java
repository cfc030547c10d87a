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

import java.sql.SQLException;

/** What to do after PostgreSQL refused a transaction, by its SQLSTATE. */
enum Reaction {
    /** Roll back and try the same again. */
    RETRY,
    /** Connect anew and try the same again; whether it was committed is not known. */
    RECONNECT,
    /** What is in a row cannot be stored; it never will be. */
    ROW_REFUSED,
    /** Waiting does not mend it. */
    FAIL;

    static Reaction to(SQLException e) {
        String state = e.getSQLState();
        if (state == null || state.length() != 5) {
            return RECONNECT;
        }
        switch (state) {
            case "40001": // serialization_failure
            case "40P01": // deadlock_detected
            case "55P03": // lock_not_available
            case "55006": // object_in_use
            case "53100": // disk_full
            case "53200": // out_of_memory
            case "57014": // query_canceled: a statement_timeout or an administrator
            case "58030": // io_error
                return RETRY;
            case "53300": // too_many_connections
            case "25006": // read_only_sql_transaction: a standby, or a primary that was demoted
            case "25P03": // idle_in_transaction_session_timeout
            case "25P04": // transaction_timeout
                return RECONNECT;
            default:
                break;
        }
        switch (state.substring(0, 2)) {
            case "08": // connection exceptions
                return RECONNECT;
            case "57": // operator intervention: shutdown, crash, starting up, database dropped
                return state.equals("57P04") ? FAIL : RECONNECT;
            case "22": // data exceptions
            case "23": // integrity constraints
                return ROW_REFUSED;
            default:
                return FAIL;
        }
    }
}
