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
package io.seamerge.postgres.merge;

/**
 * One change on its way into PostgreSQL: what it does, the row's image, and which version it is.
 * Immutable.
 */
public final class Change {

    private final Operation operation;
    private final Object[] fields;
    private final int source;
    private final long mergedTime;
    private final Version version;
    private final Version firstVersion;
    private final long firstTime;
    private final Object[] before;

    /**
     * @param fields the row as it came, not copied
     * @param source id in seamerge.source, or {@link RowKey#ANY_SOURCE}
     * @param mergedTime the version's time as sources are compared by it: never less than the floor
     *     of the incarnation, and the oldest for snapshot rows
     * @param version null if the rows carry no metadata
     */
    public Change(
            Operation operation, Object[] fields, int source, long mergedTime, Version version) {
        this(
                operation,
                fields,
                source,
                mergedTime,
                version,
                version,
                inserts(operation) ? mergedTime : Version.OLDEST,
                operation == Operation.DELETE ? fields : null);
    }

    private Change(
            Operation operation,
            Object[] fields,
            int source,
            long mergedTime,
            Version version,
            Version firstVersion,
            long firstTime,
            Object[] before) {
        this.operation = operation;
        this.fields = fields;
        this.source = source;
        this.mergedTime = mergedTime;
        this.version = version;
        this.firstVersion = firstVersion;
        this.firstTime = firstTime;
        this.before = before;
    }

    private static boolean inserts(Operation operation) {
        return operation == Operation.INSERT || operation == Operation.SNAPSHOT;
    }

    /** The same, with the row as it was before. */
    public Change after(Object[] image) {
        return new Change(
                operation, fields, source, mergedTime, version, firstVersion, firstTime, image);
    }

    public Operation operation() {
        return operation;
    }

    /** Whether its source takes the row for new: it was read, or inserted. */
    public boolean isOfNewRow() {
        return inserts(operation);
    }

    /**
     * Whether it was committed at its source after a moment in µs since 1970, or does not say when.
     * What a snapshot has read was there before.
     */
    public boolean isLaterThan(long micros) {
        return version == null || operation != Operation.SNAPSHOT && version.time() > micros;
    }

    public Object[] fields() {
        return fields;
    }

    public int source() {
        return source;
    }

    public long mergedTime() {
        return mergedTime;
    }

    public Version version() {
        return version;
    }

    /** The version of the earliest of the changes that were folded into it. */
    public Version firstVersion() {
        return firstVersion;
    }

    /**
     * When its source first had the row, as far as the earliest change folded into it tells: the
     * time of the insertion, or the oldest, where the row was there before.
     */
    public long firstTime() {
        return firstTime;
    }

    /** The row before the earliest change folded into it; null if there was none. */
    public Object[] before() {
        return before;
    }

    /** This change as what is left of an earlier one of the same source and itself. */
    Change following(Change earlier) {
        return new Change(
                operation,
                fields,
                source,
                mergedTime,
                version,
                earlier.firstVersion,
                earlier.firstTime,
                earlier.before);
    }

    /** A snapshot row of the same source replaces the image and keeps the version (protocol S5). */
    Change withImageOf(Change snapshot) {
        return new Change(
                Operation.UPDATE,
                snapshot.fields,
                source,
                mergedTime,
                version,
                firstVersion,
                firstTime,
                before);
    }
}
