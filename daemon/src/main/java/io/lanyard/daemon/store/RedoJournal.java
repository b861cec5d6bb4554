package io.lanyard.daemon.store;

import io.lanyard.daemon.store.RecordMender.WasWhole;
import java.io.Closeable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A physical redo journal over a {@link MainFile}: every commit appends the pages it changed and forces them before any
 * of them is put in its place. Opening replays what is whole.
 *
 * <p>Two segments take turns, numbered by cycle. When one is full the other takes over at once, while a background
 * thread forces the main file and then begins the full one anew; a commit waits only if the second fills before that is
 * done. What this rests on:
 *
 * <ol>
 *   <li>A page reaches the main file only after the record that holds it was forced.
 *   <li>A segment begins anew only after the main file was forced with all its records in place, and the older of two
 *       segments before the newer.
 *   <li>Counters run on through all segments and never restart, so the newer segment continues where the older ends, and
 *       a gap between them is damage.
 * </ol>
 *
 * One thread at a time.
 */
final class RedoJournal implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(RedoJournal.class);
    private static final SecureRandom SALTS = new SecureRandom();

    private final MainFile main;
    private final Executor background;
    private JournalSegment current;
    private JournalSegment other;
    private long counter;
    private FutureTask<Void> checkpoint;

    private RedoJournal(
            MainFile main, Executor background, JournalSegment current, JournalSegment other, long counter) {
        this.main = main;
        this.background = background;
        this.current = current;
        this.other = other;
        this.counter = counter;
    }

    /** Two fresh segments, durable on return; for a store that has no main file yet. */
    static void create(Disk disk, StoreFiles files, long segmentBytes) throws IOException {
        try (JournalSegment first = open(disk, files.journal(0), segmentBytes);
                JournalSegment second = open(disk, files.journal(1), segmentBytes)) {
            for (JournalSegment segment : List.of(first, second)) {
                boolean isOld = segment.readHeader();
                if (isOld && (segment.counterFloor() > 1 || !segment.entries().isEmpty())) {
                    throw new DamagedFileException("there were commits, but the file of documents is missing");
                }
            }
            first.begin(1, SALTS.nextLong(), 1, 0);
            second.begin(2, SALTS.nextLong(), 1, 0);
        }
        disk.forceNames();
    }

    /** A fresh journal for a main file that is whole and was forced; its segments are durable on return. */
    static RedoJournal start(Disk disk, StoreFiles files, MainFile main, long segmentBytes, Executor background)
            throws IOException {
        JournalSegment first = open(disk, files.journal(0), segmentBytes);
        JournalSegment second = null;
        try {
            second = open(disk, files.journal(1), segmentBytes);
            first.begin(1, SALTS.nextLong(), 2, main.length());
            second.begin(2, SALTS.nextLong(), 2, main.length());
            disk.forceNames();
            return new RedoJournal(main, background, first, second, 2);
        } catch (IOException e) {
            first.close();
            if (second != null) {
                second.close();
            }
            throw e;
        }
    }

    /** Whether the journal is sound and holds nothing, so that the main file is all there is. */
    static boolean isEmpty(Disk disk, StoreFiles files, long segmentBytes) throws IOException {
        for (int index = 0; index < 2; index++) {
            if (!disk.exists(files.journal(index))) {
                return false;
            }
            try (JournalSegment segment = open(disk, files.journal(index), segmentBytes)) {
                if (!segment.readHeader() || !segment.entries().isEmpty()) {
                    return false;
                }
            } catch (DamagedFileException e) {
                LOG.warn("The journal is damaged as well: {}", e.getMessage());
                return false;
            }
        }
        return true;
    }

    /**
     * Brings the main file to the last whole commit, durably.
     *
     * @throws DamagedFileException if what is there is not what a crash can leave; nothing was written then
     */
    static RedoJournal open(Disk disk, StoreFiles files, MainFile main, long segmentBytes, Executor background)
            throws IOException {
        JournalSegment first = open(disk, files.journal(0), segmentBytes);
        JournalSegment second;
        try {
            second = open(disk, files.journal(1), segmentBytes);
        } catch (IOException e) {
            first.close();
            throw e;
        }
        try {
            if (!first.readHeader() || !second.readHeader()) {
                throw new DamagedFileException("a header of the journal is damaged");
            }
            return first.cycle() < second.cycle()
                    ? replay(main, background, first, second)
                    : replay(main, background, second, first);
        } catch (IOException e) {
            first.close();
            second.close();
            throw e;
        }
    }

    private static RedoJournal replay(MainFile main, Executor background, JournalSegment older, JournalSegment newer)
            throws IOException {
        List<JournalSegment.Entry> before = older.entries();
        List<JournalSegment.Entry> after = newer.entries();
        mendLast(main, older, before, newer, after);
        if (newer.cycle() != older.cycle() + 1 || !continues(before, after)) {
            throw new DamagedFileException("the journal has a gap between its files");
        }
        if (main.length() < Math.max(older.volumeBytes(), newer.volumeBytes())) {
            throw new DamagedFileException("the file of documents is shorter than it was");
        }
        older.secure(before);
        newer.secure(after);
        long next = Math.max(older.counterFloor(), newer.counterFloor());
        BitSet placed = new BitSet();
        next = Math.max(next, placeNewest(newer, after, main, placed));
        next = Math.max(next, placeNewest(older, before, main, placed));
        main.force();
        beginAnew(older, newer, next, main.length());
        return new RedoJournal(main, background, older, newer, next);
    }

    /** Mends the record behind the last whole one, if it must have been whole once and one bit of it is wrong. */
    private static void mendLast(
            MainFile main,
            JournalSegment older,
            List<JournalSegment.Entry> before,
            JournalSegment newer,
            List<JournalSegment.Entry> after)
            throws IOException {
        if (!after.isEmpty() && !continues(before, after)) {
            new RecordMender(older).mend(older.endOf(before), after.get(0).counter() - 1, true);
            older.addEntries(before);
        }
        long last = Math.max(older.counterFloor(), newer.counterFloor()) - 1;
        for (JournalSegment.Entry entry : after.isEmpty() ? before : after) {
            last = Math.max(last, entry.counter());
        }
        Map<JournalSegment, List<JournalSegment.Entry>> whole = Map.of(older, before, newer, after);
        for (JournalSegment segment : after.isEmpty() ? List.of(older, newer) : List.of(newer)) {
            RecordMender mender = new RecordMender(segment);
            List<JournalSegment.Entry> entries = whole.get(segment);
            long end = segment.endOf(entries);
            WasWhole wasWhole = mender.wasWhole(end, last + 1, main, whole);
            if (mender.mend(end, last + 1, wasWhole != WasWhole.NO_SIGN)) {
                segment.addEntries(entries);
                return;
            }
            if (wasWhole == WasWhole.SURE) {
                throw new DamagedFileException("the last record of the journal is damaged");
            }
        }
    }

    private static boolean continues(List<JournalSegment.Entry> before, List<JournalSegment.Entry> after) {
        return after.isEmpty()
                || !before.isEmpty()
                        && after.get(0).counter()
                                == before.get(before.size() - 1).counter() + 1;
    }

    /**
     * Puts the newest pages of a segment in their places, those that are in no later record. So no page of the main file
     * is ever older than it was, not even for a moment: somebody may read it meanwhile.
     *
     * @return one more than the highest counter in the segment, 0 if it is empty
     */
    private static long placeNewest(
            JournalSegment segment, List<JournalSegment.Entry> entries, MainFile main, BitSet placed)
            throws IOException {
        for (int index = entries.size() - 1; index >= 0; index--) {
            main.growTo(entries.get(index).volumeBytes());
            PageChanges all = segment.read(entries.get(index));
            PageChanges newest = new PageChanges();
            for (int page = 0; page < all.count(); page++) {
                if (!placed.get(all.number(page))) {
                    placed.set(all.number(page));
                    newest.add(all.number(page), all.content(page));
                }
            }
            main.apply(newest);
        }
        return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).counter() + 1;
    }

    private static void beginAnew(JournalSegment older, JournalSegment newer, long counterFloor, long volumeBytes)
            throws IOException {
        older.begin(older.cycle() + 2, SALTS.nextLong(), counterFloor, volumeBytes);
        newer.begin(newer.cycle() + 2, SALTS.nextLong(), counterFloor, volumeBytes);
    }

    private static JournalSegment open(Disk disk, String name, long segmentBytes) throws IOException {
        return new JournalSegment(name, disk.open(name), segmentBytes);
    }

    /** Appends one commit; durable on return. After an exception nothing more may be appended. */
    void append(PageChanges changes, long volumeBytes) throws IOException {
        if (checkpoint != null && checkpoint.isDone()) {
            awaitCheckpoint();
        }
        if (!current.hasRoomFor(changes.count())) {
            turnOver();
        }
        current.append(counter, volumeBytes, changes);
        counter++;
    }

    /** Whether a commit was ever appended, in this cycle or an earlier one. */
    boolean hasHistory() {
        return counter > 1;
    }

    long allocatedBytes() {
        return current.allocatedBytes() + other.allocatedBytes();
    }

    private void turnOver() throws IOException {
        awaitCheckpoint();
        JournalSegment full = current;
        current = other;
        other = full;
        long counterFloor = counter;
        long volumeBytes = main.length();
        checkpoint = new FutureTask<>(() -> {
            main.force();
            full.begin(full.cycle() + 2, SALTS.nextLong(), counterFloor, volumeBytes);
            return null;
        });
        background.execute(checkpoint);
    }

    private void awaitCheckpoint() throws IOException {
        if (checkpoint == null) {
            return;
        }
        checkpoint.run();
        try {
            checkpoint.get();
            checkpoint = null;
        } catch (ExecutionException e) {
            throw new IOException(
                    "forcing the file of documents failed: " + e.getCause().getMessage(), e.getCause());
        } catch (CancellationException | InterruptedException e) {
            throw new IOException("interrupted while the file of documents was being forced", e);
        }
    }

    /**
     * Gives the files up after a failure: nothing of this touches them any more, and the commit that failed, if one did,
     * will not be replayed by the next opening.
     *
     * @throws IOException if that commit cannot be taken back: try again later
     */
    void giveUp() throws IOException {
        if (checkpoint != null) {
            checkpoint.run();
            try {
                checkpoint.get();
            } catch (ExecutionException | CancellationException e) {
                LOG.debug("the last forcing failed; the journal still holds what it was for", e);
            } catch (InterruptedException e) {
                throw new IOException("interrupted while the file of documents was being forced", e);
            }
        }
        current.eraseBegun();
    }

    /** Leaves an empty journal over a main file that is on the disk itself. */
    void finish() throws IOException {
        awaitCheckpoint();
        main.force();
        beginAnew(current, other, counter, main.length());
    }

    /** Closes the files as they are. */
    @Override
    public void close() throws IOException {
        if (checkpoint != null) {
            checkpoint.cancel(false);
        }
        checkpoint = null;
        try {
            current.close();
        } finally {
            other.close();
        }
    }
}
