package io.lanyard.daemon.node;

import io.lanyard.crdt.ReplicaId;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a member may say what it says, by what the network proves of it: a summary is its own device's, and a live
 * write comes under a replica id of its own. A replica id is the device's under whom it was first heard, for good. So
 * nobody can use up the numbers that another device is going to give its writes, which no merge could ever mend.
 *
 * <p>A page brings the writes of others, whoever serves it: that is what members trust each other with. Where the network
 * proves nothing there is nothing to hold against it, and all is taken. Thread-safe; refusals are counted, and the first is
 * logged.
 */
final class Speakers {

    /**
     * How many replica ids of one device are remembered besides those of the store. It takes one at each opening of its
     * store and never comes back to an older one, so the one that was not heard for longest is forgotten for a new one.
     */
    static final int MAX_REPLICAS = 4_096;

    private static final Logger LOG = LoggerFactory.getLogger(Speakers.class);

    private final String self;
    private final Function<MemberId, Optional<String>> provenDevice;
    private final Map<ReplicaId, String> owners = new HashMap<>();
    private final Map<String, Set<ReplicaId>> heard = new HashMap<>();
    private final AtomicLong refused = new AtomicLong();

    /**
     * @param self the id of this device
     * @param provenDevice what the id of a member's device begins with, if the network proves that
     */
    Speakers(String self, Function<MemberId, Optional<String>> provenDevice) {
        this.self = self;
        this.provenDevice = provenDevice;
    }

    /** Notes who is known to write, or to have written, under which replica ids. */
    synchronized void learn(Map<ReplicaId, String> writers) {
        writers.forEach(owners::putIfAbsent);
    }

    /** Notes what this device itself is about to say. */
    synchronized void says(Message message) {
        if (message instanceof Message.LiveWrite live) {
            owners.put(live.write().dot().replica(), self);
        }
    }

    /** Returns whether a message may be taken from a member. */
    boolean mayTake(MemberId from, Message message) {
        Optional<String> objection = provenDevice.apply(from).flatMap(device -> objection(device, message));
        objection.ifPresent(why -> {
            if (refused.getAndIncrement() == 0) {
                LOG.warn("a message of member {} was refused: {}; further ones are only counted", from, why);
            }
        });
        return objection.isEmpty();
    }

    /** Returns how many messages were refused. */
    long refusedCount() {
        return refused.get();
    }

    private Optional<String> objection(String device, Message message) {
        if (message instanceof Message.Summary summary) {
            if (!summary.device().id().startsWith(device)) {
                return Optional.of("it calls itself another device");
            }
            boolean isOwn = summary.replica() == null || owns(device, summary.replica());
            return isOwn ? Optional.empty() : Optional.of("it calls another device's replica its own");
        }
        if (message instanceof Message.LiveWrite live
                && !owns(device, live.write().dot().replica())) {
            return Optional.of("it brings another device's write as it happens");
        }
        return Optional.empty();
    }

    private synchronized boolean owns(String device, ReplicaId replica) {
        String owner = owners.get(replica);
        if (owner != null && !owner.startsWith(device)) {
            return false;
        }
        Set<ReplicaId> own = heard.computeIfAbsent(device, key -> new LinkedHashSet<>());
        if (own.remove(replica) || owner == null) {
            own.add(replica);
            owners.put(replica, device);
        }
        if (own.size() > MAX_REPLICAS) {
            ReplicaId oldest = own.iterator().next();
            own.remove(oldest);
            owners.remove(oldest);
        }
        return true;
    }
}
