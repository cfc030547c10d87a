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
package io.seamerge.mysql.config;

import java.io.IOException;
import java.io.Serializable;

/**
 * Where the handoff between a backfill and its streaming job is kept. Never prints its password.
 */
public final class HandoffConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final String folder;
    private final String url;
    private final String username;
    private final String password;
    private final String passwordFile;

    HandoffConfig(
            String name,
            String folder,
            String url,
            String username,
            String password,
            String passwordFile) {
        this.name = name;
        this.folder = folder;
        this.url = url;
        this.username = username;
        this.password = password;
        this.passwordFile = passwordFile;
    }

    public String name() {
        return name;
    }

    /** Where it is kept in files, one per instance; null if a sink keeps it in its database. */
    public String folder() {
        return folder;
    }

    /**
     * JDBC URL of the PostgreSQL database that holds {@code seamerge.handoff}; null in a backfill.
     */
    public String url() {
        return url;
    }

    public String username() {
        return username;
    }

    /**
     * The password as it is now, or null.
     *
     * @throws IOException if the password file cannot be read
     */
    public String password() throws IOException {
        return passwordFile == null ? password : InstanceConfig.firstLine(passwordFile);
    }
}
