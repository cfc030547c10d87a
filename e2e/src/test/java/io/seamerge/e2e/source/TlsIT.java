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
package io.seamerge.e2e.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.mysql.binlog.BinlogClient;
import io.seamerge.mysql.binlog.BinlogHandler;
import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.tls.Tls;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.Key;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.common.constants.JobMode;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Encrypted connections to servers whose certificate, for the name localhost, comes from an
 * authority of our own; and to a MySQL 5.7 without: the build that the tests have knows TLS 1.1 at
 * most, which Java 17 refuses.
 */
class TlsIT {

    private static final String STORE_PASSWORD = "store-secret";

    @TempDir private static Path folder;

    @BeforeAll
    static void makeTheAuthorities() throws Exception {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String name : List.of("right", "wrong")) {
            keytool(name, "-genkeypair", "-alias", "ca", "-dname", "CN=" + name, "-ext", "bc:c");
            pem(folder.resolve(name + ".pem"), "CERTIFICATE", certificate(name, "ca"));
        }
        keytool(
                "right",
                "-genkeypair",
                "-alias",
                "server",
                "-dname",
                "CN=a server",
                "-ext",
                "san=dns:localhost",
                "-signer",
                "ca");
        pem(folder.resolve("server.pem"), "CERTIFICATE", certificate("right", "server"));
        Key key = store("right").getKey("server", STORE_PASSWORD.toCharArray());
        pem(folder.resolve("server.key"), "PRIVATE KEY", key.getEncoded());
        keytool(
                "trust",
                "-importcert",
                "-noprompt",
                "-alias",
                "ca",
                "-file",
                folder.resolve("right.pem").toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.0", "9.7", "mariadb"})
    void certificatesAreVerifiedOnSnapshotAndBinlogConnections(String version) throws Exception {
        assumeThat(MySqlServer.whyNot(version)).isEmpty();
        Map<String, String> settings =
                Map.of(
                        "ssl_ca", folder.resolve("right.pem").toString(),
                        "ssl_cert", folder.resolve("server.pem").toString(),
                        "ssl_key", folder.resolve("server.key").toString());
        try (MySqlServer mysql = MySqlServer.start(version, settings)) {
            execute(
                    mysql,
                    "CREATE USER secured@'%' IDENTIFIED BY 'tls-secret' REQUIRE SSL",
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO secured@'%'",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (0)");
            String right = folder.resolve("right.pem").toString();
            String wrong = folder.resolve("wrong.pem").toString();
            long id = 1;
            for (Map<String, Object> tls :
                    List.<Map<String, Object>>of(
                            Map.of("ssl-mode", "PREFERRED"),
                            Map.of("ssl-mode", "REQUIRED"),
                            Map.of("ssl-mode", "VERIFY_CA", "ssl-ca", right),
                            Map.of(
                                    "ssl-mode",
                                    "VERIFY_CA",
                                    "ssl-truststore",
                                    folder.resolve("trust.p12").toString(),
                                    "ssl-truststore-password",
                                    STORE_PASSWORD))) {
                reads(mysql, "127.0.0.1", tls, id++);
            }
            reads(mysql, "localhost", verifyIdentity(right), id);
            refuses(mysql, "127.0.0.1", Map.of("ssl-mode", "DISABLED"), "");
            refuses(mysql, "127.0.0.1", Map.of("ssl-mode", "VERIFY_CA", "ssl-ca", wrong), "path");
            refuses(mysql, "127.0.0.1", Map.of("ssl-mode", "VERIFY_CA"), "path");
            refuses(mysql, "127.0.0.1", verifyIdentity(right), "alternative name");
            refuses(mysql, "localhost", verifyIdentity(wrong), "path");
            refuses(
                    mysql,
                    "localhost",
                    verifyIdentity(folder.resolve("absent.pem").toString()),
                    "absent.pem cannot be read");
            // The binlog connection by itself: the one before it would have refused already.
            binlogRefuses(mysql, "127.0.0.1", SslMode.VERIFY_CA, wrong, "path");
            binlogRefuses(mysql, "127.0.0.1", SslMode.VERIFY_IDENTITY, right, "alternative name");
            binlogRefuses(mysql, "localhost", SslMode.VERIFY_IDENTITY, wrong, "path");
        }
    }

    @Test
    void withoutTlsOnTheServerItIsReadInTheOpenOrNotAtAll() throws Exception {
        try (MySqlServer mysql = MySqlServer.start("5.7", Map.of())) {
            execute(
                    mysql,
                    "CREATE USER secured@'%' IDENTIFIED BY 'tls-secret'",
                    "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO secured@'%'",
                    "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id BIGINT PRIMARY KEY)",
                    "INSERT INTO shop.t VALUES (0)");
            reads(mysql, "127.0.0.1", Map.of("ssl-mode", "PREFERRED"), 1);
            reads(mysql, "127.0.0.1", Map.of("ssl-mode", "DISABLED"), 2);
            String right = folder.resolve("right.pem").toString();
            for (Map<String, Object> tls :
                    List.<Map<String, Object>>of(
                            Map.of("ssl-mode", "REQUIRED"),
                            Map.of("ssl-mode", "VERIFY_CA", "ssl-ca", right),
                            verifyIdentity(right))) {
                refuses(mysql, "127.0.0.1", tls, "not provided by server");
            }
            binlogRefuses(mysql, "127.0.0.1", SslMode.REQUIRED, null, "ssl");
        }
    }

    private static Map<String, Object> verifyIdentity(String authorities) {
        return Map.of("ssl-mode", "VERIFY_IDENTITY", "ssl-ca", authorities);
    }

    private static void reads(MySqlServer mysql, String host, Map<String, Object> tls, long id)
            throws Exception {
        try (SourceRun run = SourceRun.start(options(mysql, host, tls), JobMode.STREAMING)) {
            run.checkpointUntilEmitting();
            execute(mysql, "INSERT INTO shop.t VALUES (" + id + ")");
            run.await("row " + id + " by " + tls, row -> (Long) row.getField(0) == id);
        }
    }

    private static void refuses(
            MySqlServer mysql, String host, Map<String, Object> tls, String words) {
        assertThatThrownBy(() -> SourceRun.start(options(mysql, host, tls), JobMode.STREAMING))
                .hasMessageContaining("instance eu")
                .satisfies(
                        e ->
                                assertThat(textOf(e))
                                        .containsIgnoringCase(words)
                                        .doesNotContain("-secret"));
    }

    private static void binlogRefuses(
            MySqlServer mysql, String host, SslMode mode, String authorities, String words) {
        BinlogHandler handler =
                (BinlogHandler)
                        Proxy.newProxyInstance(
                                TlsIT.class.getClassLoader(),
                                new Class<?>[] {BinlogHandler.class},
                                (proxy, method, arguments) -> {
                                    throw new AssertionError("read " + method.getName());
                                });
        try (BinlogClient client =
                BinlogClient.to(host, mysql.port())
                        .login("secured", "tls-secret")
                        .tls(new Tls(mode, authorities, null, null))
                        .serverId(4711)
                        .build()) {
            assertThatThrownBy(
                            () ->
                                    client.stream(
                                            new BinlogPosition("binlog.000001", 4), null, handler))
                    .satisfies(e -> assertThat(textOf(e)).containsIgnoringCase(words));
        }
    }

    private static String textOf(Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable e = failure; e != null; e = e.getCause()) {
            text.append(e).append('\n');
        }
        return text.toString();
    }

    private static Map<String, Object> options(
            MySqlServer mysql, String host, Map<String, Object> tls) {
        Map<String, Object> options = new HashMap<>(tls);
        options.put(
                "instances",
                List.of(Map.of("name", "eu", "hosts", List.of(host + ":" + mysql.port()))));
        options.put("username", "secured");
        options.put("password", "tls-secret");
        options.put("tables", List.of("shop\\.t"));
        options.put("heartbeat-interval-ms", 200);
        return options;
    }

    private static void keytool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", folder.resolve(name + ".p12").toString()));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", STORE_PASSWORD));
        if (arguments[0].equals("-genkeypair")) {
            command.addAll(List.of("-keyalg", "RSA", "-keysize", "2048", "-validity", "30"));
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static KeyStore store(String name) throws Exception {
        return KeyStore.getInstance(
                folder.resolve(name + ".p12").toFile(), STORE_PASSWORD.toCharArray());
    }

    private static byte[] certificate(String name, String alias) throws Exception {
        return store(name).getCertificate(alias).getEncoded();
    }

    private static void pem(Path file, String kind, byte[] content) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(
                file, "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static void execute(MySqlServer mysql, String... statements) throws SQLException {
        try (Connection connection = mysql.connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}
