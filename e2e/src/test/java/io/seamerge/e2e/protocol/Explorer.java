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
package io.seamerge.e2e.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/** Takes worlds through schedules, and reports the first that breaks a guarantee. */
final class Explorer {
    /** A schedule that breaks a guarantee, step by step. */
    record Failure(Scenario scenario, long seed, List<String> schedule, String message) {
        @Override
        public String toString() {
            return message
                    + "\nseed "
                    + seed
                    + ", "
                    + scenario
                    + "\n  "
                    + String.join("\n  ", schedule);
        }
    }

    /** Steps after which a world that should come to rest is held to run for ever. */
    private static final int REST_BOUND = 3_000;

    private Explorer() {}

    /** One random schedule of one random scenario; null if all guarantees hold. */
    static Failure random(Scenario.Family family, Set<Rule> rules, long seed) {
        Random random = new Random(seed);
        Scenario scenario = Scenario.random(family, random);
        World world = new World(scenario, rules);
        List<String> schedule = new ArrayList<>();
        // Steps of one name are quick in one schedule and slow in another: that is what finds
        // races.
        Map<String, Integer> weights = new HashMap<>();
        int calm = 10 << random.nextInt(3);
        int faultsUntil = 20 + random.nextInt(130);
        try {
            while (true) {
                Map<String, Runnable> steps = world.steps(schedule.size() < faultsUntil);
                if (steps.isEmpty()) {
                    if (schedule.size() < faultsUntil) {
                        faultsUntil = 0;
                        continue;
                    }
                    break;
                }
                Violation.when(schedule.size() > REST_BOUND, "does not come to rest");
                String name = choose(steps, weights, random, calm);
                schedule.add(name);
                steps.get(name).run();
            }
            world.checkFinal();
            return null;
        } catch (Violation violation) {
            return new Failure(scenario, seed, schedule, violation.getMessage());
        }
    }

    private static String choose(
            Map<String, Runnable> steps, Map<String, Integer> weights, Random random, int calm) {
        List<String> strikes = steps.keySet().stream().filter(World::isStrike).toList();
        if (!strikes.isEmpty() && random.nextInt(calm) == 0) {
            return strikes.get(random.nextInt(strikes.size()));
        }
        List<String> names =
                steps.size() == strikes.size()
                        ? strikes
                        : steps.keySet().stream().filter(name -> !World.isStrike(name)).toList();
        int sum = 0;
        for (String name : names) {
            sum += weights.computeIfAbsent(name, n -> 1 << (2 * random.nextInt(4)));
        }
        int dice = random.nextInt(sum);
        for (String name : names) {
            dice -= weights.get(name);
            if (dice < 0) {
                return name;
            }
        }
        throw new IllegalStateException("weights do not add up");
    }

    /** Leaves out every step that the failure does not need. */
    static Failure shrink(Failure failure, Set<Rule> rules) {
        Failure shortest = failure;
        boolean shorter = true;
        while (shorter) {
            shorter = false;
            for (int index = shortest.schedule.size() - 1; index >= 0; index--) {
                List<String> fewer = new ArrayList<>(shortest.schedule);
                fewer.remove(index);
                Failure again = replay(failure.scenario, failure.seed, rules, fewer);
                if (again != null && again.schedule.size() < shortest.schedule.size()) {
                    shortest = again;
                    shorter = true;
                    index = Math.min(index, shortest.schedule.size());
                }
            }
        }
        return shortest;
    }

    /** Takes the named steps, those that are possible, then whatever is left to do. */
    private static Failure replay(
            Scenario scenario, long seed, Set<Rule> rules, List<String> schedule) {
        World world = new World(scenario, rules);
        List<String> taken = new ArrayList<>();
        try {
            for (String name : schedule) {
                Runnable step = world.steps(true).get(name);
                if (step != null) {
                    taken.add(name);
                    step.run();
                }
            }
            Map<String, Runnable> rest = world.steps(false);
            while (!rest.isEmpty()) {
                Violation.when(taken.size() > REST_BOUND, "does not come to rest");
                String name = rest.keySet().iterator().next();
                taken.add(name);
                rest.get(name).run();
                rest = world.steps(false);
            }
            world.checkFinal();
            return null;
        } catch (Violation violation) {
            return new Failure(scenario, seed, taken, violation.getMessage());
        }
    }

    /** 128 bits stand for a world, since millions are kept. */
    private record Fingerprint(long high, long low) {
        static Fingerprint of(World world) {
            String text = world.fingerprint();
            long high = 0xcbf29ce484222325L;
            long low = 0x9e3779b97f4a7c15L;
            for (int index = 0; index < text.length(); index++) {
                high = (high ^ text.charAt(index)) * 0x100000001b3L;
                low = Long.rotateLeft(low, 5) * 0xff51afd7ed558ccdL + text.charAt(index);
            }
            return new Fingerprint(high, low);
        }
    }

    /** What an exhaustive exploration saw. */
    record Coverage(int states, int ends, Failure failure) {}

    /**
     * Every schedule of a scenario in which the steps that {@code eager} names are taken as soon as
     * they can be; states that are equal are gone through once.
     */
    static Coverage exhaustive(
            Scenario scenario, Set<Rule> rules, Predicate<String> eager, int stateBound) {
        Set<Fingerprint> seen = new HashSet<>();
        Deque<Iterator<String>> open = new ArrayDeque<>();
        Deque<String> path = new ArrayDeque<>();
        int ends = 0;
        try {
            World world = new World(scenario, rules);
            hurry(world, eager);
            open.push(List.copyOf(world.steps(true).keySet()).iterator());
            while (!open.isEmpty()) {
                if (!open.peek().hasNext()) {
                    open.pop();
                    path.pollLast();
                    world = null;
                    continue;
                }
                if (world == null) {
                    world = new World(scenario, rules);
                    hurry(world, eager);
                    for (String name : path) {
                        world.steps(true).get(name).run();
                        hurry(world, eager);
                    }
                }
                path.addLast(open.peek().next());
                world.steps(true).get(path.peekLast()).run();
                hurry(world, eager);
                if (!seen.add(Fingerprint.of(world))) {
                    path.removeLast();
                    world = null;
                    continue;
                }
                if (seen.size() > stateBound) {
                    throw new IllegalStateException("more than " + stateBound + " states");
                }
                if (world.steps(false).isEmpty()) {
                    ends++;
                    world.checkFinal();
                }
                open.push(List.copyOf(world.steps(true).keySet()).iterator());
            }
            return new Coverage(seen.size(), ends, null);
        } catch (Violation violation) {
            Failure failure = new Failure(scenario, 0, List.copyOf(path), violation.getMessage());
            return new Coverage(seen.size(), ends, failure);
        }
    }

    private static void hurry(World world, Predicate<String> eager) {
        while (true) {
            Map<String, Runnable> steps = world.steps(false);
            Optional<String> next = steps.keySet().stream().filter(eager).findFirst();
            if (next.isEmpty()) {
                return;
            }
            steps.get(next.get()).run();
        }
    }
}
