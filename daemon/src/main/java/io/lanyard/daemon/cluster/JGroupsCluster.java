package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.security.DeviceIdentity;
import io.lanyard.daemon.watch.Heartbeat;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jgroups.JChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster over JGroups: TCP with TLS 1.3 on one address of the LAN.
 *
 * <p>Four kinds of thread, none of which waits for another: callers, who only enqueue; one sender, which may block while
 * receivers are slow; the {@link Inbox}'s, which calls the listener; and one keeper, which makes the channel, watches the
 * network every two seconds, and makes a new channel when the address changed or the machine slept (a channel does not
 * survive either).
 */
public final class JGroupsCluster implements Cluster {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsCluster.class);
    private static final int MAX_QUEUED_MESSAGES = 8_192;
    private static final long MAX_QUEUED_BYTES = 64L << 20;
    private static final long FIRST_LOOKUP_MILLIS = 500;
    private static final long LEAVE_MILLIS = 10_000;

    private record Outgoing(MemberId to, byte[] message) {}

    private final ClusterSettings settings;
    private volatile DeviceIdentity identity;
    private final InstantSource clock;
    private final LanAddress.Source network;
    private final Heartbeat sending;
    private final Neighbours neighbours;
    private final SenderCheck senders;
    private final PeerList peers;
    private final MessageQueue<Outgoing> outbox = new MessageQueue<>(MAX_QUEUED_MESSAGES, MAX_QUEUED_BYTES);
    private final Thread keeper = new Thread(this::keep, "lanyard-cluster");
    private final Thread sender = new Thread(this::sendAll, "lanyard-cluster-send");
    private final AtomicLong sendsRefused = new AtomicLong();
    private final AtomicLong oversized = new AtomicLong();
    private final AtomicLong sendsFailed = new AtomicLong();
    private final AtomicLong strangersHungUp = new AtomicLong();
    private final AtomicLong channelsRebuilt = new AtomicLong();

    private Inbox inbox;
    private boolean plugged = true;
    private boolean away;
    private boolean closed;
    private boolean woken;
    private volatile Session session;
    private volatile String detail = "not started";

    /** Makes a cluster that is not started yet. */
    public JGroupsCluster(ClusterSettings settings, DeviceIdentity identity) {
        this(settings, identity, Heartbeat.UNWATCHED);
    }

    /** Makes a cluster that is not started yet, whose sender tells that it gets on. */
    public JGroupsCluster(ClusterSettings settings, DeviceIdentity identity, Heartbeat sending) {
        this(settings, identity, InstantSource.system(), SystemNetwork::read, sending);
    }

    JGroupsCluster(ClusterSettings settings, DeviceIdentity identity, InstantSource clock, LanAddress.Source network) {
        this(settings, identity, clock, network, Heartbeat.UNWATCHED);
    }

    private JGroupsCluster(
            ClusterSettings settings,
            DeviceIdentity identity,
            InstantSource clock,
            LanAddress.Source network,
            Heartbeat sending) {
        QuietLog.install();
        this.settings = settings;
        this.identity = identity;
        this.clock = clock;
        this.network = network;
        this.sending = sending;
        this.neighbours = new Neighbours(clock);
        this.senders = new SenderCheck(device -> this.identity.book().isMember(device));
        this.peers = new PeerList(settings.peers());
        keeper.setDaemon(true);
        sender.setDaemon(true);
    }

    @Override
    public synchronized void start(Listener listener) {
        if (inbox != null || closed) {
            throw new IllegalStateException("a cluster is started once");
        }
        inbox = new Inbox(listener);
        inbox.start();
        sender.start();
        keeper.start();
    }

    @Override
    public boolean broadcast(byte[] message) {
        Session current = session;
        return enqueue(current != null && current.isReady(), null, message);
    }

    @Override
    public boolean send(MemberId to, byte[] message) {
        Session current = session;
        return enqueue(current != null && current.has(to), to, message);
    }

    /** No message gets here whose sender's address is not of the device that its connection is with. */
    @Override
    public Optional<String> provenDevice(MemberId member) {
        return Optional.of(ChannelAddress.deviceDigits(member.text().replace("-", "")));
    }

    private boolean enqueue(boolean reachable, MemberId to, byte[] message) {
        if (message.length > MAX_MESSAGE_BYTES) {
            oversized.incrementAndGet();
            return false;
        }
        if (reachable && outbox.offer(new Outgoing(to, message), message.length)) {
            return true;
        }
        sendsRefused.incrementAndGet();
        return false;
    }

    /** Hangs up on devices that belong to the group no more, and goes on without them; blocks for a second at most. */
    void cutOffOutcasts(Predicate<MemberId> isOutcast) {
        Session current = session;
        if (current != null && current.isReady()) {
            current.cutOff(identity.book()::isMember, isOutcast);
        }
    }

    /** Looks for a peer at one more address from now on, besides those of the settings. */
    public void addPeer(PeerAddress peer) {
        peers.add(peer);
        wake();
    }

    /**
     * Leaves the group: from now on nothing of it is sent or received, until {@link #rejoin}. What {@link #connect} and
     * {@link #disconnect} say stays apart from that.
     */
    public synchronized void leave() {
        away = true;
        muteSession();
    }

    /** Goes on as {@code newIdentity}, in its group, on a new channel; in the group that was left, too. Returns at once. */
    public synchronized void rejoin(DeviceIdentity newIdentity) {
        identity = newIdentity;
        neighbours.forgetGroups();
        away = false;
        muteSession();
    }

    /** Returns the address of the LAN that this device uses now; empty if it is on none. */
    public Optional<InetAddress> lanAddress() {
        Session current = session;
        if (current != null) {
            return Optional.of(current.bound());
        }
        try {
            return LanAddress.choose(network.read(), settings.bind()) instanceof LanAddress.Found found
                    ? Optional.of(found.address())
                    : Optional.empty();
        } catch (SocketException e) {
            LOG.debug("the network cannot be read now", e);
            return Optional.empty();
        }
    }

    @Override
    public synchronized void connect() {
        plugged = true;
        wake();
    }

    @Override
    public synchronized void disconnect() {
        plugged = false;
        muteSession();
    }

    private void muteSession() {
        Session current = session;
        if (current != null) {
            current.mute();
            outbox.clear();
            inbox.clear();
            inbox.membersChanged(Set.of());
        }
        wake();
    }

    @Override
    public void close() {
        boolean started;
        synchronized (this) {
            started = inbox != null;
            if (!closed) {
                disconnect();
                closed = true;
                wake();
            }
        }
        try {
            if (started) {
                outbox.close();
                keeper.join(LEAVE_MILLIS);
                sender.join(LEAVE_MILLIS);
                inbox.close();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted while closing; the threads end by themselves", e);
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public ClusterStatus status() {
        Session current;
        boolean isPlugged;
        boolean isClosed;
        long dropped;
        synchronized (this) {
            current = session != null && session.isReady() ? session : null;
            isPlugged = plugged;
            isClosed = closed;
            dropped = inbox == null ? 0 : inbox.droppedCount();
        }
        ClusterStatus.State state;
        if (isClosed) {
            state = ClusterStatus.State.CLOSED;
        } else if (!isPlugged) {
            state = ClusterStatus.State.DISCONNECTED;
        } else {
            state = current == null ? ClusterStatus.State.CONNECTING : ClusterStatus.State.CONNECTED;
        }
        Map<MemberId, String> members = current == null ? Map.of() : current.memberAddresses();
        return new ClusterStatus(
                state,
                detail,
                current == null ? Optional.empty() : current.address(),
                members,
                neighbours.groups(members.values().stream()
                        .map(address -> address.substring(0, Math.max(0, address.lastIndexOf(':'))))
                        .collect(Collectors.toSet())),
                neighbours.newer(),
                current == null || !members.isEmpty()
                        ? List.of()
                        : peers.silent(current.address().orElse("")),
                new ClusterStatus.Counters(
                        sendsRefused.get(),
                        oversized.get(),
                        sendsFailed.get(),
                        dropped,
                        neighbours.refusedCount(),
                        neighbours.forgedCount(),
                        channelsRebuilt.get(),
                        strangersHungUp.get(),
                        senders.refusedCount()));
    }

    private synchronized void wake() {
        woken = true;
        notifyAll();
    }

    private synchronized boolean isPlugged() {
        return plugged && !away && !closed;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void awaitNextLook() throws InterruptedException {
        if (!woken) {
            wait(ChannelWatch.INTERVAL_MILLIS);
        }
        woken = false;
    }

    private void sendAll() {
        try {
            for (Optional<Outgoing> next = outbox.take(); next.isPresent(); next = outbox.take()) {
                sending.working();
                send(next.get());
                sending.idle();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted: nothing more is sent", e);
            Thread.currentThread().interrupt();
        }
    }

    private void send(Outgoing outgoing) {
        Session current = session;
        if (current == null) {
            return;
        }
        try {
            current.send(outgoing.to(), outgoing.message());
        } catch (Exception e) {
            // Whatever it was, the message is lost like any other, and catch-up brings what it said.
            if (sendsFailed.getAndIncrement() == 0) {
                LOG.info("a message could not be sent ({}); further ones are only counted", e.toString());
            }
        }
    }

    private void keep() {
        ChannelWatch watch = new ChannelWatch(clock.millis(), System.nanoTime());
        try {
            while (!isClosed()) {
                try {
                    look(watch);
                } catch (IOException | RuntimeException e) {
                    detail = "cannot use the network: " + e.getMessage();
                    LOG.debug("the network cannot be used now", e);
                }
                awaitNextLook();
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted: the network is watched no more", e);
            Thread.currentThread().interrupt();
        } finally {
            closeSession("the daemon is stopping");
        }
    }

    private void look(ChannelWatch watch) throws IOException, InterruptedException {
        if (!isPlugged()) {
            closeSession("disconnected on request");
            watch.restart(clock.millis(), System.nanoTime());
            return;
        }
        peers.refresh();
        LanAddress.Network present = network.read();
        LanAddress choice = LanAddress.choose(present, settings.bind());
        Session current = session;
        if (current != null && current.isMuted()) {
            closeSession("disconnected on request");
        } else if (current != null) {
            Optional<String> reason =
                    watch.reasonToRebuild(clock.millis(), System.nanoTime(), current.bound(), present, choice);
            if (reason.isPresent()) {
                LOG.info("leaving {}: {}", current.bound().getHostAddress(), reason.get());
                channelsRebuilt.incrementAndGet();
                closeSession(reason.get());
                if (isLastResort(choice)) {
                    return;
                }
            }
        }
        if (session == null) {
            watch.restart(clock.millis(), System.nanoTime());
            if (choice instanceof LanAddress.Found found) {
                open(found.address());
            } else if (choice instanceof LanAddress.Missing missing) {
                detail = missing.reason();
            }
            watch.wasBusy(System.nanoTime());
        }
    }

    /** A machine that changes its address has none but that of loopback for an instant; the next look knows better. */
    private boolean isLastResort(LanAddress choice) {
        return settings.bind().isEmpty()
                && choice instanceof LanAddress.Found found
                && found.address().isLoopbackAddress();
    }

    private void open(Inet4Address address) throws IOException, InterruptedException {
        DeviceIdentity self = identity;
        detail = "looking for others from " + address.getHostAddress();
        peers.awaitFirst(FIRST_LOOKUP_MILLIS);
        LanDiscovery multicast = settings.multicast()
                ? new LanDiscovery(
                        new DiscoveryFrame(self.groupName(), () -> self.secretsFor("lanyard discovery 1")),
                        neighbours,
                        address,
                        settings.multicastPort())
                : null;
        JChannel channel = ChannelFactory.newChannel(
                self.id(),
                new GroupTransport(new GroupTls(self.newTlsContext(neighbours), strangersHungUp), senders),
                address,
                settings.port(),
                multicast,
                peers.addresses(address, settings.port()));
        Session opened = new Session(channel, address, inbox);
        synchronized (this) {
            session = opened;
            if (!plugged || away || closed || identity != self) {
                opened.mute();
            }
        }
        try {
            opened.connect(self.groupName());
        } catch (Exception e) {
            closeSession("not connected");
            throw new IOException(
                    "cannot listen on " + address.getHostAddress() + " port " + settings.port() + " to "
                            + (settings.port() + ClusterSettings.PORT_RANGE) + " (" + e.getMessage() + ")",
                    e);
        }
        detail = multicast == null || multicast.works()
                ? "listening on " + opened.address().orElse("?")
                : "listening on " + opened.address().orElse("?") + " " + ClusterStatus.WITHOUT_MULTICAST;
        LOG.info("{}", detail);
    }

    private void closeSession(String reason) {
        Session current;
        synchronized (this) {
            current = session;
            session = null;
        }
        detail = reason;
        if (current == null) {
            return;
        }
        current.mute();
        inbox.membersChanged(Set.of());
        current.close();
    }
}
