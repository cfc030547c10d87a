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
package io.seamerge.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.postgres.merge.Operation;
import io.seamerge.postgres.merge.Version;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.seatunnel.api.table.type.RowKind;
import org.apache.seatunnel.api.table.type.SeaTunnelRow;
import org.junit.jupiter.api.Test;

class MetadataColumnsTest {

    private static final Map<String, String> NONE = Collections.emptyMap();
    private static final List<String> VERSIONED =
            Arrays.asList(
                    "id", "_source_instance", "_version_time", "_version_row", "_incarnation");

    @Test
    void findsVersionsByNameAndByGivenName() {
        assertThat(new MetadataColumns(VERSIONED, NONE).versioned()).isTrue();
        assertThat(new MetadataColumns(VERSIONED, NONE).sourced()).isFalse();
        assertThat(new MetadataColumns(VERSIONED, NONE).missingForSources())
                .containsExactly("source_database", "source_table");
        MetadataColumns renamed =
                new MetadataColumns(
                        Arrays.asList("origin", "_version_time", "_version_row", "_incarnation"),
                        Collections.singletonMap("source_instance", "origin"));
        assertThat(renamed.versioned()).isTrue();
        assertThat(renamed.contains("origin")).isTrue();
        assertThat(renamed.contains("_source_instance")).isFalse();
    }

    @Test
    void saysWhatIsMissingOnlyWhereThereIsSome() {
        assertThat(new MetadataColumns(Arrays.asList("id", "name"), NONE).missingForVersions())
                .isEmpty();
        assertThat(new MetadataColumns(Arrays.asList("id", "_gtid"), NONE).missingForVersions())
                .containsExactly("source_instance", "version_time", "version_row", "incarnation");
    }

    @Test
    void knowsSnapshotRowsByFlagOperationOrVersion() {
        MetadataColumns byVersion = new MetadataColumns(VERSIONED, NONE);
        SeaTunnelRow row = new SeaTunnelRow(new Object[] {1L, "eu", 0L, 0L, 3L, null, null});
        assertThat(byVersion.version(row)).isEqualTo(new Version(3, 0, 0));
        assertThat(byVersion.isSnapshot(row, byVersion.version(row))).isTrue();
        assertThat(byVersion.isSnapshot(row, new Version(3, 1, 1))).isFalse();
        MetadataColumns all =
                new MetadataColumns(
                        Arrays.asList(
                                "id",
                                "_source_instance",
                                "_version_time",
                                "_version_row",
                                "_incarnation",
                                "_operation",
                                "_snapshot"),
                        NONE);
        row.setField(5, "insert");
        assertThat(all.isSnapshot(row, new Version(3, 0, 0))).isFalse();
        row.setField(6, true);
        assertThat(all.isSnapshot(row, new Version(3, 0, 0))).isTrue();
        row.setField(4, null);
        assertThat(all.version(row)).isNull();
    }

    @Test
    void mapsRowKinds() {
        assertThat(MetadataColumns.operation(RowKind.INSERT, true)).isEqualTo(Operation.SNAPSHOT);
        assertThat(MetadataColumns.operation(RowKind.INSERT, false)).isEqualTo(Operation.INSERT);
        assertThat(MetadataColumns.operation(RowKind.UPDATE_BEFORE, false)).isNull();
        assertThat(MetadataColumns.operation(RowKind.UPDATE_AFTER, false))
                .isEqualTo(Operation.UPDATE);
        assertThat(MetadataColumns.operation(RowKind.DELETE, false)).isEqualTo(Operation.DELETE);
    }
}
