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
package io.seamerge.mysql.type;

/**
 * A value that MySQL holds and SeaTunnel has no equal for: a zero date, a TIME of 25 hours, text
 * that is no text in its character set. The message says the value and why. It is thrown instead of
 * a value that only looks like the original.
 */
public final class UnfaithfulValueException extends RuntimeException {

    private static final int LONGEST_VALUE = 200;

    private final String value;
    private final String reason;

    /**
     * @param value the value as MySQL would write it, shortened here if it is long
     * @param reason why there is no equal value
     */
    public UnfaithfulValueException(String value, String reason) {
        this(null, value, reason, null);
    }

    private UnfaithfulValueException(
            String place, String value, String reason, UnfaithfulValueException cause) {
        super(
                (place == null ? "" : place + ": ")
                        + "the value "
                        + shorten(value)
                        + " has no faithful SeaTunnel value: "
                        + reason,
                cause);
        this.value = value;
        this.reason = reason;
    }

    /**
     * Returns the same problem with the place where it was found in front.
     *
     * @param place table, column and position, in words
     */
    public UnfaithfulValueException at(String place) {
        return new UnfaithfulValueException(place, value, reason, this);
    }

    private static String shorten(String value) {
        return value.length() <= LONGEST_VALUE
                ? value
                : value.substring(0, LONGEST_VALUE) + "… (" + value.length() + " characters)";
    }
}
