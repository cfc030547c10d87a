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
package io.seamerge.e2e.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import io.seamerge.e2e.servers.TcpProxy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The source in the real engine with SeaTunnel's own sinks: Console, Kafka and Jdbc see each key's
 * rows in order, updates as pairs and no row twice, while two instances are read and written to.
 * And what the engine's metrics say of the instances meanwhile.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StockSinksIT {

    private static final int ROWS = 200;
    private static final int TRANSACTIONS = 200;

    /** The key of the row that each instance writes last. */
    private static final int LAST = 1_000_000;

    private static final long PATIENCE_NANOS = Duration.ofMinutes(5).toNanos();

    private static final String JOB =
            """
            env { job.mode = "STREAMING", parallelism = 1, checkpoint.interval = 500 }
            source {
              MySQL-Merge-CDC {
                result_table_name = "merged"
                username = ${mysql_user}
                password = ${mysql_password}
                instances = [ { name = "eu", hosts = [${eu}] }, { name = "us", hosts = [${us}] } ]
                routes = [
                  { tables = "shop\\\\.items", target = "public.items", key = ["_source_instance", "id"] }
                ]
                metadata-columns = ["source_instance", "operation", "version_time", "version_row"]
                snapshot.chunk-rows = 40
                snapshot.max-rows-per-second = 100
              }
            }
            sink {
            %s
            }
            """;

    private static final String CONSOLE = "Console { source_table_name = \"merged\" }";

    private static final String KAFKA =
            """
            Kafka {
              source_table_name = "merged"
              topic = "items"
              bootstrap.servers = ${kafka}
              format = debezium_json
              partition_key_fields = ["_source_instance", "id"]
            }
            """;

    private static final String JDBC =
            """
            Jdbc {
              source_table_name = "merged"
              url = ${pg_url}
              driver = "org.postgresql.Driver"
              user = ${pg_user}
              password = ${pg_password}
              generate_sink_sql = true
              database = "seamerge"
              table = "public.items"
              primary_keys = ["_source_instance", "id"]
            }
            """;

    private MySqlServer eu;
    private MySqlServer us;
    private PostgresServer postgres;
    private KafkaBroker kafka;
    private SeaTunnelEngine engine;

    /** Between the job that prints and the instance eu. */
    private TcpProxy proxy;

    private EngineJob printing;
    private final Map<String, String> wanted = new TreeMap<>();
    private int changes;

    @BeforeAll
    void runOneJobForEachSinkWhileThereIsTraffic(@TempDir Path folder) throws Exception {
        kafka = KafkaBroker.start();
        eu = MySqlServer.start();
        us = MySqlServer.start();
        proxy = TcpProxy.to(eu);
        postgres = PostgresServer.start();
        engine = SeaTunnelEngine.start();
        try (Connection target = postgres.connect();
                Statement statement = target.createStatement()) {
            for (String sql :
                    List.of(
                            "CREATE TABLE items (id INT, name VARCHAR(20), quantity INT,"
                                    + " _source_instance VARCHAR(64), _version_time BIGINT,"
                                    + " _version_row BIGINT, _operation VARCHAR(10),"
                                    + " PRIMARY KEY (_source_instance, id))",
                            "CREATE TABLE seen (n BIGSERIAL, key TEXT, operation TEXT,"
                                    + " time BIGINT, number BIGINT)",
                            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                                    + " INSERT INTO seen (key, operation, time, number) VALUES ("
                                    + "new._source_instance || ' ' || new.id, new._operation,"
                                    + " new._version_time, new._version_row);"
                                    + " RETURN NULL; END $$",
                            "CREATE TRIGGER see AFTER INSERT OR UPDATE ON items"
                                    + " FOR EACH ROW EXECUTE FUNCTION see()")) {
                statement.execute(sql);
            }
        }
        for (MySqlServer mysql : List.of(eu, us)) {
            try (Connection connection = mysql.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE shop");
                statement.execute(
                        "CREATE TABLE shop.items"
                                + " (id INT PRIMARY KEY, name VARCHAR(20), quantity INT)");
                StringBuilder sql = new StringBuilder("INSERT INTO shop.items VALUES ");
                for (int id = 0; id < ROWS; id++) {
                    sql.append(id == 0 ? "" : ",").append("(" + id + ",'first'," + id + ")");
                }
                statement.execute(sql.toString());
            }
        }
        printing = run(folder, "console", CONSOLE, proxy.port());
        run(folder, "kafka", KAFKA, eu.port());
        run(folder, "jdbc", JDBC, eu.port());
        awaitFirstRows();
        write(eu, "eu", 1);
        write(us, "us", 2);
    }

    private EngineJob run(Path folder, String name, String sink, int port) throws IOException {
        Path file = folder.resolve(name + ".conf");
        Files.writeString(file, JOB.formatted(sink));
        return engine.run(file, variables(port));
    }

    /**
     * @param port where the instance eu is found
     */
    private Map<String, String> variables(int port) {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("mysql_user", eu.user());
        variables.put("mysql_password", eu.password());
        variables.put("eu", "127.0.0.1:" + port);
        variables.put("us", "127.0.0.1:" + us.port());
        variables.put("kafka", kafka.address());
        variables.put("pg_url", postgres.jdbcUrl());
        variables.put("pg_user", postgres.user());
        variables.put("pg_password", postgres.password());
        return variables;
    }

    /** The traffic is to fall into the snapshot. */
    private void awaitFirstRows() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            while (number(statement, "SELECT count(*) FROM items") == 0
                    || !Files.readString(engine.log()).contains("tableId=public.items")) {
                assertThat(System.nanoTime()).as(engine.logEnd()).isLessThan(deadline);
                Thread.sleep(50);
            }
        }
    }

    /** Inserts, updates, deletes and key changes, some rows of them hit again and again. */
    private void write(MySqlServer mysql, String instance, long seed) throws Exception {
        Random random = new Random(seed);
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            int next = ROWS;
            for (int i = 0; i < TRANSACTIONS; i++) {
                for (int j = random.nextInt(3); j >= 0; j--) {
                    int id = random.nextInt(4) == 0 ? random.nextInt(10) : random.nextInt(next);
                    switch (random.nextInt(6)) {
                        case 0:
                            changes +=
                                    statement.executeUpdate(
                                            "INSERT INTO shop.items VALUES ("
                                                    + next++
                                                    + ",'new',"
                                                    + i
                                                    + ")");
                            break;
                        case 1:
                            changes +=
                                    statement.executeUpdate(
                                            "DELETE FROM shop.items WHERE id = " + id);
                            break;
                        case 2:
                            changes +=
                                    statement.executeUpdate(
                                            "UPDATE shop.items SET id = "
                                                    + next++
                                                    + " WHERE id = "
                                                    + id);
                            break;
                        default:
                            changes +=
                                    statement.executeUpdate(
                                            "UPDATE shop.items SET name = 'n"
                                                    + random.nextInt(1000)
                                                    + "', quantity = quantity + 1 WHERE id BETWEEN "
                                                    + id
                                                    + " AND "
                                                    + (id + 2));
                    }
                }
                connection.commit();
                Thread.sleep(5);
            }
            statement.execute("INSERT INTO shop.items VALUES (" + LAST + ",'last',0)");
            connection.commit();
            try (ResultSet rows = statement.executeQuery("SELECT * FROM shop.items")) {
                while (rows.next()) {
                    wanted.put(
                            instance + " " + rows.getInt(1),
                            rows.getString(2) + " " + rows.getInt(3));
                }
            }
        }
    }

    @AfterAll
    void close() {
        for (AutoCloseable each : new AutoCloseable[] {engine, kafka, postgres, proxy, eu, us}) {
            try {
                if (each != null) {
                    each.close();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void check(Replay replay) {
        assertThat(replay.table()).isEqualTo(wanted);
        // Of what the snapshot found, it alone gave some, and of the changes some went out beside
        // it.
        assertThat(replay.snapshotRows()).isBetween(ROWS / 2, 2 * ROWS + changes);
        assertThat(replay.rows()).isGreaterThan(changes);
    }

    private static boolean isComplete(Replay replay) {
        return replay.has("eu", LAST) && replay.has("us", LAST);
    }

    @Test
    void consolePrintsEachRowOnceAndInOrder() throws Exception {
        Pattern line =
                Pattern.compile(
                        "tableId=public\\.items SeaTunnelRow#kind=(\\w+) : (\\d+), (\\w+), (\\d+),"
                                + " (\\w+), (\\w+), (\\d+), (\\d+)$");
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        Replay replay;
        do {
            assertThat(System.nanoTime()).as(engine.logEnd()).isLessThan(deadline);
            Thread.sleep(200);
            replay = new Replay();
            for (String text : Files.readAllLines(engine.log(), StandardCharsets.UTF_8)) {
                Matcher row = line.matcher(text);
                if (row.find()) {
                    replay.take(
                            new Replay.Row(
                                    row.group(1).equals("DELETE")
                                            || row.group(1).equals("UPDATE_BEFORE"),
                                    row.group(5),
                                    Integer.parseInt(row.group(2)),
                                    row.group(3),
                                    Integer.parseInt(row.group(4)),
                                    Long.parseLong(row.group(7)),
                                    Long.parseLong(row.group(8)),
                                    row.group(1).startsWith("UPDATE_")
                                            ? "update"
                                            : row.group(6).equals("snapshot")
                                                    ? "snapshot"
                                                    : "other"));
                }
            }
        } while (!isComplete(replay));
        check(replay);
    }

    /** A row as the topic holds it; an update's two are a delete and an insert there. */
    private record Message(int partition, boolean removes, Matcher row) {

        private static final Pattern JSON =
                Pattern.compile(
                        "\"id\":(\\d+),\"name\":\"(\\w+)\",\"quantity\":(\\d+),"
                                + "\"_source_instance\":\"(\\w+)\",\"_operation\":\"(\\w+)\","
                                + "\"_version_time\":(\\d+),\"_version_row\":(\\d+)");

        static Message of(ConsumerRecord<String, String> record) {
            Matcher row = JSON.matcher(record.value());
            assertThat(row.find()).as(record.value()).isTrue();
            return new Message(record.partition(), record.value().contains("\"op\":\"d\""), row);
        }

        int id() {
            return Integer.parseInt(row.group(1));
        }

        String instance() {
            return row.group(4);
        }

        String operation() {
            return row.group(5);
        }

        /** Of the change; of a snapshot's rows many have the same. */
        String version() {
            return instance() + " " + row.group(6) + " " + number();
        }

        long number() {
            return Long.parseLong(row.group(7));
        }

        /** Of an update's before-image: that of its after-image. */
        String versionOfOtherHalf() {
            return instance() + " " + row.group(6) + " " + (number() ^ 1);
        }

        Replay.Row replayedAs(String kind) {
            return new Replay.Row(
                    removes,
                    instance(),
                    id(),
                    row.group(2),
                    Integer.parseInt(row.group(3)),
                    Long.parseLong(row.group(6)),
                    number(),
                    kind);
        }
    }

    /** All that the topic has, in the order of each partition. */
    private KafkaConsumer<String, String> consumer(String topic) throws InterruptedException {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.address(), "auto.offset.reset", "earliest");
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
        // Who asks for a topic first makes it, and may have to wait for that.
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        List<PartitionInfo> partitions = consumer.partitionsFor(topic);
        while (partitions == null || partitions.size() < 3) {
            assertThat(System.nanoTime()).as(kafka.logEnd()).isLessThan(deadline);
            Thread.sleep(100);
            partitions = consumer.partitionsFor(topic);
        }
        List<TopicPartition> all = new ArrayList<>();
        for (PartitionInfo partition : partitions) {
            all.add(new TopicPartition(topic, partition.partition()));
        }
        consumer.assign(all);
        consumer.seekToBeginning(all);
        return consumer;
    }

    @Test
    void kafkaHasEachRowOnceAndInOrderWithinAPartition() throws Exception {
        List<Message> messages = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = consumer("items")) {
            // What comes last in one partition may be there before what other partitions hold.
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (!tableOf(messages).equals(wanted) && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    messages.add(Message.of(record));
                }
            }
        }
        assertThat(tableOf(messages)).as(kafka.logEnd()).isEqualTo(wanted);

        Map<String, Message> halves = new HashMap<>();
        Map<Integer, List<Message>> partitions = new TreeMap<>();
        for (Message message : messages) {
            partitions.computeIfAbsent(message.partition(), p -> new ArrayList<>()).add(message);
            if (message.operation().equals("update")) {
                assertThat(halves.put(message.version(), message)).as("%s twice", message).isNull();
            }
        }
        int pairs = 0;
        int keyChanges = 0;
        for (Message half : halves.values()) {
            Message other = halves.get(half.versionOfOtherHalf());
            assertThat(other).as("the other half of %s", half).isNotNull();
            assertThat(half.removes()).isEqualTo((half.number() & 1) == 0);
            if (half.id() == other.id()) {
                pairs++;
            } else {
                keyChanges++;
            }
        }
        assertThat(pairs).isPositive();
        assertThat(keyChanges).isPositive();
        // Each partition for itself: the pairs of one key are together there.
        for (List<Message> partition : partitions.values()) {
            Replay replay = new Replay();
            for (Message message : partition) {
                Message other = halves.get(message.versionOfOtherHalf());
                boolean isPair = message.operation().equals("update") && other.id() == message.id();
                replay.take(
                        message.replayedAs(
                                isPair
                                        ? "update"
                                        : message.operation().equals("snapshot")
                                                ? "snapshot"
                                                : "other"));
            }
            replay.table();
        }
    }

    private static Map<String, String> tableOf(List<Message> messages) {
        Map<String, String> table = new TreeMap<>();
        for (Message message : messages) {
            String key = message.instance() + " " + message.id();
            if (message.removes()) {
                table.remove(key);
            } else {
                table.put(key, message.row().group(2) + " " + message.row().group(3));
            }
        }
        return table;
    }

    @Test
    void jdbcEndsEqualAndNeverGoesBack() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            Map<String, String> found = Map.of();
            // Of what it writes at once the sink makes several statements.
            while (!found.equals(wanted) && System.nanoTime() < deadline) {
                Thread.sleep(200);
                found = new TreeMap<>();
                try (ResultSet rows = statement.executeQuery("SELECT * FROM items")) {
                    while (rows.next()) {
                        found.put(
                                rows.getString(4) + " " + rows.getInt(1),
                                rows.getString(2) + " " + rows.getInt(3));
                    }
                }
            }
            assertThat(found).as(engine.logEnd()).isEqualTo(wanted);
            // The key's versions, in the order in which the sink wrote them.
            assertThat(
                            number(
                                    statement,
                                    "SELECT count(*) FROM (SELECT time, number, max(ARRAY[time,"
                                            + " number]) OVER (PARTITION BY key ORDER BY n ROWS"
                                            + " BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS"
                                            + " before FROM seen WHERE operation <> 'snapshot') s"
                                            + " WHERE ARRAY[time, number] <= before"))
                    .as("changes that came twice, or went back")
                    .isZero();
            assertThat(
                            number(
                                    statement,
                                    "SELECT count(*) FROM seen s JOIN seen t ON t.key = s.key AND"
                                            + " t.n < s.n AND t.time > s.time"
                                            + " WHERE s.operation = 'snapshot'"))
                    .as("snapshot rows behind later changes")
                    .isZero();
            assertThat(
                            number(
                                    statement,
                                    "SELECT count(*) FROM (SELECT FROM seen WHERE operation ="
                                            + " 'snapshot' GROUP BY key HAVING count(*) > 1) s"))
                    .as("snapshot rows that came twice")
                    .isZero();
            // What an update leaves is its after-image, and a key that it gave up is gone.
            assertThat(
                            number(
                                    statement,
                                    "SELECT count(*) FROM seen WHERE operation NOT IN ('snapshot')"
                                            + " AND number % 2 = 0"))
                    .as("before-images that were written")
                    .isZero();
            assertThat(number(statement, "SELECT count(*) FROM seen WHERE operation = 'update'"))
                    .isPositive();
        }
    }

    /** The other instance goes on, and what happened at the absent one meanwhile comes after. */
    @Test
    void aSavepointIsRestoredWhileAnInstanceIsDown(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("again.conf");
        Files.writeString(
                file,
                JOB.formatted(KAFKA)
                        .replace("items", "again")
                        .replace(
                                "snapshot.chunk-rows",
                                "schema-file = \""
                                        + folder.resolve("schemas.json")
                                        + "\"\n    startup.mode = latest\n    snapshot.chunk-rows"));
        for (MySqlServer mysql : List.of(eu, us)) {
            execute(
                    mysql,
                    "CREATE TABLE shop.again (id INT PRIMARY KEY, name VARCHAR(20), quantity INT)");
        }
        try (TcpProxy toEu = TcpProxy.to(eu)) {
            Map<String, String> variables = variables(toEu.port());
            EngineJob job = engine.run(file, variables, 4712);
            Set<String> wantedRows = new TreeSet<>();
            // Each instance emits once a checkpoint holds its start.
            await("both are read", () -> metric(job, "Connected", "eu") == 1);
            await("both are read", () -> metric(job, "Connected", "us") == 1);
            add(eu, "eu", 1, wantedRows);
            add(us, "us", 1, wantedRows);
            Set<String> found = new TreeSet<>();
            try (KafkaConsumer<String, String> consumer = consumer("again")) {
                awaitRows(consumer, found, wantedRows);
                job.savepoint();
                toEu.refuse();
                toEu.cut();
                add(us, "us", 2, wantedRows);
                Set<String> ofEu = new TreeSet<>();
                add(eu, "eu", 2, ofEu);
                EngineJob restored = engine.restore(4712, file, variables);
                try {
                    awaitRows(consumer, found, wantedRows);
                    await("us is read", () -> metric(restored, "Connected", "us") == 1);
                    add(us, "us", 3, wantedRows);
                    awaitRows(consumer, found, wantedRows);
                    assertThat(metric(restored, "Connected", "eu")).isZero();
                    assertThat(found).doesNotContainAnyElementsOf(ofEu);
                    toEu.accept();
                    await("eu has joined", () -> metric(restored, "Connected", "eu") == 1);
                    add(eu, "eu", 3, ofEu);
                    wantedRows.addAll(ofEu);
                    awaitRows(consumer, found, wantedRows);
                    assertThat(found).isEqualTo(wantedRows);
                } finally {
                    restored.cancel();
                }
            }
        }
    }

    private static void add(MySqlServer mysql, String instance, int id, Set<String> wanted)
            throws SQLException {
        execute(mysql, "INSERT INTO shop.again VALUES (" + id + ", 'row', " + id + ")");
        wanted.add(instance + " " + id);
    }

    private void awaitRows(
            KafkaConsumer<String, String> consumer, Set<String> found, Set<String> wantedRows)
            throws IOException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!found.containsAll(wantedRows)) {
            assertThat(System.nanoTime())
                    .as("%s of %s: %s", found, wantedRows, engine.logEnd())
                    .isLessThan(deadline);
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                Message message = Message.of(record);
                found.add(message.instance() + " " + message.id());
            }
        }
    }

    private static void execute(MySqlServer mysql, String sql) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void metricsShowWhichInstanceIsCutOff() throws Exception {
        await("both are read", () -> metric("Connected", "eu") + metric("Connected", "us") == 2);
        await("both are idle", () -> metric("LagMillis", "eu") + metric("LagMillis", "us") < 6_000);
        long connects = metric("Connects", "eu");
        long rows = metric("Rows", "us");
        proxy.refuse();
        proxy.cut();
        try {
            await(
                    "eu is cut off",
                    () -> metric("Connected", "eu") == 0 && metric("LagMillis", "eu") > 6_000);
            await(
                    "us is read meanwhile",
                    () ->
                            metric("Connected", "us") == 1
                                    && metric("LagMillis", "us") < metric("LagMillis", "eu"));
            try (Connection connection = us.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("UPDATE shop.items SET name = 'last' WHERE id = " + LAST);
                statement.execute("UPDATE shop.items SET quantity = 1 WHERE id = " + LAST);
                statement.execute("UPDATE shop.items SET quantity = 0 WHERE id = " + LAST);
            }
            await("us goes on", () -> metric("Rows", "us") == rows + 4);
        } finally {
            proxy.accept();
        }
        await("eu is read again", () -> metric("Connects", "eu") > connects);
        await("eu has caught up", () -> metric("LagMillis", "eu") < 6_000);
        assertThat(metric("ServerSwitches", "eu")).isZero();
        assertThat(Files.readString(engine.log()))
                .containsPattern("instance eu: read at 127\\.0\\.0\\.1:" + proxy.port() + " since")
                .containsPattern(
                        "instance us: snapshot: \\d+ rows, about 100 %, \\d+ rows/s, about 0:00:00"
                                + " left, 1 of 1 tables done")
                .containsPattern("instance eu: out of reach since .* lag \\d+ ms, .*last error")
                .doesNotContain(eu.password());
    }

    /** A condition that may be asked again and again. */
    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as(what + ": " + printing.metrics()).isLessThan(deadline);
            Thread.sleep(200);
        }
    }

    private long metric(String figure, String instance) {
        return metric(printing, figure, instance);
    }

    private static long metric(EngineJob job, String figure, String instance) {
        Matcher matcher =
                Pattern.compile(
                                "\"metric\" : \"MySqlMerge"
                                        + figure
                                        + "#"
                                        + instance
                                        + "\",\\s*\"value\" : (\\d+)")
                        .matcher(job.metrics());
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    private static long number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
