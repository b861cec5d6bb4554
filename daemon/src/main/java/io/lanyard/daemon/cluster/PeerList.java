package io.lanyard.daemon.cluster;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jgroups.PhysicalAddress;
import org.jgroups.stack.IpAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The peers that a person named, and the addresses that their names stand for now. Names are looked up on a thread of
 * their own, again and again, because a name server may be as far away as the peers. A name stands for what the last
 * answer said; as long as there is no answer, for what the one before said. Thread-safe.
 */
final class PeerList {
    /** How many peers are kept that were added later; the oldest is forgotten for one more. */
    static final int MAX_ADDED = 32;

    private static final Logger LOG = LoggerFactory.getLogger(PeerList.class);
    private static final long LOOKUP_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int DEFAULT_PORTS = 3;

    /** Where names are looked up. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] lookUp(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final List<PeerAddress> named;
    private final Set<PeerAddress> added = new LinkedHashSet<>();
    private final Map<PeerAddress, List<PhysicalAddress>> answers = new LinkedHashMap<>();
    private CompletableFuture<Void> lookup = CompletableFuture.completedFuture(null);
    private long nextLookupNanos = System.nanoTime();

    PeerList(List<PeerAddress> peers) {
        this(peers, InetAddress::getAllByName);
    }

    PeerList(List<PeerAddress> peers, Resolver resolver) {
        named = List.copyOf(peers);
        this.resolver = resolver;
    }

    synchronized void add(PeerAddress peer) {
        if (!named.contains(peer) && added.add(peer)) {
            nextLookupNanos = System.nanoTime();
            if (added.size() > MAX_ADDED) {
                PeerAddress oldest = added.iterator().next();
                added.remove(oldest);
                answers.remove(oldest);
            }
        }
    }

    /** Starts looking the names up if it is time to. Returns at once. */
    synchronized void refresh() {
        long now = System.nanoTime();
        List<PeerAddress> all = all();
        if (!all.isEmpty() && lookup.isDone() && now - nextLookupNanos >= 0) {
            nextLookupNanos = now + LOOKUP_NANOS;
            lookup = CompletableFuture.runAsync(() -> all.forEach(this::resolve));
        }
    }

    private List<PeerAddress> all() {
        List<PeerAddress> all = new ArrayList<>(named);
        all.addAll(added);
        return all;
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
     * Returns the addresses to look at for a channel that is bound so, a live view that is never empty. Bound to loopback
     * they are those of this machine, among them the first ports there, where other daemons may be: nobody else could
     * answer.
     */
    Collection<PhysicalAddress> addresses(Inet4Address bound, int port) {
        int first = port == 0 ? ClusterSettings.DEFAULT_PORT : port;
        List<PhysicalAddress> own = ports(bound, first, bound.isLoopbackAddress() ? DEFAULT_PORTS : 1);
        return new AbstractCollection<>() {
            @Override
            public Iterator<PhysicalAddress> iterator() {
                return stream().iterator();
            }

            @Override
            public int size() {
                return (int) stream().count();
            }

            @Override
            public Stream<PhysicalAddress> stream() {
                Stream<PhysicalAddress> others = answered().stream()
                        .filter(address -> !bound.isLoopbackAddress()
                                || ((IpAddress) address).getIpAddress().isLoopbackAddress());
                return Stream.concat(own.stream(), others).distinct();
            }
        };
    }

    /**
     * Returns the named peers, for a daemon that nobody answers, but for those that were not looked up yet.
     *
     * @param self where this daemon listens: a list that is the same on every device names this one, too
     */
    synchronized List<ClusterStatus.SilentPeer> silent(String self) {
        return named.stream()
                .filter(peer -> answers.containsKey(peer) || lookup.isDone())
                .filter(peer -> answers.getOrDefault(peer, List.of()).stream()
                        .noneMatch(address -> address.toString().equals(self)))
                .map(peer -> new ClusterStatus.SilentPeer(
                        peer.toString(), !answers.getOrDefault(peer, List.of()).isEmpty()))
                .toList();
    }

    private synchronized List<PhysicalAddress> answered() {
        return answers.values().stream().flatMap(List::stream).toList();
    }

    private static List<PhysicalAddress> ports(InetAddress address, int first, int count) {
        return Stream.iterate(first, port -> port + 1)
                .limit(count)
                .<PhysicalAddress>map(port -> new IpAddress(address, port))
                .toList();
    }

    private void resolve(PeerAddress peer) {
        try {
            int first = peer.port() == 0 ? ClusterSettings.DEFAULT_PORT : peer.port();
            int count = peer.port() == 0 ? DEFAULT_PORTS : 1;
            List<PhysicalAddress> answer = Stream.of(resolver.lookUp(peer.host()))
                    .filter(Inet4Address.class::isInstance)
                    .flatMap(address -> ports(address, first, count).stream())
                    .toList();
            synchronized (this) {
                if (named.contains(peer) || added.contains(peer)) {
                    answers.put(peer, answer);
                }
            }
        } catch (UnknownHostException e) {
            LOG.debug("the peer {} has no address now", peer, e);
        }
    }
}
