package io.lanyard.daemon.pairing;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lanyard.daemon.pairing.Invitation.State;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two devices that mean each other. */
class PairingTest {
    @TempDir
    Path directory;

    private PairingBench bench;
    private TestDesk device;

    @BeforeEach
    void open() throws Exception {
        bench = new PairingBench(directory);
        device = bench.newDevice("newcomer");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void assertRefused(Reason reason, TestDesk desk, Inviter.Created created, int port) {
        PairingException said = assertThrows(PairingException.class, () -> bench.joinAt(desk, created, port));
        assertEquals(reason, said.reason(), said.getMessage());
        assertFalse(
                (said.getMessage() + said.hint()).contains(created.code().text().substring(0, 4)), said.getMessage());
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(PairingBench.HERE, port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void join_byAddress_bothLearnWhoTheOtherIs_andTheListenerIsGone() throws Exception {
        Inviter.Created created = bench.inviter.invite(true, PairingBench.TEN_MINUTES);
        Desk.Person inviter = bench.join(device, created);
        assertEquals(new Desk.Person(bench.inviting.identity.id(), "inviting", "group of inviting"), inviter);
        assertEquals(List.of("come in from inviting at 10.0.0.1:7800"), device.adopted);
        Desk.Person joiner = new Desk.Person(device.identity.id(), "newcomer", "group of newcomer");
        assertEquals(List.of(joiner), bench.inviting.admitted);
        assertEquals(List.of(true), bench.inviting.admins);
        await().until(() -> bench.view(created).state() == State.JOINED);
        assertEquals(Optional.of(joiner), bench.view(created).joiner());
        await().until(() -> !listens(PairingBench.portOf(created)));
    }

    @Test
    void join_byMulticast_findsTheInviter() throws Exception {
        Inviter.Created created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        assertEquals(
                "inviting",
                bench.joiner(device).join(created.code(), Optional.empty(), 0).name());
        assertTrue(bench.view(created).seen() > 1, "the search and the visit were noted");
        assertEquals("127.0.0.1", bench.view(created).lastSeen());
    }

    @Test
    void join_twoInvitationsAtOnce_eachCodeIsItsOwn() throws Exception {
        Inviter.Created first = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        Inviter.Created second = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        assertEquals(first.address(), second.address());
        assertThrows(Inviter.TooManyException.class, () -> bench.inviter.invite(false, PairingBench.TEN_MINUTES));
        bench.join(device, second);
        await().until(() -> bench.view(second).state() == State.JOINED);
        assertEquals(State.OPEN, bench.view(first).state());
        bench.join(bench.newDevice("another"), first);
        assertEquals(2, bench.inviting.admitted.size());
    }

    @Test
    void join_codeThatWasUsed_isRefusedForAnother() throws Exception {
        Inviter.Created created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        bench.join(device, created);
        assertRefused(Reason.USED, bench.newDevice("second"), created, PairingBench.portOf(created));
        assertEquals(1, bench.inviting.admitted.size());
        assertEquals(0, bench.view(created).tries());
    }

    @Test
    void join_tooLate_isRefused_andByThenNobodyListens() throws Exception {
        Inviter.Created early = bench.inviter.invite(false, 60_000);
        Inviter.Created late = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        bench.nowMillis += 60_000;
        assertEquals(State.EXPIRED, bench.view(early).state());
        assertRefused(Reason.EXPIRED, device, early, PairingBench.portOf(early));
        bench.inviter.end(late.view().id());
        assertRefused(Reason.NOBODY_FOUND, device, late, PairingBench.portOf(late));
        Inviter real = PairingBench.inviter(bench.inviting, InstantSource.system(), 5_000);
        Inviter.Created brief = real.invite(false, 100);
        await().until(() -> !listens(PairingBench.portOf(brief)));
        assertEquals(
                List.of(State.EXPIRED),
                real.all().stream().map(Invitation.View::state).toList());
        real.close();
        assertEquals(List.of(), bench.inviting.admitted);
    }

    @Test
    void join_takenBack_isRefused() throws Exception {
        Inviter.Created created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        assertEquals(
                State.ENDED,
                bench.inviter.end(created.view().id()).orElseThrow().state());
        assertEquals(Optional.empty(), bench.inviter.end("00000000"));
        assertRefused(Reason.ENDED, device, created, PairingBench.portOf(created));
    }

    @Test
    void join_nobodyInvites_saysWhatToLookAt() throws Exception {
        PairingLimits brief = new PairingLimits(1, 1, 1, 1, 1, 1, 1, 300, 100, 1);
        Network network = new Network(() -> Optional.of(PairingBench.HERE), 0, 1, true);
        Joiner joiner = new Joiner(device, network, new SecureRandom(), brief);
        PairingException said = assertThrows(
                PairingException.class, () -> joiner.join(PairingCode.random(new SecureRandom()), Optional.empty(), 0));
        assertEquals(Reason.NOBODY_FOUND, said.reason());
        assertTrue(said.hint().contains("--from HOST"), said.hint());
    }

    @Test
    void join_inviterCannotAdmit_isToldWhy_andTheCodeStaysGood() throws Exception {
        Inviter.Created created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        bench.inviting.refusal = new PairingException(Reason.REVOKED, "no", "");
        assertRefused(Reason.REVOKED, device, created, PairingBench.portOf(created));
        bench.inviting.refusal = null;
        TestDesk other = bench.newDevice("other");
        bench.join(other, created);
        assertEquals(
                List.of(other.identity.id()),
                bench.inviting.admitted.stream().map(Desk.Person::id).toList());
    }

    @Test
    void join_joinerCannotAdopt_mayTryAgain() throws Exception {
        Inviter.Created created = bench.inviter.invite(false, PairingBench.TEN_MINUTES);
        device.refusal = new PairingException(Reason.NOT_ADOPTED, "the disk is full", "");
        assertRefused(Reason.NOT_ADOPTED, device, created, PairingBench.portOf(created));
        assertEquals(State.ADMITTED, bench.view(created).state());
        assertRefused(Reason.USED, bench.newDevice("another"), created, PairingBench.portOf(created));
        device.refusal = null;
        bench.join(device, created);
        await().until(() -> bench.view(created).state() == State.JOINED);
    }

    @Test
    void invite_withoutNetwork_saysSo() {
        Inviter alone = new Inviter(
                bench.inviting,
                new Network(Optional::empty, 0, 1, true),
                InstantSource.system(),
                new SecureRandom(),
                PairingBench.LIMITS);
        IOException said = assertThrows(IOException.class, () -> alone.invite(false, 1_000));
        assertTrue(said.getMessage().contains("no network"), said.getMessage());
        alone.close();
    }
}
