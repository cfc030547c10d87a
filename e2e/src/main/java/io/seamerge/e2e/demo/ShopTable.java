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
package io.seamerge.e2e.demo;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of the shop: its columns, and how a value of each is read from either side for
 * comparison.
 */
record ShopTable(String name, List<Column> columns) {

    static final ShopTable ORDERS =
            new ShopTable(
                    "orders",
                    List.of(
                            new Column("id", Kind.INTEGER),
                            new Column("customer_id", Kind.INTEGER),
                            new Column("status", Kind.TEXT),
                            new Column("total", Kind.DECIMAL),
                            new Column("discount", Kind.DECIMAL),
                            new Column("items", Kind.TEXT),
                            new Column("note", Kind.TEXT),
                            new Column("gift", Kind.BOOLEAN),
                            new Column("placed_at", Kind.LOCAL_TIME),
                            new Column("updated_at", Kind.INSTANT)));

    static final ShopTable CUSTOMERS =
            new ShopTable(
                    "customers",
                    List.of(
                            new Column("id", Kind.INTEGER),
                            new Column("email", Kind.TEXT),
                            new Column("name", Kind.TEXT),
                            new Column("country", Kind.TEXT),
                            new Column("points", Kind.INTEGER),
                            new Column("balance", Kind.DECIMAL),
                            new Column("vip", Kind.INTEGER),
                            new Column("birthday", Kind.DATE),
                            new Column("preferences", Kind.TEXT),
                            new Column("edited_in", Kind.TEXT),
                            new Column("revision", Kind.INTEGER),
                            new Column("updated_at", Kind.INSTANT)));

    static final ShopTable PRODUCTS =
            new ShopTable(
                    "products",
                    List.of(
                            new Column("sku", Kind.TEXT),
                            new Column("name", Kind.TEXT),
                            new Column("category", Kind.TEXT),
                            new Column("price", Kind.DECIMAL),
                            new Column("weight_kg", Kind.DOUBLE),
                            new Column("tags", Kind.TEXT),
                            new Column("description", Kind.TEXT),
                            new Column("fingerprint", Kind.BYTES),
                            new Column("stock", Kind.INTEGER),
                            new Column("updated_at", Kind.INSTANT)));

    record Column(String name, Kind kind) {}

    /** How a value is read; equal values of both servers give objects that are {@code equals}. */
    enum Kind {
        INTEGER,
        DECIMAL,
        DOUBLE,
        TEXT,
        BYTES,
        BOOLEAN,
        DATE,
        /** DATETIME here, timestamp there. */
        LOCAL_TIME,
        /** TIMESTAMP here, in the session's zone, which is UTC; timestamptz there. */
        INSTANT;

        Object fromMySql(ResultSet row, int column) throws SQLException {
            return this == INSTANT ? row.getObject(column, LocalDateTime.class) : read(row, column);
        }

        Object fromPostgres(ResultSet row, int column) throws SQLException {
            if (this == INSTANT) {
                OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
                return time == null
                        ? null
                        : time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
            }
            return read(row, column);
        }

        private Object read(ResultSet row, int column) throws SQLException {
            Object value =
                    switch (this) {
                        case INTEGER -> row.getLong(column);
                        case DECIMAL -> row.getBigDecimal(column);
                        case DOUBLE -> row.getDouble(column);
                        case TEXT -> row.getString(column);
                        case BYTES -> hex(row.getBytes(column));
                        case BOOLEAN -> row.getBoolean(column);
                        case DATE -> row.getObject(column, LocalDate.class);
                        case LOCAL_TIME, INSTANT -> row.getObject(column, LocalDateTime.class);
                    };
            return row.wasNull() ? null : value;
        }

        private static String hex(byte[] bytes) {
            return bytes == null ? null : HexFormat.of().formatHex(bytes);
        }
    }

    /** The key's column: the first. */
    String key() {
        return columns.get(0).name();
    }

    String columnList() {
        return columns.stream().map(Column::name).collect(Collectors.joining(", "));
    }
}
