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
package io.seamerge.e2e.machine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the operating system's commands to their end. */
public final class Commands {

    /** Long enough for a download over a slow line. */
    private static final long TIMEOUT_MINUTES = 10;

    private static final int OUTPUT_SHOWN = 4000;

    private Commands() {}

    /** Runs a command and returns what it printed; fails, showing that, if its status is not 0. */
    public static String run(List<String> command) {
        return run(command, Map.of(), null);
    }

    /** The same with more environment variables, in a folder if that is not null. */
    public static String run(List<String> command, Map<String, String> environment, Path folder) {
        Path output = null;
        try {
            output = Files.createTempFile("seamerge-command-", ".out");
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            builder.redirectOutput(output.toFile());
            if (folder != null) {
                builder.directory(folder.toFile());
            }
            Process process = builder.start();
            process.getOutputStream().close();
            int status = await(process, command);
            String printed = Files.readString(output, StandardCharsets.ISO_8859_1);
            if (status != 0) {
                throw new MachineException(
                        String.join(" ", command)
                                + " ended with status "
                                + status
                                + ":\n"
                                + end(printed));
            }
            return printed;
        } catch (IOException e) {
            throw new MachineException("Cannot run " + String.join(" ", command), e);
        } finally {
            if (output != null) {
                delete(output);
            }
        }
    }

    /** True if the command could be started and ended with status 0. */
    public static boolean succeeds(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            process.getOutputStream().close();
            return await(process, command) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs a command that reads {@code input}, which is closed at its end. */
    public static void feed(InputStream input, List<String> command) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (InputStream from = input;
                OutputStream to = process.getOutputStream()) {
            from.transferTo(to);
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
        int status = await(process, command);
        if (status != 0) {
            throw new MachineException(String.join(" ", command) + " ended with status " + status);
        }
    }

    /** Deletes a folder with all that is in it; nothing happens if it is not there. */
    public static void deleteFolder(Path folder) {
        run(List.of("rm", "-rf", folder.toString()));
    }

    /** The last part of a text that may be long. */
    public static String end(String text) {
        String trimmed = text.strip();
        return trimmed.length() <= OUTPUT_SHOWN
                ? trimmed
                : "… " + trimmed.substring(trimmed.length() - OUTPUT_SHOWN);
    }

    private static int await(Process process, List<String> command) {
        try {
            if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new MachineException(
                        String.join(" ", command)
                                + " did not end within "
                                + TIMEOUT_MINUTES
                                + " minutes");
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new MachineException("Interrupted in " + String.join(" ", command), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
