package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.watch.Heartbeat;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the compactions of one open store, one at a time, when asked and, once {@link #start started}, of itself.
 * Thread-safe.
 */
final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
    private static final long LOOK_MILLIS = 500;

    /** The longest that a commit waits for a compaction that falls behind. */
    private static final long PATIENCE_MILLIS = 100;

    private final Disk disk;
    private final long segmentBytes;
    private final Executor background;
    private final ToLongFunction<byte[]> numberOf;
    private final Compaction.Host host;
    private final ReentrantLock running = new ReentrantLock();
    private volatile CommitsSince commits;
    private volatile Compaction compaction;
    private volatile CompactionResult last;
    private boolean isStopped;

    Compactor(
            Disk disk, long segmentBytes, Executor background, ToLongFunction<byte[]> numberOf, Compaction.Host host) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.background = background;
        this.numberOf = numberOf;
        this.host = host;
    }

    /** From now on the store is compacted when it is worth it, on a thread of its own. */
    void start(Heartbeat heartbeat) {
        Thread thread = new Thread(() -> look(heartbeat), "lanyard-store-compaction");
        thread.setDaemon(true);
        thread.start();
    }

    private void look(Heartbeat heartbeat) {
        CompactionPolicy policy = new CompactionPolicy();
        try {
            while (pause()) {
                try {
                    look(policy, heartbeat);
                } catch (RuntimeException e) {
                    LOG.debug("The store cannot be looked at for compaction now.", e);
                }
                heartbeat.idle();
            }
        } catch (InterruptedException e) {
            LOG.debug("The thread that compacts the store was interrupted, and ends.", e);
        }
    }

    private synchronized boolean pause() throws InterruptedException {
        if (!isStopped) {
            TimeUnit.MILLISECONDS.timedWait(this, LOOK_MILLIS);
        }
        return !isStopped;
    }

    private void look(CompactionPolicy policy, Heartbeat heartbeat) {
        Opened opened = host.opened();
        long bytes = opened.volume().sizeBytes();
        if (!policy.isTimeToJudge(bytes, nowMillis())) {
            return;
        }
        long copyBytes = SizeEstimate.of(opened.trees(), host, heartbeat::working);
        if (policy.isWorth(bytes, copyBytes)) {
            policy.ended(compact(heartbeat::working, copyBytes), nowMillis());
        }
    }

    private static long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /**
     * Compacts now; waits for one that is running first.
     *
     * @param progress called often, by the calling thread
     */
    CompactionResult compact(Runnable progress) {
        running.lock();
        try {
            return compact(progress, SizeEstimate.of(host.opened().trees(), host, progress));
        } finally {
            running.unlock();
        }
    }

    private CompactionResult compact(Runnable progress, long copyBytes) {
        running.lock();
        try {
            Compaction next = begin(progress, copyBytes);
            last = next.run(host);
            return last;
        } finally {
            compaction = null;
            commits = null;
            running.unlock();
        }
    }

    private synchronized Compaction begin(Runnable progress, long copyBytes) {
        if (isStopped) {
            throw new IllegalStateException("the store is closed");
        }
        compaction = new Compaction(disk, segmentBytes, background, numberOf, copyBytes, progress);
        return compaction;
    }

    /** How large a fresh copy would be, about; waits for a compaction that is running, which takes the files away. */
    long copyBytes() {
        running.lock();
        try {
            return SizeEstimate.of(host.opened().trees(), host, () -> {});
        } finally {
            running.unlock();
        }
    }

    /** How the last one ended, if there was one since the opening. */
    Optional<CompactionResult> last() {
        return Optional.ofNullable(last);
    }

    /** Begins to hand over commits; called while none is made. */
    void collect(CommitsSince collecting) {
        commits = collecting;
    }

    /** Before a commit: holds it up a little if a compaction falls behind. */
    void beforeCommit() {
        CommitsSince collecting = commits;
        if (collecting != null) {
            collecting.awaitRoom(PATIENCE_MILLIS);
        }
    }

    /** After a commit, while no other is made. */
    void committed(ChangeSet changes) {
        CommitsSince collecting = commits;
        if (collecting != null) {
            collecting.add(changes);
        }
    }

    /** Ends what is running, and returns when it has ended. Not to be called under the store's lock. */
    void giveUp(String why) {
        Compaction current = compaction;
        if (current != null) {
            current.commits().giveUp(why);
        }
        running.lock();
        running.unlock();
    }

    /** No compaction begins any more; what is running has ended on return. Not to be called under the store's lock. */
    void stop() {
        synchronized (this) {
            isStopped = true;
            notifyAll();
        }
        giveUp("the store is being closed");
    }
}
