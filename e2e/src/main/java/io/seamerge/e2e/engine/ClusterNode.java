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
package io.seamerge.e2e.engine;

import io.seamerge.e2e.machine.BinaryCache;
import io.seamerge.e2e.machine.GuardedProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A SeaTunnel cluster of one node, for {@code run-job.sh -m cluster}; it runs until it is stopped.
 */
public final class ClusterNode {

    /** Where the node listens, and where {@code run-job.sh} looks for it. */
    public static final int PORT = 5801;

    private static final String MAIN = "org.apache.seatunnel.engine.server.SeaTunnelServerStarter";
    private static final int HEAP_MEGABYTES = 1024;
    private static final Duration START_TIMEOUT = Duration.ofMinutes(5);

    private ClusterNode() {}

    /**
     * Starts a node and waits until it listens.
     *
     * @param folder an empty folder for its installation and log
     */
    public static GuardedProcess start(Path folder) {
        if (listens()) {
            throw new EngineException("Somebody listens on port " + PORT + " already");
        }
        SeaTunnelHome home =
                SeaTunnelHome.make(folder, BinaryCache.root().resolve("checkpoints"), false);
        List<String> command = home.java(HEAP_MEGABYTES, Map.of(), MAIN);
        GuardedProcess node = GuardedProcess.start(folder, command, Map.of());
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!listens()) {
            if (!node.isRunning() || System.nanoTime() > deadline) {
                String log = node.logEnd();
                node.kill();
                throw new EngineException("The node did not start:\n" + log);
            }
            GuardedProcess.sleep();
        }
        return node;
    }

    private static boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
