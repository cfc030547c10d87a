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
package io.seamerge.postgres.apply;

import java.util.HashMap;
import java.util.Map;

/** Values for the names in a statement. Not thread-safe. */
final class Values {

    private final Map<String, Object> byName = new HashMap<>();

    static Values none() {
        return new Values();
    }

    static Values of(String name, Object value) {
        return new Values().and(name, value);
    }

    /** A value, or an array of String, Long or Integer; null is SQL's null. */
    Values and(String name, Object value) {
        byName.put(name, value);
        return this;
    }

    Object get(String name) {
        if (!byName.containsKey(name)) {
            throw new IllegalArgumentException("No value for :" + name);
        }
        return byName.get(name);
    }
}
