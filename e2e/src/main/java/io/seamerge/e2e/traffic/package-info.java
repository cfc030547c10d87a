/**
 * Random traffic, true to the tables' schemas, on several servers, with a comparison at the end.
 */
package io.seamerge.e2e.traffic;
