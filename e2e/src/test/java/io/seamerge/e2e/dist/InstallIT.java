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
package io.seamerge.e2e.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution's install.sh, as it comes out of the archive. */
class InstallIT {

    private static final String VERSION = System.getProperty("seamerge.version");

    @TempDir Path folder;
    private Path distribution;
    private Path home;

    @BeforeEach
    void unpack() throws IOException, InterruptedException {
        Path archive =
                Path.of(
                        System.getProperty("seamerge.root"),
                        "target",
                        "seamerge-" + VERSION + ".tar.gz");
        run("tar", "-x", "-C", folder.toString(), "-f", archive.toString());
        distribution = folder.resolve("seamerge-" + VERSION);
        home = folder.resolve("apache seatunnel");
        Files.createDirectories(home.resolve("connectors"));
        Files.createDirectories(home.resolve("lib"));
        Files.writeString(
                home.resolve("connectors/plugin-mapping.properties"),
                "seatunnel.source.MySQL-CDC = connector-cdc-mysql\n");
        Files.createFile(home.resolve("connectors/connector-cdc-mysql-2.3.8.jar"));
    }

    @Test
    void putsEverythingInPlace() throws IOException, InterruptedException {
        assertThat(install(0))
                .contains("installed")
                .contains("connector-mysql-cdc-" + VERSION + ".jar")
                .contains("added");
        assertThat(home.resolve("connectors/plugin-mapping.properties"))
                .content()
                .isEqualTo(
                        "seatunnel.source.MySQL-CDC = connector-cdc-mysql\n"
                                + "seatunnel.source.MySQL-Merge-CDC = connector-mysql-cdc\n"
                                + "seatunnel.sink.Postgres-Merge = connector-pg-merge\n");
        assertThat(names("connectors"))
                .containsExactly(
                        "connector-cdc-mysql-2.3.8.jar",
                        "connector-mysql-cdc-" + VERSION + ".jar",
                        "connector-pg-merge-" + VERSION + ".jar",
                        "plugin-mapping.properties");
        assertThat(names("lib"))
                .hasSize(2)
                .anyMatch(name -> name.startsWith("mysql-connector-j-"))
                .anyMatch(name -> name.startsWith("postgresql-"));
        assertThat(home.resolve("config/seamerge/jobs/many-to-one.streaming.conf")).exists();
    }

    @Test
    void changesNothingTheSecondTime() throws IOException, InterruptedException {
        install(0);
        Map<String, String> first = contents();
        assertThat(install(0).lines()).isNotEmpty().allMatch(line -> line.startsWith("unchanged"));
        assertThat(contents()).isEqualTo(first);
    }

    @Test
    void replacesOtherVersionsOfOursAndMendsTheMapping() throws IOException, InterruptedException {
        Files.createFile(home.resolve("connectors/connector-mysql-cdc-0.0.9.jar"));
        Files.writeString(
                home.resolve("connectors/plugin-mapping.properties"),
                "seatunnel.sink.Postgres-Merge=connector-elsewhere\n");
        assertThat(install(0)).contains("removed").contains("connector-mysql-cdc-0.0.9.jar");
        assertThat(names("connectors")).doesNotContain("connector-mysql-cdc-0.0.9.jar");
        assertThat(home.resolve("connectors/plugin-mapping.properties"))
                .content()
                .contains("seatunnel.sink.Postgres-Merge = connector-pg-merge\n")
                .doesNotContain("connector-elsewhere");
    }

    @Test
    void keepsDriversAndChangedTemplates() throws IOException, InterruptedException {
        Files.createFile(home.resolve("lib/postgresql-42.4.3.jar"));
        install(0);
        Path template = home.resolve("config/seamerge/jobs/many-to-one.streaming.conf");
        Files.writeString(template, "# mine");
        assertThat(install(0)).contains("kept").contains("many-to-one.streaming.conf");
        assertThat(template).content().isEqualTo("# mine");
        assertThat(names("lib")).filteredOn(name -> name.startsWith("postgresql-")).hasSize(1);
    }

    @Test
    void refusesWhatIsNoInstallation() throws IOException, InterruptedException {
        home = Files.createDirectory(folder.resolve("elsewhere"));
        assertThat(install(1)).contains("no SeaTunnel installation");
        assertThat(home).isEmptyDirectory();
    }

    private String install(int status) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(distribution.resolve("install.sh").toString(), home.toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(status);
        return output;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).isZero();
    }

    private List<String> names(String part) throws IOException {
        try (Stream<Path> files = Files.list(home.resolve(part))) {
            return new ArrayList<>(
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** All files, with the time of their last change and their size. */
    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                contents.put(
                        file.toString(), Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
        }
        return contents;
    }
}
