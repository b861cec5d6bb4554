package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.VectorNews;

/** A vector that is told again and again, each time only what is new since the time before. */
final class ToldVector {

    private VersionVector told;
    private Hash hash;

    /** Returns what there is to tell: all of it, if that is asked for or was never told or entries went down. */
    VectorNews tell(VersionVector vector, boolean isWholeDue) {
        boolean isWhole = isWholeDue || told == null || !vector.covers(told);
        VersionVector changes = isWhole ? vector.copy() : vector.beyond(told);
        Hash base = isWhole ? null : hash;
        if (isWhole || !changes.isEmpty()) {
            told = vector.copy();
            hash = told.hash();
        }
        return new VectorNews(base, changes, hash);
    }
}
