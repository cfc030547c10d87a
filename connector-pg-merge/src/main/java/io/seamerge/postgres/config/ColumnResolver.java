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
package io.seamerge.postgres.config;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * How the value of one column is made of the sources' current values of it. Its grammar:
 *
 * <pre>
 * owner:INSTANCE[,INSTANCE…] | max | min | sum | delta[:NUMBER] | coalesce | union | expression:SQL
 * </pre>
 *
 * Immutable.
 */
public final class ColumnResolver implements Serializable {

    private static final long serialVersionUID = 1L;

    /** The kinds that there are. */
    public enum Kind {
        /** The value of the first of the named instances that has the row; else null. */
        OWNER,
        /** The greatest value. */
        MAX,
        /** The least value. */
        MIN,
        /** The sum of the values. */
        SUM,
        /** The sum of what each source has added since its first change, and of a base. */
        DELTA,
        /** The value of the first source, in the resolver's order, that has one. */
        COALESCE,
        /** All elements of the values, each once, sorted. */
        UNION,
        /** An aggregate expression of SQL over the sources' rows. */
        EXPRESSION
    }

    private final Kind kind;
    private final String argument;

    private ColumnResolver(Kind kind, String argument) {
        this.kind = kind;
        this.argument = argument;
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException saying what is wanted
     */
    static ColumnResolver parse(String text, List<String> instances) {
        int colon = text.indexOf(':');
        String name = (colon < 0 ? text : text.substring(0, colon)).trim();
        String argument = colon < 0 ? "" : text.substring(colon + 1).trim();
        Kind kind = null;
        for (Kind each : Kind.values()) {
            if (each.name().equalsIgnoreCase(name)) {
                kind = each;
            }
        }
        if (kind == null) {
            throw new IllegalArgumentException(
                    "it must be one of owner:INSTANCE, max, min, sum, delta, delta:NUMBER, coalesce,"
                            + " union, expression:SQL: found '"
                            + text
                            + "'");
        }
        ColumnResolver resolver = new ColumnResolver(kind, argument);
        resolver.check(colon >= 0, instances);
        return resolver;
    }

    private void check(boolean hasArgument, List<String> instances) {
        switch (kind) {
            case OWNER:
                if (argument.isEmpty()) {
                    throw new IllegalArgumentException(
                            "owner needs the name of an instance, as owner:eu");
                }
                for (String owner : owners()) {
                    if (!instances.contains(owner)) {
                        throw new IllegalArgumentException(
                                "the owner '" + owner + "' is not among sources = " + instances);
                    }
                }
                break;
            case DELTA:
                if (hasArgument) {
                    try {
                        new BigDecimal(argument);
                    } catch (NumberFormatException e) {
                        throw new IllegalArgumentException(
                                "the base of delta must be a number: found '" + argument + "'", e);
                    }
                }
                break;
            case EXPRESSION:
                if (argument.isEmpty()) {
                    throw new IllegalArgumentException(
                            "expression needs SQL, as expression:max(price)");
                }
                break;
            case MAX:
            case MIN:
            case SUM:
            case COALESCE:
            case UNION:
                if (hasArgument) {
                    throw new IllegalArgumentException(
                            name() + " takes nothing after a colon: found '" + argument + "'");
                }
                break;
        }
    }

    private String name() {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    public Kind kind() {
        return kind;
    }

    /** The instances whose value counts, the most preferred first; empty but for an owner. */
    public List<String> owners() {
        if (kind != Kind.OWNER) {
            return Collections.emptyList();
        }
        List<String> owners = new ArrayList<>();
        for (String owner : Arrays.asList(argument.split(","))) {
            owners.add(owner.trim());
        }
        return owners;
    }

    /** Whether a delta has a base of its own, so that sources need no snapshot. */
    public boolean hasBase() {
        return kind == Kind.DELTA && !argument.isEmpty();
    }

    /** The base of a delta; zero without one. */
    public BigDecimal base() {
        return hasBase() ? new BigDecimal(argument) : BigDecimal.ZERO;
    }

    /** The SQL of an expression. */
    public String expression() {
        return argument;
    }

    /** As it is parsed. */
    @Override
    public String toString() {
        return argument.isEmpty() ? name() : name() + ":" + argument;
    }
}
