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

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is in the connectors' jars, which share a class loader with all connectors of a job. */
class ConnectorJarIT {

    private static final int JAVA_8 = 52;

    private static final String FACTORIES =
            "META-INF/services/org.apache.seatunnel.api.table.factory.Factory";

    @ParameterizedTest
    @CsvSource({
        "connector-mysql-cdc, io/seamerge/mysql/",
        "connector-pg-merge, io/seamerge/postgres/"
    })
    void holdsOurOwnPackageAloneInJava8(String module, String ownPackage) throws IOException {
        List<String> foreign = new ArrayList<>();
        Map<String, Integer> newer = new TreeMap<>();
        try (ZipFile jar = new ZipFile(jar(module).toFile())) {
            for (ZipEntry entry : Collections.list(jar.entries())) {
                String name = entry.getName();
                boolean ours = name.startsWith(ownPackage) || ownPackage.startsWith(name);
                if (!ours && !isDocument(name) && !name.equals(FACTORIES)) {
                    foreign.add(name);
                }
                if (name.endsWith(".class")) {
                    int version = classFileVersion(jar, entry);
                    if (version > JAVA_8) {
                        newer.put(name, version);
                    }
                }
            }
            assertThat(jar.getEntry(FACTORIES)).as(FACTORIES).isNotNull();
        }
        assertThat(foreign).isEmpty();
        assertThat(newer).isEmpty();
    }

    private static boolean isDocument(String name) {
        return name.equals("META-INF/")
                || name.equals("META-INF/services/")
                || name.equals("META-INF/MANIFEST.MF")
                || name.matches("META-INF/(LICENSE|NOTICE)(\\.txt)?");
    }

    private static int classFileVersion(ZipFile jar, ZipEntry entry) throws IOException {
        try (DataInputStream in = new DataInputStream(jar.getInputStream(entry))) {
            assertThat(in.readInt()).as(entry.getName()).isEqualTo(0xCAFEBABE);
            in.readUnsignedShort();
            return in.readUnsignedShort();
        }
    }

    private static Path jar(String module) {
        String version = System.getProperty("seamerge.version");
        return Path.of(
                System.getProperty("seamerge.root"),
                module,
                "target",
                module + "-" + version + ".jar");
    }
}
