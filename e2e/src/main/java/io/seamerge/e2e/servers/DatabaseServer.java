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
package io.seamerge.e2e.servers;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * A database server of our own on 127.0.0.1. It keeps its port and its data until {@link #close},
 * whatever is done to it in between. Thread-safe.
 */
public interface DatabaseServer extends AutoCloseable {

    /** What kind of server this is, and its version: {@code "MySQL 8.0"}. */
    String name();

    /** The address to reach it at. */
    default String host() {
        return "127.0.0.1";
    }

    int port();

    /** A user who may do everything. */
    String user();

    String password();

    /** A JDBC URL that needs nothing beside it: user and password are in it. */
    String jdbcUrl();

    /** A new connection as {@link #user()}. */
    Connection connect() throws SQLException;

    /** True while the server's process exists. */
    boolean isRunning();

    /** Shuts the server down in order, and waits for its end. Nothing happens if it is down. */
    void stop();

    /** Ends the server and all its processes at once by SIGKILL, and waits until they are gone. */
    void kill();

    /** Starts the server again, on the same port and data; stops it first if it is running. */
    void restart();

    /** Freezes the server (SIGSTOP): connections stay open and nothing answers. */
    void pause();

    /** Ends a {@link #pause}. */
    void resume();

    /** Kills the server and deletes its data. */
    @Override
    void close();
}
