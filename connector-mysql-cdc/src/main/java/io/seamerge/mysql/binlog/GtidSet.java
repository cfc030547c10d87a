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
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A set of MySQL GTIDs, in the grammar of the server:
 *
 * <pre>
 * set      = [ source { "," source } ]
 * source   = uuid { ":" ( interval | tag ) }       intervals after a tag belong to it
 * interval = number [ "-" number ]
 * uuid     = 8-4-4-4-12 hexadecimal digits         lower case when written
 * tag      = letter or "_", then up to 31 letters, digits or "_"
 * </pre>
 *
 * Numbers are from 1 to 2^63 - 2, both ends of an interval belong to it. {@link #toString} is
 * canonical: sources in order, intervals in order and joined where they touch, so equal sets have
 * equal texts.
 *
 * <p>Mutable, not thread-safe; {@link #copy} before handing it on. Adding the number after the last
 * one of a source costs next to nothing.
 */
public final class GtidSet implements Gtids {

    private static final long serialVersionUID = 1L;

    /** Intervals by {@code uuid} or {@code uuid:tag}. */
    private final TreeMap<String, Intervals> sources = new TreeMap<>();

    /** An empty set. */
    public GtidSet() {}

    /**
     * Reads a set as the server writes it; white space is allowed between its parts.
     *
     * @throws IllegalArgumentException if it is no such text
     */
    public static GtidSet parse(String text) {
        GtidSet set = new GtidSet();
        for (String part : text.split(",")) {
            String source = part.trim();
            if (!source.isEmpty()) {
                set.addSource(source, text);
            }
        }
        return set;
    }

    private void addSource(String source, String whole) {
        String[] parts = source.split(":", -1);
        String uuid = checkUuid(parts[0].trim(), whole);
        String key = uuid;
        boolean found = false;
        for (int i = 1; i < parts.length; i++) {
            String part = parts[i].trim();
            if (!part.isEmpty() && isTagStart(part.charAt(0))) {
                key = uuid + ":" + checkTag(part, whole);
                continue;
            }
            int dash = part.indexOf('-');
            long from = number(dash < 0 ? part : part.substring(0, dash), whole);
            long to = dash < 0 ? from : number(part.substring(dash + 1), whole);
            if (to < from) {
                throw new IllegalArgumentException(
                        "The interval " + part + " ends before it begins in the GTID set " + whole);
            }
            intervals(key).add(from, to);
            found = true;
        }
        if (!found) {
            throw new IllegalArgumentException(
                    "A GTID set is uuid:number-number,…; found no number for "
                            + uuid
                            + " in "
                            + whole);
        }
    }

    /**
     * Adds one transaction.
     *
     * @param source {@code uuid} or {@code uuid:tag}
     */
    public void add(String source, long number) {
        Intervals known = sources.get(source);
        if (known == null) {
            int colon = source.indexOf(':');
            String uuid = checkUuid(colon < 0 ? source : source.substring(0, colon), source);
            known =
                    intervals(
                            colon < 0
                                    ? uuid
                                    : uuid + ":" + checkTag(source.substring(colon + 1), source));
        }
        if (number < 1) {
            throw new IllegalArgumentException("A GTID's number is from 1; found " + number);
        }
        known.add(number, number);
    }

    /** Adds one transaction, {@code uuid:number} or {@code uuid:tag:number}. */
    @Override
    public void add(String gtid) {
        int colon = gtid.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("A GTID is uuid:number; found " + gtid);
        }
        add(gtid.substring(0, colon), number(gtid.substring(colon + 1), gtid));
    }

    /** Adds all of another set. */
    public void addAll(GtidSet other) {
        for (Map.Entry<String, Intervals> entry : other.sources.entrySet()) {
            Intervals theirs = entry.getValue();
            Intervals ours = intervals(entry.getKey());
            for (int i = 0; i < theirs.count; i++) {
                ours.add(theirs.bounds[2 * i], theirs.bounds[2 * i + 1]);
            }
        }
    }

    /**
     * Whether one transaction is in the set.
     *
     * @param source {@code uuid} in lower case, or {@code uuid:tag}
     */
    public boolean contains(String source, long number) {
        Intervals known = sources.get(source);
        return known != null && known.contains(number, number);
    }

    /** Whether one transaction, {@code uuid:number} or {@code uuid:tag:number}, is in the set. */
    @Override
    public boolean contains(String gtid) {
        int colon = gtid.lastIndexOf(':');
        return colon > 0
                && contains(gtid.substring(0, colon), number(gtid.substring(colon + 1), gtid));
    }

    /** Whether every transaction of this set is in the other. */
    @Override
    public boolean isContainedIn(Gtids others) {
        if (!(others instanceof GtidSet)) {
            return isEmpty();
        }
        GtidSet other = (GtidSet) others;
        for (Map.Entry<String, Intervals> entry : sources.entrySet()) {
            Intervals ours = entry.getValue();
            Intervals theirs = other.sources.get(entry.getKey());
            for (int i = 0; i < ours.count; i++) {
                if (theirs == null
                        || !theirs.contains(ours.bounds[2 * i], ours.bounds[2 * i + 1])) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public boolean areOfMariaDb() {
        return false;
    }

    @Override
    public boolean isEmpty() {
        return sources.isEmpty();
    }

    /** A set of its own with the same transactions. */
    @Override
    public GtidSet copy() {
        GtidSet copy = new GtidSet();
        for (Map.Entry<String, Intervals> entry : sources.entrySet()) {
            copy.sources.put(entry.getKey(), entry.getValue().copy());
        }
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GtidSet && sources.equals(((GtidSet) other).sources);
    }

    @Override
    public int hashCode() {
        return sources.hashCode();
    }

    /** The canonical text. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        String lastUuid = "";
        for (Map.Entry<String, Intervals> entry : sources.entrySet()) {
            String source = entry.getKey();
            int colon = source.indexOf(':');
            String uuid = colon < 0 ? source : source.substring(0, colon);
            if (!uuid.equals(lastUuid)) {
                text.append(text.length() == 0 ? "" : ",").append(uuid);
                lastUuid = uuid;
            }
            if (colon >= 0) {
                text.append(source, colon, source.length());
            }
            entry.getValue().appendTo(text);
        }
        return text.toString();
    }

    /**
     * The set as COM_BINLOG_DUMP_GTID carries it, intervals without their end. A set with tags has
     * a form of its own, which only servers that know tags (8.3 and later) understand.
     */
    byte[] encode() {
        boolean tagged = false;
        int length = 8;
        for (Map.Entry<String, Intervals> entry : sources.entrySet()) {
            tagged |= entry.getKey().indexOf(':') >= 0;
            // The uuid, the tag of at most 32 letters with its length, and how many intervals.
            length += 16 + 33 + 8 + 16 * entry.getValue().count;
        }
        ByteBuffer bytes = ByteBuffer.allocate(length);
        bytes.order(ByteOrder.LITTLE_ENDIAN)
                .putLong(tagged ? 1L << 56 | (long) sources.size() << 8 | 1 : sources.size());
        for (Map.Entry<String, Intervals> entry : sources.entrySet()) {
            String source = entry.getKey();
            UUID uuid = UUID.fromString(source.substring(0, 36));
            bytes.order(ByteOrder.BIG_ENDIAN)
                    .putLong(uuid.getMostSignificantBits())
                    .putLong(uuid.getLeastSignificantBits());
            if (tagged) {
                String tag = source.length() > 36 ? source.substring(37) : "";
                bytes.put((byte) (tag.length() << 1));
                bytes.put(tag.getBytes(StandardCharsets.US_ASCII));
            }
            Intervals intervals = entry.getValue();
            bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(intervals.count);
            for (int i = 0; i < intervals.count; i++) {
                bytes.putLong(intervals.bounds[2 * i]).putLong(intervals.bounds[2 * i + 1] + 1);
            }
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /**
     * Reads what {@link #encode} writes, which is also how a binlog file says what was before it.
     *
     * @throws MalformedBytesException if it is not that
     */
    static GtidSet decode(byte[] encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        GtidSet set = new GtidSet();
        try {
            long head = bytes.getLong();
            boolean tagged = head >>> 56 == 1;
            long sources = tagged ? head >>> 8 & 0xffffffffffL : head;
            for (long i = 0; i < sources; i++) {
                bytes.order(ByteOrder.BIG_ENDIAN);
                String key = new UUID(bytes.getLong(), bytes.getLong()).toString();
                bytes.order(ByteOrder.LITTLE_ENDIAN);
                if (tagged) {
                    byte[] tag = new byte[(bytes.get() & 0xff) >>> 1];
                    bytes.get(tag);
                    if (tag.length > 0) {
                        key += ":" + checkTag(new String(tag, StandardCharsets.US_ASCII), key);
                    }
                }
                long count = bytes.getLong();
                for (long k = 0; k < count; k++) {
                    long from = bytes.getLong();
                    set.intervals(key).add(from, bytes.getLong() - 1);
                }
            }
        } catch (BufferUnderflowException e) {
            throw new MalformedBytesException("a GTID set that ends early");
        }
        return set;
    }

    private Intervals intervals(String source) {
        return sources.computeIfAbsent(source, key -> new Intervals());
    }

    private static boolean isTagStart(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
    }

    private static String checkTag(String tag, String whole) {
        boolean right = !tag.isEmpty() && tag.length() <= 32 && isTagStart(tag.charAt(0));
        for (int i = 1; right && i < tag.length(); i++) {
            char c = tag.charAt(i);
            right = isTagStart(c) || c >= '0' && c <= '9';
        }
        if (!right) {
            throw new IllegalArgumentException("No GTID tag: '" + tag + "' in " + whole);
        }
        return tag.toLowerCase(Locale.ROOT);
    }

    private static String checkUuid(String uuid, String whole) {
        boolean right = uuid.length() == 36;
        for (int i = 0; right && i < 36; i++) {
            char c = uuid.charAt(i);
            right =
                    i == 8 || i == 13 || i == 18 || i == 23
                            ? c == '-'
                            : c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
        }
        if (!right) {
            throw new IllegalArgumentException(
                    "A GTID set is uuid:number-number,…; found '"
                            + uuid
                            + "' for a uuid in "
                            + whole);
        }
        return uuid.toLowerCase(Locale.ROOT);
    }

    private static long number(String text, String whole) {
        String digits = text.trim();
        boolean right = !digits.isEmpty() && digits.length() <= 19;
        for (int i = 0; right && i < digits.length(); i++) {
            right = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
        }
        if (right) {
            try {
                long number = Long.parseLong(digits);
                if (number >= 1 && number < Long.MAX_VALUE) {
                    return number;
                }
            } catch (NumberFormatException e) {
                throw notANumber(digits, whole, e);
            }
        }
        throw notANumber(digits, whole, null);
    }

    private static IllegalArgumentException notANumber(
            String digits, String whole, NumberFormatException cause) {
        return new IllegalArgumentException(
                "A GTID's number is from 1 to 2^63 - 2; found '" + digits + "' in " + whole, cause);
    }

    /** Disjoint intervals that do not touch, in order: from, to, from, to … */
    private static final class Intervals implements Serializable {

        private static final long serialVersionUID = 1L;

        private long[] bounds = new long[2];
        private int count;

        void add(long from, long to) {
            if (count > 0 && bounds[2 * count - 1] == from - 1) {
                bounds[2 * count - 1] = to;
                return;
            }
            // The intervals that the new one touches are first to last - 1.
            int first = 0;
            while (first < count && bounds[2 * first + 1] < from - 1) {
                first++;
            }
            int last = first;
            while (last < count && bounds[2 * last] <= to + 1) {
                last++;
            }
            long newFrom = first == last ? from : Math.min(from, bounds[2 * first]);
            long newTo = first == last ? to : Math.max(to, bounds[2 * last - 1]);
            int newCount = count - (last - first) + 1;
            long[] target =
                    2 * newCount > bounds.length
                            ? Arrays.copyOf(bounds, Math.max(2 * newCount, 2 * bounds.length))
                            : bounds;
            System.arraycopy(bounds, 2 * last, target, 2 * (first + 1), 2 * (count - last));
            target[2 * first] = newFrom;
            target[2 * first + 1] = newTo;
            bounds = target;
            count = newCount;
        }

        boolean contains(long from, long to) {
            int low = 0;
            int high = count - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                if (bounds[2 * middle + 1] < from) {
                    low = middle + 1;
                } else if (bounds[2 * middle] > from) {
                    high = middle - 1;
                } else {
                    return to <= bounds[2 * middle + 1];
                }
            }
            return false;
        }

        Intervals copy() {
            Intervals copy = new Intervals();
            copy.bounds = Arrays.copyOf(bounds, Math.max(2, 2 * count));
            copy.count = count;
            return copy;
        }

        void appendTo(StringBuilder text) {
            for (int i = 0; i < count; i++) {
                text.append(':').append(bounds[2 * i]);
                if (bounds[2 * i + 1] != bounds[2 * i]) {
                    text.append('-').append(bounds[2 * i + 1]);
                }
            }
        }

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Intervals) || ((Intervals) other).count != count) {
                return false;
            }
            for (int i = 0; i < 2 * count; i++) {
                if (((Intervals) other).bounds[i] != bounds[i]) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public int hashCode() {
            int hash = count;
            for (int i = 0; i < 2 * count; i++) {
                hash = 31 * hash + Long.hashCode(bounds[i]);
            }
            return hash;
        }
    }
}
