/**
 * The change feed and everybody who listens to it: where a reader stands, what it is told next, and the WebSockets and
 * HTTP answers that tell it. A reader is a position and not a queue, so a slow one costs no memory.
 */
package io.lanyard.daemon.api.feed;
