/**
 * The real SeaTunnel engine, assembled from Maven Central's artifacts with our connectors in place,
 * in a process of its own that tests can kill: {@link io.seamerge.e2e.engine.SeaTunnelEngine} for
 * Java, {@link io.seamerge.e2e.engine.SeaTunnelCommand} for {@code run-job.sh}.
 */
package io.seamerge.e2e.engine;
