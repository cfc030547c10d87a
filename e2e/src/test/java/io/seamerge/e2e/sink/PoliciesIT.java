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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.seamerge.e2e.sink.MergeModel.Event;
import io.seamerge.postgres.PostgresMergeFactory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.factory.TableSinkFactory;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every policy of consolidated tables, against {@link MergeModel}. */
class PoliciesIT extends SinkTest {

    private static final List<String> PREFERENCE = List.of("us", "eu", "ap", "sa");

    /** One table per policy, by name. */
    private static final Map<String, Policy> POLICIES = new LinkedHashMap<>();

    private record Policy(
            String resolver,
            String precedence,
            boolean versionColumn,
            boolean columns,
            boolean soft) {

        boolean perSource() {
            return columns
                    || versionColumn
                    || !precedence.equals("version")
                    || resolver.equals("first_write_wins")
                    || resolver.equals("source_priority_fallback");
        }

        MergeModel model() {
            return new MergeModel(PREFERENCE, resolver, precedence, versionColumn, columns);
        }

        Map<String, Object> entry(String table) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("table", table);
            entry.put("resolver", resolver);
            entry.put("precedence", precedence);
            entry.put("delete", soft ? "soft" : "hard");
            if (versionColumn) {
                entry.put("version_column", "updated_at");
            }
            if (columns) {
                Map<String, String> resolvers = new LinkedHashMap<>();
                resolvers.put("owned", "owner:ap,eu");
                resolvers.put("top", "max");
                resolvers.put("low", "min");
                resolvers.put("total", "sum");
                resolvers.put("stock", "delta:100");
                resolvers.put("tags", "union");
                resolvers.put("opt", "coalesce");
                resolvers.put("price", "expression:max(price) FILTER (WHERE _source <> 'ap')");
                entry.put("column_resolvers", resolvers);
            }
            return entry;
        }
    }

    static {
        for (String resolver :
                List.of(
                        "last_write_wins",
                        "source_priority",
                        "source_priority_fallback",
                        "first_write_wins")) {
            for (String precedence : List.of("version", "delete_wins", "update_wins")) {
                POLICIES.put(
                        "shop." + resolver + "_" + precedence,
                        new Policy(resolver, precedence, false, false, false));
            }
        }
        POLICIES.put(
                "shop.version_column",
                new Policy("last_write_wins", "version", true, false, false));
        POLICIES.put("shop.columns", new Policy("last_write_wins", "version", false, true, false));
        POLICIES.put(
                "shop.first_columns",
                new Policy("first_write_wins", "update_wins", false, true, false));
        POLICIES.put(
                "shop.soft_columns",
                new Policy("last_write_wins", "delete_wins", false, true, true));
    }

    private TableSinkFactory<?, ?, ?, ?> factory = new PostgresMergeFactory();

    private static CatalogTable table(String id) {
        return SinkJob.table(
                id,
                List.of("id"),
                SinkJob.column("id", BasicType.LONG_TYPE, "bigint", false),
                SinkJob.column("name", BasicType.STRING_TYPE, "varchar(50)", true),
                SinkJob.column(
                        "updated_at", LocalTimeType.LOCAL_DATE_TIME_TYPE, "datetime(6)", true),
                SinkJob.column("owned", BasicType.STRING_TYPE, "varchar(50)", true),
                SinkJob.column("top", new DecimalType(10, 2), "decimal(10,2)", true),
                SinkJob.column("low", BasicType.INT_TYPE, "int", true),
                SinkJob.column("total", BasicType.LONG_TYPE, "bigint", true),
                SinkJob.column("stock", BasicType.INT_TYPE, "int", true),
                SinkJob.column("tags", BasicType.STRING_TYPE, "varchar(50)", true),
                SinkJob.column("opt", BasicType.STRING_TYPE, "varchar(50)", true),
                SinkJob.column("price", new DecimalType(10, 2), "decimal(10,2)", true));
    }

    private static SinkJob start(
            TableSinkFactory<?, ?, ?, ?> factory, int batchSize, int lanes, Collection<String> ids)
            throws Exception {
        Map<String, Object> options =
                SinkJob.consolidated(server, PREFERENCE.toArray(new String[0]));
        return start(options, factory, batchSize, lanes, ids);
    }

    private static SinkJob start(
            Map<String, Object> options,
            TableSinkFactory<?, ?, ?, ?> factory,
            int batchSize,
            int lanes,
            Collection<String> ids)
            throws Exception {
        options.put("batch_size", batchSize);
        options.put("write_parallelism", lanes);
        List<Map<String, Object>> entries = new ArrayList<>();
        List<CatalogTable> tables = new ArrayList<>();
        for (String id : ids) {
            entries.add(POLICIES.get(id).entry(id));
            tables.add(table(id));
        }
        options.put("tables", entries);
        return SinkJob.start(factory, options, tables.toArray(new CatalogTable[0]));
    }

    // ---- events and rows

    /** A row's values; whether some are null, and how the business time lies, is up to the seed. */
    private static List<Object> values(String source, long time, int seed) {
        Random random = new Random(31L * seed + source.hashCode() + 7 * time);
        Object[] values = {
            source + time,
            time - 3 + random.nextInt(6),
            source + " owns " + time,
            new BigDecimal(random.nextInt(100)).movePointLeft(2),
            random.nextInt(5),
            (long) random.nextInt(1000),
            random.nextInt(50),
            List.of("", "a", "b,a", "c,b", "d").get(random.nextInt(5)),
            random.nextBoolean() ? null : source + " has " + time,
            new BigDecimal(random.nextInt(1000)).movePointLeft(1)
        };
        if (random.nextInt(3) == 0) {
            values[3 + random.nextInt(7)] = null;
        }
        return Arrays.asList(values);
    }

    /**
     * A change on its way to a table: its number makes the versions of its instance's stream rise.
     */
    private record Sent(String table, long id, int number, Event event) {

        List<SeaTunnelRow> rows() {
            List<SeaTunnelRow> rows = new ArrayList<>();
            long row = (1L << 32) + 2L * number;
            switch (event.operation()) {
                case 'I' -> rows.add(row(RowKind.INSERT, "insert", row + 1, event.after()));
                case 'U' -> {
                    rows.add(row(RowKind.UPDATE_BEFORE, "update", row, event.before()));
                    rows.add(row(RowKind.UPDATE_AFTER, "update", row + 1, event.after()));
                }
                case 'D' -> rows.add(row(RowKind.DELETE, "delete", row, event.before()));
                default -> rows.add(row(RowKind.INSERT, "snapshot", 0, event.after()));
            }
            return rows;
        }

        private SeaTunnelRow row(RowKind kind, String operation, long row, List<Object> image) {
            List<Object> fields = new ArrayList<>();
            fields.add(id);
            fields.addAll(image);
            fields.set(2, moment((Long) image.get(1)));
            for (int i : new int[] {4, 10}) {
                BigDecimal number = (BigDecimal) fields.get(i);
                fields.set(i, number == null ? null : number.setScale(2));
            }
            return SinkJob.row(
                    table,
                    kind,
                    fields.toArray(),
                    event.source(),
                    operation,
                    event.operation() == 'S' ? 0 : event.time(),
                    row,
                    1,
                    event.operation() == 'S');
        }
    }

    private static LocalDateTime moment(Long micros) {
        return LocalDateTime.ofEpochSecond(
                Math.floorDiv(micros, 1_000_000L),
                (int) Math.floorMod(micros, 1_000_000L) * 1_000,
                ZoneOffset.UTC);
    }

    private static Event event(String source, long time, char operation, int seed) {
        List<Object> before = values(source, time - 1, seed);
        List<Object> after = values(source, time, seed);
        return new Event(
                source,
                time,
                0,
                operation,
                operation == 'I' || operation == 'S' ? null : before,
                operation == 'D' ? before : after);
    }

    private void agrees(String table, Map<Long, List<Event>> histories) throws Exception {
        MergeModel model = POLICIES.get(table).model();
        boolean soft = POLICIES.get(table).soft();
        List<String> expected = new ArrayList<>();
        histories.forEach(
                (id, events) -> {
                    List<Object> row = model.row(new ArrayList<>(events));
                    if (soft) {
                        List<Object> shown =
                                row == null ? model.deletedRow(new ArrayList<>(events)) : row;
                        expected.add(id + "|" + shown(shown) + (row == null ? "|t" : "|f"));
                    } else if (row != null) {
                        expected.add(id + "|" + shown(row));
                    }
                });
        isSame(table, target.rows("SELECT * FROM " + table + " ORDER BY id"), expected);
        if (POLICIES.get(table).perSource()) {
            String view = "seamerge.\"merged:" + table + "\"";
            String columns = "id, " + String.join(", ", MergeModel.COLUMNS);
            columns += soft ? ", _deleted" : "";
            isSame(
                    view,
                    target.rows(
                            "SELECT "
                                    + columns
                                    + " FROM "
                                    + view
                                    + " WHERE \"~stays\" ORDER BY id"),
                    expected);
        }
    }

    /** Byte for byte; says the first difference only. */
    private static void isSame(String what, List<String> found, List<String> expected) {
        for (int i = 0; i < Math.min(found.size(), expected.size()); i++) {
            assertThat(found.get(i)).as(what + ", row " + i).isEqualTo(expected.get(i));
        }
        assertThat(found.size()).as("rows of " + what).isEqualTo(expected.size());
    }

    private static String shown(List<Object> row) {
        List<String> shown = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            Object value = row.get(i);
            if (value != null && i == 1) {
                value =
                        java.sql.Timestamp.valueOf(moment((Long) value))
                                .toString()
                                .replaceAll("\\.0$", "");
            } else if (value != null && (i == 3 || i == 9)) {
                value = new BigDecimal(value.toString()).setScale(2);
            }
            shown.add(String.valueOf(value));
        }
        return String.join("|", shown);
    }

    // ---- all orders

    private static final List<List<Event>> SIX_EVENTS =
            List.of(
                    // A tie at 30, a deletion that is overtaken, and an update that comes late.
                    List.of(
                            event("eu", 10, 'I', 1),
                            event("eu", 25, 'D', 1),
                            event("us", 20, 'I', 1),
                            event("us", 30, 'U', 1),
                            event("ap", 5, 'U', 1),
                            event("ap", 30, 'D', 1)),
                    // The preferred source deletes, the least preferred is the first.
                    List.of(
                            event("eu", 10, 'I', 2),
                            event("eu", 40, 'U', 2),
                            event("us", 12, 'I', 2),
                            event("us", 35, 'D', 2),
                            event("ap", 9, 'I', 2),
                            event("ap", 40, 'U', 2)));

    private static void permute(List<Integer> head, int n, List<List<Integer>> into) {
        if (head.size() == n) {
            into.add(new ArrayList<>(head));
        }
        for (int i = 0; i < n; i++) {
            if (!head.contains(i)) {
                head.add(i);
                permute(head, n, into);
                head.remove(head.size() - 1);
            }
        }
    }

    /** Two histories where columns are merged, else the one that tells more. */
    private static List<Integer> histories(String table) {
        Policy policy = POLICIES.get(table);
        return policy.columns()
                ? List.of(0, 1)
                : List.of(policy.resolver().equals("first_write_wins") ? 1 : 0);
    }

    /**
     * Every key of a table sees the events in an order of its own. A writer sees each instance's
     * stream rise, as it must; so the writer of each turn is a new one that knows of no progress,
     * and sends some of the turns before again.
     */
    @Test
    void givesOneTableForAllOrdersOfSixEvents() throws Exception {
        allOrders(POLICIES.keySet());
    }

    private void allOrders(Collection<String> tables) throws Exception {
        List<List<Integer>> orders = new ArrayList<>();
        permute(new ArrayList<>(), 6, orders);
        Random random = new Random(4711);
        for (int turn = 0; turn < 6; turn++) {
            List<Sent> sent = new ArrayList<>();
            int number = 0;
            for (String table : tables) {
                for (int history : histories(table)) {
                    for (int i = 0; i < orders.size(); i++) {
                        long id = history * 1000L + i;
                        number++;
                        for (int t = 0; t <= turn; t++) {
                            if (t == turn || random.nextInt(20) == 0) {
                                Event event = SIX_EVENTS.get(history).get(orders.get(i).get(t));
                                sent.add(new Sent(table, id, number, event));
                            }
                        }
                    }
                }
            }
            sent.sort(
                    Comparator.<Sent>comparingLong(each -> each.event().time())
                            .thenComparingInt(Sent::number));
            if (turn > 0) {
                target.execute("DELETE FROM seamerge.progress");
            }
            try (SinkJob job = start(factory, 300 + random.nextInt(4_000), 1 + turn % 3, tables)) {
                for (Sent each : sent) {
                    job.write(each.rows().toArray(new SeaTunnelRow[0]));
                }
                job.checkpoint();
            }
        }
        for (String table : tables) {
            Map<Long, List<Event>> histories = new LinkedHashMap<>();
            for (int history : histories(table)) {
                for (int i = 0; i < orders.size(); i++) {
                    histories.put(history * 1000L + i, SIX_EVENTS.get(history));
                }
            }
            agrees(table, histories);
        }
    }

    // ---- the laws of merging

    /**
     * What keys take in turn: a ⊔ b then c, c then a ⊔ b, a then b ⊔ c, b ⊔ c then a, and
     * everything twice.
     */
    private static final List<List<String>> GROUPINGS =
            List.of(
                    List.of("ab", "c"),
                    List.of("c", "ab"),
                    List.of("a", "bc"),
                    List.of("bc", "a"),
                    List.of("abc", "abc"));

    /** Commutative, associative and idempotent: rows, and what is kept beside them. */
    @Test
    void keepsTheLawsOfMerging() throws Exception {
        List<String> tables =
                List.of(
                        "shop.last_write_wins_version",
                        "shop.first_write_wins_version",
                        "shop.source_priority_fallback_delete_wins",
                        "shop.columns",
                        "shop.soft_columns");
        int histories = 60;
        for (int turn = 0; turn < 2; turn++) {
            List<Sent> sent = new ArrayList<>();
            int number = 0;
            for (String table : tables) {
                for (int seed = 0; seed < histories; seed++) {
                    Random random = new Random(seed);
                    List<Event> events = history(seed);
                    // A row of a snapshot stands for what its source has at that moment: not a
                    // change.
                    events.removeIf(event -> event.operation() == 'S');
                    String of = "";
                    for (int i = 0; i < events.size(); i++) {
                        of += "abc".charAt(random.nextInt(3));
                    }
                    for (int grouping = 0; grouping < GROUPINGS.size(); grouping++) {
                        number++;
                        String wanted = GROUPINGS.get(grouping).get(turn);
                        for (int i = 0; i < events.size(); i++) {
                            if (wanted.indexOf(of.charAt(i)) >= 0) {
                                long id = seed * 10L + grouping;
                                sent.add(new Sent(table, id, number, events.get(i)));
                            }
                        }
                    }
                }
            }
            sent.sort(
                    Comparator.<Sent>comparingLong(each -> each.event().time())
                            .thenComparingInt(Sent::number));
            if (turn > 0) {
                target.execute("DELETE FROM seamerge.progress");
            }
            try (SinkJob job = start(factory, turn == 0 ? 10_000 : 700, 1 + turn, tables)) {
                for (Sent each : sent) {
                    job.write(each.rows().toArray(new SeaTunnelRow[0]));
                }
                job.checkpoint();
            }
        }
        for (String table : tables) {
            List<String> kept = new ArrayList<>(List.of(table, "seamerge.\"state:" + table + "\""));
            if (POLICIES.get(table).perSource()) {
                kept.add("seamerge.\"sources:" + table + "\"");
            }
            for (String each : kept) {
                // Which keys there are, and what each of them has, but for what is displaced.
                String digest =
                        "SELECT id / 10, id % 10, array_agg(("
                                + "SELECT string_agg(v.key || '=' || coalesce(v.value, '∅'), ',' ORDER BY v.key)"
                                + " FROM jsonb_each_text(to_jsonb(t)) AS v"
                                + " WHERE v.key <> 'id' AND v.key NOT LIKE '~displaced%' AND v.key <> '~row'"
                                + " AND v.key <> '~first_row') ORDER BY to_jsonb(t) ->> '~source')::text"
                                + " FROM "
                                + each
                                + " AS t GROUP BY 1, 2 ORDER BY 1, 2";
                Map<String, List<String>> byHistory = new TreeMap<>();
                for (String row : target.rows(digest)) {
                    String[] cells = row.split("\\|", 3);
                    byHistory.computeIfAbsent(cells[0], h -> new ArrayList<>()).add(cells[2]);
                }
                assertThat(byHistory).as(each).isNotEmpty();
                byHistory.forEach(
                        (history, found) -> {
                            assertThat(found)
                                    .as(each + ", history " + history)
                                    .hasSize(GROUPINGS.size());
                            assertThat(java.util.Set.copyOf(found))
                                    .as(each + ", history " + history)
                                    .hasSize(1);
                        });
            }
        }
    }

    // ---- random histories

    private static final int HISTORIES = 1_000;

    /**
     * Up to sixty changes by three sources, each of which begins with a snapshot row or an insert.
     */
    private static List<Event> history(int seed) {
        Random random = new Random(seed);
        List<Event> events = new ArrayList<>();
        Map<String, List<Object>> rows = new LinkedHashMap<>();
        int length = 1 + random.nextInt(60);
        boolean[] began = new boolean[3];
        for (int i = 0; i < length; i++) {
            int place = random.nextInt(3);
            String source = PREFERENCE.get(place);
            // Clocks that jump: seconds ahead, or no further than the change before.
            long time = 10 + i + (source.equals("ap") ? random.nextInt(2) * 30 : 0);
            for (Event event : events) {
                if (event.source().equals(source)) {
                    time = Math.max(time, event.time() + 1);
                }
            }
            List<Object> row = rows.get(source);
            List<Object> image = values(source, time, seed);
            if (row == null && !began[place] && random.nextInt(3) == 0) {
                events.add(new Event(source, 0, 0, 'S', null, image));
                rows.put(source, image);
            } else if (row == null) {
                events.add(new Event(source, time, 0, 'I', null, image));
                rows.put(source, image);
            } else if (random.nextInt(3) == 0) {
                events.add(new Event(source, time, 0, 'D', row, row));
                rows.remove(source);
            } else {
                events.add(new Event(source, time, 0, 'U', row, image));
                rows.put(source, image);
            }
            began[place] = true;
        }
        return events;
    }

    /** What each instance sends is in order; how the instances meet is up to the seed. */
    private void send(Map<Long, List<Event>> histories, String table, int seed, boolean again)
            throws Exception {
        Random random = new Random(seed);
        Map<String, List<Sent>> streams = new LinkedHashMap<>();
        int number = 0;
        for (Map.Entry<Long, List<Event>> entry : histories.entrySet()) {
            number++;
            for (Event event : entry.getValue()) {
                streams.computeIfAbsent(event.source(), source -> new ArrayList<>())
                        .add(new Sent(table, entry.getKey(), number, event));
            }
        }
        try (SinkJob job =
                start(factory, 1 + random.nextInt(3_000), 1 + random.nextInt(3), List.of(table))) {
            List<java.util.Iterator<Sent>> left = new ArrayList<>();
            for (List<Sent> stream : streams.values()) {
                stream.sort(
                        Comparator.<Sent>comparingLong(each -> each.event().time())
                                .thenComparingInt(Sent::number));
                left.add(stream.iterator());
            }
            while (!left.isEmpty()) {
                java.util.Iterator<Sent> next = left.get(random.nextInt(left.size()));
                for (int n = random.nextInt(50); n >= 0 && next.hasNext(); n--) {
                    job.write(next.next().rows().toArray(new SeaTunnelRow[0]));
                }
                if (!next.hasNext()) {
                    left.remove(next);
                }
            }
            job.checkpoint();
        }
        if (again) {
            // A writer that knows of no progress: the entries alone tell what is a replay.
            target.execute("DELETE FROM seamerge.progress");
            try (SinkJob job = start(factory, 500, 2, List.of(table))) {
                for (List<Sent> stream : streams.values()) {
                    for (Sent each : stream) {
                        if (each.event().operation() != 'S') {
                            job.write(each.rows().toArray(new SeaTunnelRow[0]));
                        }
                    }
                }
                job.checkpoint();
            }
        }
    }

    @Test
    void agreesWithTheModelOnRandomHistories() throws Exception {
        List<String> tables = new ArrayList<>(POLICIES.keySet());
        Map<String, Map<Long, List<Event>>> byTable = new LinkedHashMap<>();
        for (int seed = 0; seed < HISTORIES; seed++) {
            byTable.computeIfAbsent(
                            tables.get(seed % tables.size()), table -> new LinkedHashMap<>())
                    .put((long) seed, history(seed));
        }
        for (Map.Entry<String, Map<Long, List<Event>>> entry : byTable.entrySet()) {
            String table = entry.getKey();
            int seed = table.hashCode();
            target.clean();
            send(entry.getValue(), table, seed, true);
            try {
                agrees(table, entry.getValue());
            } catch (AssertionError e) {
                throw new AssertionError(shrunk(table, entry.getValue(), seed), e);
            }
        }
    }

    /** The least that still differs: histories first, then single changes. */
    private String shrunk(String table, Map<Long, List<Event>> histories, int seed)
            throws Exception {
        Map<Long, List<Event>> least = null;
        for (Map.Entry<Long, List<Event>> entry : histories.entrySet()) {
            Map<Long, List<Event>> alone = new LinkedHashMap<>();
            alone.put(entry.getKey(), entry.getValue());
            if (differs(table, alone, seed)) {
                least = alone;
                break;
            }
        }
        if (least == null) {
            return "Several histories are needed to see it, seed " + seed;
        }
        long id = least.keySet().iterator().next();
        List<Event> events = new ArrayList<>(least.get(id));
        for (int i = events.size() - 1; i >= 0 && events.size() > 1; i--) {
            List<Event> fewer = new ArrayList<>(events);
            fewer.remove(i);
            if (differs(table, new LinkedHashMap<>(Map.of(id, fewer)), seed)) {
                events = fewer;
            }
        }
        return table + ", key " + id + ", seed " + seed + ": " + events;
    }

    private boolean differs(String table, Map<Long, List<Event>> histories, int seed)
            throws Exception {
        target.clean();
        send(histories, table, seed, true);
        try {
            agrees(table, histories);
            return false;
        } catch (AssertionError e) {
            return true;
        }
    }

    // ---- writers beside each other, and mutants

    private static final List<String> SHARED =
            List.of("shop.last_write_wins_update_wins", "shop.source_priority_fallback_version");

    /** Each instance has a writer of its own, and all of them write the same keys. */
    private Map<String, Map<Long, List<Event>>> writeBesideEachOther(
            Map<String, TableSinkFactory<?, ?, ?, ?>> factories, int changes, boolean kill)
            throws Exception {
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        try (SinkJob first = start(new PostgresMergeFactory(), 1, 1, SHARED)) {
            first.checkpoint();
        }
        factories.forEach(
                (instance, sinkFactory) ->
                        threads.add(
                                new Thread(
                                        () -> {
                                            try (SinkJob job = start(sinkFactory, 200, 1, SHARED)) {
                                                for (Sent sent : changes(instance, changes)) {
                                                    job.write(
                                                            sent.rows()
                                                                    .toArray(new SeaTunnelRow[0]));
                                                }
                                                job.checkpoint();
                                            } catch (Throwable e) {
                                                failures.add(e);
                                            }
                                        })));
        for (Thread thread : threads) {
            thread.start();
        }
        for (Thread thread : threads) {
            for (int i = 0; kill && i < 3; i++) {
                target.rows(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
                                + " LIKE 'seamerge%lane%' ORDER BY random() LIMIT 1");
                Thread.sleep(100);
            }
            thread.join();
        }
        assertThat(failures).isEmpty();
        return histories(factories.keySet(), changes);
    }

    /** What one instance sends to the shared tables, the same each time. */
    private static List<Sent> changes(String instance, int changes) {
        Random random = new Random(instance.hashCode());
        List<Sent> sent = new ArrayList<>();
        for (int i = 1; i <= changes; i++) {
            String table = SHARED.get(random.nextInt(SHARED.size()));
            long id = random.nextInt(120);
            List<Object> image = values(instance, i, 3);
            char operation = random.nextInt(3) == 0 ? 'D' : 'U';
            sent.add(new Sent(table, id, 0, new Event(instance, i, 0, operation, image, image)));
        }
        return sent;
    }

    /** The same of several, by table and key. */
    private static Map<String, Map<Long, List<Event>>> histories(
            Collection<String> instances, int changes) {
        Map<String, Map<Long, List<Event>>> histories = new LinkedHashMap<>();
        for (String table : SHARED) {
            histories.put(table, new TreeMap<>());
        }
        for (String instance : instances) {
            for (Sent sent : changes(instance, changes)) {
                histories
                        .get(sent.table())
                        .computeIfAbsent(sent.id(), key -> new ArrayList<>())
                        .add(sent.event());
            }
        }
        return histories;
    }

    /** A writer in a process of its own. It ends once it is told to and all is committed. */
    static final class OneWriter {

        private OneWriter() {}

        public static void main(String[] arguments) throws Exception {
            Map<String, Object> options = new LinkedHashMap<>();
            for (int i = 2; i < arguments.length; i += 2) {
                options.put(arguments[i], arguments[i + 1]);
            }
            options.put("shape", "consolidated");
            options.put("sources", PREFERENCE);
            List<Sent> changes = changes(arguments[0], Integer.parseInt(arguments[1]));
            try (SinkJob job = start(options, new PostgresMergeFactory(), 50, 1, SHARED)) {
                for (int i = 0; i < changes.size(); i++) {
                    if (i == changes.size() * 3 / 4 && System.in.read() != 'e') {
                        return;
                    }
                    job.write(changes.get(i).rows().toArray(new SeaTunnelRow[0]));
                }
                job.checkpoint();
            }
        }
    }

    private static Process writer(String instance, int changes) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-Xmx128m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                OneWriter.class.getName(),
                                instance,
                                Integer.toString(changes)));
        SinkJob.options(server)
                .forEach((name, value) -> command.addAll(List.of(name, value.toString())));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Kills the writer when it has written something, and starts it again. */
    private void killOnce(String instance, int changes) throws Exception {
        Process first = writer(instance, changes);
        try {
            String progress =
                    "SELECT FROM seamerge.progress WHERE version_time > 50 AND instance = '"
                            + instance
                            + "'";
            while (target.rows(progress).isEmpty()) {
                assertThat(first.isAlive()).as("the writer of " + instance + " lives").isTrue();
                Thread.sleep(5);
            }
        } finally {
            first.destroyForcibly().waitFor();
        }
        assertThat(first.exitValue()).as("kill -9").isEqualTo(128 + 9);
        Process second = writer(instance, changes);
        try {
            second.getOutputStream().write('e');
            second.getOutputStream().flush();
            assertThat(second.waitFor()).isZero();
        } finally {
            second.destroyForcibly();
        }
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void fourWritersAreKilledAndTheirBackendsToo() throws Exception {
        int changes = 2_000;
        try (SinkJob first = start(new PostgresMergeFactory(), 1, 1, SHARED)) {
            first.checkpoint();
        }
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(PREFERENCE.size());
        try {
            for (String instance : PREFERENCE) {
                writers.add(
                        CompletableFuture.runAsync(
                                () -> {
                                    try {
                                        killOnce(instance, changes);
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e);
                                    }
                                },
                                threads));
            }
            CompletableFuture<Void> all =
                    CompletableFuture.allOf(writers.toArray(new CompletableFuture[0]));
            while (!all.isDone()) {
                target.rows(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name"
                                + " LIKE 'seamerge%lane%' ORDER BY random() LIMIT 1");
                Thread.sleep(200);
            }
            all.get();
        } finally {
            threads.shutdownNow();
        }
        Map<String, Map<Long, List<Event>>> histories = histories(PREFERENCE, changes);
        for (String table : SHARED) {
            agrees(table, histories.get(table));
        }
    }

    private static Map<String, TableSinkFactory<?, ?, ?, ?>> factories(
            int writers, TableSinkFactory<?, ?, ?, ?>... each) {
        Map<String, TableSinkFactory<?, ?, ?, ?>> factories = new LinkedHashMap<>();
        for (int i = 0; i < writers; i++) {
            factories.put(PREFERENCE.get(i), each[i % each.length]);
        }
        return factories;
    }

    private long deadlocks() throws Exception {
        return Long.parseLong(target.rows("SELECT sum(deadlocks) FROM pg_stat_database").get(0));
    }

    @Test
    void letsWritersShareKeysWithoutDeadlocks() throws Exception {
        long before = deadlocks();
        Map<String, Map<Long, List<Event>>> histories =
                writeBesideEachOther(factories(4, new PostgresMergeFactory()), 3_000, true);
        for (String table : SHARED) {
            agrees(table, histories.get(table));
        }
        assertThat(deadlocks()).isEqualTo(before);
    }

    /** What the tests above are for: each of these must turn one of them red. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "no tie-break; sources-query; row_number() OVER; 0 * row_number() OVER; shop.columns",
                "no tombstone; sources-gate; WHERE e.\"~source\" IS NULL; WHERE s.\"~operation\" <> 'D' AND e.\"~source\" IS NULL; shop.first_write_wins_delete_wins",
                "stale rows let in; sources-gate; > (e.; <> (e.; shop.first_write_wins_version",
                "the first change forgotten; sources-first; < (e.; > (e.; shop.first_write_wins_version",
                "what did not change, not written; sources-merge; OR EXISTS; AND EXISTS; shop.source_priority_fallback_version"
            })
    void catchesMutantsByAllOrders(
            String what, String template, String from, String to, String table) throws Exception {
        factory = mutant(template, from, to);
        assertThatThrownBy(() -> allOrders(List.of(table)))
                .as(what)
                .isInstanceOf(AssertionError.class);
        factory = new PostgresMergeFactory();
    }

    @Test
    void catchesAMissingTieBreakBetweenRows() throws Exception {
        String tie = "\"~merged_time\" = m.\"~merged_time\"";
        // Each of the two would take up what the other leaves.
        factory =
                mutant(
                        Map.of(
                                "row-gate",
                                List.of("EXCLUDED." + tie, "false"),
                                "row-gate-known",
                                List.of("s." + tie, "false")));
        assertThatThrownBy(() -> allOrders(List.of("shop.last_write_wins_version")))
                .isInstanceOf(AssertionError.class);
        factory = new PostgresMergeFactory();
    }

    @Test
    void catchesAGateThatDoesNotLock() throws Exception {
        catchesBesideEachOther(
                mutant(
                        "sources-lock",
                        "DO UPDATE SET \"~source\" = m.\"~source\" WHERE false",
                        "DO NOTHING"));
    }

    @Test
    void seesWhatWasCommittedWhileItsGateWaited() throws Exception {
        assertThat(deletedWhileAnotherInserts(new PostgresMergeFactory())).isEmpty();
        target.clean();
        String gate = "    RETURNING *\n)";
        TableSinkFactory<?, ?, ?, ?> oneStatement =
                mutant(
                        Map.of(
                                "row-gate",
                                List.of(
                                        gate,
                                        gate
                                                + ", gone AS (DELETE FROM ${target} AS t USING won AS w"
                                                + " WHERE w.\"~deleted\" AND t.id = w.id)"),
                                "row-delete",
                                List.of("WHERE s.", "WHERE false AND s.")));
        assertThat(deletedWhileAnotherInserts(oneStatement))
                .as("a gate that deletes in the same statement")
                .containsExactly("us at 20");
    }

    private List<String> deletedWhileAnotherInserts(TableSinkFactory<?, ?, ?, ?> sinkFactory)
            throws Exception {
        try (SinkJob job =
                        SinkJob.start(
                                sinkFactory,
                                SinkJob.consolidated(server, "us", "eu"),
                                SinkJob.orders(),
                                SinkJob.control());
                Connection other = server.connect();
                Statement statement = other.createStatement()) {
            job.write(
                            SinkJob.Change.at("eu", 10).insert(2L, "eu", null),
                            SinkJob.Change.at("us", 11).insert(3L, "us", null))
                    .checkpoint();
            other.setAutoCommit(false);
            statement.execute(
                    "INSERT INTO seamerge.\"state:shop.orders\""
                            + " (id, \"~merged_time\", \"~source\", \"~incarnation\", \"~time\", \"~row\", \"~deleted\")"
                            + " SELECT 1, 20, source_id, 1, 20, 0, false FROM seamerge.source WHERE instance = 'us'");
            statement.execute("INSERT INTO shop.orders VALUES (1, 'us at 20', NULL)");
            job.write(SinkJob.Change.at("eu", 30).delete(1L, null, null));
            while (target.rows("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    .isEmpty()) {
                Thread.sleep(2);
            }
            other.commit();
            job.checkpoint();
            return target.rows("SELECT name FROM shop.orders WHERE id = 1");
        }
    }

    private void catchesBesideEachOther(TableSinkFactory<?, ?, ?, ?> mutant) {
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 5; i++) {
                                target.clean();
                                Map<String, Map<Long, List<Event>>> histories =
                                        writeBesideEachOther(factories(3, mutant), 3_000, false);
                                for (String table : SHARED) {
                                    agrees(table, histories.get(table));
                                }
                            }
                        })
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void catchesLocksThatAreNotSorted() throws Exception {
        TableSinkFactory<?, ?, ?, ?> mutant =
                mutant("sources-lock", "ORDER BY ${s_key}", "ORDER BY ${s_key} DESC");
        long before = deadlocks();
        for (int i = 0; i < 5 && deadlocks() == before; i++) {
            target.clean();
            writeBesideEachOther(factories(3, new PostgresMergeFactory(), mutant), 3_000, false);
        }
        assertThat(deadlocks()).isGreaterThan(before);
    }

    /** The sink with one template changed: its classes and resources, loaded once more. */
    private static TableSinkFactory<?, ?, ?, ?> mutant(String template, String from, String to)
            throws Exception {
        return mutant(Map.of(template, List.of(from, to)));
    }

    private static TableSinkFactory<?, ?, ?, ?> mutant(Map<String, List<String>> changes)
            throws Exception {
        ClassLoader original = PostgresMergeFactory.class.getClassLoader();
        ClassLoader loader =
                new ClassLoader(original) {
                    @Override
                    protected Class<?> loadClass(String name, boolean resolve)
                            throws ClassNotFoundException {
                        if (!name.startsWith("io.seamerge.postgres.")) {
                            return super.loadClass(name, resolve);
                        }
                        Class<?> known = findLoadedClass(name);
                        return known != null ? known : findClass(name);
                    }

                    @Override
                    protected Class<?> findClass(String name) throws ClassNotFoundException {
                        String file = name.replace('.', '/') + ".class";
                        try (InputStream in = original.getResourceAsStream(file)) {
                            byte[] code = in.readAllBytes();
                            return defineClass(name, code, 0, code.length);
                        } catch (IOException e) {
                            throw new ClassNotFoundException(name, e);
                        }
                    }

                    @Override
                    public InputStream getResourceAsStream(String name) {
                        InputStream in = original.getResourceAsStream(name);
                        List<String> change =
                                changes.get(name.replaceAll(".*/sql/(.*)\\.sql", "$1"));
                        if (change == null) {
                            return in;
                        }
                        try (in) {
                            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                            assertThat(text).contains(change.get(0));
                            return new ByteArrayInputStream(
                                    text.replace(change.get(0), change.get(1))
                                            .getBytes(StandardCharsets.UTF_8));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                };
        return (TableSinkFactory<?, ?, ?, ?>)
                Class.forName(PostgresMergeFactory.class.getName(), true, loader)
                        .getDeclaredConstructor()
                        .newInstance();
    }
}
