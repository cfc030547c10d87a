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
package io.seamerge.postgres.merge;

import java.util.Locale;

/**
 * When two values of a key column are one and the same to PostgreSQL, though they are not to Java.
 */
public enum KeyForm {
    /** As they stand. */
    EXACT {
        @Override
        String canonical(String text) {
            return text;
        }
    },
    /** {@code char(n)}: blanks at the end do not count. */
    BLANK_PADDED {
        @Override
        String canonical(String text) {
            int end = text.length();
            while (end > 0 && text.charAt(end - 1) == ' ') {
                end--;
            }
            return text.substring(0, end);
        }
    },
    /** {@code citext}: the case of letters does not count. */
    CASE_INSENSITIVE {
        @Override
        String canonical(String text) {
            return text.toLowerCase(Locale.ROOT);
        }
    },
    /** {@code uuid}: neither case nor braces nor hyphens count. */
    UUID {
        @Override
        String canonical(String text) {
            StringBuilder digits = new StringBuilder(32);
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '-' && c != '{' && c != '}') {
                    digits.append(Character.toLowerCase(c));
                }
            }
            return digits.toString();
        }
    };

    abstract String canonical(String text);
}
