package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.PairingProof;
import io.lanyard.daemon.security.PairingProof.Channel;
import io.lanyard.daemon.security.PairingProof.Role;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The side of the device that comes in: finds the inviter, and talks to it. Every address that answers is tried until one
 * of them is genuine. Thread-safe; one join at a time.
 */
public final class Joiner {
    private static final Logger LOG = LoggerFactory.getLogger(Joiner.class);
    private static final String NOBODY_HINT =
            "is the invitation still open there, and is this device on the same network? Where multicast is blocked, as in"
                    + " guest Wi-Fi, name the inviting device: --from HOST";

    private final Desk desk;
    private final Network network;
    private final RandomGenerator random;
    private final PairingLimits limits;
    private boolean isBusy;

    /** Makes a joiner. @param random cryptographically strong */
    public Joiner(Desk desk, Network network, RandomGenerator random, PairingLimits limits) {
        this.desk = desk;
        this.network = network;
        this.random = random;
        this.limits = limits;
    }

    /**
     * Comes in by a code. Blocks until this device is a member, or cannot be.
     *
     * @param from where the inviter is; empty to search by multicast
     * @param port its port; 0 to try the usual ones
     * @return who invited
     */
    public Person join(PairingCode code, Optional<String> from, int port) throws PairingException {
        synchronized (this) {
            if (isBusy) {
                throw new PairingException(
                        Reason.BUSY, "This device is joining a group already.", "wait for the end of that");
            }
            isBusy = true;
        }
        try {
            PairingProof proof = PairingProof.of(code);
            return from.isPresent() ? joinAt(proof, from.get(), port) : search(proof);
        } finally {
            synchronized (this) {
                isBusy = false;
            }
        }
    }

    private Person joinAt(PairingProof proof, String host, int port) throws PairingException {
        InetAddress[] addresses;
        try {
            addresses = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new PairingException(
                    Reason.NOBODY_FOUND, "There is no host " + host + ".", "check its name, or give its address", e);
        }
        int first = port == 0 ? Network.DEFAULT_PORT : port;
        int last = port == 0 ? Network.DEFAULT_PORT + Network.PORTS - 1 : port;
        PairingException failure = null;
        for (InetAddress address : addresses) {
            for (int one = first; one <= last; one++) {
                try {
                    return talk(proof, new InetSocketAddress(address, one));
                } catch (PairingException e) {
                    if (mayBeAnother(e.reason())) {
                        failure = failure == null || failure.reason() == Reason.NOBODY_FOUND ? e : failure;
                    } else {
                        throw e;
                    }
                } catch (SocketTimeoutException e) {
                    LOG.debug("nothing at {}", address, e);
                    break;
                } catch (IOException e) {
                    LOG.debug("nobody at {} port {}", address, one, e);
                }
            }
        }
        throw failure != null
                ? failure
                : new PairingException(
                        Reason.NOBODY_FOUND,
                        "Nobody at " + host + " invites a device now.",
                        "is the invitation still open there, and does its firewall let port " + first + " through?");
    }

    /** Returns whether the one that is meant may still be found elsewhere. */
    private static boolean mayBeAnother(Reason reason) {
        return reason == Reason.WRONG_CODE
                || reason == Reason.NOT_GENUINE
                || reason == Reason.NOBODY_FOUND
                || reason == Reason.NOT_UNDERSTOOD;
    }

