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
package io.seamerge.e2e.binlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.TcpProxy;
import io.seamerge.mysql.binlog.BinlogClient;
import io.seamerge.mysql.binlog.BinlogException;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.GtidSet;
import io.seamerge.mysql.binlog.RowsEvent;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.tls.Tls;
import io.seamerge.mysql.type.ColumnType;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The client on a real server: transactions, positions and images as they were written, and every
 * failure loud.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class BinlogClientIT {

    private MySqlServer server;
    private ExecutorService threads;

    private Connection connection;
    private BinlogPosition from;

    /** The server's version. */
    String version() {
        return "8.0";
    }

    @BeforeAll
    void startServer() {
        assumeThat(MySqlServer.whyNot(version())).isEmpty();
        server = MySqlServer.start(version(), Map.of("max_allowed_packet", "64M"));
        threads = Executors.newCachedThreadPool();
    }

    @AfterAll
    void stopServer() {
        if (server != null) {
            threads.shutdownNow();
            server.close();
        }
    }

    @BeforeEach
    void createTables() throws Exception {
        connection = server.connect();
        execute(
                "DROP DATABASE IF EXISTS shop",
                "CREATE DATABASE shop",
                "USE shop",
                "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(20), big LONGBLOB)",
                "CREATE TABLE other (id INT PRIMARY KEY)",
                "CREATE TABLE plain (id INT PRIMARY KEY) ENGINE = MyISAM");
        from = Stream.now(connection);
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
    }

    @Test
    void transactionsComeWholeAndInOrder() throws Exception {
        connection.setAutoCommit(false);
        execute(
                "INSERT INTO orders VALUES (1, 'a', NULL), (2, 'b', NULL)",
                "INSERT INTO other VALUES (1)",
                "SAVEPOINT s",
                "UPDATE orders SET note = 'c' WHERE id = 2",
                "DELETE FROM orders WHERE id = 1");
        connection.commit();
        connection.setAutoCommit(true);
        execute("CREATE TABLE third (id INT)", "INSERT INTO plain VALUES (7)");

        Stream stream = read();

        assertThat(stream.calls)
                .containsExactly(
                        "rotate " + from,
                        "begin",
                        "INSERT shop.orders 1",
                        "INSERT shop.other 2",
                        "UPDATE shop.orders 3",
                        "DELETE shop.orders 4",
                        "end",
                        "begin",
                        "query CREATE TABLE third (id INT)",
                        "end",
                        "begin",
                        "INSERT shop.plain 1",
                        "end");
        assertThat(stream.rowsOf(orders()))
                .containsExactly(
                        Arrays.asList(1, "a", null),
                        Arrays.asList(2, "b", null),
                        Arrays.asList(2, "c", null),
                        Arrays.asList(1, "a", null));
        assertThat(stream.lastEnd).isEqualTo(Stream.now(connection));
        assertThat(stream.gtids).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(Math.abs(stream.lastCommitTimeMicros - System.currentTimeMillis() * 1000))
                .isLessThan(600_000_000L);
    }

    @Test
    void everyEndOfATransactionIsAPlaceToStartFrom() throws Exception {
        for (int i = 0; i < 5; i++) {
            execute("INSERT INTO orders VALUES (" + i + ", 'x', NULL)");
        }
        execute("FLUSH BINARY LOGS", "INSERT INTO orders VALUES (5, 'x', NULL)");
        List<BinlogPosition> ends = new ArrayList<>();
        ReadTable orders = orders();
        Stream all =
                new Stream(Stream.now(connection)) {
                    @Override
                    public void transactionEnd(BinlogPosition end) {
                        ends.add(end);
                        super.transactionEnd(end);
                    }
                };
        all.run(Stream.client(server).build(), from, null, List.of(orders));
        assertThat(ends).hasSize(6).isSorted();

        for (int i = 0; i < ends.size() - 1; i++) {
            Stream rest = Stream.read(server, ends.get(i), Stream.now(connection), List.of(orders));
            assertThat(rest.rowsOf(orders))
                    .isEqualTo(all.rowsOf(orders).subList(i + 1, all.rowsOf(orders).size()));
        }
    }

    @Test
    void gtidsThatAreKnownDoNotComeAgain() throws Exception {
        GtidSet known = executed();
        execute("INSERT INTO orders VALUES (1, 'x', NULL)", "FLUSH BINARY LOGS");
        execute("INSERT INTO orders VALUES (2, 'x', NULL)");

        Stream stream = new Stream(Stream.now(connection));
        stream.run(Stream.client(server).build(), null, known, List.of(orders()));

        assertThat(stream.rowsOf(orders()))
                .containsExactly(Arrays.asList(1, "x", null), Arrays.asList(2, "x", null));
        GtidSet after = known.copy();
        stream.gtids.forEach(after::add);
        assertThat(after).isEqualTo(executed());
        assertThat(after.toString()).isEqualTo(executed().toString());
    }

    @Test
    void updatesGiveBothImagesAndColumnsCanBeLeftOut() throws Exception {
        execute(
                "INSERT INTO orders VALUES (1, 'before', 'B'), (2, 'other', NULL)",
                "UPDATE orders SET id = id + 10, note = 'after', big = 'A'");
        List<String> seen = new ArrayList<>();
        ColumnType[] types = {
            ColumnType.parse("int", null), null, ColumnType.parse("longblob", null)
        };
        Stream stream =
                new Stream(Stream.now(connection)) {
                    @Override
                    public void rows(RowsEvent event) {
                        if (event.kind() != RowsEvent.Kind.UPDATE) {
                            return;
                        }
                        Object[] before = new Object[1];
                        Object[] after = new Object[2];
                        while (event.next()) {
                            if (event.rowInEvent() == 0) {
                                event.readBefore(types, new int[] {0, -1, -1}, before);
                            }
                            event.readAfter(types, new int[] {1, -1, 0}, after);
                            seen.add(
                                    event.rowInEvent()
                                            + " "
                                            + before[0]
                                            + " "
                                            + after[1]
                                            + " "
                                            + new String((byte[]) after[0]));
                        }
                        seen.add(
                                event.tableMap().columnNames()
                                        + " "
                                        + event.tableMap().primaryKey());
                    }
                };
        stream.run(Stream.client(server).build(), from, null, List.of());

        assertThat(seen).containsExactly("0 1 11 A", "1 1 12 A", "[id, note, big] [0]");
    }

    @Test
    void largeRowsComeInSeveralPackets() throws Exception {
        // A packet has at most 16777215 bytes; beside the value there are 45.
        int onePacket = 16_777_215 - 45;
        List<Integer> lengths =
                List.of(5_000_000, 20_000_000, 34_000_000, onePacket - 1, onePacket, onePacket + 1);
        for (int i = 0; i < lengths.size(); i++) {
            execute(
                    "REPLACE INTO orders VALUES ("
                            + i
                            + ", NULL, repeat('x', "
                            + lengths.get(i)
                            + "))");
            execute("DELETE FROM orders WHERE id = " + (i - 1));
        }
        List<Integer> found = new ArrayList<>();
        Stream stream =
                new Stream(Stream.now(connection)) {
                    @Override
                    public void rows(RowsEvent event) {
                        if (event.kind() == RowsEvent.Kind.INSERT) {
                            ColumnType[] types = {null, null, ColumnType.parse("longblob", null)};
                            Object[] into = new Object[1];
                            while (event.next()) {
                                event.readAfter(types, new int[] {-1, -1, 0}, into);
                                found.add(((byte[]) into[0]).length);
                            }
                        }
                    }
                };
        stream.run(Stream.client(server).build(), from, null, List.of());

        assertThat(found).isEqualTo(lengths);
    }

    @Test
    void filesWithAndWithoutChecksumsFollowEachOther() throws Exception {
        execute(
                "INSERT INTO orders VALUES (1, 'crc', NULL)",
                "SET GLOBAL binlog_checksum = NONE",
                "INSERT INTO orders VALUES (2, 'none', NULL)");
        BinlogPosition inFileWithout = Stream.now(connection);
        execute("INSERT INTO orders VALUES (3, 'none', NULL)");
        try {
            assertThat(read().rowsOf(orders())).hasSize(3);
            assertThat(
                            Stream.read(
                                            server,
                                            inFileWithout,
                                            Stream.now(connection),
                                            List.of(orders()))
                                    .rowsOf(orders()))
                    .hasSize(1);
        } finally {
            execute("SET GLOBAL binlog_checksum = CRC32");
        }
        execute("INSERT INTO orders VALUES (4, 'crc', NULL)");
        assertThat(read().rowsOf(orders())).hasSize(4);
        assertThat(
                        Stream.read(
                                        server,
                                        inFileWithout,
                                        Stream.now(connection),
                                        List.of(orders()))
                                .rowsOf(orders()))
                .hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(
            value = SslMode.class,
            names = {"DISABLED", "PREFERRED", "REQUIRED"})
    void cachingSha2PasswordWorksWithAndWithoutTls(SslMode mode) throws Exception {
        // A user that the server has not seen yet: the full exchange, not the cached one.
        execute(
                "CREATE USER sha2@'%' IDENTIFIED WITH caching_sha2_password BY 'sha2-secret'",
                "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO sha2@'%'",
                "INSERT INTO orders VALUES (1, 'tls', NULL)");
        try {
            BinlogPosition until = Stream.now(connection);
            for (String way : List.of("full exchange", "cached")) {
                Stream stream = new Stream(until);
                stream.run(
                        Stream.client(server)
                                .login("sha2", "sha2-secret")
                                .tls(Tls.of(mode))
                                .build(),
                        from,
                        null,
                        List.of(orders()));
                assertThat(stream.rowsOf(orders())).as(way).hasSize(1);
            }
        } finally {
            execute("DROP USER sha2");
        }
    }

    @Test
    void anIdleServerMovesThePositionByHeartbeats() throws Exception {
        CountDownLatch heartbeats = new CountDownLatch(5);
        BinlogClient client =
                Stream.client(server).heartbeatInterval(Duration.ofMillis(100)).build();
        Stream stream =
                new Stream(null) {
                    @Override
                    public void position(BinlogPosition at) throws InterruptedException {
                        heartbeats.countDown();
                        super.position(at);
                    }
                };
        Future<?> running = threads.submit(() -> run(client, stream));
        assertThat(heartbeats.await(2, TimeUnit.MINUTES)).isTrue();

        client.close();

        running.get(2, TimeUnit.MINUTES);
        assertThat(stream.lastPosition).isEqualTo(from);
    }

    @Test
    void whatTheHandlerThrowsEndsTheStream() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)");
        IllegalStateException thrown = new IllegalStateException("full of rows");
        Stream stream =
                new Stream(null) {
                    @Override
                    public void rows(RowsEvent event) {
                        throw thrown;
                    }
                };
        assertThatThrownBy(() -> run(Stream.client(server).build(), stream))
                .hasMessageContaining("full of rows")
                .hasMessageContaining(from.file())
                .hasCause(thrown);
        assertThat(stream.calls).containsExactly("rotate " + from, "begin");
    }

    @Test
    void whatTheHandlerThrowsAfterAnotherThreadClosesIsNotLost() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)");
        BinlogClient client = Stream.client(server).build();
        Stream stream =
                new Stream(null) {
                    @Override
                    public void rows(RowsEvent event) {
                        client.close();
                        throw new IllegalStateException("full of rows");
                    }
                };
        assertThatThrownBy(() -> run(client, stream)).hasMessageContaining("full of rows");
    }

    @Test
    void aHandlerThatIsInterruptedToCloseIsNoFailure() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)");
        BinlogClient client = Stream.client(server).build();
        CountDownLatch waiting = new CountDownLatch(1);
        Stream stream =
                new Stream(null) {
                    @Override
                    public void transactionEnd(BinlogPosition end) {
                        waiting.countDown();
                        super.transactionEnd(end);
                    }

                    @Override
                    public void position(BinlogPosition at) throws InterruptedException {
                        if (waiting.getCount() == 0) {
                            new CountDownLatch(1).await();
                        }
                    }
                };
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        Thread reader =
                new Thread(
                        () -> {
                            try {
                                run(client, stream);
                                interrupted.complete(Thread.currentThread().isInterrupted());
                            } catch (Exception e) {
                                interrupted.completeExceptionally(e);
                            }
                        });
        reader.start();
        assertThat(waiting.await(2, TimeUnit.MINUTES)).isTrue();
        client.close();
        reader.interrupt();
        assertThat(interrupted.get(2, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void taggedGtidsAreReadAndAskedFor() throws Exception {
        if (version().equals("8.0")) {
            GtidSet tagged = GtidSet.parse("3e11fa47-71ca-11e1-9e33-c80aa9429562:tag:1-5");
            BinlogClient client = Stream.client(server).build();
            assertThatThrownBy(() -> new Stream(null).run(client, null, tagged, List.of()))
                    .as("a server that knows no tags")
                    .isInstanceOf(BinlogException.class)
                    .hasMessageContaining("the server says")
                    .hasMessageContaining(":tag:1-5");
            return;
        }
        execute(
                "SET gtid_next = 'AUTOMATIC:tag_1'",
                "INSERT INTO orders VALUES (1, 'known', NULL)",
                "SET gtid_next = 'AUTOMATIC'",
                "INSERT INTO orders VALUES (2, 'known', NULL)");
        GtidSet known = executed();
        execute(
                "SET gtid_next = 'AUTOMATIC:tag_1'",
                "INSERT INTO orders VALUES (3, 'new', NULL)",
                "SET gtid_next = 'AUTOMATIC:b'",
                "INSERT INTO orders VALUES (4, 'new', NULL)",
                "SET gtid_next = 'AUTOMATIC'",
                "INSERT INTO orders VALUES (5, 'new', NULL)");
        long after = System.currentTimeMillis() * 1000 + 999;
        Stream stream = new Stream(Stream.now(connection));
        stream.run(Stream.client(server).build(), null, known, List.of(orders()));
        assertThat(stream.rowsOf(orders())).extracting(row -> row.get(0)).containsExactly(3, 4, 5);
        assertThat(stream.lastCommitTimeMicros).isBetween(after - 600_000_000, after);
        stream.gtids.forEach(known::add);
        assertThat(known).isEqualTo(executed());
        assertThat(known.toString()).contains(":tag_1:1-2", ":b:1");
    }

    @Test
    void anErrorInTheHandlerEndsTheStream() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)");
        Stream stream =
                new Stream(null) {
                    @Override
                    public void rows(RowsEvent event) {
                        throw new StackOverflowError("deep");
                    }
                };
        assertThatThrownBy(() -> run(Stream.client(server).build(), stream))
                .isInstanceOf(StackOverflowError.class);
    }

    @Test
    void typesThatAreNotThoseOfTheBinlogAreRefused() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)");
        ReadTable before = orders();
        execute("ALTER TABLE orders MODIFY id BIGINT", "INSERT INTO orders VALUES (2, 'x', NULL)");
        assertThatThrownBy(() -> Stream.read(server, from, Stream.now(connection), List.of(before)))
                .hasMessageContaining("column id of shop.orders has type int")
                .hasMessageContaining("storage type 8");

        execute("ALTER TABLE orders DROP COLUMN note", "INSERT INTO orders VALUES (3, NULL)");
        ReadTable after = orders();
        assertThatThrownBy(() -> Stream.read(server, from, Stream.now(connection), List.of(after)))
                .hasMessageContaining(
                        "has 3 columns of shop.orders, the schema that we hold has 2");
    }

    @Test
    void partialImagesAreRefused() throws Exception {
        execute(
                "INSERT INTO orders VALUES (1, 'x', NULL)",
                "SET SESSION binlog_row_image = MINIMAL",
                "UPDATE orders SET note = 'y'");
        assertThatThrownBy(this::read)
                .hasMessageContaining("shop.orders")
                .hasMessageContaining("binlog_row_image must be FULL");
    }

    @Test
    void partialJsonIsRefused() throws Exception {
        execute(
                "CREATE TABLE documents (id INT PRIMARY KEY, d JSON)",
                "INSERT INTO documents VALUES (1, '{\"a\": 1, \"b\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}')",
                "SET SESSION binlog_row_value_options = PARTIAL_JSON",
                "UPDATE documents SET d = JSON_SET(d, '$.a', 2)");
        assertThatThrownBy(this::read).hasMessageContaining("set binlog_row_value_options = ''");
    }

    @Test
    void xaTransactionsAreToldFromOthers() throws Exception {
        execute(
                "XA START 'x'",
                "INSERT INTO orders VALUES (1, 'x', NULL)",
                "XA END 'x'",
                "XA PREPARE 'x'",
                "XA ROLLBACK 'x'",
                "XA START 'y', 'b', 7",
                "INSERT INTO orders VALUES (2, 'y', NULL)",
                "XA END 'y', 'b', 7",
                "XA COMMIT 'y', 'b', 7 ONE PHASE");
        assertThat(read().calls)
                .containsExactly(
                        "rotate " + from,
                        "begin",
                        "xa begin X'78',X'',1",
                        "INSERT shop.orders 1",
                        "xa prepare X'78',X'',1",
                        "end",
                        "begin",
                        "xa rollback X'78',X'',1",
                        "end",
                        "begin",
                        "xa begin X'79',X'62',7",
                        "INSERT shop.orders 1",
                        "xa commit X'79',X'62',7 in one",
                        "end");
    }

    @Test
    void statementsThatAreLoggedAsSuchComeAsQueries() throws Exception {
        execute(
                "SET SESSION binlog_format = STATEMENT",
                "INSERT INTO orders VALUES (1, 'ä', NULL)");
        assertThat(read().calls)
                .containsExactly(
                        "rotate " + from,
                        "begin",
                        "query INSERT INTO orders VALUES (1, 'ä', NULL)",
                        "end");
    }

    @Test
    void aPlaceWithinATransactionIsRefused() throws Exception {
        connection.setAutoCommit(false);
        execute("INSERT INTO orders VALUES (1, 'x', NULL)", "INSERT INTO other VALUES (1)");
        connection.commit();
        List<Long> places = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet events =
                        statement.executeQuery(
                                "SHOW BINLOG EVENTS IN '"
                                        + from.file()
                                        + "' FROM "
                                        + from.offset())) {
            while (events.next()) {
                places.add(events.getLong("Pos"));
            }
        }
        // GTID, BEGIN, TABLE_MAP, rows, TABLE_MAP, rows, XID
        assertThat(places).hasSize(7);
        for (long place : places.subList(2, 7)) {
            BinlogPosition within = new BinlogPosition(from.file(), place);
            assertThatThrownBy(() -> Stream.read(server, within, Stream.now(connection), List.of()))
                    .hasMessageContaining("reading must begin between transactions");
        }
    }

    @Test
    void aPurgedFileIsNamed() throws Exception {
        execute("FLUSH BINARY LOGS");
        BinlogPosition now = Stream.now(connection);
        execute("PURGE BINARY LOGS TO '" + now.file() + "'");
        assertThatThrownBy(this::read)
                .hasMessageContaining("cannot be read from " + from)
                .hasMessageContaining("error 1236")
                .hasMessageContaining("must be read again");
    }

    @Test
    void purgedGtidsAreNamed() throws Exception {
        execute("INSERT INTO orders VALUES (1, 'x', NULL)", "FLUSH BINARY LOGS");
        execute("PURGE BINARY LOGS TO '" + Stream.now(connection).file() + "'");
        assertThatThrownBy(
                        () ->
                                new Stream(null)
                                        .run(
                                                Stream.client(server).build(),
                                                null,
                                                new GtidSet(),
                                                List.of()))
                .hasMessageContaining("after GTIDs ''")
                .hasMessageContaining("error 1236");
    }

    @Test
    void aKilledConnectionEndsTheStream() throws Exception {
        Stream stream = new Stream(null);
        CountDownLatch connected = new CountDownLatch(1);
        Future<?> running = start(Stream.client(server).build(), stream, connected);
        assertThat(connected.await(2, TimeUnit.MINUTES)).isTrue();
        kill();
        assertThatThrownBy(() -> running.get(2, TimeUnit.MINUTES))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("cannot be read on after " + from);
    }

    @Test
    void aStalledLinkIsNoticed() throws Exception {
        try (TcpProxy proxy = TcpProxy.to(server)) {
            CountDownLatch connected = new CountDownLatch(1);
            BinlogClient client =
                    BinlogClient.to("127.0.0.1", proxy.port())
                            .login(server.user(), server.password())
                            .serverId(4711)
                            .heartbeatInterval(Duration.ofMillis(200))
                            .build();
            Future<?> running = start(client, new Stream(null), connected);
            assertThat(connected.await(2, TimeUnit.MINUTES)).isTrue();
            proxy.stall();
            assertThatThrownBy(() -> running.get(2, TimeUnit.MINUTES))
                    .hasMessageContaining("the link is dead");
        }
    }

    @Test
    void aCutLinkEndsTheStream() throws Exception {
        try (TcpProxy proxy = TcpProxy.to(server)) {
            CountDownLatch connected = new CountDownLatch(1);
            BinlogClient client =
                    BinlogClient.to("127.0.0.1", proxy.port())
                            .login(server.user(), server.password())
                            .serverId(4712)
                            .build();
            Future<?> running = start(client, new Stream(null), connected);
            assertThat(connected.await(2, TimeUnit.MINUTES)).isTrue();
            proxy.cut();
            assertThatThrownBy(() -> running.get(2, TimeUnit.MINUTES))
                    .hasMessageContaining("cannot be read on after");
        }
    }

    @Test
    void aServerIdThatIsTakenIsNamed() throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        Future<?> first =
                start(Stream.client(server).serverId(4713).build(), new Stream(null), connected);
        assertThat(connected.await(2, TimeUnit.MINUTES)).isTrue();
        BinlogClient second = Stream.client(server).serverId(4713).build();
        Future<?> running = threads.submit(() -> run(second, new Stream(null)));
        assertThatThrownBy(() -> first.get(2, TimeUnit.MINUTES))
                .hasMessageContaining("has server id 4713");
        second.close();
        running.get(2, TimeUnit.MINUTES);
    }

    @Test
    void aRefusedLoginDoesNotTellThePassword() {
        assertThatThrownBy(
                        () ->
                                run(
                                        Stream.client(server)
                                                .login(server.user(), "wrong-secret")
                                                .build(),
                                        new Stream(null)))
                .hasMessageContaining("refuses the login")
                .hasMessageContaining(server.user())
                .satisfies(
                        e -> {
                            StringWriter trace = new StringWriter();
                            e.printStackTrace(new PrintWriter(trace));
                            assertThat(trace.toString()).doesNotContain("wrong-secret");
                        });
    }

    @Test
    void nobodyAtThePortIsSaid() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        BinlogClient client =
                BinlogClient.to("127.0.0.1", port).login("u", "p").serverId(1).build();
        assertThatThrownBy(() -> run(client, new Stream(null)))
                .hasMessageContaining("127.0.0.1:" + port);
    }

    @Test
    void aClientThatIsClosedDoesNotConnect() throws Exception {
        BinlogClient client = Stream.client(server).build();
        client.close();
        Stream stream = new Stream(null);
        run(client, stream);
        assertThat(stream.calls).isEmpty();
    }

    private Void run(BinlogClient client, Stream stream) throws Exception {
        stream.run(client, from, null, List.of());
        return null;
    }

    private Future<?> start(BinlogClient client, Stream stream, CountDownLatch connected) {
        return threads.submit(
                () -> {
                    stream.onPosition(connected::countDown);
                    return run(client, stream);
                });
    }

    private void kill() throws SQLException {
        List<Long> dumps = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet sessions =
                        statement.executeQuery(
                                "SELECT id FROM information_schema.processlist"
                                        + " WHERE command LIKE 'Binlog Dump%'")) {
            while (sessions.next()) {
                dumps.add(sessions.getLong(1));
            }
        }
        for (long id : dumps) {
            execute("KILL " + id);
        }
    }

    private GtidSet executed() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT @@GLOBAL.gtid_executed")) {
            row.next();
            return GtidSet.parse(row.getString(1));
        }
    }

    private ReadTable orders() throws SQLException {
        return ReadTable.describe(connection, "shop", "orders");
    }

    private Stream read() throws Exception {
        return Stream.read(server, from, Stream.now(connection), List.of(orders()));
    }

    private void execute(String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
