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

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;

/**
 * Rows of one instance in their order, and the state that holds once they have been emitted. Built
 * by one thread at a time, not changed once it is handed over.
 */
public final class Batch {

    private final String instance;
    private final List<SeaTunnelRow> rows = new ArrayList<>();
    private long bytes;
    private InstanceState after;

    Batch(String instance) {
        this.instance = instance;
    }

    void add(SeaTunnelRow row, int rowBytes) {
        rows.add(row);
        bytes += rowBytes;
    }

    void closeWith(InstanceState state) {
        after = state;
    }

    public String instance() {
        return instance;
    }

    public List<SeaTunnelRow> rows() {
        return Collections.unmodifiableList(rows);
    }

    long bytes() {
        return bytes;
    }

    int size() {
        return rows.size();
    }

    public InstanceState after() {
        return after;
    }
}
