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
    /** Followed by a replica id: up to which sequence this device ever said that every device has its writes. */
    static final String PROMISED = "promised/";
    /** Followed by a replica id: up to which sequence garbage was dropped. */
    static final String COLLECTED = "collected/";
    /** Followed by a replica id: up to which sequence every device is known to have dropped garbage. */
    static final String CLEARED = "cleared/";
    /** Followed by a device id: what is known of that device. */
    static final String DEVICE = "device/";
    /** Followed by a device id: when it was said that the device is retired, once every other device knows that. */
    static final String RETIRED = "retired/";
    /** The network name of the group that this device is in. */
    static final String GROUP = "group";
    /** How old what is held here is, to judge who gives way. */
    static final String LINEAGE = "lineage";
    /** Present from when this store lost something until it went through the fence. */
    static final String LOST_DATA = Store.LOST_DATA;
    /** Present from when this device heard that it was retired until it went through the fence. */
    static final String GIVES_WAY = "givesWay";
    /** How far this device is with going through the fence, if it has to. */
    static final String FENCE = Store.FENCE;
    /** Followed by collection, slash and id: a document that a server holds, to be switched to. */
    static final String STAGED = "staged/";
    /** Followed by collection, slash and id: a document from before the fence, with something that the server lacks. */
    static final String LEFTOVER = "leftover/";
    /** The number of graves, and the newest timestamp of what was dropped. */
    static final String GARBAGE = "garbage";
    /** Up to which numbers the arrival index is swept. */
    static final String SWEPT = "swept";
    /** Up to which number graves were removed from the arrival index. */
    static final String PURGED = "purged";
    /** Followed by a number in 8 hexadecimal digits: an index, and how far it is. */
    static final String INDEX = "index/";
    /** Followed by an index's number, a slash, an {@link OrderKey} and an id: a document in an index. */
    static final String INDEXED = "indexed/";
    /** The number that the next index gets: none is given twice. */
    static final String NEXT_INDEX = "nextIndex";
    /** Followed by a hash: what became of a write that a program named by a key. */
    static final String REPEATABLE = "repeatable/";
    /** Followed by a number in 16 hexadecimal digits: the keys of such writes, oldest first. */
    static final String REPEATABLE_ORDER = "repeatableOrder/";
    /** The buckets of the digest. */
    static final String DIGEST = "digest";
    /** The clock and the number of visible documents. */
    static final String COUNTERS = "counters";

    private EntryNames() {}

    static ReplicaId replicaIn(String name) {
        return ReplicaId.parse(name.substring(name.indexOf('/') + 1));
    }
}
