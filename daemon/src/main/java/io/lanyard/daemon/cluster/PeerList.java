package io.lanyard.daemon.cluster;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import org.jgroups.PhysicalAddress;
import org.jgroups.stack.IpAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers that a person named, and the addresses that their names stand for now. Names are looked up on a thread of
 * their own, again and again, because a name server may be as far away as the peers. Thread-safe.
 */
final class PeerList {
    private static final Logger LOG = LoggerFactory.getLogger(PeerList.class);
    private static final long LOOKUP_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int DEFAULT_PORTS = 3;

    private final Set<PeerAddress> named = new CopyOnWriteArraySet<>();
    private final Set<PhysicalAddress> resolved = new CopyOnWriteArraySet<>();
    private CompletableFuture<Void> lookup = CompletableFuture.completedFuture(null);
    private long nextLookupNanos = System.nanoTime();

    PeerList(List<PeerAddress> peers) {
        named.addAll(peers);
    }

    synchronized void add(PeerAddress peer) {
        if (named.add(peer)) {
            nextLookupNanos = System.nanoTime();
        }
    }

    /** Starts looking the names up if it is time to. Returns at once. */
    synchronized void refresh() {
        long now = System.nanoTime();
        if (!named.isEmpty() && lookup.isDone() && now - nextLookupNanos >= 0) {
            nextLookupNanos = now + LOOKUP_NANOS;
            lookup = CompletableFuture.runAsync(() -> named.forEach(this::resolve));
        }
    }

    /** Waits for the first answer, but not for long: later ones are taken in as they come. */
    void awaitFirst(long timeoutMillis) throws InterruptedException {
        CompletableFuture<Void> running;
        synchronized (this) {
            running = lookup;
        }
        running.completeOnTimeout(null, timeoutMillis, TimeUnit.MILLISECONDS).join();
    }

    /**
     * Returns the addresses, a live view. Bound to loopback there are always some: the first ports there, where other
     * daemons of this machine are.
     */
    Collection<PhysicalAddress> addresses(Inet4Address bound, int port) {
        if (bound.isLoopbackAddress()) {
            int first = port == 0 ? ClusterSettings.DEFAULT_PORT : port;
            for (int offset = 0; offset < DEFAULT_PORTS; offset++) {
                resolved.add(new IpAddress(bound, first + offset));
            }
        }
        resolved.add(new IpAddress(bound, port == 0 ? ClusterSettings.DEFAULT_PORT : port));
        return resolved;
    }

    private void resolve(PeerAddress peer) {
        try {
            for (InetAddress address : InetAddress.getAllByName(peer.host())) {
                if (address instanceof Inet4Address) {
                    int first = peer.port() == 0 ? ClusterSettings.DEFAULT_PORT : peer.port();
                    int count = peer.port() == 0 ? DEFAULT_PORTS : 1;
                    for (int offset = 0; offset < count; offset++) {
                        resolved.add(new IpAddress(address, first + offset));
                    }
                }
            }
        } catch (UnknownHostException e) {
            LOG.debug("the peer {} has no address now", peer, e);
        }
    }
}
