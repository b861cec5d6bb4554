package io.lanyard.daemon.pairing;

import io.lanyard.daemon.pairing.Desk.Person;
import io.lanyard.daemon.pairing.PairingException.Reason;
import io.lanyard.daemon.security.PairingCode;
import io.lanyard.daemon.security.PairingProof;
import io.lanyard.daemon.security.PairingProof.Channel;
import io.lanyard.daemon.security.PairingProof.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The invitations of this device. While one is open it listens on the LAN, and answers those who seek it; otherwise it has
 * neither port nor thread. Invitations are in memory only, and end with the daemon. Thread-safe.
 */
public final class Inviter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Inviter.class);
    private static final int MAX_REMEMBERED = 20;
    private static final int ID_BYTES = 4;

    private final Desk desk;
    private final Network network;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final PairingLimits limits;
    private final ScheduledThreadPoolExecutor timer;
    private final Deque<Invitation> invitations = new ArrayDeque<>();
    private long nextTryNanos = System.nanoTime();
    private int waitingTries;
    private Reception reception;
    private boolean closed;

    /** Makes an inviter that invited nobody yet. @param random cryptographically strong */
    public Inviter(Desk desk, Network network, InstantSource clock, RandomGenerator random, PairingLimits limits) {
        this.desk = desk;
        this.network = network;
        this.clock = clock;
        this.random = random;
        this.limits = limits;
        timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "lanyard-pairing-timer");
            thread.setDaemon(true);
            return thread;
        });
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * A new invitation.
     *
     * @param code what the person at the new device types; told this once
     * @param address where the listener is, as {@code HOST:PORT}
     */
    public record Created(Invitation.View view, PairingCode code, String address) {}

    /** Says that there are too many open invitations already. */
    public static final class TooManyException extends Exception {
        private static final long serialVersionUID = 1;

        TooManyException(int limit) {
            super(limit + " invitations are open already");
        }
    }

    /**
     * Invites one device. Blocks until it can be found.
     *
     * @param admin whether it becomes an admin
     * @param validMillis how long it may take until it comes
     * @throws IOException if there is no network to listen on
     */
    public synchronized Created invite(boolean admin, long validMillis) throws IOException, TooManyException {
        if (closed) {
            throw new IOException("the daemon is stopping");
        }
        tidy();
        if (openOnes().size() >= limits.maxInvitations()) {
            throw new TooManyException(limits.maxInvitations());
        }
        if (reception != null && !reception.isAt(network.address().get())) {
            reception.close();
            reception = null;
        }
        if (reception == null) {
            reception = Reception.open(network, limits, desk.newTlsContext(), timer, this::receive, this::answer);
        }
        PairingCode code = PairingCode.random(random);
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        long now = clock.millis();
        Invitation invitation = new Invitation(
                HexFormat.of().formatHex(id), admin, PairingProof.of(code), now, now + validMillis, limits);
        invitations.addLast(invitation);
        if (invitations.size() > MAX_REMEMBERED) {
            invitations.removeFirst();
        }
        timer.schedule(this::tidyUp, validMillis + 1, TimeUnit.MILLISECONDS);
        LOG.info("invitation {} is open at {}", invitation.id(), reception.address());
        return new Created(invitation.view(now), code, reception.address());
    }

    /** Returns the newest invitations, the oldest first. */
    public synchronized List<Invitation.View> all() {
        long now = clock.millis();
        return invitations.stream().map(one -> one.view(now)).toList();
    }

    /** Takes an invitation back; returns how it stands then, empty if there is none of that id. */
    public synchronized Optional<Invitation.View> end(String id) {
        Optional<Invitation> found =
                invitations.stream().filter(one -> one.id().equals(id)).findFirst();
        found.ifPresent(Invitation::end);
        tidy();
        return found.map(one -> one.view(clock.millis()));
    }

    /** Takes all invitations back, as when this device goes to another group. */
    public synchronized void endAll() {
        invitations.forEach(Invitation::end);
        tidy();
    }

    @Override
    public synchronized void close() {
        closed = true;
        endAll();
        timer.shutdownNow();
    }

    private synchronized void tidyUp() {
        tidy();
    }

    /** Listens no longer than anybody is expected. */
    private void tidy() {
        if (reception != null && openOnes().isEmpty()) {
            reception.close();
            reception = null;
        }
    }

    private List<Invitation> openOnes() {
        long now = clock.millis();
        return invitations.stream().filter(one -> one.isOpen(now)).toList();
    }

    /** Answers a packet of somebody who seeks this device. */
    private synchronized Optional<SearchFrame> answer(SearchFrame packet, InetAddress from) {
        Optional<Invitation> sought =
                openOnes().stream().filter(one -> packet.isSeekOf(one.proof())).findFirst();
        sought.ifPresent(one -> one.seen(from.getHostAddress()));
        return reception == null
                ? Optional.empty()
                : sought.map(one -> SearchFrame.here(one.proof(), packet.nonce(), reception.port()));
    }

    /** Talks to one joiner until the end, in a thread of its own. */
    private void receive(Visit visit) throws IOException, InterruptedException {
        Frame.Hello hello = (Frame.Hello) visit.read(Frame.Kind.HELLO);
        byte[] nonce = new byte[PairingProof.NONCE_BYTES];
        synchronized (random) {
            random.nextBytes(nonce);
        }
        visit.write(new Frame.Hello(Frame.VERSION, nonce));
        if (hello.version() != Frame.VERSION) {
            visit.write(new Frame.Refusal(Reason.NOT_UNDERSTOOD));
            return;
        }
        Channel channel = new Channel(hello.nonce(), nonce, visit.theirs(), visit.ours());
        Frame.Proof shown = (Frame.Proof) visit.read(Frame.Kind.PROOF);
        Optional<Invitation> known = find(channel, shown.bytes());
        if (known.isEmpty()) {
            countTry(visit.from());
            visit.write(new Frame.Refusal(Reason.WRONG_CODE));
            return;
        }
        visit.hasProved();
        Invitation invitation = known.get();
        visit.write(new Frame.Proof(invitation.proof().show(Role.INVITER, channel)));
        Frame.Introduction introduction = (Frame.Introduction) visit.read(Frame.Kind.INTRODUCTION);
        Person joiner = new Person(visit.theirId(), introduction.name(), introduction.group());
        Optional<Reason> refusal = admit(invitation, joiner, visit);
        if (refusal.isPresent()) {
            visit.write(new Frame.Refusal(refusal.get()));
            return;
        }
        visit.read(Frame.Kind.DONE);
        LOG.info("{} ({}) came in by invitation {}", joiner.name(), joiner.id(), invitation.id());
        synchronized (this) {
            invitation.joined(joiner);
            tidy();
        }
    }

    private Optional<Reason> admit(Invitation invitation, Person joiner, Visit visit) throws IOException {
        Optional<Reason> refusal;
        synchronized (this) {
            invitation.seen(visit.from().getHostAddress());
            refusal = invitation.admit(joiner, clock.millis());
        }
        if (refusal.isPresent()) {
            return refusal;
        }
        byte[] admittance;
        try {
            admittance = desk.admit(visit.theirs().getPublicKey(), joiner, invitation.isForAdmin());
        } catch (PairingException e) {
            LOG.info("{} ({}) was not admitted: {}", joiner.name(), joiner.id(), e.getMessage());
            synchronized (this) {
                invitation.giveBack(joiner);
            }
            return Optional.of(e.reason());
        }
        Person self = desk.self();
        visit.write(new Frame.Welcome(
                self.name(), self.group(), desk.clusterAddress().orElse(""), admittance));
        return Optional.empty();
    }

    /** Finds the invitation whose code was proved, be it open or not: who comes too late is told so. */
    private synchronized Optional<Invitation> find(Channel channel, byte[] shown) {
        return invitations.stream()
                .filter(one -> one.proof().isShown(Role.JOINER, channel, shown))
                .findFirst();
    }

    /**
     * Counts a wrong try when its turn comes: the more there were, the longer it takes. Those that come while enough wait to
     * end every invitation are of no more matter.
     */
    private void countTry(InetAddress from) throws InterruptedException {
        List<Invitation> open;
        long waitNanos;
        synchronized (this) {
            open = openOnes();
            if (open.isEmpty() || waitingTries >= limits.maxTries()) {
                return;
            }
            long now = clock.millis();
            int before = waitingTries
                    + open.stream().mapToInt(one -> one.view(now).tries()).max().orElse(0);
            waitingTries++;
            waitNanos = Math.max(0, nextTryNanos - System.nanoTime());
            nextTryNanos = System.nanoTime()
                    + waitNanos
                    + TimeUnit.MILLISECONDS.toNanos(limits.tryPauseMillis() * (before + 1));
        }
        try {
            TimeUnit.NANOSECONDS.sleep(waitNanos);
        } finally {
            synchronized (this) {
                waitingTries--;
                long now = clock.millis();
                open.forEach(one -> one.tried(from.getHostAddress(), now));
                LOG.info("a wrong code came from {}", from.getHostAddress());
                tidy();
            }
        }
    }
}
