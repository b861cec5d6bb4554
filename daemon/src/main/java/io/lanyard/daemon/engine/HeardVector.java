package io.lanyard.daemon.engine;

import io.lanyard.crdt.Hash;
import io.lanyard.crdt.VersionVector;
import io.lanyard.daemon.message.Message.VectorNews;

/** A vector of somebody else's, put together from what is new in each telling. */
final class HeardVector {

    /** {@code null} while a telling is missing. */
    private VersionVector vector;

    private Hash hash;

    /**
     * Takes over what is new.
     *
     * @return false if it builds upon a vector that is not known here: the whole one has to be asked for
     */
    boolean take(VectorNews news) {
        boolean buildsUponWhatIsKnown =
                news.base() == null || vector != null && news.base().equals(hash);
        VersionVector taken = news.base() == null || vector == null ? new VersionVector() : vector;
        taken.join(news.changes());
        boolean isWhole = buildsUponWhatIsKnown
                && (news.changes().isEmpty() && news.base() != null
                        || taken.hash().equals(news.hash()));
        vector = isWhole ? taken : null;
        hash = isWhole ? news.hash() : null;
        return isWhole;
    }

    /** Returns the vector, {@code null} if it is not known. Not to be changed. */
    VersionVector vector() {
        return vector;
    }
}
