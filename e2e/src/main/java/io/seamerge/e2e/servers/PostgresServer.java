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

import io.seamerge.e2e.machine.BinaryCache;
import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.GuardedProcess;
import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A PostgreSQL server with an empty database {@code seamerge}. Thread-safe. */
public final class PostgresServer extends NativeServer {

    /** The version that tests use which do not care. */
    public static final String DEFAULT_VERSION = "18";

    /** The database that there is beside PostgreSQL's own. */
    public static final String DATABASE = "seamerge";

    private static final String USER = "postgres";
    private static final String PASSWORD = "postgres-secret";

    private static final Map<String, String> ARTIFACT_VERSIONS =
            new TreeMap<>(Map.of("15", "15.14.0", "16", "16.10.0", "17", "17.6.0", "18", "18.6.0"));

    /** No commit has to survive the machine's own crash; SIGKILL loses nothing without fsync. */
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "listen_addresses", "127.0.0.1",
                    "unix_socket_directories", "",
                    "fsync", "off",
                    "full_page_writes", "off",
                    "max_connections", "200",
                    "timezone", "UTC",
                    "log_timezone", "UTC");

    private final String version;
    private final ServerBinaries binaries;
    private final Map<String, String> settings;

    private PostgresServer(
            String version,
            ServerBinaries binaries,
            Map<String, String> settings,
            Path home,
            int port) {
        super(home, port);
        this.version = version;
        this.binaries = binaries;
        this.settings = settings;
    }

    /** Starts {@link #DEFAULT_VERSION} with our settings. */
    public static PostgresServer start() {
        return start(DEFAULT_VERSION, Map.of());
    }

    /**
     * Starts a server that ends with this Java process, and waits until it answers.
     *
     * @param version a major version: {@code "15"} to {@code "18"}
     * @param settings lines of postgresql.conf; they win over ours
     * @throws MachineException if it cannot be had or does not start
     */
    public static PostgresServer start(String version, Map<String, String> settings) {
        return start(version, settings, freePort());
    }

    static PostgresServer start(String version, Map<String, String> settings, int port) {
        String artifactVersion = ARTIFACT_VERSIONS.get(version);
        if (artifactVersion == null) {
            throw new MachineException(
                    "There is no PostgreSQL " + version + " here, only " + versions());
        }
        ServerBinaries binaries = ServerBinaries.postgres(artifactVersion);
        Path template = template(binaries);
        Path home = newHome("postgres-" + version);
        boolean started = false;
        try {
            copyData(template, home);
            Map<String, String> all = new LinkedHashMap<>(SETTINGS);
            all.putAll(settings);
            PostgresServer server = new PostgresServer(version, binaries, all, home, port);
            server.begin();
            started = true;
            return server;
        } finally {
            if (!started) {
                Commands.deleteFolder(home);
            }
        }
    }

    /** The versions that can be started. */
    public static List<String> versions() {
        return List.copyOf(ARTIFACT_VERSIONS.keySet());
    }

    private static Path template(ServerBinaries binaries) {
        return BinaryCache.folder(
                binaries.folder().getFileName() + "-data",
                folder -> {
                    ServerAccount.own(folder);
                    ServerAccount.requireReachable(folder);
                    Path password = Files.createTempFile("seamerge-", ".password");
                    try {
                        Files.writeString(password, PASSWORD);
                        ServerAccount.own(password);
                        initialise(binaries, folder, password);
                    } finally {
                        Files.delete(password);
                    }
                });
    }

    private static void initialise(ServerBinaries binaries, Path folder, Path password)
            throws IOException {
        List<String> arguments =
                List.of(
                        "--pgdata=" + folder,
                        "--username=" + USER,
                        "--pwfile=" + password,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--no-locale",
                        "--no-sync");
        Commands.run(
                ServerAccount.command(binaries.command("bin/initdb", arguments)),
                binaries.environment(),
                folder);
        Path statement = Files.createTempFile("seamerge-", ".sql");
        try {
            Files.writeString(statement, "CREATE DATABASE " + DATABASE + ";\n");
            ServerAccount.own(statement);
            Commands.feed(
                    Files.newInputStream(statement),
                    ServerAccount.command(
                            binaries.command(
                                    "bin/postgres",
                                    List.of(
                                            "--single",
                                            "-F",
                                            "-c",
                                            "log_checkpoints=off",
                                            "-D",
                                            folder.toString(),
                                            USER))));
        } finally {
            Files.delete(statement);
        }
    }

    @Override
    GuardedProcess launch(Path home) {
        List<String> arguments = new ArrayList<>(List.of("-D", home.resolve("data").toString()));
        arguments.addAll(List.of("-p", Integer.toString(port())));
        settings.forEach((name, value) -> arguments.addAll(List.of("-c", name + "=" + value)));
        return GuardedProcess.start(
                home, ServerAccount.command(binaries.command("bin/postgres", arguments)), Map.of());
    }

    @Override
    String stopSignal() {
        return "INT";
    }

    @Override
    public String name() {
        return "PostgreSQL " + version;
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    /** For the database {@link #DATABASE}. */
    @Override
    public String jdbcUrl() {
        return jdbcUrl(DATABASE);
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://"
                + host()
                + ":"
                + port()
                + "/"
                + database
                + "?user="
                + USER
                + "&password="
                + PASSWORD;
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl());
    }
}
