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
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Passwords, and what rows hold, stand nowhere but where they must, whatever fails. */
class SecretsIT extends SinkTest {

    private static final String PASSWORD = "pw-3f9a-of-the-role";
    private static final String OTHER_PASSWORD = "pw-77c1-not-the-right-one";
    private static final String IN_URL = "pw-c0de-within-the-url";
    private static final String IN_ROW = "what-a-row-holds";

    private final List<String> said = new ArrayList<>();
    private Listener listener;
    private long time = 10;

    /** Takes whatever is logged, as a file would. */
    private static final class Listener extends AbstractAppender {

        private final List<String> said;

        Listener(List<String> said) {
            super("listener", null, null, true, Property.EMPTY_ARRAY);
            this.said = said;
        }

        @Override
        public synchronized void append(LogEvent event) {
            said.add(event.getMessage().getFormattedMessage());
            if (event.getThrown() != null) {
                said.add(text(event.getThrown()));
            }
        }
    }

    @BeforeEach
    void listen() throws Exception {
        target.execute(
                "DROP ROLE IF EXISTS keeper",
                "CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '" + PASSWORD + "'");
        LoggerContext context = LoggerContext.getContext(false);
        listener = new Listener(said);
        listener.start();
        context.getConfiguration().getRootLogger().addAppender(listener, Level.DEBUG, null);
        context.getConfiguration().getRootLogger().setLevel(Level.DEBUG);
        context.updateLoggers();
    }

    @AfterEach
    void stopListening() {
        LoggerContext context = LoggerContext.getContext(false);
        context.getConfiguration().getRootLogger().removeAppender("listener");
        context.getConfiguration().getRootLogger().setLevel(Level.INFO);
        context.updateLoggers();
    }

    private static String text(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    private Map<String, Object> options(String password) {
        Map<String, Object> options = SinkJob.options(server);
        options.put("url", options.get("url") + "?sslpassword=" + IN_URL);
        options.put("username", "keeper");
        options.put("password", password);
        options.put("retry_timeout_ms", 300);
        return options;
    }

    private void fails(Map<String, Object> options, String why, Object... fields) {
        Throwable thrown =
                catchThrowable(
                        () -> {
                            try (SinkJob job = SinkJob.start(options)) {
                                job.write(at("eu", ++time).insert(fields)).checkpoint();
                                // On a busy machine the row may still be on its way to the sink.
                                for (int i = 0; i < 50; i++) {
                                    Thread.sleep(100);
                                    job.checkpoint();
                                }
                            }
                        });
        assertThat(thrown).hasStackTraceContaining(why);
        said.add(text(thrown));
    }

    @Test
    void standNowhereWhateverFails() throws Exception {
        fails(options(OTHER_PASSWORD), "28P01", 1L, IN_ROW, null);

        Map<String, Object> unreachable = options(PASSWORD);
        unreachable.put("url", "jdbc:postgresql://127.0.0.1:9/shop?sslpassword=" + IN_URL);
        fails(unreachable, "PGMERGE-06", 1L, IN_ROW, null);

        Map<String, Object> mistyped = options(PASSWORD);
        mistyped.put("url", "jdbc:postgres://keeper:" + IN_URL + "@localhost/shop");
        mistyped.put("write_parallelism", 0);
        fails(mistyped, "PGMERGE-01", 1L, IN_ROW, null);

        fails(options(PASSWORD), "PGMERGE-04", 1L, IN_ROW + "\0", null);
        fails(options(PASSWORD), "22001", 2L, IN_ROW + "-".repeat(60), null);

        target.execute(
                "ALTER TABLE shop.orders ADD CONSTRAINT positive CHECK (amount > 0)",
                "CREATE UNIQUE INDEX one_name ON shop.orders (name)");
        fails(options(PASSWORD), "23514", 3L, IN_ROW, SinkJob.amount("-1"));

        // And where nothing fails: in the metrics, and in what other roles see.
        try (SinkJob job = SinkJob.start(options(PASSWORD))) {
            job.write(at("eu", 30).insert(4L, "harmless", SinkJob.amount("1"))).checkpoint();
            said.addAll(job.metrics());
            said.addAll(target.rows("SELECT application_name, query FROM pg_stat_activity"));
        }
        for (String table :
                target.rows(
                        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                                + " WHERE schemaname IN ('seamerge', 'shop')")) {
            said.addAll(target.rows("SELECT t::text FROM " + table + " t"));
        }
        assertThat(said).hasSizeGreaterThan(20);
        assertThat(String.join("\n", said))
                .doesNotContain(PASSWORD, OTHER_PASSWORD, IN_URL, IN_ROW)
                .contains("harmless");
    }

    @Test
    void aDeadLetterHoldsItsRowAndNothingElseDoes() throws Exception {
        Map<String, Object> options = options(PASSWORD);
        options.put("on_violation", "dead_letter");
        try (SinkJob job = SinkJob.start(options)) {
            job.write(at("eu", 10).insert(1L, IN_ROW + "\0", null)).checkpoint();
            job.write(at("eu", 11).insert(2L, IN_ROW + "-".repeat(60), null)).checkpoint();
        }
        assertThat(String.join("\n", said)).doesNotContain(PASSWORD, IN_URL, IN_ROW);
        assertThat(target.rows("SELECT message FROM seamerge.dead_letter").toString())
                .doesNotContain(PASSWORD, IN_URL, IN_ROW);
        assertThat(
                        target.rows(
                                "SELECT count(*) FROM seamerge.dead_letter WHERE image::text LIKE '%"
                                        + IN_ROW
                                        + "%'"))
                .containsExactly("2");
    }

    /** Ends before the next class does: the role owns what its jobs made. */
    @AfterEach
    void dropRole() throws Exception {
        target.clean();
        target.execute("DROP OWNED BY keeper", "DROP ROLE keeper");
    }
}
