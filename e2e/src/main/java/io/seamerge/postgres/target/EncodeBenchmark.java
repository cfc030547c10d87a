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
package io.seamerge.postgres.target;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.concurrent.TimeUnit;
import org.apache.seatunnel.api.table.type.BasicType;
import org.apache.seatunnel.api.table.type.DecimalType;
import org.apache.seatunnel.api.table.type.LocalTimeType;
import org.apache.seatunnel.api.table.type.SeaTunnelDataType;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a row's values to what COPY takes, in both of its forms, per row. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EncodeBenchmark {

    private static final SeaTunnelDataType<?>[] TYPES = {
        BasicType.LONG_TYPE,
        BasicType.INT_TYPE,
        BasicType.STRING_TYPE,
        new DecimalType(12, 2),
        BasicType.INT_TYPE,
        LocalTimeType.LOCAL_DATE_TIME_TYPE,
        BasicType.STRING_TYPE,
        BasicType.STRING_TYPE
    };

    private static final String[] COLUMNS = {
        "int8", "int4", "varchar", "numeric", "int4", "timestamp", "varchar", "varchar"
    };

    private final Object[] row = {
        1_000_000L,
        4711,
        "shipped",
        new BigDecimal("123456.78"),
        0,
        LocalDateTime.of(2026, 11, 21, 12, 30, 15, 123_456_000),
        "0123456789abcdef0123456789abcdef",
        "order 1000000 is kept for the shop: 0123456789abcdef0123456789abcdef fedcba"
    };

    private final ValueWriter[] text = new ValueWriter[TYPES.length];
    private final BinaryWriter[] binary = new BinaryWriter[TYPES.length];
    private final CopyBuffer buffer = new CopyBuffer();

    /** Looks the writers up. */
    public EncodeBenchmark() {
        for (int i = 0; i < TYPES.length; i++) {
            text[i] = ValueWriter.of(TYPES[i], COLUMNS[i], 0);
            binary[i] = BinaryWriter.of(TYPES[i], COLUMNS[i]);
        }
    }

    /** The text form. */
    @Benchmark
    public int text() {
        buffer.clear();
        for (int i = 0; i < row.length; i++) {
            text[i].write(row[i], buffer);
            buffer.endColumn();
        }
        buffer.endRow();
        return buffer.length();
    }

    /** The binary form. */
    @Benchmark
    public int binary() {
        buffer.clear();
        buffer.int16(row.length);
        for (int i = 0; i < row.length; i++) {
            int begin = buffer.beginValue();
            binary[i].write(row[i], buffer);
            buffer.endValue(begin);
        }
        return buffer.length();
    }
}
