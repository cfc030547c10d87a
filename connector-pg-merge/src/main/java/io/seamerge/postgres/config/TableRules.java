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

import java.io.Serializable;

/** What the job declares about one merged table. Immutable. */
public final class TableRules implements Serializable {

    private static final long serialVersionUID = 1L;

    private final Shape shape;
    private final Resolver resolver;
    private final DeletePolicy delete;
    private final OnViolation onViolation;
    private final ConflictLog conflictLog;

    public TableRules(
            Shape shape,
            Resolver resolver,
            DeletePolicy delete,
            OnViolation onViolation,
            ConflictLog conflictLog) {
        this.shape = shape;
        this.resolver = resolver;
        this.delete = delete;
        this.onViolation = onViolation;
        this.conflictLog = conflictLog;
    }

    public Shape shape() {
        return shape;
    }

    public Resolver resolver() {
        return resolver;
    }

    public DeletePolicy delete() {
        return delete;
    }

    public OnViolation onViolation() {
        return onViolation;
    }

    public ConflictLog conflictLog() {
        return conflictLog;
    }

    /**
     * The same for the same rules, in every release: part of the fingerprint in seamerge.progress.
     */
    @Override
    public String toString() {
        return shape + "/" + resolver + "/" + delete;
    }
}
