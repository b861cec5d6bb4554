package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NeighboursTest {
    private static final String GROUP = "lanyard-" + "ab".repeat(16);
    private long nowMillis = 1_000_000;
    private final Neighbours neighbours = new Neighbours(() -> Instant.ofEpochMilli(nowMillis));

    @Test
    void groups_heardAndThenSilent_areForgotten() throws Exception {
        InetAddress address = InetAddress.getByName("10.0.0.1");
        neighbours.heardGroup(address, GROUP);
        nowMillis += 1_000;
        neighbours.refused(address, "of another group", GROUP);
        assertEquals(List.of(new ClusterStatus.OtherGroup("10.0.0.1", GROUP, nowMillis)), neighbours.groups(Set.of()));
        assertTrue(neighbours.groups(Set.of()).get(0).sentence().contains("heard from 10.0.0.1"));
        assertTrue(neighbours.groups(Set.of()).get(0).sentence().contains("lanyard invite"));
        assertEquals(1, neighbours.refusedCount());
        nowMillis += Neighbours.MEMORY.toMillis() + 1;
        assertEquals(List.of(), neighbours.groups(Set.of()));
    }

    @Test
    void newer_heardAndThenSilent_isForgotten() throws Exception {
        neighbours.heardNewer(InetAddress.getByName("10.0.0.1"), 2);
        nowMillis += Neighbours.MEMORY.toMillis();
        assertEquals(1, neighbours.newer().size());
        nowMillis += 1;
        assertEquals(List.of(), neighbours.newer());
    }

    @Test
    void heard_clockStepsBack_isForgottenRatherThanKeptForAsLong() throws Exception {
        neighbours.heardGroup(InetAddress.getByName("10.0.0.1"), GROUP);
        neighbours.heardNewer(InetAddress.getByName("10.0.0.1"), 2);
        nowMillis -= 500_000;
        assertEquals(List.of(), neighbours.groups(Set.of()));
        assertEquals(List.of(), neighbours.newer());
    }

    @Test
    void groups_ofAnAddressWhereAMemberIsNow_areForgottenOnceTheyFellSilent() throws Exception {
        InetAddress address = InetAddress.getByName("10.0.0.1");
        Set<String> members = Set.of("10.0.0.1");
        neighbours.heardGroup(address, GROUP);
        neighbours.heardGroup(InetAddress.getByName("10.0.0.2"), GROUP);
        assertEquals(2, neighbours.groups(members).size(), "two groups may be on one machine");
        nowMillis += Neighbours.DOUBT.toMillis() + 1;
        assertEquals("10.0.0.2", neighbours.groups(members).get(0).address());
        neighbours.heardGroup(address, GROUP);
        assertEquals(2, neighbours.groups(members).size());
        neighbours.forgetGroups();
        assertEquals(List.of(), neighbours.groups(Set.of()), "after this device changed its own");
    }

    @Test
    void heard_floodOfAddresses_staysBounded() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            InetAddress address = InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i});
            neighbours.heardGroup(address, GROUP);
            neighbours.heardNewer(address, 2);
        }
        assertEquals(Neighbours.MAX_HEARD, neighbours.groups(Set.of()).size());
        assertEquals(Neighbours.MAX_HEARD, neighbours.newer().size());
        assertTrue(neighbours.newer().get(0).sentence().contains("update lanyard"));
    }
}
