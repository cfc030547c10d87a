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
package io.seamerge.e2e.bench;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The processor time of a process's threads since a moment, by what the kernel counts for each. Of
 * a JVM the compilers and the collector are among them, which a flight recording does not show.
 * What a thread has used is known as of the last look at which it lived. Not thread-safe.
 */
final class ThreadTimes {

    private static final Pattern THREAD =
            Pattern.compile("^\"(.*)\".* nid=(0x[0-9a-f]+|\\d+)", Pattern.MULTILINE);

    /** Threads that have used less by now are not asked for: to ask stops the JVM for a moment. */
    private static final long WORTH_A_NAME_NANOS = 20_000_000;

    /** Nor is it asked more often than that. */
    private static final long BETWEEN_NAMES_NANOS = 1_000_000_000;

    /** Version 1 of the protocol by which a JVM takes commands: each part ends with a zero. */
    private static final String PRINT_THREADS = "1\0jcmd\0Thread.print\0\0\0";

    private final long pid;
    private final boolean java;
    private final Map<Long, Long> first;
    private final Map<Long, Long> last = new HashMap<>();
    private final Map<Long, String> names;

    private long asked = System.nanoTime() - BETWEEN_NAMES_NANOS;

    /** What those threads are that have no name. */
    private final String unnamed;

    private ThreadTimes(long pid, boolean java, Map<Long, String> names, String unnamed)
            throws IOException {
        this.pid = pid;
        this.java = java;
        this.names = names;
        this.unnamed = unnamed;
        this.first = nanos();
        look();
    }

    /** Counts for the threads of a JVM, by the names that Java gives them, from now on. */
    static ThreadTimes ofJava(long pid) throws IOException {
        return new ThreadTimes(pid, true, new HashMap<>(), "others");
    }

    /**
     * Counts for the threads of a MySQL server from now on, which are of the same name for the
     * kernel.
     *
     * @param own those that are no connection's
     */
    static ThreadTimes ofMySql(long pid, Set<Long> own) throws IOException {
        Map<Long, String> names = new HashMap<>();
        own.forEach(thread -> names.put(thread, "the server's own"));
        return new ThreadTimes(pid, false, names, "connections");
    }

    /** Reads the counters; the names too, if new threads have come to something. */
    void look() throws IOException {
        last.putAll(nanos());
        long now = System.nanoTime();
        if (java
                && now - asked >= BETWEEN_NAMES_NANOS
                && last.keySet().stream().anyMatch(this::needsName)) {
            asked = now;
            names.putAll(javaNames());
            // They are not asked for again.
            last.keySet().stream()
                    .filter(this::needsName)
                    .forEach(thread -> names.put(thread, unnamed));
        }
    }

    private boolean needsName(long thread) {
        return !names.containsKey(thread)
                && last.get(thread) - first.getOrDefault(thread, 0L) >= WORTH_A_NAME_NANOS;
    }

    private Map<Long, String> javaNames() throws IOException {
        Map<Long, String> names = new HashMap<>();
        Matcher named = THREAD.matcher(threads());
        while (named.find()) {
            names.put(Long.decode(named.group(2)), named.group(1));
        }
        return names;
    }

    /** What jcmd prints, without a JVM of its own, which would take a core for a while. */
    private String threads() throws IOException {
        // Where a JVM has its temporary files if nobody says otherwise; ours does not.
        Path socket = Path.of(System.getProperty("java.io.tmpdir"), ".java_pid" + pid);
        if (!Files.exists(socket)) {
            try {
                // It opens the socket.
                VirtualMachine.attach(Long.toString(pid)).detach();
            } catch (AttachNotSupportedException e) {
                throw new IOException("Process " + pid + " takes no commands", e);
            }
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer command = ByteBuffer.wrap(PRINT_THREADS.getBytes(StandardCharsets.US_ASCII));
            while (command.hasRemaining()) {
                channel.write(command);
            }
            return new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Map<Long, Long> nanos() throws IOException {
        Map<Long, Long> nanos = new HashMap<>();
        for (long thread : threads(pid)) {
            try {
                nanos.put(
                        thread, nanos(Path.of("/proc/" + pid + "/task/" + thread + "/schedstat")));
            } catch (IOException e) {
                // It ended while the others were read.
                continue;
            }
        }
        return nanos;
    }

    private static long nanos(Path schedstat) throws IOException {
        return Long.parseLong(Files.readString(schedstat).split(" ")[0]);
    }

    /** The threads of a process. */
    static Set<Long> threads(long pid) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return threads.map(thread -> Long.parseLong(thread.getFileName().toString()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The seconds by the threads' names, with a # for numbers. */
    Map<String, Double> seconds() {
        Map<String, Double> seconds = new TreeMap<>();
        last.forEach(
                (thread, time) ->
                        seconds.merge(
                                names.getOrDefault(thread, unnamed).replaceAll("\\d+", "#"),
                                (time - first.getOrDefault(thread, 0L)) / 1e9,
                                Double::sum));
        return seconds;
    }

    /** The same for the processes of a PostgreSQL server that are no connection's. */
    static final class OfProcesses {

        private final long pid;
        private final Map<Long, String> names = new HashMap<>();
        private final Map<Long, Long> first;

        /** Counts from now on. */
        OfProcesses(long pid) {
            this.pid = pid;
            this.first = nanos();
        }

        private Map<Long, Long> nanos() {
            Map<Long, Long> nanos = new HashMap<>();
            for (ProcessHandle child : children()) {
                try {
                    String name = name(child.pid());
                    if (!name.isEmpty()) {
                        names.put(child.pid(), name);
                        nanos.put(
                                child.pid(),
                                ThreadTimes.nanos(Path.of("/proc/" + child.pid() + "/schedstat")));
                    }
                } catch (IOException e) {
                    // It ended while the others were read.
                    continue;
                }
            }
            return nanos;
        }

        private List<ProcessHandle> children() {
            return ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).toList();
        }

        /** What the process calls itself: {@code postgres: checkpointer}. Empty: a connection. */
        private static String name(long process) throws IOException {
            Path title = Path.of("/proc/" + process + "/cmdline");
            Matcher named =
                    Pattern.compile("postgres: ([a-z ]+?)( \\d+)?\\s*")
                            .matcher(Files.readString(title).replace('\0', ' '));
            return named.matches() ? named.group(1) : "";
        }

        /** The seconds by name of those that live now. */
        Map<String, Double> seconds() {
            Map<String, Double> seconds = new TreeMap<>();
            for (Map.Entry<Long, Long> now : nanos().entrySet()) {
                seconds.merge(
                        names.get(now.getKey()),
                        (now.getValue() - first.getOrDefault(now.getKey(), 0L)) / 1e9,
                        Double::sum);
            }
            return seconds;
        }
    }

    /**
     * A line for each name, the greatest first.
     *
     * @param factor by which seconds are multiplied
     * @param least what is less than this is left out
     */
    static String text(Map<String, Double> seconds, double factor, double least) {
        StringBuilder text = new StringBuilder();
        seconds.entrySet().stream()
                .filter(entry -> entry.getValue() * factor >= least)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(
                        entry ->
                                text.append(
                                        "%8.2f  %s%n"
                                                .formatted(
                                                        entry.getValue() * factor,
                                                        entry.getKey())));
        return text.toString();
    }
}
