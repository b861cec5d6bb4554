package io.lanyard.daemon.cluster;

import io.lanyard.daemon.message.MemberId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands messages and members to the listener, in the order they came in, on one thread of its own: so that a slow
 * listener costs messages, and never stalls the network.
 *
 * <p>A unicast may overtake the news that its sender is here. It waits, in bounded number, for that news.
 */
final class Inbox {
    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);
    private static final int MAX_MESSAGES = 8_192;
    private static final long MAX_BYTES = 64L << 20;
    private static final int MAX_EARLY = 64;
    private static final long LAST_CALL_MILLIS = 5_000;

    private sealed interface Event {
        record Message(MemberId from, byte[] bytes) implements Event {}

        record Members(Set<MemberId> others) implements Event {}
    }

    private final MessageQueue<Event> queue = new MessageQueue<>(MAX_MESSAGES, MAX_BYTES);
    private final List<Event.Message> early = new ArrayList<>();
    private final AtomicLong dropped = new AtomicLong();
    private final Cluster.Listener listener;
    private final Thread thread;
    private Set<MemberId> members = Set.of();

    Inbox(Cluster.Listener listener) {
        this.listener = listener;
        thread = new Thread(this::run, "lanyard-cluster-receive");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void received(MemberId from, byte[] message) {
        if (!queue.offer(new Event.Message(from, message), message.length)) {
            dropped.incrementAndGet();
        }
    }

    void membersChanged(Set<MemberId> others) {
        queue.put(new Event.Members(others));
    }

    /** Drops what has not been delivered: the cable is pulled. */
    void clear() {
        queue.clear();
    }

    long droppedCount() {
        return dropped.get();
    }

    /** Ends the thread; does not wait for ever for a listener that is stuck. */
    void close() throws InterruptedException {
        queue.clear();
        queue.close();
        if (Thread.currentThread() != thread) {
            thread.join(LAST_CALL_MILLIS);
        }
    }

    private void run() {
        try {
            for (Optional<Event> next = queue.take(); next.isPresent(); next = queue.take()) {
                deliver(next.get());
            }
        } catch (InterruptedException e) {
            LOG.debug("interrupted: nothing more is delivered", e);
            Thread.currentThread().interrupt();
        }
    }

    private void deliver(Event event) {
        try {
            if (event instanceof Event.Message message) {
                deliver(message);
            } else if (event instanceof Event.Members changed
                    && !changed.others().equals(members)) {
                members = changed.others();
                listener.membersChanged(members);
                List<Event.Message> waiting = List.copyOf(early);
                early.clear();
                waiting.stream()
                        .filter(message -> members.contains(message.from()))
                        .forEach(this::deliver);
            }
        } catch (RuntimeException e) {
            LOG.error("the listener of the cluster failed; the message is lost", e);
        }
    }

    private void deliver(Event.Message message) {
        if (members.contains(message.from())) {
            listener.received(message.from(), message.bytes());
        } else if (early.size() < MAX_EARLY) {
            early.add(message);
        } else {
            dropped.incrementAndGet();
        }
    }
}
