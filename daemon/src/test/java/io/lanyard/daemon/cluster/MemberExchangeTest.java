package io.lanyard.daemon.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.MalformedStatementException;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members tell each other of membership, and what they take of whom, without a network. */
class MemberExchangeTest {
    @TempDir
    Path directory;

    private final Map<MemberId, Desk> plugged = new ConcurrentHashMap<>();
    private final List<Desk> all = new ArrayList<>();

    /** A device: what it was told, and what it was told to cut off. */
    private final class Desk implements Cluster, Cluster.Listener {
        final GroupHome home;
        final MemberId id;
        final MemberExchange exchange;
        final List<String> heard = new CopyOnWriteArrayList<>();
        final List<Predicate<MemberId>> cutOff = new CopyOnWriteArrayList<>();
        volatile Set<MemberId> others = Set.of();
        private Cluster.Listener listener;

        Desk(String name) throws Exception {
            home = GroupHome.openOrCreate(directory.resolve(name), name);
            id = new MemberId(ChannelAddress.deviceDigits(home.identity().id()));
            exchange = new MemberExchange(this, home, "1.0", cutOff::add);
            exchange.start(this);
            all.add(this);
        }

        Desk plug() {
            plugged.put(id, this);
            tellMembers();
            return this;
        }

        void unplug() {
            plugged.remove(id);
            listener.membersChanged(Set.of());
            tellMembers();
        }

        @Override
        public void start(Cluster.Listener theirs) {
            listener = theirs;
        }

        @Override
        public boolean broadcast(byte[] message) {
            plugged.keySet().forEach(to -> send(to, message));
            return true;
        }

        @Override
        public boolean send(MemberId to, byte[] message) {
            Desk other = plugged.get(to);
            if (other == null || other == this || !plugged.containsKey(id)) {
                return false;
            }
            other.listener.received(id, message.clone());
            return true;
        }

        @Override
        public Optional<String> provenDevice(MemberId member) {
            return Optional.of(member.text());
        }

        @Override
        public void received(MemberId from, byte[] message) {
            heard.add(from + " " + message[0]);
        }

        @Override
        public void membersChanged(Set<MemberId> now) {
            others = now;
        }

        @Override
        public ClusterStatus status() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void connect() {}

        @Override
        public void disconnect() {}

        @Override
        public void close() {}
    }

    private void tellMembers() {
        for (Desk desk : plugged.values()) {
            desk.listener.membersChanged(plugged.keySet().stream()
                    .filter(member -> !member.equals(desk.id))
                    .collect(Collectors.toUnmodifiableSet()));
        }
    }

    /** The first is the founder, the second an admin; all were admitted before any met another. */
    private List<Desk> group(int size) throws Exception {
        Path founder = directory.resolve("desk0");
        PrivateFiles.prepareHome(founder);
        GroupHome.openOrCreate(founder, "desk0");
        for (int i = 1; i < size; i++) {
            GroupHome.admitOffline(
                    founder, directory.resolve("desk" + i), "desk" + i, i == 1 ? Role.ADMIN : Role.MEMBER);
        }
        List<Desk> desks = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            desks.add(new Desk("desk" + i));
        }
        return desks;
    }

    private static void until(ThrowingRunnable assertion) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(assertion);
    }

    private static void awaitSame(List<Desk> desks) {
        until(() -> {
            for (Desk desk : desks) {
                assertEquals(desks.get(0).home.book().digest(), desk.home.book().digest());
            }
        });
    }

    @AfterEach
    void close() {
        all.forEach(desk -> desk.exchange.close());
    }

    @Test
    void books_ofAllThatMeet_becomeTheSame_alsoThroughThoseInBetween() throws Exception {
        List<Desk> desks = group(4);
        assertFalse(
                desks.get(1).home.book().isMember(desks.get(3).home.identity().id()));
        desks.get(1).plug();
        desks.get(3).plug();
        awaitSame(List.of(desks.get(1), desks.get(3)));
        desks.get(3).unplug();
        desks.get(2).plug();
        desks.get(0).plug();
        awaitSame(desks);
        assertEquals(4, desks.get(1).home.book().members().size());
        until(() -> assertEquals(
                Optional.of("1.0"),
                desks.get(0).exchange.versionOf(desks.get(2).home.identity().id())));
    }

    @Test
    void revoked_isGoneWhenTheRevocationReturns_andNothingOfItIsTaken() throws Exception {
        List<Desk> desks = group(3);
        desks.forEach(Desk::plug);
        awaitSame(desks);
        Desk admin = desks.get(0);
        Desk other = desks.get(1);
        Desk lost = desks.get(2);
        lost.exchange.broadcast(new byte[] {7});
        assertEquals(List.of(lost.id + " 7"), admin.heard);
        admin.home.revoke(lost.home.identity().id());
        assertEquals(Set.of(other.id), admin.others, "told before the revocation returned");
        until(() -> assertEquals(Set.of(admin.id), other.others));
        until(() -> assertTrue(!admin.cutOff.isEmpty() && !other.cutOff.isEmpty()));
        assertTrue(other.cutOff.get(0).test(lost.id) && !other.cutOff.get(0).test(admin.id));
        lost.exchange.broadcast(new byte[] {8});
        other.exchange.broadcast(new byte[] {9});
        assertEquals(List.of(lost.id + " 7", other.id + " 9"), admin.heard);
        assertTrue(admin.exchange.droppedCount() > 0);
        assertFalse(admin.exchange.send(lost.id, new byte[] {1}));
        tellMembers();
        assertEquals(Set.of(other.id), admin.others, "whatever the cluster says");
    }

    @Test
    void secret_ofARotation_goesToMembers_alsoThoseThatComeLater_andNotToRevokedOnes() throws Exception {
        List<Desk> desks = group(4);
        Desk late = desks.get(3);
        Desk lost = desks.get(2);
        desks.subList(0, 3).forEach(Desk::plug);
        awaitSame(desks.subList(0, 3));
        Desk admin = desks.get(1);
        byte[] before = admin.home.identity().secretFor("a");
        admin.home.revoke(lost.home.identity().id());
        assertEquals(1, admin.home.rotate());
        byte[] after = admin.home.identity().secretFor("a");
        assertFalse(Arrays.equals(before, after));
        until(() -> assertTrue(Arrays.equals(after, desks.get(0).home.identity().secretFor("a"))));
        desks.get(1).unplug();
        late.plug();
        until(() -> assertTrue(Arrays.equals(after, late.home.identity().secretFor("a"))));
        assertTrue(Arrays.equals(before, late.home.identity().secretsFor("a").get(1)), "the earlier one is kept");
        assertTrue(Arrays.equals(before, lost.home.identity().secretFor("a")));
        assertTrue(Arrays.equals(
                after,
                GroupHome.openOrCreate(directory.resolve("desk3"), "x")
                        .identity()
                        .secretFor("a")));
    }

    @Test
    void decode_mutations_areRefusedOrUnderstood_neverAnythingElse() {
        byte[] good = new MemberMessage.Digest("ab".repeat(32), List.of("cd".repeat(32)), "1.0").encode();
        Random random = new Random(3);
        for (int round = 0; round < 5_000; round++) {
            byte[] mutated = Arrays.copyOf(good, random.nextInt(3) == 0 ? random.nextInt(200) : good.length);
            for (int i = random.nextInt(4); i > 0 && mutated.length > 0; i--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            try {
                assertTrue(MemberMessage.decode(mutated) != null);
            } catch (MalformedStatementException expected) {
                assertFalse(expected.getMessage().isEmpty());
            }
        }
    }
}
