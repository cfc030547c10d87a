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

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;

/**
 * What a binlog of MariaDB holds and held, as {@code gtid_binlog_state} lists it: of each domain
 * the last transaction of each server that ever wrote there. It tells histories apart that {@link
 * MariaDbGtids} cannot: two servers that were never joined both have a hundredth transaction of
 * domain 0, and only the server's id in it shows that they are two.
 *
 * <p>Mutable, not thread-safe.
 */
public final class MariaDbGtidState implements Gtids {

    private static final long serialVersionUID = 1L;

    /** The last sequence number by domain and server. */
    private final TreeMap<Long, TreeMap<Long, Long>> domains = new TreeMap<>();

    /**
     * Reads what the server lists, in any order; an empty text is no transaction.
     *
     * @throws IllegalArgumentException if it is no such list
     */
    public static MariaDbGtidState parse(String text) {
        MariaDbGtidState state = new MariaDbGtidState();
        for (String gtid : text.split(",")) {
            if (!gtid.trim().isEmpty()) {
                state.add(gtid.trim());
            }
        }
        return state;
    }

    @Override
    public void add(String gtid) {
        Matcher matcher = MariaDbGtids.matcher(gtid);
        domains.computeIfAbsent(Long.parseLong(matcher.group(1)), domain -> new TreeMap<>())
                .merge(
                        Long.parseLong(matcher.group(2)),
                        Long.parseLong(matcher.group(3)),
                        Math::max);
    }

    @Override
    public boolean contains(String gtid) {
        Matcher matcher = MariaDbGtids.matcher(gtid);
        Map<Long, Long> servers = domains.get(Long.parseLong(matcher.group(1)));
        Long last = servers == null ? null : servers.get(Long.parseLong(matcher.group(2)));
        return last != null && Long.parseLong(matcher.group(3)) <= last;
    }

    /** Only in another state: a position does not say which servers came before its own. */
    @Override
    public boolean isContainedIn(Gtids other) {
        if (!(other instanceof MariaDbGtidState)) {
            return isEmpty();
        }
        for (String gtid : toString().split(",")) {
            if (!gtid.isEmpty() && !other.contains(gtid)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean isEmpty() {
        return domains.isEmpty();
    }

    @Override
    public boolean areOfMariaDb() {
        return true;
    }

    @Override
    public MariaDbGtidState copy() {
        return parse(toString());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MariaDbGtidState && toString().equals(other.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        domains.forEach(
                (domain, servers) ->
                        servers.forEach(
                                (server, sequence) -> {
                                    text.append(text.length() == 0 ? "" : ",").append(domain);
                                    text.append('-').append(server).append('-').append(sequence);
                                }));
        return text.toString();
    }
}
