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

import com.beust.jcommander.Parameter;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.common.config.Common;
import org.apache.seatunnel.common.config.DeployMode;
import org.apache.seatunnel.core.starter.SeaTunnel;
import org.apache.seatunnel.core.starter.command.AbstractCommandArgs;
import org.apache.seatunnel.core.starter.command.Command;
import org.apache.seatunnel.core.starter.command.ConfDecryptCommand;
import org.apache.seatunnel.core.starter.command.ConfEncryptCommand;
import org.apache.seatunnel.core.starter.enums.MasterType;
import org.apache.seatunnel.core.starter.exception.CommandExecuteException;
import org.apache.seatunnel.core.starter.utils.CommandLineUtils;
import org.apache.seatunnel.core.starter.utils.FileUtils;
import org.apache.seatunnel.engine.client.SeaTunnelClient;
import org.apache.seatunnel.engine.client.job.ClientJobExecutionEnvironment;
import org.apache.seatunnel.engine.client.job.ClientJobProxy;
import org.apache.seatunnel.engine.client.job.JobClient;
import org.apache.seatunnel.engine.client.job.JobMetricsRunner;
import org.apache.seatunnel.engine.common.config.ConfigProvider;
import org.apache.seatunnel.engine.common.config.EngineConfig;
import org.apache.seatunnel.engine.common.config.JobConfig;
import org.apache.seatunnel.engine.common.config.SeaTunnelConfig;
import org.apache.seatunnel.engine.common.runtime.ExecutionMode;
import org.apache.seatunnel.engine.core.job.JobResult;
import org.apache.seatunnel.engine.core.job.JobStatus;
import org.apache.seatunnel.engine.server.SeaTunnelServerStarter;

/**
 * What {@code seatunnel.sh} runs, for want of its own main class on Maven Central: the same
 * options, the same effects, the same exit status.
 */
public final class SeaTunnelCommand extends AbstractCommandArgs {

    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(15);

    @Parameter(
            names = {"-m", "--master", "-e", "--deploy-mode"},
            description = "where to run: local (in this process) or cluster (a running one)")
    private String master = "cluster";

    @Parameter(
            names = {"-r", "--restore"},
            description = "run the job from the last savepoint or checkpoint of this job id")
    private Long restoreJobId;

    @Parameter(
            names = {"-s", "--savepoint"},
            description = "stop this job id with a savepoint")
    private Long savepointJobId;

    @Parameter(
            names = {"-cn", "--cluster"},
            description = "name of the cluster")
    private String cluster;

    @Parameter(
            names = {"-j", "--job-id"},
            description = "print the state of this job id")
    private Long stateJobId;

    @Parameter(
            names = {"-can", "--cancel-job"},
            variableArity = true,
            description = "cancel these job ids")
    private List<String> cancelJobIds;

    @Parameter(
            names = {"--metrics"},
            description = "print the metrics of this job id")
    private Long metricsJobId;

    @Parameter(
            names = {"--set-job-id"},
            description = "run the job under this id")
    private Long customJobId;

    @Parameter(
            names = {"--get_running_job_metrics"},
            description = "print the metrics of all running jobs")
    private boolean runningJobMetrics;

    @Parameter(
            names = {"-l", "--list"},
            description = "list jobs and their states")
    private boolean list;

    @Parameter(
            names = {"--async"},
            description = "do not wait for the job's end (cluster only)")
    private boolean async;

    @Parameter(
            names = {"-cj", "--close-job"},
            arity = 1,
            description = "cancel the job if this command is interrupted")
    private boolean closeJob = true;

    private volatile boolean ended;

