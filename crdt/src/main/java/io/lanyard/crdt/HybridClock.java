package io.lanyard.crdt;

/**
 * A hybrid logical clock: wall time that never steps back, with a counter within the millisecond.
 *
 * <p>After Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks and Consistent Snapshots in Globally
 * Distributed Databases" (2014), with one difference: what is received drags this clock at most {@link
 * #MAX_DRAG_MILLIS} past its own wall clock. In the paper one device whose clock is a year ahead moves every other
 * clock a year ahead. Causality does not suffer, because a write to a document is stamped above everything that the
 * document holds (see {@link #next}), whatever the clock says.
 *
 * <p>Not thread-safe.
 */
public final class HybridClock {

    /** How far past the own wall clock a received stamp can move this clock. */
    public static final long MAX_DRAG_MILLIS = 500;

    private long latest;

    /** Starts above {@code latest}, what {@link #latest()} last said in this store (0 if it never ran). */
    public HybridClock(long latest) {
        this.latest = latest;
    }

    /** Returns the newest timestamp that this clock issued or took over. */
    public long latest() {
        return latest;
    }

    /**
     * Issues a timestamp: newer than {@link #latest} and than {@code seen}, and not older than the wall clock. So it is
     * newer than all that this clock issued before, except what had to beat a document from a device far ahead.
     *
     * @param wallMillis the wall clock, milliseconds since 1970
     * @param seen the newest timestamp in the document to be written, 0 if it is empty
     * @throws ClockExhaustedException if the timestamp would lie past the year 9999
     */
    public long next(long wallMillis, long seen) {
        long wall = Timestamp.pack(Math.max(0, Math.min(wallMillis, Timestamp.MAX_MILLIS)), 0);
        long ownClock = Timestamp.max(wall, after(latest));
        long issued = Timestamp.max(ownClock, after(seen));
        if (!Timestamp.isAcceptable(issued)) {
            throw new ClockExhaustedException();
        }
        // A document from a device far ahead is beaten under its own time, without taking this clock along.
        latest = Timestamp.compare(issued, bound(wallMillis)) <= 0 ? issued : ownClock;
        return issued;
    }

    /** Takes note of a received timestamp, moving this clock forward, within the bound on drag. */
    public void observe(long received, long wallMillis) {
        long bound = bound(wallMillis);
        long taken = Timestamp.compare(received, bound) <= 0 ? received : bound;
        latest = Timestamp.max(latest, taken);
    }

    private static long bound(long wallMillis) {
        long millis = Math.max(0, Math.min(wallMillis, Timestamp.MAX_MILLIS)) + MAX_DRAG_MILLIS;
        return Timestamp.pack(Math.min(millis, Timestamp.MAX_MILLIS), 0);
    }

    private static long after(long timestamp) {
        return timestamp + 1;
    }

    /** Says that no newer timestamp exists: a document carries a stamp at the end of the year 9999. */
    public static final class ClockExhaustedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        ClockExhaustedException() {
            super("the document holds a stamp at the end of the year 9999: nothing newer can be written");
        }
    }
}
