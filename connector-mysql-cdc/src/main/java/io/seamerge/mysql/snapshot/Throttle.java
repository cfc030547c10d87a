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

/**
 * Spreads the reads of an instance's snapshot over time, so that they stay within so many rows and
 * so many bytes a second. A read is reserved by what it is expected to cost and settled by what it
 * did; time in which nothing is read earns nothing. Thread-safe.
 */
public final class Throttle {

    private static final double NANOS_PER_SECOND = 1e9;

    /** Reads in a second, at least: it makes them smooth. */
    private static final int READS_PER_SECOND = 5;

    private final double nanosPerRow;
    private final double nanosPerByte;
    private final int maxRows;
    private final int maxBytes;
    private double freeAt = Double.NEGATIVE_INFINITY;

    /**
     * @param rowsPerSecond 0 for no limit; likewise {@code bytesPerSecond}
     */
    public Throttle(long rowsPerSecond, long bytesPerSecond) {
        nanosPerRow = rowsPerSecond == 0 ? 0 : NANOS_PER_SECOND / rowsPerSecond;
        nanosPerByte = bytesPerSecond == 0 ? 0 : NANOS_PER_SECOND / bytesPerSecond;
        maxRows = share(rowsPerSecond);
        maxBytes = share(bytesPerSecond);
    }

    private static int share(long perSecond) {
        return perSecond == 0
                ? Integer.MAX_VALUE
                : (int) Math.max(1, Math.min(Integer.MAX_VALUE, perSecond / READS_PER_SECOND));
    }

    /** Rows that one read should have at most. */
    public int maxRows() {
        return maxRows;
    }

    /** Bytes that one read should have at most. */
    public int maxBytes() {
        return maxBytes;
    }

    /**
     * Reserves the time of a read.
     *
     * @param now a clock in nanoseconds
     * @return nanoseconds to wait before it
     */
    public synchronized long reserve(long now, long rows, long bytes) {
        double begin = Math.max(now, freeAt);
        freeAt = begin + cost(rows, bytes);
        return (long) (begin - now);
    }

    /** Corrects a reservation of so many rows and bytes by what the read took. */
    public synchronized void settle(long reservedRows, long reservedBytes, long rows, long bytes) {
        freeAt += cost(rows, bytes) - cost(reservedRows, reservedBytes);
    }

    private double cost(long rows, long bytes) {
        return Math.max(rows * nanosPerRow, bytes * nanosPerByte);
    }
}
