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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * One session that writes at random to one server until it is told to stop: every kind of statement
 * and of transaction, as text and prepared. What it tries is decided by its seed alone; what comes
 * of it also by the other sessions.
 */
final class TrafficWriter implements Runnable {

    /** Two sessions met, and the server chose one to give way. */
    private static final int DEADLOCK = 1213;

    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int DUPLICATE_KEY = 1062;

    /**
     * XA: the branch was rolled back, in general or in a deadlock, or is in no state to be ended.
     */
    private static final int XA_ROLLED_BACK = 1402;

    private static final int XA_DEADLOCK = 1614;
    private static final int XA_WRONG_STATE = 1399;

    enum Kind {
        INSERT,
        INSERT_MANY,
        INSERT_IGNORE,
        INSERT_OR_UPDATE,
        INSERT_SELECT,
        REPLACE,
        UPDATE,
        UPDATE_RANGE,
        UPDATE_KEY,
        UPDATE_JOIN,
        DELETE,
        DELETE_RANGE,
        DELETE_JOIN,
        TRUNCATE
    }

    /** Those that can be part of a transaction. */
    private static final Kind[] ROW_KINDS =
            EnumSet.complementOf(EnumSet.of(Kind.TRUNCATE)).toArray(new Kind[0]);

    /** Of so many transactions one empties a table, so that most tables hold rows. */
    private static final int TRANSACTIONS_PER_TRUNCATE = 300;

    private final String url;
    private final List<TrafficTable> tables;
    private final int keys;
    private final Random random;
    private final double pauseMillis;
    private final boolean xa;
    private final String name;
    private final AtomicLong transactions = new AtomicLong();
    private final AtomicLong rows = new AtomicLong();
    private final Map<Kind, Long> statements = new EnumMap<>(Kind.class);

    private volatile boolean stopped;
    private volatile Exception failure;
    private Connection connection;

    /**
     * @param url of the server
     * @param keys how many keys a table has at most, so that it does not grow for ever
     * @param pauseMillis how long it rests between two transactions, on average
     * @param xa whether some transactions are XA
     */
    TrafficWriter(
            String name,
            String url,
            List<TrafficTable> tables,
            int keys,
            long seed,
            double pauseMillis,
            boolean xa) {
        this.name = name;
        this.url = url;
        this.tables = tables;
        this.keys = keys;
        this.random = new Random(seed);
        this.pauseMillis = pauseMillis;
        this.xa = xa;
    }

    long transactions() {
        return transactions.get();
    }

    /** Rows that statements said they changed, also those that were rolled back. */
    long rows() {
        return rows.get();
    }

    /** After the end: statements that were executed. */
    Map<Kind, Long> statements() {
        return statements;
    }

    Exception failure() {
        return failure;
    }

