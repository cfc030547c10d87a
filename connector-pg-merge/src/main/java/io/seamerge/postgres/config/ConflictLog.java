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

/** What is kept of changes that meet a change of another source. */
public enum ConflictLog {
    /** Nothing. */
    NONE,
    /** How many there were, in seamerge.conflicts. */
    COUNT,
    /** Each of them too, with the image that lost, in seamerge.conflict. */
    LOSERS,
    /** Each of them, with both images. */
    ALL;

    public boolean counts() {
        return this != NONE;
    }

    /** Whether each conflict is written down. */
    public boolean keeps() {
        return this == LOSERS || this == ALL;
    }
}
