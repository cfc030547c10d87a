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
package io.seamerge.mysql.snapshot;

import io.seamerge.mysql.binlog.BinlogPosition;

/**
 * A table that is read in one piece, as of one place of the binlog: its rows go out when the stream
 * has passed that place, and before any change of the table that was made behind it.
 *
 * <p>Not thread-safe: the stream's lock guards it.
 */
public final class WholeTable {

    private final String table;
    private final BinlogPosition asOf;
    private boolean gone;

    /**
     * @param table {@code database.table}
     * @param asOf a place between two transactions: the rows are those before it
     */
    public WholeTable(String table, BinlogPosition asOf) {
        this.table = table;
        this.asOf = asOf;
    }

    public String table() {
        return table;
    }

    /** Whether the stream has come to the place where the rows belong. */
    public boolean isDue(BinlogPosition passed) {
        return passed != null && passed.compareTo(asOf) >= 0;
    }

    /** Whether a change of the table must wait until the rows are out. */
    public boolean holdsBack(BinlogPosition transaction) {
        return transaction.compareTo(asOf) >= 0;
    }

    /** All rows went out, or the stream's order broke off. */
    public void end() {
        gone = true;
    }

    public boolean isGone() {
        return gone;
    }
}
