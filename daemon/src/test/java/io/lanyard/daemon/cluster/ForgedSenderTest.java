package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.security.DeviceIdentity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.jgroups.Address;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that speaks for another: whatever it says, its connection says who it is. */
class ForgedSenderTest {
    @TempDir
    Path directory;

    private final RecordingListener heardByFirst = new RecordingListener();
    private final RecordingListener heardBySecond = new RecordingListener();
    private DeviceIdentity firstIdentity;
    private DeviceIdentity secondIdentity;
    private JGroupsCluster first;
    private JGroupsCluster second;
    private Forger forger;
    private Address firstAddress;
    private Address secondAddress;
    private MemberId secondMember;

    @BeforeEach
    void startGroup() throws Exception {
        TestGroups group = new TestGroups(directory);
        firstIdentity = group.newDevice();
        secondIdentity = group.newDevice();
        ClusterSettings settings =
                ClusterSettings.defaults().withBind("127.0.0.1").withoutMulticast();
        first = new JGroupsCluster(settings.withPort(FreePorts.tcp()), firstIdentity);
        first.start(heardByFirst);
        Awaitility.await()
                .atMost(Duration.ofSeconds(40))
                .until(() -> first.status().address().isPresent());
        PeerAddress peer = PeerAddress.parse(first.status().address().orElseThrow());
        second = new JGroupsCluster(settings.withPort(FreePorts.tcp()).withPeers(List.of(peer)), secondIdentity);
        second.start(heardBySecond);
        MemberId firstMember = heardBySecond.awaitMembers(1).iterator().next();
        secondMember = heardByFirst.awaitMembers(1).iterator().next();
        firstAddress = Forger.addressOf(firstMember.text());
        secondAddress = Forger.addressOf(secondMember.text());
        PeerAddress other = PeerAddress.parse(second.status().address().orElseThrow());
        forger = new Forger(group.newDevice(), List.of(peer, other));
        heardByFirst.awaitMembers(2);
        heardBySecond.awaitMembers(2);
    }

    @AfterEach
    void closeAll() {
        forger.close();
        second.close();
        first.close();
    }

    private void awaitRefused(JGroupsCluster cluster, long count) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> cluster.status().counters().sendersRefused() >= count);
    }

    @Test
    void provenDevice_everyMember_isTheDeviceOfItsCertificate() {
        String proven = first.provenDevice(secondMember).orElseThrow();
        assertTrue(secondIdentity.id().startsWith(proven), proven);
        assertEquals(24, proven.length());
        assertFalse(firstIdentity.id().startsWith(proven));
    }

    @Test
    void receive_inTheNameOfAnotherMember_isDroppedAndCounted() throws Exception {
        forger.say(firstAddress, secondAddress, "forged");
        awaitRefused(first, 1);
        assertTrue(second.broadcast("honest".getBytes(StandardCharsets.UTF_8)));
        List<RecordingListener.Received> received = heardByFirst.awaitMessages(1);
        assertEquals("honest", new String(received.get(0).message(), StandardCharsets.UTF_8));
        assertEquals(1, heardByFirst.messageCount());
    }

    @Test
    void receive_membershipInTheNameOfOthers_changesNoView() throws Exception {
        Set<MemberId> seenByFirst = heardByFirst.members();
        int viewsOfFirst = heardByFirst.viewCount();
        int viewsOfSecond = heardBySecond.viewCount();

        forger.leave(firstAddress, secondAddress, secondAddress);
        forger.leave(firstAddress, forger.self(), secondAddress);
        forger.join(firstAddress, forger.self(), ChannelAddress.next(secondIdentity.id()));
        awaitRefused(first, 3);
        forger.view(secondAddress, firstAddress, List.of(secondAddress));
        forger.merge(secondAddress, firstAddress, List.of(secondAddress));
        awaitRefused(second, 2);

        assertTrue(second.broadcast("still here".getBytes(StandardCharsets.UTF_8)));
        heardByFirst.awaitMessages(1);
        assertTrue(first.broadcast("so am I".getBytes(StandardCharsets.UTF_8)));
        heardBySecond.awaitMessages(1);
        assertEquals(seenByFirst, heardByFirst.members());
        assertEquals(viewsOfFirst, heardByFirst.viewCount());
        assertEquals(viewsOfSecond, heardBySecond.viewCount());
    }
}
