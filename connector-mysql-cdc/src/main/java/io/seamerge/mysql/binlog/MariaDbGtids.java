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

import io.seamerge.mysql.type.MalformedBytesException;
import java.io.Serializable;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GTID position of MariaDB: the last transaction of each domain, and with it all that came before
 * it in its domain. Its grammar:
 *
 * <pre>
 * position = [ gtid { "," gtid } ]        each domain once
 * gtid     = domain "-" server "-" sequence
 * </pre>
 *
 * {@link #toString} is canonical, in the order of domains. Mutable, not thread-safe.
 */
public final class MariaDbGtids implements Gtids {

    private static final long serialVersionUID = 1L;

    private static final Pattern GTID = Pattern.compile("(\\d{1,10})-(\\d{1,10})-(\\d{1,19})");

    private final TreeMap<Long, Last> domains = new TreeMap<>();

    /** No transaction. */
    public MariaDbGtids() {}

    /** The last transaction of a domain. Immutable. */
    private static final class Last implements Serializable {

        private static final long serialVersionUID = 1L;

        private final long server;
        private final long sequence;

        Last(long server, long sequence) {
            this.server = server;
            this.sequence = sequence;
        }
    }

    /** Whether the text begins as a position of MariaDB does; an empty one does not. */
    static boolean isOne(String text) {
        return GTID.matcher(text.split(",", 2)[0].trim()).matches();
    }

    /**
     * @throws IllegalArgumentException if it is no such text
     */
    public static MariaDbGtids parse(String text) {
        MariaDbGtids position = new MariaDbGtids();
        for (String part : text.split(",")) {
            String gtid = part.trim();
            if (gtid.isEmpty()) {
                continue;
            }
            Matcher matcher = matcher(gtid);
            if (position.domains.containsKey(Long.parseLong(matcher.group(1)))) {
                throw new IllegalArgumentException(
                        "A GTID position of MariaDB names each domain once; found " + text);
            }
            position.add(gtid);
        }
        return position;
    }

    static Matcher matcher(String gtid) {
        Matcher matcher = GTID.matcher(gtid);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "A GTID of MariaDB is domain-server-sequence; found '" + gtid + "'");
        }
        return matcher;
    }

    /** Reads a binlog's list of what was before it, behind the event's header. */
    static MariaDbGtids decode(byte[] encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        // Of one domain there may be several servers: the last one counts.
        MariaDbGtids position = new MariaDbGtids();
        try {
            int count = bytes.getInt() & 0xfffffff;
            for (int i = 0; i < count; i++) {
                long domain = bytes.getInt() & 0xffffffffL;
                long server = bytes.getInt() & 0xffffffffL;
                position.domains.put(domain, new Last(server, bytes.getLong()));
            }
        } catch (BufferUnderflowException e) {
            throw new MalformedBytesException("a list of GTIDs that ends early");
        }
        return position;
    }

    /** The transaction that the binlog has next in its domain. */
    @Override
    public void add(String gtid) {
        Matcher matcher = matcher(gtid);
        domains.put(
                Long.parseLong(matcher.group(1)),
                new Last(Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3))));
    }

    @Override
    public boolean contains(String gtid) {
        Matcher matcher = matcher(gtid);
        Last last = domains.get(Long.parseLong(matcher.group(1)));
        return last != null && Long.parseLong(matcher.group(3)) <= last.sequence;
    }

    @Override
    public boolean isContainedIn(Gtids other) {
        if (other instanceof MariaDbGtidState) {
            for (Map.Entry<Long, Last> domain : domains.entrySet()) {
                if (!other.contains(gtid(domain.getKey(), domain.getValue()))) {
                    return false;
                }
            }
            return true;
        }
        if (!(other instanceof MariaDbGtids)) {
            return isEmpty();
        }
        for (Map.Entry<Long, Last> domain : domains.entrySet()) {
            Last theirs = ((MariaDbGtids) other).domains.get(domain.getKey());
            if (theirs == null || theirs.sequence < domain.getValue().sequence) {
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
    public MariaDbGtids copy() {
        MariaDbGtids copy = new MariaDbGtids();
        copy.domains.putAll(domains);
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MariaDbGtids && toString().equals(other.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Long, Last> domain : domains.entrySet()) {
            text.append(text.length() == 0 ? "" : ",");
            text.append(gtid(domain.getKey(), domain.getValue()));
        }
        return text.toString();
    }

    private static String gtid(long domain, Last last) {
        return domain + "-" + last.server + "-" + last.sequence;
    }
}
