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

import com.sun.security.auth.module.UnixSystem;
import io.seamerge.e2e.machine.Commands;
import io.seamerge.e2e.machine.MachineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The operating system's user that servers run as: this process's own, or uid 65534 if this is
 * root, as which neither PostgreSQL nor MySQL runs.
 */
final class ServerAccount {

    private static final int UNPRIVILEGED = 65534;
    private static final boolean ROOT = new UnixSystem().getUid() == 0;

    private ServerAccount() {}

    static boolean isRoot() {
        return ROOT;
    }

    /** The command, run as that user. */
    static List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>();
        if (ROOT) {
            whole.add("setpriv");
            whole.add("--reuid=" + UNPRIVILEGED);
            whole.add("--regid=" + UNPRIVILEGED);
            whole.add("--clear-groups");
        }
        whole.addAll(command);
        return whole;
    }

    /** Gives a file or folder that this process made to that user. */
    static void own(Path path) throws IOException {
        if (ROOT) {
            Files.setAttribute(path, "unix:uid", UNPRIVILEGED);
            Files.setAttribute(path, "unix:gid", UNPRIVILEGED);
        }
    }

    /** Fails in words if that user cannot enter the folder. */
    static void requireReachable(Path folder) {
        if (ROOT && !Commands.succeeds(command(List.of("test", "-x", folder.toString())))) {
            throw new MachineException(
                    "Servers run as uid "
                            + UNPRIVILEGED
                            + ", which cannot enter "
                            + folder
                            + ": every folder on the way must be executable for others. Set"
                            + " SEAMERGE_CACHE (or -Djava.io.tmpdir) to another folder");
        }
    }
}
