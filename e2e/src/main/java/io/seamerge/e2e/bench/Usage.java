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
package io.seamerge.e2e.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What processes have used of the machine's processors, as the kernel counts it. */
final class Usage {

    /** USER_HZ, which is 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private Usage() {}

    /** Seconds of processor time of a process, its children that live, and those that ended. */
    static double cpuSeconds(long pid) {
        Set<Long> children;
        double seconds;
        // One that ends in between would count neither for itself nor for its parent.
        do {
            children = children(pid);
            seconds = ownSeconds(pid);
            for (long child : children) {
                seconds += ownSeconds(child);
            }
        } while (!children(pid).containsAll(children));
        return seconds;
    }

    private static Set<Long> children(long pid) {
        try (Stream<ProcessHandle> children =
                ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants)) {
            return children.map(ProcessHandle::pid).collect(Collectors.toSet());
        }
    }

    private static double ownSeconds(long pid) {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            // It has ended; its parent counts it from now on.
            return 0;
        }
        // Fields from the third on, behind the name in parentheses: utime, stime, cutime, cstime
        // are 14 to 17.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        for (int field = 14; field <= 17; field++) {
            ticks += Long.parseLong(fields[field - 3]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** The largest resident memory that a process has had, in megabytes. */
    static double peakMegabytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D+", "")) / 1024)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException e) {
            return Double.NaN;
        }
    }
}
