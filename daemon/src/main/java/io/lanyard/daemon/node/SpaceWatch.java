package io.lanyard.daemon.node;

import java.util.OptionalLong;

/**
 * Judges the free space of a disk: below one bound it is full, and only above a higher one there is room again. What lies
 * below the lower bound is kept for what has to be written even then. One thread.
 */
final class SpaceWatch {

    /** Room for a batch of the largest size in the redo journal and in the main file. */
    static final long LEAST_BYTES = 16L << 20;

    static final long ENOUGH_BYTES = 24L << 20;

    private static final long INTERVAL_MILLIS = 1_000;

    private long nextLookMillis = Long.MIN_VALUE;
    private long storeBytes;
    private boolean isFull;

    /** Returns whether it is time to look: once a second, and whenever the store has grown. */
    boolean isDue(long nowMillis, long presentStoreBytes) {
        return nowMillis >= nextLookMillis || presentStoreBytes > storeBytes;
    }

    /** Takes what was found; what is not known never counts as full. */
    void take(long nowMillis, long presentStoreBytes, OptionalLong freeBytes) {
        nextLookMillis = nowMillis + INTERVAL_MILLIS;
        storeBytes = presentStoreBytes;
        isFull = freeBytes.isPresent() && freeBytes.getAsLong() < (isFull ? ENOUGH_BYTES : LEAST_BYTES);
    }

    /** Puts the next look off by an interval. */
    void putOff(long nowMillis) {
        nextLookMillis = nowMillis + INTERVAL_MILLIS;
    }

    boolean isFull() {
        return isFull;
    }
}
