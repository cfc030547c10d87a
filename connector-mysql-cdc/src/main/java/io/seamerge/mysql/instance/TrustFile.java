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
package io.seamerge.mysql.instance;

import io.seamerge.mysql.tls.Tls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Properties;

/**
 * The trusted authorities as Connector/J takes them: in a file of their own, which exists while a
 * connection is being made. They are public; its password only guards against damage.
 */
final class TrustFile implements AutoCloseable {

    private static final String PASSWORD = "authorities";

    private final Path file;

    private TrustFile(Path file) {
        this.file = file;
    }

    static TrustFile of(Tls tls) throws IOException {
        KeyStore authorities = tls.verifies() ? tls.authorities() : null;
        if (authorities == null) {
            return new TrustFile(null);
        }
        TrustFile trust = new TrustFile(Files.createTempFile("seamerge-authorities-", ".jks"));
        boolean written = false;
        try (OutputStream out = Files.newOutputStream(trust.file)) {
            authorities.store(out, PASSWORD.toCharArray());
            written = true;
        } catch (GeneralSecurityException e) {
            throw new IOException("the trusted authorities cannot be written: " + e, e);
        } finally {
            if (!written) {
                trust.close();
            }
        }
        return trust;
    }

    void addTo(Properties properties) {
        if (file != null) {
            properties.setProperty("trustCertificateKeyStoreUrl", file.toUri().toString());
            properties.setProperty("trustCertificateKeyStoreType", "JKS");
            properties.setProperty("trustCertificateKeyStorePassword", PASSWORD);
            properties.setProperty("fallbackToSystemTrustStore", "false");
        }
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
