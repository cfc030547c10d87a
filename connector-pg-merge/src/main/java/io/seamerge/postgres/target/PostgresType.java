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

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.seatunnel.api.table.catalog.Column;
import org.apache.seatunnel.api.table.type.DecimalType;

/** Which PostgreSQL type a created column has: docs/Postgres-Merge.md, Data Type Mapping. */
final class PostgresType {

    private static final Pattern MYSQL_TYPE =
            Pattern.compile("([a-z_]+)\\s*(?:\\(([^)]*)\\))?(.*)", Pattern.DOTALL);

    private PostgresType() {}

    /**
     * The type of a column.
     *
     * @param fromMySql whether the source type is MySQL's text, as MySQL-Merge-CDC gives it; else
     *     only the SeaTunnel type counts
     * @return null if the type is not supported
     */
    static String of(Column column, boolean fromMySql) {
        String type =
                fromMySql && column.getSourceType() != null
                        ? ofMySql(column.getSourceType())
                        : null;
        return type != null ? type : ofSeaTunnel(column);
    }

    private static String ofMySql(String sourceType) {
        Matcher parts = MYSQL_TYPE.matcher(sourceType.trim().toLowerCase(Locale.ROOT));
        if (!parts.matches()) {
            return null;
        }
        String size = parts.group(2) == null ? "" : parts.group(2).replace(" ", "");
        boolean unsigned =
                parts.group(3).contains("unsigned") || parts.group(3).contains("zerofill");
        switch (parts.group(1)) {
            case "tinyint":
                return "smallint";
            case "smallint":
                return unsigned ? "integer" : "smallint";
            case "mediumint":
            case "year":
                return "integer";
            case "int":
            case "integer":
                return unsigned ? "bigint" : "integer";
            case "bigint":
                return unsigned ? "numeric(20)" : "bigint";
            case "float":
                return "real";
            case "double":
                return "double precision";
            case "decimal":
            case "numeric":
                return size.isEmpty() ? "numeric(10)" : "numeric(" + size + ")";
            case "bit":
                return size.isEmpty() || size.equals("1") ? "boolean" : "bit(" + size + ")";
            case "date":
                return "date";
            case "time":
                return "time(" + orZero(size) + ")";
            case "datetime":
                return "timestamp(" + orZero(size) + ")";
            case "timestamp":
                return "timestamptz(" + orZero(size) + ")";
            case "char":
            case "varchar":
                return size.isEmpty() || size.equals("0") ? "text" : "varchar(" + size + ")";
            case "tinytext":
            case "text":
            case "mediumtext":
            case "longtext":
            case "enum":
            case "set":
                return "text";
            case "json":
                return "jsonb";
            case "binary":
            case "varbinary":
            case "tinyblob":
            case "blob":
            case "mediumblob":
            case "longblob":
            case "geometry":
            case "point":
            case "linestring":
            case "polygon":
            case "multipoint":
            case "multilinestring":
            case "multipolygon":
            case "geometrycollection":
            case "geomcollection":
                return "bytea";
            default:
                return null;
        }
    }

    private static String orZero(String size) {
        return size.isEmpty() ? "0" : size;
    }

    private static String ofSeaTunnel(Column column) {
        switch (column.getDataType().getSqlType()) {
            case STRING:
                return "text";
            case BOOLEAN:
                return "boolean";
            case TINYINT:
            case SMALLINT:
                return "smallint";
            case INT:
                return "integer";
            case BIGINT:
                return "bigint";
            case FLOAT:
                return "real";
            case DOUBLE:
                return "double precision";
            case DECIMAL:
                DecimalType decimal = (DecimalType) column.getDataType();
                return "numeric(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
            case BYTES:
                return "bytea";
            case DATE:
                return "date";
            case TIME:
                return "time";
            case TIMESTAMP:
                return "timestamp";
            default:
                return null;
        }
    }
}
