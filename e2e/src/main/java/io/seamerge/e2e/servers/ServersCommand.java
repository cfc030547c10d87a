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

import io.seamerge.e2e.engine.ClusterNode;
import io.seamerge.e2e.engine.EngineException;
import io.seamerge.e2e.machine.BinaryCache;
import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.GuardedProcess;
import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code servers.sh}: servers for a person at a terminal, which run until they are stopped. */
@Command(
        name = "servers.sh",
        mixinStandardHelpOptions = true,
        description = "Starts, lists and stops real database servers on 127.0.0.1, without Docker.",
        footer = {
            "",
            "Their files are fetched once into a cache: $SEAMERGE_CACHE, or else /var/cache/seamerge"
                    + " (root), or else ~/.cache/seamerge. A server's data goes when it is stopped."
        })
public final class ServersCommand {

    private static final String NAME = "[A-Za-z0-9._-]+";

    public static void main(String[] arguments) {
        CommandLine commandLine = new CommandLine(new ServersCommand());
        commandLine.setExecutionExceptionHandler(
                (exception, command, result) -> {
                    if (exception instanceof MachineException
                            || exception instanceof EngineException) {
                        System.err.println(exception.getMessage());
                        return ExitCode.SOFTWARE;
                    }
                    throw exception;
                });
        // No arguments: say what there is.
        System.exit(
                commandLine.execute(arguments.length == 0 ? new String[] {"--help"} : arguments));
    }

