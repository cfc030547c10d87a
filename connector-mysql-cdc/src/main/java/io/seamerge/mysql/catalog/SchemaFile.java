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
package io.seamerge.mysql.catalog;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.JsonNode;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The schemas that instances were last found with, in a file (JSON): a job that is submitted while
 * an instance is out of reach takes that one's from here. It holds no secret. Not thread-safe; the
 * file is replaced in one step.
 */
final class SchemaFile {

    private static final int FORMAT = 1;

    private final Path file;
    private final Map<String, Instance> instances;

    private SchemaFile(Path file, Map<String, Instance> instances) {
        this.file = file;
        this.instances = instances;
    }

    /** What is known of an instance. */
    static final class Instance {

        /** Of the server. */
        final String version;

        final List<FoundTable> tables;

        Instance(String version, List<FoundTable> tables) {
            this.version = version;
            this.tables = tables;
        }
    }

    /**
     * What the file holds: nothing, if there is none.
     *
     * @throws IOException if it cannot be read, or is not ours
     */
    static SchemaFile read(Path file) throws IOException {
        Map<String, Instance> instances = new LinkedHashMap<>();
        if (Files.exists(file)) {
            JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
            if (root.path("format").asInt() != FORMAT) {
                throw new IOException(
                        file
                                + " is not a schema file of this version of MySQL-Merge-CDC (format "
                                + root.path("format").asText("missing")
                                + ", wanted "
                                + FORMAT
                                + "): move it away");
            }
            Iterator<Map.Entry<String, JsonNode>> known = root.path("instances").fields();
            while (known.hasNext()) {
                Map.Entry<String, JsonNode> each = known.next();
                List<FoundTable> tables = new ArrayList<>();
                for (JsonNode table : each.getValue().path("tables")) {
                    tables.add(table(table));
                }
                instances.put(
                        each.getKey(),
                        new Instance(each.getValue().path("version").asText(), tables));
            }
        }
        return new SchemaFile(file, instances);
    }

    /** Null if the file does not know the instance. */
    Instance instance(String name) {
        return instances.get(name);
    }

    void put(String name, Instance found) {
        instances.put(name, found);
    }

    void write() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("format", FORMAT);
        ObjectNode all = root.putObject("instances");
        for (Map.Entry<String, Instance> instance : instances.entrySet()) {
            ObjectNode node = all.putObject(instance.getKey());
            node.put("version", instance.getValue().version);
            ArrayNode tables = node.putArray("tables");
            for (FoundTable table : instance.getValue().tables) {
                write(table, tables.addObject());
            }
        }
        byte[] bytes = mapper.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Path written = Files.createTempFile(folder, file.getFileName().toString(), ".new");
        Files.write(written, bytes);
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void write(FoundTable table, ObjectNode node) {
        node.put("database", table.database());
        node.put("name", table.name());
        node.put("estimated-rows", table.estimatedRows());
        node.put("comment", table.comment());
        ArrayNode columns = node.putArray("columns");
        for (FoundTable.Column column : table.columns()) {
            ObjectNode each = columns.addObject();
            each.put("name", column.name);
            each.put("type", column.type);
            if (column.characterSet != null) {
                each.put("character-set", column.characterSet);
            }
            each.put("nullable", column.nullable);
            if (column.comment != null && !column.comment.isEmpty()) {
                each.put("comment", column.comment);
            }
        }
        ArrayNode indexes = node.putArray("unique-indexes");
        for (Map.Entry<String, List<String>> index : table.uniqueIndexes().entrySet()) {
            ObjectNode each = indexes.addObject();
            each.put("name", index.getKey());
            each.put("identifies", !table.unfitIndexes().contains(index.getKey()));
            index.getValue().forEach(each.putArray("columns")::add);
        }
    }

    private static FoundTable table(JsonNode node) {
        FoundTable table =
                new FoundTable(
                        node.path("database").asText(),
                        node.path("name").asText(),
                        node.path("estimated-rows").asLong(),
                        node.path("comment").asText(""));
        for (JsonNode column : node.path("columns")) {
            table.columns()
                    .add(
                            new FoundTable.Column(
                                    column.path("name").asText(),
                                    column.path("type").asText(),
                                    column.hasNonNull("character-set")
                                            ? column.path("character-set").asText()
                                            : null,
                                    column.path("nullable").asBoolean(),
                                    column.path("comment").asText("")));
        }
        for (JsonNode index : node.path("unique-indexes")) {
            List<String> columns = new ArrayList<>();
            index.path("columns").forEach(column -> columns.add(column.asText()));
            table.uniqueIndexes().put(index.path("name").asText(), columns);
            if (!index.path("identifies").asBoolean()) {
                table.unfitIndexes().add(index.path("name").asText());
            }
        }
        return table;
    }
}
