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

import java.util.List;

/** The servers' own command line clients, out of Debian's packages; nothing is installed. */
public final class ClientPrograms {

    private static final String SUITE = "bookworm";

    private ClientPrograms() {}

    /** {@code mysql}, as MariaDB ships it; users need mysql_native_password. */
    public static List<String> mysql(List<String> arguments) {
        return ServerBinaries.debian(SUITE, "mariadb-client-core", "10.11")
                .command("usr/bin/mariadb", arguments);
    }

    /** {@code psql}. */
    public static List<String> psql(List<String> arguments) {
        return ServerBinaries.debian(SUITE, "postgresql-client-15", "15")
                .command("usr/lib/postgresql/15/bin/psql", arguments);
    }
}
