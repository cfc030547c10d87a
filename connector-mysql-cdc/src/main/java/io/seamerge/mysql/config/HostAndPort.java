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

import java.io.Serializable;

/**
 * An address as {@code host}, {@code host:port} or {@code [v6]:port}; the port is 3306 if not said.
 */
public final class HostAndPort implements Serializable {

    private static final long serialVersionUID = 1L;
    private static final int MYSQL_PORT = 3306;

    private final String host;
    private final int port;

    private HostAndPort(String host, int port) {
        this.host = host;
        this.port = port;
    }

    /**
     * @throws IllegalArgumentException if the text is not of this grammar
     */
    public static HostAndPort parse(String text) {
        String host = text.trim();
        int port = MYSQL_PORT;
        int colon = host.lastIndexOf(':');
        boolean bareV6 = colon >= 0 && host.indexOf(':') != colon && !host.startsWith("[");
        if (colon >= 0 && !bareV6 && !host.endsWith("]")) {
            try {
                port = Integer.parseInt(host.substring(colon + 1));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + text + "' is not host or host:port", e);
            }
            host = host.substring(0, colon);
        }
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || port < 1 || port > 65535) {
            throw new IllegalArgumentException("'" + text + "' is not host or host:port");
        }
        return new HostAndPort(host, port);
    }

    public String host() {
        return host;
    }

    public int port() {
        return port;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HostAndPort
                && port == ((HostAndPort) other).port
                && host.equals(((HostAndPort) other).host);
    }

    @Override
    public int hashCode() {
        return 31 * host.hashCode() + port;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
