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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.catalog.CatalogTable;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many tables through one applier: one set of connections, however many tables are written at a
 * time. By hand with more of them, and for longer: {@code -Dseamerge.tables=1000
 * -Dseamerge.seconds=30}.
 */
class ManyTablesIT extends SinkTest {

    private static final int TABLES = Integer.getInteger("seamerge.tables", 150);
    private static final int SECONDS = Integer.getInteger("seamerge.seconds", 0);
    private static final int LANES = 3;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void shareOneApplierAndItsConnections() throws Exception {
        Map<String, Object> options = SinkJob.options(server);
        options.put("write_parallelism", LANES);
        options.put("sources", List.of("us", "eu"));
        Map<String, Object> meeting = new HashMap<>();
        meeting.put("table", "shop.m\\d+");
        meeting.put("shape", "consolidated");
        options.put("tables", List.of(meeting));
        List<CatalogTable> tables = new ArrayList<>();
        for (int i = 0; i < TABLES; i++) {
            tables.add(
                    SinkJob.table(
                            id(i),
                            List.of("id"),
                            SinkJob.column("id", BasicType.LONG_TYPE, "bigint", false),
                            SinkJob.column("name", BasicType.STRING_TYPE, "varchar(50)", true)));
        }
        tables.add(SinkJob.control());
        long begun = System.nanoTime();
        long rows = 0;
        int rounds = 0;
        String connections =
                "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'seamerge test%'";
        try (SinkJob job = SinkJob.start(options, tables.toArray(new CatalogTable[0]))) {
            double opened = seconds(begun);
            begun = System.nanoTime();
            // Each round adds a row to every table, and changes the one of the round before.
            for (; rounds < 4 || seconds(begun) < SECONDS; rounds++) {
                for (int i = 0; i < TABLES; i++) {
                    long time = 1 + (long) rounds * TABLES + i;
                    job.write(
                            row(i, "eu", RowKind.INSERT, "insert", time, 1, rounds, "new"),
                            row(
                                    i,
                                    "eu",
                                    RowKind.UPDATE_AFTER,
                                    "update",
                                    time,
                                    3,
                                    rounds - 1,
                                    "eu"));
                    rows += 2;
                }
                assertThat(Integer.parseInt(target.rows(connections).get(0)))
                        .as("connections")
                        .isLessThanOrEqualTo(LANES + 1);
                // Another instance is half a round behind.
                for (int i = 0; i < TABLES; i += 2) {
                    long time = 1 + (long) rounds * TABLES + i - TABLES / 2;
                    job.write(
                            row(i, "us", RowKind.UPDATE_AFTER, "update", time, 1, rounds, "older"));
                    rows++;
                }
                job.write(SinkJob.control("eu", "heartbeat", 1_000_000 + (rounds + 1L) * TABLES));
            }
            job.checkpoint();
            System.out.printf(
                    "%,d tables opened in %.1f s, %,d rows in %.1f s%n",
                    TABLES, opened, rows, seconds(begun));
        }
        for (int i = 0; i < TABLES; i++) {
            assertThat(
                            target.rows(
                                    "SELECT count(*), count(*) FILTER (WHERE name = 'eu'), max(id) FILTER (WHERE name = 'new') FROM "
                                            + id(i)))
                    .as(id(i))
                    .containsExactly((rounds + 1) + "|" + rounds + "|" + (rounds - 1));
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** Every second one is consolidated. */
    private static String id(int table) {
        return "shop." + (table % 2 == 0 ? "m" : "d") + table;
    }

    private static SeaTunnelRow row(
            int table,
            String instance,
            RowKind kind,
            String operation,
            long time,
            int number,
            long id,
            String name) {
        return SinkJob.row(
                id(table),
                kind,
                new Object[] {id, name},
                instance,
                operation,
                time + 1_000_000,
                (1L << 32) + number,
                1,
                false);
    }
}
