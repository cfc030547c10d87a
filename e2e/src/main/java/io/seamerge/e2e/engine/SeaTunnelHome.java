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
package io.seamerge.e2e.engine;

import io.seamerge.e2e.machine.BinaryCache;
import io.seamerge.e2e.machine.Commands;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A SeaTunnel installation in a folder: {@code lib}, {@code connectors} and {@code config}.
 * SeaTunnel's jars are links to the {@link BinaryCache}, our connectors copies of what the build
 * made last.
 */
final class SeaTunnelHome {

    private static final String COPY_DEPENDENCIES =
            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies";
    private static final String COPY =
            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy";

    /** SeaTunnel's own connectors that jobs here use, by the lines that make them known. */
    private static final Map<String, List<String>> STOCK_CONNECTORS =
            Map.of(
                    "connector-fake", List.of("seatunnel.source.FakeSource"),
                    "connector-console", List.of("seatunnel.sink.Console"),
                    "connector-cdc-mysql", List.of("seatunnel.source.MySQL-CDC"),
                    "connector-jdbc", List.of("seatunnel.source.Jdbc", "seatunnel.sink.Jdbc"),
                    "connector-kafka", List.of("seatunnel.sink.Kafka"));

    /** The modules that make our connectors; their jars' names begin so. */
    private static final List<String> OUR_CONNECTORS =
            List.of("connector-mysql-cdc", "connector-pg-merge");

    private static final List<String> CONFIGURATION =
            List.of(
                    "seatunnel.yaml",
                    "hazelcast.yaml",
                    "hazelcast-client.yaml",
                    "log4j2.properties");

    private static final String COMMAND = "io.seamerge.e2e.engine.SeaTunnelCommand";

    private static final String CHECK = "io.seamerge.e2e.engine.JobCheck";

    private final Path folder;

