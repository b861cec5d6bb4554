package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** A {@link Cluster} without a network, for tests of what stands on it. */
public final class InMemoryCluster implements Cluster {
    private final LoopbackNetwork network;
    private final AtomicLong sendsRefused = new AtomicLong();
    private final AtomicLong oversized = new AtomicLong();
    private volatile Inbox inbox;
    private volatile MemberId memberId;
    private ClusterStatus.State state = ClusterStatus.State.DISCONNECTED;

    private final Map<MemberId, String> proven = new ConcurrentHashMap<>();

    InMemoryCluster(LoopbackNetwork network) {
        this.network = network;
    }

    Inbox inbox() {
        return inbox;
    }

    MemberId memberId() {
        return memberId;
    }

    /** Has the network prove whose a member is, of which it proves nothing otherwise. */
    public void prove(InMemoryCluster member, String deviceId) {
        proven.put(member.memberId(), deviceId);
    }

    @Override
    public synchronized void start(Listener listener) {
        if (inbox != null || state == ClusterStatus.State.CLOSED) {
            throw new IllegalStateException("a cluster is started once");
        }
        inbox = new Inbox(listener);
        inbox.start();
        connect();
    }

    @Override
    public synchronized boolean broadcast(byte[] message) {
        return deliver(state == ClusterStatus.State.CONNECTED, null, message);
    }

    @Override
    public synchronized boolean send(MemberId to, byte[] message) {
        boolean reachable = network.reachable(this).stream().anyMatch(cluster -> to.equals(cluster.memberId()));
        return deliver(reachable, to, message);
    }

    private boolean deliver(boolean reachable, MemberId to, byte[] message) {
        if (message.length > MAX_MESSAGE_BYTES) {
            oversized.incrementAndGet();
            return false;
        }
        if (!reachable) {
            sendsRefused.incrementAndGet();
            return false;
        }
        network.deliver(this, to, message);
        return true;
    }

    @Override
    public synchronized void connect() {
        if (state == ClusterStatus.State.DISCONNECTED && inbox != null) {
            state = ClusterStatus.State.CONNECTED;
            synchronized (network) {
                memberId = network.plug(this);
                network.tellMembers();
            }
        }
    }

    @Override
    public synchronized void disconnect() {
        if (state == ClusterStatus.State.CONNECTED) {
            state = ClusterStatus.State.DISCONNECTED;
            network.unplug(this);
            inbox.clear();
            inbox.membersChanged(Set.of());
        }
    }

    @Override
    public Optional<String> provenDevice(MemberId member) {
        return Optional.ofNullable(proven.get(member));
    }

    @Override
    public ClusterStatus status() {
        Map<MemberId, String> members = network.reachable(this).stream()
                .collect(Collectors.toUnmodifiableMap(
                        InMemoryCluster::memberId, cluster -> "memory:" + cluster.memberId()));
        synchronized (this) {
            return new ClusterStatus(
                    state,
                    "in memory",
                    Optional.ofNullable(memberId).map(id -> "memory:" + id),
                    members,
                    List.of(),
                    List.of(),
                    List.of(),
                    new ClusterStatus.Counters(
                            sendsRefused.get(),
                            oversized.get(),
                            0,
                            inbox == null ? 0 : inbox.droppedCount(),
                            0,
                            0,
                            0,
                            0,
                            0));
        }
    }

    @Override
    public void close() {
        Inbox toClose;
        synchronized (this) {
            disconnect();
            state = ClusterStatus.State.CLOSED;
            toClose = inbox;
        }
        if (toClose != null) {
            try {
                toClose.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
