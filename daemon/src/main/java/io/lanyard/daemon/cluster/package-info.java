/**
 * The other daemons of the group, as far as they can be reached right now: who is there, and messages to and from them.
 * {@link io.lanyard.daemon.cluster.Cluster} is the port; JGroups over TLS 1.3 is behind it. Messages are bytes here: what
 * they mean is not this package's business.
 */
package io.lanyard.daemon.cluster;
