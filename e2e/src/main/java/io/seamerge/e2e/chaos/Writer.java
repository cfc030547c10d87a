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
package io.seamerge.e2e.chaos;

import io.seamerge.e2e.chaos.Ledger.Account;
import io.seamerge.e2e.chaos.Ledger.AccountChange;
import io.seamerge.e2e.chaos.Ledger.Profile;
import io.seamerge.e2e.chaos.Ledger.ProfileChange;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The only one who writes to an instance: transactions of random size, each with a commit time of
 * its own choice. A transaction also writes its number, so that after the server was killed in the
 * middle of a COMMIT it is known whether it took place; the ledger gets what did.
 */
final class Writer implements AutoCloseable {

    static final int ACCOUNTS = 2_000;
    static final int PROFILES = 400;

    private static final long RECONNECT_MILLIS = 100;

    private static final int MOST_LOOKS = 100;

    /** Of so many transactions one empties the accounts: seldom, so that there are many of them. */
    private static final int TRANSACTIONS_PER_TRUNCATE = 1_000;

    /** Longest pause between two transactions: a rate that the target keeps up with. */
    private static final int PAUSE_MILLIS = 40;

    private final String instance;
    private final World world;
    private final Ledger ledger;
    private final Random random;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;

    private volatile Throwable failure;
    private volatile boolean editsProfiles;
    private volatile long clockOffsetMicros;
    private volatile boolean indexWanted;
    private long number;
    private long revision = ACCOUNTS;
    private long nextAccount = ACCOUNTS;
    private boolean indexed;

    /** The commit time of a change of the index whose fate is not known; 0 if there is none. */
    private long indexChangeMicros;

    Writer(String instance, World world, Ledger ledger, long seed) {
        this.instance = instance;
        this.world = world;
        this.ledger = ledger;
        this.random = new Random(seed);
        this.thread = new Thread(this::run, "writer-" + instance);
        this.thread.setDaemon(true);
    }

    /** Creates the tables and their first rows. */
    void load() throws SQLException {
        List<Account> accounts = new ArrayList<>();
        for (long id = 0; id < ACCOUNTS; id++) {
            accounts.add(account(id, id));
        }
        List<Profile> profiles = new ArrayList<>();
        for (long id = 0; id < PROFILES; id++) {
            if (random.nextInt(3) > 0) {
                profiles.add(new Profile(id, instance, 0, name()));
            }
        }
        try (Connection connection = world.connect(instance);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE chaos CHARACTER SET utf8mb4");
            statement.execute(
                    "CREATE TABLE chaos.transactions (number BIGINT NOT NULL PRIMARY KEY)");
            statement.execute(
                    """
                    CREATE TABLE chaos.accounts (
                        id       BIGINT        NOT NULL PRIMARY KEY,
                        revision BIGINT        NOT NULL,
                        amount   DECIMAL(20,2) NOT NULL,
                        note     VARCHAR(100),
                        payload  VARBINARY(200)
                    )
                    """);
            statement.execute(
                    """
                    CREATE TABLE chaos.profiles (
                        id     BIGINT      NOT NULL PRIMARY KEY,
                        editor VARCHAR(10) NOT NULL,
                        at     BIGINT      NOT NULL,
                        name   VARCHAR(60) NOT NULL
                    )
                    """);
            connection.setAutoCommit(false);
            List<AccountChange> accountChanges = new ArrayList<>();
            accounts.forEach(account -> accountChanges.add(new AccountChange(null, account)));
            List<ProfileChange> profileChanges = new ArrayList<>();
            profiles.forEach(profile -> profileChanges.add(new ProfileChange(null, profile)));
            write(connection, accountChanges, profileChanges);
            connection.commit();
        }
        ledger.begin(instance, accounts, profiles);
    }

    void start() {
        thread.start();
    }

    /** From now on profiles are edited too: to be called when every instance is streamed. */
    void editProfiles() {
        editsProfiles = true;
    }

    /** Commit times are so far off from now on; a clock that goes back is held by the version. */
    void setClockOffset(long micros) {
        clockOffsetMicros = micros;
    }

    /** The writer creates or drops an index before its next transaction. */
    void changeIndex() {
        indexWanted = true;
    }

    /** Fails if the writer has. */
    void check() {
        if (failure != null) {
            throw new IllegalStateException("The writer of " + instance + " failed", failure);
        }
    }

    /** Ends the writing when the last transaction's fate is known. */
    void stop() throws InterruptedException {
        close();
        thread.join();
        check();
    }

    @Override
    public void close() {
        stopped.countDown();
    }

