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
package io.seamerge.postgres;

/**
 * The one exception of this connector. Its message begins with the code and says what was found,
 * what was wanted and what to do; it never holds a password, a connection URL or the content of a
 * row beyond its key.
 */
public final class PostgresMergeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is. The numbers are documented and do not change. */
    public enum Code {
        /** The job file cannot be used as it stands. */
        CONFIGURATION("PGMERGE-01"),
        /** A table of the target does not fit what is to be written to it. */
        TARGET("PGMERGE-02"),
        /** A row or control row does not keep to docs/wire.md. */
        WIRE("PGMERGE-03"),
        /** PostgreSQL refused a row for what is in it (SQLSTATE classes 22 and 23). */
        ROW_REFUSED("PGMERGE-04"),
        /** A later writer has taken over; this one has discarded what it held. */
        SUPERSEDED("PGMERGE-05"),
        /** PostgreSQL could not be reached, or refused for a reason that waiting did not mend. */
        DATABASE("PGMERGE-06"),
        /** The engine closed or interrupted the writer. */
        CLOSED("PGMERGE-07"),
        /** Changes of several sources met where the job wants none to. */
        CONFLICT("PGMERGE-08"),
        /** A verification found differences. */
        DIFFERENT("PGMERGE-09"),
        /** The target lacks what the job's checkpoint counts on. */
        BEHIND("PGMERGE-10");

        private final String text;

        Code(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final Code code;

    public PostgresMergeException(Code code, String message) {
        this(code, message, null);
    }

    public PostgresMergeException(Code code, String message, Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    /** The same trouble, met again in another thread or call. */
    public PostgresMergeException(PostgresMergeException cause) {
        super(cause.getMessage(), cause);
        this.code = cause.code;
    }

    public Code code() {
        return code;
    }
}
