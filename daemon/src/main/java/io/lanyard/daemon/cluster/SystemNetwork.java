package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what network this machine has right now. */
final class SystemNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(SystemNetwork.class);

    /** An address of documentation (RFC 5737): routed like any other, and never sent to. */
    private static final InetSocketAddress ELSEWHERE = new InetSocketAddress("192.0.2.1", 9);

    private SystemNetwork() {}

    static LanAddress.Network read() throws SocketException {
        List<LanAddress.Nic> nics = new ArrayList<>();
        for (NetworkInterface nic : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            nics.add(read(nic));
        }
        return new LanAddress.Network(List.copyOf(nics), defaultRoute());
    }

    private static LanAddress.Nic read(NetworkInterface nic) throws SocketException {
        try {
            return new LanAddress.Nic(
                    nic.getName(),
                    nic.isUp(),
                    nic.isLoopback(),
                    nic.isPointToPoint(),
                    nic.supportsMulticast(),
                    addresses(nic));
        } catch (SocketException e) {
            LOG.debug("the interface {} went away while it was read", nic.getName(), e);
            return new LanAddress.Nic(nic.getName(), false, false, false, false, List.of());
        }
    }

    private static List<Inet4Address> addresses(NetworkInterface nic) {
        return nic.getInterfaceAddresses().stream()
                .map(InterfaceAddress::getAddress)
                .flatMap(address -> address instanceof Inet4Address ipv4 ? Stream.of(ipv4) : Stream.empty())
                .toList();
    }

    /** Connecting a datagram socket sends nothing; it only asks the system which way it would send. */
    private static Optional<Inet4Address> defaultRoute() {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.connect(ELSEWHERE);
            return channel.getLocalAddress() instanceof InetSocketAddress local
                            && local.getAddress() instanceof Inet4Address ipv4
                            && !ipv4.isAnyLocalAddress()
                    ? Optional.of(ipv4)
                    : Optional.empty();
        } catch (IOException e) {
            LOG.trace("no default route", e);
            return Optional.empty();
        }
    }
}