    void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        try {
            // Half of the sessions prepare on the server, whose statements then go another way.
            boolean onServer = random.nextBoolean();
            try (Connection session =
                    DriverManager.getConnection(
                            url
                                    + "&characterEncoding=UTF-8&useServerPrepStmts="
                                    + onServer
                                    + "&sessionVariables=innodb_lock_wait_timeout=2,lock_wait_timeout=5")) {
                connection = session;
                while (!stopped) {
                    transaction();
                    transactions.incrementAndGet();
                    Thread.sleep((long) (-Math.log(1 - random.nextDouble()) * pauseMillis));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            failure = new IllegalStateException("Writer " + name + " failed", e);
        }
    }

    private void transaction() throws SQLException {
        try {
            int dice = random.nextInt(20);
            if (random.nextInt(TRANSACTIONS_PER_TRUNCATE) == 0) {
                connection.setAutoCommit(true);
                truncate();
            } else if (dice < 7) {
                connection.setAutoCommit(true);
                statement();
            } else if (dice < 9 && xa) {
                xaTransaction();
            } else {
                ordinaryTransaction();
            }
        } catch (SQLException e) {
            if (e.getErrorCode() != DEADLOCK
                    && e.getErrorCode() != LOCK_WAIT_TIMEOUT
                    && e.getErrorCode() != XA_DEADLOCK
                    && e.getErrorCode() != XA_ROLLED_BACK) {
                throw e;
            }
            if (!connection.getAutoCommit()) {
                connection.rollback();
            }
        }
    }

    private void truncate() throws SQLException {
        TrafficTable table = tables.get(random.nextInt(tables.size()));
        execute(Kind.TRUNCATE, table, random.nextInt(TrafficTable.SHARDS));
        statements.merge(Kind.TRUNCATE, 1L, Long::sum);
    }

    private void ordinaryTransaction() throws SQLException {
        connection.setAutoCommit(false);
        int count = random.nextInt(40) == 0 ? 60 : 1 + random.nextInt(8);
        Savepoint savepoint = null;
        for (int index = 0; index < count; index++) {
            statement();
            int dice = random.nextInt(8);
            if (dice == 0) {
                savepoint = connection.setSavepoint();
            } else if (dice == 1 && savepoint != null) {
                connection.rollback(savepoint);
                savepoint = null;
            }
        }
        if (random.nextInt(8) == 0) {
            connection.rollback();
        } else {
            connection.commit();
        }
    }

    private void xaTransaction() throws SQLException {
        connection.setAutoCommit(true);
        String id = "'" + name + "-" + transactions.get() + "'";
        execute("XA START " + id);
        boolean ended = false;
        try {
            int count = 1 + random.nextInt(4);
            for (int index = 0; index < count; index++) {
                statement();
            }
            execute("XA END " + id);
            if (random.nextInt(4) == 0) {
                execute("XA COMMIT " + id + " ONE PHASE");
            } else {
                execute("XA PREPARE " + id);
                execute((random.nextInt(3) == 0 ? "XA ROLLBACK " : "XA COMMIT ") + id);
            }
            ended = true;
        } finally {
            if (!ended) {
                abandonXa(id);
            }
        }
    }

    /** After a deadlock the branch is rolled back by the server, but the session is still in it. */
    private void abandonXa(String id) throws SQLException {
        try {
            execute("XA END " + id);
        } catch (SQLException e) {
            if (e.getErrorCode() != XA_DEADLOCK
                    && e.getErrorCode() != XA_ROLLED_BACK
                    && e.getErrorCode() != XA_WRONG_STATE) {
                throw e;
            }
        }
        execute("XA ROLLBACK " + id);
    }

    private void statement() throws SQLException {
        Kind kind = ROW_KINDS[random.nextInt(ROW_KINDS.length)];
        TrafficTable table = tables.get(random.nextInt(tables.size()));
        int shard = random.nextInt(TrafficTable.SHARDS);
        try {
            rows.addAndGet(execute(kind, table, shard));
        } catch (SQLException e) {
            // The statement alone is undone; its transaction goes on.
            if (e.getErrorCode() != DUPLICATE_KEY) {
                throw e;
            }
        }
        statements.merge(kind, 1L, Long::sum);
    }

    private int execute(Kind kind, TrafficTable table, int shard) throws SQLException {
        String target = table.shard(shard);
        String other = table.shard((shard + 1) % TrafficTable.SHARDS);
        Parts sql = new Parts(random.nextBoolean());
        switch (kind) {
            case INSERT -> insert(sql, "INSERT INTO ", table, target, 1);
            case INSERT_MANY ->
                    insert(
                            sql,
                            "INSERT IGNORE INTO ",
                            table,
                            target,
                            random.nextInt(60) == 0 ? 500 : 2 + random.nextInt(20));
            case INSERT_IGNORE ->
                    insert(sql, "INSERT IGNORE INTO ", table, target, 1 + random.nextInt(5));
            case REPLACE -> insert(sql, "REPLACE INTO ", table, target, 1 + random.nextInt(5));
            case INSERT_OR_UPDATE -> {
                insert(sql, "INSERT INTO ", table, target, 1 + random.nextInt(5));
                Field field = table.fields().get(random.nextInt(table.fields().size()));
                sql.add(" ON DUPLICATE KEY UPDATE " + field.quoted() + " = ");
                if (random.nextBoolean()) {
                    sql.add("VALUES(" + field.quoted() + ")");
                } else {
                    sql.add(field.draw(random));
                }
            }
            case INSERT_SELECT -> {
                String columns = columns(table.written());
                sql.add(
                        (random.nextBoolean() ? "INSERT IGNORE INTO " : "REPLACE INTO ")
                                + target
                                + " ("
                                + columns
                                + ") SELECT "
                                + columns
                                + " FROM "
                                + other
                                + " o WHERE ");
                range(sql, table, "o.", 20);
            }
            case UPDATE -> {
                sql.add("UPDATE " + target + " SET ");
                assign(sql, table);
                sql.add(" WHERE ");
                key(sql, table, "");
            }
            case UPDATE_RANGE -> {
                // Sometimes a whole table.
                boolean all = random.nextInt(60) == 0;
                sql.add("UPDATE " + target + " SET ");
                assign(sql, table);
                if (!all) {
                    sql.add(" WHERE ");
                    range(sql, table, "", 30);
                }
            }
            case UPDATE_KEY -> {
                sql.add("UPDATE " + target + " SET ");
                List<Value> values = table.keys().apply(random.nextInt(keys), random);
                for (int index = 0; index < values.size(); index++) {
                    sql.add((index == 0 ? "" : ", ") + table.key().get(index).quoted() + " = ");
                    sql.add(values.get(index));
                }
                sql.add(" WHERE ");
                key(sql, table, "");
            }
            case UPDATE_JOIN -> {
                Field field = table.fields().get(random.nextInt(table.fields().size()));
                sql.add("UPDATE " + target + " x JOIN " + other + " y ON " + joined(table));
                sql.add(" SET x." + field.quoted() + " = y." + field.quoted());
                Field second = table.fields().get(random.nextInt(table.fields().size()));
                if (second != field && !table.more().contains(second.name())) {
                    sql.add(", y." + second.quoted() + " = ");
                    sql.add(second.draw(random));
                }
                sql.add(" WHERE ");
                range(sql, table, "x.", 30);
            }
            case DELETE -> {
                sql.add("DELETE FROM " + target + " WHERE ");
                key(sql, table, "");
            }
            case DELETE_RANGE -> {
                sql.add("DELETE FROM " + target + " WHERE ");
                range(sql, table, "", 10);
                sql.add(" LIMIT " + (1 + random.nextInt(10)));
            }
            case DELETE_JOIN -> {
                sql.add(
                        "DELETE x, y FROM "
                                + target
                                + " x JOIN "
                                + other
                                + " y ON "
                                + joined(table));
                sql.add(" WHERE ");
                range(sql, table, "x.", 5);
            }
            case TRUNCATE -> sql.add("TRUNCATE TABLE " + target);
        }
        return sql.execute();
    }

    private void insert(Parts sql, String verb, TrafficTable table, String target, int count) {
        // Sometimes the key is left to the server, where it counts.
        boolean keyed = !table.name().equals("ledger") || random.nextBoolean();
        List<Field> columns = keyed ? table.written() : table.fields();
        sql.add(verb + target + " (" + columns(columns) + ") VALUES ");
        for (int row = 0; row < count; row++) {
            sql.add(row == 0 ? "(" : ", (");
            List<Value> values = new ArrayList<>();
            if (keyed) {
                values.addAll(table.keys().apply(random.nextInt(keys), random));
            }
            for (Field field : table.fields()) {
                values.add(field.draw(random));
            }
            for (int index = 0; index < values.size(); index++) {
                sql.add(index == 0 ? "" : ", ");
                sql.add(values.get(index));
            }
            sql.add(")");
        }
    }

    private void assign(Parts sql, TrafficTable table) {
        List<Field> some = new ArrayList<>(table.fields());
        // What is unique would be the same in many rows.
        some.removeIf(field -> table.more().contains(field.name()));
        java.util.Collections.shuffle(some, random);
        int count = 1 + random.nextInt(Math.min(4, some.size()));
        for (int index = 0; index < count; index++) {
            sql.add((index == 0 ? "" : ", ") + some.get(index).quoted() + " = ");
            sql.add(some.get(index).draw(random));
        }
    }

    private void key(Parts sql, TrafficTable table, String alias) {
        List<Value> values = table.keys().apply(random.nextInt(keys), random);
        for (int index = 0; index < values.size(); index++) {
            sql.add((index == 0 ? "" : " AND ") + alias + table.key().get(index).quoted() + " = ");
            sql.add(values.get(index));
        }
    }

    /** Up to so many numbers' keys, in the order that the server gives them. */
    private void range(Parts sql, TrafficTable table, String alias, int most) {
        int first = random.nextInt(keys);
        sql.add("(");
        int count = 1 + random.nextInt(most);
        for (int number = 0; number < count; number++) {
            List<Value> values = table.keys().apply((first + number) % keys, random);
            sql.add(number == 0 ? "(" : " OR (");
            for (int index = 0; index < values.size(); index++) {
                sql.add(
                        (index == 0 ? "" : " AND ")
                                + alias
                                + table.key().get(index).quoted()
                                + " = ");
                sql.add(values.get(index));
            }
            sql.add(")");
        }
        sql.add(")");
    }

    private static String joined(TrafficTable table) {
        return table.key().stream()
                .map(field -> "x." + field.quoted() + " = y." + field.quoted())
                .collect(Collectors.joining(" AND "));
    }

    private static String columns(List<Field> fields) {
        return fields.stream().map(Field::quoted).collect(Collectors.joining(", "));
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A statement as it grows, with its values in it or beside it. */
    private final class Parts {

        private final boolean prepared;
        private final StringBuilder sql = new StringBuilder();
        private final List<Object> parameters = new ArrayList<>();

        Parts(boolean prepared) {
            this.prepared = prepared;
        }

        void add(String text) {
            sql.append(text);
        }

        void add(Value value) {
            if (prepared && value.parameter() != null && parameters.size() < 10_000) {
                sql.append('?');
                parameters.add(value.parameter());
            } else {
                sql.append(value.sql());
            }
        }

        int execute() throws SQLException {
            try {
                if (!prepared) {
                    try (Statement statement = connection.createStatement()) {
                        return statement.executeUpdate(sql.toString());
                    }
                }
                try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
                    for (int index = 0; index < parameters.size(); index++) {
                        Object parameter = parameters.get(index);
                        if (parameter instanceof byte[] bytes) {
                            statement.setBytes(index + 1, bytes);
                        } else {
                            statement.setString(index + 1, parameter.toString());
                        }
                    }
                    return statement.executeUpdate();
                }
            } catch (SQLException e) {
                String text = sql.substring(0, Math.min(sql.length(), 500));
                throw new SQLException(
                        e.getMessage() + ": " + text, e.getSQLState(), e.getErrorCode(), e);
            }
        }
    }
}
