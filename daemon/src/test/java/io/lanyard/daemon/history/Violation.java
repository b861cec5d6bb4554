package io.lanyard.daemon.history;

/**
 * A promise that was broken.
 *
 * @param kind which one
 * @param document where
 * @param sentence what is wrong, for people
 */
public record Violation(Kind kind, String document, String sentence) {

    /** What can be wrong. */
    public enum Kind {
        /** An acknowledged write is neither readable nor superseded. */
        LOST,
        /** A value that nobody wrote. */
        INVENTED,
        /** A value of a write that was refused. */
        REFUSED_BUT_SHOWN,
        /** A document that was deleted, or a value that was knowingly taken away, is back. */
        RESURRECTED,
        /** Some of a batch is there and some is not. */
        TORN_BATCH,
        /** A device does not show what it acknowledged before. */
        OWN_WRITE_NOT_READ,
        /** A device shows something older than it showed before. */
        WENT_BACK,
        /** Devices in step show different things. */
        DEVICES_DIFFER,
        /** A write has an older stamp than one that its device had acknowledged before. */
        STAMP_NOT_NEWER,
        /** Two writes have one stamp. */
        STAMP_GIVEN_TWICE,
        /** A value was lost to a concurrent write, and stands in nobody's conflict journal. */
        CONFLICT_MISSED
    }

    @Override
    public String toString() {
        return kind + " " + document + ": " + sentence;
    }
}
