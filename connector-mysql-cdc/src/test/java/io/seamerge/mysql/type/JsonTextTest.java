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
package io.seamerge.mysql.type;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The parts that need no server; that documents read as the server writes them is RandomJsonIT's.
 */
class JsonTextTest {

    @ParameterizedTest
    @CsvSource({
        "0.0, 0.0",
        "-0.0, -0.0",
        "1.0, 1.0",
        "-1.5, -1.5",
        "1e14, 100000000000000.0",
        "1e15, 1e15",
        "123456789012345.6, 123456789012345.6",
        "1234567890123456.7, 1234567890123456.8",
        "1e-5, 0.00001",
        "1e-15, 0.000000000000001",
        "1e-16, 1e-16",
        "1.25e-16, 1.25e-16",
        "4.9e-324, 5e-324",
        "2e-3, 0.002",
        "2.2250738585072014e-308, 2.2250738585072014e-308",
        "1.7976931348623157e308, 1.7976931348623157e308",
        "1e23, 1e23",
        "5.684341886080802e-14, 0.00000000000005684341886080802",
        "2.0e22, 2e22"
    })
    void doublesHaveTheServersForm(double value, String text) {
        StringBuilder written = new StringBuilder();
        JsonText.appendDouble(written, value, ".0");
        assertThat(written).hasToString(text);
    }

    @Test
    void doublesReadBackAndAreNoLongerThanJavas() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isNaN(value) || Double.isInfinite(value)) {
                continue;
            }
            StringBuilder text = new StringBuilder();
            JsonText.appendDouble(text, value, ".0");
            assertThat(Double.parseDouble(text.toString())).isEqualTo(value);
        }
    }

    @Test
    void damagedDocumentsAreRefusedAndNeverEndless() {
        // {"a": [1, 2.5, "x"], "bc": null, "d": {"e": 70000}}
        byte[] document =
                bytes(
                        "000300490019000100"
                                + "1a0002001c000100"
                                + "021d000400003d00"
                                + "6162636403001d00"
                                + "05010005140005"
                                + "0b14000c1c0000000000000004400178"
                                + "0100110012000100"
                                + "07130065701101");
        Random random = new Random(5);
        Assertions.assertTimeout(
                Duration.ofSeconds(30),
                () -> {
                    for (int i = 0; i < 300_000; i++) {
                        byte[] damaged = document.clone();
                        int changes = 1 + random.nextInt(8);
                        for (int c = 0; c < changes; c++) {
                            damaged[random.nextInt(damaged.length)] =
                                    (byte) random.nextInt(random.nextBoolean() ? 16 : 256);
                        }
                        try {
                            JsonText.of(damaged, 0, damaged.length, false);
                        } catch (MalformedBytesException | UnfaithfulValueException e) {
                            assertThat(e).hasMessageNotContaining("null");
                        }
                    }
                });
    }

    @Test
    void aDocumentThatPointsToItselfIsRefused() {
        // An array of 60 arrays, each of which is the array itself.
        byte[] document = new byte[1 + 4 + 60 * 3];
        document[0] = 2;
        document[1] = 60;
        document[3] = (byte) (document.length - 1);
        for (int i = 0; i < 60; i++) {
            document[5 + 3 * i] = 2;
        }
        Assertions.assertTimeout(
                Duration.ofSeconds(5),
                () ->
                        Assertions.assertThrows(
                                MalformedBytesException.class,
                                () -> JsonText.of(document, 0, document.length, false)));
    }

    private static byte[] bytes(String hex) {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }
}
