package io.lanyard.daemon.store;

import io.lanyard.daemon.engine.ChangeSet;
import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.engine.Store;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a store anew from what can still be read of damaged files, which are moved aside.
 *
 * <p>The new files are the next generation, so a crash in between leaves the damaged ones as they were, to be salvaged
 * again; once the pointer is switched the new ones are the store's, and it says where the damaged ones are to be moved,
 * so that the next opening does that if this one does not come to it. What was lost is told by an entry in the new
 * files, {@link Store#LOST_DATA}, until somebody makes it good and deletes that, and by the report beside it. A document whose name is known and whose content is
 * lost stays as a value that throws {@link DamagedException}.
 *
 * <p>Nothing here can hang: a damaged tree may lead in circles, so reading it ends when nothing new was found for a
 * while.
 */
final class Salvage {
    private static final Logger LOG = LoggerFactory.getLogger(Salvage.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Disk disk;
    private final long segmentBytes;
    private final Executor background;
    private final ToLongFunction<byte[]> numberOf;
    private final String why;
    private final SalvageLosses losses = new SalvageLosses();
    private String aside;
    private SalvageReport report;

    /** Says that reading what is damaged came to no end. */
    static final class TooLongException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLongException() {
            super("reading it came to no end", null, false, false);
        }
    }

    /**
     * @param numberOf the arrival number that a document's record names, 0 if it cannot tell
     * @param why what is damaged, in words
     */
    Salvage(Disk disk, long segmentBytes, Executor background, ToLongFunction<byte[]> numberOf, String why) {
        this.disk = disk;
        this.segmentBytes = segmentBytes;
        this.background = background;
        this.numberOf = numberOf;
        this.why = why;
    }

    /** Returns what was lost and where the damaged files are; the store can be opened then. */
    SalvageReport run() throws IOException {
        StoreFiles damaged = GenerationPointer.likely(disk);
        StoreFiles next = GenerationPointer.unused(disk);
        LOG.error("The store in {} is damaged ({}); what can be read of it is copied.", disk.description(), why);
        aside = disk.freshAside();
        GenerationPointer.prepare(disk, damaged);
        boolean isSumTrusted = RedoJournal.isEmpty(disk, damaged, segmentBytes);
        if (!(isSumTrusted && copy(damaged, next, true)) && !copyWithoutSums(damaged, next)) {
            removeFiles(next);
            losses.everything();
            fill(next, null);
        }
        GenerationPointer.switchTo(disk, next, aside);
        GenerationPointer.moveOthersAside(disk, next, aside);
        GenerationPointer.settle(disk, next);
        LOG.error("{}", report.sentence());
        return report;
    }

    private void removeFiles(StoreFiles files) throws IOException {
        for (String name : List.of(files.main(), files.journal(0), files.journal(1))) {
            disk.delete(name);
        }
    }

    /** What was most needed may be sound all the same: values have checksums of their own, and keys an order. */
    private boolean copyWithoutSums(StoreFiles damaged, StoreFiles next) throws IOException {
        removeFiles(next);
        losses.forget();
        return copy(damaged, next, false);
    }

    private boolean copy(StoreFiles damaged, StoreFiles next, boolean isSumTrusted) throws IOException {
        if (!disk.exists(damaged.main())) {
            return false;
        }
        JournaledVolume source = JournaledVolume.openDamaged(disk, damaged, isSumTrusted);
        try {
            Source reading = new Source(source);
            reading.goOn();
            if (!source.holdsCommit()) {
                return false;
            }
            fill(next, new StoreCopy(Trees.open(source), reading, numberOf, List::of, losses, reading::goOn));
            return true;
        } catch (DamagedFileException | RuntimeException | AssertionError | IllegalAccessError | StackOverflowError e) {
            if (WriteFailures.diskFailure(e).isPresent()) {
                throw e;
            }
            LOG.error("Nothing of the damaged store in {} can be used.", disk.description(), e);
            return false;
        } finally {
            source.fail(new IOException("it was salvaged"));
            source.close();
        }
    }

    private void fill(StoreFiles next, StoreCopy copy) throws IOException {
        JournaledVolume volume = JournaledVolume.create(disk, next);
        try {
            volume.beginWriting();
            Trees trees;
            if (copy == null) {
                trees = Trees.open(volume);
            } else {
                copy.begin();
                trees = copy.into(volume);
            }
            report = losses.report(why, System.currentTimeMillis(), disk.whereIs(aside));
            Map<String, byte[]> entries =
                    Map.of(Store.LOST_DATA, losses.encode(), SalvageReport.ENTRY, report.encode());
            trees.commit(new ChangeSet(List.of(), entries, List.of(), Integer.MAX_VALUE));
            volume.startJournal(disk, next, segmentBytes, background);
            volume.endWriting();
        } catch (DBException.VolumeIOError e) {
            throw WriteFailures.diskFailure(e).orElseThrow(() -> e);
        } finally {
            volume.close();
        }
    }

    /** The damaged store, in which nothing changes any more. */
    private static final class Source implements TreeSlices.Reading {
        private final JournaledVolume volume;

        Source(JournaledVolume volume) {
            this.volume = volume;
        }

        void goOn() {
            volume.salvageUntil(System.nanoTime() + PATIENCE_NANOS);
        }

        @Override
        public <T> T read(String what, Supplier<T> reading) {
            try {
                return reading.get();
            } catch (DamagedException | TooLongException e) {
                throw e;
            } catch (RuntimeException | AssertionError | IllegalAccessError | OutOfMemoryError e) {
                throw new DamagedException(what, e);
            }
        }
    }
}
