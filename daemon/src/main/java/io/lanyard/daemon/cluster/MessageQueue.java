package io.lanyard.daemon.cluster;

import java.util.ArrayDeque;
import java.util.Optional;

/**
 * A queue that holds at most so many messages and so many bytes of them. What is {@linkplain #offer offered} is refused
 * beyond that; news of members always {@linkplain #put goes in}, being rare and small. Thread-safe.
 */
final class MessageQueue<T> {
    private record Entry<T>(T item, int bytes) {}

    private final int maxMessages;
    private final long maxBytes;
    private final ArrayDeque<Entry<T>> entries = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    MessageQueue(int maxMessages, long maxBytes) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
    }

    /** Appends a message of so many bytes, unless the queue is full or closed. Returns whether it did. */
    synchronized boolean offer(T item, int itemBytes) {
        if (closed || entries.size() >= maxMessages || bytes + itemBytes > maxBytes) {
            return false;
        }
        add(item, itemBytes);
        return true;
    }

    /** Appends an item that must not be lost, unless the queue is closed. */
    synchronized void put(T item) {
        if (!closed) {
            add(item, 0);
        }
    }

    /** Waits for the next item; empty once the queue is closed and drained. */
    synchronized Optional<T> take() throws InterruptedException {
        while (entries.isEmpty() && !closed) {
            wait();
        }
        Entry<T> entry = entries.poll();
        if (entry == null) {
            return Optional.empty();
        }
        bytes -= entry.bytes();
        return Optional.of(entry.item());
    }

    /** Drops everything that waits. */
    synchronized void clear() {
        entries.clear();
        bytes = 0;
    }

    /** Takes no more; what is in can still be taken. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void add(T item, int itemBytes) {
        entries.add(new Entry<>(item, itemBytes));
        bytes += itemBytes;
        notifyAll();
    }
}
