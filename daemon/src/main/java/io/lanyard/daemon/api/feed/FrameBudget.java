package io.lanyard.daemon.api.feed;

import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How much memory large messages that are under way may take together, whoever takes them. A text that several readers
 * are told counts once.
 *
 * <p>When it is used up, whoever has been at its message for longest is cut off, if that is long enough to say that it
 * is slow; until there is room nobody makes another message. So readers that stand still cost a bounded amount, and
 * those that read wait for them for a moment at most. Thread-safe.
 */
final class FrameBudget {

    /** Messages up to this length are not counted: they fit into what each connection takes anyway. */
    static final int SMALL_CHARACTERS = 16 << 10;

    private static final long MAX_BYTES = 16L << 20;
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

    private final long maxBytes;
    private final Map<Holder, Hold> holds = new LinkedHashMap<>();
    private final Map<String, Integer> holders = new IdentityHashMap<>();
    private long bytes;

    /** Somebody who takes large messages. */
    interface Holder {
        /** Ends it: it is too slow. It must not call back. */
        void cutOff();
    }

    private record Hold(String shared, long ownBytes, long sinceNanos) {}

    /** Makes a budget of the usual size. */
    FrameBudget() {
        this(MAX_BYTES);
    }

    FrameBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Returns whether another message may be made, and sees to it that there soon is room if not. */
    boolean hasRoom(long nowNanos) {
        Holder slow;
        synchronized (this) {
            if (bytes < maxBytes) {
                return true;
            }
            Iterator<Map.Entry<Holder, Hold>> oldest = holds.entrySet().iterator();
            Map.Entry<Holder, Hold> first = oldest.next();
            if (nowNanos - first.getValue().sinceNanos() < PATIENCE_NANOS) {
                return false;
            }
            slow = first.getKey();
            oldest.remove();
            release(first.getValue());
        }
        slow.cutOff();
        return hasRoom(nowNanos);
    }

    /** Counts a message that {@code holder} begins to take. */
    synchronized void hold(Holder holder, Outgoing message, long nowNanos) {
        if (message.length() <= SMALL_CHARACTERS) {
            return;
        }
        Hold hold = new Hold(message.shared(), bytesOf(message.own()), nowNanos);
        bytes += hold.ownBytes();
        if (holders.merge(hold.shared(), 1, Integer::sum) == 1) {
            bytes += bytesOf(hold.shared());
        }
        holds.put(holder, hold);
    }

    /** Notes that {@code holder} took its message, or gave it up. */
    synchronized void release(Holder holder) {
        Hold hold = holds.remove(holder);
        if (hold != null) {
            release(hold);
        }
    }

    private void release(Hold hold) {
        bytes -= hold.ownBytes();
        if (holders.merge(hold.shared(), -1, (count, less) -> count == 1 ? null : count + less) == null) {
            bytes -= bytesOf(hold.shared());
        }
    }

    /** Strings of Latin letters take a byte a character. */
    private static long bytesOf(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0xFF) {
                return 2L * text.length();
            }
        }
        return text.length();
    }
}
