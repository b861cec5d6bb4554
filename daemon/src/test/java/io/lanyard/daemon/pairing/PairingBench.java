package io.lanyard.daemon.pairing;

import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.security.GroupHome;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.PairingProof;
import io.lanyard.daemon.security.PairingProof.Channel;
import io.lanyard.daemon.security.PairingProof.Role;
import io.lanyard.daemon.security.PrivateFiles;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLSocket;

/** Devices that pair over loopback, with a clock that is set by hand. */
final class PairingBench implements AutoCloseable {
    static final InetAddress HERE = InetAddress.getLoopbackAddress();
    static final long TEN_MINUTES = 600_000;
    static final PairingLimits LIMITS = new PairingLimits(2, 20, 2, 12, 4, 15_000, 15_000, 8_000, 100, 5_000);

    private final Path directory;
    private final int multicastPort;
    private int devices;
    final TestDesk inviting;
    final Inviter inviter;
    volatile long nowMillis = 1_800_000_000_000L;

    PairingBench(Path directory) throws Exception {
        this.directory = directory;
        try (DatagramSocket socket = new DatagramSocket(0, HERE)) {
            multicastPort = socket.getLocalPort();
        }
        inviting = newDevice("inviting");
        inviter = new Inviter(inviting, network(0), clock(), new SecureRandom(), LIMITS);
    }

    private InstantSource clock() {
        return () -> Instant.ofEpochMilli(nowMillis);
    }

    private Network network(int port) {
        return new Network(() -> Optional.of(HERE), port, multicastPort, true);
    }

    TestDesk newDevice(String name) throws Exception {
        devices++;
        return new TestDesk(newIdentity("device-" + devices), name);
    }

    private DeviceIdentity newIdentity(String name) throws Exception {
        Path home = directory.resolve(name);
        PrivateFiles.prepareHome(home);
        return GroupHome.openOrCreate(home, name).identity();
    }

    Joiner joiner(TestDesk desk) {
        return new Joiner(desk, network(0), new SecureRandom(), LIMITS);
    }

    /** Joins as a person does who was told where. */
    Desk.Person join(TestDesk desk, Inviter.Created created) throws PairingException {
        return joinAt(desk, created, portOf(created));
    }

    /** Opens an invitation whose strangers are given this long. */
    static Inviter inviter(TestDesk desk, InstantSource clock, long proofMillis) {
        PairingLimits brief = new PairingLimits(2, 20, 2, 12, 4, proofMillis, 15_000, 300, 100, 5_000);
        return new Inviter(desk, new Network(() -> Optional.of(HERE), 0, 1, false), clock, new SecureRandom(), brief);
    }

    Desk.Person joinAt(TestDesk desk, Inviter.Created created, int port) throws PairingException {
        return joiner(desk).join(created.code(), Optional.of("127.0.0.1"), port);
    }

    Invitation.View view(Inviter.Created created) {
        return inviter.all().stream()
                .filter(one -> one.id().equals(created.view().id()))
                .findFirst()
                .orElseThrow();
    }

    static int portOf(Inviter.Created created) {
        String address = created.address();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** Opens a TLS connection to a listener, as whoever does not keep to the rules. */
    static Rogue rogue(TestDesk desk, int port) throws IOException {
        Socket plain = new Socket();
        plain.connect(new InetSocketAddress(HERE, port), 5_000);
        plain.setSoTimeout(15_000);
        SSLSocket socket =
                (SSLSocket) desk.newTlsContext().getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
        socket.setUseClientMode(true);
        return new Rogue(Visit.begin(socket, () -> {}), socket);
    }

    /** A joiner that does what the test says, frame by frame. */
    record Rogue(Visit visit, SSLSocket socket) implements AutoCloseable {

        /** Says hello, and returns what both are bound to now. */
        Channel greet(byte[] nonce) throws IOException {
            visit.write(new Frame.Hello(Frame.VERSION, nonce));
            Frame.Hello hello = (Frame.Hello) visit.read(Frame.Kind.HELLO);
            return new Channel(nonce, hello.nonce(), visit.ours(), visit.theirs());
        }

        Frame prove(PairingCode code, Channel channel) throws IOException {
            return prove(PairingProof.of(code).show(Role.JOINER, channel));
        }

        Frame prove(byte[] proof) throws IOException {
            visit.write(new Frame.Proof(proof));
            return visit.read(Frame.Kind.PROOF, Frame.Kind.REFUSAL);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Override
    public void close() {
        inviter.close();
    }
}
