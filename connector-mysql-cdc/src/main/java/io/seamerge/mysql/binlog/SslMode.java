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

/** How a connection is encrypted, with the meaning that Connector/J's {@code sslMode} has. */
public enum SslMode {
    /** Never. */
    DISABLED,
    /** If the server offers it. */
    PREFERRED,
    /** Or not at all; whoever answers is believed to be the server. */
    REQUIRED,
    /** And the server's certificate comes from an authority that is trusted. */
    VERIFY_CA,
    /** And the certificate is for the host that was connected to. */
    VERIFY_IDENTITY
}
