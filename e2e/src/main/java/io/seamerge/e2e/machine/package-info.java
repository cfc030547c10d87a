/**
 * What the tests and the demo need of the machine that they run on: commands, processes that end
 * with this one, and a cache of downloads.
 */
package io.seamerge.e2e.machine;
