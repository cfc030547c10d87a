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

/**
 * How a snapshot chunk makes sure to see all that the binlog reader has passed, on a server without
 * GTIDs (a transaction is in the binlog before it is visible).
 */
public enum WithoutGtid {
    /** A momentary FLUSH TABLES WITH READ LOCK around the opening of the chunk's read view. */
    FLUSH_TABLES_WITH_READ_LOCK,
    /** The chunk is read with LOCK IN SHARE MODE, which waits for commits that are under way. */
    SHARED_ROW_LOCKS
}
