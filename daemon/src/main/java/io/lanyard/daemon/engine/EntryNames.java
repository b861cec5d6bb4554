package io.lanyard.daemon.engine;

import io.lanyard.crdt.ReplicaId;

/** The names of the engine's entries in the {@link Store}. */
final class EntryNames {

    /** Followed by a replica id: the sequence that this replica claims. */
    static final String VECTOR = "vector/";
    /** Followed by a replica id: the highest sequence of what this replica holds but does not claim. */
    static final String REACH = "reach/";
    /** Followed by a number in 16 hexadecimal digits: an opening of the store, and where it ended. */
    static final String OPENING = "opening/";
    /** Followed by a device id: how far that device's arrival index was walked. */
    static final String CHECKPOINT = "checkpoint/";
    /** Followed by a replica id: the device that writes or wrote under it. */
    static final String WRITER = "writer/";
    /** Followed by a replica id of this device: up to which sequence some other device is known to hold it. */
    static final String HELD_ELSEWHERE = "elsewhere/";
    /** Followed by a number of the conflict journal in 16 hexadecimal digits: what a person decided about it. */
    static final String SETTLED = "settled/";
    /** The buckets of the digest. */
    static final String DIGEST = "digest";
    /** The clock and the number of visible documents. */
    static final String COUNTERS = "counters";

    private EntryNames() {}

    static ReplicaId replicaIn(String name) {
        return ReplicaId.parse(name.substring(name.indexOf('/') + 1));
    }
}
