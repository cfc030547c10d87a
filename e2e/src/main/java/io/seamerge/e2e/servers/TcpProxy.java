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

import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A TCP proxy on 127.0.0.1 that passes every connection on to one port, and does to them what
 * networks do: cuts, stalls, delays, slows and refuses them. What is set holds for the connections
 * that there are and for those to come. Thread-safe.
 */
public final class TcpProxy implements AutoCloseable {

    private static final int CHUNK_BYTES = 16 * 1024;

    /** Chunks that wait in one direction of a connection: 4 MB, then the sender has to wait. */
    private static final int CHUNKS_WAITING = 256;

    private static final int CONNECT_MILLIS = 10_000;

    /** Bytes on their way, and when they may arrive; without bytes: the sender has ended. */
    private record Chunk(byte[] bytes, long dueNanos) {}

    private final int port;
    private final int target;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Object change = new Object();

    // Guarded by change.
    private ServerSocket listener;
    private Thread accepting;
    private boolean stalled;
    private long delayNanos;
    private long bytesPerSecond;
    private boolean closed;

    private byte[] damagedBefore;

    private TcpProxy(int port, int target) {
        this.port = port;
        this.target = target;
    }

    /** Opens a proxy on a free port, for a server. */
    public static TcpProxy to(DatabaseServer server) {
        return to(server.port());
    }

    /** Opens a proxy on a free port, for a port of 127.0.0.1. */
    public static TcpProxy to(int target) {
        TcpProxy proxy = new TcpProxy(NativeServer.freePort(), target);
        proxy.accept();
        return proxy;
    }

    /** The port to connect to. */
    public int port() {
        return port;
    }

    /** Connections that are open through the proxy. */
    public int connections() {
        return connections.size();
    }

    /** Breaks all connections that there are, as if by a reset; new ones are accepted. */
    public void cut() {
        connections.forEach(Connection::reset);
    }

    /** Lets no more bytes arrive, in either direction; connections stay open. */
    public void stall() {
        synchronized (change) {
            stalled = true;
        }
    }

    /** Ends a {@link #stall}; nothing was lost. */
    public void resume() {
        synchronized (change) {
            stalled = false;
            change.notifyAll();
        }
    }

    /** Lets bytes arrive so much later, in each direction; 0 ends that. */
    public void delay(long millis) {
        synchronized (change) {
            delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
        }
    }

    /**
     * Lets at most so many bytes per second pass in each direction of a connection; 0: no limit.
     */
    public void throttle(long bytesPerSecond) {
        synchronized (change) {
            this.bytesPerSecond = bytesPerSecond;
        }
    }

