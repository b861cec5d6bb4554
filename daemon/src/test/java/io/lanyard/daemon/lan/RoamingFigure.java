package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures how long a laptop takes to be found again whenever it changes its address, with much under way, and what the
 * others keep of its past. Not part of the build. {@code -Droaming.moves=N} (30).
 */
class RoamingFigure {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FIRST_ADDRESS = 100;

    private final int moves = Integer.getInteger("roaming.moves", 30);

    @TempDir
    Path directory;

    @RegisterExtension
    final Lan lan = Lan.open(3);

    private Conversation peer(int host) throws Exception {
        Path home = directory.resolve("desk-" + host);
        PrivateFiles.prepareHome(home);
        if (host == 1) {
            GroupHome.openOrCreate(home, "desk-1");
        } else {
            GroupHome.admitOffline(directory.resolve("desk-1"), home, "desk-" + host, Role.MEMBER);
        }
        Process process = lan.java(host, List.of(), ClusterPeerMain.class, List.of(home.toString(), Lan.addressOf(1)));
        return new Conversation(process, "host " + host);
    }

    private static int threads(Conversation peer) {
        peer.say("?");
        String status = peer.await(PATIENCE, "its status", line -> line.startsWith("status"));
        String[] words = status.split(" ");
        return Integer.parseInt(words[List.of(words).indexOf("threads") + 1]);
    }

    @Test
    void laptop_thatRoams_isFoundAgainEachTime() throws Exception {
        Conversation first = peer(1);
        Conversation second = peer(2);
        Conversation roaming = peer(3);
        for (Conversation peer : List.of(first, second, roaming)) {
            peer.await(PATIENCE, "all", "members 2"::equals);
        }
        int threads = threads(first);
        List<Long> rejoinedMillis = new ArrayList<>();
        String much = "x".repeat(50_000);
        for (int move = 1; move <= moves; move++) {
            for (int i = 0; i < 40; i++) {
                roaming.say(much);
            }
            lan.readdress(3, FIRST_ADDRESS + move);
            long from = System.nanoTime();
            roaming.await(PATIENCE, "leaving, move " + move, "members 0"::equals);
            roaming.await(PATIENCE, "the others, move " + move, "members 2"::equals);
            rejoinedMillis.add((System.nanoTime() - from) / 1_000_000);
        }
        first.await(PATIENCE, "the one who moved", "members 2"::equals);
        roaming.say("from my last address");
        for (Conversation peer : List.of(first, second)) {
            peer.await(PATIENCE, "a word", "received from my last address"::equals);
        }
        int after = threads(first);
        System.out.println("Roaming: ms until found again " + rejoinedMillis + "; threads of one who stayed " + threads
                + " before and " + after + " after");
        assertTrue(after < threads + 100, after + " threads");
    }
}
