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

import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.apache.seatunnel.engine.client.SeaTunnelClient;
import org.apache.seatunnel.engine.client.job.ClientJobExecutionEnvironment;
import org.apache.seatunnel.engine.common.config.ConfigProvider;
import org.apache.seatunnel.engine.common.config.JobConfig;
import org.apache.seatunnel.engine.common.config.SeaTunnelConfig;
import org.apache.seatunnel.engine.common.runtime.ExecutionMode;
import org.apache.seatunnel.engine.core.job.JobResult;
import org.apache.seatunnel.engine.server.SeaTunnelServerStarter;

/**
 * The process that a {@link SeaTunnelEngine} starts: the engine, and a client in it that does what
 * it is told over a socket. A request is a number, a verb and arguments; the answer is that number,
 * whether it went well, and a text. Requests run side by side.
 */
final class EngineNode {

    /**
     * The ports of all nodes of a cluster, the same list for each; without it the node is alone.
     */
    static final String CLUSTER_PORTS = "seamerge.cluster.ports";

    /** The one of them that is this node's. */
    static final String OWN_PORT = "seamerge.cluster.port";

    private final SeaTunnelConfig config;
    private final SeaTunnelClient client;
    private final DataOutputStream answers;

    private EngineNode(SeaTunnelConfig config, SeaTunnelClient client, DataOutputStream answers) {
        this.config = config;
        this.client = client;
        this.answers = answers;
    }

    /**
     * Serves until the other side hangs up.
     *
     * @param arguments the port of 127.0.0.1 to connect to
     */
    public static void main(String[] arguments) throws IOException {
        List<Integer> ports =
                Stream.of(System.getProperty(CLUSTER_PORTS, "").split(","))
                        .filter(port -> !port.isEmpty())
                        .map(Integer::valueOf)
                        .toList();
        String cluster =
                "seamerge-" + (ports.isEmpty() ? ProcessHandle.current().pid() : ports.get(0));
        SeaTunnelConfig config = ConfigProvider.locateAndGetSeaTunnelConfig();
        config.getHazelcastConfig().setClusterName(cluster);
        NetworkConfig network = config.getHazelcastConfig().getNetworkConfig();
        TcpIpConfig join = network.getJoin().getTcpIpConfig();
        join.setEnabled(!ports.isEmpty());
        if (ports.isEmpty()) {
            network.setPortAutoIncrement(true);
            config.getEngineConfig().setMode(ExecutionMode.LOCAL);
        } else {
            network.setPort(Integer.getInteger(OWN_PORT)).setPortAutoIncrement(false);
            join.setMembers(ports.stream().map(port -> "127.0.0.1:" + port).toList());
            config.getEngineConfig().setMode(ExecutionMode.CLUSTER);
        }
        HazelcastInstanceImpl engine = SeaTunnelServerStarter.createHazelcastInstance(config);
        ClientConfig clientConfig = ConfigProvider.locateAndGetClientConfig();
        clientConfig.setClusterName(cluster);
        clientConfig
                .getNetworkConfig()
                .setAddresses(
                        List.of(
                                "127.0.0.1:"
                                        + engine.getCluster()
                                                .getLocalMember()
                                                .getSocketAddress()
                                                .getPort()));
        try (Socket socket =
                        new Socket(
                                InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
                DataInputStream requests = new DataInputStream(socket.getInputStream());
                DataOutputStream answers = new DataOutputStream(socket.getOutputStream())) {
            new EngineNode(config, new SeaTunnelClient(clientConfig), answers).serve(requests);
        }
        // Jobs still running are the killed process's affair.
        Runtime.getRuntime().halt(0);
    }

    private void serve(DataInputStream requests) throws IOException {
        ExecutorService threads = Executors.newCachedThreadPool();
        answer(-1, true, "ready");
        while (true) {
            int number;
            try {
                number = requests.readInt();
            } catch (EOFException e) {
                return;
            }
            String verb = requests.readUTF();
            int count = requests.readInt();
            List<String> arguments = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                arguments.add(requests.readUTF());
            }
            threads.execute(() -> handle(number, verb, arguments));
        }
    }

    private void handle(int number, String verb, List<String> arguments) {
        String text;
        boolean well;
        try {
            text = handle(verb, arguments);
            well = true;
        } catch (Exception | LinkageError e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            text = trace.toString();
            well = false;
        }
        try {
            answer(number, well, text);
        } catch (IOException e) {
            // Nobody is left to hear it; serve() ends this process.
            System.err.println("No answer to request " + number + " could be sent: " + e);
        }
    }

    private String handle(String verb, List<String> arguments)
            throws ExecutionException, InterruptedException {
        if (verb.equals("run")) {
            return run(arguments);
        }
        long job = Long.parseLong(arguments.get(0));
        switch (verb) {
            case "await":
                JobResult result =
                        client.getJobClient().getJobProxy(job).doWaitForJobComplete().get();
                return result.getStatus()
                        + "\n"
                        + (result.getError() == null ? "" : result.getError());
            case "status":
                return client.getJobClient().getJobStatus(job);
            case "savepoint":
                client.getJobClient().savePointJob(job);
                return "";
            case "cancel":
                client.getJobClient().cancelJob(job);
                return "";
            case "metrics":
                return client.getJobClient().getJobMetrics(job);
            default:
                throw new IllegalArgumentException("No such request: " + verb);
        }
    }

    /** Arguments: job file, id or nothing, whether to restore, variables. */
    private String run(List<String> arguments) throws ExecutionException, InterruptedException {
        String file = arguments.get(0);
        Long id = arguments.get(1).isEmpty() ? null : Long.valueOf(arguments.get(1));
        boolean restore = Boolean.parseBoolean(arguments.get(2));
        List<String> variables = arguments.subList(3, arguments.size());
        JobConfig job = new JobConfig();
        job.setName(file.substring(file.lastIndexOf('/') + 1));
        ClientJobExecutionEnvironment environment =
                restore
                        ? client.restoreExecutionContext(file, variables, job, config, id)
                        : client.createExecutionContext(file, variables, job, config, id);
        return Long.toString(environment.execute().getJobId());
    }

    private void answer(int number, boolean well, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        synchronized (answers) {
            answers.writeInt(number);
            answers.writeBoolean(well);
            answers.writeInt(bytes.length);
            answers.write(bytes);
            answers.flush();
        }
    }
}
