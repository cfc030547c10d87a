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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Debian packages, unpacked into a folder: nothing is installed, and the machine's own package
 * lists are not touched, so that no special rights are needed.
 */
final class DebianPackages {

    private DebianPackages() {}

    /**
     * Puts one shared library into a folder, from the first of the packages that the machine's
     * sources have.
     */
    static void extractLibrary(List<String> packages, String library, Path into)
            throws IOException {
        Path work = Files.createTempDirectory("seamerge-packages-");
        try {
            Path unpacked = Files.createDirectory(work.resolve("unpacked"));
            for (Path archive : download(packages, work)) {
                unpack(archive, unpacked);
            }
            try (Stream<Path> files = Files.walk(unpacked)) {
                Path found =
                        files.filter(file -> file.getFileName().toString().startsWith(library))
                                .filter(Files::isRegularFile)
                                .findFirst()
                                .orElseThrow(
                                        () ->
                                                new MachineException(
                                                        "No " + library + " in " + packages));
                Files.copy(found, into.resolve(library), StandardCopyOption.REPLACE_EXISTING);
            }
        } finally {
            Commands.deleteFolder(work);
        }
    }

    static void unpack(Path archive, Path into) {
        Commands.run(List.of("dpkg", "-x", archive.toString(), into.toString()));
    }

    /** Downloads the first of the packages that there is. */
    private static List<Path> download(List<String> packages, Path work) throws IOException {
        if (!Commands.succeeds(List.of("apt-get", "--version"))) {
            throw new MachineException(
                    "Needs one of the packages " + packages + ": install it, for want of apt here");
        }
        Path lists = Files.createDirectories(work.resolve("lists/partial")).getParent();
        Path cache = Files.createDirectories(work.resolve("cache/archives/partial"));
        List<String> options =
                List.of(
                        "-o", "Dir::State::lists=" + lists,
                        "-o", "Dir::Cache=" + cache.getParent().getParent(),
                        // As root apt would give the folders to a user who cannot enter them.
                        "-o", "APT::Sandbox::User=root");
        List<String> failures = new ArrayList<>();
        // With the machine's lists as they are, which is quick, then with fresh ones.
        for (List<String> with : List.of(List.<String>of(), options)) {
            if (with == options) {
                System.err.println("Fetching package lists for " + packages + " …");
                Commands.run(apt("update", with, List.of("-q")), Map.of(), work);
            }
            for (String name : packages) {
                try {
                    Commands.run(apt("download", with, List.of(name)), Map.of(), work);
                    return archivesIn(work);
                } catch (MachineException e) {
                    failures.add(e.getMessage());
                }
            }
        }
        throw new MachineException(String.join("\n", failures));
    }

    private static List<String> apt(String verb, List<String> options, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("apt-get"));
        command.addAll(options);
        command.add(verb);
        command.addAll(arguments);
        return command;
    }

    static List<Path> archivesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".deb"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }
}
