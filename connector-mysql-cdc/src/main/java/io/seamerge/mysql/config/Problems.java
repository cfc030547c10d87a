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
import java.util.List;

/**
 * Collects what is wrong with a configuration, so that all of it is reported at once. Not
 * thread-safe.
 */
public final class Problems {

    private final List<String> found = new ArrayList<>();

    /** Notes one problem: what was found, what is wanted, what to do. */
    public void add(String format, Object... arguments) {
        found.add(String.format(format, arguments));
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /**
     * @throws IllegalArgumentException naming every problem, if there is one
     */
    public void throwIfAny(String about) {
        if (found.isEmpty()) {
            return;
        }
        StringBuilder message = new StringBuilder(about);
        message.append(found.size() == 1 ? ": " : ": " + found.size() + " problems");
        if (found.size() == 1) {
            message.append(found.get(0));
        } else {
            for (int i = 0; i < found.size(); i++) {
                message.append("\n  ").append(i + 1).append(". ").append(found.get(i));
            }
        }
        throw new IllegalArgumentException(message.toString());
    }
}
