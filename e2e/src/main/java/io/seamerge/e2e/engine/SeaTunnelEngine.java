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

import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.GuardedProcess;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The SeaTunnel engine in a process of its own, with our connectors as the build packaged them. It
 * can be killed and started again; its checkpoints stay until {@link #close}. It ends with this
 * Java process at the latest. Thread-safe.
 */
public final class SeaTunnelEngine implements AutoCloseable {

    private static final String NODE = "io.seamerge.e2e.engine.EngineNode";
    private static final Duration START_TIMEOUT = Duration.ofMinutes(5);
    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

    /**
     * How an engine runs.
     *
     * @param heapMegabytes its process's heap; SeaTunnel alone needs about 200
     * @param environment more variables of its environment, which job files can use
     * @param systemProperties more of its system properties
     * @param keepsClasses whether a job finds the connectors' classes as the one before has left
     *     them, compiled ({@code classloader-cache-mode})
     */
    public record Settings(
            int heapMegabytes,
            Map<String, String> environment,
            Map<String, String> systemProperties,
            boolean keepsClasses) {

        public Settings {
            environment = Map.copyOf(environment);
            systemProperties = Map.copyOf(systemProperties);
        }

        /** 512 MB, and nothing more. */
        public static Settings defaults() {
            return new Settings(512, Map.of(), Map.of(), false);
        }

        public Settings withHeapMegabytes(int megabytes) {
            return new Settings(megabytes, environment, systemProperties, keepsClasses);
        }

        public Settings withEnvironment(Map<String, String> variables) {
            return new Settings(heapMegabytes, variables, systemProperties, keepsClasses);
        }

        public Settings withSystemProperties(Map<String, String> properties) {
            return new Settings(heapMegabytes, environment, properties, keepsClasses);
        }

        public Settings withClassesKept() {
            return new Settings(heapMegabytes, environment, systemProperties, true);
        }
    }

    private final Settings settings;
    private final Path folder;
    private final SeaTunnelHome home;

    // Guarded by this.
    private GuardedProcess process;
    private Line line;
    private boolean closed;

    private SeaTunnelEngine(Settings settings, Path folder) {
        this.settings = settings;
        this.folder = folder;
        this.home =
                SeaTunnelHome.make(folder, folder.resolve("checkpoints"), settings.keepsClasses());
    }

    /** Starts an engine with {@link Settings#defaults()}. */
    public static SeaTunnelEngine start() {
        return start(Settings.defaults());
    }

    /**
     * Starts engines that form one cluster, in which any takes jobs for all.
     *
     * @param ports a free port for each of them
     */
    public static List<SeaTunnelEngine> startCluster(Settings settings, List<Integer> ports) {
        List<SeaTunnelEngine> engines = new ArrayList<>();
        boolean started = false;
        try {
            for (int port : ports) {
                Map<String, String> properties = new HashMap<>(settings.systemProperties());
                properties.put(
                        "seamerge.cluster.ports",
                        ports.stream().map(String::valueOf).collect(Collectors.joining(",")));
                properties.put("seamerge.cluster.port", Integer.toString(port));
                engines.add(start(settings.withSystemProperties(properties)));
            }
            started = true;
            return engines;
        } finally {
            if (!started) {
                engines.forEach(SeaTunnelEngine::close);
            }
        }
    }

    /** Starts an engine and waits until it takes jobs. */
    public static SeaTunnelEngine start(Settings settings) {
        Path folder;
        try {
            folder = Files.createTempDirectory("seamerge-engine-");
        } catch (IOException e) {
            throw new EngineException("Cannot make a folder for the engine", e);
        }
        SeaTunnelEngine engine = new SeaTunnelEngine(settings, folder);
        boolean started = false;
        try {
            engine.restart();
            started = true;
            return engine;
        } finally {
            if (!started) {
                engine.close();
            }
        }
    }

    /**
     * Runs a job file.
     *
     * @param variables values for {@code ${name}} in it
     */
    public EngineJob run(Path jobFile, Map<String, String> variables) {
        return submit(jobFile, "", false, variables);
    }

    /** Runs a job file under an id of one's own. */
    public EngineJob run(Path jobFile, Map<String, String> variables, long jobId) {
        return submit(jobFile, Long.toString(jobId), false, variables);
    }

    /** Runs a job file from the last checkpoint or savepoint of a job that failed or was killed. */
    public EngineJob restore(long jobId, Path jobFile, Map<String, String> variables) {
        return submit(jobFile, Long.toString(jobId), true, variables);
    }

    private EngineJob submit(
            Path jobFile, String id, boolean restore, Map<String, String> variables) {
        List<String> arguments = new ArrayList<>();
        arguments.add(jobFile.toAbsolutePath().toString());
        arguments.add(id);
        arguments.add(Boolean.toString(restore));
        variables.forEach((name, value) -> arguments.add(name + "=" + value));
        return new EngineJob(this, Long.parseLong(request("run", arguments, REQUEST_TIMEOUT)));
    }

    public synchronized boolean isRunning() {
        return process != null && process.isRunning();
    }

    /** The process id of the engine as it runs now. */
    public synchronized long pid() {
        return process.pid();
    }

    /** Ends the engine at once by SIGKILL, and waits until it is gone. */
    public synchronized void kill() {
        if (process != null) {
            process.kill();
        }
    }

    /** Starts the engine, killing it first if it runs. Jobs do not run again by themselves. */
    public synchronized void restart() {
        if (closed) {
            throw new EngineException("This engine is closed");
        }
        kill();
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<String> command =
                    home.java(settings.heapMegabytes(), settings.systemProperties(), NODE);
            command.add(Integer.toString(listener.getLocalPort()));
            process = GuardedProcess.start(folder, command, settings.environment());
            line = new Line(accept(listener));
        } catch (IOException e) {
            kill();
            throw new EngineException("The engine did not start:\n" + logEnd(), e);
        }
    }

    private Socket accept(ServerSocket listener) throws IOException {
        listener.setSoTimeout(200);
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (true) {
            try {
                return listener.accept();
            } catch (SocketTimeoutException e) {
                if (!process.isRunning()) {
                    throw new EngineException("The engine ended as it started:\n" + logEnd(), e);
                }
                if (System.nanoTime() > deadline) {
                    throw e;
                }
            }
        }
    }

    /** Freezes the engine (SIGSTOP). */
    public synchronized void pause() {
        process.signal("STOP");
    }

    /** Ends a {@link #pause}. */
    public synchronized void resume() {
        process.signal("CONT");
    }

    /** The engine's log, over all its starts. */
    public Path log() {
        return folder.resolve("log");
    }

    /** The last part of the log. */
    public synchronized String logEnd() {
        return process == null ? "(never started)" : process.logEnd();
    }

    /** Where the checkpoints are. */
    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /** Kills the engine and deletes its folder, log and checkpoints with it. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            kill();
            Commands.deleteFolder(folder);
        }
    }

    /** Asks the engine's process for something, and waits for its answer. */
    String request(String verb, List<String> arguments, Duration timeout) {
        Line current;
        synchronized (this) {
            current = line;
        }
        try {
            return current.ask(verb, arguments).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new EngineException(
                    "No answer to \""
                            + verb
                            + "\" within "
                            + timeout.toSeconds()
                            + " s. The engine's log ends:\n"
                            + logEnd(),
                    e);
        } catch (ExecutionException e) {
            throw new EngineException(
                    "The engine cannot "
                            + verb
                            + ": "
                            + e.getCause().getMessage()
                            + "\nThe engine's log ends:\n"
                            + logEnd(),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException("Interrupted in \"" + verb + "\"", e);
        }
    }

    /** The connection to one life of the engine's process. */
    private static final class Line {

        private final DataOutputStream requests;
        private final Map<Integer, CompletableFuture<String>> open = new ConcurrentHashMap<>();
        private final AtomicInteger last = new AtomicInteger();

        Line(Socket socket) throws IOException {
            requests = new DataOutputStream(socket.getOutputStream());
            CompletableFuture<String> ready = new CompletableFuture<>();
            open.put(-1, ready);
            Thread reader = new Thread(() -> read(socket), "engine-answers");
            reader.setDaemon(true);
            reader.start();
            try {
                ready.join();
            } catch (CompletionException e) {
                throw new IOException("The engine ended before it was ready", e);
            }
        }

        CompletableFuture<String> ask(String verb, List<String> arguments) {
            int number = last.incrementAndGet();
            CompletableFuture<String> answer = new CompletableFuture<>();
            open.put(number, answer);
            synchronized (requests) {
                try {
                    requests.writeInt(number);
                    requests.writeUTF(verb);
                    requests.writeInt(arguments.size());
                    for (String argument : arguments) {
                        requests.writeUTF(argument);
                    }
                    requests.flush();
                } catch (IOException e) {
                    open.remove(number);
                    answer.completeExceptionally(new IOException("The engine is gone", e));
                }
            }
            return answer;
        }

        private void read(Socket socket) {
            try (socket;
                    DataInputStream answers = new DataInputStream(socket.getInputStream())) {
                while (true) {
                    CompletableFuture<String> request = open.remove(answers.readInt());
                    boolean well = answers.readBoolean();
                    byte[] bytes = new byte[answers.readInt()];
                    answers.readFully(bytes);
                    String text = new String(bytes, StandardCharsets.UTF_8);
                    if (well) {
                        request.complete(text);
                    } else {
                        request.completeExceptionally(new IOException(text));
                    }
                }
            } catch (IOException e) {
                IOException gone = new IOException("The engine is gone", e);
                open.values().forEach(request -> request.completeExceptionally(gone));
            }
        }
    }
}
