/**
 * The demo: a shop on three MySQL servers, merged into one PostgreSQL while people go on buying,
 * and every row compared in the end.
 */
package io.seamerge.e2e.demo;
