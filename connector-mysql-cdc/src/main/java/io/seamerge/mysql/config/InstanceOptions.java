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

import static io.seamerge.mysql.config.RawOptions.keys;
import static io.seamerge.mysql.config.RawOptions.orElse;
import static io.seamerge.mysql.config.RawOptions.text;
import static io.seamerge.mysql.config.RawOptions.texts;
import static io.seamerge.mysql.config.RawOptions.unknownKeys;

import io.seamerge.mysql.MySqlMergeOptions;
import io.seamerge.mysql.binlog.SslMode;
import io.seamerge.mysql.tls.Tls;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.seatunnel.api.configuration.ReadonlyConfig;

/** Reads the option {@code instances}, and what beside it is its default. Stateless. */
final class InstanceOptions {

    private static final Set<String> INSTANCE_KEYS =
            keys(
                    "name",
                    "hosts",
                    "username",
                    "password",
                    "password-file",
                    "ssl-mode",
                    "ssl-ca",
                    "ssl-truststore",
                    "ssl-truststore-password",
                    "server-id",
                    "may-be-absent",
                    "startup.mode",
                    "startup.timestamp-ms",
                    "startup.position",
                    "startup.gtid-set");

    private InstanceOptions() {}

    static List<InstanceConfig> parse(ReadonlyConfig options, Problems problems) {
        List<Map<String, Object>> list =
                options.getOptional(MySqlMergeOptions.INSTANCES).orElse(Collections.emptyList());
        if (list.isEmpty()) {
            problems.add(
                    "instances is empty: name at least one { name = …, hosts = [\"host:port\"] }");
        }
        Map<String, InstanceConfig> byName = new LinkedHashMap<>();
        int number = 0;
        for (Map<String, Object> nested : list) {
            number++;
            Map<String, Object> raw = flat(nested);
            String name = text(raw, "name");
            String where = "instance " + (name == null ? "number " + number : "'" + name + "'");
            unknownKeys(raw, INSTANCE_KEYS, where, problems);
            if (name == null || !name.matches("[A-Za-z0-9_.-]{1,64}")) {
                problems.add(
                        "%s: name must be 1 to 64 letters, digits, '_', '.', '-': current name = %s",
                        where, name);
                continue;
            }
            List<HostAndPort> hosts = new ArrayList<>();
            for (String host : texts(raw, "hosts")) {
                try {
                    hosts.add(HostAndPort.parse(host));
                } catch (IllegalArgumentException e) {
                    problems.add("%s: hosts: %s", where, e.getMessage());
                }
            }
            if (texts(raw, "hosts").isEmpty()) {
                problems.add("%s: hosts must name at least one \"host:port\"", where);
            }
            String username = orElse(text(raw, "username"), options, MySqlMergeOptions.USERNAME);
            String password = text(raw, "password");
            String passwordFile = text(raw, "password-file");
            if (password != null && passwordFile != null) {
                problems.add("%s: give password or password-file, not both", where);
            }
            if (password == null && passwordFile == null) {
                password = options.getOptional(MySqlMergeOptions.PASSWORD).orElse(null);
                passwordFile = options.getOptional(MySqlMergeOptions.PASSWORD_FILE).orElse(null);
                if (password != null && passwordFile != null) {
                    passwordFile = null;
                    problems.add("give password or password-file as the default, not both");
                }
            }
            if (username == null) {
                problems.add("%s: username is missing, here and as the default", where);
            }
            if (password == null && passwordFile == null) {
                problems.add(
                        "%s: password (or password-file) is missing, here and as the default",
                        where);
            }
            Tls tls = tls(raw, where, options, problems);
            ServerIds serverIds = ServerIds.unlikelyInUse();
            String ids = orElse(text(raw, "server-id"), options, MySqlMergeOptions.SERVER_ID);
            if (ids != null) {
                try {
                    serverIds = ServerIds.parse(ids);
                } catch (IllegalArgumentException e) {
                    problems.add("%s: server-id: %s", where, e.getMessage());
                }
            }
            if (byName.put(
                            name,
                            new InstanceConfig(
                                    name,
                                    hosts,
                                    username,
                                    password,
                                    passwordFile,
                                    tls,
                                    serverIds,
                                    mayBeAbsent(raw, where, options, problems),
                                    startup(raw, options, list.size(), where, problems)))
                    != null) {
                problems.add("two instances are called '%s': names must be unique", name);
            }
        }
        return Collections.unmodifiableList(new ArrayList<>(byName.values()));
    }

