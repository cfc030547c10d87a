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
package io.seamerge.mysql.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/** Reads values out of the maps that options hold, as job files nest them. Stateless. */
final class RawOptions {

    private RawOptions() {}

    static Pattern pattern(String text, String where, Problems problems) {
        try {
            return Pattern.compile(text == null ? "" : text);
        } catch (PatternSyntaxException e) {
            problems.add("%s is not a regular expression: %s", where, e.getMessage());
            return Pattern.compile("");
        }
    }

    static String orElse(
            String value,
            ReadonlyConfig options,
            org.apache.seatunnel.api.configuration.Option<String> option) {
        return value != null ? value : options.getOptional(option).orElse(null);
    }

    static String text(Map<String, Object> raw, String key) {
        Object value = raw.get(key);
        return value == null ? null : value.toString();
    }

    static List<String> texts(Map<String, Object> raw, String key) {
        Object value = raw.get(key);
        List<String> list = new ArrayList<>();
        if (value instanceof List) {
            for (Object element : (List<?>) value) {
                list.add(String.valueOf(element));
            }
        } else if (value != null) {
            for (String element : value.toString().split("\\s*,\\s*")) {
                list.add(element);
            }
        }
        return list;
    }

    static void unknownKeys(
            Map<String, Object> raw, Set<String> known, String where, Problems problems) {
        for (String key : raw.keySet()) {
            if (!known.contains(key)) {
                problems.add("%s: '%s' is not an option here; known are %s", where, key, known);
            }
        }
    }

    static Set<String> keys(String... keys) {
        return Collections.unmodifiableSet(
                new java.util.TreeSet<>(new HashSet<>(Arrays.asList(keys))));
    }
}
