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

/** Whether the row is there, where one source has deleted it and another has it. */
public enum Precedence {
    /** The resolver's order decides between a deletion and a row as between two rows. */
    VERSION,
    /** It is gone as long as the latest change of any source is a deletion. */
    DELETE_WINS,
    /** It is there as long as any source has it. */
    UPDATE_WINS
}
