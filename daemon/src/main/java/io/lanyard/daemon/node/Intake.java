package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Effect.RetireOutcome;
import io.lanyard.daemon.engine.EngineStatus;
import io.lanyard.daemon.engine.Operation;
import io.lanyard.daemon.engine.VerifyReport;
import io.lanyard.daemon.engine.WriteRequest;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.MemberId;
import io.lanyard.daemon.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What waits for the node's thread. Bounded in bytes and number: writes beyond that are refused, messages are dropped
 * (they come again by catch-up), and of memberships only the newest counts. Thread-safe.
 */
final class Intake {

    private static final long MAX_WRITE_BYTES = 64L << 20;
    private static final long MAX_MESSAGE_BYTES = 64L << 20;
    private static final int MAX_WRITES = 8_192;
    private static final int PER_ITEM_BYTES = 200;

    private final LinkedBlockingQueue<Item> queue = new LinkedBlockingQueue<>();
    private final AtomicLong writeBytes = new AtomicLong();
    private final AtomicLong writes = new AtomicLong();
    private final AtomicLong messageBytes = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicReference<Set<MemberId>> members = new AtomicReference<>();

    /** Something that waits, and how many bytes it is counted for. */
    sealed interface Item {

        /** A write, and whom to tell what became of it. */
        record Writing(WriteRequest request, CompletableFuture<WriteResult> result, long bytes) implements Item {}

        /** A message. */
        record Incoming(MemberId from, Message message, long bytes) implements Item {}

        /** The newest membership is to be taken over. */
        record Membership() implements Item {}

        /** A device is to be retired, and whom to tell what became of it. */
        record Retiring(String deviceId, CompletableFuture<RetireOutcome> outcome) implements Item {}

        /** This device is in this group now, and whom to tell when what it holds is, too. */
        record Belonging(String group, boolean isFounder, CompletableFuture<Void> done) implements Item {}

        /** Somebody wants to know what is going on. */
        record Question(CompletableFuture<EngineStatus> answer) implements Item {}

        /** Somebody wants a check of this replica, and perhaps a repair. */
        record Checking(Optional<String> repairFrom, CompletableFuture<VerifyReport> report) implements Item {}

        /** The thread is to end after what came before. */
        record End() implements Item {}
    }

    /** Enqueues a write; returns false if there is no room for it. */
    boolean offer(WriteRequest request, CompletableFuture<WriteResult> result) {
        long bytes = sizeOf(request);
        boolean isNumberFine = writes.incrementAndGet() <= MAX_WRITES;
        boolean isSizeFine = writeBytes.addAndGet(bytes) - bytes <= MAX_WRITE_BYTES;
        if (!isNumberFine || !isSizeFine) {
            release(new Item.Writing(request, result, bytes));
            return false;
        }
        return queue.add(new Item.Writing(request, result, bytes));
    }

    /** Enqueues a message, unless there is no room for it. */
    void offer(MemberId from, Message message, int bytes) {
        if (messageBytes.addAndGet(bytes + PER_ITEM_BYTES) > MAX_MESSAGE_BYTES) {
            messageBytes.addAndGet(-bytes - PER_ITEM_BYTES);
            dropped.incrementAndGet();
            return;
        }
        queue.add(new Item.Incoming(from, message, bytes + PER_ITEM_BYTES));
    }

    void offer(Set<MemberId> others) {
        if (members.getAndSet(Set.copyOf(others)) == null) {
            queue.add(new Item.Membership());
        }
    }

    void offer(String retiredDevice, CompletableFuture<RetireOutcome> outcome) {
        queue.add(new Item.Retiring(retiredDevice, outcome));
    }

    void offer(Item.Belonging belonging) {
        queue.add(belonging);
    }

    void offer(CompletableFuture<EngineStatus> question) {
        queue.add(new Item.Question(question));
    }

    void offer(Optional<String> repairFrom, CompletableFuture<VerifyReport> report) {
        queue.add(new Item.Checking(repairFrom, report));
    }

    void end() {
        queue.add(new Item.End());
    }

    /** Returns how many writes wait. */
    long writesWaiting() {
        return writes.get();
    }

    /** Returns for how many bytes of messages there is a wait. */
    long messageBytesWaiting() {
        return messageBytes.get();
    }

    /** Returns how many messages were dropped for want of room. */
    long dropped() {
        return dropped.get();
    }

    /** Waits for something, at most until the timeout, and returns all that waits then, up to {@code limit}. */
    List<Item> take(long timeoutMillis, int limit) throws InterruptedException {
        List<Item> items = new ArrayList<>();
        Item first = queue.poll(timeoutMillis, TimeUnit.MILLISECONDS);
        if (first != null) {
            items.add(first);
            queue.drainTo(items, limit - 1);
            items.forEach(this::release);
        }
        return items;
    }

    private void release(Item item) {
        if (item instanceof Item.Writing writing) {
            writes.decrementAndGet();
            writeBytes.addAndGet(-writing.bytes());
        } else if (item instanceof Item.Incoming incoming) {
            messageBytes.addAndGet(-incoming.bytes());
        }
    }

    /** Returns the newest membership. */
    Set<MemberId> takeMembers() {
        return members.getAndSet(null);
    }

    private static long sizeOf(WriteRequest request) {
        long bytes = PER_ITEM_BYTES;
        for (Operation operation : request.operations()) {
            bytes += PER_ITEM_BYTES;
            for (var leaf : operation.leaves().entrySet()) {
                bytes += PER_ITEM_BYTES
                        + 2L
                                * (leaf.getKey().pointer().length()
                                        + leaf.getValue().length());
            }
        }
        return bytes;
    }
}
