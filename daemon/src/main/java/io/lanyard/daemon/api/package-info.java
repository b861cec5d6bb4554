/**
 * The door of the daemon for programs of this workstation: HTTP and WebSocket on loopback, by Jetty. Stands on the
 * {@link io.lanyard.daemon.node.Node} port and decides nothing about data: it checks who asks, reads strictly what is
 * asked, and renders what the node says. This package opens and closes it; the way of a request leads down through
 * {@code route}, {@code feed}, {@code request}, {@code http}, {@code access} and {@code list} to {@code json}.
 */
package io.lanyard.daemon.api;
