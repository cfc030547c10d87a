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
package io.seamerge.mysql.snapshot;

import io.seamerge.mysql.catalog.SourceTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds a key that cuts what is left of a range in two, so that another connection can read the
 * upper part. It costs a few look-ups in the index, and no row is read for it: guessed keys are
 * weighed by how many rows the server's index says lie behind them, which also finds the middle of
 * skewed and sparse keys. Not thread-safe.
 */
public final class RangeSplitter {

    /** A guess halves what is left of a 64-bit key's range: this is enough for the worst. */
    private static final int MAX_GUESSES = 64;

    /**
     * What servers say of a text that has characters which the column's character set lacks: that
     * collations cannot be mixed, or that it cannot be converted. A guess may be such a text.
     */
    private static final Set<Integer> IMPOSSIBLE_TEXTS =
            Collections.unmodifiableSet(
                    new HashSet<>(Arrays.asList(1267, 1270, 1271, 1300, 1366, 1977, 3854, 3988)));

    private final SourceTable table;

    public RangeSplitter(SourceTable table) {
        this.table = table;
    }

    /**
     * @param rest a range that begins behind a key
     * @param least rows that each part must be worth
     * @return key of a row in the range, the last of the lower part; null if it is not worth it, or
     *     nothing was found
     */
    public Object[] split(Connection connection, KeyRange rest, long least) throws SQLException {
        long total = estimate(connection, rest);
        if (total < 2 * least) {
            return null;
        }
        Object[] low = rest.from();
        Object[] high =
                key(connection, ChunkQuery.highest(table, rest), ChunkQuery.parameters(rest));
        Object[] best = null;
        long bestWorth = least - 1;
        for (int i = 0; i < MAX_GUESSES && high != null; i++) {
            Object[] guess = Midpoint.between(low, high);
            if (guess == null) {
                break;
            }
            List<Object> parameters = ChunkQuery.parameters(rest);
            parameters.addAll(ChunkQuery.parameters(guess));
            Object[] key;
            try {
                key = key(connection, ChunkQuery.probe(table, rest, guess.length), parameters);
            } catch (SQLException e) {
                if (!IMPOSSIBLE_TEXTS.contains(e.getErrorCode())) {
                    throw e;
                }
                break;
            }
            long behind = key == null ? 0 : estimate(connection, rest.behind(key));
            long worth = Math.min(behind, total - behind);
            if (worth > bestWorth) {
                best = key;
                bestWorth = worth;
            }
            if (4 * worth >= total) {
                break;
            }
            if (2 * behind < total) {
                if (Arrays.deepEquals(guess, high)) {
                    break;
                }
                high = guess;
            } else {
                low = key;
            }
        }
        return best;
    }

    private long estimate(Connection connection, KeyRange range) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(ChunkQuery.estimate(table, range))) {
            ChunkReader.bind(statement, ChunkQuery.parameters(range));
            try (ResultSet result = statement.executeQuery()) {
                // Null where the server sees without reading that there is no row.
                return result.next() ? result.getLong("rows") : 0;
            }
        }
    }

    private Object[] key(Connection connection, String sql, List<Object> parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            ChunkReader.bind(statement, parameters);
            try (ResultSet result = statement.executeQuery()) {
                if (!result.next()) {
                    return null;
                }
                List<Object> key = new ArrayList<>();
                for (String column : table.key()) {
                    byte[] value = result.getBytes(key.size() + 1);
                    key.add(table.columns().get(table.indexOf(column)).type().fromText(value));
                }
                return key.toArray();
            }
        }
    }
}
