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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class TcpProxyTest {

    private ServerSocket echo;
    private TcpProxy proxy;

    @BeforeEach
    void open() throws IOException {
        echo = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::echo);
        thread.setDaemon(true);
        thread.start();
        proxy = TcpProxy.to(echo.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        echo.close();
    }

    @Test
    void passesEveryByteAndTheEnd() throws IOException {
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        try (Socket socket = connect()) {
            Thread sender = new Thread(() -> send(socket, sent));
            sender.start();
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
        }
        await(() -> proxy.connections() == 0);
    }

    @Test
    void cutsConnectionsAndAcceptsNewOnes() throws IOException {
        try (Socket socket = connect()) {
            assertThat(roundTripMillis(socket)).isLessThan(1_000);
            proxy.cut();
            assertThatThrownBy(() -> roundTripMillis(socket)).isInstanceOf(IOException.class);
        }
        try (Socket socket = connect()) {
            roundTripMillis(socket);
        }
    }

    @Test
    void stallsWithoutLoss() throws IOException {
        try (Socket socket = connect()) {
            proxy.stall();
            socket.getOutputStream().write(7);
            socket.setSoTimeout(300);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketTimeoutException.class);
            proxy.resume();
            assertThat(socket.getInputStream().read()).isEqualTo(7);
        }
    }

    @Test
    void delaysEachDirection() throws IOException {
        try (Socket socket = connect()) {
            proxy.delay(150);
            assertThat(roundTripMillis(socket)).isBetween(300L, 2_000L);
            proxy.delay(0);
            assertThat(roundTripMillis(socket)).isLessThan(150);
        }
    }

    @Test
    void delayDoesNotLimitTheRate() throws IOException {
        proxy.delay(100);
        try (Socket socket = connect()) {
            long start = System.nanoTime();
            Thread sender = new Thread(() -> send(socket, new byte[3_000_000]));
            sender.start();
            assertThat(socket.getInputStream().readAllBytes()).hasSize(3_000_000);
            assertThat(millisSince(start)).isBetween(200L, 2_000L);
        }
    }

    @Test
    void throttles() throws IOException {
        proxy.throttle(100_000);
        try (Socket socket = connect()) {
            long start = System.nanoTime();
            Thread sender = new Thread(() -> send(socket, new byte[100_000]));
            sender.start();
            assertThat(socket.getInputStream().readAllBytes()).hasSize(100_000);
            assertThat(millisSince(start)).isBetween(900L, 4_000L);
        }
    }

    @Test
    void refusesNewConnectionsOnly() throws IOException {
        try (Socket socket = connect()) {
            roundTripMillis(socket);
            proxy.refuse();
            assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
            roundTripMillis(socket);
            proxy.accept();
        }
        try (Socket socket = connect()) {
            roundTripMillis(socket);
        }
    }

    @Test
    void closesConnectionsIfTheTargetIsDown() throws IOException {
        // Bound, so that no other process can have the port, but nobody listens.
        try (Socket nobody = new Socket()) {
            nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (TcpProxy toNobody = TcpProxy.to(nobody.getLocalPort());
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), toNobody.port())) {
                socket.setSoTimeout(10_000);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    void closeEndsAllAndFreesThePort() throws IOException {
        Socket socket = connect();
        roundTripMillis(socket);
        proxy.close();
        assertThatThrownBy(() -> roundTripMillis(socket)).isInstanceOf(IOException.class);
        assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
        new ServerSocket(proxy.port(), 1, InetAddress.getLoopbackAddress()).close();
    }

    private Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    }

    /** Fails as well if the connection ends. */
    private static long roundTripMillis(Socket socket) throws IOException {
        long start = System.nanoTime();
        socket.getOutputStream().write(42);
        if (socket.getInputStream().read() != 42) {
            throw new IOException("The connection ended");
        }
        return millisSince(start);
    }

    private static long millisSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void send(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void echo() {
        while (!echo.isClosed()) {
            try {
                Socket socket = echo.accept();
                Thread thread =
                        new Thread(
                                () -> {
                                    try (socket) {
                                        socket.getInputStream()
                                                .transferTo(socket.getOutputStream());
                                    } catch (IOException e) {
                                        // The proxy cut it, as some tests want.
                                        return;
                                    }
                                });
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }
}
