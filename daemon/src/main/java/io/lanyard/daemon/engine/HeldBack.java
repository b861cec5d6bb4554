package io.lanyard.daemon.engine;

import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.LiveWrite;
import io.lanyard.daemon.message.Message.Unclaimed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Live writes that came before something they build upon. They are hints: each comes again by catch-up, so any may be
 * dropped at any time, and nothing waits for one.
 */
final class HeldBack {

    private final int maxBytes;
    private final long maxMillis;
    private final Map<ReplicaId, TreeMap<Long, Held>> held = new HashMap<>();
    private final Map<MemberId, Integer> waiting = new HashMap<>();
    private int bytes;
    private int count;

    HeldBack(int maxBytes, long maxMillis) {
        this.maxBytes = maxBytes;
        this.maxMillis = maxMillis;
    }

    /** A live write that waits, whom it came from and since when. */
    record Held(LiveWrite live, MemberId from, long sinceMillis, int bytes) {}

    int count() {
        return count;
    }

    /** Returns true if something that {@code member} sent is waiting. */
    boolean isWaitingFor(MemberId member) {
        return waiting.containsKey(member);
    }

    /** Keeps a live write, unless there is no room for it. */
    void add(LiveWrite live, MemberId from, long nowMillis) {
        int size = sizeOf(live);
        if (bytes + size > maxBytes) {
            return;
        }
        TreeMap<Long, Held> ofReplica = held.computeIfAbsent(live.write().dot().replica(), absent -> new TreeMap<>());
        if (ofReplica.putIfAbsent(live.write().dot().sequence(), new Held(live, from, nowMillis, size)) == null) {
            bytes += size;
            count++;
            waiting.merge(from, 1, Integer::sum);
        }
    }

    /**
     * Takes out every live write that can be merged now, and drops those that {@code vector} covers.
     *
     * @param walkedTo the tail of a member's index that was reached last; {@code null} for a member from which nothing is
     *     taken yet
     */
    List<Held> takeReady(VersionVector vector, Function<MemberId, Checkpoint> walkedTo) {
        List<Held> ready = new ArrayList<>();
        for (Iterator<TreeMap<Long, Held>> replicas = held.values().iterator(); replicas.hasNext(); ) {
            TreeMap<Long, Held> ofReplica = replicas.next();
            while (!ofReplica.isEmpty()) {
                Held first = ofReplica.firstEntry().getValue();
                boolean isCovered = vector.covers(first.live().write().dot());
                if (!isCovered && !isReady(first.live(), vector, walkedTo.apply(first.from()))) {
                    break;
                }
                forget(ofReplica.pollFirstEntry().getValue());
                if (!isCovered) {
                    ready.add(first);
                    break;
                }
            }
            if (ofReplica.isEmpty()) {
                replicas.remove();
            }
        }
        return ready;
    }

    /** Drops what has waited too long. */
    void dropOld(long nowMillis) {
        for (Iterator<TreeMap<Long, Held>> replicas = held.values().iterator(); replicas.hasNext(); ) {
            TreeMap<Long, Held> ofReplica = replicas.next();
            ofReplica.values().removeIf(waiting -> {
                boolean isOld = nowMillis - waiting.sinceMillis() > maxMillis;
                if (isOld) {
                    forget(waiting);
                }
                return isOld;
            });
            if (ofReplica.isEmpty()) {
                replicas.remove();
            }
        }
    }

    /**
     * Returns true if a replica with this vector holds all that the live write builds upon.
     *
     * @param walkedTo the tail of its writer's index that was reached last
     */
    static boolean isReady(LiveWrite live, VersionVector vector, Checkpoint walkedTo) {
        long sequence = live.write().dot().sequence();
        return vector.get(live.write().dot().replica()) == sequence - 1
                && vector.covers(live.needs())
                && holds(live.unclaimed(), vector, walkedTo);
    }

    private static boolean holds(Unclaimed unclaimed, VersionVector vector, Checkpoint walkedTo) {
        return walkedTo != null && isHeld(unclaimed, vector, walkedTo);
    }

    private static boolean isHeld(Unclaimed unclaimed, VersionVector vector, Checkpoint walkedTo) {
        return unclaimed == null
                || vector.covers(unclaimed.reach())
                || walkedTo.opening() == unclaimed.opening() && walkedTo.number() >= unclaimed.number();
    }

    /** Drops what a member sent. */
    void drop(MemberId member) {
        for (Iterator<TreeMap<Long, Held>> replicas = held.values().iterator(); replicas.hasNext(); ) {
            TreeMap<Long, Held> ofReplica = replicas.next();
            ofReplica.values().removeIf(waiting -> {
                boolean isFrom = waiting.from().equals(member);
                if (isFrom) {
                    forget(waiting);
                }
                return isFrom;
            });
            if (ofReplica.isEmpty()) {
                replicas.remove();
            }
        }
    }

    /** Drops everything. */
    void clear() {
        held.clear();
        waiting.clear();
        bytes = 0;
        count = 0;
    }

    private void forget(Held gone) {
        bytes -= gone.bytes();
        count--;
        waiting.computeIfPresent(gone.from(), (member, number) -> number == 1 ? null : number - 1);
    }

    private static int sizeOf(LiveWrite live) {
        int size = 200 + 32 * live.needs().size();
        size += live.unclaimed() == null ? 0 : 32 * live.unclaimed().reach().size();
        for (var change : live.write().changes()) {
            size += 400;
            for (var field : change.fragment().fields().entrySet()) {
                String value = field.getValue().value();
                size += 200 + 2 * field.getKey().pointer().length() + (value == null ? 0 : 2 * value.length());
            }
        }
        return size;
    }
}
