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

/** What happens, beside the resolver's decision, when changes of several sources meet. */
public enum OnConflict {
    /** They are resolved and counted. */
    RESOLVE,
    /** They are resolved and counted, and the job's log says how many met. */
    LOG,
    /** The change that loses goes to seamerge.dead_letter, for someone to look at. */
    DEAD_LETTER,
    /** The job fails. */
    FAIL
}
