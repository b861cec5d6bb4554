package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LanAddressTest {
    private static final LanAddress.Nic LOOPBACK = nic("lo", true, true, false, "127.0.0.1");

    static Inet4Address ip(String text) {
        try {
            return (Inet4Address) InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static LanAddress.Nic nic(
            String name, boolean up, boolean loopback, boolean pointToPoint, String... addresses) {
        return new LanAddress.Nic(
                name,
                up,
                loopback,
                pointToPoint,
                !loopback && !pointToPoint,
                Stream.of(addresses).map(LanAddressTest::ip).toList());
    }

    private static LanAddress.Nic ethernet(String name, String... addresses) {
        return nic(name, true, false, false, addresses);
    }

    private static LanAddress.Network network(String defaultRoute, LanAddress.Nic... nics) {
        return new LanAddress.Network(
                List.of(nics), Optional.ofNullable(defaultRoute).map(LanAddressTest::ip));
    }

    private static String chosen(LanAddress.Network network, String bind) {
        LanAddress choice = LanAddress.choose(network, Optional.ofNullable(bind));
        return assertInstanceOf(LanAddress.Found.class, choice).address().getHostAddress();
    }

    @Test
    void choose_unbound_takesThePrivateAddressOfTheDefaultRoute() {
        assertEquals(
                "192.168.1.5",
                chosen(
                        network(
                                "192.168.1.5",
                                LOOPBACK,
                                ethernet("docker0", "172.17.0.1"),
                                ethernet("eth1", "10.9.9.9"),
                                ethernet("eth0", "192.168.1.4", "192.168.1.5")),
                        null));
    }

    @Test
    void choose_noDefaultRoute_takesARealInterfaceBeforeAVirtualOne() {
        assertEquals(
                "10.77.0.1",
                chosen(
                        network(null, LOOPBACK, ethernet("docker0", "172.17.0.1"), ethernet("eth0", "10.77.0.1")),
                        null));
    }

    @Test
    void choose_defaultRouteThroughATunnelOrAPublicAddress_takesTheLanBesideIt() {
        assertEquals(
                "192.168.1.5",
                chosen(
                        network(
                                "10.8.0.2",
                                LOOPBACK,
                                nic("tun0", true, false, true, "10.8.0.2"),
                                ethernet("wlan0", "192.168.1.5")),
                        null));
        assertEquals(
                "192.168.1.5",
                chosen(
                        network("8.8.4.4", LOOPBACK, ethernet("eth0", "8.8.4.4"), ethernet("eth1", "192.168.1.5")),
                        null));
    }

    @Test
    void choose_nothingUp_takesLoopback() {
        assertEquals(
                "127.0.0.1", chosen(network(null, LOOPBACK, nic("eth0", false, false, false, "192.168.1.5")), null));
        assertInstanceOf(LanAddress.Missing.class, LanAddress.choose(network(null), Optional.empty()));
    }

    @Test
    void choose_bound_takesExactlyThatOrSaysWhyNot() {
        LanAddress.Network network = network(
                "192.168.1.5", LOOPBACK, ethernet("eth0", "192.168.1.5"), ethernet("eth1", "8.8.4.4", "10.0.0.7"));
        assertEquals("10.0.0.7", chosen(network, "eth1"));
        assertEquals("8.8.4.4", chosen(network, "8.8.4.4"));
        assertEquals("127.0.0.1", chosen(network, "127.0.0.1"));
        for (String wrong : List.of("eth7", "10.1.1.1")) {
            LanAddress choice = LanAddress.choose(network, Optional.of(wrong));
            assertEquals(
                    "no interface of this machine is named " + wrong + " or has that address",
                    assertInstanceOf(LanAddress.Missing.class, choice).reason());
        }
    }

    @Test
    void read_thisMachine_hasLoopback() throws Exception {
        assertEquals("127.0.0.1", chosen(SystemNetwork.read(), "127.0.0.1"));
    }
}
