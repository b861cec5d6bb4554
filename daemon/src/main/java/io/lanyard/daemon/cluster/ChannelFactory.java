package io.lanyard.daemon.cluster;

import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jgroups.JChannel;
import org.jgroups.PhysicalAddress;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.FRAG4;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.Protocol;

/**
 * The protocol stack: everything over TCP with TLS 1.3 and client certificates, discovery by authenticated multicast and
 * by lists of peers.
 *
 * <p>The times are what was measured to notice a split in 7 to 10 seconds, a killed daemon in 2, and to merge within 3
 * seconds of the heal. No protocol that opens a port of its own, and none that reads Java objects.
 */
final class ChannelFactory {
    private static final int FRAGMENT_BYTES = 60 << 10;
    private static final int MAX_FRAME_BYTES = 2 << 20;
    private static final int CREDIT_BYTES = 4 << 20;
    private static final double CREDIT_THRESHOLD = 0.4;

    private ChannelFactory() {}

    /**
     * Makes a channel that is not connected yet.
     *
     * @param deviceId what its address begins with
     * @param peers read at every look-round, so it may change; must never be empty, and this daemon itself does no harm
     */
    static JChannel newChannel(
            String deviceId,
            GroupTransport transport,
            Inet4Address bind,
            int port,
            LanDiscovery multicast,
            Collection<PhysicalAddress> peers)
            throws IOException {
        configure(transport, bind, port);
        List<Protocol> protocols = new ArrayList<>(List.of(transport, new AddressDiscovery(peers)));
        if (multicast != null) {
            protocols.add(multicast);
        }
        protocols.addAll(List.of(
                new MERGE3().setMaxInterval(1_500).setMinInterval(500),
                new FD_ALL3().setTimeout(6_000).setInterval(1_500),
                new VERIFY_SUSPECT2().setTimeout(1_000),
                new NAKACK2().useMcastXmit(false).setXmitInterval(500),
                new UNICAST3().setXmitInterval(500),
                new STABLE().setDesiredAverageGossip(50_000).setMaxBytes(CREDIT_BYTES),
                new GMS().printLocalAddress(false).setJoinTimeout(500).setMaxJoinAttempts(8),
                new UFC().setMaxCredits(CREDIT_BYTES).setMinThreshold(CREDIT_THRESHOLD),
                new MFC().setMaxCredits(CREDIT_BYTES).setMinThreshold(CREDIT_THRESHOLD),
                new FRAG4().setFragSize(FRAGMENT_BYTES)));
        try {
            return new JChannel(protocols).addAddressGenerator(() -> ChannelAddress.next(deviceId));
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("the protocol stack cannot be made: " + e.getMessage(), e);
        }
    }

    private static void configure(GroupTransport transport, Inet4Address bind, int port) {
        transport.setBindAddress(bind);
        transport.setBindPort(port);
        transport.setPortRange(ClusterSettings.PORT_RANGE);
        transport.tcpNodelay(true);
        transport.setSockConnTimeout(500);
        transport.setPeerAddrReadTimeout(1_000);
        transport.setMaxLength(MAX_FRAME_BYTES);
        transport.enableSuspectEvents(true);
        transport.logDetails(false);
        transport.useVirtualThreads(true);
        transport.getThreadPool().setMaxThreads(64);
    }
}
