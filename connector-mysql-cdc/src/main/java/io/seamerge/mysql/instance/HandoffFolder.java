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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.config.HandoffConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.ObjectMapper;

/**
 * A handoff in files, one per instance, for sinks that keep none: {@code name.instance.json} in a
 * folder which every node of the engine shares. A file is whole or not there, whatever is killed;
 * it is finished only after the job's last checkpoint, so that the sink has all rows before it.
 */
public final class HandoffFolder {

    private static final String SUFFIX = ".json";

    private final Path folder;
    private final String name;
    private final ObjectMapper json = new ObjectMapper();

    public HandoffFolder(HandoffConfig handoff) {
        this.folder = Paths.get(handoff.folder());
        this.name = handoff.name();
    }

    /**
     * Withdraws an earlier handoff of the instance: a run of it begins.
     *
     * @throws IOException if the folder cannot be written, which is better known now than at the
     *     end
     */
    void begin(String instance) throws IOException {
        write(instance, HandoffRecord.begun());
    }

    /**
     * Records where the run of an instance ended. To be called when the sink has all its rows.
     *
     * @throws IOException if the folder cannot be written
     */
    public void finish(String instance, InstanceState end) throws IOException {
        write(instance, HandoffRecord.finished(end));
    }

    private void write(String instance, HandoffRecord record) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve(name + "." + instance + SUFFIX);
        Path part = folder.resolve(name + "." + instance + ".part");
        Files.write(
                part,
                json.writerWithDefaultPrettyPrinter()
                        .writeValueAsBytes(record.toJson(name, instance)));
        try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
            written.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the handoff says, by instance; empty if nobody has written one. */
    Map<String, HandoffRecord> read() throws IOException {
        Map<String, HandoffRecord> records = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return records;
        }
        String prefix = name + ".";
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, prefix + "*" + SUFFIX)) {
            for (Path file : files) {
                String found = file.getFileName().toString();
                records.put(
                        found.substring(prefix.length(), found.length() - SUFFIX.length()),
                        HandoffRecord.ofJson(json.readTree(Files.readAllBytes(file))));
            }
        }
        return records;
    }
}
