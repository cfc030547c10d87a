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

import io.seamerge.mysql.tls.Tls;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Collections;
import java.util.List;

/** One MySQL server to read: how to reach it. Immutable; never prints its password. */
public final class InstanceConfig implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final List<HostAndPort> hosts;
    private final String username;
    private final String password;
    private final String passwordFile;
    private final Tls tls;
    private final ServerIds serverIds;
    private final Startup startup;
    private final boolean mayBeAbsent;

    InstanceConfig(
            String name,
            List<HostAndPort> hosts,
            String username,
            String password,
            String passwordFile,
            Tls tls,
            ServerIds serverIds,
            boolean mayBeAbsent,
            Startup startup) {
        this.name = name;
        this.hosts = Collections.unmodifiableList(hosts);
        this.username = username;
        this.password = password;
        this.passwordFile = passwordFile;
        this.tls = tls;
        this.serverIds = serverIds;
        this.startup = startup;
        this.mayBeAbsent = mayBeAbsent;
    }

    public String name() {
        return name;
    }

    /** Never empty; the first is preferred. */
    public List<HostAndPort> hosts() {
        return hosts;
    }

    public String username() {
        return username;
    }

    /**
     * The password as it is now: a password file is read again at each call.
     *
     * @throws IOException if the password file cannot be read
     */
    public String password() throws IOException {
        return passwordFile == null ? password : firstLine(passwordFile);
    }

    /** Whether the password may change while the job runs. */
    public boolean hasPasswordFile() {
        return passwordFile != null;
    }

    public Tls tls() {
        return tls;
    }

    public ServerIds serverIds() {
        return serverIds;
    }

    /** Where it begins if the job is not restored. */
    public Startup startup() {
        return startup;
    }

    /** Whether a job may start while it is out of reach. */
    public boolean mayBeAbsent() {
        return mayBeAbsent;
    }

    @Override
    public String toString() {
        return name + hosts;
    }

    static String firstLine(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(Paths.get(file));
        String text = new String(bytes, StandardCharsets.UTF_8);
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).replace("\r", "");
    }
}
