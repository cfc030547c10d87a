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
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What schema {@code seamerge} says of the running job, on one screen: drawn anew in place on a
 * terminal, as a line now and then elsewhere. Not thread-safe.
 */
final class ShopScreen {

    private static final int BAR = 24;
    private static final int CONFLICTS_SHOWN = 6;

    /** Where there is no terminal, one line in this time. */
    private static final Duration LINE_EVERY = Duration.ofSeconds(2);

    private final PrintStream out;
    private final boolean terminal;
    private final Instant begun = Instant.now();
    private Instant lastLine = Instant.EPOCH;
    private int linesDrawn;

    private Instant ratedAt = Instant.now();
    private long rowsRated;
    private double rowsPerSecond;
    private final Map<String, Long> conflicts = new TreeMap<>();
    private final Deque<String> conflictNews = new ArrayDeque<>();

    ShopScreen(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    /** How far a merged table's snapshot is, over all instances. */
    private static final class TableProgress {
        long read;
        long estimated;
        boolean done = true;
    }

    /** What one look at the schema sees. */
    private static final class View {
        final Map<String, TableProgress> tables = new LinkedHashMap<>();
        final Map<String, Double> lagSeconds = new TreeMap<>();
        final Map<String, Long> rowsApplied = new TreeMap<>();
        long rows;
        boolean snapshotDone;
    }

    /** True when the sink has made its schema, so that there is something to see. */
    static boolean hasStatus(Connection postgres) throws SQLException {
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT to_regclass('seamerge.status') IS NOT NULL")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Looks and draws; {@code stage} says what the demo is at. True if all snapshots are done. */
    boolean show(Connection postgres, String stage, ShopTraffic traffic) throws SQLException {
        View view = look(postgres);
        List<String> news = conflictNews(postgres);
        rate(view.rows);
        news.forEach(conflictNews::addFirst);
        while (conflictNews.size() > CONFLICTS_SHOWN) {
            conflictNews.removeLast();
        }
        if (terminal) {
            draw(lines(view, stage, traffic));
        } else if (Duration.between(lastLine, Instant.now()).compareTo(LINE_EVERY) >= 0) {
            lastLine = Instant.now();
            out.println(line(view, stage, traffic));
        }
        return view.snapshotDone;
    }

    private static View look(Connection postgres) throws SQLException {
        View view = new View();
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT instance,
                                       target,
                                       rows_applied,
                                       CASE WHEN caught_up_time IS NOT NULL
                                            THEN extract(epoch FROM lag) END AS lag,
                                       snapshot_state,
                                       coalesce(snapshot_rows_read, 0) AS read,
                                       coalesce(snapshot_rows_estimated, 0) AS estimated
                                FROM seamerge.status
                                ORDER BY target, instance
                                """)) {
            while (row.next()) {
                double lag = row.getDouble("lag");
                lag = row.wasNull() ? Double.NaN : lag;
                view.lagSeconds.put(row.getString("instance"), lag);
                String target = row.getString("target");
                if (target == null) {
                    continue;
                }
                view.rows += row.getLong("rows_applied");
                view.rowsApplied.merge(
                        row.getString("instance"), row.getLong("rows_applied"), Long::sum);
                TableProgress table = view.tables.computeIfAbsent(target, t -> new TableProgress());
                table.read += row.getLong("read");
                table.estimated += Math.max(row.getLong("estimated"), row.getLong("read"));
                table.done &= "done".equals(row.getString("snapshot_state"));
            }
        }
        view.snapshotDone =
                view.tables.size() == 3 && view.tables.values().stream().allMatch(t -> t.done);
        return view;
    }

    private List<String> conflictNews(Connection postgres) throws SQLException {
        List<String> news = new ArrayList<>();
        try (Statement statement = postgres.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT type, resolution, target, winner_instance, loser_instance, count
                                FROM seamerge.conflicts
                                ORDER BY 1, 2, 3, 4, 5
                                """)) {
            while (row.next()) {
                String what =
                        String.format(
                                "%s on %s: %s over %s, %s",
                                row.getString("type"),
                                row.getString("target"),
                                row.getString("winner_instance"),
                                row.getString("loser_instance"),
                                row.getString("resolution"));
                long count = row.getLong("count");
                Long before = conflicts.put(what, count);
                if (before == null || before < count) {
                    news.add(
                            String.format(
                                    "%s  +%d %s",
                                    clock(), count - (before == null ? 0 : before), what));
                }
            }
        }
        return news;
    }

