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

import io.seamerge.mysql.config.InstanceConfig;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Chooses the server id of each connection. Two readers with one id throw each other out in turns,
 * so one that was contested is left to the other; when none is left, that is an error. Used by one
 * thread.
 */
final class ServerIdChoice {

    /** A connection that held for so long was not contested before. */
    private static final long HELD_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** The first times may be a connection of ours that the server had not noticed to be dead. */
    private static final int MOST_CONTESTS = 3;

    private final InstanceConfig instance;
    private final Map<Long, Integer> contests = new HashMap<>();
    private long current;
    private long began;

    ServerIdChoice(InstanceConfig instance) {
        this.instance = instance;
    }

    /**
     * @param registered ids that servers and replicas have
     * @throws IllegalStateException if all are in use, in words
     */
    long next(Set<Long> registered) {
        Set<Long> taken = new HashSet<>(registered);
        taken.addAll(contests.keySet());
        Long id = instance.serverIds().draw(taken);
        if (id == null) {
            taken = new HashSet<>(registered);
            for (Map.Entry<Long, Integer> contest : contests.entrySet()) {
                if (contest.getValue() >= MOST_CONTESTS) {
                    taken.add(contest.getKey());
                }
            }
            id = instance.serverIds().draw(taken);
        }
        if (id == null) {
            throw new IllegalStateException(
                    "instance "
                            + instance.name()
                            + ": server-id "
                            + instance.serverIds()
                            + " is in use by other readers or replicas of the server ("
                            + "registered: "
                            + registered
                            + ", thrown out by another reader with: "
                            + contests.keySet()
                            + "): give each reader ids of its own, or leave server-id out");
        }
        current = id;
        began = System.nanoTime();
        return id;
    }

    /** Another reader with the id that was chosen last has thrown us out. */
    void contested() {
        if (System.nanoTime() - began > HELD_NANOS) {
            contests.remove(current);
        }
        contests.merge(current, 1, Integer::sum);
    }
}
