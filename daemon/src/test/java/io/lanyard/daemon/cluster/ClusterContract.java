package io.lanyard.daemon.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.message.MemberId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link Cluster} promises. */
abstract class ClusterContract {
    private final List<Cluster> opened = new ArrayList<>();
    private final List<RecordingListener> listeners = new ArrayList<>();

    /** Makes a cluster that will find the others that this test makes. */
    abstract Cluster newCluster() throws Exception;

    private record Member(Cluster cluster, RecordingListener listener) {}

    private Member newMember() throws Exception {
        Member member = new Member(newCluster(), new RecordingListener());
        opened.add(member.cluster());
        listeners.add(member.listener());
        return member;
    }

    private Member startMember() throws Exception {
        Member member = newMember();
        member.cluster().start(member.listener());
        return member;
    }

    private List<Member> startMembers(int count) throws Exception {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(startMember());
        }
        for (Member member : members) {
            member.listener().awaitMembers(count - 1);
        }
        return members;
    }

    @AfterEach
    void closeAll() {
        listeners.forEach(listener -> listener.block(false));
        opened.forEach(Cluster::close);
    }

    @Test
    void start_alone_returnsAtOnceAndBroadcastsToNobody() throws Exception {
        Member alone = newMember();
        long before = System.nanoTime();
        alone.cluster().start(alone.listener());
        assertTrue(System.nanoTime() - before < Duration.ofSeconds(1).toNanos());
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> alone.cluster().status().state() == ClusterStatus.State.CONNECTED);
        assertTrue(alone.cluster().broadcast(bytes("anybody?")));
        assertEquals(Set.of(), alone.listener().members());
        assertThrows(IllegalStateException.class, () -> alone.cluster().start(alone.listener()));
    }

    @Test
    void broadcast_threeMembers_reachesTheOthersInOrderAndNotTheSender() throws Exception {
        List<Member> members = startMembers(3);
        Member sender = members.get(0);
        int count = 1_000;
        for (int i = 0; i < count; i++) {
            assertTrue(
                    sender.cluster().broadcast(ByteBuffer.allocate(4).putInt(i).array()));
        }
        for (Member receiver : members.subList(1, 3)) {
            List<RecordingListener.Received> received = receiver.listener().awaitMessages(count);
            for (int i = 0; i < count; i++) {
                assertEquals(i, ByteBuffer.wrap(received.get(i).message()).getInt());
                assertTrue(received.get(i).members().contains(received.get(i).from()));
            }
            assertEquals(
                    1,
                    received.stream()
                            .map(RecordingListener.Received::from)
                            .distinct()
                            .count());
        }
        assertEquals(0, sender.listener().messageCount());
    }

    @Test
    void send_toOneOfThree_reachesOnlyThatOne() throws Exception {
        List<Member> members = startMembers(3);
        members.get(1).cluster().broadcast(bytes("here I am"));
        MemberId second = members.get(0).listener().awaitMessages(1).get(0).from();
        assertTrue(members.get(0).cluster().send(second, bytes("for you")));
        assertArrayEquals(
                bytes("for you"),
                members.get(1).listener().awaitMessages(1).get(0).message());
        // Broadcasts and unicasts are not ordered among each other: the third has surely been passed over once a later
        // exchange with it is through.
        members.get(0).cluster().broadcast(bytes("done"));
        assertEquals(2, members.get(2).listener().awaitMessages(2).size());
        assertFalse(members.get(0).cluster().send(new MemberId("nobody"), bytes("lost")));
    }

    @Test
    void broadcast_largestMessage_arrivesWholeAndOneByteMoreIsRefused() throws Exception {
        List<Member> members = startMembers(2);
        byte[] largest = new byte[Cluster.MAX_MESSAGE_BYTES];
        new Random(5).nextBytes(largest);
        assertTrue(members.get(0).cluster().broadcast(largest));
        assertArrayEquals(
                largest, members.get(1).listener().awaitMessages(1).get(0).message());

        assertFalse(members.get(0).cluster().broadcast(new byte[Cluster.MAX_MESSAGE_BYTES + 1]));
        MemberId second = members.get(0).listener().members().iterator().next();
        assertFalse(members.get(0).cluster().send(second, new byte[Cluster.MAX_MESSAGE_BYTES + 1]));
        assertEquals(2, members.get(0).cluster().status().counters().oversized());
    }

    @Test
    void disconnect_thenConnect_leavesAndComesBackAsANewMember() throws Exception {
        List<Member> members = startMembers(2);
        Member stays = members.get(0);
        Member goes = members.get(1);
        MemberId before = stays.listener().members().iterator().next();

        goes.cluster().disconnect();
        assertFalse(goes.cluster().broadcast(bytes("into the void")));
        goes.listener().awaitMembers(0);
        stays.listener().awaitMembers(0);
        assertEquals(ClusterStatus.State.DISCONNECTED, goes.cluster().status().state());
        assertEquals(Set.of(), goes.cluster().status().members().keySet());

        goes.cluster().connect();
        Set<MemberId> after = stays.listener().awaitMembers(1);
        goes.listener().awaitMembers(1);
        assertNotEquals(Set.of(before), after);
        assertTrue(goes.cluster().broadcast(bytes("back")));
        assertArrayEquals(
                bytes("back"), stays.listener().awaitMessages(1).get(0).message());
    }

    @Test
    void disconnect_thenConnectAtOnce_meetsAgain() throws Exception {
        List<Member> members = startMembers(2);
        members.get(1).cluster().disconnect();
        members.get(1).cluster().connect();
        members.get(1).listener().await("being alone", RecordingListener::wasAloneAfterwards);
        members.get(1).listener().awaitMembers(1);
        members.get(0)
                .listener()
                .await(
                        "the one who came back",
                        listener -> listener.members().size() == 1
                                && members.get(1).cluster().broadcast(bytes("hello"))
                                && listener.messageCount() > 0);
    }

    @Test
    void received_listenerStuck_losesCountedMessagesAndHoldsUpNobody() throws Exception {
        List<Member> members = startMembers(3);
        Member stuck = members.get(2);
        stuck.listener().block(true);
        byte[] message = new byte[1 << 20];
        int count = 100;
        int sent = 0;
        for (int i = 0; i < count; i++) {
            if (members.get(0).cluster().broadcast(message)) {
                sent++;
            }
            members.get(1).listener().awaitMessages(sent);
        }
        assertEquals(count, sent);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> stuck.cluster().status().counters().receivesDropped() > 0);
        stuck.listener().block(false);
        members.get(0).cluster().broadcast(bytes("last"));
        stuck.listener().await("a message", listener -> listener.messageCount() > 0);
        assertTrue(stuck.listener().messageCount() < count);
    }

    @Test
    void status_twoMembers_namesEachWithItsAddress() throws Exception {
        List<Member> members = startMembers(2);
        ClusterStatus status = members.get(0).cluster().status();
        assertEquals(ClusterStatus.State.CONNECTED, status.state());
        assertEquals(members.get(0).listener().members(), status.members().keySet());
        assertEquals(
                members.get(1).cluster().status().address().orElseThrow(),
                status.members().values().iterator().next());
    }

    @Test
    void close_twice_isClosedAndTellsTheOthers() throws Exception {
        List<Member> members = startMembers(2);
        members.get(1).cluster().close();
        members.get(1).cluster().close();
        assertEquals(
                ClusterStatus.State.CLOSED, members.get(1).cluster().status().state());
        assertFalse(members.get(1).cluster().broadcast(bytes("too late")));
        members.get(0).listener().awaitMembers(0);
        assertThrows(IllegalStateException.class, () -> members.get(1).cluster().start(new RecordingListener()));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
