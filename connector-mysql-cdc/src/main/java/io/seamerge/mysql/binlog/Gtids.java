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

import java.io.Serializable;

/**
 * Which transactions a stream has, by their GTIDs: a {@link GtidSet} of MySQL, or {@link
 * MariaDbGtids}. Sets of the two kinds are never mixed: one is not contained in the other unless it
 * is empty.
 *
 * <p>Mutable, not thread-safe; {@link #copy} before handing it on.
 */
public interface Gtids extends Serializable {

    /**
     * Reads what {@link #toString} gives, and what servers write: {@code uuid:1-7} of MySQL, {@code
     * 0-1-7} of MariaDB. An empty text is MySQL's empty set.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static Gtids parse(String text) {
        return MariaDbGtids.isOne(text) ? MariaDbGtids.parse(text) : GtidSet.parse(text);
    }

    /** Adds one transaction, in the server's form. */
    void add(String gtid);

    /**
     * These and one transaction more, in the server's form: these themselves, or others if these
     * are empty and of another kind.
     */
    default Gtids and(String gtid) {
        if (isEmpty()) {
            return parse(gtid);
        }
        add(gtid);
        return this;
    }

    /** Whether the transaction is among these. */
    boolean contains(String gtid);

    /** Whether every transaction of these is among the others. */
    boolean isContainedIn(Gtids other);

    boolean isEmpty();

    /** Whether they are MariaDB's. */
    boolean areOfMariaDb();

    /** The same transactions, for whoever else changes them. */
    Gtids copy();
}
