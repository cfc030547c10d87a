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
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A MySQL or MariaDB server that writes a binlog as SeaMerge wants it: rows, full images, full
 * metadata where the version knows it, GTIDs. Thread-safe.
 */
public final class MySqlServer extends NativeServer {

    /** The version that tests use which do not care. */
    public static final String DEFAULT_VERSION = "8.0";

    private static final String USER = "admin";
    private static final String PASSWORD = "admin-secret";

    private final MySqlVersion version;
    private final ServerBinaries binaries;

    private MySqlServer(MySqlVersion version, ServerBinaries binaries, Path home, int port) {
        super(home, port);
        this.version = version;
        this.binaries = binaries;
    }

    /** Starts {@link #DEFAULT_VERSION} with our settings. */
    public static MySqlServer start() {
        return start(DEFAULT_VERSION, Map.of());
    }

    /**
     * Starts a server that ends with this Java process, and waits until it answers.
     *
     * @param version {@code "5.7"}, {@code "8.0"}, {@code "9.7"} or {@code "mariadb"}
     * @param settings lines of my.cnf, names with underscores; they win over ours, and an empty
     *     value leaves a setting to the server
     * @throws MachineException if it cannot be had or does not start
     */
    public static MySqlServer start(String version, Map<String, String> settings) {
        return start(version, settings, freePort());
    }

    static MySqlServer start(String versionName, Map<String, String> settings, int port) {
        MySqlVersion version = MySqlVersion.of(versionName);
        ServerBinaries binaries = version.binaries();
        Path template = template(version, binaries);
        Path home = newHome("mysql-" + versionName);
        boolean started = false;
        try {
            copyData(template, home);
            // A server that starts deletes what others have open in a folder that they share.
            Commands.run(ServerAccount.command(List.of("mkdir", home.resolve("tmp").toString())));
            Map<String, String> all = settings(version, binaries, home, port);
            all.putAll(settings);
            writeConfiguration(home.resolve("my.cnf"), all);
            MySqlServer server = new MySqlServer(version, binaries, home, port);
            server.begin();
            started = true;
            return server;
        } finally {
            if (!started) {
                Commands.deleteFolder(home);
            }
        }
    }

    /** The versions that there are. */
    public static List<String> versions() {
        return MySqlVersion.names();
    }

    /**
     * Why a version cannot be had on this machine now; empty if it can. For tests that skip
     * themselves: on a machine of continuous integration (environment variable {@code CI}) there is
     * no such reason, so that they fail instead.
     */
    public static Optional<String> whyNot(String versionName) {
        MySqlVersion version = MySqlVersion.of(versionName);
        if (System.getenv("CI") != null) {
            return Optional.empty();
        }
        try {
            version.binaries();
            return Optional.empty();
        } catch (MachineException e) {
            System.err.println("SKIPPED: no " + version.display() + ": " + e.getMessage());
            return Optional.of(e.getMessage());
        }
    }

    private static Map<String, String> settings(
            MySqlVersion version, ServerBinaries binaries, Path home, int port) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.putAll(version.folders(binaries));
        settings.put("datadir", home.resolve("data").toString());
        settings.put("tmpdir", home.resolve("tmp").toString());
        settings.put("socket", home.resolve("socket").toString());
        settings.put("pid_file", home.resolve("mysqld.pid").toString());
        settings.put("port", Integer.toString(port));
        settings.put("bind_address", "127.0.0.1");
        settings.put("skip_name_resolve", "ON");
        settings.put("max_connections", "500");
        settings.put("default_time_zone", "+00:00");
        settings.put("server_id", Long.toString(ThreadLocalRandom.current().nextLong(1, 1L << 31)));
        settings.put("log_bin", "binlog");
        settings.put("binlog_format", "ROW");
        settings.put("binlog_row_image", "FULL");
        settings.put("performance_schema", "OFF");
        // MySQL's own default on few cores from 8.4 on: with more, idle workers spin.
        settings.put("innodb_purge_threads", "1");
        // Nothing has to survive the machine's own crash.
        settings.put("sync_binlog", "0");
        settings.put("innodb_flush_log_at_trx_commit", "2");
        settings.putAll(version.settings());
        return settings;
    }

    private static void writeConfiguration(Path file, Map<String, String> settings) {
        StringBuilder lines = new StringBuilder("[mysqld]\n");
        settings.forEach(
                (name, value) -> {
                    if (!value.isEmpty()) {
                        lines.append(name).append(" = ").append(value).append('\n');
                    }
                });
        try {
            Files.writeString(file, lines);
        } catch (IOException e) {
            throw new MachineException("Cannot write " + file, e);
        }
    }

    private static Path template(MySqlVersion version, ServerBinaries binaries) {
        return BinaryCache.folder(
                binaries.folder().getFileName() + "-data",
                folder -> {
                    ServerAccount.own(folder);
                    ServerAccount.requireReachable(folder);
                    System.err.println("Initialising " + version.display() + " …");
                    // One statement in a line, as the servers want it.
                    version.initialise(
                            binaries,
                            folder,
                            List.of(
                                    "CREATE USER '"
                                            + USER
                                            + "'@'%' IDENTIFIED BY '"
                                            + PASSWORD
                                            + "';",
                                    "GRANT ALL ON *.* TO '" + USER + "'@'%' WITH GRANT OPTION;"));
                    // A server without one draws a server_uuid of its own.
                    Files.deleteIfExists(folder.resolve("auto.cnf"));
                });
    }

    @Override
    GuardedProcess launch(Path home) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--defaults-file=" + home.resolve("my.cnf"));
        return GuardedProcess.start(
                home,
                ServerAccount.command(binaries.command(version.program(), arguments)),
                binaries.environment());
    }

    @Override
    String stopSignal() {
        return "TERM";
    }

    @Override
    public String name() {
        return version.display();
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    /** For no database. */
    @Override
    public String jdbcUrl() {
        return jdbcUrl("");
    }

    public String jdbcUrl(String database) {
        return "jdbc:mysql://"
                + host()
                + ":"
                + port()
                + "/"
                + database
                + "?user="
                + USER
                + "&password="
                + PASSWORD
                + "&sslMode=DISABLED&allowPublicKeyRetrieval=true";
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl());
    }
}
