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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class RunProfileTest {

    private static final Path ROOT = Path.of(System.getProperty("seamerge.root", ".."));

    private static ServerStatements statements() throws Exception {
        return ServerStatements.ofSink(ROOT);
    }

    /** The statements as they stand in the sink's golden files, each under its template's name. */
    @Test
    void everyStatementOfTheSinkIsKnown() throws Exception {
        ServerStatements statements = statements();
        SoftAssertions softly = new SoftAssertions();
        int count = 0;
        try (Stream<Path> files =
                Files.list(ROOT.resolve("connector-pg-merge/src/test/resources/sql"))) {
            for (Path file : files.toList()) {
                for (String part : Files.readString(file).split("(?m)^-- ")) {
                    if (!part.isBlank()) {
                        String name = part.lines().findFirst().orElseThrow().strip();
                        String sql = part.substring(part.indexOf('\n') + 1).strip();
                        softly.assertThat(statements.kind("active", sql))
                                .as("%s of %s", name, file.getFileName())
                                .isEqualTo(ServerStatements.meaning(name));
                        count++;
                    }
                }
            }
        }
        softly.assertAll();
        assertThat(count).isGreaterThan(100);
    }

    @Test
    void statementsHaveNamesThatReadersKnow() throws Exception {
        ServerStatements statements = statements();
        Map.of(
                        "COPY \"bench\".\"orders\" (\"id\", \"note\") FROM STDIN (FORMAT binary)",
                        ServerStatements.COPY_TABLE,
                        "COPY pg_temp.\"stage_0\" (\"id\", \"note\", \"~operation\") FROM STDIN"
                                + " (FORMAT binary)",
                        ServerStatements.COPY_STAGING,
                        "UPDATE \"bench\".\"orders\" AS t\n"
                                + "SET \"note\" = s.\"note\"\n"
                                + "FROM pg_temp.\"stage_0\" AS s\n"
                                + "WHERE t.\"id\" = s.\"id\" AND true",
                        ServerStatements.UPDATE_TABLE,
                        "COPY bench.orders FROM STDIN (NULL 'NULL')",
                        ServerStatements.COPY_TABLE,
                        "COPY staging FROM STDIN (FORMAT binary)",
                        ServerStatements.COPY_STAGING,
                        "UPDATE bench.stock_items t SET (a) = ROW (s.a) FROM staging s WHERE t.id ="
                                + " s.id",
                        ServerStatements.UPDATE_TABLE,
                        "COMMIT",
                        "COMMIT",
                        "autovacuum: VACUUM ANALYZE bench.orders",
                        "autovacuum",
                        "SELECT 1",
                        "others")
                .forEach(
                        (query, kind) ->
                                assertThat(statements.kind("active", query)).isEqualTo(kind));
        assertThat(statements.kind("idle in transaction", "COMMIT"))
                .isEqualTo(ServerStatements.IDLE_IN_TRANSACTION);
    }

    @Test
    void waitsHaveTheirReasons() {
        assertThat(ServerStatements.doing(null, null)).isEqualTo(ServerStatements.ON_PROCESSOR);
        assertThat(ServerStatements.doing("IO", "WalSync")).isEqualTo("WAL sync");
        assertThat(ServerStatements.doing("IO", "WALSync")).isEqualTo("WAL sync");
        assertThat(ServerStatements.doing("LWLock", "WALWrite")).isEqualTo("WAL sync");
        assertThat(ServerStatements.doing("IO", "WalWrite")).isEqualTo("WAL write");
        assertThat(ServerStatements.doing("IO", "DataFileExtend")).isEqualTo("files");
        assertThat(ServerStatements.doing("Lock", "transactionid")).isEqualTo("a lock");
        assertThat(ServerStatements.doing("Client", "ClientRead")).isEqualTo("the client");
        assertThat(ServerStatements.doing("IPC", "SyncRep")).isEqualTo("IPC SyncRep");
    }

    /** Looks say how backends share what the kernel counted; their waits are as they were seen. */
    @Test
    void looksAreStretchedToTheKernelsCount() {
        Map<String, Double> seconds =
                RunProfile.statements(
                        Map.of(
                                new ServerSampler.Doing("COPY", ServerStatements.ON_PROCESSOR),
                                6.0,
                                new ServerSampler.Doing("COMMIT", ServerStatements.ON_PROCESSOR),
                                2.0,
                                new ServerSampler.Doing("COMMIT", "WAL sync"),
                                1.5),
                        4);
        assertThat(seconds)
                .hasSize(3)
                .hasEntrySatisfying(
                        "PostgreSQL: COPY", value -> assertThat(value).isEqualTo(3, within(1e-9)))
                .hasEntrySatisfying(
                        "PostgreSQL: COMMIT", value -> assertThat(value).isEqualTo(1, within(1e-9)))
                .containsEntry("PostgreSQL waits: COMMIT, for WAL sync", 1.5);
    }

    @Test
    void missedGoalsShowBothSidesOnce() {
        Results results = new Results();
        for (String contestant : List.of(Goals.SEAMERGE, Goals.PIPE, Goals.STOCK)) {
            double of = contestant.equals(Goals.SEAMERGE) ? 1 : 2;
            results.add(
                    new Results.Run(
                            "backfill",
                            contestant,
                            1,
                            Map.of(
                                    "rows_per_second",
                                    100 * of,
                                    "cpu_mysql_us_per_row",
                                    2 / of,
                                    "cpu_postgres_us_per_row",
                                    5.0,
                                    "PostgreSQL: COPY into the table",
                                    4 * of,
                                    "PostgreSQL waits: COMMIT, for WAL sync",
                                    0.5),
                            List.of()));
        }
        String misses = Goals.misses(Goals.outcomes(results), results);
        assertThat(misses.lines())
                .anyMatch(line -> line.matches(" +4.00100 % \\| +8.00100 %  COPY into the table"))
                .anyMatch(line -> line.matches(" +0.50 +\\| +0.50 +COMMIT, for WAL sync"));
        assertThat(misses)
                .contains("Missed: backfill, backfill, disjoint: rate to the pipe's")
                .contains("SeaMerge | pipe: mysql 2.00 | 1.00, postgres 5.00 | 5.00")
                .contains("SeaMerge | stock SeaTunnel")
                .containsOnlyOnce("as under “backfill, disjoint: rate to the pipe's”");
        assertThat(misses.split("COPY into the table", -1)).hasSize(3);
    }

    @Test
    void whatHasNoBoundIsNeverMissed() {
        Results results = new Results();
        for (String contestant : List.of(Goals.SEAMERGE, Goals.STOCK)) {
            results.add(
                    new Results.Run("latency", contestant, 1, Map.of("p50_ms", 60.0), List.of()));
        }
        assertThat(Goals.misses(Goals.outcomes(results), results))
                .contains("Missed: latency, latency at 1,000/s: p50 to 50 ms")
                .doesNotContain("stock");
    }

    /** A JVM with a thread that has something to do, until its input ends. */
    static final class Busy {
        public static void main(String[] arguments) throws Exception {
            Thread busy =
                    new Thread(
                            () -> {
                                while (true) {
                                    Thread.onSpinWait();
                                }
                            },
                            "busy-7");
            busy.setDaemon(true);
            busy.start();
            System.out.println("ready");
            while (System.in.read() >= 0) {
                continue;
            }
        }
    }

    /** A JVM tells the names of its threads; the kernel counts what they use. */
    @Test
    void threadsOfAJvmAreCountedByTheirNames() throws Exception {
        Path classes =
                Path.of(
                        RunProfileTest.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        Process busy =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                classes.toString(),
                                Busy.class.getName())
                        .start();
        try {
            assertThat(busy.inputReader().readLine()).isEqualTo("ready");
            ThreadTimes times = ThreadTimes.ofJava(busy.pid());
            Thread.sleep(500);
            times.look();
            assertThat(times.seconds().get("busy-#")).isBetween(0.005, 0.6);
            assertThat(ThreadTimes.threads(busy.pid())).contains(busy.pid());
        } finally {
            busy.destroyForcibly().waitFor();
        }
    }
}
