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

/** Where a job that is not restored begins. */
public enum StartupMode {
    /** Every captured table is read once, beside the stream of its changes. */
    INITIAL,
    /** Every captured table is read once, and the instance ends where its last chunk went out. */
    SNAPSHOT,
    /** Changes from now on; what is in the tables already is not read. */
    LATEST,
    /** Changes from the oldest binlog on that the server has. */
    EARLIEST,
    /** Changes from the first transaction on that was committed at a time or later. */
    TIMESTAMP,
    /** Changes from a place on that the job file names, by position or by GTIDs. */
    SPECIFIC,
    /** Changes from where a bounded run that recorded a handoff ended. */
    HANDOFF;

    /** Whether it reads what is in the tables. */
    public boolean readsTables() {
        return this == INITIAL || this == SNAPSHOT;
    }

    /** Whether the target has what is in the tables, so that one that is added must be read. */
    public boolean isComplete() {
        return readsTables() || this == HANDOFF;
    }
}
