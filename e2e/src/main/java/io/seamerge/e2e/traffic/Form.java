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

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * How a value is asked for as text on either side, and what both texts become so that equal values
 * are equal texts. Shares nothing with the connectors, whose work it judges.
 */
enum Form {
    NUMBER("%s", "%s::text") {
        @Override
        String canonical(String text) {
            return plain(new BigDecimal(text));
        }
    },
    /** MySQL writes a FLOAT with six digits, and all of it as a product with a DOUBLE. */
    SINGLE("(%s * 1e0)", "%s::text") {
        @Override
        String canonical(String text) {
            return Float.toString((float) Double.parseDouble(text));
        }
    },
    DOUBLE("(%s * 1e0)", "%s::text") {
        @Override
        String canonical(String text) {
            return Double.toString(Double.parseDouble(text));
        }
    },
    TRUTH("(%s + 0)", "%s::int::text") {
        @Override
        String canonical(String text) {
            return text;
        }
    },
    BITS("HEX(%s)", "%s::text") {
        @Override
        String canonical(String text) {
            return new BigInteger(text, 16).toString(16);
        }

        @Override
        String canonicalInPostgres(String text) {
            return new BigInteger(text, 2).toString(16);
        }
    },
    TEXT("HEX(CONVERT(%s USING utf8mb4))", "upper(encode(convert_to(%s::text, 'UTF8'), 'hex'))") {
        @Override
        String canonical(String text) {
            return text;
        }
    },
    BYTES("HEX(%s)", "upper(encode(%s, 'hex'))") {
        @Override
        String canonical(String text) {
            return text;
        }
    },
    /** Dates and times; sessions are in UTC on both sides. */
    MOMENT("CAST(%s AS CHAR)", "%s::text") {
        @Override
        String canonical(String text) {
            String local = text.endsWith("+00") ? text.substring(0, text.length() - 3) : text;
            return local.indexOf('.') < 0 ? local : local.replaceAll("\\.?0+$", "");
        }
    },
    /** Compared as PostgreSQL's jsonb, into which it is put for that: see TrafficCheck. */
    JSON("CAST(%s AS CHAR)", "%s::text") {
        @Override
        String canonical(String text) {
            return text;
        }
    };

    private final String inMySql;
    private final String inPostgres;

    Form(String inMySql, String inPostgres) {
        this.inMySql = inMySql;
        this.inPostgres = inPostgres;
    }

    /** What a query to MySQL selects. */
    String mySql(String column) {
        return String.format(inMySql, "`" + column + "`");
    }

    /** What a query to PostgreSQL selects. */
    String postgres(String column) {
        return String.format(inPostgres, "\"" + column + "\"");
    }

    /** MySQL's text, and PostgreSQL's where it is like MySQL's. */
    abstract String canonical(String text);

    String canonicalInPostgres(String text) {
        return canonical(text);
    }

    private static String plain(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