    /**
     * From now on the byte before each of these marks in what the target sends arrives as 0xff, if
     * the mark comes in one piece. A mark that is a text in a row so spoils the text's length.
     */
    public void damageBefore(String mark) {
        synchronized (change) {
            damagedBefore = mark.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Refuses new connections; those that there are go on. */
    public void refuse() {
        synchronized (change) {
            if (listener == null) {
                return;
            }
            close(listener);
            listener = null;
            try {
                // The kernel goes on listening until the thread that accepts has left.
                accepting.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new MachineException("Interrupted while closing port " + port, e);
            }
        }
    }

    /** Accepts new connections, which is so from the start. */
    public void accept() {
        synchronized (change) {
            if (closed || listener != null) {
                return;
            }
            try {
                ServerSocket socket = new ServerSocket();
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                listener = socket;
                accepting = start("accept", () -> acceptOn(socket));
            } catch (IOException e) {
                throw new MachineException("Cannot listen on port " + port, e);
            }
        }
    }

    /** Ends all connections and stops listening. */
    @Override
    public void close() {
        synchronized (change) {
            closed = true;
        }
        refuse();
        resume();
        cut();
    }

    private void acceptOn(ServerSocket socket) {
        while (!socket.isClosed()) {
            Socket client;
            try {
                client = socket.accept();
            } catch (IOException e) {
                close(socket);
                return;
            }
            start("connect", () -> connect(client));
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            server.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), target),
                    CONNECT_MILLIS);
        } catch (IOException e) {
            // The target is down: so is the proxy, as far as this client can see.
            close(client);
            close(server);
            return;
        }
        Connection connection = new Connection(client, server);
        synchronized (change) {
            if (closed) {
                connection.reset();
                return;
            }
            connections.add(connection);
        }
        connection.pump(client, server, false);
        connection.pump(server, client, true);
    }

    private Thread start(String what, Runnable task) {
        Thread thread = new Thread(task, "proxy-" + port + "-" + what);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void close(AutoCloseable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (Exception e) {
            throw new MachineException("Cannot close " + closeable, e);
        }
    }

    private void damage(byte[] bytes, int length) {
        byte[] mark;
        synchronized (change) {
            mark = damagedBefore;
        }
        for (int at = 1; mark != null && at + mark.length <= length; at++) {
            if (Arrays.equals(bytes, at, at + mark.length, mark, 0, mark.length)) {
                bytes[at - 1] = (byte) 0xff;
            }
        }
    }

    /** One client's connection and its continuation to the target. */
    private final class Connection {

        private final Socket client;
        private final Socket server;
        private int directionsOpen = 2;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to, boolean fromTarget) {
            BlockingQueue<Chunk> queue = new ArrayBlockingQueue<>(CHUNKS_WAITING);
            start("read", () -> read(from, queue, fromTarget));
            start("write", () -> write(queue, to));
        }

        private void read(Socket from, BlockingQueue<Chunk> queue, boolean fromTarget) {
            try {
                byte[] buffer = new byte[CHUNK_BYTES];
                int length;
                while ((length = from.getInputStream().read(buffer)) >= 0) {
                    if (fromTarget) {
                        damage(buffer, length);
                    }
                    queue.put(new Chunk(Arrays.copyOf(buffer, length), due()));
                }
                queue.put(new Chunk(null, due()));
            } catch (IOException e) {
                // Reset by one side: the other shall see the same.
                reset();
            } catch (InterruptedException e) {
                throw new IllegalStateException("Nobody interrupts this thread", e);
            }
        }

        private void write(BlockingQueue<Chunk> queue, Socket to) {
            try {
                while (true) {
                    Chunk chunk = take(queue);
                    if (chunk == null) {
                        return;
                    }
                    sleepUntil(chunk.dueNanos());
                    awaitFlow();
                    if (chunk.bytes() == null) {
                        to.shutdownOutput();
                        endDirection();
                        return;
                    }
                    writeSlowly(chunk.bytes(), to);
                }
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                throw new IllegalStateException("Nobody interrupts this thread", e);
            }
        }

        /** The next chunk, or null once the connection was reset. */
        private Chunk take(BlockingQueue<Chunk> queue) throws InterruptedException {
            while (true) {
                Chunk chunk = queue.poll(1, TimeUnit.SECONDS);
                if (chunk != null || client.isClosed()) {
                    return chunk;
                }
            }
        }

        private void writeSlowly(byte[] bytes, Socket to) throws IOException, InterruptedException {
            int written = 0;
            while (written < bytes.length) {
                long rate = rate();
                // A tenth of a second's worth at a time, so that slow is not the same as jerky.
                int part =
                        rate == 0
                                ? bytes.length - written
                                : (int) Math.min(bytes.length - written, Math.max(1, rate / 10));
                long start = System.nanoTime();
                to.getOutputStream().write(bytes, written, part);
                written += part;
                if (rate > 0) {
                    sleepUntil(start + TimeUnit.SECONDS.toNanos(part) / rate);
                    awaitFlow();
                }
            }
        }

        private synchronized void endDirection() {
            directionsOpen--;
            if (directionsOpen == 0) {
                connections.remove(this);
                close(client);
                close(server);
            }
        }

        void reset() {
            connections.remove(this);
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    if (!socket.isClosed()) {
                        socket.setSoLinger(true, 0);
                    }
                } catch (IOException e) {
                    // Closed by the other side just now, which is what was wanted.
                }
                close(socket);
            }
        }

        private long due() {
            synchronized (change) {
                return System.nanoTime() + delayNanos;
            }
        }

        private long rate() {
            synchronized (change) {
                return bytesPerSecond;
            }
        }

        private void awaitFlow() throws InterruptedException {
            synchronized (change) {
                while (stalled && !client.isClosed()) {
                    change.wait(100);
                }
            }
        }

        private void sleepUntil(long nanos) throws InterruptedException {
            long left = nanos - System.nanoTime();
            if (left > 0) {
                TimeUnit.NANOSECONDS.sleep(left);
            }
        }
    }
}
