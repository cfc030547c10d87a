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

import io.seamerge.mysql.config.Problems;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * What to do with values that MySQL holds and SeaTunnel's types do not: the option {@code
 * unfaithful-values}. The same for values of a snapshot and of the binlog. Immutable.
 */
public final class UnfaithfulValues implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Values without an equal. */
    public enum Kind {
        /** The date 0000-00-00 in a DATE, DATETIME or TIMESTAMP. */
        ZERO_DATE(EnumSet.allOf(Policy.class)),
        /** Other days that are not in the calendar: 2024-05-00, 2023-02-30. */
        PARTIAL_DATE(EnumSet.allOf(Policy.class)),
        /** A TIME below 00:00:00 or beyond 23:59:59.999999. */
        TIME_RANGE(EnumSet.allOf(Policy.class)),
        /** Bytes that are no text in their column's character set; MySQL has no text for them. */
        INVALID_TEXT(EnumSet.of(Policy.FAIL, Policy.NULL, Policy.CLOSEST));

        private final Set<Policy> allowed;

        Kind(Set<Policy> allowed) {
            this.allowed = allowed;
        }

        /** The name in the option. */
        public String optionName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What becomes of such a value. */
    public enum Policy {
        /** The job fails, naming it. */
        FAIL,
        /** It becomes null; the column may be null in the merged table. */
        NULL,
        /** The column becomes a STRING, and every value of it MySQL's own text. */
        TEXT,
        /** It becomes the nearest value that there is. */
        CLOSEST
    }

    /** What holds if the option says nothing. */
    public static final UnfaithfulValues FAIL =
            new UnfaithfulValues(new EnumMap<Kind, Policy>(Kind.class));

    private final Map<Kind, Policy> policies;

    private UnfaithfulValues(Map<Kind, Policy> policies) {
        this.policies = policies;
    }

    /**
     * Reads the option: {@code { zero-date = null, time-range = text }}.
     *
     * @param problems what is no kind or no policy of it is noted here
     */
    public static UnfaithfulValues parse(Map<String, Object> option, Problems problems) {
        Map<Kind, Policy> policies = new EnumMap<>(Kind.class);
        Map<String, Kind> kinds = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            kinds.put(kind.optionName(), kind);
        }
        for (Map.Entry<String, Object> entry : option.entrySet()) {
            Kind kind = kinds.get(entry.getKey());
            if (kind == null) {
                problems.add(
                        "unfaithful-values: there is no '%s'; there are %s",
                        entry.getKey(), kinds.keySet());
                continue;
            }
            // HOCON's null is a null as well.
            String name = String.valueOf(entry.getValue()).toUpperCase(Locale.ROOT);
            Policy policy = null;
            for (Policy candidate : kind.allowed) {
                policy = candidate.name().equals(name) ? candidate : policy;
            }
            if (policy == null) {
                problems.add(
                        "unfaithful-values: %s must be one of %s: current value = %s",
                        entry.getKey(),
                        kind.allowed.toString().toLowerCase(Locale.ROOT),
                        entry.getValue());
            } else {
                policies.put(kind, policy);
            }
        }
        Policy zero = policies.get(Kind.ZERO_DATE);
        Policy partial = policies.get(Kind.PARTIAL_DATE);
        if ((zero == Policy.TEXT || partial == Policy.TEXT)
                && zero != null
                && partial != null
                && zero != partial) {
            problems.add(
                    "unfaithful-values: zero-date and partial-date are of one column: give text for"
                            + " both or for neither");
        }
        return new UnfaithfulValues(Collections.unmodifiableMap(policies));
    }

    Policy of(Kind kind) {
        return policies.getOrDefault(kind, Policy.FAIL);
    }

    /** Whether columns with values of one of these kinds become text. */
    boolean asText(Kind... kinds) {
        return Arrays.stream(kinds).anyMatch(kind -> of(kind) == Policy.TEXT);
    }

    /** Whether values of one of these kinds become null. */
    boolean asNull(Kind... kinds) {
        return Arrays.stream(kinds).anyMatch(kind -> of(kind) == Policy.NULL);
    }

    /** The same for columns of a key, where two values must not become one. */
    UnfaithfulValues inKey() {
        Map<Kind, Policy> kept = new EnumMap<>(Kind.class);
        for (Map.Entry<Kind, Policy> entry : policies.entrySet()) {
            if (entry.getValue() == Policy.TEXT) {
                kept.put(entry.getKey(), Policy.TEXT);
            }
        }
        return new UnfaithfulValues(Collections.unmodifiableMap(kept));
    }

    /** Fails, if that is the policy for this kind; the message says what else can be done. */
    Policy elseFail(Kind kind, String value, String reason) {
        Policy policy = of(kind);
        if (policy == Policy.FAIL) {
            throw new UnfaithfulValueException(
                    value, reason + " (unfaithful-values." + kind.optionName() + " = fail)");
        }
        return policy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnfaithfulValues
                && policies.equals(((UnfaithfulValues) other).policies);
    }

    @Override
    public int hashCode() {
        return Objects.hash(policies);
    }

    @Override
    public String toString() {
        return policies.toString();
    }
}
