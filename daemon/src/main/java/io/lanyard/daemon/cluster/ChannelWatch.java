package io.lanyard.daemon.cluster;

import java.net.Inet4Address;
import java.util.Optional;

/**
 * Decides when a channel is of no use any more and a new one must be made: its address is gone, the machine is on another
 * network, or it has slept. Pure; looked at every {@link #INTERVAL_MILLIS}; one thread.
 *
 * <p>A pulled cable is no reason: the address stays, and the channel finds the others by itself when the cable is back.
 */
final class ChannelWatch {
    static final long INTERVAL_MILLIS = 2_000;
    static final long SLEEP_MILLIS = 10_000;

    private long lastWallMillis;
    private long lastNanos;
    private LanAddress lastChoice;

    ChannelWatch(long wallMillis, long nanos) {
        lastWallMillis = wallMillis;
        lastNanos = nanos;
    }

    /**
     * Looks once.
     *
     * @param wallMillis the wall clock, which goes on while the machine sleeps
     * @param nanos {@code System.nanoTime}, which on most systems does not
     * @param bound the address of the present channel
     * @return why the channel must be replaced, as one clause; empty if it is good
     */
    Optional<String> reasonToRebuild(
            long wallMillis, long nanos, Inet4Address bound, LanAddress.Network network, LanAddress choice) {
        long wallPassed = wallMillis - lastWallMillis;
        long passed = (nanos - lastNanos) / 1_000_000;
        boolean settled = choice.equals(lastChoice);
        lastWallMillis = wallMillis;
        lastNanos = nanos;
        lastChoice = choice;

        if (Math.abs(wallPassed - passed) > SLEEP_MILLIS || passed > INTERVAL_MILLIS + SLEEP_MILLIS) {
            return Optional.of("the clock jumped by " + Math.max(Math.abs(wallPassed - passed), passed) / 1000
                    + " s, as after a sleep");
        }
        if (!network.has(bound)) {
            return Optional.of("the address " + bound.getHostAddress() + " is gone");
        }
        boolean better = choice instanceof LanAddress.Found found
                && !found.address().equals(bound)
                && !found.address().isLoopbackAddress();
        return better && settled
                ? Optional.of("the network is another one than " + bound.getHostAddress() + "'s")
                : Optional.empty();
    }

    /** The time until now was spent on purpose, not asleep; a clock that jumped in it jumped all the same. */
    void wasBusy(long nanos) {
        lastWallMillis += (nanos - lastNanos) / 1_000_000;
        lastNanos = nanos;
    }

    /** Forgets the past. */
    void restart(long wallMillis, long nanos) {
        lastWallMillis = wallMillis;
        lastNanos = nanos;
    }
}
