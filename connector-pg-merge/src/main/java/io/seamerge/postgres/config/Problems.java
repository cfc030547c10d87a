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
package io.seamerge.postgres.config;

import io.seamerge.postgres.PostgresMergeException;
import java.util.ArrayList;
import java.util.List;
import org.apache.seatunnel.api.configuration.Option;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/** Collects what is wrong, so that one start shows all of it. Not thread-safe. */
final class Problems {

    private final List<String> found = new ArrayList<>();

    void add(String key, String what) {
        found.add(key + ": " + what);
    }

    <T> T read(ReadonlyConfig options, Option<T> option) {
        try {
            return options.get(option);
        } catch (IllegalArgumentException e) {
            // The engine's message repeats the value, which may be a secret.
            add(
                    option.key(),
                    "its value cannot be read as what it should be: " + option.getDescription());
            return option.defaultValue();
        }
    }

    String text(ReadonlyConfig options, Option<String> option) {
        String value = read(options, option);
        if (value == null || value.isEmpty()) {
            add(option.key(), "it must be given");
            return "";
        }
        return value;
    }

    <N extends Number> N within(ReadonlyConfig options, Option<N> option, long least, long most) {
        N value = read(options, option);
        if (value.longValue() < least || value.longValue() > most) {
            add(option.key(), "it must be from " + least + " to " + most + ": found " + value);
        }
        return value;
    }

    void throwIfAny(String title) {
        if (!found.isEmpty()) {
            throw new PostgresMergeException(
                    PostgresMergeException.Code.CONFIGURATION,
                    title + ":\n  - " + String.join("\n  - ", found));
        }
    }
}
