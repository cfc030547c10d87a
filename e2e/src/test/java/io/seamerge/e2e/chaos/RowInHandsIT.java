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
package io.seamerge.e2e.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The engine can complete checkpoints while a row is out of its queue and not yet in the writer
 * (protocol, C1). Here it is made to hold one there, with nothing behind it, until several
 * checkpoints have completed, and then to end: the row must come again.
 */
class RowInHandsIT {

    private static final Duration SOON = Duration.ofMinutes(5);

    @Test
    void aRowInTheEnginesHandsComesAgain() throws Exception {
        try (World world = new World()) {
            for (String instance : World.INSTANCES) {
                new Writer(instance, world, new Ledger(World.INSTANCES), 1).load();
            }
            // No control row may push the row on.
            world.setHeartbeatMillis(600_000);
            world.startJob();
            await(world, "SELECT count(*) FROM seamerge.snapshot WHERE state = 'done'", "6");
            // The checkpoints move behind all that there is.
            Thread.sleep(15_000);
            world.startArmed(
                    CrashPoint.CHECKPOINT_COMPLETED.instructionWhileHolding("chaos.accounts"));
            try (Connection connection = world.connect("a");
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO chaos.accounts VALUES (-1, -1, 0, NULL, NULL)");
            }
            assertThat(world.awaitCrash(SOON)).as("three checkpoints while it is held").isTrue();
            String held = "SELECT count(*) FROM chaos.accounts WHERE id = -1";
            assertThat(world.target(held)).isEqualTo("0");
            world.killEngine();
            await(world, held, "1");
        }
    }

    private static void await(World world, String query, String wanted) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!wanted.equals(answer(world, query))) {
            assertThat(System.nanoTime()).as("%s = %s", query, wanted).isLessThan(deadline);
            Thread.sleep(200);
        }
    }

    private static String answer(World world, String query) {
        try {
            return world.target(query);
        } catch (SQLException e) {
            // The schema is not there yet.
            return null;
        }
    }
}
