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
package io.seamerge.mysql.tls;

import io.seamerge.mysql.binlog.SslMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * How the connections to a server are encrypted, and whom they believe. Immutable and thread-safe;
 * files are read at each connect, so that authorities can be changed while a job runs. Never prints
 * the trust store's password.
 */
public final class Tls implements Serializable {

    private static final long serialVersionUID = 1L;

    private final SslMode mode;
    private final String authoritiesFile;
    private final String trustStore;
    private final String trustStorePassword;

    /**
     * @param authoritiesFile PEM file of the certificates of authorities that are trusted, or null
     * @param trustStore JKS or PKCS12 file of them, or null; if both are null, Java's own are
     * @param trustStorePassword null if the trust store has none
     */
    public Tls(SslMode mode, String authoritiesFile, String trustStore, String trustStorePassword) {
        this.mode = mode;
        this.authoritiesFile = authoritiesFile;
        this.trustStore = trustStore;
        this.trustStorePassword = trustStorePassword;
    }

    /** With Java's own authorities. */
    public static Tls of(SslMode mode) {
        return new Tls(mode, null, null, null);
    }

    public SslMode mode() {
        return mode;
    }

    /** Whether a server's certificate must come from an authority that is trusted. */
    public boolean verifies() {
        return mode == SslMode.VERIFY_CA || mode == SslMode.VERIFY_IDENTITY;
    }

    /**
     * The authorities that the job names, or null for Java's own.
     *
     * @throws IOException if their file cannot be read, naming it
     */
    public KeyStore authorities() throws IOException {
        String file = authoritiesFile != null ? authoritiesFile : trustStore;
        if (file == null) {
            return null;
        }
        try {
            // Java reads PKCS12 by this name as well.
            KeyStore store = KeyStore.getInstance("JKS");
            try (InputStream in = Files.newInputStream(Paths.get(file))) {
                if (authoritiesFile == null) {
                    store.load(
                            in,
                            trustStorePassword == null ? null : trustStorePassword.toCharArray());
                    return store;
                }
                store.load(null, null);
                Collection<? extends Certificate> certificates =
                        CertificateFactory.getInstance("X.509").generateCertificates(in);
                if (certificates.isEmpty()) {
                    throw new IOException("it holds no certificate in PEM form");
                }
                for (Certificate certificate : certificates) {
                    store.setCertificateEntry("authority-" + store.size(), certificate);
                }
                return store;
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(
                    (authoritiesFile != null ? "ssl-ca " : "ssl-truststore ")
                            + file
                            + " cannot be read: "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * Puts TLS over a connected socket; the handshake is still to come.
     *
     * @param host the name that the job gives the server, which VERIFY_IDENTITY wants in the
     *     certificate
     * @throws SocketException if the authorities cannot be read, naming the file
     */
    public SSLSocket over(Socket socket, String host, int port) throws SocketException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust(), null);
            SSLSocket secured =
                    (SSLSocket) context.getSocketFactory().createSocket(socket, host, port, true);
            if (mode == SslMode.VERIFY_IDENTITY) {
                SSLParameters parameters = secured.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                secured.setSSLParameters(parameters);
            }
            return secured;
        } catch (IOException | GeneralSecurityException e) {
            SocketException failure =
                    new SocketException("no TLS to " + host + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    private TrustManager[] trust() throws IOException, GeneralSecurityException {
        if (!verifies()) {
            return new TrustManager[] {new Everybody()};
        }
        TrustManagerFactory factory =
                TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities());
        return factory.getTrustManagers();
    }

    @Override
    public String toString() {
        return mode.toString();
    }

    /** PREFERRED and REQUIRED encrypt, and believe whoever answers, as MySQL's own clients do. */
    private static final class Everybody implements X509TrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // Not asked: a client's socket meets servers.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // Everybody is.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
