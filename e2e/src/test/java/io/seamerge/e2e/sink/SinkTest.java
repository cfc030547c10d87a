package io.seamerge.e2e.sink;

import io.seamerge.e2e.servers.PostgresServer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

/** A server for the tests of one class, without schemas seamerge and shop before each of them. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class SinkTest {

    static PostgresServer server;
    Target target;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void clean() throws Exception {
        target = new Target(server);
        target.clean();
    }
}
