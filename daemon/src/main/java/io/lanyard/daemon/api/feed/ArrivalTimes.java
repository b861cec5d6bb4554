package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.engine.Position;
import io.lanyard.daemon.node.Node;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * When the change feed came to which place, for programs that remember a time instead of a position.
 *
 * <p>It is the time at which changes came to this device that counts, never when they were made: what was written
 * elsewhere last week may have come in a moment ago. Times are noted since the start, a day back at most; of a time
 * before that nothing is known, and everything counts as changed since. Thread-safe.
 */
final class ArrivalTimes {

    private static final int MAX_KEPT = 8_640;
    private static final long STEP_MILLIS = 10_000;

    /** Clocks of programs are read a little later or earlier than this one. */
    private static final long MARGIN_MILLIS = 2_000;

    private final Node node;
    private final LongSupplier clock;
    private final Deque<Noted> noted = new ArrayDeque<>();

    private record Noted(long atMillis, Position tail) {}

    /** Begins to note times of {@code clock}, milliseconds since 1970. */
    ArrivalTimes(Node node, LongSupplier clock) {
        this.node = node;
        this.clock = clock;
    }

    /** Returns the present time. */
    long nowMillis() {
        return clock.getAsLong();
    }

    /** Notes the time, if that was not done a moment ago. */
    synchronized void note() {
        long now = clock.getAsLong();
        Noted last = noted.peekLast();
        if (last != null && now >= last.atMillis() && now - last.atMillis() < STEP_MILLIS) {
            return;
        }
        noted.add(new Noted(now, node.tail()));
        if (noted.size() > MAX_KEPT) {
            noted.removeFirst();
        }
    }

    /** Returns a place that the feed had reached before {@code millis} by all that is known, {@code start} if none is. */
    synchronized String placeBefore(long millis) {
        String place = "start";
        for (Noted each : noted) {
            // Should the clock have been set back, the earliest doubt counts.
            if (each.atMillis() > millis - MARGIN_MILLIS) {
                return place;
            }
            place = each.tail().toString();
        }
        return place;
    }
}
