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

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.machine.GuardedProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers end with the Java process that started them, however that ends. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AbandonedServersIT {

    /** The process that abandons them: it prints their process ids and folders, then sleeps. */
    public static void main(String[] arguments) throws InterruptedException {
        for (NativeServer server : List.of(PostgresServer.start(), MySqlServer.start())) {
            System.out.println(server.pid() + " " + server.home());
        }
        System.out.println();
        if (arguments[0].equals("EXIT")) {
            System.exit(0);
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"KILL", "TERM", "EXIT"})
    void leavesNothingBehind(String end) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                AbandonedServersIT.class.getName(),
                                end)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<ProcessHandle> servers = new ArrayList<>();
        List<Path> homes = new ArrayList<>();
        try (BufferedReader output =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line;
            while ((line = output.readLine()) != null && !line.isEmpty()) {
                String[] words = line.split(" ");
                ProcessHandle server = ProcessHandle.of(Long.parseLong(words[0])).orElseThrow();
                servers.add(server);
                try (Stream<ProcessHandle> children = server.descendants()) {
                    children.forEach(servers::add);
                }
                homes.add(Path.of(words[1]));
            }
        }
        if (!end.equals("EXIT")) {
            assertThat(servers).as("two servers and PostgreSQL's children").hasSizeGreaterThan(4);
            assertThat(homes).hasSize(2).allMatch(Files::exists);
        }
        if (end.equals("KILL")) {
            process.destroyForcibly();
        } else if (end.equals("TERM")) {
            process.destroy();
        }
        process.waitFor();

        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < deadline
                && (servers.stream().anyMatch(ProcessHandle::isAlive)
                        || homes.stream().anyMatch(Files::exists))) {
            GuardedProcess.sleep();
        }
        assertThat(servers).noneMatch(ProcessHandle::isAlive);
        assertThat(homes).noneMatch(Files::exists);
    }
}
