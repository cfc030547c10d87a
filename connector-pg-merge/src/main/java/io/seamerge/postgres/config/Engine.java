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

/** What applies the changes of a table: the cheapest that keeps to its rules. Never chosen. */
public enum Engine {
    /** No state: what came last for a key stands. */
    DIRECT,
    /** State per key: the source that it belongs to; other sources' changes of it are conflicts. */
    OWNED,
    /** State per key: the version of the change that stands. */
    ROW,
    /** State per key and source: the row is a function of all sources' latest images. */
    PER_SOURCE
}
