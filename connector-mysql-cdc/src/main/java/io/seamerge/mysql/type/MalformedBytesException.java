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
package io.seamerge.mysql.type;

/**
 * Bytes that do not have the shape that MySQL's format gives them. It means a format that this code
 * does not know, a column whose type is not the one that it is read as, or damage on the way;
 * reading on would invent values.
 */
public final class MalformedBytesException extends RuntimeException {

    public MalformedBytesException(String message) {
        super(message);
    }
}
