package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.MainFile.PAGES_PER_SLICE;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MapDB volume whose {@link #sync()} is atomic and durable: MapDB by itself is neither.
 *
 * <p>Writes go to copies of pages in memory, a {@link PageOverlay}. {@code sync} appends the changed pages to a {@link
 * RedoJournal}, which forces them, and then puts them into the main file. Whatever was written after the last sync is
 * gone after a crash, and nothing else is.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>After any failed write every further one is refused, until the volume is opened again: memory and disk may
 *       disagree then. {@link #forgetChanges} leaves what the last sync left, for readers.
 *   <li>What the journal holds is committed. If it cannot be put in its place, its pages stay in memory.
 * </ol>
 *
 * Either one thread writes or any number read; the caller's lock sees to that.
 */
final class JournaledVolume extends PagedVolume {
    private static final Logger LOG = LoggerFactory.getLogger(JournaledVolume.class);
    private static final int FILLED_PAGES = 4096;

    private final MainFile main;
    /** Null while the volume is being filled. */
    private RedoJournal journal;

    private volatile Throwable failure;
    private boolean syncHeld;

    private JournaledVolume(MainFile main, RedoJournal journal) {
        super(new PageOverlay(main));
        this.main = main;
        this.journal = journal;
    }

    /**
     * Opens the volume of this disk at its last whole commit, or an empty one.
     *
     * @param files the present generation
     * @param segmentBytes how much of the journal fills before its other half takes over
     * @param background runs the forcing of the main file
     * @throws DamagedFileException if the files hold what no crash could have left
     */
    static JournaledVolume open(Disk disk, StoreFiles files, long segmentBytes, Executor background)
            throws IOException {
        if (!disk.exists(files.main())) {
            if (files.generation() > 0) {
                throw new DamagedFileException("the file of documents is missing");
            }
            RedoJournal.create(disk, files, segmentBytes);
        }
        MainFile main = new MainFile(disk.open(files.main()));
        JournaledVolume volume = null;
        try {
            disk.forceNames();
            volume = new JournaledVolume(main, RedoJournal.open(disk, files, main, segmentBytes, background));
            volume.pages.mapUpTo(main.length());
            volume.verify();
            if (volume.journal.hasHistory() && !volume.holdsCommit()) {
                throw new DamagedFileException("the file of documents has no header");
            }
            return volume;
        } catch (IOException | RuntimeException e) {
            if (volume != null) {
                volume.journal.close();
            }
            main.close();
            throw e;
        }
    }

    /**
     * An empty volume to fill: until {@link #startJournal}, what sync writes is neither atomic nor, before {@link
     * #force}, durable.
     */
    static JournaledVolume create(Disk disk, StoreFiles files) throws IOException {
        return new JournaledVolume(new MainFile(disk.open(files.main())), null);
    }

    /**
     * A volume over files that are damaged, only to be read: nothing of it is ever written. What lies in a damaged page
     * is not used, but for values, which have checksums of their own.
     *
     * @param isSumTrusted false if the sums of pages may be older than these: the journal is damaged
     */
    static JournaledVolume openDamaged(Disk disk, StoreFiles files, boolean isSumTrusted) throws IOException {
        MainFile main = new MainFile(disk.open(files.main()));
        try {
            JournaledVolume volume = new JournaledVolume(main, null);
            volume.pages.check.salvage(isSumTrusted);
            volume.holdSync();
            volume.beginWriting();
            volume.pages.mapUpTo(main.length());
            volume.pages.findUnreadable();
            return volume;
        } catch (IOException | RuntimeException e) {
            main.close();
            throw e;
        }
    }

    boolean isSalvaged() {
        return pages.check.isSalvaged();
    }

    /** Until when reading a damaged volume may go on: a tree that leads in circles would never end. */
    void salvageUntil(long nanoTime) {
        pages.check.salvageUntil(nanoTime);
    }

    /** Makes what was filled in durable. */
    void force() throws IOException {
        main.force();
    }

    /** Ends the filling; every commit so far is durable on return, and from now on sync is atomic and durable. */
    void startJournal(Disk disk, StoreFiles files, long segmentBytes, Executor background) throws IOException {
        sync();
        refuseAfterFailure();
        main.force();
        journal = RedoJournal.start(disk, files, main, segmentBytes, background);
    }

    /** While the volume is being filled: keeps little in memory, and leaves little for the last force. */
    void writeOutAtTimes() {
        if (pages.changedCount() >= FILLED_PAGES) {
            sync();
            try {
                main.force();
            } catch (IOException e) {
                fail(e);
                throw new DBException.VolumeIOError(e);
            }
        }
    }

    /** Whether a commit was ever made: MapDB's header begins with a magic number. */
    boolean holdsCommit() {
        return length() > 0 && getLong(0) != 0;
    }

    /** Until {@link #releaseSync()}, sync does nothing: so that a store is created in one commit. */
    void holdSync() {
        syncHeld = true;
    }

    void releaseSync() {
        syncHeld = false;
    }

    /** Why everything is refused, or null. */
    Throwable failure() {
        return failure;
    }

    @Override
    void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** From now on there is one thread, which writes too. */
    void beginWriting() {
        pages.check.beginWriting();
    }

    /** From now on there are readers only. What was written and not synced must be refused by then. */
    void endWriting() {
        pages.endWriting();
    }

    /** How many pages were found damaged since the opening, and mended. */
    int mendedPages() {
        return pages.check.mendedPages();
    }

    /**
     * Checks the page of this number, and mends it if it is damaged; the caller lets nobody else in meanwhile.
     *
     * @throws DamagedPageException if it cannot be mended
     */
    void mend(int number) {
        beginWriting();
        try {
            pages.check(number);
            sync();
        } finally {
            endWriting();
        }
    }

    /** Whether these pages are sound: the first that is not, or -1. Readers may go on meanwhile, the writer not. */
    int firstDamaged(int from, int count) {
        return pages.firstDamaged(from, count);
    }

    int pages() {
        return pages.count();
    }

    /** If this is the first page of a slice: has its sums written again if they are not in the file as they should be. */
    void compareSumsOf(int number) {
        if (number % PAGES_PER_SLICE != 0) {
            return;
        }
        try {
            if (!main.compareSums(number / PAGES_PER_SLICE)) {
                LOG.warn(
                        "Checksums of pages were wrong in the file, while those in memory were right; they are mended.");
            }
        } catch (IOException e) {
            LOG.warn("The checksums in the file of documents cannot be read: {}", e.toString());
        }
    }

    private void verify() throws DamagedFileException {
        List<Integer> damaged = new ArrayList<>();
        int count = pages.count();
        for (int number = firstDamaged(0, count); number >= 0; number = firstDamaged(number + 1, count - number - 1)) {
            try {
                mend(number);
            } catch (DamagedPageException e) {
                damaged.add(number);
            }
        }
        if (!damaged.isEmpty()) {
            throw new DamagedFileException(damaged.size() + " of " + count
                    + " pages of the file of documents are damaged, the first at byte "
                    + ((long) damaged.get(0) << PAGE_SHIFT));
        }
    }

    /** Makes everything written so far durable, all of it or nothing. */
    @Override
    public void sync() {
        refuseAfterFailure();
        if (syncHeld || pages.changedCount() == 0) {
            return;
        }
        PageChanges changes;
        try {
            changes = pages.collectChanges();
            if (journal != null) {
                journal.append(changes, length());
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e instanceof IOException io ? new DBException.VolumeIOError(io) : unchecked(e);
        }
        try {
            main.apply(changes);
            pages.forgetCopies();
        } catch (IOException e) {
            LOG.warn("what is committed cannot be put in its place now ({}); it is safe in the journal", e.toString());
            fail(e);
        }
    }

    /** After a failure: shows what the last sync left. Not to be called once a page of it could not be put in place. */
    void forgetChanges() {
        pages.forgetChanges();
    }

    /**
     * After a failure: lets the files go, so that they can be opened anew beside this volume, which can still be read.
     *
     * @throws IOException if the commit that failed cannot be taken back: try again later
     */
    void giveUp() throws IOException {
        if (journal != null) {
            journal.giveUp();
        }
    }

    /** The size of the files on disk. */
    long sizeBytes() {
        return main.sizeBytes() + (journal == null ? 0 : journal.allocatedBytes());
    }

    private static RuntimeException unchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }

    @Override
    void refuseAfterFailure() {
        if (failure != null) {
            throw new DBException.VolumeIOError(
                    new IOException("refused after an earlier failure: " + failure.getMessage(), failure));
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try (main;
                RedoJournal closing = journal) {
            if (failure == null && closing != null) {
                closing.finish();
            }
        } catch (IOException e) {
            throw new DBException.VolumeIOError(e);
        } finally {
            fail(new IOException("the store is closed"));
            pages.letGo();
        }
    }
}
