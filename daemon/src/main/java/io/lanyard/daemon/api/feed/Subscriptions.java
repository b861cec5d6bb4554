package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.json.Limits;
import io.lanyard.daemon.node.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The subscriptions of one connection, which take turns. Thread-safe; {@link #next} and {@link #settle} by one thread at a
 * time.
 */
final class Subscriptions {

    private final Map<String, Subscription> byName = new LinkedHashMap<>();

    /** Whose event is under way; {@code null} if none is. */
    private Subscription teller;

    /** Starts one; returns false if there is one of that name, or too many. */
    synchronized boolean add(Subscription subscription) {
        if (byName.containsKey(subscription.ref()) || byName.size() >= Limits.MAX_SUBSCRIPTIONS) {
            return false;
        }
        byName.put(subscription.ref(), subscription);
        return true;
    }

    /** Ends one; returns false if there is none of that name. */
    synchronized boolean remove(String ref) {
        return byName.remove(ref) != null;
    }

    /** Ends all. */
    synchronized void clear() {
        byName.clear();
    }

    /** Returns how many there are. */
    synchronized int count() {
        return byName.size();
    }

    /** Returns the next event for the program called {@code client}, {@code null} if there is none now. */
    Outgoing next(String client) {
        for (Subscription subscription : inTurn()) {
            Outgoing event;
            try {
                event = subscription.next(client, System.nanoTime());
            } catch (Node.ResyncRequiredException e) {
                remove(subscription.ref());
                return subscription.resyncRequired();
            }
            if (event != null) {
                moveToEnd(subscription);
                teller = subscription;
                return event;
            }
        }
        return null;
    }

    /** Notes that the connection took whole what it was given last, if that was an event. */
    void settle() {
        if (teller != null) {
            teller.settle();
            teller = null;
        }
    }

    /** Returns where the program may go on, in words; empty if it has no subscription. */
    synchronized String resumePositions() {
        return byName.values().stream()
                .findFirst()
                .map(subscription -> "; resume from " + subscription.taken())
                .orElse("");
    }

    private synchronized List<Subscription> inTurn() {
        return List.copyOf(byName.values());
    }

    private synchronized void moveToEnd(Subscription subscription) {
        if (byName.remove(subscription.ref(), subscription)) {
            byName.put(subscription.ref(), subscription);
        }
    }
}
