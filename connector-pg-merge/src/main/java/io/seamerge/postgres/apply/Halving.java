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
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Does numbered things of which PostgreSQL refuses some: halves what is refused until what is left
 * are single ones.
 */
final class Halving {

    /** What is done. */
    interface Attempt {
        /**
         * Does those from {@code first} to {@code last}, or none of them.
         *
         * @return why PostgreSQL refuses them; null if they are done
         */
        SQLException on(long first, long last) throws SQLException;
    }

    /** Says that it is enough. */
    interface Limit {
        /**
         * @param found how many are refused, this one among them
         * @throws PostgresMergeException if nothing of it is to be done
         */
        void pass(long number, SQLException refusal, int found) throws SQLException;
    }

    private Halving() {}

    /**
     * Does those from 1 to {@code count}, as far as PostgreSQL takes them.
     *
     * @return the numbers of those that it refuses, and why
     */
    static Map<Long, SQLException> refused(long count, Attempt attempt, Limit limit)
            throws SQLException {
        Map<Long, SQLException> refusals = new TreeMap<>();
        if (count > 0) {
            search(1, count, attempt, limit, refusals);
        }
        // What only another one kept out.
        for (boolean moved = true; moved; ) {
            moved = false;
            for (Iterator<Long> each = refusals.keySet().iterator(); each.hasNext(); ) {
                long number = each.next();
                if (attempt.on(number, number) == null) {
                    each.remove();
                    moved = true;
                }
            }
        }
        return refusals;
    }

    private static void search(
            long first, long last, Attempt attempt, Limit limit, Map<Long, SQLException> refusals)
            throws SQLException {
        SQLException refusal = attempt.on(first, last);
        if (refusal == null) {
            return;
        }
        if (first < last) {
            long middle = first + (last - first) / 2;
            search(first, middle, attempt, limit, refusals);
            search(middle + 1, last, attempt, limit, refusals);
            return;
        }
        refusals.put(first, refusal);
        limit.pass(first, refusal, refusals.size());
    }
}
