package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.ChangeSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What was committed since a copy began and is not in the copy yet. It lies in memory: when it takes too much, commits
 * have to wait a little, and when that does not help the copy is given up. Thread-safe.
 */
final class CommitsSince {
    private static final int OVERHEAD_BYTES = 96;

    private final long patientBytes;
    private final long mostBytes;
    private final ArrayDeque<ChangeSet> waiting = new ArrayDeque<>();
    private long bytes;
    private String givenUp;

    /**
     * @param patientBytes from where on commits wait
     * @param mostBytes from where on the copy is given up
     */
    CommitsSince(long patientBytes, long mostBytes) {
        this.patientBytes = patientBytes;
        this.mostBytes = mostBytes;
    }

    /** Notes a commit; called in the order of commits. */
    synchronized void add(ChangeSet changes) {
        if (givenUp != null) {
            return;
        }
        waiting.add(changes);
        bytes += bytesOf(changes);
        if (bytes > mostBytes) {
            giveUp("more was written meanwhile than it can catch up with");
        }
    }

    /** Lets a commit wait while too much is waiting, at most so long. */
    synchronized void awaitRoom(long mostMillis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        long left = end - System.nanoTime();
        try {
            while (bytes > patientBytes && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
                left = end - System.nanoTime();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Everything that is waiting, which goes on waiting. */
    synchronized List<ChangeSet> peek() {
        return List.copyOf(waiting);
    }

    /** The first of what is waiting, about so many bytes of it. */
    synchronized List<ChangeSet> take(long atMostBytes) {
        List<ChangeSet> taken = new ArrayList<>();
        long takenBytes = 0;
        while (!waiting.isEmpty() && takenBytes < atMostBytes) {
            ChangeSet changes = waiting.poll();
            takenBytes += bytesOf(changes);
            taken.add(changes);
        }
        bytes -= takenBytes;
        notifyAll();
        return taken;
    }

    synchronized boolean isFew(int commits, long atMostBytes) {
        return waiting.size() <= commits && bytes <= atMostBytes;
    }

    /** From now on nothing is kept. */
    synchronized void giveUp(String why) {
        if (givenUp == null) {
            givenUp = why;
        }
        waiting.clear();
        bytes = 0;
        notifyAll();
    }

    /** Why the copy was given up, or null. */
    synchronized String givenUp() {
        return givenUp;
    }

    private static long bytesOf(ChangeSet changes) {
        long sum = OVERHEAD_BYTES;
        for (ChangeSet.DocumentChange change : changes.documents()) {
            sum += OVERHEAD_BYTES + change.record().length + change.context().length;
        }
        for (ChangeSet.Amendment amendment : changes.amendments()) {
            sum += OVERHEAD_BYTES + amendment.record().length;
        }
        sum += (long) OVERHEAD_BYTES * changes.removals().size();
        for (byte[] content : changes.entries().values()) {
            sum += OVERHEAD_BYTES + (content == null ? 0 : content.length);
        }
        for (byte[] record : changes.journalRecords()) {
            sum += OVERHEAD_BYTES + record.length;
        }
        return sum;
    }
}
