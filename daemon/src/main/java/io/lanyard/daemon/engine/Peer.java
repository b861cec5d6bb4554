package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.ReplicaId;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Lineage;
import io.lanyard.daemon.message.Message.Summary;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** What is known of another device: what it last said of itself, and how a walk of its index stands. */
final class Peer {

    final MemberId member;
    Device device;
    long opening;
    private final HeardVector vector = new HeardVector();
    private final HeardVector promised = new HeardVector();
    private final HeardVector collected = new HeardVector();
    private final HeardVector cleared = new HeardVector();
    VersionVector reach = new VersionVector();
    Hash digest = Hash.ZERO;
    boolean isCatchingUp;
    boolean isFenced;
    boolean hasLostData;
    Lineage lineage;
    /** Whether its past is what this replica counts on. */
    boolean isSound;
    /** Whether something may be taken from it: besides, this replica has dropped what it counts on every device to have. */
    boolean isTrusted;
    /** Since when this replica is behind what the peer promised; -1 if it is not. */
    long behindSinceMillis = -1;
    /** The hash of the devices that it knew when it last spoke. */
    Hash registryHash = Hash.ZERO;
    /** Under which replica ids live writes of it came, in its present opening and before. */
    private final Set<ReplicaId> replicas = new HashSet<>();

    private final Set<ReplicaId> endedReplicas = new HashSet<>();
    /** The hash of the devices that it last told of, all of which this replica knows. */
    Hash mergedRegistry = Hash.ZERO;
    /** What it said that is to be counted on once this replica has all of it. */
    final Deque<Acknowledged> unadopted = new ArrayDeque<>();

    long clockOffsetMillis;
    long lastHeardWallMillis;

    /** Since when it is known to hold something that is missing here; -1 if nothing is. */
    long lackSinceMillis = -1;
    /** Before this time no walk of its index is begun. */
    long notBeforeMillis;
    /** The tail of its index that was reached last. */
    Checkpoint walkedTo = Checkpoint.START;
    /** What both showed when its index was last walked to the end because the two differed under equal vectors. */
    DigestPair walkedFor;

    /** The difference that was told to people as damage. */
    DigestPair alarmedFor;
    /** Whether the whole vector has to be asked for. */
    boolean isSummaryRequestDue;

    /** What a device said of itself at one time. */
    record Acknowledged(
            VersionVector vector,
            VersionVector reach,
            VersionVector promised,
            VersionVector collected,
            VersionVector cleared) {

        static final Acknowledged NOTHING = new Acknowledged(
                new VersionVector(),
                new VersionVector(),
                new VersionVector(),
                new VersionVector(),
                new VersionVector());
    }

    record DigestPair(Hash ours, Hash theirs) {}

    Peer(MemberId member) {
        this.member = member;
    }

    boolean isKnown() {
        return vector.vector() != null
                && promised.vector() != null
                && collected.vector() != null
                && cleared.vector() != null;
    }

    /** Its vector, {@code null} if it is not known. Not to be changed. */
    VersionVector vector() {
        return vector.vector();
    }

    /** What it promised, {@code null} if that is not known. Not to be changed. */
    VersionVector promised() {
        return promised.vector();
    }

    /** Takes nothing from it. */
    void distrust() {
        isSound = false;
        isTrusted = false;
    }

    /** Up to where it knows that every device did, {@code null} if that is not known. Not to be changed. */
    VersionVector cleared() {
        return cleared.vector();
    }

    /**
     * Notes that a live write of this member came under a replica id.
     *
     * @return false if the member was through the fence since: what it wrote before comes another way
     */
    boolean writesUnder(ReplicaId replica) {
        if (endedReplicas.contains(replica)) {
            return false;
        }
        replicas.add(replica);
        return true;
    }

    /** Its index is to be walked from the start, as this replica does not hold any more what the walks brought. */
    void forgetWalk() {
        walkedTo = Checkpoint.START;
        walkedFor = null;
    }

    /** Returns what it says of itself now. */
    Acknowledged acknowledged() {
        return new Acknowledged(
                vector.vector().copy(),
                reach,
                promised.vector().copy(),
                collected.vector().copy(),
                cleared.vector().copy());
    }

    /**
     * Takes over what the peer says of itself.
     *
     * @return false if the summary builds upon something that is not known here: all of it has to be asked for
     */
    boolean take(Summary summary, long wallMillis) {
        boolean hasSpoken = device != null;
        device = summary.device();
        if (hasSpoken && opening != summary.opening()) {
            endedReplicas.addAll(replicas);
            replicas.clear();
        }
        opening = summary.opening();
        reach = summary.reach();
        digest = summary.digest();
        isCatchingUp = summary.isCatchingUp();
        isFenced = summary.isFenced();
        hasLostData = summary.hasLostData();
        lineage = summary.lineage();
        registryHash = summary.registryHash();
        lastHeardWallMillis = wallMillis;
        return vector.take(summary.vector())
                & promised.take(summary.promised())
                & collected.take(summary.collected())
                & cleared.take(summary.cleared());
    }
}
