package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import java.util.concurrent.TimeUnit;

/**
 * When a store is compacted of itself: once its files are {@value #WORTH_PERCENT} % of what a fresh copy would be. To know
 * that, all of it has to be read, so it is looked at again only when the files grew by a tenth. Times are of a clock that
 * never steps back, in milliseconds. Not thread-safe.
 */
final class CompactionPolicy {
    /** A smaller store may be as loose as it likes. */
    private static final long LEAST_BYTES = 64L << 20;

    private static final int WORTH_PERCENT = 150;
    /** From here on it does not rest: with what is written while it runs the files stay below twice a copy. */
    private static final int URGENT_PERCENT = 170;

    private static final int GROWTH_PERCENT = 110;
    private static final long LEAST_PAUSE_MILLIS = TimeUnit.SECONDS.toMillis(1);
    private static final long FAILURE_PAUSE_MILLIS = TimeUnit.MINUTES.toMillis(10);
    private static final int PAUSE_FACTOR = 1;

    private static final long LEAST_PATIENT_BYTES = 4L << 20;
    private static final long MOST_PATIENT_BYTES = 32L << 20;

    private final long leastBytes;
    private long judgedBytes;
    private long judgedCopyBytes;
    private boolean hasFailed;
    private long notBeforeMillis = Long.MIN_VALUE;

    CompactionPolicy() {
        this(LEAST_BYTES);
    }

    CompactionPolicy(long leastBytes) {
        this.leastBytes = leastBytes;
    }

    /** Whether it is time to find out how large a copy would be. */
    boolean isTimeToJudge(long sizeBytes, long nowMillis) {
        return (nowMillis >= notBeforeMillis || isUrgent(sizeBytes))
                && sizeBytes >= leastBytes
                && sizeBytes / GROWTH_PERCENT >= judgedBytes / 100;
    }

    private boolean isUrgent(long sizeBytes) {
        return !hasFailed && judgedCopyBytes > 0 && sizeBytes / URGENT_PERCENT > judgedCopyBytes / 100;
    }

    /** Whether a store of this size should be compacted, if a copy would have that one. */
    boolean isWorth(long sizeBytes, long copyBytes) {
        judgedBytes = sizeBytes;
        judgedCopyBytes = copyBytes;
        return sizeBytes / WORTH_PERCENT > copyBytes / 100;
    }

    /**
     * Returns how many bytes may be committed while a copy of this size is made before each commit waits a little: else
     * the copy would not get on beside somebody who writes without a pause, and the files would grow meanwhile.
     */
    static long patientBytes(long copyBytes) {
        return Math.max(LEAST_PATIENT_BYTES, Math.min(MOST_PATIENT_BYTES, copyBytes / 4));
    }

    /**
     * One ended: the next has to wait as long as it took, a second at least, unless the files grew too much meanwhile, or
     * until a failure may have passed.
     */
    void ended(CompactionResult result, long nowMillis) {
        boolean isDone = result.outcome() == Outcome.DONE;
        hasFailed = !isDone;
        judgedBytes = isDone ? result.bytesAfter() : 0;
        notBeforeMillis = nowMillis
                + (isDone ? Math.max(LEAST_PAUSE_MILLIS, PAUSE_FACTOR * result.tookMillis()) : FAILURE_PAUSE_MILLIS);
    }
}
