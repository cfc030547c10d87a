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

import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.GuardedProcess;
import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** What the servers that run as processes of this machine have in common. */
abstract class NativeServer implements DatabaseServer {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(5);
    private static final int PORTS_TRIED = 100;

    // Below the range that the kernel gives to outgoing connections: one of those could take the
    // port of a server that is down for a moment.
    private static final int LOWEST_PORT = 12_000;
    private static final int HIGHEST_PORT = 32_000;

    private final Path home;
    private final int port;
    private GuardedProcess process;
    private boolean closed;

    NativeServer(Path home, int port) {
        this.home = home;
        this.port = port;
    }

    /** Starts the process, without waiting until it answers. */
    abstract GuardedProcess launch(Path home);

    /** The signal that makes the server disconnect its clients and shut down in order. */
    abstract String stopSignal();

    @Override
    public final int port() {
        return port;
    }

    final Path home() {
        return home;
    }

    /** Lets the server outlive this Java process. */
    final synchronized void keep() {
        process.keep();
    }

    /** The process id of the server as it runs now. */
    public final synchronized long pid() {
        return process.pid();
    }

    final synchronized void begin() {
        if (closed) {
            throw new MachineException(name() + " on port " + port + " is closed");
        }
        process = launch(home);
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try (Connection connection = connect()) {
                return;
            } catch (SQLException e) {
                boolean ended = !process.isRunning();
                if (ended || System.nanoTime() > deadline) {
                    String log = process.logEnd();
                    process.kill();
                    throw new MachineException(
                            name()
                                    + " on port "
                                    + port
                                    + (ended
                                            ? " ended as it started:\n"
                                            : " did not answer within "
                                                    + START_TIMEOUT.toSeconds()
                                                    + " s:\n")
                                    + log,
                            e);
                }
                GuardedProcess.sleep();
            }
        }
    }

    @Override
    public final synchronized boolean isRunning() {
        return !closed && process.isRunning();
    }

    @Override
    public final synchronized void stop() {
        process.stop(stopSignal());
    }

    @Override
    public final synchronized void kill() {
        process.kill();
    }

    @Override
    public final synchronized void restart() {
        stop();
        begin();
    }

    @Override
    public final synchronized void pause() {
        process.signal("STOP");
    }

    @Override
    public final synchronized void resume() {
        process.signal("CONT");
    }

    @Override
    public final synchronized void close() {
        if (!closed) {
            closed = true;
            process.kill();
            Commands.deleteFolder(home);
        }
    }

    /** The last part of the server's log. */
    public final synchronized String logEnd() {
        return process.logEnd();
    }

    @Override
    public final String toString() {
        return name() + " on " + host() + ":" + port;
    }

    /** Makes a server's own folder, owned by the user that it runs as. */
    static Path newHome(String name) {
        try {
            Path home = Files.createTempDirectory("seamerge-" + name + "-");
            ServerAccount.own(home);
            ServerAccount.requireReachable(home);
            return home;
        } catch (IOException e) {
            throw new MachineException("Cannot make a folder for " + name, e);
        }
    }

    /** Copies a data folder from the cache into a server's own. */
    static void copyData(Path template, Path home) {
        ServerAccount.requireReachable(template);
        Commands.run(
                ServerAccount.command(
                        List.of(
                                "cp",
                                "-R",
                                "--reflink=auto",
                                template.toString(),
                                home.resolve("data").toString())));
    }

    /** Different ports that nobody listens on now; somebody may by the time they are used. */
    public static List<Integer> freePorts(int count) {
        return Stream.generate(NativeServer::freePort).distinct().limit(count).toList();
    }

    /** A port that nobody listens on now; somebody may by the time it is used. */
    static int freePort() {
        for (int attempt = 0; attempt < PORTS_TRIED; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue;
            }
        }
        throw new MachineException(
                "No free port among " + PORTS_TRIED + " tried below " + HIGHEST_PORT);
    }
}
