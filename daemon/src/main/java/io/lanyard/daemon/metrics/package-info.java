/** What a replica says of itself to monitoring programs, in the text form of Prometheus. */
package io.lanyard.daemon.metrics;
