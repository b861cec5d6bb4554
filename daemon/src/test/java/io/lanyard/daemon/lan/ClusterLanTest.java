package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The cluster alone, on a LAN: how long it takes to find, to lose and to find again. Prints what it measured. */
@Execution(ExecutionMode.CONCURRENT)
class ClusterLanTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(3);

    private Path founder;

    private Path home(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        if (founder == null) {
            founder = home;
        } else {
            GroupHome.admitOffline(founder, home, name, Role.MEMBER);
        }
        return home;
    }

    private Conversation peer(int host, Path home, String... peers) throws IOException {
        Process process = lan.java(
                host,
                List.of(),
                ClusterPeerMain.class,
                Stream.concat(Stream.of(home.toString()), Stream.of(peers)).toList());
        Conversation peer = new Conversation(process, "host " + host);
        peer.await(PATIENCE, "its start", "started"::equals);
        return peer;
    }

    private static long awaitMembers(int count, Conversation... peers) {
        long from = System.nanoTime();
        for (Conversation peer : peers) {
            peer.await(PATIENCE, count + " members", ("members " + count)::equals);
        }
        return (System.nanoTime() - from) / 1_000_000;
    }

    private static void measured(String what, long millis) {
        System.out.println("LAN measured: " + what + " " + millis + " ms");
    }

    private static void exchange(Conversation from, Conversation to, String text) {
        from.say(text);
        to.await(PATIENCE, text, ("received " + text)::equals);
    }

    @Test
    void members_cablesPulledProcessesKilledAddressesChanged_meetAgain() throws Exception {
        Conversation first = peer(1, home("one"));
        Conversation second = peer(2, home("two"));
        measured("discovery by multicast", awaitMembers(1, first, second));
        exchange(first, second, "hello");

        lan.cable(2, false);
        measured("split noticed", awaitMembers(0, first, second));
        lan.cable(2, true);
        measured("heal to merged", awaitMembers(1, first, second));
        exchange(second, first, "healed");

        Path home = home("three");
        Conversation third = peer(3, home);
        awaitMembers(2, first, second, third);
        lan.split(List.of(List.of(3)));
        awaitMembers(1, first, second);
        awaitMembers(0, third);
        exchange(first, second, "while split");
        lan.heal();
        measured("heal of a partition to merged", awaitMembers(2, first, second, third));
        exchange(third, second, "all three");

        third.kill();
        measured("kill -9 noticed", awaitMembers(1, first, second));
        third = peer(3, home);
        measured("restart to joined", awaitMembers(2, first, second, third));

        lan.readdress(3, 33);
        long left = awaitMembers(0, third);
        measured("address change to rejoined", left + awaitMembers(2, third));
        first.await(PATIENCE, "the one who moved", "members 2"::equals);
        exchange(third, first, "from my new address");
        third.say("?");
        String status = third.await(PATIENCE, "its status", line -> line.startsWith("status"));
        assertTrue(status.contains("10.77.0.33:"), status);
    }

    /** What cannot be delivered any more must not keep anybody from noticing. */
    @Test
    void split_withMuchUnderWay_isNoticed() throws Exception {
        Conversation first = peer(1, home("one"));
        Conversation second = peer(2, home("two"));
        Conversation third = peer(3, home("three"));
        awaitMembers(2, first, second, third);
        lan.split(List.of(List.of(3)));
        String much = "x".repeat(50_000);
        for (int i = 0; i < 60; i++) {
            first.say(much);
            third.say(much);
        }
        measured("split noticed with much under way", awaitMembers(0, third) + awaitMembers(1, first, second));
        exchange(first, second, "while split");
        lan.heal();
        measured("heal to merged with much under way", awaitMembers(2, first, second, third));
        exchange(third, first, "healed");
    }

    /** An address goes while much is under way from it: what nobody acknowledges any more must not keep it there. */
    @Test
    void addressChange_withMuchUnderWay_isMadeAtOnce() throws Exception {
        Conversation first = peer(1, home("one"));
        Conversation second = peer(2, home("two"));
        Conversation third = peer(3, home("three"));
        awaitMembers(2, first, second, third);
        lan.split(List.of(List.of(3)));
        String much = "x".repeat(50_000);
        for (int i = 0; i < 60; i++) {
            third.say(much);
        }
        lan.takeAddress(3);
        long left = awaitMembers(0, third);
        lan.readdress(3, 33);
        lan.heal();
        measured("address change to rejoined with much under way", left + awaitMembers(2, third));
        first.await(PATIENCE, "the one who moved", "members 2"::equals);
        exchange(third, first, "from my new address");
        third.say("?");
        String status = third.await(PATIENCE, "its status", line -> line.startsWith("status"));
        assertTrue(status.contains("10.77.0.33:") && status.contains("rebuilt 1 "), status);
    }

    /** A laptop that roams leaves addresses behind at which nobody is any more. */
    @Test
    void addressesOfNobody_holdNobodyUp() throws Exception {
        lan.multicast(false);
        String[] others = IntStream.rangeClosed(1, 20)
                .mapToObj(number -> Lan.addressOf(number > 2 ? 100 + number : number))
                .toArray(String[]::new);
        Conversation first = peer(1, home("one"), others);
        Conversation second = peer(2, home("two"), others);
        measured("discovery among addresses of nobody", awaitMembers(1, first, second));
        lan.cable(2, false);
        awaitMembers(0, first, second);
        lan.cable(2, true);
        long merged = awaitMembers(1, first, second);
        measured("heal to merged among addresses of nobody", merged);
        exchange(first, second, "hello");
        assertTrue(merged < 10_000, merged + " ms");
    }

    @Test
    void peers_withoutMulticast_areFoundByAddressOnly() throws Exception {
        lan.multicast(false);
        Conversation first = peer(1, home("one"));
        Conversation second = peer(2, home("two"), Lan.addressOf(1));
        measured("discovery by --peers", awaitMembers(1, first, second));
        exchange(second, first, "found you");
        lan.cable(1, false);
        awaitMembers(0, first, second);
        lan.cable(1, true);
        measured("heal to merged without multicast", awaitMembers(1, first, second));
        exchange(first, second, "still there");
    }

    @Test
    void anotherGroup_onTheSameLan_staysApartAndIsTold() throws Exception {
        Conversation ours = peer(1, home("one"));
        founder = null;
        Conversation theirs = peer(2, home("other"));
        for (Conversation peer : List.of(ours, theirs)) {
            String other = Lan.addressOf(peer == ours ? 2 : 1);
            Awaitility.await().atMost(PATIENCE).until(() -> {
                peer.say("?");
                String status = peer.await(PATIENCE, "its status", line -> line.startsWith("status"));
                return status.contains("Another Lanyard group is on this LAN (heard from " + other + ")");
            });
        }
        ours.say("nobody hears this");
        theirs.say("?");
        theirs.await(PATIENCE, "its status", line -> {
            assertFalse(line.startsWith("received"), line);
            return line.startsWith("status");
        });
    }
}
