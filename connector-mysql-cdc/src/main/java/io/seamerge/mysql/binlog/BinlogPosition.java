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
import java.util.Objects;

/**
 * A place in an instance's binlog: {@code file:offset}, where the file is {@code name.digits} and
 * the offset counts bytes from the begin of the file. Ordered by the file's digits as a number,
 * since they roll over from {@code 999999} to {@code 1000000}, then by offset. Positions of
 * different servers, or of files with different names, have no order: comparing them throws {@link
 * IllegalArgumentException}.
 *
 * <p>Immutable.
 */
public final class BinlogPosition implements Comparable<BinlogPosition>, Serializable {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;

    /**
     * @param file file name with its digits, without a folder
     * @param offset bytes from the begin of the file
     */
    public BinlogPosition(String file, long offset) {
        checkFile(file);
        if (offset < 0) {
            throw new IllegalArgumentException(
                    "A binlog offset must not be negative: " + file + ":" + offset);
        }
        this.file = file;
        this.offset = offset;
    }

    private BinlogPosition(long offset, String checkedFile) {
        this.file = checkedFile;
        this.offset = offset;
    }

    /** Another offset in the same file; cheap. */
    BinlogPosition at(long newOffset) {
        return new BinlogPosition(newOffset, file);
    }

    /** Reads {@code file:offset}; the last colon divides. */
    public static BinlogPosition parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon >= 0) {
            try {
                return new BinlogPosition(
                        text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "A binlog position is file:offset, the offset a number; found " + text, e);
            }
        }
        throw new IllegalArgumentException("A binlog position is file:offset; found " + text);
    }

    public String file() {
        return file;
    }

    public long offset() {
        return offset;
    }

    /** Whether no file was before this one: a server counts them from 1. */
    public boolean isFirstFile() {
        return Long.parseLong(file.substring(file.lastIndexOf('.') + 1)) <= 1;
    }

    @Override
    public int compareTo(BinlogPosition other) {
        if (file.equals(other.file)) {
            return Long.compare(offset, other.offset);
        }
        int dot = file.lastIndexOf('.');
        int otherDot = other.file.lastIndexOf('.');
        if (dot != otherDot || !file.regionMatches(0, other.file, 0, dot)) {
            throw new IllegalArgumentException(
                    "Binlog files of different names have no order: " + file + ", " + other.file);
        }
        int order =
                Long.compare(
                        Long.parseLong(file.substring(dot + 1)),
                        Long.parseLong(other.file.substring(dot + 1)));
        return order != 0 ? order : Long.compare(offset, other.offset);
    }

    /** Whether this place is in a file before the given one; not, if their names have no order. */
    public boolean isBefore(String otherFile) {
        int dot = file.lastIndexOf('.');
        return otherFile.lastIndexOf('.') == dot
                && file.regionMatches(0, otherFile, 0, dot)
                && compareTo(new BinlogPosition(otherFile, 0)) < 0
                && !file.equals(otherFile);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BinlogPosition
                && offset == ((BinlogPosition) other).offset
                && file.equals(((BinlogPosition) other).file);
    }

    @Override
    public int hashCode() {
        return Objects.hash(file, offset);
    }

    /** {@code file:offset}, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return file + ":" + offset;
    }

    private static void checkFile(String file) {
        int digits = file.length() - file.lastIndexOf('.') - 1;
        boolean isNumbered = file.lastIndexOf('.') > 0 && digits > 0 && digits < 19;
        for (int i = file.length() - digits; isNumbered && i < file.length(); i++) {
            isNumbered = file.charAt(i) >= '0' && file.charAt(i) <= '9';
        }
        if (!isNumbered) {
            throw new IllegalArgumentException(
                    "A binlog file is name.digits, such as binlog.000001; found '" + file + "'");
        }
    }
}
