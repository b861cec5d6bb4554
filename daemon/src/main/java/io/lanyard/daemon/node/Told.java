package io.lanyard.daemon.node;

/** What a reader of the change feed was told: of which documents, and in which of their states. */
public interface Told {

    /**
     * Returns whether the reader knows the state that a document had at {@code number}, where it stood until it moved on
     * to {@code successor}.
     */
    boolean has(long number, long successor);

    /**
     * Returns whether it is not known if the reader knows that state; {@link #has} is false then. What the reader had is
     * not to be guessed: compared with an older state, a document that is back to it would seem to be told.
     */
    default boolean isUnsure(long number, long successor) {
        return false;
    }

    /** Returns up to which number the reader knows every document as it was then. */
    long fully();

    /**
     * Returns where the feed ended when the reader began to read what comes after {@link #fully}: what disappeared before
     * that was not told to it as being there; {@link Long#MAX_VALUE} if it did not begin.
     */
    long begun();

    /** Returns what a reader knows who knows everything up to {@code number}. */
    static Told upTo(long number) {
        return new Told() {
            @Override
            public boolean has(long past, long successor) {
                return past <= number;
            }

            @Override
            public long fully() {
                return number;
            }

            @Override
            public long begun() {
                return Long.MAX_VALUE;
            }
        };
    }
}
