package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jgroups.PhysicalAddress;
import org.junit.jupiter.api.Test;

class PeerListTest {
    private static final long SOON_MILLIS = 10_000;

    private final Map<String, String> names = new ConcurrentHashMap<>(Map.of("desk", "10.0.0.7"));
    private final PeerList peers = new PeerList(List.of(PeerAddress.parse("desk:7800")), this::lookUp);
    private int asked;

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        String address = names.get(host);
        if (address == null) {
            throw new UnknownHostException(host);
        }
        return new InetAddress[] {LanAddressTest.ip(address)};
    }

    /** Has the names looked up now: whoever adds a peer need not wait for the next time. */
    private void lookUpAgain() throws InterruptedException {
        asked++;
        names.put("other-" + asked, "10.0.1." + asked);
        peers.add(PeerAddress.parse("other-" + asked + ":7800"));
        peers.refresh();
        peers.awaitFirst(SOON_MILLIS);
    }

    private static Set<String> texts(Collection<PhysicalAddress> addresses) {
        return addresses.stream().map(Object::toString).collect(Collectors.toSet());
    }

    @Test
    void name_thatMoves_standsForItsNewAddressOnly() throws Exception {
        Collection<PhysicalAddress> addresses = peers.addresses(LanAddressTest.ip("10.0.0.1"), 7800);
        lookUpAgain();
        assertEquals(Set.of("10.0.0.1:7800", "10.0.0.7:7800", "10.0.1.1:7800"), texts(addresses));
        names.put("desk", "10.0.0.8");
        lookUpAgain();
        assertEquals(Set.of("10.0.0.1:7800", "10.0.0.8:7800", "10.0.1.1:7800", "10.0.1.2:7800"), texts(addresses));
        assertEquals(4, addresses.size());
    }

    @Test
    void name_withoutAnAnswer_standsForTheLastOne() throws Exception {
        lookUpAgain();
        names.remove("desk");
        lookUpAgain();
        assertTrue(texts(peers.addresses(LanAddressTest.ip("10.0.0.1"), 7800)).contains("10.0.0.7:7800"));
    }

    @Test
    void silent_peersThatAreOthers_andNamesThatStandForNothing() throws Exception {
        lookUpAgain();
        ClusterStatus.SilentPeer desk = peers.silent("10.0.0.1:7800").get(0);
        assertEquals(new ClusterStatus.SilentPeer("desk:7800", true), desk);
        assertTrue(desk.sentence().contains("answers at desk:7800"), desk.sentence());
        assertEquals(List.of(), peers.silent("10.0.0.7:7800"), "this device itself");

        PeerList typo = new PeerList(List.of(PeerAddress.parse("dsek")), this::lookUp);
        typo.refresh();
        typo.awaitFirst(SOON_MILLIS);
        assertEquals(List.of(new ClusterStatus.SilentPeer("dsek", false)), typo.silent("10.0.0.1:7800"));
        assertTrue(typo.silent("").get(0).sentence().contains("dsek, which --peers names, has no IPv4 address"));
    }

    @Test
    void ownAddressesOfThePast_areNotLookedAt() {
        assertEquals(Set.of("10.0.0.1:7800"), texts(peers.addresses(LanAddressTest.ip("10.0.0.1"), 7800)));
        assertEquals(Set.of("10.0.0.2:7800"), texts(peers.addresses(LanAddressTest.ip("10.0.0.2"), 7800)));
        assertEquals(
                Set.of("127.0.0.1:7800", "127.0.0.1:7801", "127.0.0.1:7802"),
                texts(peers.addresses(LanAddressTest.ip("127.0.0.1"), 0)));
        assertEquals(Set.of("10.0.0.1:7800"), texts(peers.addresses(LanAddressTest.ip("10.0.0.1"), 0)));
    }

    @Test
    void boundToLoopback_nobodyOnTheLanIsAsked() throws Exception {
        lookUpAgain();
        names.put("desk", "127.0.0.1");
        lookUpAgain();
        assertTrue(texts(peers.addresses(LanAddressTest.ip("127.0.0.1"), 9000)).stream()
                .allMatch(address -> address.startsWith("127.0.0.1:")));
    }

    @Test
    void addedPeers_areBounded_andNamedOnesStay() throws Exception {
        for (int i = 0; i < 2 * PeerList.MAX_ADDED; i++) {
            lookUpAgain();
        }
        Set<String> addresses = texts(peers.addresses(LanAddressTest.ip("10.0.0.1"), 7800));
        assertEquals(2 + PeerList.MAX_ADDED, addresses.size());
        assertTrue(addresses.containsAll(Set.of("10.0.0.7:7800", "10.0.1." + asked + ":7800")), addresses.toString());
    }
}
