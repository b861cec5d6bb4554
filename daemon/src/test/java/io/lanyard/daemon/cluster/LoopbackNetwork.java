package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A network in memory that {@link InMemoryCluster}s meet on. Deliveries are enqueued while the network is locked, so
 * views and messages have one order that everybody agrees with.
 */
public final class LoopbackNetwork {
    private final List<InMemoryCluster> plugged = new ArrayList<>();
    private final Set<Set<InMemoryCluster>> cuts = new HashSet<>();
    private long lastMember;

    /** Makes a cluster on this network, not started yet. */
    public InMemoryCluster newCluster() {
        return new InMemoryCluster(this);
    }

    /** Cuts the wire between two clusters, both ways. */
    public synchronized void cut(InMemoryCluster one, InMemoryCluster other) {
        cuts.add(Set.of(one, other));
        tellMembers();
    }

    /** Mends every wire. */
    public synchronized void heal() {
        cuts.clear();
        tellMembers();
    }

    synchronized MemberId plug(InMemoryCluster cluster) {
        lastMember++;
        plugged.add(cluster);
        return new MemberId("member-" + lastMember);
    }

    synchronized void unplug(InMemoryCluster cluster) {
        plugged.remove(cluster);
        tellMembers();
    }

    synchronized void tellMembers() {
        for (InMemoryCluster cluster : plugged) {
            cluster.inbox()
                    .membersChanged(reachable(cluster).stream()
                            .map(InMemoryCluster::memberId)
                            .collect(Collectors.toUnmodifiableSet()));
        }
    }

    /** Delivers to one member, or to all if {@code to} is null; whoever cannot be reached misses it. */
    synchronized void deliver(InMemoryCluster from, MemberId to, byte[] message) {
        if (plugged.contains(from)) {
            reachable(from).stream()
                    .filter(cluster -> to == null || to.equals(cluster.memberId()))
                    .forEach(cluster -> cluster.inbox().received(from.memberId(), message.clone()));
        }
    }

    synchronized Set<InMemoryCluster> reachable(InMemoryCluster from) {
        return plugged.contains(from)
                ? plugged.stream()
                        .filter(cluster -> cluster != from && !cuts.contains(Set.of(cluster, from)))
                        .collect(Collectors.toUnmodifiableSet())
                : Set.of();
    }
}
