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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Debian packages, unpacked into a folder with everything that they need, C library included:
 * nothing is installed, the machine's own packages and package lists play no part, and no special
 * rights are needed. Their programs run through the loader in that folder.
 */
final class DebianPackages {

    private static final Path KEYS = Path.of("/usr/share/keyrings/debian-archive-keyring.gpg");

    /** The machine's Debian mirror, in what apt would fetch. */
    private static final Pattern MIRROR =
            Pattern.compile("'(https?://\\S+/debian/)dists/[^/]+/InRelease'");

    /** What packages ask for and a server of ours has no use for. */
    private static final List<String> NOT_NEEDED =
            List.of("debconf", "mariadb-common", "mysql-common", "perl", "perl-base", "ucf");

    private DebianPackages() {}

    /**
     * Fetches a package of a Debian suite and all that it depends on.
     *
     * @param into an empty folder
     * @return what was unpacked, as file names with versions
     * @throws MachineException if this machine has no Debian mirror, or that has no such package
     */
    static TreeSet<String> unpack(String suite, String name, Path into) throws IOException {
        Path work = Files.createTempDirectory("seamerge-packages-");
        try {
            List<String> options = privateRoot(work, suite);
            Commands.run(apt(options, "-q", "update"));
            Commands.run(
                    apt(
                            options,
                            "-q",
                            "-y",
                            "--no-install-recommends",
                            "--download-only",
                            "install",
                            name));
            TreeSet<String> unpacked = new TreeSet<>();
            try (Stream<Path> archives = Files.list(work.resolve("cache/archives"))) {
                for (Path archive : (Iterable<Path>) archives::iterator) {
                    if (archive.toString().endsWith(".deb")) {
                        unpack(archive, into);
                        unpacked.add(archive.getFileName().toString());
                    }
                }
            }
            return unpacked;
        } finally {
            Commands.deleteFolder(work);
        }
    }

    /** Not by {@code dpkg -x}, which would replace links to folders by folders. */
    private static void unpack(Path archive, Path into) {
        Commands.run(
                List.of(
                        "sh",
                        "-c",
                        "dpkg-deb --fsys-tarfile \"$0\" | tar -x --no-same-owner -C \"$1\"",
                        archive.toString(),
                        into.toString()));
    }

    /** A state of apt's own, in which nothing is installed but what nobody needs. */
    private static List<String> privateRoot(Path work, String suite) throws IOException {
        if (!Files.exists(KEYS)) {
            throw new MachineException("Needs Debian's keys: there is no " + KEYS);
        }
        Path nothing = Files.createDirectory(work.resolve("nothing"));
        Files.createDirectories(work.resolve("state/lists/partial"));
        Files.createDirectories(work.resolve("cache/archives/partial"));
        Path sources = work.resolve("sources.list");
        Files.writeString(
                sources, "deb [signed-by=" + KEYS + "] " + mirror() + " " + suite + " main\n");
        StringBuilder installed = new StringBuilder();
        for (String name : NOT_NEEDED) {
            installed
                    .append("Package: ")
                    .append(name)
                    .append("\nStatus: install ok installed\nVersion: 99:0\nArchitecture: amd64\n")
                    .append("Multi-Arch: allowed\nMaintainer: nobody\nDescription: not needed\n\n");
        }
        Path status = work.resolve("status");
        Files.writeString(status, installed);
        Map<String, String> settings =
                Map.of(
                        "Dir::Etc::sourcelist", sources.toString(),
                        "Dir::Etc::sourceparts", nothing.toString(),
                        "Dir::Etc::preferences", "/dev/null",
                        "Dir::Etc::preferencesparts", nothing.toString(),
                        "Dir::State", work.resolve("state").toString(),
                        "Dir::State::status", status.toString(),
                        "Dir::Cache", work.resolve("cache").toString(),
                        // As root apt would download as a user who cannot enter these folders.
                        "APT::Sandbox::User", "root",
                        "Debug::NoLocking", "1",
                        "Acquire::Languages", "none");
        List<String> options = new ArrayList<>();
        settings.forEach((key, value) -> options.addAll(List.of("-o", key + "=" + value)));
        return options;
    }

    private static String mirror() {
        String fetched = Commands.run(List.of("apt-get", "update", "--print-uris"));
        Matcher matcher = MIRROR.matcher(fetched);
        if (!matcher.find()) {
            throw new MachineException("This machine's apt has no mirror of Debian:\n" + fetched);
        }
        return matcher.group(1);
    }

    private static List<String> apt(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of("apt-get"));
        command.addAll(options);
        command.addAll(List.of(arguments));
        return command;
    }
}
