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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CopyBufferTest {

    private static String text(java.util.function.Consumer<CopyBuffer> writer) {
        CopyBuffer buffer = new CopyBuffer();
        writer.accept(buffer);
        return new String(buffer.content(), 0, buffer.length(), StandardCharsets.UTF_8);
    }

    @Test
    void escapesWhatCopyTakesForItself() {
        assertThat(text(b -> b.text("a\tb\nc\rd\\N"))).isEqualTo("a\\tb\\nc\\rd\\\\N");
        assertThat(text(b -> b.text("ü€🐬"))).isEqualTo("ü€🐬");
        assertThat(text(CopyBuffer::nullValue)).isEqualTo("\\N");
    }

    @Test
    void refusesWhatPostgresCannotStore() {
        assertThatThrownBy(() -> text(b -> b.text("a\0"))).hasMessageContaining("NUL");
        assertThatThrownBy(() -> text(b -> b.text("a\ud83d"))).hasMessageContaining("surrogate");
    }

    @Test
    void writesNumbers() {
        for (long n :
                new long[] {0, 7, -7, 10, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MIN_VALUE}) {
            assertThat(text(b -> b.number(n))).isEqualTo(Long.toString(n));
        }
        assertThat(text(b -> b.padded(7, 2))).isEqualTo("07");
        assertThat(text(b -> b.padded(0, 6))).isEqualTo("000000");
        assertThat(text(b -> b.padded(12345, 4))).isEqualTo("12345");
        assertThat(text(b -> b.padded(100, 4))).isEqualTo("0100");
    }

    @Test
    void growsWithWhatIsWritten() {
        String long1 = new String(new char[300_000]).replace('\0', '€');
        assertThat(text(b -> b.text(long1))).isEqualTo(long1);
        assertThat(text(b -> b.hex(new byte[100_000]))).hasSize(200_000);
    }
}
