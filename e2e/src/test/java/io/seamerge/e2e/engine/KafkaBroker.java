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

import io.seamerge.e2e.machine.BinaryCache;
import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.GuardedProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A Kafka broker of one node (KRaft) in a process of its own, on 127.0.0.1 alone, from Maven
 * Central. It ends with this Java process. Not thread-safe.
 */
final class KafkaBroker implements AutoCloseable {

    private static final String VERSION = "3.9.1";

    private static final String POM =
            """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>io.seamerge</groupId>
              <artifactId>kafka-installation</artifactId>
              <version>%1$s</version>
              <packaging>pom</packaging>
              <dependencies>
                <dependency>
                  <groupId>org.apache.kafka</groupId>
                  <artifactId>kafka_2.13</artifactId>
                  <version>%1$s</version>
                </dependency>
              </dependencies>
            </project>
            """;

    private static final String SETTINGS =
            """
            process.roles = broker,controller
            node.id = 1
            controller.quorum.voters = 1@127.0.0.1:%2$d
            listeners = PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
            advertised.listeners = PLAINTEXT://127.0.0.1:%1$d
            listener.security.protocol.map = PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            controller.listener.names = CONTROLLER
            log.dirs = %3$s
            num.partitions = 3
            offsets.topic.num.partitions = 1
            offsets.topic.replication.factor = 1
            transaction.state.log.num.partitions = 1
            transaction.state.log.replication.factor = 1
            transaction.state.log.min.isr = 1
            group.initial.rebalance.delay.ms = 0
            """;

    /** What the command that formats a node's storage would write. */
    private static final String STORAGE =
            """
            version=1
            cluster.id=c2VhbWVyZ2UtdGVzdHMtMQ
            node.id=1
            directory.id=c2VhbWVyZ2UtZGlyLTEtMQ
            """;

    private final Path folder;
    private final GuardedProcess process;
    private final int port;

    private KafkaBroker(Path folder, GuardedProcess process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    /** Starts a broker, without waiting until it answers: Kafka's clients do that. */
    static KafkaBroker start() {
        try {
            Path jars = jars();
            Path folder = Files.createTempDirectory("seamerge-kafka-");
            Path data = Files.createDirectories(folder.resolve("data"));
            Files.writeString(data.resolve("meta.properties"), STORAGE);
            List<Integer> ports = freePorts();
            Path settings = folder.resolve("server.properties");
            Files.writeString(settings, SETTINGS.formatted(ports.get(0), ports.get(1), data));
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", jars + "/*"));
            command.addAll(List.of("kafka.Kafka", settings.toString()));
            return new KafkaBroker(
                    folder, GuardedProcess.start(folder, command, Map.of()), ports.get(0));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot start Kafka", e);
        }
    }

    private static Path jars() {
        return BinaryCache.folder(
                "kafka-" + VERSION,
                folder -> {
                    Files.writeString(folder.resolve("pom.xml"), POM.formatted(VERSION));
                    Commands.run(
                            List.of(
                                    "mvn",
                                    "-q",
                                    "-B",
                                    "org.apache.maven.plugins:maven-dependency-plugin:3.9.0"
                                            + ":copy-dependencies",
                                    "-DincludeScope=runtime",
                                    "-DoutputDirectory=" + folder),
                            Map.of(),
                            folder);
                });
    }

    private static List<Integer> freePorts() throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        try (ServerSocket one = new ServerSocket(0, 1, here);
                ServerSocket other = new ServerSocket(0, 1, here)) {
            return List.of(one.getLocalPort(), other.getLocalPort());
        }
    }

    /** What clients connect to. */
    String address() {
        return "127.0.0.1:" + port;
    }

    /** The end of what it printed. */
    String logEnd() {
        return process.logEnd();
    }

    @Override
    public void close() {
        process.kill();
        Commands.deleteFolder(folder);
    }
}
