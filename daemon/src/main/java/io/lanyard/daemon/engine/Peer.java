package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message.Checkpoint;
import io.lanyard.daemon.message.Message.Device;
import io.lanyard.daemon.message.Message.Summary;

/** What is known of another device: what it last said of itself, and how a walk of its index stands. */
final class Peer {

    final MemberId member;
    Device device;
    long opening;
    VersionVector vector;
    VersionVector reach = new VersionVector();
    Hash digest = Hash.ZERO;
    boolean isCatchingUp;
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

    private Hash vectorHash;

    record DigestPair(Hash ours, Hash theirs) {}

    Peer(MemberId member) {
        this.member = member;
    }

    boolean isKnown() {
        return vector != null;
    }

    /**
     * Takes over what the peer says of itself.
     *
     * @return false if the summary builds upon a vector that is not known here: the whole one has to be asked for
     */
    boolean take(Summary summary, long wallMillis) {
        device = summary.device();
        opening = summary.opening();
        reach = summary.reach();
        digest = summary.digest();
        isCatchingUp = summary.isCatchingUp();
        lastHeardWallMillis = wallMillis;
        boolean buildsUponWhatIsKnown = summary.base() == null || summary.base().equals(vectorHash);
        VersionVector taken = summary.base() == null || vector == null ? new VersionVector() : vector;
        taken.join(summary.changes());
        boolean isWhole = buildsUponWhatIsKnown && taken.hash().equals(summary.vectorHash());
        vector = isWhole ? taken : null;
        vectorHash = isWhole ? summary.vectorHash() : null;
        return isWhole;
    }
}
