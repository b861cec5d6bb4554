package io.lanyard.daemon.api.feed;

import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * One subscription of a WebSocket: a place in the feed, and how long changes are gathered before they are told.
 *
 * <p>Moved on by one thread at a time; what other threads may ask for is volatile.
 */
final class Subscription {

    private final String ref;
    private final FeedCursor cursor;
    private final long batchNanos;
    private final LongConsumer alarm;
    private volatile FeedPlace taken;

    /** Whether everything has been told, so that the next change begins to be gathered. */
    private boolean isGathering;

    /** When the gathering ends, 0 if nothing happened yet. */
    private long gatheredNanos;

    /**
     * Makes a subscription.
     *
     * @param ref its name as JSON text
     * @param batchMillis how long changes are gathered, 0 for not at all
     * @param alarm takes a number of nanoseconds, after which {@link #next} has to be called
     */
    Subscription(String ref, FeedCursor cursor, int batchMillis, LongConsumer alarm) {
        this.ref = ref;
        this.cursor = cursor;
        this.batchNanos = TimeUnit.MILLISECONDS.toNanos(batchMillis);
        this.alarm = alarm;
        this.taken = cursor.place();
    }

    /** Returns its name as JSON text. */
    String ref() {
        return ref;
    }

    /** Returns the place after the last message that the connection took whole. Any thread. */
    FeedPlace taken() {
        return taken;
    }

    /** Notes that the connection took whole what it was given. */
    void settle() {
        taken = cursor.place();
    }

    /** Returns the next message for the program called {@code client}, {@code null} if there is none now. */
    Outgoing next(String client, long nowNanos) {
        if (isGathering && gatheredNanos == 0) {
            gatheredNanos = nowNanos + batchNanos;
            alarm.accept(batchNanos);
        }
        if (isGathering && nowNanos - gatheredNanos < 0) {
            return null;
        }
        Outgoing message = cursor.next(client).orElse(null);
        if (cursor.isPausing()) {
            alarm.accept(0);
        }
        isGathering = message == null && batchNanos > 0 && !cursor.isPausing();
        gatheredNanos = 0;
        return message;
    }

    /** Returns the message for a program whose position is not known. */
    Outgoing resyncRequired() {
        return cursor.resyncRequired();
    }
}
