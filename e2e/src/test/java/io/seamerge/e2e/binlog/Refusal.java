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
package io.seamerge.e2e.binlog;

import io.seamerge.mysql.type.UnfaithfulValueException;
import java.util.function.Supplier;

/** That a value was refused, and the words that say so, without the place. */
record Refusal(String words) {

    static Object orValue(Supplier<Object> reading) {
        try {
            return reading.get();
        } catch (UnfaithfulValueException e) {
            return of(e);
        }
    }

    static Refusal of(UnfaithfulValueException e) {
        return new Refusal(e.getMessage().substring(e.getMessage().indexOf("the value ")));
    }
}
