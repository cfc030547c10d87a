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
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.TcpProxy;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.instance.ServerStatus;
import io.seamerge.mysql.source.InstanceSplitSerializer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to one instance, and that it disturbs no other. */
class InstanceFaultsIT {

    /** Those that the instance eu can be, by their versions; each is started when it is needed. */
    private static final Map<String, MySqlServer> SERVERS = new HashMap<>();

    private static MySqlServer eu;
    private static MySqlServer us;
    private static long next;

    @BeforeAll
    static void startTheInstances() throws Exception {
        eu = server("8.0");
        us = MySqlServer.start("8.0", Map.of());
        createTable(us);
    }

    private static MySqlServer server(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        if (!SERVERS.containsKey(version)) {
            SERVERS.put(version, MySqlServer.start(version, Map.of()));
            createTable(SERVERS.get(version));
        }
        return SERVERS.get(version);
    }

    @AfterAll
    static void endTheInstances() {
        SERVERS.values().forEach(MySqlServer::close);
        us.close();
    }

    @Test
    void aLinkThatStallsIsEndedAndTheOtherInstanceGoesOnMeanwhile() throws Exception {
        try (TcpProxy proxy = TcpProxy.to(eu)) {
            Map<String, Object> options = options(proxy.port(), us.port());
            options.put("read-timeout-ms", 1_000);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run);
                proxy.stall();
                long unseen = insert(eu);
                for (int i = 0; i < 5; i++) {
                    long id = insert(us);
                    run.await("a row of the other instance", row -> is(row, "us", id));
                    Thread.sleep(200);
                }
                assertThat(run.rows()).noneMatch(row -> is(row, "eu", unseen));
                // The stalled connections are over; only new ones may pass.
                proxy.cut();
                proxy.resume();
                run.await("the row that came during the stall", row -> is(row, "eu", unseen));
                long last = insert(eu);
                run.await("a row after it", row -> is(row, "eu", last));
                assertThat(ids(run, "eu")).doesNotHaveDuplicates();
            }
        }
    }

    /** Silent for ever: nothing but the time without a byte can end it. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aLinkThatStaysSilentIsMadeAnew(String version) throws Exception {
        MySqlServer server = server(version);
        try (TcpProxy proxy = TcpProxy.to(server);
                TcpProxy detour = TcpProxy.to(server)) {
            Map<String, Object> options = options(proxy.port(), us.port());
            options.put(
                    "instances",
                    List.of(
                            Map.of(
                                    "name",
                                    "eu",
                                    "hosts",
                                    List.of(
                                            "127.0.0.1:" + proxy.port(),
                                            "127.0.0.1:" + detour.port())),
                            Map.of("name", "us", "hosts", List.of("127.0.0.1:" + us.port()))));
            options.put("read-timeout-ms", 1_000);
            options.put("connect-timeout-ms", 1_000);
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run, server);
                proxy.stall();
                long id = insert(server);
                run.await("a row by the other way", row -> is(row, "eu", id));
                assertThat(ids(run, "eu")).doesNotHaveDuplicates();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aPasswordThatChangesInTheFileIsTakenAtTheNextConnect(String version, @TempDir Path folder)
            throws Exception {
        MySqlServer server = server(version);
        try (TcpProxy proxy = TcpProxy.to(server)) {
            user(server, "rotating", "first-secret");
            user(us, "rotating", "first-secret");
            Path file = folder.resolve("password");
            Files.writeString(file, "first-secret\n");
            Map<String, Object> options = options(proxy.port(), us.port());
            options.remove("password");
            options.put("username", "rotating");
            options.put("password-file", file.toString());
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run, server);
                execute(server, "ALTER USER rotating@'%' IDENTIFIED BY 'second-secret'");
                proxy.cut();
                Thread.sleep(700);
                Files.writeString(file, "second-secret\n");
                long id = insert(server);
                run.await("a row under the new password", row -> is(row, "eu", id));
                execute(us, "ALTER USER rotating@'%' IDENTIFIED BY 'second-secret'");
            }
            // One that is wrong and stays so: bounded, and in words without a password.
            options.remove("password-file");
            options.put("password", "second-secret");
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run, server);
                execute(server, "ALTER USER rotating@'%' IDENTIFIED BY 'third-secret'");
                proxy.cut();
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu: no connection to 127.0.0.1:")
                        .hasMessageContaining("as rotating: Access denied")
                        .satisfies(e -> assertThat(stackOf(e)).doesNotContain("-secret"));
            }
            options.put("password", "fourth-secret");
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("instance eu: no connection")
                    .hasMessageContaining("instance us: no connection")
                    .satisfies(e -> assertThat(stackOf(e)).doesNotContain("-secret"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aServerIdInUseIsLeftToTheOtherOrIsAnError(String version) throws Exception {
        MySqlServer server = server(version);
        Map<String, Object> range = options(server.port(), us.port());
        range.put("server-id", "71001-71003");
        Map<String, Object> single = options(server.port(), us.port());
        single.put("server-id", "71001");
        try (SourceRun one = SourceRun.start(single, JobMode.STREAMING)) {
            awaitBoth(one, server);
            try (SourceRun other = SourceRun.start(range, JobMode.STREAMING)) {
                awaitBoth(other, server);
                long id = insert(server);
                one.await("a row beside another reader", row -> is(row, "eu", id));
                other.await("a row beside another reader", row -> is(row, "eu", id));
            }
            // Both have the one id: they throw each other out until one says so.
            try (SourceRun other = SourceRun.start(single, JobMode.STREAMING)) {
                Throwable failure = null;
                for (int i = 0; failure == null; i++) {
                    assertThat(i).isLessThan(3_000);
                    other.checkpoint();
                    Thread.sleep(100);
                    failure = one.failure() != null ? one.failure() : other.failure();
                }
                assertThat(failure)
                        .hasMessageContaining("server-id 71001 is in use by other readers")
                        .hasMessageContaining("give each reader ids of its own");
            }
        }
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet id = statement.executeQuery("SELECT @@server_id")) {
            id.next();
            single.put("server-id", id.getString(1));
        }
        assertThatThrownBy(() -> SourceRun.start(single, JobMode.STREAMING))
                .hasMessageContaining("is the server's own server_id");
    }

    @Test
    void anInstanceThatIsAbsentAtTheStartJoinsLaterOrIsAFinding() throws Exception {
        try (TcpProxy proxy = TcpProxy.to(eu)) {
            proxy.refuse();
            Map<String, Object> options = options(proxy.port(), us.port());
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining(
                            "instance eu: no connection to 127.0.0.1:" + proxy.port());
            options.put("may-be-absent", true);
            SourceRun.Checkpoint checkpoint;
            long last;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                for (int i = 0; ids(run, "us").isEmpty(); i++) {
                    run.checkpoint();
                    Thread.sleep(100);
                    insert(us);
                    assertThat(i).isLessThan(3_000);
                }
                assertThat(ids(run, "eu")).isEmpty();
                proxy.accept();
                awaitBoth(run);
                last = insert(eu);
                long seen = last;
                run.await("a row of the instance that joined", row -> is(row, "eu", seen));
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            // A restored job begins without it as well, and keeps what it knows of it.
            proxy.refuse();
            long missed = insert(eu);
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                long id = insert(us);
                run.await("a row of the other instance", row -> is(row, "us", id));
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            proxy.accept();
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("the row that came while it was absent", row -> is(row, "eu", missed));
                assertThat(ids(run, "eu")).allMatch(id -> id >= missed - 1);
            }
            proxy.refuse();
            execute(us, "CREATE TABLE shop.u (id BIGINT PRIMARY KEY)");
            execute(eu, "CREATE TABLE shop.u (id BIGINT PRIMARY KEY, more INT)");
            options.put("tables", List.of("shop\\.u"));
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                proxy.accept();
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu cannot join the job")
                        .hasMessageContaining("eu:shop.u joins the job, but does not fit")
                        .hasMessageContaining("more INT");
            } finally {
                execute(us, "DROP TABLE shop.u");
                execute(eu, "DROP TABLE shop.u");
            }
        }
    }

    @Test
    void aRestoredJobWithASchemaFileNeedsNoInstance(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("schemas.json");
        try (TcpProxy toEu = TcpProxy.to(eu);
                TcpProxy toUs = TcpProxy.to(us)) {
            Map<String, Object> options = options(toEu.port(), toUs.port());
            options.put("schema-file", file.toString());
            toEu.refuse();
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("instance eu: no connection to")
                    .hasMessageContaining("its tables must be known: by schema-file");
            assertThat(file).doesNotExist();
            toEu.accept();
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run);
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            assertThat(file)
                    .content()
                    .contains("\"eu\"", "\"us\"", "\"name\" : \"t\"", "bigint")
                    .doesNotContain(eu.password());
            toEu.refuse();
            toUs.refuse();
            long missedOfEu = insert(eu);
            long missedOfUs = insert(us);
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.checkpoint();
                checkpoint = run.checkpoint();
                toUs.accept();
                run.await("what us has written meanwhile", row -> is(row, "us", missedOfUs));
                assertThat(ids(run, "eu")).isEmpty();
                toEu.accept();
                run.await("what eu has written meanwhile", row -> is(row, "eu", missedOfEu));
                long last = insert(eu);
                run.await("a row after it", row -> is(row, "eu", last));
                assertThat(ids(run, "eu")).doesNotHaveDuplicates();
            }
            toEu.refuse();
            execute(eu, "ALTER TABLE shop.t ADD COLUMN more INT");
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                toEu.accept();
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu cannot join the job")
                        .hasMessageContaining("eu:shop.t joins the job, but does not fit")
                        .hasMessageContaining("more INT");
            } finally {
                execute(eu, "ALTER TABLE shop.t DROP COLUMN more");
            }
            Files.writeString(file, "{\"format\": 99}");
            assertThatThrownBy(() -> SourceRun.start(options, JobMode.STREAMING))
                    .hasMessageContaining("is not a schema file of this version")
                    .hasMessageContaining("format 99, wanted 1");
        }
    }

    /** Where the commit time comes from differs by version; what it would do does not. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void aCommitInTheFutureFailsInWords(String version) throws Exception {
        MySqlServer server = server(version);
        boolean seconds = version.equals("5.7") || version.equals("mariadb");
        Map<String, Object> options = options(server.port(), us.port());
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            awaitBoth(run, server);
            execute(
                    server,
                    seconds
                            ? "SET timestamp = UNIX_TIMESTAMP('2036-01-02 03:04:05')"
                            : "SET SESSION original_commit_timestamp ="
                                    + " UNIX_TIMESTAMP('2036-01-02 03:04:05') * 1000000",
                    "INSERT INTO shop.t VALUES (900001)");
            assertThat(run.awaitFailure())
                    .satisfies(
                            e ->
                                    assertThat(stackOf(e))
                                            .contains("instance eu: the transaction at binlog.")
                                            .contains("committed at 2036-01-02T03:04:05")
                                            .contains("but the reader's clock is 20")
                                            .contains("max-clock-skew-ms = 600000"));
            assertThat(run.rows()).noneMatch(row -> is(row, "eu", 900_001));
        }
    }

    /** What a set of GTIDs leaves out is still to come; and an idle table's position moves on. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void gtidsMayHaveGapsAndPositionsMoveOnWithoutRows(String version) throws Exception {
        MySqlServer server = server(version);
        boolean mariaDb = version.equals("mariadb");
        Map<String, Object> options = options(server.port(), us.port());
        SourceRun.Checkpoint checkpoint;
        long before;
        try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
            awaitBoth(run, server);
            // Far ahead of the next one; MySQL's own numbers go on before it.
            before = ++next;
            execute(
                    server,
                    mariaDb
                            ? "SET gtid_seq_no = 1000000"
                            : "SET gtid_next = '"
                                    + text(server, "SELECT @@server_uuid")
                                    + ":1000000'",
                    "INSERT INTO shop.t VALUES (" + before + ")");
            run.await("the row with a GTID beyond the gap", row -> is(row, "eu", next));
            execute(server, "FLUSH BINARY LOGS", "CREATE TABLE shop.idle (id INT PRIMARY KEY)");
            execute(server, "INSERT INTO shop.idle VALUES (1)", "DROP TABLE shop.idle");
            BinlogPosition end;
            try (Connection connection = server.connect()) {
                end = ServerStatus.writtenEnd(connection);
            }
            checkpoint =
                    run.checkpointUntil(
                            "eu", "position " + end, state -> state.position().equals(end));
            assertThat(stateOf(checkpoint, "eu")).contains(mariaDb ? "-1000003" : ":1000000");
        }
        List<Long> wanted = List.of(insert(server), insert(server));
        try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
            run.await("the last row", row -> is(row, "eu", wanted.get(1)));
            assertThat(ids(run, "eu")).isEqualTo(wanted).doesNotContain(before);
        }
    }

    private static String text(MySqlServer server, String query) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }

    /** All four modes there and back, while a writer writes and connections break. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "9.7"})
    void gtidsMayBeSwitchedOffAndOnUnderARunningStream(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of());
                TcpProxy proxy = TcpProxy.to(mysql)) {
            createTable(mysql);
            Map<String, Object> options = options(proxy.port(), us.port());
            List<Long> written = new ArrayList<>();
            List<Long> seen = new ArrayList<>();
            SourceRun.Checkpoint checkpoint;
            long id = 1_000_000;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run, mysql);
                for (String mode :
                        List.of(
                                "ON_PERMISSIVE",
                                "OFF_PERMISSIVE",
                                "OFF",
                                "OFF_PERMISSIVE",
                                "ON_PERMISSIVE",
                                "ON")) {
                    for (int i = 0; i < 20; i++) {
                        id++;
                        written.add(id);
                        execute(mysql, "INSERT INTO shop.t VALUES (" + id + ")");
                        if (i == 5) {
                            proxy.cut();
                        }
                        if (i == 10) {
                            // As MySQL's manual wants it: what is on the way has arrived.
                            long last = id;
                            run.await("row " + last, row -> is(row, "eu", last));
                            execute(mysql, "SET GLOBAL gtid_mode = " + mode);
                        }
                    }
                    long last = id;
                    run.await("the last row under " + mode, row -> is(row, "eu", last));
                }
                run.checkpoint();
                checkpoint = run.checkpoint();
                seen.addAll(ids(run, "eu"));
            }
            seen.removeIf(each -> each < 1_000_000);
            assertThat(seen).isEqualTo(written);
            assertThat(stateOf(checkpoint, "eu")).as("GTIDs are taken up again").contains(" gtid ");
            // Restored by GTIDs, and by position where they are off again.
            for (String mode : List.of("ON_PERMISSIVE", "OFF_PERMISSIVE")) {
                id++;
                long last = id;
                execute(mysql, "SET GLOBAL gtid_mode = " + mode);
                execute(mysql, "INSERT INTO shop.t VALUES (" + last + ")");
                try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                    run.await("a row after the restore", row -> is(row, "eu", last));
                    assertThat(ids(run, "eu"))
                            .isEqualTo(
                                    LongStream.rangeClosed(written.get(119) + 1, last)
                                            .boxed()
                                            .toList());
                }
            }
        }
    }

    /**
     * GTIDs go off and on again while nobody reads: the transactions in between have none, so that
     * a set of GTIDs says nothing of them, and a server that is asked by one leaves them out in
     * silence.
     *
     * @param stoppedWithout whether the stream had met a transaction without a GTID when it stopped
     */
    @ParameterizedTest
    @CsvSource({"5.7, true", "9.7, false"})
    void nothingWithoutAGtidIsLeftOutWhenTheyAreOnAgain(String version, boolean stoppedWithout)
            throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        try (MySqlServer mysql = MySqlServer.start(version, Map.of())) {
            createTable(mysql);
            Map<String, Object> options = options(mysql.port(), us.port());
            SourceRun.Checkpoint checkpoint;
            long last;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitBoth(run, mysql);
                if (stoppedWithout) {
                    long before = insert(mysql);
                    run.await("the last row with a GTID", row -> is(row, "eu", before));
                    switchGtids(mysql, "ON_PERMISSIVE", "OFF_PERMISSIVE");
                }
                long seen = insert(mysql);
                last = seen;
                run.await("the last row before the stop", row -> is(row, "eu", seen));
                run.checkpoint();
                checkpoint = run.checkpoint();
                // The transaction's end comes to the checkpoint behind its row.
                for (int i = 0;
                        stateOf(checkpoint, "eu").contains(" gtid ") == stoppedWithout;
                        i++) {
                    assertThat(i).as("checkpoints until the state is known").isLessThan(3_000);
                    Thread.sleep(100);
                    checkpoint = run.checkpoint();
                }
            }
            if (!stoppedWithout) {
                switchGtids(mysql, "ON_PERMISSIVE", "OFF_PERMISSIVE");
            }
            List<Long> wanted = new ArrayList<>();
            wanted.add(insert(mysql));
            wanted.add(insert(mysql));
            switchGtids(mysql, "ON_PERMISSIVE", "ON");
            wanted.add(insert(mysql));
            long before = connectionsSoFar(mysql);
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                // Under ON the server gives out nothing that has no GTID: it is asked again and
                // again.
                for (int i = 0; connectionsSoFar(mysql) < before + i + 20; i++) {
                    run.failIfFailed();
                    assertThat(ids(run, "eu")).isEmpty();
                    assertThat(i).as("looks until the server was tried again").isLessThan(3_000);
                    Thread.sleep(200);
                }
                assertThat(ids(run, "eu")).isEmpty();
                switchGtids(mysql, "ON_PERMISSIVE");
                run.await("the last row", row -> is(row, "eu", wanted.get(2)));
                assertThat(ids(run, "eu")).isEqualTo(wanted).doesNotContain(last);
            }
        }
    }

    private static long connectionsSoFar(MySqlServer server) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet status =
                        statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Connections'")) {
            status.next();
            return status.getLong(2);
        }
    }

    private static void switchGtids(MySqlServer server, String... modes) throws SQLException {
        for (String mode : modes) {
            execute(server, "SET GLOBAL gtid_mode = " + mode);
        }
    }

    private static String stateOf(SourceRun.Checkpoint checkpoint, String instance)
            throws Exception {
        for (byte[] split : checkpoint.splits()) {
            String text = new InstanceSplitSerializer().deserialize(split).toString();
            if (text.startsWith(instance)) {
                return text;
            }
        }
        throw new AssertionError("no split of " + instance);
    }

    private static String stackOf(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            text.append(e).append('\n').append(Arrays.toString(e.getSuppressed())).append('\n');
        }
        return text.toString();
    }

    private static void user(MySqlServer server, String name, String password) throws SQLException {
        execute(
                server,
                "DROP USER IF EXISTS " + name + "@'%'",
                "CREATE USER " + name + "@'%' IDENTIFIED BY '" + password + "'",
                "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + name + "@'%'");
    }

    private static void createTable(MySqlServer server) throws SQLException {
        execute(server, "CREATE DATABASE shop", "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)");
    }

    private static long insert(MySqlServer server) throws SQLException {
        next++;
        execute(server, "INSERT INTO shop.t VALUES (" + next + ")");
        return next;
    }

    private static void awaitBoth(SourceRun run) throws Exception {
        awaitBoth(run, eu);
    }

    /** Each instance emits once a checkpoint holds its start. */
    private static void awaitBoth(SourceRun run, MySqlServer first) throws Exception {
        for (int i = 0; ids(run, "eu").isEmpty() || ids(run, "us").isEmpty(); i++) {
            run.checkpoint();
            Thread.sleep(100);
            insert(first);
            insert(us);
            run.failIfFailed();
            assertThat(i).isLessThan(3_000);
        }
    }

    private static List<Long> ids(SourceRun run, String instance) {
        List<Long> ids = new ArrayList<>();
        for (SeaTunnelRow row : run.rows()) {
            if (row.getField(1).equals(instance)) {
                ids.add((Long) row.getField(0));
            }
        }
        return ids;
    }

    private static boolean is(SeaTunnelRow row, String instance, long id) {
        return row.getField(1).equals(instance) && (Long) row.getField(0) == id;
    }

    private static Map<String, Object> options(int euPort, int usPort) {
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(
                        Map.of("name", "eu", "hosts", List.of("127.0.0.1:" + euPort)),
                        Map.of("name", "us", "hosts", List.of("127.0.0.1:" + usPort))));
        options.put("username", eu.user());
        options.put("password", eu.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("startup.mode", "latest");
        options.put("heartbeat-interval-ms", 200);
        options.put("reconnect-backoff-max-ms", 500);
        options.put("metadata-columns", List.of("source_instance"));
        return options;
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
