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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What must be in the target, computed from nothing but what the writers committed: the outcome
 * that a chaos run is judged by. Written apart from the product's code.
 *
 * <p>Accounts belong to their instance. A profile is known to all instances and is as its last
 * change left it: the greatest commit time, between equal ones that of the instance that is listed
 * first; one that was never changed is as the first listed instance has it. Thread-safe.
 */
final class Ledger {

    /** A row of {@code chaos.accounts}; the revision grows with every change of its instance. */
    record Account(long id, long revision, String amount, String note, String payload) {}

    /** A row of {@code chaos.profiles}; {@code at} is its change's commit time, 0 at the start. */
    record Profile(long id, String editor, long at, String name) {}

    /** A change to one row: before or after is null where the row was not, or is no more. */
    record AccountChange(Account before, Account after) {}

    /** A change to one row: before or after is null where the row was not, or is no more. */
    record ProfileChange(Profile before, Profile after) {}

    /** A profile's last change so far; the profile is null if that was a deletion. */
    private record Winner(long at, int rank, Profile profile) {

        boolean losesTo(long otherAt, int otherRank) {
            return otherAt > at || otherAt == at && otherRank <= rank;
        }
    }

    private final List<String> instances;
    private final Map<String, TreeMap<Long, Account>> accounts = new HashMap<>();
    private final Map<String, TreeMap<Long, Profile>> profiles = new HashMap<>();
    private final TreeMap<Long, Winner> winners = new TreeMap<>();
    private final Map<String, Long> clocks = new HashMap<>();
    private long rowChanges;
    private long transactions;

    /**
     * @param instances their names, the most preferred first
     */
    Ledger(List<String> instances) {
        this.instances = List.copyOf(instances);
        for (String instance : instances) {
            accounts.put(instance, new TreeMap<>());
            profiles.put(instance, new TreeMap<>());
            clocks.put(instance, 0L);
        }
    }

    /** Rows that are there before anything is streamed. */
    synchronized void begin(String instance, List<Account> startAccounts, List<Profile> start) {
        startAccounts.forEach(account -> accounts.get(instance).put(account.id(), account));
        for (Profile profile : start) {
            profiles.get(instance).put(profile.id(), profile);
            won(profile.id(), 0, instances.indexOf(instance), profile);
        }
    }

    /**
     * The version time that the instance's next transaction has if it is committed at that time.
     */
    synchronized long versionTime(String instance, long commitMicros) {
        return Math.max(clocks.get(instance) + 1, commitMicros);
    }

    /** A transaction that is known to have been committed, with the version time it has. */
    synchronized void committed(
            String instance,
            long versionTime,
            List<AccountChange> accountChanges,
            List<ProfileChange> profileChanges) {
        clocks.put(instance, versionTime);
        transactions++;
        rowChanges += accountChanges.size() + profileChanges.size();
        TreeMap<Long, Account> own = accounts.get(instance);
        for (AccountChange change : accountChanges) {
            if (change.before() != null) {
                own.remove(change.before().id());
            }
            if (change.after() != null) {
                own.put(change.after().id(), change.after());
            }
        }
        TreeMap<Long, Profile> here = profiles.get(instance);
        int rank = instances.indexOf(instance);
        for (ProfileChange change : profileChanges) {
            if (change.before() != null) {
                here.remove(change.before().id());
                won(change.before().id(), versionTime, rank, null);
            }
            if (change.after() != null) {
                here.put(change.after().id(), change.after());
                won(change.after().id(), versionTime, rank, change.after());
            }
        }
    }

    /** A TRUNCATE of the accounts that is known to have taken place. */
    synchronized void accountsEmptied(String instance, long versionTime) {
        clocks.put(instance, versionTime);
        transactions++;
        rowChanges += accounts.get(instance).size();
        accounts.get(instance).clear();
    }

    private void won(long id, long at, int rank, Profile profile) {
        Winner winner = winners.get(id);
        if (winner == null || winner.losesTo(at, rank)) {
            winners.put(id, new Winner(at, rank, profile));
        }
    }

    /** What the instance's own accounts are now, in the order of their ids. */
    synchronized List<Account> accounts(String instance) {
        return new ArrayList<>(accounts.get(instance).values());
    }

    synchronized Account account(String instance, long id) {
        return accounts.get(instance).get(id);
    }

    /** The account at or after an id, or null if there is none. */
    synchronized Account accountFrom(String instance, long id) {
        Map.Entry<Long, Account> entry = accounts.get(instance).ceilingEntry(id);
        return entry == null ? null : entry.getValue();
    }

    synchronized Profile profile(String instance, long id) {
        return profiles.get(instance).get(id);
    }

    synchronized List<Profile> profiles(String instance) {
        return new ArrayList<>(profiles.get(instance).values());
    }

    /** What the merged profiles must be, in the order of their ids. */
    synchronized List<Profile> mergedProfiles() {
        List<Profile> merged = new ArrayList<>();
        for (Winner winner : winners.values()) {
            if (winner.profile() != null) {
                merged.add(winner.profile());
            }
        }
        return merged;
    }

    synchronized long rowChanges() {
        return rowChanges;
    }

    synchronized long transactions() {
        return transactions;
    }
}
