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
import io.seamerge.e2e.servers.TcpProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An instance that goes on at another server, or must not. */
class FailoverIT {

    private static final int VERSION_TIME = 3;
    private static final int INCARNATION = 4;

    private static MySqlServer other;
    private static long lastOfOther;

    @BeforeAll
    static void startTheOtherInstance() throws Exception {
        other = MySqlServer.start("8.0", Map.of());
        execute(
                other,
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, b BLOB)");
    }

    @AfterAll
    static void endTheOtherInstance() {
        other.close();
    }

    /** Cut in mid-transaction, beside an instance that nothing happens to. */
    @ParameterizedTest
    @ValueSource(strings = {"5.7", "8.0", "9.7", "mariadb"})
    void theStreamGoesOnAtASuccessorAsANewIncarnation(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                version.equals("mariadb") ? Map.of("log_slave_updates", "ON") : Map.of();
        Map<String, String> ofReplica = new HashMap<>(settings);
        ofReplica.put("log_bin", "other-bin");
        try (MySqlServer primary = MySqlServer.start(version, settings);
                MySqlServer replica = MySqlServer.start(version, ofReplica);
                TcpProxy proxy = TcpProxy.to(primary)) {
            replicate(version, primary, replica);
            Map<String, Object> options = options(proxy.port(), replica.port());
            options.put("queue-bytes", 70_000);
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitFirst(run, primary);
                execute(primary, "INSERT INTO shop.t VALUES (1, '')");
                run.await("a row of the primary", row -> is(row, "eu", 1));
                // Seconds for what is to happen in the midst of it.
                proxy.throttle(600_000);
                StringBuilder rows = new StringBuilder();
                for (int i = 1_000; i < 2_000; i++) {
                    rows.append(i == 1_000 ? "" : ",").append("(" + i + ", REPEAT('x', 2000))");
                }
                execute(primary, "INSERT INTO shop.t VALUES " + rows);
                awaitReplica(primary, replica);
                run.await("a part of the transaction", row -> id(row) > 1_100);
                proxy.refuse();
                proxy.cut();
                primary.kill();
                execute(replica, "INSERT INTO shop.t VALUES (5000, '')");
                // Nothing of the successor before a checkpoint holds that it is one.
                long next = insertIntoOther();
                run.await("a row of the other instance", row -> is(row, "us", next));
                for (int i = 0; run.metric("MySqlMergeServerSwitches#eu") == 0; i++) {
                    assertThat(i).as("the change of server").isLessThan(3_000);
                    Thread.sleep(100);
                }
                Thread.sleep(500);
                long before = incarnation(run.rows(), 1);
                assertThat(run.rows()).noneMatch(row -> isEu(row) && incarnationOf(row) != before);
                int held = run.size();
                run.checkpoint();
                Thread.sleep(300);
                assertThat(run.rows().subList(held, run.size()))
                        .as("one checkpoint is behind")
                        .noneMatch(FailoverIT::isEu);
                checkpoint = run.checkpoint();
                run.await("a row of the successor", row -> is(row, "eu", 5000));
                assertThat(idsOf(run.rows(), before)).startsWith(1L, 1000L, 1001L);
                assertThat(idsOf(run.rows(), before)).doesNotContain(1999L);
                long after = incarnation(run.rows(), 5000);
                assertThat(after).isGreaterThan(before);
                assertThat(idsOf(run.rows(), after)).isEqualTo(wholeTransactionAnd(5000));
                assertVersionsGrow(run.rows());
            }
            // A crash behind the change replays from it on, within the new incarnation.
            long incarnation;
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("the replay", row -> is(row, "eu", 5000));
                incarnation = incarnation(run.rows(), 5000);
                assertThat(idsOf(run.rows(), incarnation)).isEqualTo(wholeTransactionAnd(5000));
                checkpoint = run.checkpoint();
            }
        }
    }

    private static List<Long> wholeTransactionAnd(long last) {
        List<Long> wanted = new ArrayList<>();
        for (long i = 1_000; i < 2_000; i++) {
            wanted.add(i);
        }
        wanted.add(last);
        return wanted;
    }

    @ParameterizedTest
    @CsvSource({"5.7, BATCH", "8.0, STREAMING", "9.7, BATCH", "mariadb, STREAMING"})
    void aSnapshotGoesOnAtASuccessor(String version, JobMode mode) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                version.equals("mariadb") ? Map.of("log_slave_updates", "ON") : Map.of();
        try (MySqlServer primary = MySqlServer.start(version, settings);
                MySqlServer replica = MySqlServer.start(version, settings)) {
            replicate(version, primary, replica);
            StringBuilder rows = new StringBuilder();
            for (int i = 1; i <= 3_000; i++) {
                rows.append(i == 1 ? "" : ",").append("(" + i + ", REPEAT('first', 300))");
            }
            execute(primary, "INSERT INTO shop.t VALUES " + rows);
            awaitReplica(primary, replica);
            Map<String, Object> options = options(primary.port(), replica.port());
            options.put("startup.mode", "initial");
            options.put("snapshot.chunk-rows", 100);
            options.put("queue-bytes", 70_000);
            try (SourceRun run = SourceRun.start(options, mode)) {
                // The server goes away before most rows of the snapshot are read.
                run.holdBehind(row -> isEu(row) && id(row) % 100 == 50);
                if (mode == JobMode.STREAMING) {
                    run.checkpointUntilEmitting();
                }
                run.await("a part of the snapshot", row -> isEu(row) && id(row) % 100 == 50);
                execute(primary, "UPDATE shop.t SET b = 'changed' WHERE id % 10 = 0");
                awaitReplica(primary, replica);
                primary.kill();
                execute(
                        replica,
                        "DELETE FROM shop.t WHERE id % 10 = 1",
                        "INSERT INTO shop.t VALUES (5000, 'new')");
                assertThat(run.size()).as("rows of the primary").isLessThan(2_000);
                run.release();
                if (mode == JobMode.STREAMING) {
                    checkpointUntil(run, 5000);
                    run.await("the end of the snapshot", row -> isEu(row) && id(row) == 3_000);
                    for (int i = 0; i < 1_500 && replayed(run).size() != 2_701; i++) {
                        Thread.sleep(200);
                        run.failIfFailed();
                    }
                } else {
                    run.awaitEnd();
                }
                Map<Long, String> wanted = new TreeMap<>();
                try (Connection connection = replica.connect();
                        Statement statement = connection.createStatement();
                        ResultSet found = statement.executeQuery("SELECT id, b FROM shop.t")) {
                    while (found.next()) {
                        wanted.put(found.getLong(1), found.getString(2));
                    }
                }
                assertThat(wanted).hasSize(2_701);
                assertThat(replayed(run)).isEqualTo(wanted);
                // It is shown once a second.
                for (int i = 0; run.metric("MySqlMergeServerSwitches#eu") == 0; i++) {
                    assertThat(i).as("the change of server").isLessThan(3_000);
                    Thread.sleep(100);
                }
                assertThat(run.metric("MySqlMergeServerSwitches#eu")).isOne();
            }
        }
    }

    /**
     * Prepared and read at the primary, committed at the successor: its rows come where it does.
     */
    @Test
    void anXaTransactionThatIsOpenCommitsAtTheSuccessor() throws Exception {
        try (MySqlServer primary = MySqlServer.start("8.0", Map.of());
                MySqlServer replica = MySqlServer.start("8.0", Map.of())) {
            replicate("8.0", primary, replica);
            Map<String, Object> options = options(primary.port(), replica.port());
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitFirst(run, primary);
                execute(
                        primary,
                        "XA START 'open'",
                        "INSERT INTO shop.t VALUES (7000, 'xa')",
                        "XA END 'open'",
                        "XA PREPARE 'open'");
                execute(primary, "INSERT INTO shop.t VALUES (1, '')");
                run.await("a row behind the prepared ones", row -> is(row, "eu", 1));
                awaitReplica(primary, replica);
                primary.kill();
                execute(replica, "STOP SLAVE", "INSERT INTO shop.t VALUES (5000, '')");
                checkpointUntil(run, 5000);
                assertThat(run.rows()).noneMatch(row -> is(row, "eu", 7000));
                execute(replica, "XA COMMIT 'open'", "INSERT INTO shop.t VALUES (5001, '')");
                run.await("a row behind the commit", row -> is(row, "eu", 5001));
                assertThat(run.rows().stream().filter(row -> is(row, "eu", 7000))).hasSize(1);
            }
        }
    }

    /** What a table of the instance eu that takes all rows as they come is like. */
    private static Map<Long, String> replayed(SourceRun run) {
        Map<Long, String> table = new TreeMap<>();
        for (SeaTunnelRow row : run.rows()) {
            if (isEu(row)) {
                switch (row.getRowKind()) {
                    case INSERT:
                    case UPDATE_AFTER:
                        table.put(id(row), new String((byte[]) row.getField(1)));
                        break;
                    default:
                        table.remove(id(row));
                }
            }
        }
        return table;
    }

    /** Restored, stopped, lacking, purged: what a job finds when it is restored elsewhere. */
    @Test
    void aRestoredJobFindsASuccessorOrSaysWhyNot() throws Exception {
        try (MySqlServer primary = MySqlServer.start("8.0", Map.of());
                MySqlServer replica = MySqlServer.start("8.0", Map.of())) {
            replicate("8.0", primary, replica);
            SourceRun.Checkpoint checkpoint;
            long before;
            Map<String, Object> options = options(primary.port());
            try (SourceRun run = SourceRun.start(options, JobMode.STREAMING)) {
                awaitFirst(run, primary);
                execute(primary, "INSERT INTO shop.t VALUES (1, '')");
                run.await("row 1", row -> is(row, "eu", 1));
                // Of a transaction whose end had not come, all would come again.
                execute(primary, "INSERT INTO shop.t VALUES (10, '')");
                run.await("row 10", row -> is(row, "eu", 10));
                run.checkpoint();
                checkpoint = run.checkpoint();
                execute(primary, "INSERT INTO shop.t VALUES (2, '')");
                run.await("row 2", row -> is(row, "eu", 2));
                before = incarnation(run.rows(), 2);
            }
            awaitReplica(primary, replica);
            primary.kill();
            // What was emitted beyond the checkpoint comes once more, as a new incarnation.
            Map<String, Object> elsewhere = options(primary.port(), replica.port());
            try (SourceRun run = SourceRun.restore(elsewhere, JobMode.STREAMING, checkpoint)) {
                Thread.sleep(500);
                checkpointUntil(run, 2);
                assertThat(incarnation(run.rows(), 2)).isGreaterThan(before);
                assertThat(run.rows().stream().filter(row -> is(row, "eu", 1))).isEmpty();
            }
            primary.restart();
            execute(replica, "STOP SLAVE");
            try (SourceRun run = SourceRun.restore(options, JobMode.STREAMING, checkpoint)) {
                run.await("row 2", row -> is(row, "eu", 2));
                assertThat(incarnation(run.rows(), 2)).as("the same server").isEqualTo(before);
                execute(primary, "INSERT INTO shop.t VALUES (3, '')");
                run.await("row 3", row -> is(row, "eu", 3));
                run.checkpoint();
                checkpoint = run.checkpoint();
            }
            // It lacks row 3: refused after its time; and taken if it gets it in time.
            elsewhere = options(replica.port());
            elsewhere.put("successor-timeout-ms", 500);
            try (SourceRun run = SourceRun.restore(elsewhere, JobMode.STREAMING, checkpoint)) {
                assertThat(run.awaitFailure())
                        .hasMessageContaining("instance eu: 127.0.0.1:" + replica.port())
                        .hasMessageContaining("lacks transactions that were read already: needed")
                        .hasMessageContaining("start the job anew, with a new snapshot");
            }
            elsewhere.put("successor-timeout-ms", 60_000);
            try (SourceRun run = SourceRun.restore(elsewhere, JobMode.STREAMING, checkpoint)) {
                Thread.sleep(700);
                run.failIfFailed();
                execute(replica, "START SLAVE");
                awaitReplica(primary, replica);
                execute(replica, "INSERT INTO shop.t VALUES (4, '')");
                checkpointUntil(run, 4);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.0", "mariadb"})
    void whoHasNotWhatWasReadIsRefusedInWords(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                version.equals("mariadb")
                        ? Map.of()
                        : Map.of("gtid_mode", "OFF", "enforce_gtid_consistency", "OFF");
        try (MySqlServer one = MySqlServer.start(version, settings);
                MySqlServer two = MySqlServer.start(version, settings)) {
            for (MySqlServer server : List.of(one, two)) {
                execute(
                        server,
                        "CREATE DATABASE shop",
                        "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, b BLOB)");
            }
            SourceRun.Checkpoint checkpoint;
            try (SourceRun run = SourceRun.start(options(one.port()), JobMode.STREAMING)) {
                awaitFirst(run, one);
                checkpoint = run.checkpoint();
            }
            // A stranger with more transactions than were read is a stranger still.
            for (int i = 0; i < 300; i++) {
                execute(two, "INSERT INTO shop.t (id) VALUES (" + i + ")");
            }
            Map<String, Object> elsewhere = options(two.port());
            elsewhere.put("successor-timeout-ms", 500);
            try (SourceRun run = SourceRun.restore(elsewhere, JobMode.STREAMING, checkpoint)) {
                if (version.equals("mariadb")) {
                    // It always has GTIDs: these are of another history.
                    assertThat(run.awaitFailure())
                            .hasMessageContaining("lacks transactions that were read already")
                            .hasMessageMatching(
                                    "(?s).*needed \\d+-\\d+-\\d+, it has \\d+-\\d+-\\d+.*");
                } else {
                    assertThat(run.awaitFailure())
                            .hasMessageContaining("is another server")
                            .hasMessageContaining("a position means nothing on another server");
                }
            }
            execute(one, "RESET MASTER");
            try (SourceRun run =
                    SourceRun.restore(options(one.port()), JobMode.STREAMING, checkpoint)) {
                assertThat(run.awaitFailure())
                        .hasMessageContaining("does not have the binlog that was read")
                        .hasMessageContaining("it was reset (RESET MASTER");
            }
        }
    }

    private static void checkpointUntil(SourceRun run, long id) throws Exception {
        for (int i = 0; run.rows().stream().noneMatch(row -> is(row, "eu", id)); i++) {
            assertThat(i).as("checkpoints until row %s", id).isLessThan(3_000);
            run.checkpoint();
            Thread.sleep(100);
            run.failIfFailed();
        }
    }

    private static void assertVersionsGrow(List<SeaTunnelRow> rows) {
        long last = 0;
        for (SeaTunnelRow row : rows) {
            if (isEu(row) && id(row) >= 5000 || isEu(row) && id(row) == 1) {
                assertThat((Long) row.getField(VERSION_TIME)).isGreaterThan(last);
                last = (Long) row.getField(VERSION_TIME);
            }
        }
    }

    private static List<Long> idsOf(List<SeaTunnelRow> rows, long incarnation) {
        List<Long> ids = new ArrayList<>();
        for (SeaTunnelRow row : rows) {
            if (isEu(row) && id(row) >= 0 && incarnationOf(row) == incarnation) {
                ids.add(id(row));
            }
        }
        return ids;
    }

    private static long incarnation(List<SeaTunnelRow> rows, long id) {
        return rows.stream()
                .filter(row -> is(row, "eu", id))
                .mapToLong(FailoverIT::incarnationOf)
                .findFirst()
                .orElseThrow();
    }

    private static long incarnationOf(SeaTunnelRow row) {
        return (Long) row.getField(INCARNATION);
    }

    private static boolean is(SeaTunnelRow row, String instance, long id) {
        return row.getField(2).equals(instance) && id(row) == id;
    }

    private static boolean isEu(SeaTunnelRow row) {
        return row.getField(2).equals("eu");
    }

    private static long id(SeaTunnelRow row) {
        return (Long) row.getField(0);
    }

    private static Map<String, Object> options(int... ports) {
        List<String> hosts = new ArrayList<>();
        for (int port : ports) {
            hosts.add("127.0.0.1:" + port);
        }
        Map<String, Object> options = new HashMap<>();
        options.put(
                "instances",
                List.of(
                        Map.of("name", "eu", "hosts", hosts),
                        Map.of("name", "us", "hosts", List.of("127.0.0.1:" + other.port()))));
        options.put("username", other.user());
        options.put("password", other.password());
        options.put("tables", List.of("shop\\.t"));
        options.put("startup.mode", "latest");
        options.put("heartbeat-interval-ms", 200);
        options.put("reconnect-backoff-max-ms", 500);
        options.put("metadata-columns", List.of("source_instance", "incarnation", "version_time"));
        return options;
    }

    private static void replicate(String version, MySqlServer primary, MySqlServer replica)
            throws Exception {
        execute(
                primary,
                "CREATE DATABASE shop",
                "CREATE TABLE shop.t (id BIGINT PRIMARY KEY, b BLOB)");
        if (version.equals("mariadb")) {
            execute(
                    replica,
                    String.format(
                            "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = %d,"
                                    + " MASTER_USER = '%s', MASTER_PASSWORD = '%s',"
                                    + " MASTER_USE_GTID = slave_pos",
                            primary.port(), primary.user(), primary.password()),
                    "START SLAVE");
            awaitReplica(primary, replica);
            return;
        }
        boolean old = !version.equals("9.7");
        String word = old ? "MASTER" : "SOURCE";
        execute(
                replica,
                (old ? "CHANGE MASTER TO " : "CHANGE REPLICATION SOURCE TO ")
                        + String.join(
                                ", ",
                                word + "_HOST = '127.0.0.1'",
                                word + "_PORT = " + primary.port(),
                                word + "_USER = '" + primary.user() + "'",
                                word + "_PASSWORD = '" + primary.password() + "'",
                                word + "_AUTO_POSITION = 1")
                        + (version.equals("5.7") ? "" : ", GET_" + word + "_PUBLIC_KEY = 1"),
                old ? "START SLAVE" : "START REPLICA");
        awaitReplica(primary, replica);
    }

    private static void awaitReplica(MySqlServer primary, MySqlServer replica) throws Exception {
        boolean mariaDb = primary.name().contains("MariaDB");
        try (Connection from = primary.connect();
                Statement statement = from.createStatement();
                ResultSet executed =
                        statement.executeQuery(
                                mariaDb
                                        ? "SELECT @@GLOBAL.gtid_binlog_pos"
                                        : "SELECT @@GLOBAL.gtid_executed")) {
            executed.next();
            try (Connection to = replica.connect();
                    Statement wait = to.createStatement();
                    ResultSet result =
                            wait.executeQuery(
                                    (mariaDb
                                                    ? "SELECT MASTER_GTID_WAIT('"
                                                    : "SELECT WAIT_FOR_EXECUTED_GTID_SET('")
                                            + executed.getString(1)
                                            + "', 300)")) {
                result.next();
                assertThat(result.getInt(1)).as("the replica caught up").isZero();
            }
        }
    }

    private static long insertIntoOther() throws SQLException {
        lastOfOther++;
        execute(other, "INSERT INTO shop.t VALUES (" + lastOfOther + ", '')");
        return lastOfOther;
    }

    /** Of both instances: each emits once a checkpoint holds its start. */
    private static void awaitFirst(SourceRun run, MySqlServer mysql) throws Exception {
        for (int i = 0;
                run.rows().stream().noneMatch(FailoverIT::isEu)
                        || run.rows().stream().allMatch(FailoverIT::isEu);
                i++) {
            run.checkpoint();
            Thread.sleep(100);
            insertIntoOther();
            execute(mysql, "INSERT INTO shop.t (id) VALUES (" + (-2 - i) + ")");
            run.failIfFailed();
            assertThat(i).isLessThan(3_000);
        }
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
