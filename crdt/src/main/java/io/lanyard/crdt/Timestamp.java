package io.lanyard.crdt;

import java.time.Instant;

/**
 * The packed form of a hybrid logical time: 48 bits of milliseconds since 1970, then a 16-bit counter.
 *
 * <p>Timestamps are kept as a bare {@code long} because every register has one; compare them with {@link #compare}
 * only, since the top bit is in use (unsigned order).
 */
public final class Timestamp {

    /** The newest millisecond that may be stamped: the end of the year 9999. */
    public static final long MAX_MILLIS = 253_402_300_799_999L;

    /** The newest timestamp that is accepted from anywhere. */
    public static final long MAX = pack(MAX_MILLIS, 0xFFFF);

    private static final int COUNTER_BITS = 16;

    private Timestamp() {}

    /** Packs milliseconds since 1970 (0 to {@link #MAX_MILLIS}) and a counter (0 to 65,535). */
    public static long pack(long millis, int counter) {
        return millis << COUNTER_BITS | counter;
    }

    /** Returns the milliseconds since 1970. */
    public static long millis(long timestamp) {
        return timestamp >>> COUNTER_BITS;
    }

    /** Returns the counter, which orders what happened within one millisecond. */
    public static int counter(long timestamp) {
        return (int) (timestamp & 0xFFFF);
    }

    /** Orders two timestamps, oldest first. */
    public static int compare(long left, long right) {
        return Long.compareUnsigned(left, right);
    }

    /** Returns the newer of two timestamps. */
    public static long max(long left, long right) {
        return compare(left, right) >= 0 ? left : right;
    }

    /** Returns true for a timestamp that may be stored: not past the year 9999. */
    public static boolean isAcceptable(long timestamp) {
        return compare(timestamp, MAX) <= 0;
    }

    /** Returns the wall-clock part, as people write it (ISO 8601, UTC). */
    public static String text(long timestamp) {
        return Instant.ofEpochMilli(millis(timestamp)).toString();
    }
}
