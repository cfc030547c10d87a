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
package io.seamerge.postgres.merge;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What it takes to bring a flush's changes down to one per key, per change; one key in ten twice.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FoldBenchmark {

    private static final int CHANGES = 10_000;
    private static final int KEYS = 9_000;
    private static final int[] KEY = {0};
    private static final KeyForm[] FORMS = {KeyForm.EXACT};

    private final Change[] changes = new Change[CHANGES];

    /** Makes the changes. */
    @Setup
    public void prepare() {
        for (int i = 0; i < CHANGES; i++) {
            Object[] fields = {(long) i * 7919 % KEYS, "image " + i};
            changes[i] = new Change(Operation.UPDATE, fields, 1, i, new Version(1, i, 1));
        }
    }

    /** A flush of 10,000 changes. */
    @Benchmark
    @OperationsPerInvocation(CHANGES)
    public int fold() {
        Fold fold = new Fold();
        for (Change change : changes) {
            fold.add(RowKey.of(change.fields(), KEY, FORMS, RowKey.ANY_SOURCE), change);
        }
        return fold.size();
    }
}
