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
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Backfill into Kafka by one job, then the stream by another, with the handoff in files: nothing
 * that was written in between is missing, and each key's messages are in order.
 */
class KafkaHandoffIT {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Pattern MESSAGE =
            Pattern.compile("\"id\":(\\d+),\"v\":\"(\\w+)\",\"_source_instance\":\"(\\w+)\"");

    private static final String JOB =
            """
            env { job.mode = "%s", parallelism = 1, checkpoint.interval = %d, job.retry.times = 0 }
            source {
              MySQL-Merge-CDC {
                username = ${mysql_user}
                password = ${mysql_password}
                instances = [ { name = "eu", hosts = [${eu}] }, { name = "us", hosts = [${us}] } ]
                routes = [
                  { tables = "shop\\\\.items", target = "public.items", key = ["_source_instance", "id"] }
                ]
                metadata-columns = ["source_instance"]
                startup.mode = "%s"
                handoff = { name = "to-kafka", folder = ${handoffs} }
              }
            }
            sink {
              Kafka {
                topic = "handoff"
                bootstrap.servers = ${kafka}
                format = debezium_json
                partition = 0
              }
            }
            """;

    @TempDir private Path folder;

    @Test
    void theStreamGoesOnWhereTheBackfillEnded() throws Exception {
        try (MySqlServer eu = MySqlServer.start();
                MySqlServer us = MySqlServer.start();
                KafkaBroker kafka = KafkaBroker.start();
                SeaTunnelEngine engine = SeaTunnelEngine.start()) {
            Map<String, String> variables = new LinkedHashMap<>();
            variables.put("mysql_user", eu.user());
            variables.put("mysql_password", eu.password());
            variables.put("eu", "127.0.0.1:" + eu.port());
            variables.put("us", "127.0.0.1:" + us.port());
            variables.put("kafka", kafka.address());
            variables.put("handoffs", folder.resolve("handoff").toString());
            for (MySqlServer server : List.of(eu, us)) {
                execute(
                        server,
                        "CREATE DATABASE shop",
                        "CREATE TABLE shop.items (id BIGINT PRIMARY KEY, v VARCHAR(40))",
                        "INSERT INTO shop.items VALUES (1, 'first'), (2, 'first')");
            }
            Path backfill = folder.resolve("backfill.conf");
            Files.writeString(backfill, JOB.formatted("BATCH", 600_000, "initial"));
            assertThat(engine.run(backfill, variables).await(PATIENCE)).isEqualTo("FINISHED");
            execute(
                    eu,
                    "UPDATE shop.items SET v = 'between' WHERE id = 1",
                    "DELETE FROM shop.items WHERE id = 2");
            execute(us, "INSERT INTO shop.items VALUES (3, 'between')");

            Path stream = folder.resolve("stream.conf");
            Files.writeString(stream, JOB.formatted("STREAMING", 500, "handoff"));
            EngineJob job = engine.run(stream, variables);
            execute(us, "INSERT INTO shop.items VALUES (9, 'last')");
            execute(eu, "INSERT INTO shop.items VALUES (9, 'last')");

            Map<String, List<String>> keys = messages(kafka);
            job.cancel();
            // At least once: what was sent before the stream's first checkpoint may come again.
            assertThat(keys.keySet())
                    .containsExactlyInAnyOrder(
                            "eu 1", "eu 2", "eu 9", "us 1", "us 2", "us 3", "us 9");
            assertThat(keys.get("eu 1")).containsExactly("first", "-first", "between");
            assertThat(keys.get("eu 2")).containsExactly("first", "-first");
            assertThat(keys.get("us 1")).containsExactly("first");
            assertThat(keys.get("us 3")).containsExactly("between");
        }
    }

    /** What was said of each key until both instances' last rows; removed images with a minus. */
    private static Map<String, List<String>> messages(KafkaBroker kafka) {
        Map<String, List<String>> keys = new LinkedHashMap<>();
        Map<String, Object> settings =
                Map.of("bootstrap.servers", kafka.address(), "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> only = List.of(new TopicPartition("handoff", 0));
            consumer.assign(only);
            consumer.seekToBeginning(only);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!keys.containsKey("eu 9") || !keys.containsKey("us 9")) {
                assertThat(System.nanoTime()).as(kafka.logEnd()).isLessThan(deadline);
                for (ConsumerRecord<String, String> message :
                        consumer.poll(Duration.ofMillis(200))) {
                    Matcher row = MESSAGE.matcher(message.value());
                    assertThat(row.find()).as(message.value()).isTrue();
                    String removed = message.value().contains("\"op\":\"d\"") ? "-" : "";
                    keys.computeIfAbsent(
                                    row.group(3) + " " + row.group(1), key -> new ArrayList<>())
                            .add(removed + row.group(2));
                }
            }
        }
        return keys;
    }

    private static void execute(MySqlServer server, String... statements) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
