package io.lanyard.daemon.node;

/**
 * Whether this device's disk takes writes now. Reads go on in every state.
 *
 * @param state what it does
 * @param reason why it takes none, as a part of a sentence; empty if it takes them
 */
public record Storage(State state, String reason) {

    static final Storage WRITABLE = new Storage(State.WRITABLE, "");

    /** What a disk does. */
    public enum State {
        /** It takes writes. */
        WRITABLE,
        /** There is no room, or too little, left on it. */
        FULL,
        /** It may only be read. */
        READ_ONLY,
        /** It reports errors. */
        FAILING
    }

    /** Returns whether writes are taken. */
    public boolean isWritable() {
        return state == State.WRITABLE;
    }

    /** Returns what a person can do about it, as a part of a sentence; empty if nothing has to be done. */
    public String hint() {
        return switch (state) {
            case WRITABLE -> "";
            case FULL -> "free some space: writing goes on by itself within seconds, and reading works meanwhile";
            case READ_ONLY ->
                "make the file system writable again: writing goes on by itself within seconds, and reading works"
                        + " meanwhile";
            case FAILING ->
                "look into the system's log and have the disk checked: writing is tried again every few seconds, and"
                        + " reading works as far as the disk can be read";
        };
    }
}
