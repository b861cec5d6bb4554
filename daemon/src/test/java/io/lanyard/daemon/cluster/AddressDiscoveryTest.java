package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.DeviceIdentity;
import java.net.Inet4Address;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.PhysicalAddress;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A group that meets by address only, and addresses at which somebody was once. */
class AddressDiscoveryTest {
    private static final Inet4Address LOOPBACK = LanAddressTest.ip("127.0.0.1");

    @TempDir
    Path directory;

    private final List<JChannel> channels = new ArrayList<>();
    private TestGroups group;
    private int met;

    @BeforeEach
    void makeGroup() {
        group = new TestGroups(directory);
    }

    @AfterEach
    void closeAll() {
        channels.forEach(JChannel::close);
    }

    private JChannel join(int port, Collection<PhysicalAddress> peers) throws Exception {
        DeviceIdentity device = group.newDevice();
        GroupTls tls = new GroupTls(device.newTlsContext(new Neighbours(InstantSource.system())), new AtomicLong());
        JChannel channel = ChannelFactory.newChannel(
                device.id(), new GroupTransport(tls, new SenderCheck(id -> true)), LOOPBACK, port, null, peers);
        channels.add(channel);
        channel.connect("past");
        return channel;
    }

    private static AddressDiscovery discovery(JChannel channel) {
        return channel.getProtocolStack().findProtocol(AddressDiscovery.class);
    }

    /** Hears from devices that are gone by now. */
    private void meet(AddressDiscovery discovery, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            met++;
            PhysicalAddress address = new IpAddress("127.77." + met / 250 + "." + (1 + met % 250), 9);
            discovery.discoveryRequestReceived(UUID.randomUUID(), "gone-" + met, address);
        }
    }

    @Test
    void addressesOfThePast_areForgotten_andThoseOfMembersLast() throws Exception {
        IpAddress here = new IpAddress(LOOPBACK, FreePorts.tcp());
        IpAddress there = new IpAddress(LOOPBACK, FreePorts.tcp());
        JChannel channel = join(here.getPort(), List.of(here));
        join(there.getPort(), List.of(here));
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .until(() -> channel.view().size() == 2);
        AddressDiscovery discovery = discovery(channel);
        assertEquals(List.of(there), discovery.remembered());

        meet(discovery, AddressDiscovery.MAX_REMEMBERED - 1);
        discovery.down(new Event(Event.VIEW_CHANGE, channel.view()));
        meet(discovery, AddressDiscovery.MAX_REMEMBERED - 1);
        assertTrue(discovery.remembered().contains(there), "a member is remembered longest");
        meet(discovery, 1);
        assertFalse(discovery.remembered().contains(there), "but not for ever");

        SenderPerAddress senders =
                (SenderPerAddress) channel.getProtocolStack().getTransport().getBundler();
        int most = 0;
        for (int round = 0; round < 4; round++) {
            meet(discovery, AddressDiscovery.MAX_REMEMBERED);
            discovery.findMembers(null, false, null);
            assertEquals(AddressDiscovery.MAX_REMEMBERED, discovery.remembered().size());
            most = Math.max(most, senders.destinations());
        }
        assertTrue(most > AddressDiscovery.MAX_REMEMBERED, "nobody was asked");
        assertTrue(most <= SenderPerAddress.MAX_OTHERS + channel.view().size() + 1, most + " destinations");
        assertEquals(2, channel.view().size());
    }
}
