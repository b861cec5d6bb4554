package io.lanyard.daemon.api.access;

import io.lanyard.daemon.api.json.Problem;
import io.lanyard.daemon.api.json.Problem.Code;
import io.lanyard.daemon.watch.Meters.Count;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How many more calls somebody may make just now: so many a second, and what was not used for some seconds on top (a
 * token bucket). Takes the same memory whatever is asked of it. Any thread.
 */
final class Allowance {

    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private final double most;
    private final LongSupplier nanoClock;
    private final Count refused;
    private double left;
    private long filledNanos;

    /** Makes a full one; {@code perSecond} 0 allows everything. */
    Allowance(int perSecond, int burstSeconds, LongSupplier nanoClock, Count refused) {
        this.perSecond = perSecond;
        this.most = (double) perSecond * burstSeconds;
        this.nanoClock = nanoClock;
        this.refused = refused;
        this.left = most;
        this.filledNanos = nanoClock.getAsLong();
    }

    /**
     * Takes one.
     *
     * @param what the calls in words
     * @throws Problem.ProblemException {@code rate_limited} if there is none; that is counted
     */
    void take(String what) {
        if (!isTaken()) {
            refused.one();
            throw Code.RATE_LIMITED.exception(
                    "this token may send " + perSecond + " " + what + " a second",
                    "wait for a second, and send fewer: a batch or a subscription may do");
        }
    }

    private synchronized boolean isTaken() {
        if (perSecond == 0) {
            return true;
        }
        long nowNanos = nanoClock.getAsLong();
        left = Math.min(most, left + (nowNanos - filledNanos) / NANOS_PER_SECOND * perSecond);
        filledNanos = nowNanos;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }
}
