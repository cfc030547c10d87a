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
package io.seamerge.postgres.target;

/** A row as a JSON object, value by value. Not thread-safe. */
final class ImageText {

    private static final char REPLACEMENT = '\ufffd';

    private final StringBuilder json = new StringBuilder("{");
    private final CopyBuffer scratch = new CopyBuffer();
    private final boolean storable;

    /**
     * @param storable whether characters that PostgreSQL cannot store are replaced
     */
    ImageText(boolean storable) {
        this.storable = storable;
    }

    void add(String column, Object value, ValueWriter writer) {
        if (json.length() > 1) {
            json.append(", ");
        }
        quote(column);
        json.append(": ");
        if (value == null) {
            json.append("null");
            return;
        }
        String text = text(value, writer);
        if (isWhole(value) && text.equals(value.toString())) {
            json.append(text);
        } else {
            quote(text);
        }
    }

    private static boolean isWhole(Object value) {
        return value instanceof Byte
                || value instanceof Short
                || value instanceof Integer
                || value instanceof Long;
    }

    private String text(Object value, ValueWriter writer) {
        if (value instanceof String) {
            return (String) value;
        }
        scratch.clear();
        try {
            writer.write(value, scratch);
        } catch (IllegalArgumentException | ClassCastException e) {
            // It is what the change was refused for; the letter must hold it all the same.
            scratch.clear();
            if (!(value instanceof byte[])) {
                return value.toString();
            }
            scratch.ascii("\\\\x");
            scratch.hex((byte[]) value);
        }
        return scratch.unescaped();
    }

    private void quote(String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean paired =
                    Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1));
            if (paired) {
                json.append(c).append(text.charAt(++i));
            } else if (c == 0 || Character.isSurrogate(c)) {
                if (storable) {
                    json.append(REPLACEMENT);
                } else {
                    json.append(String.format("\\u%04x", (int) c));
                }
            } else if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    @Override
    public String toString() {
        return json + "}";
    }
}
