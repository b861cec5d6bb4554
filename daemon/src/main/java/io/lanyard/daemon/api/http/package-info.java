/**
 * The loopback servers, by Jetty, and one request and its answer in them
 * ({@link io.lanyard.daemon.api.http.Exchange}). A request comes through the door, past the guard, and along the table of
 * routes; what stands behind a route is not known here.
 */
package io.lanyard.daemon.api.http;
