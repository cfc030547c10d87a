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
package io.seamerge.e2e.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The table that is measured: about 190 bytes per row. Its values are functions of the key, so that
 * no two rows are alike and every run has the same ones.
 */
final class Orders {

    static final String COLUMNS =
            "id, customer_id, state, amount, revision, created_at, reference, note";

    /** Steps through all keys of a table whose size it does not divide, far from their order. */
    private static final int STRIDE = 7919;

    private static final int TRANSACTION_ROWS = 1_000;

    private static final int LOAD_BLOCK = 100_000;

    private Orders() {}

    /** Makes a table of the numbers 0 to 99,999, which statements here join. */
    static void prepare(Connection mySql) throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute("CREATE DATABASE IF NOT EXISTS bench_numbers");
            statement.execute("CREATE TABLE IF NOT EXISTS bench_numbers.n (n INT PRIMARY KEY)");
            statement.execute(
                    """
                    INSERT IGNORE INTO bench_numbers.n
                    WITH RECURSIVE d (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM d WHERE d < 9)
                    SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
                    FROM d a, d b, d c, d e, d f""");
        }
    }

    /** Creates the table, without rows. */
    static void create(Connection mySql, String table) throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            statement.execute("CREATE DATABASE IF NOT EXISTS bench");
            statement.execute("DROP TABLE IF EXISTS " + table);
            statement.execute(
                    "CREATE TABLE "
                            + table
                            + """
                             (
                              id BIGINT NOT NULL PRIMARY KEY,
                              customer_id INT NOT NULL,
                              state VARCHAR(12) NOT NULL,
                              amount DECIMAL(12, 2) NOT NULL,
                              revision INT NOT NULL,
                              created_at DATETIME(6) NOT NULL,
                              reference VARCHAR(40),
                              note VARCHAR(160) NOT NULL
                            ) DEFAULT CHARSET utf8mb4""");
        }
    }

    /** The same table in PostgreSQL, for contestants that do not create it. */
    static void createTarget(Connection postgres, String table) throws SQLException {
        try (Statement statement = postgres.createStatement()) {
            statement.execute("CREATE SCHEMA IF NOT EXISTS bench");
            statement.execute(
                    "CREATE TABLE "
                            + table
                            + """
                             (
                              id bigint PRIMARY KEY,
                              customer_id integer NOT NULL,
                              state varchar(12) NOT NULL,
                              amount numeric(12, 2) NOT NULL,
                              revision integer NOT NULL,
                              created_at timestamp(6) NOT NULL,
                              reference varchar(40),
                              note varchar(160) NOT NULL
                            )""");
        }
    }

    /** Adds the keys from {@code first} on; the binlog does not get to know. */
    static void load(Connection mySql, String table, long first, long rows) throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            for (long block = 0; block < rows; block += LOAD_BLOCK) {
                statement.execute(
                        insert(
                                table,
                                "SELECT %d + n AS id FROM bench_numbers.n WHERE n < %d ORDER BY n"
                                        .formatted(
                                                first + block,
                                                Math.min(LOAD_BLOCK, rows - block))));
            }
            statement.execute("SET SESSION sql_log_bin = 1");
            statement.execute("ANALYZE NO_WRITE_TO_BINLOG TABLE " + table);
        }
    }

    /** Adds the keys from 1 on in one transaction. */
    static void insertAtOnce(Connection mySql, String table, long rows) throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            statement.execute(
                    insert(
                            table,
                            "SELECT 1 + n.n + %d * b.n AS id FROM bench_numbers.n b JOIN bench_numbers.n n WHERE b.n < %d AND 1 + n.n + %d * b.n <= %d"
                                    .formatted(
                                            LOAD_BLOCK,
                                            (rows + LOAD_BLOCK - 1) / LOAD_BLOCK,
                                            LOAD_BLOCK,
                                            rows)));
        }
    }

    private static String insert(String table, String ids) {
        return """
        INSERT INTO %s (%s)
        SELECT id, id * 7919 %% 100003, ELT(1 + id %% 4, 'open', 'paid', 'shipped', 'returned'),
          id * 31 %% 1000000 / 100, 0,
          TIMESTAMPADD(MICROSECOND, id * 1000003 %% 86400000000, '2026-01-01'),
          IF(id %% 16 = 0, NULL, MD5(id)),
          CONCAT('order ', id, ' is kept for the shop: ', MD5(id + 1), ' ', MD5(id + 2))
        FROM (%s) AS ids"""
                .formatted(table, COLUMNS, ids);
    }

    /**
     * Updates rows in transactions of 1,000, each row once per {@code rows} of them, in an order
     * far from the keys'.
     *
     * @param rows how many there are, from key {@code first} on
     */
    static void update(Connection mySql, String table, long first, long rows, long updates)
            throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            for (long done = 0; done < updates; done += TRANSACTION_ROWS) {
                statement.execute(
                        """
                        UPDATE %s AS o
                        JOIN bench_numbers.n AS n ON o.id = %d + (%d + n.n) * %d %% %d
                        SET o.revision = o.revision + 1, o.amount = o.amount + 1,
                          o.note = CONCAT(LEFT(o.note, 60), ' ', MD5(o.id + o.revision))
                        WHERE n.n < %d"""
                                .formatted(table, first, done, STRIDE, rows, TRANSACTION_ROWS));
            }
        }
    }

    /**
     * Updates each of so many rows once, in a transaction of its own.
     *
     * @param first the least key
     */
    static void updateOneByOne(Connection mySql, String table, long first, long rows)
            throws SQLException {
        try (Statement statement = mySql.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute("DROP PROCEDURE IF EXISTS bench_numbers.one_by_one");
            statement.execute(
                    """
                    CREATE PROCEDURE bench_numbers.one_by_one ()
                    BEGIN
                      DECLARE i BIGINT DEFAULT 0;
                      WHILE i < %d DO
                        UPDATE %s SET revision = revision + 1, amount = amount + 1,
                          note = CONCAT(LEFT(note, 60), ' ', MD5(id + revision))
                        WHERE id = %d + i * %d %% %d;
                        SET i = i + 1;
                      END WHILE;
                    END"""
                            .formatted(rows, table, first, STRIDE, rows));
            statement.execute("SET SESSION sql_log_bin = 1");
            statement.execute("CALL bench_numbers.one_by_one()");
        }
    }

    /** The keys of the transaction of {@link #update} that begins with this update. */
    static long[] keys(long first, long rows, long begin) {
        long[] keys = new long[TRANSACTION_ROWS];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = first + (begin + i) * STRIDE % rows;
        }
        return keys;
    }

    /** So many keys, evenly spread over the order in which updates come; from key 1 on. */
    static long[] samples(long rows, int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = 1 + (rows * i / count) * STRIDE % rows;
        }
        return keys;
    }

    static int transactionRows() {
        return TRANSACTION_ROWS;
    }

    /** Rows, and a sum over all values of all of them. Equal on both sides if the rows are. */
    record Sum(long rows, String sum) {
        Sum plus(Sum other) {
            return new Sum(
                    rows + other.rows,
                    new java.math.BigDecimal(sum)
                            .add(new java.math.BigDecimal(other.sum))
                            .toPlainString());
        }
    }

    static Sum inMySql(Connection mySql, String table, String condition) throws SQLException {
        return sum(
                mySql,
                """
                SELECT COUNT(*), COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS('|', id, customer_id, state, amount, revision,
                  created_at, COALESCE(reference, '-'), note)), 12), 16, 10) AS UNSIGNED)), 0)
                FROM %s WHERE %s"""
                        .formatted(table, condition));
    }

    static Sum inPostgres(Connection postgres, String table, String condition) throws SQLException {
        return sum(
                postgres,
                """
                SELECT COUNT(*), COALESCE(SUM(('x' || LEFT(MD5(CONCAT_WS('|', id, customer_id, state, amount, revision,
                  TO_CHAR(created_at, 'YYYY-MM-DD HH24:MI:SS.US'), COALESCE(reference, '-'), note)), 12))::bit(48)::bigint), 0)
                FROM %s WHERE %s"""
                        .formatted(table, condition));
    }

    private static Sum sum(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return new Sum(result.getLong(1), result.getBigDecimal(2).toPlainString());
        }
    }
}
