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
package io.seamerge.e2e.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A server's process under a guard: a shell in a session of its own, which holds a pipe from this
 * Java process. The pipe closes when this process ends, be it by {@code kill -9}; then the guard
 * kills the server and deletes its folder. Not thread-safe.
 */
public final class GuardedProcess {

    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(60);
    private static final int LOG_SHOWN = 8_000;
    private static final long POLL_MILLIS = 10;

    private static final Set<GuardedProcess> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        // The guards would do the same by themselves, but only after this process is gone.
        Runtime.getRuntime().addShutdownHook(new Thread(GuardedProcess::abandonAll, "end-servers"));
    }

    private final Process guard;
    private final Path home;
    private final ProcessHandle server;

    private GuardedProcess(Process guard, Path home, ProcessHandle server) {
        this.guard = guard;
        this.home = home;
        this.server = server;
    }

    /**
     * Starts {@code command} with its folder as the working folder.
     *
     * @param home the server's folder, which goes when the server is abandoned; {@code log} and
     *     {@code pid} in it are written here
     */
    public static GuardedProcess start(
            Path home, List<String> command, Map<String, String> environment) {
        Path log = home.resolve("log");
        Path pid = home.resolve("pid");
        List<String> guarded =
                new ArrayList<>(List.of("setsid", "sh", "-c", script(), "guard", home.toString()));
        guarded.addAll(command);
        ProcessBuilder builder =
                new ProcessBuilder(guarded)
                        .directory(home.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Files.deleteIfExists(pid);
            Process guard = builder.start();
            long deadline = System.nanoTime() + KILL_TIMEOUT.toNanos();
            while (!Files.exists(pid)) {
                if (!guard.isAlive() || System.nanoTime() > deadline) {
                    guard.destroyForcibly();
                    throw new MachineException("Cannot start " + command + ":\n" + end(log));
                }
                sleep();
            }
            long number = Long.parseLong(Files.readString(pid).strip());
            GuardedProcess process =
                    new GuardedProcess(
                            guard,
                            home,
                            ProcessHandle.of(number)
                                    .orElseThrow(
                                            () ->
                                                    new MachineException(
                                                            command
                                                                    + " ended at once:\n"
                                                                    + end(log))));
            RUNNING.add(process);
            return process;
        } catch (IOException e) {
            throw new MachineException("Cannot start " + command, e);
        }
    }

    public boolean isRunning() {
        return isAlive(server);
    }

    public long pid() {
        return server.pid();
    }

    /** Lets the server outlive this Java process; somebody has to end it by its process id. */
    public void keep() {
        try {
            Files.createFile(home.resolve("keep"));
        } catch (IOException e) {
            throw new MachineException("Cannot write to " + home, e);
        }
        RUNNING.remove(this);
    }

    /** The end of what the server printed. */
    public String logEnd() {
        return end(home.resolve("log"));
    }

    /** Sends a signal by its name ({@code "STOP"}) to the server and all its children. */
    public void signal(String signal) {
        StringBuilder kill = new StringBuilder("kill -" + signal + " " + server.pid());
        server.descendants().forEach(child -> kill.append(' ').append(child.pid()));
        if (!Commands.succeeds(List.of("sh", "-c", kill.toString())) && isRunning()) {
            throw new MachineException("Cannot send SIG" + signal + " to process " + server.pid());
        }
    }

    /** Asks the server to end by a signal, to itself alone, and waits until it has. */
    public void stop(String signal) {
        if (isRunning()) {
            Commands.succeeds(List.of("sh", "-c", "kill -" + signal + " " + server.pid()));
        }
        awaitEnd(List.of(server, guard.toHandle()), STOP_TIMEOUT);
        RUNNING.remove(this);
    }

    /** Ends the server and its children by SIGKILL, and waits until they are gone. */
    public void kill() {
        endAll(server);
        awaitEnd(List.of(guard.toHandle()), KILL_TIMEOUT);
        RUNNING.remove(this);
    }

    /** Ends a process and its children by SIGKILL, and waits until they are gone. */
    public static void endAll(ProcessHandle server) {
        // Children are listed first: once the parent is gone, nobody knows whose they were.
        List<ProcessHandle> all = new ArrayList<>();
        all.add(server);
        try (Stream<ProcessHandle> children = server.descendants()) {
            children.forEach(all::add);
        }
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(all, KILL_TIMEOUT);
    }

    private static void abandonAll() {
        List<ProcessHandle> guards = new ArrayList<>();
        for (GuardedProcess process : RUNNING) {
            try {
                process.guard.getOutputStream().close();
            } catch (IOException e) {
                System.err.println("Cannot end process " + process.pid() + ": " + e.getMessage());
            }
            guards.add(process.guard.toHandle());
        }
        awaitEnd(guards, KILL_TIMEOUT);
    }

    private static void awaitEnd(List<ProcessHandle> processes, Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        for (ProcessHandle process : processes) {
            while (isAlive(process)) {
                if (System.nanoTime() > deadline) {
                    throw new MachineException(
                            "Process "
                                    + process.pid()
                                    + " did not end within "
                                    + timeout.toSeconds()
                                    + " s");
                }
                sleep();
            }
        }
    }

    /** A zombie, which an init that does not reap keeps for ever, counts as ended. */
    private static boolean isAlive(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat =
                    Files.readString(
                            Path.of("/proc/" + process.pid() + "/stat"),
                            StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException e) {
            return process.isAlive();
        }
    }

    private static String end(Path log) {
        try (FileChannel file = FileChannel.open(log)) {
            long start = Math.max(0, file.size() - LOG_SHOWN);
            ByteBuffer bytes = ByteBuffer.allocate((int) (file.size() - start));
            while (bytes.hasRemaining() && file.read(bytes, start + bytes.position()) >= 0) {
                continue;
            }
            return new String(bytes.array(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "(no log: " + e.getMessage() + ")";
        }
    }

    private static String script() {
        try (InputStream script = GuardedProcess.class.getResourceAsStream("guard.sh")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new MachineException("Cannot read guard.sh", e);
        }
    }

    public static void sleep() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MachineException("Interrupted while waiting for a server", e);
        }
    }
}