    private Person search(PairingProof proof) throws PairingException {
        InetAddress address = network.address()
                .get()
                .orElseThrow(() -> new PairingException(
                        Reason.NOBODY_FOUND,
                        "This device is on no network now.",
                        "check its cable or Wi-Fi; 'lanyard status' tells which address it uses"));
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
                Selector selector = Selector.open()) {
            channel.bind(new InetSocketAddress(address, 0));
            channel.setOption(StandardSocketOptions.IP_MULTICAST_IF, Ear.interfaceOf(address));
            channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1);
            channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            return search(proof, channel, selector);
        } catch (IOException e) {
            throw new PairingException(
                    Reason.NOBODY_FOUND,
                    "The network of " + address.getHostAddress() + " cannot be searched: " + e.getMessage() + ".",
                    "name the inviting device: --from HOST",
                    e);
        }
    }

    private Person search(PairingProof proof, DatagramChannel channel, Selector selector)
            throws IOException, PairingException {
        InetSocketAddress group =
                new InetSocketAddress(InetAddress.getByName(Network.MULTICAST_GROUP), network.multicastPort());
        byte[] nonce = new byte[SearchFrame.NONCE_BYTES];
        random.nextBytes(nonce);
        Set<InetSocketAddress> tried = new HashSet<>();
        ByteBuffer packet = ByteBuffer.allocate(SearchFrame.BYTES + 1);
        PairingException failure = null;
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.searchMillis());
        while (System.nanoTime() - end < 0) {
            channel.send(SearchFrame.seek(proof, nonce).write(), group);
            long next = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limits.seekMillis());
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                selector.selectedKeys().clear();
                packet.clear();
                InetSocketAddress from = (InetSocketAddress) channel.receive(packet);
                Optional<SearchFrame> answer = from == null
                        ? Optional.empty()
                        : SearchFrame.read(packet.flip()).filter(heard -> heard.answers(proof, nonce));
                if (answer.isPresent()) {
                    InetSocketAddress inviter = new InetSocketAddress(
                            from.getAddress(), answer.get().port());
                    if (tried.add(inviter)) {
                        try {
                            return talk(proof, inviter);
                        } catch (PairingException e) {
                            if (!mayBeAnother(e.reason())) {
                                throw e;
                            }
                            failure = e;
                        } catch (IOException e) {
                            LOG.debug("{} answered and cannot be reached", inviter, e);
                            failure = new PairingException(
                                    Reason.NOBODY_FOUND,
                                    from.getAddress().getHostAddress() + " answers, but cannot be reached.",
                                    "does its firewall let TCP port " + inviter.getPort() + " through?",
                                    e);
                        }
                    }
                }
            }
        }
        throw failure != null
                ? failure
                : new PairingException(Reason.NOBODY_FOUND, "Nobody on this network answers to the code.", NOBODY_HINT);
    }

    private Person talk(PairingProof proof, InetSocketAddress inviter) throws PairingException, IOException {
        Socket plain = new Socket();
        try {
            plain.connect(inviter, limits.connectMillis());
            plain.setSoTimeout((int) limits.proofMillis());
        } catch (ConnectException | SocketTimeoutException e) {
            Visit.hangUp(plain, LOG);
            throw e;
        }
        try (SSLSocket socket = (SSLSocket) desk.newTlsContext()
                .getSocketFactory()
                .createSocket(plain, inviter.getHostString(), inviter.getPort(), true)) {
            socket.setUseClientMode(true);
            Visit visit = Visit.begin(socket, () -> {});
            byte[] nonce = new byte[PairingProof.NONCE_BYTES];
            random.nextBytes(nonce);
            visit.write(new Frame.Hello(Frame.VERSION, nonce));
            Frame.Hello hello = (Frame.Hello) visit.read(Frame.Kind.HELLO);
            // Until here it may be anything that listens there; from now on it is an inviter.
            try {
                return talk(proof, visit, nonce, hello);
            } catch (IOException e) {
                throw new PairingException(
                        Reason.CUT_OFF,
                        "The connection to " + inviter.getAddress().getHostAddress() + " ended half-way.",
                        "try again with the same code",
                        e);
            }
        }
    }

    private Person talk(PairingProof proof, Visit visit, byte[] nonce, Frame.Hello hello)
            throws PairingException, IOException {
        if (hello.version() != Frame.VERSION) {
            throw refused(Reason.NOT_UNDERSTOOD);
        }
        Channel channel = new Channel(nonce, hello.nonce(), visit.ours(), visit.theirs());
        visit.write(new Frame.Proof(proof.show(Role.JOINER, channel)));
        Frame answer = visit.read(Frame.Kind.PROOF, Frame.Kind.REFUSAL);
        if (answer instanceof Frame.Refusal refusal) {
            throw refused(refusal.reason());
        }
        if (!proof.isShown(Role.INVITER, channel, ((Frame.Proof) answer).bytes())) {
            throw new PairingException(
                    Reason.NOT_GENUINE,
                    "Who answers at " + visit.from().getHostAddress() + " does not know the code.",
                    "somebody may be in the middle; nothing was told. Ask for a new code, and name the inviting device"
                            + " with --from HOST");
        }
        Person self = desk.self();
        visit.write(new Frame.Introduction(self.name(), self.group()));
        answer = visit.read(Frame.Kind.WELCOME, Frame.Kind.REFUSAL);
        if (answer instanceof Frame.Refusal refusal) {
            throw refused(refusal.reason());
        }
        Frame.Welcome welcome = (Frame.Welcome) answer;
        Person inviter = new Person(visit.theirId(), welcome.name(), welcome.group());
        desk.adopt(welcome.admittance(), inviter, welcome.address());
        try {
            visit.write(new Frame.Done());
        } catch (IOException e) {
            LOG.debug("this device is a member; the inviter was not told so", e);
        }
        return inviter;
    }

    private static PairingException refused(Reason reason) {
        return switch (reason) {
            case WRONG_CODE ->
                new PairingException(
                        reason, "The device that answers did not give out this code.", "ask for the code again");
            case EXPIRED ->
                new PairingException(reason, "The time of this code is over.", "invite again: lanyard invite");
            case USED ->
                new PairingException(reason, "Another device came in with this code.", "invite again: lanyard invite");
            case ENDED ->
                new PairingException(
                        reason,
                        "The invitation was taken back, or ended by too many wrong tries.",
                        "invite again: lanyard invite");
            case ALREADY_MEMBER ->
                new PairingException(
                        reason, "This device is a member of that group already.", "'lanyard devices' lists it");
            case REVOKED ->
                new PairingException(
                        reason,
                        "This device was revoked in that group, for good.",
                        "give it a new identity ('lanyard identity new') and join then");
            case NOT_ADMITTED ->
                new PairingException(
                        reason,
                        "The inviting device cannot admit anybody now.",
                        "it may be no admin any more; 'lanyard doctor' there tells more");
            default ->
                new PairingException(
                        Reason.NOT_UNDERSTOOD,
                        "The two devices do not understand each other.",
                        "do both run a current version? 'lanyard version'");
        };
    }
}
