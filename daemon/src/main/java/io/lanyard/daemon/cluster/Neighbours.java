package io.lanyard.daemon.cluster;

import io.lanyard.daemon.security.PeerRefusal;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who was heard on the LAN without being let in: daemons of other groups and of newer protocol versions. Bounded, since
 * anybody may shout: at most {@link #MAX_HEARD} of each kind, forgotten after {@link #MEMORY}. Thread-safe.
 */
final class Neighbours implements PeerRefusal {
    static final int MAX_HEARD = 64;
    static final Duration MEMORY = Duration.ofMinutes(3);

    /** A daemon alone with its group calls every few seconds, so who was not heard for this long may have joined. */
    static final Duration DOUBT = Duration.ofSeconds(20);

    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    private final InstantSource clock;
    private final Map<String, ClusterStatus.OtherGroup> groups = new HashMap<>();
    private final Map<String, ClusterStatus.NewerPeer> newer = new HashMap<>();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong forged = new AtomicLong();

    Neighbours(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public void refused(InetAddress address, String reason, String otherGroup) {
        if (refused.getAndIncrement() == 0) {
            LOG.info("refused a peer at {}: {}; further ones are only counted", address.getHostAddress(), reason);
        }
        if (otherGroup != null) {
            heardGroup(address, otherGroup);
        }
    }

    synchronized void heardGroup(InetAddress address, String group) {
        String text = address.getHostAddress();
        forgetOld();
        boolean first = groups.isEmpty();
        if (groups.containsKey(group + text) || groups.size() < MAX_HEARD) {
            ClusterStatus.OtherGroup heard = new ClusterStatus.OtherGroup(text, group, clock.millis());
            groups.put(group + text, heard);
            if (first) {
                LOG.info("{}", heard.sentence());
            }
        }
    }

    synchronized void heardNewer(InetAddress address, int version) {
        String text = address.getHostAddress();
        forgetOld();
        boolean first = newer.isEmpty();
        if (newer.containsKey(text) || newer.size() < MAX_HEARD) {
            ClusterStatus.NewerPeer heard = new ClusterStatus.NewerPeer(text, version, clock.millis());
            newer.put(text, heard);
            if (first) {
                LOG.warn("{}", heard.sentence());
            }
        }
    }

    void heardForgery(InetAddress address) {
        if (forged.getAndIncrement() == 0) {
            LOG.warn(
                    "a discovery packet from {} claims this group without its key; further ones are only counted",
                    address.getHostAddress());
        }
    }

    /** Forgets the groups that were heard: they were others' to a device that has changed its own. */
    synchronized void forgetGroups() {
        groups.clear();
    }

    /**
     * Returns the other groups that were heard, but for who seems to have come over.
     *
     * @param members IP addresses of those who are in this device's group now
     */
    synchronized List<ClusterStatus.OtherGroup> groups(Set<String> members) {
        forgetOld();
        long doubtful = clock.millis() - DOUBT.toMillis();
        groups.values().removeIf(heard -> heard.lastHeardMillis() < doubtful && members.contains(heard.address()));
        return groups.values().stream()
                .sorted(Comparator.comparing(ClusterStatus.OtherGroup::address))
                .toList();
    }

    synchronized List<ClusterStatus.NewerPeer> newer() {
        forgetOld();
        return newer.values().stream()
                .sorted(Comparator.comparing(ClusterStatus.NewerPeer::address))
                .toList();
    }

    long refusedCount() {
        return refused.get();
    }

    long forgedCount() {
        return forged.get();
    }

    private void forgetOld() {
        long now = clock.millis();
        long oldest = now - MEMORY.toMillis();
        groups.values().removeIf(heard -> heard.lastHeardMillis() < oldest || heard.lastHeardMillis() > now);
        newer.values().removeIf(heard -> heard.lastHeardMillis() < oldest || heard.lastHeardMillis() > now);
    }
}
