package io.lanyard.daemon.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PrivateFiles;
import io.lanyard.daemon.security.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two members of a group, and somebody on their LAN who tries to get in, to be taken for a member, or to be in the way.
 * Prints what came of each attack as the table of docs/security.md.
 *
 * <p>{@code -Dlanyard.attack=long} floods ten times as much.
 */
class AttackTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SCALE = "long".equals(System.getProperty("lanyard.attack")) ? 10 : 1;
    private static final int GARBAGE = 1_000 * SCALE;
    private static final int DATAGRAMS = 10_000 * SCALE;
    private static final long MAX_LOG_BYTES = 32_768;
    private static final long MAX_HEAP_GROWTH = 48L << 20;

    /** Generous, as the machine of a test is busy; what was measured is printed. */
    private static final long MAX_DELAY_MILLIS = 5_000;

    private static final String REFUSED = "refused: an alert or nothing, no byte of an answer";

    private record Outcome(String attack, String outcome, long longestMillis) {}

    @TempDir
    Path directory;

    private final List<Outcome> outcomes = new ArrayList<>();
    private Lan lan;
    private Conversation first;
    private Conversation second;
    private Conversation attacker;

    @AfterEach
    void takeLanAway() {
        if (lan != null) {
            lan.close();
        }
    }

    /** Says something from each member to the other all the time, and notes how long it took and what views changed. */
    private final class Pulse implements AutoCloseable {
        private final AtomicInteger viewChanges = new AtomicInteger();
        private final Thread thread = new Thread(this::beat, "pulse");
        private volatile boolean isOver;
        private volatile Throwable failure;
        private volatile long longestMillis;

        Pulse() {
            thread.start();
        }

        private void beat() {
            try {
                for (int number = 0; !isOver; number++) {
                    pass(first, second, "to-second-" + number);
                    pass(second, first, "to-first-" + number);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            } catch (Throwable e) {
                failure = e;
            }
        }

        private void pass(Conversation from, Conversation to, String text) {
            long begin = System.nanoTime();
            from.say(text);
            to.await(PATIENCE, text, line -> {
                if (line.startsWith("members ")) {
                    viewChanges.incrementAndGet();
                }
                assertTrue(!line.equals("received forged"), line);
                return line.equals("received " + text);
            });
            longestMillis = Math.max(longestMillis, (System.nanoTime() - begin) / 1_000_000);
        }

        @Override
        public void close() {
            isOver = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted while waiting for the last message", e);
            }
            if (failure != null) {
                throw new AssertionError("a message between members was lost", failure);
            }
            assertEquals(0, viewChanges.get(), "the members lost sight of each other");
            assertTrue(longestMillis < MAX_DELAY_MILLIS, longestMillis + " ms for a message between members");
        }
    }

    private Path home(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        return home;
    }

    private Path admitted(String name) throws Exception {
        Path home = home(name);
        GroupHome.admitOffline(directory.resolve("one"), home, name, Role.MEMBER);
        return home;
    }

    private Conversation peer(int host, Path home) throws IOException {
        Process process = lan.java(
                host,
                List.of(
                        "-Djdk.serialFilter=",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-Dorg.slf4j.simpleLogger.log.org.jgroups=warn",
                        "-Dorg.slf4j.simpleLogger.logFile=" + log(home)),
                ClusterPeerMain.class,
                Stream.concat(Stream.of(home.toString()), Stream.of(1, 2, 3).map(Lan::addressOf))
                        .toList());
        Conversation peer = new Conversation(process, "host " + host);
        peer.await(PATIENCE, "its start", "started"::equals);
        return peer;
    }

    private Path log(Path home) {
        return directory.resolve(home.getFileName() + ".log");
    }

    private static void awaitMembers(int count, Conversation... peers) {
        for (Conversation peer : peers) {
            peer.await(PATIENCE, count + " members", ("members " + count)::equals);
        }
    }

    private String order(String command) {
        attacker.say(command);
        return attacker.await(PATIENCE, "the outcome of " + command, line -> line.startsWith("outcome "))
                .substring("outcome ".length());
    }

    /** Attacks while the members talk to each other. */
    private String attack(String name, String outcome, String command) throws Exception {
        Pulse pulse = new Pulse();
        String said;
        try (pulse) {
            said = order(command);
        }
        System.out.println("ATTACK " + name + ": " + said);
        outcomes.add(new Outcome(name, outcome, pulse.longestMillis));
        return said;
    }

    private void refused(String name, String command) throws Exception {
        String said = attack(name, REFUSED, command);
        assertTrue(said.startsWith("alert") || said.equals("hung up on"), name + ": " + said);
    }

    private static long number(Conversation peer, String counter) {
        peer.say("#");
        String line = peer.await(PATIENCE, "its counters", said -> said.startsWith("counted "));
        return Stream.of(line.split(" "))
                .filter(part -> part.startsWith(counter + "="))
                .mapToLong(part -> Long.parseLong(part.substring(counter.length() + 1)))
                .sum();
    }

    private static long heap(Conversation peer) {
        peer.say("heap");
        return Long.parseLong(peer.await(PATIENCE, "its heap", line -> line.startsWith("heap "))
                .substring("heap ".length()));
    }

    @Test
    void strangersAndALyingMember_changeNothingBetweenMembers() throws Exception {
        lan = Lan.open(4);
        Path one = home("one");
        String group = GroupHome.openOrCreate(one, "one").identity().groupName();
        Path two = admitted("two");
        Path revoked = admitted("revoked");
        GroupHome admin = GroupHome.openOrCreate(one, "one");
        admin.revoke(GroupHome.openOrCreate(revoked, "revoked").identity().id());
        Path mallory = admitted("mallory");
        Path other = home("other");
        GroupHome.openOrCreate(other, "other");

        attacker = new Conversation(
                lan.java(3, List.of(), Attacker.class, List.of(Lan.addressOf(3), Lan.addressOf(1))), "attacker");
        attacker.await(PATIENCE, "the attacker", "started"::equals);
        assertEquals("coordinator of 1", order("plaintext " + group + " " + Lan.addressOf(1)));
        first = peer(1, one);
        second = peer(2, two);
        awaitMembers(1, first, second);
        assertEquals("coordinator of 1", attack("plaintext JGroups, first on the LAN", "stays alone", "plaintext-end"));
        long heapBefore = heap(first);

        refused("no certificate", "nobody");
        refused("self-signed certificate", "self-signed");
        refused("device of another group", "device " + other);
        refused("revoked device", "device " + revoked);
        refused("expired certificate of a member", "expired " + mallory + " " + one);
        refused("Java objects to the ports", "serialized");
        refused("a member's bytes, replayed", "replay " + mallory);
        refused("a member's bytes, one bit turned", "flip " + mallory);
        long strangers = number(first, "strangers");
        assertTrue(strangers >= 6, strangers + " strangers counted");
        assertTrue(number(first, "peers") >= 4, "those who showed a certificate");

        attack("garbage on the port", "hung up on; counted", "garbage " + GARBAGE);
        attack("garbage by multicast", "not looked at, or counted", "datagrams " + DATAGRAMS);
        assertTrue(number(first, "strangers") >= strangers + GARBAGE / 2);

        joinBesideStrangers(admitted("four"));
        malloryLies(mallory);

        assertTrue(heap(first) - heapBefore < MAX_HEAP_GROWTH, "memory stays bounded");
        long logBytes = Files.size(log(one)) + Files.size(log(two));
        assertTrue(logBytes < MAX_LOG_BYTES, logBytes + " bytes of log");
        print(logBytes);
    }

    /**
     * Strangers from as many addresses as it takes to fill the gate, and a member that comes meanwhile: at the start of its
     * process, and once more when that is warm.
     */
    private void joinBesideStrangers(Path home) throws Exception {
        List<String> sources = lan.moreAddresses(3, 101, 12);
        long warm = 0;
        for (int strangers : SCALE == 1 ? new int[] {200} : new int[] {0, 40, 200}) {
            order("idle " + strangers + " " + String.join(" ", sources));
            long from = System.nanoTime();
            Conversation joiner = peer(4, home);
            long started = System.nanoTime();
            awaitMembers(2, joiner, first, second);
            long cold = (System.nanoTime() - started) / 1_000_000;
            warm = rejoin(joiner);
            for (int again = 1; again < SCALE; again++) {
                warm = Math.max(warm, rejoin(joiner));
            }
            System.out.println("ATTACK " + strangers + " idle connections: a member's process started in "
                    + (started - from) / 1_000_000 + " ms, was in after another " + cold
                    + " ms, and later, having left, "
                    + "after " + warm + " ms" + (SCALE == 1 ? "" : ", the longest of " + SCALE));
            order("idle-end");
            joiner.close();
            awaitMembers(1, first, second);
        }
        outcomes.add(new Outcome("200 connections that say nothing", "a member joins beside them", warm));
    }

    /** Returns the milliseconds until everybody sees a member that was gone. */
    private long rejoin(Conversation joiner) {
        joiner.say("off");
        awaitMembers(1, first, second);
        long from = System.nanoTime();
        joiner.say("on");
        awaitMembers(2, joiner, first, second);
        return (System.nanoTime() - from) / 1_000_000;
    }

    private void malloryLies(Path home) throws Exception {
        order("join " + home + " " + Lan.addressOf(1) + " " + Lan.addressOf(2));
        awaitMembers(2, first, second);
        long before = number(first, "senders") + number(second, "senders");
        int forged = Integer.parseInt(attack(
                "a member's forged messages, joins, leaves, views and merges for others",
                "dropped and counted",
                "forge"));
        assertEquals(12, forged);
        // Whoever sent them does not hear when they were read.
        Awaitility.await("each is counted")
                .atMost(PATIENCE)
                .until(() -> number(first, "senders") + number(second, "senders") - before >= forged);
        attack("a member's Java objects", "refused unread; its connection is closed", "objects");
        for (String member : List.of("one", "two")) {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() ->
                            Files.readString(log(directory.resolve(member))).contains("filter status: REJECTED"));
        }
        order("leave");
        awaitMembers(1, first, second);
    }

    private void print(long logBytes) throws IOException {
        String documented = Files.readString(Path.of("..", "docs", "security.md"));
        System.out.println("| attack | what comes of it | longest wait of a member |");
        System.out.println("| --- | --- | --- |");
        for (Outcome outcome : outcomes) {
            String row = "| " + outcome.attack() + " | " + outcome.outcome() + " |";
            System.out.println(row + " " + outcome.longestMillis() + " ms |");
            assertTrue(documented.contains(row), "docs/security.md lacks the row " + row);
        }
        System.out.println("ATTACK log of both members: " + logBytes + " bytes");
    }
}
