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
package io.seamerge.mysql.config;

import java.io.Serializable;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** The server ids that an instance's binlog reader may take: {@code 5400} or {@code 5400-5500}. */
public final class ServerIds implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final long MAX = 4_294_967_295L;

    private final long first;
    private final long last;

    private ServerIds(long first, long last) {
        this.first = first;
        this.last = last;
    }

    /** Ids that people do not give to servers: the upper half of the range. */
    public static ServerIds unlikelyInUse() {
        return new ServerIds(1L << 31, MAX);
    }

    /**
     * @throws IllegalArgumentException if the text is not of this grammar
     */
    public static ServerIds parse(String text) {
        String[] bounds = text.trim().split("\\s*-\\s*", -1);
        try {
            long first = Long.parseLong(bounds[0]);
            long last = bounds.length == 1 ? first : Long.parseLong(bounds[1]);
            if (bounds.length <= 2 && first >= 1 && first <= last && last <= MAX) {
                return new ServerIds(first, last);
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(wrong(text), e);
        }
        throw new IllegalArgumentException(wrong(text));
    }

    private static String wrong(String text) {
        return "'" + text + "' is not a server id or a range of them, from 1 to " + MAX;
    }

    /**
     * An id for the next connect. Drawn anew each time, so that a connection of an earlier attempt,
     * which the server may not have noticed to be dead, is not thrown out and does not throw us
     * out.
     *
     * @param taken ids that others are known to have
     * @return null if all are taken
     */
    public Long draw(Set<Long> taken) {
        long begin = ThreadLocalRandom.current().nextLong(first, last + 1);
        // Of more than are taken, one is free.
        long most = Math.min(last - first, taken.size());
        for (long i = 0; i <= most; i++) {
            long id = begin + i > last ? begin + i - last - 1 + first : begin + i;
            if (!taken.contains(id)) {
                return id;
            }
        }
        return null;
    }

    /** Whether this id is all there is. */
    public boolean isOnly(long id) {
        return first == id && last == id;
    }

    @Override
    public String toString() {
        return first == last ? Long.toString(first) : first + "-" + last;
    }
}
