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
package io.seamerge.e2e.servers;

import com.github.dockerjava.api.model.PortBinding;
import io.seamerge.e2e.machine.GuardedProcess;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A server in a container, for versions that cannot be had otherwise (MySQL 8.4), where Docker
 * answers. It keeps its port and data like any other; Testcontainers ends it with this process.
 */
final class ContainerServer implements DatabaseServer {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
    private static final String PASSWORD = "container-secret";

    private final String name;
    private final GenericContainer<?> container;
    private final int port;
    private final String user;
    private final String jdbcUrl;

    private ContainerServer(
            String name, GenericContainer<?> container, int port, String user, String jdbcUrl) {
        this.name = name;
        this.container = container;
        this.port = port;
        this.user = user;
        this.jdbcUrl = jdbcUrl;
    }

    static boolean dockerAnswers() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    /** Starts a version of Docker's image {@code mysql} with a binlog as {@link MySqlServer}'s. */
    static ContainerServer mySql(String version) {
        int port = NativeServer.freePort();
        GenericContainer<?> container =
                container("mysql:" + version, port, 3306)
                        .withEnv("MYSQL_ROOT_PASSWORD", PASSWORD)
                        .withEnv("MYSQL_ROOT_HOST", "%")
                        .withCommand(
                                "--gtid-mode=ON",
                                "--enforce-gtid-consistency=ON",
                                "--binlog-row-metadata=FULL",
                                "--default-time-zone=+00:00");
        return begin(
                new ContainerServer(
                        "MySQL " + version,
                        container,
                        port,
                        "root",
                        "jdbc:mysql://127.0.0.1:"
                                + port
                                + "/?user=root&password="
                                + PASSWORD
                                + "&sslMode=DISABLED&allowPublicKeyRetrieval=true"));
    }

    /** Starts a version of Docker's image {@code postgres}. */
    static ContainerServer postgres(String version) {
        int port = NativeServer.freePort();
        GenericContainer<?> container =
                container("postgres:" + version, port, 5432)
                        .withEnv("POSTGRES_PASSWORD", PASSWORD)
                        .withEnv("POSTGRES_DB", PostgresServer.DATABASE);
        return begin(
                new ContainerServer(
                        "PostgreSQL " + version,
                        container,
                        port,
                        "postgres",
                        "jdbc:postgresql://127.0.0.1:"
                                + port
                                + "/"
                                + PostgresServer.DATABASE
                                + "?user=postgres&password="
                                + PASSWORD));
    }

    /** The port is fixed: a container that is started again would get another one. */
    private static GenericContainer<?> container(String image, int port, int portInside) {
        return new GenericContainer<>(DockerImageName.parse(image))
                .withExposedPorts(portInside)
                .withCreateContainerCmdModifier(
                        command ->
                                command.getHostConfig()
                                        .withPortBindings(
                                                PortBinding.parse(
                                                        "127.0.0.1:" + port + ":" + portInside)));
    }

    private static ContainerServer begin(ContainerServer server) {
        boolean started = false;
        try {
            server.container.start();
            server.awaitAnswer();
            started = true;
            return server;
        } finally {
            if (!started) {
                server.close();
            }
        }
    }

    private void awaitAnswer() {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try (Connection connection = connect()) {
                return;
            } catch (SQLException e) {
                if (!isRunning() || System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            name + " did not start:\n" + container.getLogs(), e);
                }
                GuardedProcess.sleep();
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String user() {
        return user;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    @Override
    public String jdbcUrl() {
        return jdbcUrl;
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl);
    }

    @Override
    public boolean isRunning() {
        return container.isRunning();
    }

    @Override
    public void stop() {
        if (isRunning()) {
            container.getDockerClient().stopContainerCmd(container.getContainerId()).exec();
        }
    }

    @Override
    public void kill() {
        if (isRunning()) {
            container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
        }
    }

    @Override
    public void restart() {
        stop();
        container.getDockerClient().startContainerCmd(container.getContainerId()).exec();
        awaitAnswer();
    }

    @Override
    public void pause() {
        container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void resume() {
        container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
    }

    @Override
    public void close() {
        container.stop();
    }
}
