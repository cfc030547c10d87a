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
package io.seamerge.e2e.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Large transactions and large rows in a small heap, in a Java process of its own. The figures can
 * be raised: {@code -Dseamerge.transaction-rows=2000000 -Dseamerge.heap-megabytes=512}.
 */
class SmallHeapIT {

    private static final int ROWS = Integer.getInteger("seamerge.transaction-rows", 100_000);
    private static final int HEAP_MEGABYTES = Integer.getInteger("seamerge.heap-megabytes", 256);
    private static final int LARGE_ROW_BYTES = 32 << 20;
    private static final int ROWS_AT_ONCE = 10_000;

    /** By {@code -Dseamerge.random=true} what compression halves at most. */
    private static final String NOTE =
            Boolean.getBoolean("seamerge.random") ? "HEX(RANDOM_BYTES(500))" : "REPEAT('x', 1000)";

    @ParameterizedTest
    @CsvSource({"8.0, OFF", "9.7, ON"})
    void aLargeTransactionAndALargeRowPass(String version, String compression, @TempDir Path folder)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                new HashMap<>(
                        Map.of(
                                "max_allowed_packet",
                                "1G",
                                "binlog_cache_size",
                                "16M",
                                "innodb_buffer_pool_size",
                                "256M"));
        if (compression.equals("ON")) {
            settings.put("binlog_transaction_compression", "ON");
        }
        try (MySqlServer mysql = MySqlServer.start(version, settings);
                Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE shop");
            statement.execute("CREATE TABLE shop.t (id BIGINT PRIMARY KEY, note LONGTEXT)");
            connection.setAutoCommit(false);
            for (int from = 0; from < ROWS; from += ROWS_AT_ONCE) {
                StringBuilder sql = new StringBuilder("INSERT INTO shop.t VALUES ");
                for (int i = from; i < Math.min(ROWS, from + ROWS_AT_ONCE); i++) {
                    sql.append(i == from ? "" : ",").append("(" + i + "," + NOTE + ")");
                }
                statement.execute(sql.toString());
            }
            connection.commit();
            statement.execute(
                    "INSERT INTO shop.t VALUES (-1, REPEAT('y', " + LARGE_ROW_BYTES + "))");
            connection.commit();
            Path log = folder.resolve("log");
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx" + HEAP_MEGABYTES + "m",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    SmallHeapIT.class.getName(),
                                    Integer.toString(mysql.port()),
                                    mysql.user(),
                                    mysql.password())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            try {
                assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
            } finally {
                process.destroyForcibly();
            }
            List<String> lines = new ArrayList<>(Files.readAllLines(log));
            assertThat(lines.get(lines.size() - 1))
                    .as(String.join("\n", lines))
                    .startsWith("rows " + (ROWS + 1) + " last -1 of " + LARGE_ROW_BYTES);
            System.err.println(
                    version
                            + ", compression "
                            + compression
                            + ", -Xmx"
                            + HEAP_MEGABYTES
                            + "m: "
                            + lines.get(lines.size() - 1));
        }
    }

    /** The process with the small heap: reads what the binlog has. */
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + arguments[0]))));
        options.put("username", arguments[1]);
        options.put("password", arguments[2]);
        options.put("tables", List.of("shop\\.t"));
        options.put("startup.mode", "earliest");
        long began = System.nanoTime();
        try (SourceRun run = SourceRun.start(options, JobMode.BATCH)) {
            run.discard();
            run.awaitEnd();
            Object[] last = run.rows().get(0).getFields();
            System.out.println(
                    "rows "
                            + run.collected()
                            + " last "
                            + last[0]
                            + " of "
                            + ((String) last[1]).length()
                            + " in "
                            + (System.nanoTime() - began) / 1_000_000
                            + " ms");
        }
    }
}