    public static void main(String[] arguments) {
        SeaTunnelCommand command =
                CommandLineUtils.parse(arguments, new SeaTunnelCommand(), "seatunnel.sh", true);
        try {
            SeaTunnel.run(command.buildCommand());
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
        System.exit(0);
    }

    @Override
    public Command<?> buildCommand() {
        Common.setDeployMode(getDeployMode());
        if (checkConfig) {
            return (Command<SeaTunnelCommand>)
                    () -> FileUtils.checkConfigExist(FileUtils.getConfigPath(this));
        }
        if (encrypt) {
            return new ConfEncryptCommand(this);
        }
        if (decrypt) {
            return new ConfDecryptCommand(this);
        }
        return (Command<SeaTunnelCommand>) this::execute;
    }

    @Override
    public DeployMode getDeployMode() {
        return DeployMode.CLIENT;
    }

    private void execute() throws CommandExecuteException {
        SeaTunnelConfig config = ConfigProvider.locateAndGetSeaTunnelConfig();
        ClientConfig clientConfig = ConfigProvider.locateAndGetClientConfig();
        HazelcastInstanceImpl engine = null;
        if (MasterType.valueOf(master.toUpperCase(Locale.ROOT)) == MasterType.LOCAL) {
            cluster = "seatunnel-" + ProcessHandle.current().pid();
            engine = startLocal(config);
            int port = engine.getCluster().getLocalMember().getSocketAddress().getPort();
            clientConfig.getNetworkConfig().setAddresses(List.of("127.0.0.1:" + port));
        }
        if (cluster != null) {
            clientConfig.setClusterName(cluster);
        }
        try (SeaTunnelClient client = new SeaTunnelClient(clientConfig)) {
            execute(client, config, engine != null);
        } catch (Exception e) {
            throw new CommandExecuteException("SeaTunnel job executed failed", e);
        } finally {
            if (engine != null) {
                engine.shutdown();
            }
        }
    }

    private HazelcastInstanceImpl startLocal(SeaTunnelConfig config) {
        config.getHazelcastConfig().setClusterName(cluster);
        config.getHazelcastConfig().getNetworkConfig().setPortAutoIncrement(true);
        // An engine for one job looks for no others.
        config.getHazelcastConfig().getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(false);
        config.getEngineConfig().setClusterRole(EngineConfig.ClusterRole.MASTER_AND_WORKER);
        config.getEngineConfig().setMode(ExecutionMode.LOCAL);
        return SeaTunnelServerStarter.createHazelcastInstance(config);
    }

    private void execute(SeaTunnelClient client, SeaTunnelConfig config, boolean local)
            throws Exception {
        JobClient jobs = client.getJobClient();
        if (list) {
            System.out.println(jobs.listJobStatus(true));
        } else if (runningJobMetrics) {
            System.out.println(jobs.getRunningJobMetrics());
        } else if (stateJobId != null) {
            System.out.println(jobs.getJobDetailStatus(stateJobId));
        } else if (cancelJobIds != null) {
            cancelJobIds.forEach(id -> jobs.cancelJob(Long.parseLong(id)));
        } else if (metricsJobId != null) {
            System.out.println(jobs.getJobMetrics(metricsJobId));
        } else if (savepointJobId != null) {
            jobs.savePointJob(savepointJobId);
        } else {
            runJob(client, config, local);
        }
    }

    private void runJob(SeaTunnelClient client, SeaTunnelConfig config, boolean local)
            throws Exception {
        Path file = FileUtils.getConfigPath(this);
        FileUtils.checkConfigExist(file);
        JobConfig job = new JobConfig();
        job.setName(jobName);
        ClientJobExecutionEnvironment environment =
                restoreJobId != null
                        ? client.restoreExecutionContext(
                                file.toString(), variables, job, config, restoreJobId)
                        : client.createExecutionContext(
                                file.toString(), variables, job, config, customJobId);
        ClientJobProxy running = environment.execute();
        if (async && !local) {
            return;
        }
        if (closeJob) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> cancelUnlessEnded(running), "cancel-job"));
        }
        ScheduledExecutorService metrics =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "job-metrics");
                            thread.setDaemon(true);
                            return thread;
                        });
        metrics.scheduleAtFixedRate(
                new JobMetricsRunner(client, running.getJobId()),
                0,
                config.getEngineConfig().getPrintJobMetricsInfoInterval(),
                TimeUnit.SECONDS);
        JobResult result = running.waitForJobCompleteV2();
        ended = true;
        metrics.shutdownNow();
        String error = result.getError();
        if (result.getStatus() == JobStatus.FAILED || (error != null && !error.isEmpty())) {
            throw new EngineException(error);
        }
        JobMetricsRunner.JobMetricsSummary summary =
                client.getJobMetricsSummary(running.getJobId());
        System.out.println(
                "Job "
                        + running.getJobId()
                        + " "
                        + result.getStatus()
                        + ": "
                        + summary.getSourceReadCount()
                        + " rows read, "
                        + summary.getSinkWriteCount()
                        + " rows written");
    }

    private void cancelUnlessEnded(ClientJobProxy running) {
        if (ended) {
            return;
        }
        try {
            CompletableFuture.runAsync(running::cancelJob)
                    .get(CANCEL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            System.err.println("Job " + running.getJobId() + " could not be canceled: " + e);
        }
    }
}
