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

/** Whether the sink sees to it that each key of a disjoint table has one source. */
public enum DisjointKeys {
    /**
     * Whose a key is, is kept where several sources could write it; others' changes of it do not go
     * in.
     */
    CHECK,
    /** The user vouches for it: what comes last stands. */
    TRUST
}
