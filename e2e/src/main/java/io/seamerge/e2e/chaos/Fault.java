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

import io.seamerge.e2e.servers.TcpProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** What can happen to a running job. Each does its harm, and mends what does not mend itself. */
enum Fault {
    KILL_ENGINE {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) {
            world.killEngine();
        }
    },
    /** The engine ends itself in the middle of a step. */
    CRASH_AT_POINT {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            CrashPoint[] points = CrashPoint.values();
            world.startArmed(points[random.nextInt(points.length)].instruction());
            world.awaitCrash(AT_POINT);
            world.killEngine();
        }
    },
    SAVEPOINT {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) {
            world.savepoint(1 + random.nextInt(3));
        }
    },
    FREEZE_ENGINE {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            world.engine().pause();
            Thread.sleep(500 + random.nextInt(5_000));
            world.engine().resume();
        }
    },
    KILL_MYSQL {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            String instance = anyInstance(random);
            world.mysql(instance).kill();
            Thread.sleep(random.nextInt(2_000));
            world.mysql(instance).restart();
        }
    },
    /** A server is gone for good, and its replica is promoted. */
    PROMOTE {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            world.promote();
        }
    },
    FREEZE_MYSQL {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            String instance = anyInstance(random);
            world.mysql(instance).pause();
            Thread.sleep(500 + random.nextInt(5_000));
            world.mysql(instance).resume();
        }
    },
    KILL_POSTGRES {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            world.postgres().kill();
            Thread.sleep(random.nextInt(2_000));
            world.postgres().restart();
        }
    },
    /** PostgreSQL ends all sessions and recovers when one of its processes is killed. */
    KILL_BACKEND {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            List<Long> backends = backends(world);
            if (!backends.isEmpty()) {
                long pid = backends.get(random.nextInt(backends.size()));
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    },
    END_SESSIONS {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            for (long pid : backends(world)) {
                if (random.nextBoolean()) {
                    world.target("SELECT pg_terminate_backend(" + pid + ")");
                }
            }
        }
    },
    CUT {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) {
            anyProxy(world, random).cut();
        }
    },
    STALL {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            TcpProxy proxy = anyProxy(world, random);
            proxy.stall();
            Thread.sleep(500 + random.nextInt(5_000));
            if (random.nextBoolean()) {
                proxy.cut();
            }
            proxy.resume();
        }
    },
    SLOW {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            TcpProxy proxy = anyProxy(world, random);
            proxy.delay(20 + random.nextInt(200));
            Thread.sleep(1_000 + random.nextInt(2_000));
            proxy.delay(0);
        }
    },
    REFUSE_CONNECTIONS {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random)
                throws InterruptedException {
            TcpProxy proxy = anyProxy(world, random);
            proxy.refuse();
            proxy.cut();
            Thread.sleep(500 + random.nextInt(3_000));
            proxy.accept();
        }
    },
    DISK_FULL {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            execute(world, "INSERT INTO chaos.refusal VALUES ('53100')");
            Thread.sleep(500 + random.nextInt(3_000));
            execute(world, "DELETE FROM chaos.refusal");
        }
    },
    TOO_MANY_CONNECTIONS {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            execute(world, "ALTER ROLE " + World.writerRole() + " CONNECTION LIMIT 0");
            END_SESSIONS.strike(world, writers, random);
            Thread.sleep(500 + random.nextInt(3_000));
            execute(world, "ALTER ROLE " + World.writerRole() + " CONNECTION LIMIT -1");
        }
    },
    INDEX {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) throws Exception {
            writers.get(anyInstance(random)).changeIndex();
            execute(world, "CREATE INDEX ON chaos.accounts (amount)");
            execute(world, "DROP INDEX chaos.accounts_amount_idx");
        }
    },
    CLOCK {
        @Override
        void strike(World world, Map<String, Writer> writers, Random random) {
            // Two minutes back to two ahead; a version never goes back.
            writers.get(anyInstance(random))
                    .setClockOffset((random.nextInt(240) - 120) * 1_000_000L);
        }
    };

    /** Some points are not passed any more, as chunks when the snapshot is done. */
    private static final Duration AT_POINT = Duration.ofSeconds(15);

    /** Returns when all is mended that does not mend itself. */
    abstract void strike(World world, Map<String, Writer> writers, Random random) throws Exception;

    private static String anyInstance(Random random) {
        return World.INSTANCES.get(random.nextInt(World.INSTANCES.size()));
    }

    private static TcpProxy anyProxy(World world, Random random) {
        int which = random.nextInt(World.INSTANCES.size() + 1);
        return which < World.INSTANCES.size()
                ? world.proxy(World.INSTANCES.get(which))
                : world.postgresProxy();
    }

    /** The processes that serve the job's sessions. */
    private static List<Long> backends(World world) throws SQLException {
        List<Long> pids = new ArrayList<>();
        try (Connection connection = world.connectToTarget();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT pid FROM pg_stat_activity WHERE usename = '"
                                        + World.writerRole()
                                        + "'")) {
            while (rows.next()) {
                pids.add(rows.getLong(1));
            }
        }
        return pids;
    }

    private static void execute(World world, String sql) throws SQLException {
        try (Connection connection = world.connectToTarget();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