    private static Startup startup(
            Map<String, Object> raw,
            ReadonlyConfig options,
            int instances,
            String where,
            Problems problems) {
        StartupMode common = options.get(MySqlMergeOptions.STARTUP_MODE);
        StartupMode mode = common;
        String own = text(raw, "startup.mode");
        if (own != null) {
            try {
                mode = StartupMode.valueOf(own.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                problems.add(
                        "%s: startup.mode must be one of %s: current startup.mode = %s",
                        where, Arrays.toString(StartupMode.values()), own);
            }
        }
        if (mode != common && mode == StartupMode.HANDOFF) {
            problems.add(
                    "%s: startup.mode = handoff stands beside the list of instances: those that are"
                            + " not in the handoff name a mode of their own",
                    where);
        }
        boolean specific = mode == StartupMode.SPECIFIC;
        String position = text(raw, "startup.position");
        String gtidSet = text(raw, "startup.gtid-set");
        if (position == null && gtidSet == null && specific) {
            position = options.getOptional(MySqlMergeOptions.STARTUP_POSITION).orElse(null);
            gtidSet = options.getOptional(MySqlMergeOptions.STARTUP_GTID_SET).orElse(null);
            if (instances > 1 && (position != null || gtidSet != null)) {
                problems.add(
                        "%s: startup.position and startup.gtid-set mean a place of one server: of"
                                + " several instances each must name its own",
                        where);
            }
        } else if (!specific && (position != null || gtidSet != null)) {
            problems.add(
                    "%s: startup.position and startup.gtid-set need startup.mode = specific: current"
                            + " startup.mode = %s",
                    where, mode);
        }
        String timestamp = text(raw, "startup.timestamp-ms");
        if (timestamp == null) {
            timestamp =
                    options.getOptional(MySqlMergeOptions.STARTUP_TIMESTAMP_MS)
                            .map(String::valueOf)
                            .orElse(null);
        } else if (mode != StartupMode.TIMESTAMP) {
            problems.add(
                    "%s: startup.timestamp-ms needs startup.mode = timestamp: current startup.mode ="
                            + " %s",
                    where, mode);
        }
        return Startup.parse(mode, timestamp, position, gtidSet, where, problems);
    }

    /** HOCON makes maps within maps of keys with dots. */
    private static Map<String, Object> flat(Map<String, Object> nested) {
        Map<String, Object> flat = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : nested.entrySet()) {
            if (entry.getValue() instanceof Map) {
                for (Map.Entry<?, ?> inner : ((Map<?, ?>) entry.getValue()).entrySet()) {
                    flat.put(entry.getKey() + "." + inner.getKey(), inner.getValue());
                }
            } else {
                flat.put(entry.getKey(), entry.getValue());
            }
        }
        return flat;
    }

    private static boolean mayBeAbsent(
            Map<String, Object> raw, String where, ReadonlyConfig options, Problems problems) {
        String own = text(raw, "may-be-absent");
        if (own == null) {
            return options.get(MySqlMergeOptions.MAY_BE_ABSENT);
        }
        if (!own.equalsIgnoreCase("true") && !own.equalsIgnoreCase("false")) {
            problems.add(
                    "%s: may-be-absent must be true or false: current may-be-absent = %s",
                    where, own);
        }
        return Boolean.parseBoolean(own);
    }

    private static Tls tls(
            Map<String, Object> raw, String where, ReadonlyConfig options, Problems problems) {
        SslMode mode = options.get(MySqlMergeOptions.SSL_MODE);
        String ownMode = text(raw, "ssl-mode");
        if (ownMode != null) {
            try {
                mode = SslMode.valueOf(ownMode.toUpperCase(Locale.ROOT).replace('-', '_'));
            } catch (IllegalArgumentException e) {
                problems.add(
                        "%s: ssl-mode must be one of %s: current ssl-mode = %s",
                        where, Arrays.toString(SslMode.values()), ownMode);
            }
        }
        String authorities = text(raw, "ssl-ca");
        String trustStore = text(raw, "ssl-truststore");
        String password = text(raw, "ssl-truststore-password");
        if (authorities == null && trustStore == null) {
            authorities = options.getOptional(MySqlMergeOptions.SSL_CA).orElse(null);
            trustStore = options.getOptional(MySqlMergeOptions.SSL_TRUSTSTORE).orElse(null);
        }
        if (password == null) {
            password = options.getOptional(MySqlMergeOptions.SSL_TRUSTSTORE_PASSWORD).orElse(null);
        }
        if (authorities != null && trustStore != null) {
            problems.add("%s: give ssl-ca or ssl-truststore, not both", where);
        }
        Tls tls = new Tls(mode, authorities, trustStore, password);
        if ((authorities != null || trustStore != null) && !tls.verifies()) {
            problems.add(
                    "%s: ssl-ca and ssl-truststore need ssl-mode VERIFY_CA or VERIFY_IDENTITY, else"
                            + " nothing is verified: current ssl-mode = %s",
                    where, mode);
        }
        return tls;
    }
}
