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
package io.seamerge.e2e.sink;

import static io.seamerge.e2e.sink.SinkJob.Change.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PostgreSQL cannot take now, it is given again, up to a limit. */
class RetriesIT extends SinkTest {

    /** Refuses the first writes, as many as a sequence counts: it is not rolled back. */
    private void refuse(int times, String state) throws Exception {
        target.execute(
                "CREATE SCHEMA shop",
                "CREATE TABLE shop.orders (id bigint PRIMARY KEY, name text, amount numeric)",
                "CREATE SEQUENCE shop.tries",
                "CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                        + " IF nextval('shop.tries') <= "
                        + times
                        + " THEN RAISE EXCEPTION 'not now' USING ERRCODE = '"
                        + state
                        + "'; END IF; RETURN NULL; END $$",
                "CREATE TRIGGER refuse AFTER INSERT ON shop.orders FOR EACH STATEMENT"
                        + " EXECUTE FUNCTION shop.refuse()");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "40001", "40P01", "55P03", "53100", "53200", "57014", "53300", "25006", "57P01",
                "57P03", "08006"
            })
    void whatPassesIsTriedAgain(String state) throws Exception {
        refuse(3, state);
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
        }
        assertThat(target.rows("SELECT id, name FROM shop.orders")).containsExactly("1|one");
        assertThat(target.rows("SELECT last_value FROM shop.tries")).containsExactly("4");
        assertThat(target.rows("SELECT rows FROM seamerge.applied")).containsExactly("1");
    }

    @Test
    void pastTheLimitTheJobFailsAndARestoreGoesOn() throws Exception {
        refuse(1_000, "53100");
        Map<String, Object> options = SinkJob.options(server);
        options.put("retry_timeout_ms", 300);
        try (SinkJob job = SinkJob.start(options)) {
            assertThatThrownBy(() -> job.write(at("eu", 1).insert(1L, "one", null)).checkpoint())
                    .hasStackTraceContaining("PGMERGE-06")
                    .hasStackTraceContaining("SQLSTATE 53100")
                    .hasStackTraceContaining("It was tried");
        }
        assertThat(target.rows("SELECT id FROM shop.orders")).isEmpty();
        target.execute("DROP TRIGGER refuse ON shop.orders");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
        }
        assertThat(target.rows("SELECT id FROM shop.orders")).containsExactly("1");
    }

    @Test
    void aServerWithoutRoomForAConnectionIsAskedAgain() throws Exception {
        try (SinkJob job = SinkJob.start(SinkJob.options(server))) {
            job.write(at("eu", 1).insert(1L, "one", null)).checkpoint();
        }
        target.execute("CREATE ROLE narrow LOGIN PASSWORD 'narrow-secret' CONNECTION LIMIT 0");
        Map<String, Object> options = SinkJob.options(server);
        options.put("username", "narrow");
        options.put("password", "narrow-secret");
        options.put("retry_timeout_ms", 300);
        assertThatThrownBy(() -> SinkJob.start(options))
                .hasStackTraceContaining("SQLSTATE 53300")
                .hasStackTraceContaining("It was tried");
        target.execute("DROP ROLE narrow");
    }
}
