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
package io.seamerge.e2e.demo;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A few customers whom several instances write to, few enough to be followed by hand: each change
 * with its moment, what stands in the end and why, and what the sink says of it in {@code
 * seamerge.conflict}. Both are compared with what the changes themselves say.
 */
final class ShopConflicts {

    /** No other customer has ids from here on. */
    private static final long FIRST_ID = 2_000_000_001L;

    /** Far more than clocks of one machine can differ by. */
    private static final long APART_MILLIS = 30;

    /** One change of a customer. */
    private record Step(String instance, String action, String name) {}

    /** A step that was taken, and between which two moments it was committed, by its server. */
    private record Taken(Step step, String from, String to) {

        boolean deletes() {
            return step.action().equals("delete");
        }

        /** Where a conflict speaks of a change of this instance at this time with this name. */
        boolean is(String source, String time, String name) {
            return source.equals(step.instance() + "/shop.customers")
                    && time != null
                    && time.compareTo(from) >= 0
                    && time.compareTo(to) <= 0
                    && Objects.equals(name, deletes() ? null : step.name());
        }

        @Override
        public String toString() {
            return to
                    + "  "
                    + step.instance()
                    + "  "
                    + step.action()
                    + "  "
                    + (deletes() ? "" : step.name());
        }
    }

    private static final List<List<Step>> STORIES =
            List.of(
                    List.of(
                            new Step("eu", "insert", "Anna, as Europe knows her"),
                            new Step("us", "insert", "Anna, as America knows her"),
                            new Step("ap", "insert", "Anna, as Asia knows her")),
                    List.of(
                            new Step("us", "insert", "José of the us"),
                            new Step("eu", "insert", "José of the eu"),
                            new Step("us", "update", "José Álvarez of the us")),
                    List.of(
                            new Step("eu", "insert", "Zoë"),
                            new Step("ap", "insert", "Zoe"),
                            new Step("eu", "delete", "Zoë")),
                    List.of(
                            new Step("ap", "insert", "美咲"),
                            new Step("us", "insert", "Misaki"),
                            new Step("ap", "delete", "美咲"),
                            new Step("us", "update", "Misaki, still a customer")));

    private final Shop shop;
    private final PrintStream out;
    private final Map<Long, List<Taken>> taken = new LinkedHashMap<>();

    ShopConflicts(Shop shop, PrintStream out) {
        this.shop = shop;
        this.out = out;
    }

    /**
     * Makes the changes, each once the one before it is applied: which of them meet is then known,
     * whatever the load. Returns when the last is.
     */
    void write(Connection postgres) throws SQLException, InterruptedException {
        for (List<Step> story : STORIES) {
            long id = FIRST_ID + taken.size();
            List<Taken> steps = new ArrayList<>();
            taken.put(id, steps);
            for (Step step : story) {
                Taken last = take(step, id);
                steps.add(last);
                await(postgres, id, last);
                Thread.sleep(APART_MILLIS);
            }
        }
    }

