package io.lanyard.daemon.engine;

/**
 * How a compaction of the store ended.
 *
 * @param outcome how
 * @param message more of it, for people
 * @param finishedAtMillis when, milliseconds since 1970 by the wall clock
 * @param tookMillis how long it took
 * @param bytesBefore the size of the store's files before
 * @param bytesAfter and afterwards
 * @param longestStopMicros the longest time for which it let no commit begin, in microseconds
 * @param damagedValues how many damaged values it met; they are as damaged as before
 */
public record CompactionResult(
        Outcome outcome,
        String message,
        long finishedAtMillis,
        long tookMillis,
        long bytesBefore,
        long bytesAfter,
        long longestStopMicros,
        int damagedValues) {

    /** How a compaction ended. */
    public enum Outcome {
        /** The store lies in fresh files. */
        DONE,
        /** It did not begin, because the disk has no room for a copy. */
        NO_ROOM,
        /** It stopped, since the store was closed or too much was written meanwhile; it can be tried again. */
        GIVEN_UP,
        /** It failed; the store goes on in its present files. */
        FAILED
    }
}
