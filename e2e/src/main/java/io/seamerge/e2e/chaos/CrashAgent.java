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
package io.seamerge.e2e.chaos;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * A Java agent in the engine's process that ends it, as kill -9 would, when a method is entered or
 * left for the n-th time; or that holds a row where the engine has it in its hands only. What it
 * does is read from a file when the process starts: {@link CrashPoint} writes it.
 */
public final class CrashAgent {

    /** As if by SIGKILL: no hook runs, no buffer is written. */
    private static final int KILLED = 137;

    private static final String QUEUE_WORKER =
            "org.apache.seatunnel.api.sink.multitablesink.MultiTableWriterRunnable";
    private static final String ROW = "org.apache.seatunnel.api.table.type.SeaTunnelRow";

    private static final AtomicInteger HITS = new AtomicInteger();
    private static final Map<Thread, Object> WORKERS = new ConcurrentHashMap<>();
    private static volatile int hitsUntilCrash;
    private static volatile String heldTable;
    private static volatile boolean holding;

    private CrashAgent() {}

    /**
     * @param file what to do: empty, or {@code crash class method enter|exit hits}, or {@code hold
     *     table class method enter|exit hits}: the hits count from when a row of the table is held
     */
    public static void premain(String file, Instrumentation instrumentation) throws IOException {
        String[] words =
                Files.readString(Path.of(file), StandardCharsets.UTF_8).trim().split("\\s+");
        int at = 1;
        if (words[0].equals("hold")) {
            heldTable = words[at++];
            install(instrumentation, QUEUE_WORKER, "run", Worker.class);
            install(instrumentation, ROW, "getTableId", Polled.class);
        } else if (!words[0].equals("crash")) {
            return;
        }
        hitsUntilCrash = Integer.parseInt(words[at + 3]);
        install(
                instrumentation,
                words[at],
                words[at + 1],
                words[at + 2].equals("enter") ? Enter.class : Exit.class);
    }

    private static void install(
            Instrumentation instrumentation, String type, String method, Class<?> advice) {
        new AgentBuilder.Default()
                .with(AgentBuilder.Listener.StreamWriting.toSystemError().withErrorsOnly())
                .type(ElementMatchers.named(type))
                .transform(
                        (builder, description, loader, module, domain) ->
                                builder.visit(Advice.to(advice).on(ElementMatchers.named(method))))
                .installOn(instrumentation);
    }

    /** Counts a hit of the crash point, and ends the process at the last. */
    public static void hit() {
        if (heldTable != null && !holding) {
            return;
        }
        if (HITS.incrementAndGet() == hitsUntilCrash) {
            System.err.println("The crash point is reached");
            Runtime.getRuntime().halt(KILLED);
        }
    }

    /** A thread begins to pass rows from the engine's queue to the writers. */
    public static void works(Object worker) {
        WORKERS.put(Thread.currentThread(), worker);
    }

    /**
     * Somebody asks a row for its table. If that is who has just taken it from the queue, which is
     * empty now, the row stays in these hands until the process ends.
     */
    public static void polled(String table) {
        Object worker = WORKERS.get(Thread.currentThread());
        if (worker == null
                || !heldTable.equals(table)
                || !calledByWorker()
                || !queue(worker).isEmpty()) {
            return;
        }
        holding = true;
        System.err.println("A row of " + table + " is held");
        while (true) {
            try {
                Thread.sleep(Long.MAX_VALUE);
            } catch (InterruptedException e) {
                // Whoever wants this thread to end waits for the crash instead.
                continue;
            }
        }
    }

    private static boolean calledByWorker() {
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.dropWhile(
                                                frame ->
                                                        !frame.getMethodName().equals("getTableId"))
                                        .skip(1)
                                        .findFirst()
                                        .map(frame -> frame.getClassName().equals(QUEUE_WORKER))
                                        .orElse(false));
    }

    private static Queue<?> queue(Object worker) {
        try {
            Field queue = worker.getClass().getDeclaredField("queue");
            queue.setAccessible(true);
            return (Queue<?>) queue.get(worker);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("The engine's queue is not where it was", e);
        }
    }

    /** Woven into a method: a hit when it begins. */
    public static final class Enter {
        private Enter() {}

        @Advice.OnMethodEnter
        static void enter() {
            CrashAgent.hit();
        }
    }

    /** Woven into a method: a hit when it has returned. */
    public static final class Exit {
        private Exit() {}

        @Advice.OnMethodExit
        static void exit() {
            CrashAgent.hit();
        }
    }

    /** Woven into the engine's queue worker. */
    public static final class Worker {
        private Worker() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.This Object worker) {
            CrashAgent.works(worker);
        }
    }

    /** Woven into the row. */
    public static final class Polled {
        private Polled() {}

        @Advice.OnMethodExit
        static void exit(@Advice.Return String table) {
            CrashAgent.polled(table);
        }
    }
}
