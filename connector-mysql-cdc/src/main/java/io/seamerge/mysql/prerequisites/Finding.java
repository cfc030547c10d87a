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
package io.seamerge.mysql.prerequisites;

/**
 * One thing that is not as it must or should be: what is, what is wanted, what mends it. Immutable.
 */
public final class Finding {

    /** Whether a job can start with it. */
    public enum Kind {
        /** It cannot: changes would be lost, or the server would refuse. */
        ERROR,
        /** It can, and somebody should know. */
        WARNING
    }

    private final Kind kind;
    private final String instance;
    private final String text;
    private final String remedy;

    private Finding(Kind kind, String instance, String text, String remedy) {
        this.kind = kind;
        this.instance = instance;
        this.text = text;
        this.remedy = remedy;
    }

    static Finding error(String instance, String remedy, String format, Object... arguments) {
        return new Finding(Kind.ERROR, instance, String.format(format, arguments), remedy);
    }

    static Finding warning(String instance, String remedy, String format, Object... arguments) {
        return new Finding(Kind.WARNING, instance, String.format(format, arguments), remedy);
    }

    public Kind kind() {
        return kind;
    }

    public String instance() {
        return instance;
    }

    /** The statement or the step that mends it. */
    public String remedy() {
        return remedy;
    }

    @Override
    public String toString() {
        return "instance " + instance + ": " + text + ". To mend: " + remedy;
    }
}
