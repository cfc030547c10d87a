/**
 * Real database servers for tests, the demo and a person at a terminal, and a proxy that breaks the
 * connections to them.
 *
 * <p>A server runs natively, without Docker and without being installed: its files come from Maven
 * artifacts or Debian packages, are unpacked once into a {@link io.seamerge.e2e.servers.BinaryCache
 * cache} outside the repository, and are started on a free port of 127.0.0.1 over a data folder of
 * its own. Nothing outlives the Java process, however that ends.
 */
package io.seamerge.e2e.servers;
