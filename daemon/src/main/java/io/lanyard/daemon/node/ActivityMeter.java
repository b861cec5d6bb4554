package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.Message;
import io.lanyard.daemon.watch.Meters;
import io.lanyard.daemon.watch.Meters.Durations;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a replica does, by looking at what goes into its engine and what comes out. One thread counts; any thread
 * may read.
 */
final class ActivityMeter {

    private final String ownDevice;
    private final LongAdder operationsDone = new LongAdder();
    private final LongAdder operationsRefused = new LongAdder();
    private final LongAdder documentsMerged = new LongAdder();
    private final LongAdder liveWritesSent = new LongAdder();
    private final LongAdder liveWritesReceived = new LongAdder();
    private final LongAdder pagesSent = new LongAdder();
    private final LongAdder pagesReceived = new LongAdder();
    private final LongAdder walksBegun = new LongAdder();
    private final LongAdder walksFinished = new LongAdder();
    private final Durations writes;
    private final Durations commits;
    private final Durations merges;
    private Long walk;

    ActivityMeter(String ownDevice, Meters meters) {
        this.ownDevice = ownDevice;
        writes = meters.durations(
                "write_seconds", "How long local writes took, from being asked for to being durable or refused.");
        commits = meters.durations("commit_seconds", "How long commits took, the wait for the disk included.");
        merges = meters.durations(
                "merge_seconds", "How long turns took that merged what peers sent, their commit included.");
    }

    /** Counts what happens to the replica. */
    void saw(Input input) {
        if (!(input instanceof Input.Received received)) {
            return;
        }
        if (received.message() instanceof Message.LiveWrite) {
            liveWritesReceived.increment();
        } else if (received.message() instanceof Message.Page page) {
            pagesReceived.increment();
            if (walk != null && walk == page.walk() && page.isTail()) {
                walksFinished.increment();
                walk = null;
            }
        }
    }

    /** Counts what the replica does. */
    void did(Effect effect) {
        if (effect instanceof Effect.Acknowledge acknowledge) {
            acknowledge.result().items().forEach(this::answered);
        } else if (effect instanceof Effect.Notify notify) {
            documentsMerged.add(notify.changes().stream()
                    .filter(change -> !change.author()
                            .map(author -> author.deviceId().equals(ownDevice))
                            .orElse(false))
                    .count());
        } else if (effect instanceof Effect.Broadcast broadcast && broadcast.message() instanceof Message.LiveWrite) {
            liveWritesSent.increment();
        } else if (effect instanceof Effect.Send send && send.message() instanceof Message.Page) {
            pagesSent.increment();
        } else if (effect instanceof Effect.Send send && send.message() instanceof Message.PageRequest request) {
            if (walk == null || walk != request.walk()) {
                walk = request.walk();
                walksBegun.increment();
            }
        }
    }

    /** Counts a local write that was answered. Any thread. */
    void wrote(long tookNanos) {
        writes.add(tookNanos);
    }

    /** Counts a commit. */
    void committed(long tookNanos) {
        commits.add(tookNanos);
    }

    /** Counts a turn that merged what peers sent. */
    void merged(long tookNanos) {
        merges.add(tookNanos);
    }

    private void answered(WriteResult.Item item) {
        (item.outcome().isFailure() ? operationsRefused : operationsDone).increment();
    }

    /** Returns the counts. */
    Activity read(long messagesDropped) {
        return new Activity(
                operationsDone.sum(),
                operationsRefused.sum(),
                documentsMerged.sum(),
                liveWritesSent.sum(),
                liveWritesReceived.sum(),
                pagesSent.sum(),
                pagesReceived.sum(),
                walksBegun.sum(),
                walksFinished.sum(),
                messagesDropped);
    }
}
