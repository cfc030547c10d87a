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
package io.seamerge.e2e.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.seamerge.e2e.engine.EngineJob;
import io.seamerge.e2e.engine.SeaTunnelEngine;
import io.seamerge.e2e.servers.MySqlServer;
import io.seamerge.e2e.servers.PostgresServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The shipped job files as they stand, on the real engine, with a shop that goes on writing: three
 * instances over two subtasks. Whatever is done to the job, in the end every row is equal to what
 * MySQL and the writers' log say.
 */
class ShopJobsIT {

    private static final int TENTH = 10;

    private MySqlServer eu;
    private MySqlServer us;
    private MySqlServer ap;
    private PostgresServer postgres;
    private SeaTunnelEngine engine;
    private Shop shop;
    private ShopTraffic traffic;
    private Connection target;

    @BeforeEach
    void open() throws Exception {
        eu = MySqlServer.start();
        us = MySqlServer.start();
        ap = MySqlServer.start();
        postgres = PostgresServer.start();
        Map<String, MySqlServer> servers = new LinkedHashMap<>();
        servers.put("eu", eu);
        servers.put("us", us);
        servers.put("ap", ap);
        shop = new Shop(servers, TENTH);
        shop.load();
        ShopTarget.createWriter(postgres);
        target = postgres.connect();
        traffic = new ShopTraffic(shop);
        engine = SeaTunnelEngine.start();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each :
                new AutoCloseable[] {traffic, target, engine, postgres, eu, us, ap}) {
            if (each != null) {
                each.close();
            }
        }
    }

    @Test
    void aBackfillRecordsWhereTheStreamGoesOn() throws Exception {
        traffic.startOrders();
        EngineJob backfill = run("backfill.batch.conf");
        assertThat(backfill.await(Duration.ofMinutes(3))).isEqualTo("FINISHED");
        assertThat(strings("SELECT DISTINCT state FROM seamerge.handoff WHERE name = 'shop'"))
                .isEqualTo("finished");
        assertThat(strings("SELECT instance FROM seamerge.handoff ORDER BY 1"))
                .isEqualTo("ap,eu,us");
        // Written while no job runs.
        traffic.startCustomers();
        Thread.sleep(2_000);
        EngineJob stream = run("stream.streaming.conf");
        verifiesBeside(stream);
        catchUpAndCompare(stream);
        ShopConflicts conflicts = new ShopConflicts(shop, System.out);
        conflicts.write(target);
        Map<String, String> writtenAt = ShopTarget.now(shop);
        Await.until(
                "the last conflicts",
                () -> ShopTarget.reached(target, writtenAt) == Shop.INSTANCES.size(),
                stream);
        assertThat(conflicts.compare(target)).as("every winner is the one that was last").isTrue();
        wrong(conflicts, "UPDATE shop.customers SET name = 'another' WHERE name LIKE 'José Ál%'");
        wrong(
                conflicts,
                "UPDATE seamerge.conflict SET losing_source = winning_source, winning_source = losing_source"
                        + " WHERE losing_image->>'name' = 'Misaki'");
        wrong(conflicts, "DELETE FROM seamerge.conflict WHERE losing_image->>'name' = 'Zoe'");
        assertThat(stream.metrics())
                .contains("PostgresMergeRows#shop.orders", "PostgresMergeLagMs#eu")
                .contains("PostgresMergeConflicts#shop.customers#update_origin_differs#");
        stream.cancel();
        assertThat(
                        strings(
                                "SELECT count(DISTINCT incarnation) FROM seamerge.progress WHERE instance = 'eu'"))
                .as("the stream carries the backfill's incarnation on")
                .isEqualTo("1");
    }

    @Test
    void aStreamRefusesAHandoffThatIsNotThere() {
        EngineJob stream = run("stream.streaming.conf");
        assertThat(stream.awaitFailure(Duration.ofMinutes(2))).contains("handoff 'shop'");
    }

    @Test
    void killedAndRestoredAgainAndAgain() throws Exception {
        Random random = new Random(11);
        EngineJob job = run("many-to-one.streaming.conf");
        long id = job.id();
        awaitStreamed(job);
        traffic.startOrders();
        traffic.startCustomers();
        for (int i = 0; i < 4; i++) {
            Thread.sleep(1_500 + random.nextInt(5_000));
            engine.kill();
            engine.restart();
            job = engine.restore(id, jobFile("many-to-one.streaming.conf"), variables());
        }
        catchUpAndCompare(job);
    }

    @Test
    void savedAndRestoredOnAnotherEngine() throws Exception {
        EngineJob job = run("many-to-one.streaming.conf");
        awaitStreamed(job);
        traffic.startOrders();
        traffic.startCustomers();
        Thread.sleep(3_000);
        job.savepoint();
        Thread.sleep(1_000);
        engine.kill();
        engine.restart();
        job = engine.restore(job.id(), jobFile("many-to-one.streaming.conf"), variables());
        Thread.sleep(2_000);
        catchUpAndCompare(job);
        job.cancel();
    }

    /** While the writers go on: what is in flight settles, what is wrong is found. */
    private void verifiesBeside(EngineJob stream) throws Exception {
        awaitStreamed(stream);
        long written = traffic.changes();
        assertThat(run("verify.batch.conf").await(Duration.ofMinutes(10)))
                .as(strings("SELECT target || ' ' || kind || ' ' || key FROM seamerge.verify"))
                .isEqualTo("FINISHED");
        assertThat(traffic.changes()).isGreaterThan(written);
        try (Statement statement = target.createStatement()) {
            statement.execute(
                    "INSERT INTO shop.products SELECT (jsonb_populate_record(p,"
                            + " '{\"sku\": \"planted\"}')).* FROM shop.products p LIMIT 1");
            Path impatient = Files.createTempFile("verify", ".conf");
            Files.writeString(
                    impatient,
                    Files.readString(jobFile("verify.batch.conf")).replace(" = 300000", " = 1000"));
            assertThat(engine.run(impatient, variables()).awaitFailure(Duration.ofMinutes(10)))
                    .contains("PGMERGE-09", "shop.products: ", "1 extra, ");
            assertThat(
                            strings(
                                    "SELECT DISTINCT key ->> 'sku' FROM seamerge.verify"
                                            + " WHERE target = 'shop.products' AND kind = 'extra'"))
                    .isEqualTo("planted");
            assertThat(statement.executeUpdate("DELETE FROM shop.products WHERE sku = 'planted'"))
                    .isEqualTo(1);
            Files.delete(impatient);
        }
    }

    /** The check sees it, whatever is wrong. */
    private void wrong(ShopConflicts conflicts, String change) throws SQLException {
        target.setAutoCommit(false);
        try (Statement statement = target.createStatement()) {
            assertThat(statement.executeUpdate(change)).isPositive();
            assertThat(conflicts.compare(target)).as(change).isFalse();
        } finally {
            target.rollback();
            target.setAutoCommit(true);
        }
    }

    private EngineJob run(String template) {
        return engine.run(jobFile(template), variables());
    }

    private static Path jobFile(String template) {
        return ShopTarget.jobFile(template);
    }

    private Map<String, String> variables() {
        return ShopTarget.variables(shop, postgres);
    }

    private void awaitStreamed(EngineJob job) throws Exception {
        Await.until(
                "the stream of every instance",
                () ->
                        ShopScreen.hasStatus(target)
                                && ShopTarget.reached(target, Map.of()) == Shop.INSTANCES.size(),
                job);
    }

    private void catchUpAndCompare(EngineJob job) throws Exception {
        traffic.stop();
        Map<String, String> stoppedAt = ShopTarget.now(shop);
        Await.until(
                "the end of the lag",
                () -> ShopTarget.reached(target, stoppedAt) == Shop.INSTANCES.size(),
                job);
        Await.until(
                "the end of the snapshots",
                () ->
                        strings("SELECT count(*) FROM seamerge.snapshot WHERE state <> 'done'")
                                .equals("0"),
                job);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        boolean equal;
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
                Connection connection = postgres.connect()) {
            equal = new ShopCheck(shop, traffic.customerLog(), connection, out).compare();
        }
        assertThat(equal).as(said.toString(StandardCharsets.UTF_8)).isTrue();
    }

    /** The values of a query's first column. */
    private String strings(String query) throws SQLException {
        StringBuilder values = new StringBuilder();
        try (Statement statement = target.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                values.append(values.length() == 0 ? "" : ",").append(rows.getString(1));
            }
        }
        return values.toString();
    }
}
