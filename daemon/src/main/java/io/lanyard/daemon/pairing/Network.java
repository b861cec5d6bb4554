package io.lanyard.daemon.pairing;

import java.net.InetAddress;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where pairing takes place.
 *
 * @param address the address of the LAN that this device uses now; empty if there is none
 * @param port the TCP port of the listener tried first; 0 takes any free one
 * @param multicastPort the UDP port for the search
 * @param multicast whether to search and be found by multicast
 */
public record Network(Supplier<Optional<InetAddress>> address, int port, int multicastPort, boolean multicast) {
    /** The TCP port of the listener, unless it is taken. */
    public static final int DEFAULT_PORT = 7716;

    /** How many ports are tried, from the first on. */
    public static final int PORTS = 10;

    /** The group that daemons meet in; the same as that of the discovery. */
    static final String MULTICAST_GROUP = "239.77.76.1";
}