    private SeaTunnelHome(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes an installation, or brings one up to date. Jobs that run in it go on.
     *
     * @param folder exists
     * @param checkpoints where checkpoints go, an absolute path
     * @param keepsClasses whether jobs share the connectors' classes
     */
    static SeaTunnelHome make(Path folder, Path checkpoints, boolean keepsClasses) {
        try {
            Path installation = installation();
            link(folder.resolve("lib"), installation.resolve("lib"));
            Files.createDirectories(folder.resolve("plugins"));
            putConnectors(installation, Files.createDirectories(folder.resolve("connectors")));
            Path config = Files.createDirectories(folder.resolve("config"));
            for (String file : CONFIGURATION) {
                String text =
                        resource(file)
                                .replace("@CHECKPOINTS@", checkpoints.toString())
                                .replace("@KEEPS_CLASSES@", Boolean.toString(keepsClasses));
                put(config.resolve(file), text.getBytes(StandardCharsets.UTF_8));
            }
            return new SeaTunnelHome(folder);
        } catch (IOException e) {
            throw new EngineException("Cannot assemble SeaTunnel in " + folder, e);
        }
    }

    /**
     * Brings an installation in the build's folder up to date, and prints the command that {@code
     * run-job.sh} then runs with its arguments; words end with a zero byte. Its checkpoints are in
     * the {@link BinaryCache}'s folder, where they outlive the build.
     *
     * @param arguments the heap in megabytes, and "check" for the command that checks a job file
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(repository().resolve("e2e/target/seatunnel"));
        SeaTunnelHome home = make(folder, BinaryCache.root().resolve("checkpoints"), false);
        boolean check = arguments.length > 1 && arguments[1].equals("check");
        List<String> command =
                home.java(Integer.parseInt(arguments[0]), Map.of(), check ? CHECK : COMMAND);
        if (check) {
            // The engine loads connectors itself; the check is a caller of them.
            int classPath = command.indexOf("-cp") + 1;
            command.set(classPath, command.get(classPath) + home.ourConnectors());
        }
        for (String word : command) {
            System.out.print(word + "\0");
        }
    }

    /**
     * The command that runs a class with SeaTunnel's on its class path.
     *
     * @param main its name; the class itself cannot be loaded here, without SeaTunnel's
     */
    List<String> java(int heapMegabytes, Map<String, String> systemProperties, String main) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heapMegabytes + "m");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-Dfile.encoding=UTF-8");
        command.add("-DSEATUNNEL_HOME=" + folder);
        Path config = folder.resolve("config");
        command.add("-Dseatunnel.config=" + config.resolve("seatunnel.yaml"));
        command.add("-Dhazelcast.config=" + config.resolve("hazelcast.yaml"));
        command.add("-Dhazelcast.client.config=" + config.resolve("hazelcast-client.yaml"));
        command.add("-Dlog4j2.configurationFile=" + config.resolve("log4j2.properties"));
        command.add("-Dhazelcast.logging.type=log4j2");
        command.add("-Dhazelcast.phone.home.enabled=false");
        // It would race with ours, which cancels the job first.
        command.add("-Dhazelcast.shutdownhook.enabled=false");
        // 127.0.0.1 alone, and no look at the other networks of the machine.
        command.add("-Dhazelcast.local.localAddress=127.0.0.1");
        command.add("-Dhazelcast.socket.bind.any=false");
        command.add("-Dhazelcast.socket.server.bind.any=false");
        systemProperties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.add("-cp");
        command.add(classPath());
        command.add(main);
        return command;
    }

    private String classPath() {
        Path lib = folder.resolve("lib");
        try (Stream<Path> jars = Files.list(lib)) {
            // It holds other copies of classes that come again in a later jar, and must win.
            Path first =
                    jars.filter(
                                    jar ->
                                            jar.getFileName()
                                                    .toString()
                                                    .startsWith("seatunnel-config-shade-"))
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new EngineException(
                                                    "No seatunnel-config-shade in " + lib));
            return first + ":" + lib + "/*:" + ownClasses();
        } catch (IOException e) {
            throw new EngineException("Cannot list " + lib, e);
        }
    }

    /** Our connectors' jars, each behind a colon. */
    private String ourConnectors() throws IOException {
        StringBuilder jars = new StringBuilder();
        for (String module : OUR_CONNECTORS) {
            Path jar = connectorJar(module).getFileName();
            jars.append(':').append(folder.resolve("connectors").resolve(jar));
        }
        return jars.toString();
    }

    /** The jar or folder that this class came from. */
    private static Path ownClasses() {
        try {
            return Path.of(
                    SeaTunnelHome.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI());
        } catch (URISyntaxException e) {
            throw new EngineException("Cannot find our own classes", e);
        }
    }

    private static void putConnectors(Path installation, Path connectors) throws IOException {
        List<String> mapping = new ArrayList<>();
        try (Stream<Path> jars = Files.list(installation.resolve("connectors"))) {
            for (Path jar : (Iterable<Path>) jars::iterator) {
                link(connectors.resolve(jar.getFileName()), jar);
            }
        }
        STOCK_CONNECTORS.forEach(
                (prefix, keys) -> keys.forEach(key -> mapping.add(key + " = " + prefix)));
        for (String module : OUR_CONNECTORS) {
            Path jar = connectorJar(module);
            // Copied: the next build may replace it while a job runs.
            put(connectors.resolve(jar.getFileName()), Files.readAllBytes(jar));
        }
        resource("plugin-mapping.properties").lines().forEach(mapping::add);
        mapping.sort(null);
        put(
                connectors.resolve("plugin-mapping.properties"),
                (String.join("\n", mapping) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Replaces a file, if it differs, in one step: who has it open keeps what it was. */
    private static void put(Path file, byte[] content) throws IOException {
        if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
            return;
        }
        Path written = Files.createTempFile(file.getParent(), "new-", null);
        Files.write(written, content);
        Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static void link(Path link, Path target) throws IOException {
        if (Files.isSymbolicLink(link)) {
            if (Files.readSymbolicLink(link).equals(target)) {
                return;
            }
            Files.delete(link);
        }
        Files.createSymbolicLink(link, target);
    }

    /** The jar that the build made of a connector: it bundles and relocates what it needs. */
    private static Path connectorJar(String module) throws IOException {
        Path target = repository().resolve(module).resolve("target");
        PathMatcher name =
                FileSystems.getDefault().getPathMatcher("glob:" + module + "-[0-9]*.jar");
        if (Files.isDirectory(target)) {
            try (Stream<Path> files = Files.list(target)) {
                List<Path> jars = files.filter(file -> name.matches(file.getFileName())).toList();
                if (jars.size() == 1) {
                    return jars.get(0);
                }
                if (jars.size() > 1) {
                    throw new EngineException("Which one of " + jars + "? Run: mvn clean package");
                }
            }
        }
        throw new EngineException(
                "No "
                        + module
                        + " jar in "
                        + target
                        + ": the engine runs packaged connectors. Run: mvn package -DskipTests");
    }

    /** The project's folder: the system property {@code seamerge.root}, or found upwards. */
    static Path repository() {
        String root = System.getProperty("seamerge.root");
        if (root != null) {
            return Path.of(root).toAbsolutePath();
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("connector-mysql-cdc/pom.xml"))) {
            folder = folder.getParent();
        }
        if (folder == null) {
            throw new EngineException(
                    "Not inside SeaMerge's folder: set the system property seamerge.root");
        }
        return folder;
    }

    /** SeaTunnel's jars, fetched once. */
    private static Path installation() throws IOException {
        String pom = resource("engine-pom.xml");
        CRC32 sum = new CRC32();
        sum.update(pom.getBytes(StandardCharsets.UTF_8));
        sum.update(STOCK_CONNECTORS.keySet().stream().sorted().toList().toString().getBytes());
        String version = pom.replaceAll("(?s).*?<version>(.*?)</version>.*", "$1");
        return BinaryCache.folder(
                "seatunnel-" + version + "-" + Long.toHexString(sum.getValue()),
                folder -> {
                    System.err.println("Fetching SeaTunnel " + version + " by Maven …");
                    Path file = folder.resolve("pom.xml");
                    Files.writeString(file, pom);
                    maven(
                            folder,
                            COPY_DEPENDENCIES,
                            "-DincludeScope=runtime",
                            "-DoutputDirectory=" + folder.resolve("lib"));
                    for (String connector : STOCK_CONNECTORS.keySet()) {
                        maven(
                                folder,
                                COPY,
                                "-Dartifact=org.apache.seatunnel:" + connector + ":" + version,
                                "-DoutputDirectory=" + folder.resolve("connectors"));
                    }
                });
    }

    private static void maven(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(List.of("mvn", "-q", "-B"));
        command.addAll(List.of(arguments));
        String repository = System.getProperty("maven.repo.local");
        if (repository != null) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        Commands.run(command, Map.of(), folder);
    }

    private static String resource(String name) throws IOException {
        try (InputStream resource = SeaTunnelHome.class.getResourceAsStream(name)) {
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
