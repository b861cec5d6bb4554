package io.lanyard.daemon.cluster;

import java.util.List;
import java.util.Optional;

/**
 * How a daemon is to be found on the network.
 *
 * @param bind the address or the name of the interface to use; empty to choose (default route, private address)
 * @param port the TCP port; when it is taken, the next free one of {@link #PORT_RANGE} more; 0 for any free one
 * @param peers where to look besides multicast
 * @param multicast whether to look by multicast
 * @param multicastPort the UDP port of the multicast group
 */
public record ClusterSettings(
        Optional<String> bind, int port, List<PeerAddress> peers, boolean multicast, int multicastPort) {
    /** The TCP port tried first when none is given. */
    public static final int DEFAULT_PORT = 7800;

    /** The UDP port that daemons announce themselves on. */
    public static final int DEFAULT_MULTICAST_PORT = 7776;

    /** How many ports after the first are tried when it is taken. */
    public static final int PORT_RANGE = 10;

    /** Copies the list. */
    public ClusterSettings {
        peers = List.copyOf(peers);
    }

    /** Returns the settings of a daemon that was told nothing. */
    public static ClusterSettings defaults() {
        return new ClusterSettings(Optional.empty(), DEFAULT_PORT, List.of(), true, DEFAULT_MULTICAST_PORT);
    }

    /** Returns these settings with another interface or address. */
    public ClusterSettings withBind(String addressOrInterface) {
        return new ClusterSettings(Optional.of(addressOrInterface), port, peers, multicast, multicastPort);
    }

    /** Returns these settings with another TCP port. */
    public ClusterSettings withPort(int newPort) {
        return new ClusterSettings(bind, newPort, peers, multicast, multicastPort);
    }

    /** Returns these settings with other peers. */
    public ClusterSettings withPeers(List<PeerAddress> newPeers) {
        return new ClusterSettings(bind, port, newPeers, multicast, multicastPort);
    }

    /** Returns these settings without multicast. */
    public ClusterSettings withoutMulticast() {
        return new ClusterSettings(bind, port, peers, false, multicastPort);
    }

    /** Returns these settings with another multicast port: a network of its own, for tests. */
    public ClusterSettings withMulticastPort(int newPort) {
        return new ClusterSettings(bind, port, peers, multicast, newPort);
    }
}
