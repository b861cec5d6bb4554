package io.lanyard.daemon.node;

import io.lanyard.daemon.engine.Effect;
import io.lanyard.daemon.engine.Input;
import io.lanyard.daemon.engine.WriteResult;
import io.lanyard.daemon.message.Message;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/**
 * Counts what a replica does, by looking at what goes into its engine and what comes out. One thread counts; any thread
 * may read.
 */
final class ActivityMeter {

    private static final List<Double> COMMIT_BOUNDS_SECONDS =
            List.of(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0);
    private static final double NANOS = 1e9;

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
    private final AtomicLongArray commits = new AtomicLongArray(COMMIT_BOUNDS_SECONDS.size() + 1);
    private final LongAdder commitNanos = new LongAdder();
    private Long walk;

    ActivityMeter(String ownDevice) {
        this.ownDevice = ownDevice;
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

    /** Counts a commit. */
    void committed(long tookNanos) {
        double seconds = tookNanos / NANOS;
        int place = Collections.binarySearch(COMMIT_BOUNDS_SECONDS, seconds);
        commits.incrementAndGet(place >= 0 ? place : -place - 1);
        commitNanos.add(tookNanos);
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
                messagesDropped,
                new Activity.Durations(
                        COMMIT_BOUNDS_SECONDS,
                        LongStream.range(0, commits.length())
                                .map(place -> commits.get((int) place))
                                .boxed()
                                .toList(),
                        commitNanos.sum() / NANOS));
    }
}
