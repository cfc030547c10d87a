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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
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
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StockSinksIT {

    private static final int ROWS = 200;
    private static final int TRANSACTIONS = 200;

    /** The key of the row that each instance writes last. */
    private static final int LAST = 1_000_000;

    private static final long PATIENCE_NANOS = Duration.ofSeconds(90).toNanos();

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
                            "CREATE TABLE seen (n BIGSERIAL, key TEXT, old BIGINT, new BIGINT)",
                            "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                                    + " INSERT INTO seen (key, old, new) VALUES ("
                                    + "coalesce(new._source_instance, old._source_instance) || ' '"
                                    + " || coalesce(new.id, old.id), old._version_time,"
                                    + " new._version_time); RETURN NULL; END $$",
                            "CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON items"
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
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("mysql_user", eu.user());
        variables.put("mysql_password", eu.password());
        variables.put("eu", "127.0.0.1:" + port);
        variables.put("us", "127.0.0.1:" + us.port());
        variables.put("kafka", kafka.address());
        variables.put("pg_url", postgres.jdbcUrl());
        variables.put("pg_user", postgres.user());
        variables.put("pg_password", postgres.password());
        return engine.run(file, variables);
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

    @Test
    void kafkaHasEachRowOnceAndInOrderWithinAPartition() throws Exception {
        Pattern json =
                Pattern.compile(
                        "\"id\":(\\d+),\"name\":\"(\\w+)\",\"quantity\":(\\d+),"
                                + "\"_source_instance\":\"(\\w+)\",\"_operation\":\"(\\w+)\","
                                + "\"_version_time\":(\\d+),\"_version_row\":(\\d+)");
        // Pairs are torn by rows of other partitions alone, so that each is replayed by itself.
        Map<Integer, Replay> partitions = new TreeMap<>();
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.address(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all = new ArrayList<>();
            for (PartitionInfo partition : consumer.partitionsFor("items")) {
                all.add(new TopicPartition("items", partition.partition()));
            }
            assertThat(all).hasSize(3);
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            boolean euIsComplete = false;
            boolean usIsComplete = false;
            while (!euIsComplete || !usIsComplete) {
                assertThat(System.nanoTime()).as(kafka.logEnd()).isLessThan(deadline);
                for (ConsumerRecord<String, String> message :
                        consumer.poll(Duration.ofMillis(200))) {
                    Matcher row = json.matcher(message.value());
                    assertThat(row.find()).as(message.value()).isTrue();
                    boolean removes = message.value().contains("\"op\":\"d\"");
                    Replay replay =
                            partitions.computeIfAbsent(message.partition(), p -> new Replay());
                    replay.take(
                            new Replay.Row(
                                    removes,
                                    row.group(4),
                                    Integer.parseInt(row.group(1)),
                                    row.group(2),
                                    Integer.parseInt(row.group(3)),
                                    Long.parseLong(row.group(6)),
                                    Long.parseLong(row.group(7)),
                                    // Whether the key changed, debezium_json does not say.
                                    row.group(5).equals("snapshot") ? "snapshot" : "other"));
                }
                for (Replay replay : partitions.values()) {
                    euIsComplete |= replay.has("eu", LAST);
                    usIsComplete |= replay.has("us", LAST);
                }
            }
        }
        Map<String, String> found = new TreeMap<>();
        partitions.values().forEach(replay -> found.putAll(replay.table()));
        assertThat(found).isEqualTo(wanted);
    }

    @Test
    void jdbcEndsEqualAndNeverGoesBack() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            while (number(statement, "SELECT count(*) FROM items WHERE id = " + LAST) < 2) {
                assertThat(System.nanoTime()).as(engine.logEnd()).isLessThan(deadline);
                Thread.sleep(200);
            }
            Map<String, String> found = new TreeMap<>();
            try (ResultSet rows = statement.executeQuery("SELECT * FROM items")) {
                while (rows.next()) {
                    found.put(
                            rows.getString(4) + " " + rows.getInt(1),
                            rows.getString(2) + " " + rows.getInt(3));
                }
            }
            assertThat(found).isEqualTo(wanted);
            assertThat(
                            number(
                                    statement,
                                    "SELECT count(*) FROM (SELECT new, max(coalesce(new, old)) OVER"
                                            + " (PARTITION BY key ORDER BY n ROWS BETWEEN UNBOUNDED"
                                            + " PRECEDING AND 1 PRECEDING) AS before FROM seen) s"
                                            + " WHERE new < before"))
                    .as("rows that went back")
                    .isZero();
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
            assertThat(metric("Connected", "us")).isOne();
            assertThat(metric("LagMillis", "us")).isLessThan(metric("LagMillis", "eu"));
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
        Matcher matcher =
                Pattern.compile(
                                "\"metric\" : \"MySqlMerge"
                                        + figure
                                        + "#"
                                        + instance
                                        + "\",\\s*\"value\" : (\\d+)")
                        .matcher(printing.metrics());
        return matcher.find() ? Long.parseLong(matcher.group(1)) : -1;
    }

    private static long number(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
