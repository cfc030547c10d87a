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

/** What a snapshot does with tables whose key it cannot page over, or that have none. */
public enum KeylessTables {
    /** They are a problem, reported before the first row. */
    REFUSE,
    /**
     * Each is locked against writers for a moment (LOCK TABLES … READ) and then read in one piece,
     * as of that moment; a change that was made later waits in the stream until all rows are out.
     */
    LOCK
}
