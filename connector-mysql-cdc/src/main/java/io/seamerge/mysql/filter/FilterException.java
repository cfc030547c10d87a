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
package io.seamerge.mysql.filter;

/** A filter that cannot be read, or that does not fit its table; the message says where and why. */
public final class FilterException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * @param text the whole filter
     * @param at index in it, from 0
     */
    FilterException(String text, int at, String message) {
        super("at character " + (at + 1) + " of \"" + text + "\": " + message);
    }
}