    /** The latest commit stands, and no two steps of a customer leave the same. */
    private static void await(Connection postgres, long id, Taken last)
            throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        String wanted = last.deletes() ? null : last.step().name();
        while (!Objects.equals(wanted, stands(postgres, id))) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(last + ": not applied within 5 minutes");
            }
            Thread.sleep(5);
        }
    }

    private Taken take(Step step, long id) throws SQLException {
        try (Connection connection = shop.connect(step.instance())) {
            String from = now(connection);
            String sql =
                    switch (step.action()) {
                        case "insert" ->
                                "INSERT INTO shop.customers (name, edited_in, id, email, country,"
                                        + " points, balance, vip, revision)"
                                        + " VALUES (?, ?, ?, 'x@example.com', 'XX', 0, 0, 0, 1)";
                        case "update" ->
                                "UPDATE shop.customers SET name = ?, edited_in = ? WHERE id = ?";
                        case "delete" ->
                                "DELETE FROM shop.customers WHERE name = ? AND ? <> '' AND id = ?";
                        default -> throw new IllegalArgumentException(step.action());
                    };
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setString(1, step.name());
                statement.setString(2, step.instance());
                statement.setLong(3, id);
                if (statement.executeUpdate() != 1) {
                    throw new IllegalStateException(step + " changed nothing");
                }
            }
            return new Taken(step, from, now(connection));
        }
    }

    private static String now(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)")) {
            row.next();
            return row.getString(1);
        }
    }

    /** Prints what became of them. True if that is what their moments say. */
    boolean compare(Connection postgres) throws SQLException {
        out.println(
                "Conflicts to follow by hand; the rule of shop.customers: the latest commit stands.");
        int wrong = 0;
        int followed = 0;
        for (Map.Entry<Long, List<Taken>> story : taken.entrySet()) {
            List<Taken> steps = story.getValue();
            out.printf("  customer %d%n", story.getKey());
            steps.forEach(step -> out.println("    " + step));
            Taken last = steps.get(steps.size() - 1);
            String wanted = last.deletes() ? null : last.step().name();
            String found = stands(postgres, story.getKey());
            boolean right = Objects.equals(wanted, found);
            out.printf(
                    "      stands: %s%s%n",
                    found == null ? "nothing, the deletion was last" : found,
                    right ? "" : "   WRONG: expected " + wanted);
            wrong += right ? 0 : 1;
            List<String> conflicts = conflicts(postgres, story.getKey(), steps);
            conflicts.forEach(line -> out.println("      " + line));
            followed += conflicts.size();
            wrong += (int) conflicts.stream().filter(line -> line.contains("WRONG")).count();
            if (conflicts.size() != meetings(steps)) {
                out.printf("      WRONG: expected %d conflicts%n", meetings(steps));
                wrong++;
            }
        }
        out.printf(
                "%s: %d customers and %d conflicts followed, %d wrong%n",
                wrong == 0 ? "AS COMPUTED" : "DIFFERENT", taken.size(), followed, wrong);
        return wrong == 0;
    }

    /** Every change but the first meets what another instance wrote, in every story. */
    private static int meetings(List<Taken> steps) {
        int meetings = 0;
        for (int i = 1; i < steps.size(); i++) {
            if (!steps.get(i).step().instance().equals(steps.get(i - 1).step().instance())) {
                meetings++;
            }
        }
        return meetings;
    }

    private static String stands(Connection postgres, long id) throws SQLException {
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT name FROM shop.customers WHERE id = " + id)) {
            return row.next() ? row.getString(1) : null;
        }
    }

    private static List<String> conflicts(Connection postgres, long id, List<Taken> steps)
            throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT type, resolution, winning_source, losing_source,
                                       to_char(winning_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                                       to_char(losing_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
                                       winning_image->>'name', losing_image->>'name'
                                FROM seamerge.conflict
                                WHERE target = 'shop.customers' AND key = '{"id": %d}'
                                ORDER BY greatest(winning_time, losing_time), applied_at
                                """
                                        .formatted(id))) {
            while (row.next()) {
                int winner = step(steps, row.getString(3), row.getString(5), row.getString(7));
                int loser = step(steps, row.getString(4), row.getString(6), row.getString(8));
                boolean right = winner >= 0 && loser >= 0 && loser < winner;
                lines.add(
                        String.format(
                                "%s, %s: %s over %s%s",
                                row.getString(1),
                                row.getString(2),
                                shown(row.getString(3), row.getString(5), row.getString(7)),
                                shown(row.getString(4), row.getString(6), row.getString(8)),
                                right ? "" : "   WRONG"));
            }
        }
        return lines;
    }

    private static int step(List<Taken> steps, String source, String time, String name) {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).is(source, time, name)) {
                return i;
            }
        }
        return -1;
    }

    private static String shown(String source, String time, String name) {
        String instance = source.substring(0, source.indexOf('/'));
        return instance
                + " "
                + (time == null ? "before all" : time.substring(11))
                + (name == null ? " (deleted)" : " \"" + name + "\"");
    }
}
