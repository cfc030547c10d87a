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
package io.seamerge.mysql.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.shyiko.mysql.binlog.network.ServerException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class OutageTest {

    @Test
    void aConnectionThatFailsInAnyWayIsAnOutage() {
        for (IOException cause :
                new IOException[] {
                    new EOFException(),
                    new ConnectException(),
                    new SocketTimeoutException(),
                    new UnknownHostException()
                }) {
            assertThat(isOutage(cause)).as("%s", cause).isTrue();
            assertThat(isOutage(new IOException("Failed to connect", cause)))
                    .as("%s while connecting", cause)
                    .isTrue();
        }
    }

    @Test
    void whatWouldComeAgainIsNone() {
        assertThat(isOutage(new IOException("a damaged event"))).isFalse();
        assertThat(isOutage(new IOException("read", new IllegalStateException()))).isFalse();
        assertThat(isOutage(new ServerException("purged", 1236, "HY000"))).isFalse();
        assertThat(isOutage(new ServerException("shutdown", 1053, "08S01"))).isTrue();
    }

    /** As MySQL and MariaDB say it, in words and codes of their own. */
    @Test
    void whoseServerIdIsTakenMayTryAnother() {
        assertThat(
                        isOutage(
                                new ServerException(
                                        "A slave with the same server_uuid/server_id as this slave"
                                                + " has connected to the master; the first event ''",
                                        1236,
                                        "HY000")))
                .isTrue();
        assertThat(
                        isOutage(
                                new ServerException(
                                        "A slave with the same server_uuid/server_id is already"
                                                + " connected",
                                        4052,
                                        "HY000")))
                .isTrue();
    }

    private static boolean isOutage(Throwable cause) {
        return Outage.is(new BinlogException("instance eu", cause));
    }
}
