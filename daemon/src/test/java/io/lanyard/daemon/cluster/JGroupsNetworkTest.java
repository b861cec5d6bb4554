package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the real cluster does about strangers, other groups, taken ports and changing networks. */
class JGroupsNetworkTest {
    @TempDir
    Path directory;

    private final List<Cluster> opened = new ArrayList<>();
    private TestGroups group;
    private ClusterSettings settings;

    @BeforeEach
    void makeGroup() throws Exception {
        group = new TestGroups(directory.resolve("ours"));
        settings = ClusterSettings.defaults().withBind("127.0.0.1").withPort(0).withMulticastPort(FreePorts.udp());
    }

    @AfterEach
    void closeAll() {
        opened.forEach(Cluster::close);
    }

    private <C extends Cluster> C opened(C cluster) {
        opened.add(cluster);
        return cluster;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
    }

    private static RecordingListener start(Cluster cluster) {
        RecordingListener listener = new RecordingListener();
        cluster.start(listener);
        return listener;
    }

    private static boolean isConnected(Cluster cluster) {
        return cluster.status().state() == ClusterStatus.State.CONNECTED;
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_daemonOfAnotherGroupOnTheSameNetwork_staysApartAndSaysSo() throws Exception {
        JGroupsCluster ours = opened(new JGroupsCluster(settings, group.newDevice()));
        JGroupsCluster theirs =
                opened(new JGroupsCluster(settings, new TestGroups(directory.resolve("theirs")).newDevice()));
        RecordingListener heard = start(ours);
        start(theirs);
        await(() -> !ours.status().otherGroups().isEmpty());
        await(() -> !theirs.status().otherGroups().isEmpty());
        ClusterStatus.OtherGroup other = ours.status().otherGroups().get(0);
        assertEquals("127.0.0.1", other.address());
        assertTrue(other.sentence().contains("Another Lanyard group is on this LAN"), other.sentence());
        assertEquals(Set.of(), heard.members());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_peerOfAnotherGroupWithoutMulticast_isRefusedByTlsAndNamed() throws Exception {
        JGroupsCluster theirs = opened(new JGroupsCluster(
                settings.withoutMulticast().withPort(FreePorts.tcp()),
                new TestGroups(directory.resolve("theirs")).newDevice()));
        start(theirs);
        await(() -> isConnected(theirs));
        JGroupsCluster ours = opened(new JGroupsCluster(
                settings.withoutMulticast()
                        .withPort(FreePorts.tcp())
                        .withPeers(List.of(
                                PeerAddress.parse(theirs.status().address().orElseThrow()))),
                group.newDevice()));
        RecordingListener heard = start(ours);
        await(() -> !ours.status().otherGroups().isEmpty());
        assertTrue(ours.status().counters().peersRefused() > 0);
        await(() -> isConnected(ours));
        assertEquals(Set.of(), heard.members());
        assertEquals(Set.of(), theirs.status().members().keySet());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_withoutMulticast_findsPeersByAddressAlsoLater() throws Exception {
        ClusterSettings quiet = settings.withoutMulticast();
        JGroupsCluster first = opened(new JGroupsCluster(quiet.withPort(FreePorts.tcp()), group.newDevice()));
        RecordingListener heardByFirst = start(first);
        await(() -> isConnected(first));
        PeerAddress address = PeerAddress.parse(first.status().address().orElseThrow());

        JGroupsCluster second = opened(
                new JGroupsCluster(quiet.withPort(FreePorts.tcp()).withPeers(List.of(address)), group.newDevice()));
        RecordingListener heardBySecond = start(second);
        heardBySecond.awaitMembers(1);
        JGroupsCluster third = opened(new JGroupsCluster(quiet.withPort(FreePorts.tcp()), group.newDevice()));
        RecordingListener heardByThird = start(third);
        await(() -> isConnected(third));
        assertEquals(Set.of(), heardByThird.members());
        third.addPeer(address);
        heardByThird.awaitMembers(2);
        heardByFirst.awaitMembers(2);
        heardBySecond.awaitMembers(2);
        await(() -> third.broadcast("nobody named me".getBytes(StandardCharsets.UTF_8)));
        heardBySecond.awaitMessages(1);
    }

    /** A person who names one device, which is off, reads that, and need do nothing once it is on. */
    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_onlyNamedPeerIsOff_isSaidAndMetOnceItIsOn() throws Exception {
        ClusterSettings quiet = settings.withoutMulticast();
        int port = FreePorts.tcp();
        JGroupsCluster first = opened(new JGroupsCluster(
                quiet.withPort(FreePorts.tcp()).withPeers(List.of(PeerAddress.parse("127.0.0.1:" + port))),
                group.newDevice()));
        RecordingListener heardByFirst = start(first);
        await(() -> isConnected(first));
        await(() ->
                first.status().silentPeers().equals(List.of(new ClusterStatus.SilentPeer("127.0.0.1:" + port, true))));
        RecordingListener heardBySecond = start(opened(new JGroupsCluster(quiet.withPort(port), group.newDevice())));
        heardByFirst.awaitMembers(1);
        heardBySecond.awaitMembers(1);
        assertEquals(List.of(), first.status().silentPeers());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_strangersAtThePort_doNotDisturbMembersNorTheLog() throws Exception {
        JGroupsCluster first = opened(new JGroupsCluster(settings, group.newDevice()));
        RecordingListener heard = start(first);
        await(() -> isConnected(first));
        PeerAddress address = PeerAddress.parse(first.status().address().orElseThrow());
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            try (Socket stranger = new Socket(address.host(), address.port())) {
                byte[] garbage = new byte[random.nextInt(300)];
                random.nextBytes(garbage);
                stranger.getOutputStream().write(garbage);
            }
        }
        start(opened(new JGroupsCluster(settings, group.newDevice()))).awaitMembers(1);
        heard.awaitMembers(1);
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void receive_forgedDiscoveryPackets_areCountedAndNewerOnesTold() throws Exception {
        JGroupsCluster ours = opened(new JGroupsCluster(settings, group.newDevice()));
        start(ours);
        await(() -> isConnected(ours));
        String name = group.newDevice().groupName();
        byte[] forged = new DiscoveryFrame(name, () -> List.of(new byte[] {1})).write(new byte[50], 0, 50);
        byte[] newer = forged.clone();
        newer[4] = 7;
        await(() -> {
            multicast(forged);
            multicast(newer);
            multicast(new byte[] {1, 2, 3});
            multicast(new byte[0]);
            return ours.status().counters().forged() > 0
                    && !ours.status().newerPeers().isEmpty();
        });
        assertEquals(7, ours.status().newerPeers().get(0).version());
        start(opened(new JGroupsCluster(settings, group.newDevice()))).awaitMembers(1);
    }

    private void multicast(byte[] packet) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.setOption(
                    StandardSocketOptions.IP_MULTICAST_IF,
                    NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1")));
            channel.send(ByteBuffer.wrap(packet), new InetSocketAddress("239.77.76.1", settings.multicastPort()));
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_portTaken_takesTheNextOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            JGroupsCluster cluster =
                    opened(new JGroupsCluster(settings.withPort(taken.getLocalPort()), group.newDevice()));
            start(cluster);
            await(() -> isConnected(cluster));
            int port =
                    PeerAddress.parse(cluster.status().address().orElseThrow()).port();
            assertTrue(port > taken.getLocalPort() && port <= taken.getLocalPort() + ClusterSettings.PORT_RANGE);
        }
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void start_noSuchInterface_saysSoAndKeepsTrying() throws Exception {
        AtomicReference<LanAddress.Network> network = new AtomicReference<>(loopback("127.0.0.5"));
        JGroupsCluster cluster =
                opened(new JGroupsCluster(settings, group.newDevice(), InstantSource.system(), network::get));
        start(cluster);
        await(() -> cluster.status().detail().contains("no interface of this machine"));
        assertEquals(ClusterStatus.State.CONNECTING, cluster.status().state());
        assertFalse(cluster.broadcast(new byte[1]));
        network.set(loopback("127.0.0.1"));
        await(() -> isConnected(cluster));
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void watch_addressChanges_makesANewChannelThereAndMeetsAgain() throws Exception {
        JGroupsCluster stays =
                opened(new JGroupsCluster(settings.withoutMulticast().withPort(FreePorts.tcp()), group.newDevice()));
        RecordingListener heard = start(stays);
        await(() -> isConnected(stays));
        PeerAddress address = PeerAddress.parse(stays.status().address().orElseThrow());
        AtomicReference<LanAddress.Network> network = new AtomicReference<>(loopback("127.0.0.2"));
        JGroupsCluster moves = opened(new JGroupsCluster(
                settings.withBind("any").withPeers(List.of(address)),
                group.newDevice(),
                InstantSource.system(),
                network::get));
        start(moves).awaitMembers(1);
        Set<?> before = heard.awaitMembers(1);

        network.set(loopback("127.0.0.3"));
        heard.await(
                "a new member",
                listener ->
                        listener.members().size() == 1 && !listener.members().equals(before));
        await(() -> moves.status().address().orElse("").startsWith("127.0.0.3:"));
        assertEquals(1, moves.status().counters().channelsRebuilt());
    }

    @Test
    @Execution(ExecutionMode.CONCURRENT)
    void watch_wallClockJumps_makesANewChannel() throws Exception {
        AtomicReference<Duration> slept = new AtomicReference<>(Duration.ZERO);
        JGroupsCluster stays = opened(new JGroupsCluster(settings, group.newDevice()));
        RecordingListener heard = start(stays);
        JGroupsCluster sleeps = opened(new JGroupsCluster(
                settings, group.newDevice(), () -> Instant.now().plus(slept.get()), SystemNetwork::read));
        start(sleeps).awaitMembers(1);
        Set<?> before = heard.awaitMembers(1);
        slept.set(Duration.ofHours(8));
        heard.await(
                "a new member",
                listener ->
                        listener.members().size() == 1 && !listener.members().equals(before));
        assertNotEquals(0, sleeps.status().counters().channelsRebuilt());
    }

    private static LanAddress.Network loopback(String address) {
        Inet4Address inet = LanAddressTest.ip(address);
        return new LanAddress.Network(
                List.of(new LanAddress.Nic("any", true, true, false, true, List.of(inet))), Optional.empty());
    }
}
