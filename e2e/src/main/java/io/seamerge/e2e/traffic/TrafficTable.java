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
package io.seamerge.e2e.traffic;

import io.seamerge.e2e.traffic.Field.Value;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/**
 * A table of the traffic, which every server has in {@link #SHARDS} copies: name_1, name_2.
 *
 * @param key columns of the primary key, which is the first of the table's columns
 * @param keys the key's values for a number; not always the same, where a collation calls different
 *     ones equal
 * @param fields columns that statements write
 * @param computed columns that the server computes
 * @param more indexes and the like
 */
record TrafficTable(
        String name,
        List<Field> key,
        BiFunction<Integer, Random, List<Value>> keys,
        List<Field> fields,
        List<Field> computed,
        String more) {

    static final String DATABASE = "traffic";
    static final int SHARDS = 2;

    private static final String LATIN = "aàéßøñÿÀ zZ%_'\"\\";
    private static final String ANY = "aZ 0é'\"\\%Ж中語\n\t😀한";

    String shard(int shard) {
        return DATABASE + "." + name + "_" + (shard + 1);
    }

    /** All that are compared. */
    List<Field> columns() {
        List<Field> all = new ArrayList<>(key);
        all.addAll(fields);
        all.addAll(computed);
        return Collections.unmodifiableList(all);
    }

    /** All that statements write. */
    List<Field> written() {
        List<Field> all = new ArrayList<>(key);
        all.addAll(fields);
        return all;
    }

    String creation(int shard) {
        return "CREATE TABLE "
                + shard(shard)
                + " ("
                + columns().stream()
                        .map(field -> field.quoted() + " " + field.definition())
                        .collect(Collectors.joining(", "))
                + ", PRIMARY KEY ("
                + key.stream().map(Field::quoted).collect(Collectors.joining(", "))
                + ")"
                + more
                + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    }

    /** The tables of a server. */
    static List<TrafficTable> of(String version) {
        List<TrafficTable> tables = new ArrayList<>();
        tables.add(numbers());
        tables.add(texts());
        tables.add(moments());
        tables.add(bytes());
        tables.add(ledger());
        if (!version.equals("mariadb")) {
            tables.add(documents());
        }
        if (version.equals("9.7")) {
            tables.add(vectors());
        }
        return Collections.unmodifiableList(tables);
    }

    private static Field keyField(String name, String definition, Form form) {
        return new Field(name, definition + " NOT NULL", form, List.of(), random -> Value.NULL);
    }

    private static Field computed(String name, String definition, Form form) {
        return new Field(name, definition, form, List.of(), random -> Value.NULL);
    }

    private static TrafficTable numbers() {
        return new TrafficTable(
                "numbers",
                List.of(keyField("id", "INT", Form.NUMBER)),
                (number, random) -> List.of(Value.number(number - 500)),
                List.of(
                        Field.integer("tiny", "TINYINT", 8, false),
                        Field.integer("tiny_unsigned", "TINYINT UNSIGNED", 8, true),
                        Field.integer("small", "SMALLINT", 16, false),
                        Field.integer("small_unsigned", "SMALLINT UNSIGNED", 16, true),
                        Field.integer("medium", "MEDIUMINT", 24, false),
                        Field.integer("medium_unsigned", "MEDIUMINT UNSIGNED", 24, true),
                        Field.integer("whole", "INT", 32, false),
                        Field.integer("whole_unsigned", "INT UNSIGNED", 32, true),
                        Field.integer("filled", "INT(8) UNSIGNED ZEROFILL", 32, true),
                        Field.integer("big", "BIGINT", 64, false),
                        Field.integer("big_unsigned", "BIGINT UNSIGNED", 64, true),
                        Field.single("single", "FLOAT"),
                        Field.real("real", "DOUBLE"),
                        Field.cutReal("cut"),
                        Field.decimal("money", 10, 2),
                        Field.decimal("wide", 65, 30),
                        Field.decimal("fraction", 18, 18),
                        Field.decimal("count", 20, 0),
                        Field.bits("flag", 1),
                        Field.bits("seven", 7),
                        Field.bits("all_bits", 64),
                        Field.year("year")),
                List.of(
                        computed(
                                "virtual_sum",
                                "BIGINT GENERATED ALWAYS AS (small + medium) VIRTUAL",
                                Form.NUMBER),
                        computed(
                                "stored_sum",
                                "BIGINT GENERATED ALWAYS AS (small - tiny) STORED",
                                Form.NUMBER)),
                "");
    }

    private static TrafficTable texts() {
        return new TrafficTable(
                "texts",
                List.of(
                        keyField(
                                "code",
                                "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
                                Form.TEXT)),
                (number, random) -> {
                    // One key of the collation in several forms.
                    String form =
                            new String[] {"key %d ä", "KEY %d Ä", "key %d a"}[random.nextInt(3)];
                    return List.of(Value.text(String.format(form, number)));
                },
                List.of(
                        Field.text("fixed", "CHAR(10) CHARACTER SET utf8mb4", 10, "aZé語😀"),
                        Field.text("short", "VARCHAR(60) CHARACTER SET utf8mb4", 60, ANY),
                        Field.text("bin", "VARCHAR(20) COLLATE utf8mb4_bin", 20, ANY),
                        Field.text("latin", "VARCHAR(200) CHARACTER SET latin1", 200, LATIN + "€"),
                        Field.text("gbk", "VARCHAR(20) CHARACTER SET gbk", 20, "a中文字符漢"),
                        Field.text("ucs2", "VARCHAR(20) CHARACTER SET ucs2", 20, "aЖ中"),
                        Field.text("utf16", "VARCHAR(20) CHARACTER SET utf16", 20, "aЖ中😀"),
                        Field.text("utf32", "CHAR(20) CHARACTER SET utf32", 20, "aЖ中😀"),
                        Field.text("cyrillic", "VARCHAR(20) CHARACTER SET cp1251", 20, "aПривет"),
                        Field.text("sjis", "VARCHAR(20) CHARACTER SET sjis", 20, "a日本語カナ"),
                        Field.text("big5", "VARCHAR(20) CHARACTER SET big5", 20, "a繁體中文"),
                        Field.text("korean", "VARCHAR(20) CHARACTER SET euckr", 20, "a한국어"),
                        Field.text("ascii", "VARCHAR(300) CHARACTER SET ascii", 300, "aZ09 ~"),
                        Field.text("tiny", "TINYTEXT", 50, ANY),
                        Field.text("plain", "TEXT CHARACTER SET latin1", 9_000, LATIN),
                        Field.text("medium", "MEDIUMTEXT", 9_000, ANY),
                        Field.text("vast", "LONGTEXT", 20_000, ANY),
                        Field.choice(
                                "choice",
                                "ENUM('a','it''s','komma,','ünïcode','日本') CHARACTER SET utf8mb4",
                                "a",
                                "it's",
                                "komma,",
                                "ünïcode",
                                "日本"),
                        Field.choice(
                                "several",
                                "SET('r','w','x','ä') CHARACTER SET latin1",
                                "",
                                "r,w,x,ä",
                                "ä",
                                "r,x")),
                List.of(),
                "");
    }

    private static TrafficTable moments() {
        List<Field> fields = new ArrayList<>();
        fields.add(Field.date("day"));
        for (int digits = 0; digits <= 6; digits++) {
            fields.add(Field.time("time_" + digits, digits));
            fields.add(Field.dateTime("datetime_" + digits, digits));
            fields.add(Field.timestamp("timestamp_" + digits, digits));
        }
        return new TrafficTable(
                "moments",
                List.of(
                        keyField("at", "DATE", Form.MOMENT),
                        keyField("number", "SMALLINT UNSIGNED", Form.NUMBER)),
                (number, random) ->
                        List.of(
                                Value.quoted(
                                        LocalDate.of(1999, 12, 1).plusDays(number / 40).toString()),
                                Value.number(65_495 + number % 40)),
                Collections.unmodifiableList(fields),
                List.of(),
                "");
    }

    private static TrafficTable bytes() {
        return new TrafficTable(
                "bytes",
                List.of(keyField("id", "BINARY(8)", Form.BYTES)),
                (number, random) ->
                        List.of(
                                Value.bytes(
                                        ByteBuffer.allocate(8)
                                                .putInt(Integer.reverse(number))
                                                .putInt(number)
                                                .array())),
                List.of(
                        Field.bytes("fixed", "BINARY(20)", 20),
                        Field.bytes("variable", "VARBINARY(255)", 255),
                        Field.bytes("tiny", "TINYBLOB", 255),
                        Field.bytes("plain", "BLOB", 9_000),
                        Field.bytes("medium", "MEDIUMBLOB", 9_000),
                        Field.bytes("vast", "LONGBLOB", 20_000),
                        Field.geometry("shape", "GEOMETRY"),
                        Field.geometry("point", "POINT")),
                List.of(),
                "");
    }

    /** A key that the server counts up, a second unique index, and times that the server sets. */
    private static TrafficTable ledger() {
        return new TrafficTable(
                "ledger",
                List.of(keyField("id", "BIGINT UNSIGNED AUTO_INCREMENT", Form.NUMBER)),
                (number, random) -> List.of(Value.number(number + 1)),
                List.of(
                        Field.integer("code", "SMALLINT UNSIGNED", 16, true),
                        Field.decimal("amount", 20, 4)),
                List.of(
                        computed(
                                "changed",
                                "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"
                                        + " ON UPDATE CURRENT_TIMESTAMP(6)",
                                Form.MOMENT),
                        computed(
                                "made",
                                "DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
                                Form.MOMENT)),
                ", UNIQUE KEY (code)");
    }

    private static TrafficTable documents() {
        return new TrafficTable(
                "documents",
                List.of(keyField("id", "BIGINT UNSIGNED", Form.NUMBER)),
                (number, random) -> List.of(Value.number("1844674407370000" + (1_000 + number))),
                List.of(Field.json("document"), Field.json("other")),
                List.of(),
                "");
    }

    private static TrafficTable vectors() {
        return new TrafficTable(
                "vectors",
                List.of(keyField("id", "DECIMAL(20,4)", Form.NUMBER)),
                (number, random) -> List.of(Value.number((number - 700) + ".2500")),
                List.of(Field.vector("embedding")),
                List.of(
                        new Field(
                                "hidden",
                                "INT DEFAULT 42 INVISIBLE",
                                Form.NUMBER,
                                List.of(),
                                random -> Value.NULL)),
                "");
    }
}