    @Command(
            name = "start",
            mixinStandardHelpOptions = true,
            description = "Starts a server and prints how to reach it.")
    int start(
            @Parameters(
                            paramLabel = "KIND",
                            description = "mysql, mariadb, postgres, or seatunnel (a cluster node)")
                    String kind,
            @Parameters(
                            paramLabel = "VERSION",
                            arity = "0..1",
                            description =
                                    "mysql: 5.7, 8.0 (default), 9.7; postgres: 15 to 18 (default)")
                    String version,
            @Option(
                            names = "--name",
                            paramLabel = "NAME",
                            description = "to stop it by; default: KIND, or KIND-2 and so on")
                    String wantedName,
            @Option(
                            names = "--port",
                            paramLabel = "PORT",
                            description = "default: a free one (seatunnel: always 5801)")
                    Integer wantedPort,
            @Option(
                            names = "--set",
                            paramLabel = "NAME=VALUE",
                            description = "a server setting; may come several times")
                    Map<String, String> wantedSettings)
            throws IOException {
        String name = wantedName == null ? freeName(kind) : wantedName;
        if (!name.matches(NAME)) {
            throw new MachineException("A name is letters, digits, dots and dashes, not " + name);
        }
        if (Files.exists(file(name))) {
            throw new MachineException("There is a server " + name + ": stop it first");
        }
        Map<String, String> settings =
                wantedSettings == null ? Map.of() : new LinkedHashMap<>(wantedSettings);
        int port = wantedPort == null ? NativeServer.freePort() : wantedPort;
        switch (kind) {
            case "mysql":
            case "mariadb":
                String mySqlVersion =
                        kind.equals("mariadb")
                                ? kind
                                : Optional.ofNullable(version).orElse(MySqlServer.DEFAULT_VERSION);
                keep(name, MySqlServer.start(mySqlVersion, settings, port));
                break;
            case "postgres":
                String postgresVersion =
                        Optional.ofNullable(version).orElse(PostgresServer.DEFAULT_VERSION);
                keep(name, PostgresServer.start(postgresVersion, settings, port));
                break;
            case "seatunnel":
                Path folder = Files.createTempDirectory("seamerge-cluster-");
                GuardedProcess node = ClusterNode.start(folder);
                Properties entry = new Properties();
                entry.setProperty("what", "SeaTunnel");
                entry.setProperty("port", Integer.toString(ClusterNode.PORT));
                write(name, entry, folder, node.pid());
                node.keep();
                break;
            default:
                throw new MachineException(
                        "There are servers of mysql, mariadb, postgres and seatunnel, not of "
                                + kind);
        }
        print(name, read(name));
        return ExitCode.OK;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists the servers that were started, and how to reach them.")
    int list() throws IOException {
        for (String name : names()) {
            print(name, read(name));
        }
        return ExitCode.OK;
    }

    @Command(
            name = "stop",
            mixinStandardHelpOptions = true,
            description = "Stops servers and deletes their data.")
    int stop(
            @Parameters(paramLabel = "NAME", arity = "0..*", description = "which servers")
                    List<String> wantedNames,
            @Option(names = "--all", description = "all that were started") boolean all)
            throws IOException {
        List<String> names = new ArrayList<>(all ? names() : List.of());
        if (wantedNames != null) {
            names.addAll(wantedNames);
        }
        if (names.isEmpty() && !all) {
            throw new MachineException("Which server? " + names() + ", or --all");
        }
        for (String name : names) {
            if (!name.matches(NAME) || !Files.exists(file(name))) {
                throw new MachineException("There is no server " + name + ", only " + names());
            }
            Properties entry = read(name);
            process(entry).ifPresent(GuardedProcess::endAll);
            Commands.deleteFolder(Path.of(entry.getProperty("home")));
            Files.delete(file(name));
            System.out.println("stopped " + name);
        }
        return ExitCode.OK;
    }

    /** Written down first: a server that is kept can be found and stopped. */
    private static void keep(String name, NativeServer server) throws IOException {
        Properties entry = new Properties();
        entry.setProperty("what", server.name());
        entry.setProperty("port", Integer.toString(server.port()));
        entry.setProperty("user", server.user());
        entry.setProperty("password", server.password());
        entry.setProperty("url", server.jdbcUrl());
        write(name, entry, server.home(), server.pid());
        server.keep();
    }

    private static void write(String name, Properties entry, Path home, long pid)
            throws IOException {
        entry.setProperty("home", home.toString());
        entry.setProperty("pid", Long.toString(pid));
        entry.setProperty("started", ProcessHandle.of(pid).map(ServersCommand::started).orElse(""));
        Files.createDirectories(folder());
        try (Writer writer = Files.newBufferedWriter(file(name))) {
            entry.store(writer, null);
        }
    }

    private static void print(String name, Properties entry) {
        System.out.println(
                name
                        + ": "
                        + entry.getProperty("what")
                        + " on 127.0.0.1:"
                        + entry.getProperty("port")
                        + (process(entry).isPresent() ? "" : " (ended by itself)"));
        if (entry.containsKey("url")) {
            System.out.println("  user      " + entry.getProperty("user"));
            System.out.println("  password  " + entry.getProperty("password"));
            System.out.println("  JDBC      " + entry.getProperty("url"));
        }
        System.out.println("  log       " + Path.of(entry.getProperty("home"), "log"));
    }

    /** The process, if it is the one that was started and not another one with its number. */
    private static Optional<ProcessHandle> process(Properties entry) {
        return ProcessHandle.of(Long.parseLong(entry.getProperty("pid")))
                .filter(process -> started(process).equals(entry.getProperty("started")));
    }

    private static String started(ProcessHandle process) {
        return process.info().startInstant().map(Object::toString).orElse("");
    }

    private static String freeName(String kind) throws IOException {
        List<String> taken = names();
        String name = kind;
        for (int number = 2; taken.contains(name); number++) {
            name = kind + "-" + number;
        }
        return name;
    }

    private static List<String> names() throws IOException {
        if (!Files.isDirectory(folder())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static Properties read(String name) throws IOException {
        Properties entry = new Properties();
        try (Reader reader = Files.newBufferedReader(file(name))) {
            entry.load(reader);
        }
        return entry;
    }

    private static Path file(String name) {
        return folder().resolve(name);
    }

    private static Path folder() {
        return BinaryCache.root().resolve("started");
    }
}