    private void run() {
        try {
            Connection connection = null;
            try {
                while (!stopped.await(random.nextInt(PAUSE_MILLIS), TimeUnit.MILLISECONDS)) {
                    connection = transact(connection);
                }
            } finally {
                quietly(connection);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** One transaction, until it is known to be committed or never to be. */
    private Connection transact(Connection given) throws SQLException, InterruptedException {
        number++;
        long commitMicros = System.currentTimeMillis() * 1_000 + clockOffsetMicros;
        if (random.nextInt(TRANSACTIONS_PER_TRUNCATE) == 0) {
            return emptyAccounts(given, commitMicros);
        }
        List<AccountChange> accounts = accountChanges();
        long at = ledger.versionTime(instance, commitMicros);
        List<ProfileChange> profiles = editsProfiles ? profileChanges(at) : List.of();
        Connection connection = given;
        try {
            if (connection == null) {
                connection = open();
            }
            if (indexWanted) {
                changeIndex(connection, commitMicros);
                at = ledger.versionTime(instance, commitMicros);
                profiles = editsProfiles ? profileChanges(at) : List.of();
            }
            setCommitTime(connection, commitMicros);
            write(connection, accounts, profiles);
            if (random.nextInt(12) == 0) {
                connection.rollback();
                return connection;
            }
            try (PreparedStatement mark =
                    connection.prepareStatement("INSERT INTO chaos.transactions VALUES (?)")) {
                mark.setLong(1, number);
                mark.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            quietly(connection);
            Seen seen =
                    look(
                            again -> {
                                settleIndex(again);
                                return wasCommitted(again);
                            });
            connection = seen.connection();
            if (!seen.found()) {
                return connection;
            }
        }
        ledger.committed(instance, at, accounts, profiles);
        return connection;
    }

    /** Waits for a server that is away. */
    private Connection open() throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (true) {
            try {
                Connection connection = world.connect(instance);
                connection.setAutoCommit(false);
                return connection;
            } catch (SQLException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.sleep(RECONNECT_MILLIS);
            }
        }
    }

    /** A question to the server whose answer does not depend on how often it is put. */
    private interface Question {
        boolean put(Connection connection) throws SQLException;
    }

    /** An answer, and the connection that it came by. */
    private record Seen(Connection connection, boolean found) {}

    /** Asks on a new connection, and anew if that breaks: the server may be killed once more. */
    private Seen look(Question question) throws SQLException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Connection connection = open();
            try {
                return new Seen(connection, question.put(connection));
            } catch (SQLException e) {
                quietly(connection);
                if (attempt == MOST_LOOKS) {
                    throw e;
                }
                Thread.sleep(RECONNECT_MILLIS);
            }
        }
    }

    private boolean wasCommitted(Connection connection) throws SQLException {
        try (PreparedStatement find =
                connection.prepareStatement("SELECT 1 FROM chaos.transactions WHERE number = ?")) {
            find.setLong(1, number);
            try (ResultSet row = find.executeQuery()) {
                return row.next();
            }
        } finally {
            connection.rollback();
        }
    }

    private static void setCommitTime(Connection connection, long micros) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION original_commit_timestamp = " + micros);
        }
    }

    /** DDL is a transaction of its own, and moves the clock; so does a change of the index. */
    private Connection emptyAccounts(Connection given, long commitMicros)
            throws SQLException, InterruptedException {
        if (ledger.accounts(instance).isEmpty()) {
            return given;
        }
        Connection connection = given;
        try {
            if (connection == null) {
                connection = open();
            }
            setCommitTime(connection, commitMicros);
            try (Statement statement = connection.createStatement()) {
                statement.execute("TRUNCATE TABLE chaos.accounts");
            }
        } catch (SQLException e) {
            // There were some: their absence tells whether it took place.
            quietly(connection);
            Seen seen = look(Writer::hasAccounts);
            connection = seen.connection();
            if (seen.found()) {
                return connection;
            }
        }
        ledger.accountsEmptied(instance, ledger.versionTime(instance, commitMicros));
        return connection;
    }

    private static boolean hasAccounts(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet account =
                        statement.executeQuery("SELECT 1 FROM chaos.accounts LIMIT 1")) {
            return account.next();
        } finally {
            connection.rollback();
        }
    }

    private void changeIndex(Connection connection, long commitMicros) throws SQLException {
        indexWanted = false;
        setCommitTime(connection, commitMicros);
        indexChangeMicros = commitMicros;
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    indexed
                            ? "DROP INDEX by_amount ON chaos.accounts"
                            : "CREATE INDEX by_amount ON chaos.accounts (amount)");
        }
        settleIndex(connection);
    }

    /** Finds out whether a change of the index took place, if one was tried. */
    private void settleIndex(Connection connection) throws SQLException {
        if (indexChangeMicros == 0) {
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet index =
                        statement.executeQuery(
                                "SHOW INDEX FROM chaos.accounts WHERE key_name = 'by_amount'")) {
            if (index.next() != indexed) {
                indexed = !indexed;
                long at = ledger.versionTime(instance, indexChangeMicros);
                ledger.committed(instance, at, List.of(), List.of());
            }
        }
        indexChangeMicros = 0;
        connection.rollback();
    }

    private static void quietly(Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // It is given up; the server rolls back what was open.
                return;
            }
        }
    }

    // ---- what is changed ---------------------------------------------------------------------

    private List<AccountChange> accountChanges() {
        int size =
                switch (random.nextInt(200)) {
                    case 0 -> 1_500;
                    case 1, 2, 3 -> 100;
                    default -> 1 + random.nextInt(8);
                };
        // What the transaction has made of the accounts so far; null is deleted.
        Map<Long, Account> now = new HashMap<>();
        List<AccountChange> changes = new ArrayList<>();
        for (int count = 0; count < size; count++) {
            Account found =
                    ledger.accountFrom(instance, (long) (random.nextDouble() * nextAccount));
            Account before =
                    found == null
                            ? null
                            : now.containsKey(found.id()) ? now.get(found.id()) : found;
            int dice = random.nextInt(10);
            Account after;
            if (before == null || dice < 3) {
                before = null;
                after = account(nextAccount++, ++revision);
            } else if (dice < 7) {
                after = account(before.id(), ++revision);
            } else if (dice < 9) {
                after = null;
            } else {
                after = account(nextAccount++, ++revision);
            }
            if (before != null) {
                now.put(before.id(), null);
            }
            if (after != null) {
                now.put(after.id(), after);
            }
            changes.add(new AccountChange(before, after));
        }
        return changes;
    }

    private List<ProfileChange> profileChanges(long at) {
        List<ProfileChange> changes = new ArrayList<>();
        Map<Long, Profile> now = new HashMap<>();
        for (int count = random.nextInt(4); count > 0; count--) {
            // Most edits go to a few, so that instances meet.
            long id = random.nextInt(random.nextInt(4) > 0 ? 40 : PROFILES);
            Profile before = now.containsKey(id) ? now.get(id) : ledger.profile(instance, id);
            Profile after =
                    before != null && random.nextInt(4) == 0
                            ? null
                            : new Profile(id, instance, at, name());
            now.put(id, after);
            changes.add(new ProfileChange(before, after));
        }
        return changes;
    }

    private Account account(long id, long newRevision) {
        byte[] payload = new byte[random.nextInt(100)];
        random.nextBytes(payload);
        return new Account(
                id,
                newRevision,
                BigDecimal.valueOf(random.nextInt(), 2).toPlainString(),
                random.nextInt(5) == 0 ? null : name(),
                random.nextInt(7) == 0 ? null : HexFormat.of().formatHex(payload));
    }

    private String name() {
        return "Zoë №" + random.nextInt(1_000_000) + " \\ \t'美咲'";
    }

    private static void write(
            Connection connection, List<AccountChange> accounts, List<ProfileChange> profiles)
            throws SQLException {
        try (PreparedStatement insert =
                        connection.prepareStatement(
                                "INSERT INTO chaos.accounts VALUES (?, ?, ?, ?, ?)");
                PreparedStatement update =
                        connection.prepareStatement(
                                "UPDATE chaos.accounts SET id = ?, revision = ?, amount = ?,"
                                        + " note = ?, payload = ? WHERE id = ?");
                PreparedStatement delete =
                        connection.prepareStatement("DELETE FROM chaos.accounts WHERE id = ?");
                PreparedStatement upsert =
                        connection.prepareStatement(
                                "INSERT INTO chaos.profiles VALUES (?, ?, ?, ?) ON DUPLICATE KEY"
                                        + " UPDATE editor = VALUES(editor), at = VALUES(at),"
                                        + " name = VALUES(name)");
                PreparedStatement remove =
                        connection.prepareStatement("DELETE FROM chaos.profiles WHERE id = ?")) {
            for (AccountChange change : accounts) {
                PreparedStatement statement =
                        change.before() == null ? insert : change.after() == null ? delete : update;
                if (change.after() != null) {
                    Account after = change.after();
                    statement.setLong(1, after.id());
                    statement.setLong(2, after.revision());
                    statement.setBigDecimal(3, new BigDecimal(after.amount()));
                    statement.setString(4, after.note());
                    statement.setBytes(
                            5,
                            after.payload() == null
                                    ? null
                                    : HexFormat.of().parseHex(after.payload()));
                }
                if (change.before() != null) {
                    statement.setLong(change.after() == null ? 1 : 6, change.before().id());
                }
                changedOne(statement.executeUpdate(), change);
            }
            for (ProfileChange change : profiles) {
                if (change.after() == null) {
                    remove.setLong(1, change.before().id());
                    changedOne(remove.executeUpdate(), change);
                } else {
                    Profile after = change.after();
                    upsert.setLong(1, after.id());
                    upsert.setString(2, after.editor());
                    upsert.setLong(3, after.at());
                    upsert.setString(4, after.name());
                    upsert.executeUpdate();
                }
            }
        }
    }

    private static void changedOne(int rows, Object change) {
        if (rows != 1) {
            throw new IllegalStateException("The ledger is wrong: " + rows + " rows by " + change);
        }
    }
}
