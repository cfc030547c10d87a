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
import io.seamerge.e2e.chaos.Ledger.Profile;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares what is there in the end with the ledger. Nothing may be written meanwhile. */
final class Judge {

    private static final int PRINTED = 10;

    private static final String UNTRUE_COUNTERS =
            """
            SELECT concat_ws(' ', target, type, resolution, winner, loser, counted, 'of', logged)
            FROM (SELECT target, type, resolution,
                         concat(winner_instance, '/', winner_database, '.', winner_table) AS winner,
                         concat(loser_instance, '/', loser_database, '.', loser_table) AS loser,
                         count AS counted
                  FROM seamerge.conflicts) AS counters
            FULL JOIN (SELECT target, type, resolution, winning_source AS winner, losing_source AS loser,
                              count(*) AS logged
                       FROM seamerge.conflict GROUP BY 1, 2, 3, 4, 5) AS log
            USING (target, type, resolution, winner, loser)
            WHERE counted IS DISTINCT FROM logged
            UNION ALL
            SELECT 'no conflict at all' WHERE NOT EXISTS (SELECT FROM seamerge.conflict)""";

    private final World world;
    private final Ledger ledger;
    private final List<String> findings = new ArrayList<>();
    private long rows;

    Judge(World world, Ledger ledger) {
        this.world = world;
        this.ledger = ledger;
    }

    /** What is not as it must be; empty if all is well. */
    List<String> findings() throws SQLException {
        for (String instance : World.INSTANCES) {
            Map<Long, Account> accounts = new TreeMap<>();
            ledger.accounts(instance).forEach(account -> accounts.put(account.id(), account));
            Map<Long, Profile> profiles = new TreeMap<>();
            ledger.profiles(instance).forEach(profile -> profiles.put(profile.id(), profile));
            try (Connection mysql = world.connect(instance)) {
                compare(
                        "accounts in MySQL " + instance,
                        accounts,
                        accounts(
                                mysql,
                                "SELECT id, revision, amount, note, payload FROM chaos.accounts"));
                compare(
                        "profiles in MySQL " + instance,
                        profiles,
                        profiles(mysql, "SELECT id, editor, at, name FROM chaos.profiles"));
            }
            try (Connection target = world.connectToTarget()) {
                compare(
                        "accounts of " + instance,
                        accounts,
                        accounts(
                                target,
                                "SELECT id, revision, amount, note, payload FROM chaos.accounts"
                                        + " WHERE _source_instance = '"
                                        + instance
                                        + "'"));
            }
        }
        Map<Long, Profile> merged = new TreeMap<>();
        ledger.mergedProfiles().forEach(profile -> merged.put(profile.id(), profile));
        try (Connection target = world.connectToTarget();
                Statement statement = target.createStatement()) {
            compare(
                    "merged profiles",
                    merged,
                    profiles(target, "SELECT id, editor, at, name FROM chaos.profiles"));
            list(
                    statement,
                    "applied twice, or after a newer image",
                    "SELECT of_table || ' ' || of_key || ': ' || found FROM chaos.violation");
            if (world.logsConflicts()) {
                list(statement, "counters that are not what the log says", UNTRUE_COUNTERS);
            }
            list(
                    statement,
                    "dead letters",
                    "SELECT target || ' ' || key || ': ' || message FROM seamerge.dead_letter");
            list(
                    statement,
                    "snapshots that are not done",
                    "SELECT instance || ' ' || target FROM seamerge.snapshot WHERE state <> 'done'");
            list(
                    statement,
                    "instances that are none",
                    "SELECT DISTINCT _source_instance FROM chaos.accounts WHERE _source_instance"
                            + " NOT IN ('a', 'b', 'c')");
        }
        return findings;
    }

    /** Rows that were compared. */
    long rows() {
        return rows;
    }

    private <T> void compare(String what, Map<Long, T> wanted, Map<Long, T> found) {
        TreeSet<Long> keys = new TreeSet<>(wanted.keySet());
        keys.addAll(found.keySet());
        rows += keys.size();
        int different = 0;
        for (Long key : keys) {
            T want = wanted.get(key);
            T have = found.get(key);
            if (want == null || !want.equals(have)) {
                different++;
                if (different <= PRINTED) {
                    findings.add(what + ": wanted " + want + ", found " + have);
                }
            }
        }
        if (different > PRINTED) {
            findings.add(what + ": " + different + " of " + keys.size() + " differ");
        }
    }

    private static Map<Long, Account> accounts(Connection connection, String query)
            throws SQLException {
        Map<Long, Account> accounts = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                byte[] payload = row.getBytes(5);
                accounts.put(
                        row.getLong(1),
                        new Account(
                                row.getLong(1),
                                row.getLong(2),
                                row.getBigDecimal(3).toPlainString(),
                                row.getString(4),
                                payload == null ? null : HexFormat.of().formatHex(payload)));
            }
        }
        return accounts;
    }

    private static Map<Long, Profile> profiles(Connection connection, String query)
            throws SQLException {
        Map<Long, Profile> profiles = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            while (row.next()) {
                profiles.put(
                        row.getLong(1),
                        new Profile(
                                row.getLong(1),
                                row.getString(2),
                                row.getLong(3),
                                row.getString(4)));
            }
        }
        return profiles;
    }

    private void list(Statement statement, String what, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            int count = 0;
            while (row.next()) {
                count++;
                if (count <= PRINTED) {
                    findings.add(what + ": " + row.getString(1));
                }
            }
            if (count > PRINTED) {
                findings.add(what + ": " + count);
            }
        }
    }
}
