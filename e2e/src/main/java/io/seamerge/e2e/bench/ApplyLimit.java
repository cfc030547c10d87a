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
package io.seamerge.e2e.bench;

import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

/**
 * How fast PostgreSQL applies the updates of {@link CatchUpCase} when nothing else has to be done:
 * batches of 20,000 rows, as large as a connection of the sink writes them, ready in memory in the
 * form that COPY takes, go to two connections by their keys, each batch in a transaction. The
 * statement is the fastest of those here, found in the warm-up.
 */
final class ApplyLimit {

    private static final int CONNECTIONS = 2;
    private static final int BATCH_ROWS = 10_000;

    /** What moves a batch from the staging table to the table. */
    private enum Way {
        DELETE_INSERT(
                "DELETE FROM %1$s t USING staging s WHERE t.id = s.id;"
                        + " INSERT INTO %1$s SELECT * FROM staging"),
        ON_CONFLICT(
                "INSERT INTO %1$s SELECT * FROM staging ON CONFLICT (id) DO UPDATE SET (%2$s) = ROW (%3$s)"),
        UPDATE_FROM("UPDATE %1$s t SET (%2$s) = ROW (%4$s) FROM staging s WHERE t.id = s.id");

        private final String template;

        Way(String template) {
            this.template = template;
        }

        String sql(String table) {
            String columns = Orders.COLUMNS.replaceFirst("id, ", "");
            return template.formatted(
                    table,
                    columns,
                    columns.replaceAll("(\\w+)", "excluded.$1"),
                    columns.replaceAll("(\\w+)", "s.$1"));
        }
    }

    private final Bench bench;
    private final String table;
    private final List<List<byte[]>> batches;
    private Way way;

    private ApplyLimit(Bench bench, String table, List<List<byte[]>> batches) {
        this.bench = bench;
        this.table = table;
        this.batches = batches;
    }

    /** Prepares the batches, out of a database that holds what all updates lead to. */
    static ApplyLimit gather(Bench bench, Connection done, String table, long rows, int passes)
            throws Exception {
        List<List<byte[]>> lanes = new ArrayList<>();
        for (int lane = 0; lane < CONNECTIONS; lane++) {
            List<byte[]> batches = new ArrayList<>();
            lanes.add(batches);
            List<Long> keys = new ArrayList<>();
            for (long begin = 0; begin < passes * rows; begin += Orders.transactionRows()) {
                for (long key : Orders.keys(1, rows, begin)) {
                    for (long instance = 0; instance < 2; instance++) {
                        long own = key + instance * rows;
                        if (own % CONNECTIONS == lane) {
                            keys.add(own);
                        }
                    }
                }
                boolean last = (begin + Orders.transactionRows()) % rows == 0;
                if (keys.size() >= BATCH_ROWS || last) {
                    batches.add(batch(done, table, keys, 1 + begin / rows));
                    keys.clear();
                }
            }
        }
        return new ApplyLimit(bench, table, lanes);
    }

    private static byte[] batch(Connection done, String table, List<Long> keys, long revision)
            throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(BATCH_ROWS * 230);
        CopyManager copy = done.unwrap(PGConnection.class).getCopyAPI();
        copy.copyOut(
                "COPY (SELECT %s FROM %s WHERE id IN (%s) ORDER BY id) TO STDOUT (FORMAT binary)"
                        .formatted(
                                Orders.COLUMNS.replace("revision", revision + " AS revision"),
                                table,
                                keys.stream()
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(","))),
                bytes);
        return bytes.toByteArray();
    }

    /**
     * Finds the fastest way, each with a quarter of the batches.
     *
     * @param template the database that the updates are for
     */
    void choose(String template) throws Exception {
        Map<Way, Double> seconds = new EnumMap<>(Way.class);
        for (Way candidate : Way.values()) {
            String copy = bench.database(template);
            long begun = System.nanoTime();
            apply(copy, candidate, 4);
            seconds.put(candidate, (System.nanoTime() - begun) / 1e9);
            bench.drop(copy);
        }
        way = seconds.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
        bench.say("Limit of apply: %s of %s (s)", way, seconds);
    }

    /** Applies all batches, the fastest way. */
    void run(String database, Measurement measurement) throws Exception {
        measurement.begin();
        apply(database, way, 1);
        measurement.end();
    }

    private void apply(String database, Way how, int fraction) throws Exception {
        List<Callable<Void>> lanes = new ArrayList<>();
        for (List<byte[]> batch : batches) {
            lanes.add(
                    () -> {
                        apply(
                                database,
                                how,
                                batch.subList(0, Math.max(1, batch.size() / fraction)));
                        return null;
                    });
        }
        Bench.together(lanes);
    }

    private void apply(String database, Way how, List<byte[]> lane) throws SQLException {
        String sql = how.sql(table);
        try (Connection connection = bench.target(database);
                Statement statement = connection.createStatement()) {
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            statement.execute(
                    "CREATE TEMP TABLE staging (LIKE %s) ON COMMIT DELETE ROWS".formatted(table));
            connection.setAutoCommit(false);
            for (byte[] batch : lane) {
                CopyIn in = copy.copyIn("COPY staging FROM STDIN (FORMAT binary)");
                in.writeToCopy(batch, 0, batch.length);
                in.endCopy();
                statement.execute(sql);
                connection.commit();
            }
        }
    }
}
