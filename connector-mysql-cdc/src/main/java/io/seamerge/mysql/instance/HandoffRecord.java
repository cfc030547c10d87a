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

import io.seamerge.mysql.binlog.BinlogPosition;
import io.seamerge.mysql.binlog.Gtids;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.JsonNode;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.apache.seatunnel.shade.com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a handoff says of one instance, in {@code seamerge.handoff} and in a file alike. Immutable.
 */
final class HandoffRecord {

    private static final String GTID_MARK = " gtid ";
    private static final String FINISHED = "finished";

    private final String state;
    private final long incarnation;
    private final long versionTime;
    private final String position;
    private final JsonNode detail;

    /**
     * @param state begun or finished
     * @param position binlog position of a finished one, as {@code run_end} has it (docs/wire.md)
     * @param detail of a finished one, likewise
     */
    HandoffRecord(
            String state, long incarnation, long versionTime, String position, JsonNode detail) {
        this.state = state;
        this.incarnation = incarnation;
        this.versionTime = versionTime;
        this.position = position;
        this.detail = detail;
    }

    /** That of a run that is under way. */
    static HandoffRecord begun() {
        return new HandoffRecord("begun", 0, 0, null, null);
    }

    /** That of a run which ended at this state. */
    static HandoffRecord finished(InstanceState end) {
        ObjectNode detail = JsonNodeFactory.instance.objectNode();
        detail.put("server_uuid", end.serverUuid());
        ObjectNode counts = detail.putObject("tables");
        for (Map.Entry<String, TableSnapshot> table : end.snapshots().entrySet()) {
            counts.put(table.getKey(), table.getValue().rowsRead());
        }
        return new HandoffRecord(
                FINISHED,
                end.incarnation(),
                end.versionTime(),
                end.position() + (end.gtids() == null ? "" : GTID_MARK + end.gtids()),
                detail);
    }

    static HandoffRecord ofJson(JsonNode json) {
        return new HandoffRecord(
                json.path("state").asText(),
                json.path("incarnation").asLong(),
                json.path("version_time").asLong(),
                json.path("position").asText(),
                json.path("detail"));
    }

    JsonNode toJson(String name, String instance) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", name);
        json.put("instance", instance);
        json.put("state", state);
        if (isFinished()) {
            json.put("incarnation", incarnation);
            json.put("version_time", versionTime);
            json.put("position", position);
            json.set("detail", detail);
        }
        return json;
    }

    String state() {
        return state;
    }

    boolean isFinished() {
        return FINISHED.equals(state);
    }

    /** The tables that were backfilled, as {@code database.table}. */
    Set<String> tables() {
        Set<String> tables = new TreeSet<>();
        detail.path("tables").fieldNames().forEachRemaining(tables::add);
        return tables;
    }

    /** Where the complete stream begins. */
    InstanceState start() {
        int mark = position.indexOf(GTID_MARK);
        Map<String, TableSnapshot> snapshots = new LinkedHashMap<>();
        for (String table : tables()) {
            snapshots.put(table, TableSnapshot.nothingToRead());
        }
        return new InstanceState(
                detail.path("server_uuid").asText(),
                BinlogPosition.parse(mark < 0 ? position : position.substring(0, mark)),
                mark < 0 ? null : Gtids.parse(position.substring(mark + GTID_MARK.length())),
                null,
                0,
                versionTime,
                0,
                incarnation,
                snapshots,
                false);
    }
}
