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

/**
 * Which source's change of a key stands where several write it: an order of the sources, the first
 * of which gives the row.
 */
public enum Resolver {
    /** The latest commit; at the same time the source that is listed first. */
    LAST_WRITE_WINS,
    /** The source that is listed first among those that have ever written the key. */
    SOURCE_PRIORITY,
    /** The source that is listed first among those that have the row now. */
    SOURCE_PRIORITY_FALLBACK,
    /** The source that was the first to insert the row, among those that have it now. */
    FIRST_WRITE_WINS,
    /** Whatever comes last: depends on the order of arrival. */
    OVERWRITE,
    /** Whatever came first, as long as it is there: depends on the order of arrival. */
    IGNORE;

    /** Whether the table depends on the order in which sources' changes arrive. */
    public boolean orderDependent() {
        switch (this) {
            case OVERWRITE:
            case IGNORE:
                return true;
            case LAST_WRITE_WINS:
            case SOURCE_PRIORITY:
            case SOURCE_PRIORITY_FALLBACK:
            case FIRST_WRITE_WINS:
                return false;
        }
        throw new IllegalStateException(name());
    }

    /** Whether sources that have deleted the row come after all that have it. */
    public boolean deletedLast() {
        return this == SOURCE_PRIORITY_FALLBACK || this == FIRST_WRITE_WINS;
    }
}
