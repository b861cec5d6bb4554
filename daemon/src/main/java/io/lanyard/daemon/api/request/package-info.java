/**
 * What a program asks for in the body of a request or in a message, as the engine takes it, and what it is told of the
 * outcome: the same over HTTP and WebSocket.
 */
package io.lanyard.daemon.api.request;
