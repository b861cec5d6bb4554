package io.lanyard.daemon.pairing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.pairing.Invitation.State;
import io.lanyard.daemon.pairing.PairingBench.Rogue;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.PairingProof;
import io.lanyard.daemon.security.PairingProof.Channel;
import io.lanyard.daemon.security.PairingProof.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strangers at the listener of an invitation, and in the middle of a pairing. */
class PairingAttackTest {
    @TempDir
    Path directory;

    private PairingBench bench;
    private TestDesk device;
    private TestDesk attacker;
    private Inviter.Created created;
    private int port;

    @BeforeEach
    void open() throws Exception {
        bench = new PairingBench(directory);
        device = bench.newDevice("newcomer");
        attacker = bench.newDevice("attacker");
        created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        port = PairingBench.portOf(created);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private static byte[] nonce() {
        byte[] nonce = new byte[PairingProof.NONCE_BYTES];
        new SecureRandom().nextBytes(nonce);
        return nonce;
    }

    private void assertOnlyTheRightOneComesIn() throws Exception {
        assertEquals(List.of(), bench.inviting.admitted);
        bench.join(device, created);
        assertEquals(
                List.of(device.identity.id()),
                bench.inviting.admitted.stream().map(Desk.Person::id).toList());
    }

    @Test
    void wrongCode_isRefusedAndCounted() throws Exception {
        PairingException said = assertThrows(
                PairingException.class,
                () -> bench.joiner(attacker)
                        .join(PairingCode.random(new SecureRandom()), Optional.of("127.0.0.1"), port));
        assertEquals(Reason.WRONG_CODE, said.reason());
        assertEquals(1, bench.view(created).tries());
        assertEquals("127.0.0.1", bench.view(created).lastSeen());
        assertOnlyTheRightOneComesIn();
    }

    @Test
    void twentyWrongTries_takeTheirTime_andEndTheInvitation() throws Exception {
        long begin = System.nanoTime();
        List<CompletableFuture<Void>> tries = new ArrayList<>();
        for (int lane = 0; lane < 2; lane++) {
            tries.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < 10; i++) {
                    try (Rogue rogue = PairingBench.rogue(attacker, port)) {
                        Channel channel = rogue.greet(nonce());
                        assertEquals(
                                new Frame.Refusal(Reason.WRONG_CODE),
                                rogue.prove(PairingCode.random(new SecureRandom()), channel));
                    } catch (IOException e) {
                        // The other one's was the last, and everybody is hung up on.
                        assertEquals(State.TRIED_OUT, bench.view(created).state(), e.toString());
                    }
                }
            }));
        }
        tries.forEach(CompletableFuture::join);
        assertTrue(System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(190 * 2), "they were not slowed");
        assertEquals(State.TRIED_OUT, bench.view(created).state());
        assertEquals(20, bench.view(created).tries());
        PairingException said = assertThrows(PairingException.class, () -> bench.join(device, created));
        assertEquals(Reason.NOBODY_FOUND, said.reason());
    }

    @Test
    void replayedTranscript_isRefused_evenUnderTheSameCertificate() throws Exception {
        byte[] nonce = nonce();
        byte[] proof;
        try (Rogue genuine = PairingBench.rogue(device, port)) {
            Channel channel = genuine.greet(nonce);
            proof = PairingProof.of(created.code()).show(Role.JOINER, channel);
            assertInstanceOf(Frame.Proof.class, genuine.prove(proof));
        }
        for (TestDesk desk : List.of(attacker, device)) {
            try (Rogue replay = PairingBench.rogue(desk, port)) {
                replay.greet(nonce);
                assertEquals(new Frame.Refusal(Reason.WRONG_CODE), replay.prove(proof));
            }
        }
        try (Rogue mirror = PairingBench.rogue(attacker, port)) {
            Channel channel = mirror.greet(nonce);
            byte[] inviters = PairingProof.of(created.code()).show(Role.INVITER, channel);
            assertEquals(new Frame.Refusal(Reason.WRONG_CODE), mirror.prove(inviters));
        }
        assertEquals(3, bench.view(created).tries());
        assertOnlyTheRightOneComesIn();
    }

    /** Relays between both with a certificate of its own on either side, and answers with what it likes best. */
    @ParameterizedTest
    @ValueSource(strings = {"relay", "mirror", "garbage"})
    void manInTheMiddle_getsNothingHeCanUse(String manner) throws Exception {
        AtomicReference<Throwable> next = new AtomicReference<>();
        try (ServerSocket listener = new ServerSocket(0, 1, PairingBench.HERE)) {
            CompletableFuture<Void> middle = CompletableFuture.runAsync(() -> {
                try (SSLSocket plain = (SSLSocket) attacker.newTlsContext()
                                .getSocketFactory()
                                .createSocket(listener.accept(), null, true);
                        Rogue onward = PairingBench.rogue(attacker, port)) {
                    plain.setUseClientMode(false);
                    plain.setNeedClientAuth(true);
                    plain.setSoTimeout(15_000);
                    Visit victim = Visit.begin(plain, () -> {});
                    onward.visit().write(victim.read(Frame.Kind.HELLO));
                    victim.write(onward.visit().read(Frame.Kind.HELLO));
                    Frame.Proof proof = (Frame.Proof) victim.read(Frame.Kind.PROOF);
                    Frame answer = onward.prove(proof.bytes());
                    assertEquals(new Frame.Refusal(Reason.WRONG_CODE), answer);
                    victim.write(
                            switch (manner) {
                                case "relay" -> answer;
                                case "mirror" -> proof;
                                default -> new Frame.Proof(nonce());
                            });
                    next.set(assertThrows(IOException.class, () -> victim.read(Frame.Kind.INTRODUCTION)));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            PairingException said =
                    assertThrows(PairingException.class, () -> bench.joinAt(device, created, listener.getLocalPort()));
            assertEquals(manner.equals("relay") ? Reason.WRONG_CODE : Reason.NOT_GENUINE, said.reason());
            middle.get(15, TimeUnit.SECONDS);
        }
        assertEquals(List.of(), device.adopted);
        assertEquals(1, bench.view(created).tries());
        assertOnlyTheRightOneComesIn();
    }

    @Test
    void idleAndGarbageConnections_fromManyAddresses_doNotHoldUpTheRightOne() throws Exception {
        List<Socket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                Socket stranger = new Socket();
                strangers.add(stranger);
                stranger.bind(new InetSocketAddress(InetAddress.getByName("127.0.0." + (2 + i / 3)), 0));
                stranger.connect(new InetSocketAddress(PairingBench.HERE, port), 1_000);
                if (i % 2 == 0) {
                    stranger.getOutputStream().write(nonce());
                }
            }
            long begin = System.nanoTime();
            assertOnlyTheRightOneComesIn();
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
            assertTrue(millis < 10_000, millis + " ms");
            assertEquals(0, bench.view(created).tries());
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void silentStranger_isHungUpOn_andOneAddressGetsFourConnections() throws Exception {
        List<Socket> strangers = new ArrayList<>();
        Inviter brief = PairingBench.inviter(bench.inviting, InstantSource.system(), 1_000);
        int briefPort = PairingBench.portOf(brief.invite(false, PairingBench.TEN_MINUTES));
        try {
            long begin = System.nanoTime();
            for (int i = 0; i < 8; i++) {
                Socket stranger = new Socket(PairingBench.HERE, briefPort);
                stranger.setSoTimeout(50);
                strangers.add(stranger);
            }
            await().until(() -> hungUp(strangers) >= 4);
            await().until(() -> hungUp(strangers) == 8);
            assertTrue(System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(900), "too early");
        } finally {
            brief.close();
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
        assertOnlyTheRightOneComesIn();
    }

    private static long hungUp(List<Socket> strangers) {
        return strangers.stream()
                .filter(stranger -> {
                    try {
                        return stranger.getInputStream().read() < 0;
                    } catch (SocketTimeoutException e) {
                        return false;
                    } catch (IOException e) {
                        return true;
                    }
                })
                .count();
    }

    @Test
    void joinerCutOffAtEveryFrame_leavesTheCodeGood_forItselfAfterItWasAdmitted() throws Exception {
        for (int frames = 0; frames <= 4; frames++) {
            try (Rogue joiner = PairingBench.rogue(device, port)) {
                Channel channel = null;
                if (frames > 0) {
                    channel = joiner.greet(nonce());
                }
                if (frames > 1) {
                    assertInstanceOf(Frame.Proof.class, joiner.prove(created.code(), channel));
                }
                if (frames > 2) {
                    joiner.visit().write(new Frame.Introduction("newcomer", "its group"));
                }
                if (frames > 3) {
                    joiner.visit().read(Frame.Kind.WELCOME);
                }
            }
            int said = frames;
            await().until(() -> bench.view(created).state() == (said > 2 ? State.ADMITTED : State.OPEN));
            await().until(() -> bench.inviting.admitted.size() == Math.max(0, said - 2));
        }
        PairingException said =
                assertThrows(PairingException.class, () -> bench.join(bench.newDevice("another"), created));
        assertEquals(Reason.USED, said.reason());
        bench.join(device, created);
        await().until(() -> bench.view(created).state() == State.JOINED);
        assertEquals(1, device.adopted.size());
    }

    /** Flips one bit of what goes over the wire, in each direction. */
    @Test
    void flippedBits_endTheConnection_andNothingElse() throws Exception {
        for (int at : new int[] {7, 150, 700, 1_000, 1_400, 1_700}) {
            for (boolean upward : new boolean[] {true, false}) {
                try (ServerSocket listener = new ServerSocket(0, 1, PairingBench.HERE)) {
                    int flipped = at;
                    CompletableFuture<Void> relay = CompletableFuture.runAsync(
                            () -> relay(listener, upward ? flipped : -1, upward ? -1 : flipped));
                    int before = device.adopted.size();
                    try {
                        bench.joinAt(device, created, listener.getLocalPort());
                        assertEquals(before + 1, device.adopted.size());
                        assertTrue(at > 700, "byte " + at + " was of no matter");
                    } catch (PairingException e) {
                        assertEquals(before, device.adopted.size(), e.reason().name());
                        assertTrue(
                                List.of(Reason.NOBODY_FOUND, Reason.CUT_OFF).contains(e.reason()),
                                e.reason().name());
                    }
                    relay.get(15, TimeUnit.SECONDS);
                }
                if (bench.view(created).state() == State.JOINED) {
                    created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
                    port = PairingBench.portOf(created);
                }
            }
        }
        assertEquals(
                List.of(),
                bench.inviting.admitted.stream()
                        .filter(one -> !one.id().equals(device.identity.id()))
                        .toList());
    }

    private void relay(ServerSocket listener, int flipUp, int flipDown) {
        try (Socket below = listener.accept();
                Socket above = new Socket(PairingBench.HERE, port)) {
            CompletableFuture<Void> up = CompletableFuture.runAsync(() -> pump(below, above, flipUp));
            pump(above, below, flipDown);
            up.join();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void pump(Socket from, Socket to, int flip) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[4_096];
            int offset = 0;
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (flip >= offset && flip < offset + count) {
                    buffer[flip - offset] ^= 1;
                }
                offset += count;
                out.write(buffer, 0, count);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            try {
                to.close();
                from.close();
            } catch (IOException again) {
                e.addSuppressed(again);
            }
        }
    }

    @Test
    void oversizedAndUnexpectedFrames_endTheConnection() throws Exception {
        byte[][] frames = {
            {0x7f, -1, -1, -1, 1},
            {-1, -1, -1, -1, 1},
            {0, 0, 0, 0, 1},
            {0, 0, 0, 35, 1},
            {0, 0, 0, 33, 2},
            {0, 0, 0, 1, 6},
            {0, 64, 0, 0, 5},
            {0, 0, 0, 2, 9, 0}
        };
        for (byte[] frame : frames) {
            try (Rogue rogue = PairingBench.rogue(attacker, port)) {
                rogue.socket().getOutputStream().write(frame);
                rogue.socket().getOutputStream().write(new byte[100]);
                assertThrows(IOException.class, () -> rogue.visit().read(Frame.Kind.HELLO));
            }
        }
        try (Rogue rogue = PairingBench.rogue(attacker, port)) {
            rogue.visit().write(new Frame.Hello(2, nonce()));
            rogue.visit().read(Frame.Kind.HELLO);
            assertEquals(new Frame.Refusal(Reason.NOT_UNDERSTOOD), rogue.visit().read(Frame.Kind.REFUSAL));
        }
        assertEquals(0, bench.view(created).tries());
        assertOnlyTheRightOneComesIn();
    }
}