    private void rate(long rows) {
        Instant now = Instant.now();
        double seconds = Duration.between(ratedAt, now).toNanos() / 1e9;
        if (seconds >= 0.5) {
            rowsPerSecond = (rows - rowsRated) / seconds;
            rowsRated = rows;
            ratedAt = now;
        }
    }

    private String clock() {
        long seconds = Duration.between(begun, Instant.now()).toSeconds();
        return String.format("%d:%02d", seconds / 60, seconds % 60);
    }

    private long conflictCount() {
        return conflicts.values().stream().mapToLong(Long::longValue).sum();
    }

    private List<String> lines(View view, String stage, ShopTraffic traffic) {
        List<String> lines = new ArrayList<>();
        lines.add("SeaMerge: three MySQL servers into one PostgreSQL   " + clock() + "  " + stage);
        lines.add("");
        view.tables.forEach(
                (name, table) ->
                        lines.add(
                                String.format(
                                        "  %-16s snapshot %s %,9d rows%s",
                                        name,
                                        bar(table),
                                        table.read,
                                        table.done
                                                ? ", done: streaming"
                                                : String.format(
                                                        " of about %,d", table.estimated))));
        lines.add("");
        view.lagSeconds.forEach(
                (instance, lag) ->
                        lines.add(
                                String.format(
                                        "  %-4s lag %6s   %,10d rows applied",
                                        instance,
                                        seconds(lag),
                                        view.rowsApplied.getOrDefault(instance, 0L))));
        lines.add("");
        lines.add(
                String.format(
                        "  applied %,.0f rows/s   written meanwhile %,d rows, %,d of them customers",
                        rowsPerSecond, traffic.changes(), traffic.customerWrites()));
        lines.add(String.format("  conflicts %,d", conflictCount()));
        conflictNews.forEach(news -> lines.add("    " + news));
        return lines;
    }

    private String line(View view, String stage, ShopTraffic traffic) {
        StringBuilder line = new StringBuilder(clock()).append("  ").append(stage).append(" |");
        view.tables.forEach(
                (name, table) ->
                        line.append(' ')
                                .append(name)
                                .append(' ')
                                .append(
                                        table.done
                                                ? "done"
                                                : String.format("%d%%", percent(table))));
        line.append(" |");
        view.lagSeconds.forEach(
                (instance, lag) ->
                        line.append(" lag ").append(instance).append(' ').append(seconds(lag)));
        line.append(
                String.format(
                        " | %,.0f rows/s | written %,d | conflicts %,d",
                        rowsPerSecond, traffic.changes(), conflictCount()));
        return line.toString();
    }

    private static String seconds(double lag) {
        return Double.isNaN(lag) ? "?" : String.format(Locale.ROOT, "%.1f s", lag);
    }

    private static int percent(TableProgress table) {
        return table.estimated == 0 ? 0 : (int) (100 * table.read / table.estimated);
    }

    private static String bar(TableProgress table) {
        int full = table.done ? BAR : BAR * percent(table) / 100;
        return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
    }

    private void draw(List<String> lines) {
        StringBuilder text = new StringBuilder();
        if (linesDrawn > 0) {
            text.append("\u001b[").append(linesDrawn).append('A');
        }
        for (String line : lines) {
            text.append("\u001b[2K").append(line).append('\n');
        }
        text.append("\u001b[0J");
        linesDrawn = lines.size();
        out.print(text);
        out.flush();
    }

    /** What is printed next stands below the screen. */
    void leave() {
        linesDrawn = 0;
    }
}
