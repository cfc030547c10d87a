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
package io.seamerge.mysql.filter;

import java.io.Serializable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A condition on rows, written as SQL writes it and evaluated here alone, on the values that the
 * rows carry: so it means the same for rows of a snapshot and of the binlog, whatever collations
 * the servers have.
 *
 * <pre>
 * condition  = and { OR and }
 * and        = not { AND not }
 * not        = NOT not | test
 * test       = "(" condition ")"
 *            | operand ( "=" | "&lt;&gt;" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" ) operand
 *            | operand [ NOT ] IN "(" operand { "," operand } ")"
 *            | operand [ NOT ] BETWEEN operand AND operand
 *            | operand IS [ NOT ] NULL
 *            | operand                        (a column that is true or false)
 * operand    = column | number | 'text' | X'hexadecimal' | TRUE | FALSE
 * column     = letter or "_" or "$" { letter or digit or "_" or "$" } | "`" name "`"
 * </pre>
 *
 * <p>A quote within text is doubled, as a backtick within a name is. Dates and times are text in
 * the forms {@code YYYY-MM-DD}, {@code hh:mm[:ss[.f]]}, and both with a blank between. A comparison
 * with null is unknown, and so may be what is made of it; only rows for which the condition is true
 * pass. Numbers are compared exactly, text by code points (letters of different case differ, and
 * trailing blanks count).
 *
 * <p>Immutable and thread-safe.
 */
public final class Filter implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Parentheses and NOTs within each other: it bounds the stack. */
    private static final int MAX_DEPTH = 200;

    private static final Set<String> RESERVED =
            Collections.unmodifiableSet(
                    new HashSet<>(
                            Arrays.asList(
                                    "and", "or", "not", "in", "is", "null", "between", "true",
                                    "false", "like")));

    private final String text;
    private final Set<String> columns;

    private Filter(String text, Set<String> columns) {
        this.text = text;
        this.columns = Collections.unmodifiableSet(columns);
    }

    /**
     * Reads a filter's text. Whether its columns are there and of fitting types, {@link #bind}
     * says.
     *
     * @throws FilterException if it is not of the grammar above
     */
    public static Filter parse(String text) throws FilterException {
        Parser parser = new Parser(text, null);
        parser.parse();
        return new Filter(text, parser.columns);
    }

    /** Whether it asks for this column, whatever the case of its name. */
    public boolean names(String column) {
        for (String name : columns) {
            if (name.equalsIgnoreCase(column)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Makes this a filter of rows of a table.
     *
     * @throws FilterException if a column is not there, or what is compared is of different kinds
     */
    public RowFilter bind(FilterColumns table) throws FilterException {
        return new RowFilter(new Parser(text, table).parse());
    }

    @Override
    public String toString() {
        return text;
    }

    /** Recursive descent; without columns it only checks the grammar. */
    private static final class Parser {

        private final String text;
        private final FilterColumns table;
        private final Set<String> columns = new LinkedHashSet<>();
        private int at;
        private int depth;

        // The token that is looked at.
        private int start;
        private String word;
        private String symbol;
        private Operand literal;
        private String quotedName;

        Parser(String text, FilterColumns table) {
            this.text = text;
            this.table = table;
        }

        Condition parse() throws FilterException {
            next();
            Condition condition = or();
            if (start < text.length()) {
                throw wrong("AND, OR or the end is wanted here");
            }
            return condition;
        }

        private Condition or() throws FilterException {
            List<Condition> parts = new ArrayList<>();
            do {
                parts.add(and());
            } while (accept("or"));
            return Condition.any(parts);
        }

        private Condition and() throws FilterException {
            List<Condition> parts = new ArrayList<>();
            do {
                parts.add(not());
            } while (accept("and"));
            return Condition.all(parts);
        }

        private Condition not() throws FilterException {
            if (++depth > MAX_DEPTH) {
                throw wrong("more than " + MAX_DEPTH + " parentheses and NOTs within each other");
            }
            Condition condition = accept("not") ? Condition.not(not()) : test();
            depth--;
            return condition;
        }

        private Condition test() throws FilterException {
            if (acceptSymbol("(")) {
                Condition condition = or();
                expect(")");
                return condition;
            }
            Operand left = operand();
            if (symbol != null && "= <> != < <= > >=".contains(symbol)) {
                String operator = symbol;
                next();
                return comparison(operator, left, operand());
            }
            if (accept("is")) {
                boolean negated = accept("not");
                if (!accept("null")) {
                    throw wrong("NULL is wanted here");
                }
                return row -> Condition.Truth.of(left.of(row) == null != negated);
            }
            boolean negated = accept("not");
            if (accept("in")) {
                return negatedIf(negated, in(left));
            }
            if (accept("between")) {
                Condition least = comparison(">=", left, operand());
                if (!accept("and")) {
                    throw wrong("AND and the upper bound are wanted here");
                }
                Condition most = comparison("<=", left, operand());
                return negatedIf(negated, Condition.all(Arrays.asList(least, most)));
            }
            if ("like".equals(word)) {
                throw wrong("LIKE is not supported: its meaning depends on the collation");
            }
            if (negated) {
                throw wrong("IN or BETWEEN is wanted here");
            }
            if (table != null && left.kind != Operand.Kind.BOOLEAN) {
                throw new FilterException(
                        text,
                        left.at,
                        "this is " + left.kind.words + ", no condition: compare it with something");
            }
            return row -> {
                Object value = left.of(row);
                return value == null
                        ? Condition.Truth.UNKNOWN
                        : Condition.Truth.of((Boolean) value);
            };
        }

        private static Condition negatedIf(boolean negated, Condition condition) {
            return negated ? Condition.not(condition) : condition;
        }

        private Condition in(Operand left) throws FilterException {
            expect("(");
            List<Condition> equals = new ArrayList<>();
            do {
                equals.add(comparison("=", left, operand()));
            } while (acceptSymbol(","));
            expect(")");
            return Condition.any(equals);
        }

        private Condition comparison(String operator, Operand one, Operand other)
                throws FilterException {
            if (table == null) {
                return null;
            }
            Operand right = other.as(one.kind);
            Operand left = right == null ? one.as(other.kind) : one;
            right = right == null ? other : right;
            if (left == null || left.kind != right.kind) {
                throw new FilterException(
                        text,
                        other.at,
                        "this is "
                                + other.kind.words
                                + ", which cannot be compared with "
                                + one.kind.words
                                + (one.kind == Operand.Kind.TEXT || other.kind == Operand.Kind.TEXT
                                        ? " (text must have the form of what it is compared with)"
                                        : ""));
            }
            return compared(operator, left, right);
        }

        private static Condition compared(String operator, Operand left, Operand right) {
            Operand.Kind kind = left.kind;
            boolean less = operator.equals("<") || operator.equals("<=");
            boolean greater = operator.equals(">") || operator.equals(">=");
            boolean equal = operator.equals("=") || operator.equals("<=") || operator.equals(">=");
            boolean different = operator.equals("<>") || operator.equals("!=");
            boolean ifLess = less || different;
            boolean ifGreater = greater || different;
            return row -> {
                Object a = left.of(row);
                Object b = right.of(row);
                if (a == null || b == null) {
                    return Condition.Truth.UNKNOWN;
                }
                int order = kind.compare(a, b);
                return Condition.Truth.of(order == 0 ? equal : order < 0 ? ifLess : ifGreater);
            };
        }

        private Operand operand() throws FilterException {
            Operand operand = literal;
            if (quotedName != null) {
                operand = column(quotedName);
            } else if (word != null && (word.equals("true") || word.equals("false"))) {
                operand = Operand.literal(Operand.Kind.BOOLEAN, start, word.equals("true"));
            } else if (word != null && word.equals("null")) {
                throw wrong("nothing compares with NULL: write IS NULL or IS NOT NULL");
            } else if (word != null && !RESERVED.contains(word)) {
                operand = column(text.substring(start, at));
            }
            if (operand == null) {
                throw wrong("a column, a number, 'text', TRUE or FALSE is wanted here");
            }
            next();
            return operand;
        }

        private Operand column(String name) throws FilterException {
            columns.add(name);
            if (table == null) {
                return Operand.literal(Operand.Kind.NUMBER, start, BigDecimal.ZERO);
            }
            int place = table.place(name);
            if (place < 0) {
                throw wrong("there is no column " + name);
            }
            return Operand.column(table.type(name), start, place);
        }

        private boolean accept(String wanted) throws FilterException {
            boolean found = wanted.equals(word);
            if (found) {
                next();
            }
            return found;
        }

        private boolean acceptSymbol(String wanted) throws FilterException {
            boolean found = wanted.equals(symbol);
            if (found) {
                next();
            }
            return found;
        }

        private void expect(String wanted) throws FilterException {
            if (!acceptSymbol(wanted)) {
                throw wrong("'" + wanted + "' is wanted here");
            }
        }

        private FilterException wrong(String message) {
            return new FilterException(text, start, message);
        }

        private void next() throws FilterException {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            start = at;
            word = null;
            symbol = null;
            literal = null;
            quotedName = null;
            if (at == text.length()) {
                return;
            }
            char c = text.charAt(at);
            char following = at + 1 < text.length() ? text.charAt(at + 1) : '\0';
            if (c == '\'') {
                literal = Operand.literal(Operand.Kind.TEXT, start, quoted('\''));
            } else if (c == '`') {
                quotedName = quoted('`');
            } else if ((c == 'x' || c == 'X') && following == '\'') {
                at++;
                literal = Operand.literal(Operand.Kind.BYTES, start, bytes(quoted('\'')));
            } else if (isDigit(c)
                    || c == '.' && isDigit(following)
                    || (c == '-' || c == '+') && (isDigit(following) || following == '.')) {
                literal = Operand.literal(Operand.Kind.NUMBER, start, number());
            } else if (isNamePart(c)) {
                while (at < text.length() && isNamePart(text.charAt(at))) {
                    at++;
                }
                word = text.substring(start, at).toLowerCase(Locale.ROOT);
            } else if (c == '"') {
                throw wrong("text stands in 'single quotes', a column's name in `backticks`");
            } else {
                boolean two =
                        following == '=' && "<>!".indexOf(c) >= 0 || c == '<' && following == '>';
                symbol = text.substring(at, at + (two ? 2 : 1));
                if (!"( ) , = <> != < <= > >=".contains(symbol) || symbol.equals("!")) {
                    throw wrong("'" + symbol + "' has no meaning here");
                }
                at += symbol.length();
            }
        }

        private static boolean isDigit(char c) {
            return c >= '0' && c <= '9';
        }

        private static boolean isNamePart(char c) {
            return c == '_' || c == '$' || Character.isLetterOrDigit(c);
        }

        private String quoted(char quote) throws FilterException {
            StringBuilder content = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == quote) {
                    boolean doubled = at + 1 < text.length() && text.charAt(at + 1) == quote;
                    if (!doubled) {
                        at++;
                        return content.toString();
                    }
                    at++;
                }
                content.append(c);
            }
            throw wrong("the closing " + quote + " is missing");
        }

        private BigDecimal number() throws FilterException {
            at++;
            while (at < text.length()) {
                char c = text.charAt(at);
                boolean sign = (c == '-' || c == '+') && "eE".indexOf(text.charAt(at - 1)) >= 0;
                if (!sign && c != '.' && !isNamePart(c)) {
                    break;
                }
                at++;
            }
            try {
                return new BigDecimal(text.substring(start, at));
            } catch (NumberFormatException e) {
                throw wrong("'" + text.substring(start, at) + "' is no number");
            }
        }

        private byte[] bytes(String hex) throws FilterException {
            byte[] bytes = new byte[hex.length() / 2];
            boolean right = hex.length() % 2 == 0;
            for (int i = 0; right && i < bytes.length; i++) {
                int high = Character.digit(hex.charAt(2 * i), 16);
                int low = Character.digit(hex.charAt(2 * i + 1), 16);
                right = high >= 0 && low >= 0;
                bytes[i] = (byte) (high << 4 | low);
            }
            if (!right) {
                throw wrong("'" + hex + "' is not hexadecimal, two digits to a byte");
            }
            return bytes;
        }
    }
}
