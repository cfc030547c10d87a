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

import java.time.Duration;
import java.util.List;

/**
 * A job that was given to an engine. It can be asked for its end as long as that engine's process
 * lives. Thread-safe.
 */
public final class EngineJob {

    private static final Duration CONTROL_TIMEOUT = Duration.ofMinutes(5);

    private final SeaTunnelEngine engine;
    private final long id;

    EngineJob(SeaTunnelEngine engine, long id) {
        this.engine = engine;
        this.id = id;
    }

    /** The id to restore it by. */
    public long id() {
        return id;
    }

    /** SeaTunnel's name for what the job does now: {@code RUNNING}, {@code FAILED} and so on. */
    public String status() {
        return ask("status", CONTROL_TIMEOUT);
    }

    /**
     * Waits for the job's end and returns its last status: {@code FINISHED}, {@code CANCELED},
     * {@code SAVEPOINT_DONE}.
     *
     * @throws EngineException if it fails, with the cause, or does not end in time
     */
    public String await(Duration timeout) {
        String[] result = ask("await", timeout).split("\n", 2);
        if (result[0].equals("FAILED") || !result[1].isEmpty()) {
            throw new EngineException("Job " + id + " ended " + result[0] + ": " + result[1]);
        }
        return result[0];
    }

    /** Waits for the job to fail, and returns why it did. */
    public String awaitFailure(Duration timeout) {
        String[] result = ask("await", timeout).split("\n", 2);
        if (!result[0].equals("FAILED")) {
            throw new EngineException("Job " + id + " did not fail but ended " + result[0]);
        }
        return result[1];
    }

    /** Stops the job with a savepoint, from which it can be restored, and waits for its end. */
    public void savepoint() {
        ask("savepoint", CONTROL_TIMEOUT);
        expectEnd("SAVEPOINT_DONE");
    }

    /** Stops the job and forgets its checkpoints, and waits for its end. */
    public void cancel() {
        ask("cancel", CONTROL_TIMEOUT);
        expectEnd("CANCELED");
    }

    /** The job's metrics as SeaTunnel gives them, in JSON. */
    public String metrics() {
        return ask("metrics", CONTROL_TIMEOUT);
    }

    private void expectEnd(String wanted) {
        String found = await(CONTROL_TIMEOUT);
        if (!found.equals(wanted)) {
            throw new EngineException(
                    "Job " + id + " ended " + found + ", not " + wanted + "\n" + engine.logEnd());
        }
    }

    private String ask(String verb, Duration timeout) {
        return engine.request(verb, List.of(Long.toString(id)), timeout);
    }

    @Override
    public String toString() {
        return "job " + id;
    }
}
