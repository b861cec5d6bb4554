package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.CompactionResult;
import io.lanyard.daemon.engine.CompactionResult.Outcome;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One compaction: copies the store into files of the next generation while commits go on, and then makes those the
 * store's.
 *
 * <p>The steps, and what a crash after each of them leaves:
 *
 * <ol>
 *   <li>The pointer to the present generation is written, if there is none. Nothing changed.
 *   <li>The new main file is filled, and everything committed meanwhile is applied to it. The next opening removes it.
 *   <li>It is forced, and a journal is begun over it. The next opening removes both.
 *   <li>Commits stop; the last of them are applied, in one commit of the new journal. The same.
 *   <li>The pointer is switched. From here on the new generation is the store; it holds every commit, and commits go on
 *       in it. The next opening replays the new journal, and removes the old files with the old journal.
 *   <li>The old files are removed, and the pointer's second place is brought up to date.
 * </ol>
 *
 * One thread runs it; {@link #commits} takes what others commit.
 */
final class Compaction {
    private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);

    private static final long MOST_BYTES = 128L << 20;
    private static final long BATCH_BYTES = 2L << 20;
    private static final int FEW_COMMITS = 64;
    private static final long FEW_BYTES = 256L << 10;
    private static final int MOST_ROUNDS = 1_000;
    private static final int MOST_TRIES = 20;

    /** Room that a compaction leaves free on the disk. */
    private static final long SPARE_BYTES = 32L << 20;

    /** The store that is compacted. */
    interface Host extends TreeSlices.Reading {

        /** What is open now. */
        Opened opened();

        /**
         * Hands over, from now on, every commit that is made in what is open; {@code begin} is called while none is
         * made.
         */
        void collect(CommitsSince commits, Runnable begin);

        /**
         * Runs the last step while nobody commits or reads, if this is open still and nothing failed. Returns whether the
         * step was done.
         */
        boolean alone(Opened present, LastStep step) throws IOException;

        /** What is left to do when nobody commits or reads. */
        interface LastStep {
            /** Returns what is to be open from now on, or null if too much is left to be done now. */
            Opened run() throws IOException;
        }
    }

    private final Disk disk;
    private final long segmentBytes;
    private final Executor background;
    private final ToLongFunction<byte[]> numberOf;
    private final Runnable progress;
    private final long copyBytes;
    private final CommitsSince commits;
    private int damagedValues;
    private long longestStopNanos;
    private long bytesAfter;
    private boolean isInDoubt;

    /** A compaction whose copy will have {@code copyBytes}, about. */
    Compaction(
            Disk disk,
            long segmentBytes,
            Executor background,
            ToLongFunction<byte[]> numberOf,
            long copyBytes,
            Runnable progress) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.background = background;
        this.numberOf = numberOf;
        this.copyBytes = copyBytes;
        this.progress = progress;
        commits = new CommitsSince(CompactionPolicy.patientBytes(copyBytes), MOST_BYTES);
    }

    /** What was committed meanwhile; giving it up ends the compaction. */
    CommitsSince commits() {
        return commits;
    }

    /** Returns when the compaction ended, one way or another. The store is whole in any case. */
    CompactionResult run(Host host) {
        long started = System.nanoTime();
        Opened present = host.opened();
        long before = present.volume().sizeBytes();
        bytesAfter = before;
        Outcome outcome;
        String message;
        try {
            message = compact(host, present);
            outcome = message.isEmpty() ? Outcome.DONE : Outcome.NO_ROOM;
        } catch (GivenUpException e) {
            outcome = Outcome.GIVEN_UP;
            message = e.getMessage();
        } catch (IOException | RuntimeException | AssertionError e) {
            boolean toldToEnd = commits.givenUp() != null;
            outcome = toldToEnd ? Outcome.GIVEN_UP : Outcome.FAILED;
            message = toldToEnd ? commits.givenUp() : String.valueOf(e.getMessage());
            LOG.debug("the compaction ended by this", e);
        } finally {
            commits.giveUp("it has ended");
        }
        CompactionResult result = new CompactionResult(
                outcome,
                message,
                System.currentTimeMillis(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started),
                before,
                bytesAfter,
                TimeUnit.NANOSECONDS.toMicros(longestStopNanos),
                damagedValues);
        tell(result);
        return result;
    }

    private static void tell(CompactionResult result) {
        switch (result.outcome()) {
            case DONE ->
                LOG.info(
                        "Compacted the store from {} to {} MiB in {} ms; commits were stopped for at most {} us.",
                        result.bytesBefore() >> 20,
                        result.bytesAfter() >> 20,
                        result.tookMillis(),
                        result.longestStopMicros());
            case GIVEN_UP -> LOG.info("Gave up compacting the store: {}.", result.message());
            case NO_ROOM -> LOG.warn("The store was not compacted: {}.", result.message());
            case FAILED ->
                LOG.warn("The store could not be compacted ({}); it goes on in its present files.", result.message());
        }
    }

    private String compact(Host host, Opened present) throws IOException {
        long needed = copyBytes * 5 / 4 + SPARE_BYTES;
        long free = disk.freeBytes();
        if (free < needed) {
            return "a copy needs " + (needed >> 20) + " MiB, and the disk has " + (free >> 20) + " MiB free";
        }
        StoreFiles next = GenerationPointer.next(disk, present.files());
        GenerationPointer.prepare(disk, present.files());
        JournaledVolume volume = null;
        try {
            volume = JournaledVolume.create(disk, next);
            fill(host, present, next, volume);
        } catch (IOException | RuntimeException | Error e) {
            discard(volume, present.files());
            throw e;
        }
        bytesAfter = volume.sizeBytes();
        letGo(present, next);
        return "";
    }

    private void fill(Host host, Opened present, StoreFiles next, JournaledVolume volume) throws IOException {
        volume.beginWriting();
        StoreCopy copy = new StoreCopy(present.trees(), timed(host), numberOf, commits::peek, new Told(), this::goOn);
        host.collect(commits, copy::begin);
        Trees trees = copy.into(volume);
        catchUp(trees);
        volume.startJournal(disk, next, segmentBytes, background);
        boolean isDone = false;
        for (int tries = 1; !isDone; tries++) {
            catchUp(trees);
            boolean mustBeNow = tries == MOST_TRIES;
            isDone =
                    host.alone(present, () -> mustBeNow || isFewLeft() ? switched(present, next, volume, trees) : null);
        }
    }

    /** Commits may have been faster than the lock. */
    private boolean isFewLeft() {
        return commits.isFew(FEW_COMMITS, FEW_BYTES);
    }

    private Opened switched(Opened present, StoreFiles next, JournaledVolume volume, Trees trees) throws IOException {
        long started = System.nanoTime();
        List<ChangeSet> rest = commits.take(Long.MAX_VALUE);
        endIfGivenUp();
        rest.forEach(trees::apply);
        trees.commit();
        volume.endWriting();
        if (volume.failure() != null || !trees.isAsFarAs(present.trees())) {
            throw new IOException("the copy is not equal to the store", volume.failure());
        }
        switchTo(next, present);
        noteStop(started);
        return new Opened(next, volume, trees);
    }

    /** While a slice is read no commit is made either. */
    private TreeSlices.Reading timed(Host host) {
        return new TreeSlices.Reading() {
            @Override
            public <T> T read(String what, Supplier<T> reading) {
                return host.read(what, () -> {
                    long started = System.nanoTime();
                    try {
                        return reading.get();
                    } finally {
                        noteStop(started);
                    }
                });
            }
        };
    }

    private void noteStop(long startedNanos) {
        longestStopNanos = Math.max(longestStopNanos, System.nanoTime() - startedNanos);
    }

    /** Applies what was committed meanwhile until little is left. */
    private void catchUp(Trees trees) {
        int rounds = 0;
        while (!isFewLeft()) {
            goOn();
            if (++rounds > MOST_ROUNDS) {
                commits.giveUp("more was written meanwhile than it can catch up with");
            }
            List<ChangeSet> batch = commits.take(BATCH_BYTES);
            batch.forEach(trees::apply);
            trees.commit();
        }
    }

    /** Where it cannot be told whether the switch is durable, nothing more may be committed to the old files. */
    private void switchTo(StoreFiles next, Opened present) throws IOException {
        try {
            GenerationPointer.switchTo(disk, next);
        } catch (IOException e) {
            isInDoubt = true;
            present.volume().fail(e);
            throw e;
        }
    }

    private void goOn() {
        progress.run();
        endIfGivenUp();
    }

    private void endIfGivenUp() {
        String why = commits.givenUp();
        if (why != null) {
            throw new GivenUpException(why);
        }
    }

    private void discard(JournaledVolume volume, StoreFiles present) {
        try {
            if (volume != null) {
                volume.fail(new IOException("the compaction did not come to its end"));
                volume.close();
            }
            if (!isInDoubt) {
                GenerationPointer.removeOthers(disk, present);
            }
        } catch (IOException | DBException e) {
            LOG.warn(
                    "Files of a compaction that did not come to its end stay until the next opening: {}", e.toString());
        }
    }

    /** Nothing of the old files is needed any more, so nothing of them is forced. */
    private void letGo(Opened old, StoreFiles present) {
        try {
            old.volume().fail(new IOException("the store was compacted into other files"));
            old.volume().close();
            GenerationPointer.removeOthers(disk, present);
            GenerationPointer.settle(disk, present);
        } catch (IOException | DBException e) {
            LOG.warn("The store's old files stay until the next opening: {}", e.toString());
        }
    }

    /** Damaged values are copied as they are; where something cannot be copied the store stays where it is. */
    private final class Told implements StoreCopy.Losses {
        @Override
        public void damaged(String what) {
            damagedValues++;
            LOG.warn("While the store is compacted, {} is found to be damaged; it stays as it is.", what);
        }

        @Override
        public void missing(String what, DamagedException cause) {
            throw new IllegalStateException(what + " cannot be read", cause);
        }
    }

    /** Says that the compaction was told to end. */
    private static final class GivenUpException extends RuntimeException {
        private static final long serialVersionUID = 1;

        GivenUpException(String why) {
            super(why);
        }
    }
}
