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
package io.seamerge.e2e.sink;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What docs/Postgres-Merge.md says that a consolidated table holds, computed from a key's events
 * alone: written for reading, and apart from the sink's code.
 */
final class MergeModel {

    /** Columns of the tables under test, after the key. */
    static final List<String> COLUMNS =
            List.of(
                    "name",
                    "updated_at",
                    "owned",
                    "top",
                    "low",
                    "total",
                    "stock",
                    "tags",
                    "opt",
                    "price");

    /** One change of a key; the operation is I, U, D or S. Rows are values of {@link #COLUMNS}. */
    record Event(
            String source,
            long time,
            long row,
            char operation,
            List<Object> before,
            List<Object> after) {}

    private record Entry(
            String source,
            boolean deleted,
            long time,
            long first,
            BigDecimal base,
            List<Object> row) {}

    private final List<String> preference;
    private final String resolver;
    private final String precedence;
    private final boolean versionColumn;
    private final boolean columns;

    MergeModel(
            List<String> preference,
            String resolver,
            String precedence,
            boolean versionColumn,
            boolean columns) {
        this.preference = preference;
        this.resolver = resolver;
        this.precedence = precedence;
        this.versionColumn = versionColumn;
        this.columns = columns;
    }

    /** The row that stands, or null. */
    List<Object> row(List<Event> events) {
        List<Entry> entries = ordered(events);
        boolean absent =
                precedence.equals("delete_wins")
                        ? entries.stream().anyMatch(Entry::deleted)
                        : entries.get(0).deleted;
        if (absent) {
            return null;
        }
        return columns ? resolved(entries) : entries.get(0).row;
    }

    private List<Entry> ordered(List<Event> events) {
        List<Entry> entries = entries(events);
        boolean deletedLast =
                List.of("first_write_wins", "source_priority_fallback").contains(resolver)
                        || precedence.equals("update_wins");
        Comparator<Entry> order = Comparator.comparing(entry -> deletedLast && entry.deleted);
        if (resolver.equals("last_write_wins")) {
            order = order.thenComparing(entry -> -entry.time);
        } else if (resolver.equals("first_write_wins")) {
            order = order.thenComparing(entry -> entry.first);
        }
        entries.sort(order.thenComparing(entry -> preference.indexOf(entry.source)));
        return entries;
    }

    /** What a table with soft deletes shows of a row that does not stand: what its winner had. */
    List<Object> deletedRow(List<Event> events) {
        return ordered(events).get(0).row;
    }

    private List<Entry> entries(List<Event> events) {
        Map<String, List<Event>> bySource = new LinkedHashMap<>();
        for (Event event : events) {
            bySource.computeIfAbsent(event.source, s -> new ArrayList<>()).add(event);
        }
        List<Entry> entries = new ArrayList<>();
        for (List<Event> own : bySource.values()) {
            own.sort(Comparator.comparingLong(Event::time).thenComparingLong(Event::row));
            Event first = own.get(0);
            Event last = own.get(own.size() - 1);
            boolean deleted = last.operation == 'D';
            long time = last.operation == 'S' ? 0 : last.time;
            if (versionColumn && !deleted) {
                time = Math.min((Long) last.after.get(1), last.time);
            }
            long firstTime = first.operation == 'I' ? time(first) : 0;
            Object base = first.before == null ? null : first.before.get(6);
            entries.add(
                    new Entry(
                            last.source,
                            deleted,
                            time,
                            firstTime,
                            base == null ? BigDecimal.ZERO : new BigDecimal(base.toString()),
                            last.after));
        }
        return entries;
    }

    private long time(Event event) {
        return versionColumn ? Math.min((Long) event.after.get(1), event.time) : event.time;
    }

    /** owned: owner:ap,eu; top: max; low: min; total: sum; stock: delta:100; and so on. */
    private List<Object> resolved(List<Entry> entries) {
        List<Entry> there = entries.stream().filter(entry -> !entry.deleted).toList();
        List<Object> row = new ArrayList<>(entries.get(0).row);
        row.set(2, null);
        for (String owner : List.of("eu", "ap")) {
            for (Entry entry : there) {
                if (entry.source.equals(owner)) {
                    row.set(2, entry.row.get(2));
                }
            }
        }
        Comparator<BigDecimal> natural = Comparator.naturalOrder();
        row.set(3, numbers(there, 3).stream().max(natural).orElse(null));
        row.set(4, numbers(there, 4).stream().min(natural).orElse(null));
        List<BigDecimal> totals = numbers(there, 5);
        row.set(
                5,
                totals.isEmpty() ? null : totals.stream().reduce(BigDecimal.ZERO, BigDecimal::add));
        BigDecimal stock = new BigDecimal(100);
        for (Entry entry : entries) {
            Object last = entry.deleted ? null : entry.row.get(6);
            stock = stock.add(last == null ? BigDecimal.ZERO : new BigDecimal(last.toString()));
            stock = stock.subtract(entry.base);
        }
        row.set(6, stock);
        TreeSet<String> tags = new TreeSet<>();
        boolean any = false;
        for (Entry entry : there) {
            if (entry.row.get(7) != null) {
                any = true;
                tags.addAll(List.of(entry.row.get(7).toString().split(",")));
            }
        }
        tags.remove("");
        row.set(7, any ? String.join(",", tags) : null);
        row.set(
                8,
                there.stream()
                        .map(entry -> entry.row.get(8))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null));
        row.set(
                9,
                numbers(there.stream().filter(entry -> !entry.source.equals("ap")).toList(), 9)
                        .stream()
                        .max(natural)
                        .orElse(null));
        return row;
    }

    private static List<BigDecimal> numbers(List<Entry> entries, int column) {
        List<BigDecimal> numbers = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.row.get(column) != null) {
                numbers.add(new BigDecimal(entry.row.get(column).toString()));
            }
        }
        return numbers;
    }
}
