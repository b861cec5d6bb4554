package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.MainFile.PAGES_PER_SLICE;
import static io.lanyard.daemon.store.MainFile.SLICE_BYTES;
import static io.lanyard.daemon.store.MainFile.SLICE_SHIFT;
import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.mapdb.DBException;
import org.mapdb.DataInput2;
import org.mapdb.volume.Volume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A MapDB volume whose {@link #sync()} is atomic and durable: MapDB by itself is neither.
 *
 * <p>Writes go to copies of pages in memory. {@code sync} appends the changed pages to a {@link RedoJournal}, which
 * forces them, and then puts them into the main file. Whatever was written after the last sync is gone after a crash,
 * and nothing else is.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A page has a copy in memory only if its bytes differ from the main file's, or did since the last sync.
 *   <li>After any failed write every further one is refused, until the volume is opened again: memory and disk may
 *       disagree then. {@link #forgetChanges} leaves what the last sync left, for readers.
 *   <li>What the journal holds is committed. If it cannot be put in its place, its pages stay in memory.
 *   <li>{@code head} always equals the first 64 KiB. MapDB sums its header with {@code getInt} at every commit, which
 *       would otherwise cost more than everything else a commit does.
 * </ol>
 *
 * Either one thread writes or any number read; the caller's lock sees to that.
 */
final class JournaledVolume extends Volume {
    private static final Logger LOG = LoggerFactory.getLogger(JournaledVolume.class);
    private static final int HEAD_BYTES = 1 << 16;
    private static final int POOLED_PAGES = 1024;
    private static final int FILLED_PAGES = 4096;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final MainFile main;
    /** Null while the volume is being filled. */
    private RedoJournal journal;

    private final byte[] head = new byte[HEAD_BYTES];
    private final ArrayDeque<byte[]> pool = new ArrayDeque<>();
    private final PageChanges changes = new PageChanges();
    private volatile Slice[] slices = {};
    private int[] changedNumbers = new int[256];
    private int changedCount;
    private final byte[] scratch = new byte[PAGE_BYTES];
    private volatile Throwable failure;
    private boolean syncHeld;
    private boolean isWriting;
    private int[] checkedNumbers = new int[256];
    private int checkedCount;
    private volatile int mendedPages;
    /** Not 0 in a volume that is only salvaged. */
    private long salvageEndNanos;

    private boolean isSumTrusted = true;

    private JournaledVolume(MainFile main, RedoJournal journal) {
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
            volume.mapUpTo(main.length());
            volume.verify();
            if (volume.journal.hasHistory() && !volume.holdsCommit()) {
                throw new DamagedFileException("the file of documents has no header");
            }
            return volume;
        } catch (IOException e) {
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
            volume.salvageEndNanos = Long.MAX_VALUE;
            volume.isSumTrusted = isSumTrusted;
            volume.holdSync();
            volume.beginWriting();
            volume.mapUpTo(main.length());
            return volume;
        } catch (IOException | RuntimeException e) {
            main.close();
            throw e;
        }
    }

    boolean isSalvaged() {
        return salvageEndNanos != 0;
    }

    /** Until when reading a damaged volume may go on: a tree that leads in circles would never end. */
    void salvageUntil(long nanoTime) {
        salvageEndNanos = nanoTime;
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
        if (changedCount >= FILLED_PAGES) {
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
        return slices.length > 0 && getLong(0) != 0;
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

    /** Refuses everything from now on, as after a failed write. */
    void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    @Override
    public void ensureAvailable(long offset) {
        if (offset <= length()) {
            return;
        }
        refuseAfterFailure();
        try {
            mapUpTo(offset);
        } catch (IOException e) {
            fail(e);
            throw new DBException.VolumeIOError(e);
        }
    }

    private void mapUpTo(long bytes) throws IOException {
        int before = slices.length;
        int after = (int) ((bytes + SLICE_BYTES - 1) >>> SLICE_SHIFT);
        if (after <= before) {
            return;
        }
        main.growTo((long) after << SLICE_SHIFT);
        Slice[] grown = Arrays.copyOf(slices, after);
        for (int index = before; index < after; index++) {
            grown[index] = new Slice(main.map(index), main.sums(index));
        }
        slices = grown;
        if (before == 0) {
            grown[0].synced.get(0, head);
        }
    }

    /** From now on there is one thread, which writes too. */
    void beginWriting() {
        isWriting = true;
    }

    /** From now on there are readers only. What was written and not synced must be refused by then. */
    void endWriting() {
        isWriting = false;
        forgetChecks();
    }

    /** How many pages were found damaged since the opening, and mended. */
    int mendedPages() {
        return mendedPages;
    }

    /**
     * Checks the page of this number, and mends it if it is damaged; the caller lets nobody else in meanwhile.
     *
     * @throws DamagedPageException if it cannot be mended
     */
    void mend(int number) {
        beginWriting();
        try {
            copyOf(slice((long) number << PAGE_SHIFT), (long) number << PAGE_SHIFT);
            sync();
        } finally {
            endWriting();
        }
    }

    /**
     * Whether these pages are sound. Readers may go on meanwhile, the writer not.
     *
     * @return the first that is not, or -1
     */
    int firstDamaged(int from, int count) {
        for (int number = from; number < from + count; number++) {
            Slice slice = slice((long) number << PAGE_SHIFT);
            int index = number % PAGES_PER_SLICE;
            if (slice.changed[index] == null && !slice.isSound(index)) {
                return number;
            }
        }
        return -1;
    }

    int pages() {
        return (int) (length() >>> PAGE_SHIFT);
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
        int pages = (int) (length() >>> PAGE_SHIFT);
        for (int number = firstDamaged(0, pages); number >= 0; number = firstDamaged(number + 1, pages - number - 1)) {
            try {
                mend(number);
            } catch (DamagedPageException e) {
                damaged.add(number);
            }
        }
        if (!damaged.isEmpty()) {
            throw new DamagedFileException(damaged.size() + " of " + pages
                    + " pages of the file of documents are damaged, the first at byte "
                    + ((long) damaged.get(0) << PAGE_SHIFT));
        }
    }

    /** Makes everything written so far durable, all of it or nothing. */
    @Override
    public void sync() {
        refuseAfterFailure();
        if (syncHeld || changedCount == 0) {
            return;
        }
        try {
            collectChanges();
            if (journal != null) {
                journal.append(changes, length());
            }
        } catch (IOException | RuntimeException | Error e) {
            fail(e);
            throw e instanceof IOException io ? new DBException.VolumeIOError(io) : unchecked(e);
        }
        try {
            main.apply(changes);
            forgetCopies();
            forgetChecks();
        } catch (IOException e) {
            LOG.warn("what is committed cannot be put in its place now ({}); it is safe in the journal", e.toString());
            fail(e);
        }
    }

    /** After a failure: shows what the last sync left. Not to be called once a page of it could not be put in place. */
    void forgetChanges() {
        for (int index = 0; index < changedCount; index++) {
            int number = changedNumbers[index];
            slices[number / PAGES_PER_SLICE].changed[number % PAGES_PER_SLICE] = null;
        }
        changes.clear();
        changedCount = 0;
        if (slices.length > 0) {
            slices[0].synced.get(0, head);
        }
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

    private void collectChanges() {
        Arrays.sort(changedNumbers, 0, changedCount);
        changes.clear();
        for (int index = 0; index < changedCount; index++) {
            int number = changedNumbers[index];
            changes.add(number, slices[number / PAGES_PER_SLICE].changed[number % PAGES_PER_SLICE]);
        }
    }

    private void forgetCopies() {
        for (int index = 0; index < changes.count(); index++) {
            int number = changes.number(index);
            slices[number / PAGES_PER_SLICE].changed[number % PAGES_PER_SLICE] = null;
            if (pool.size() < POOLED_PAGES) {
                pool.push(changes.content(index));
            }
        }
        changes.clear();
        changedCount = 0;
    }

    private void refuseAfterFailure() {
        if (failure != null) {
            throw new DBException.VolumeIOError(
                    new IOException("refused after an earlier failure: " + failure.getMessage(), failure));
        }
    }

    private Slice slice(long offset) {
        int index = (int) (offset >>> SLICE_SHIFT);
        Slice[] all = slices;
        if (index >= all.length) {
            throw new DBException.VolumeEOF("offset " + offset + " is beyond the end, " + length());
        }
        return all[index];
    }

    private static int pageIndex(long offset) {
        return (int) (offset & (SLICE_BYTES - 1)) >>> PAGE_SHIFT;
    }

    private static int within(long offset) {
        return (int) offset & (PAGE_BYTES - 1);
    }

    /** The copy of the page at this offset, made now if there was none. */
    private byte[] writablePage(long offset) {
        refuseAfterFailure();
        Slice slice = slice(offset);
        int index = pageIndex(offset);
        byte[] page = slice.changed[index];
        if (page == null) {
            page = copyOf(slice, offset);
        }
        if (page == null) {
            page = pool.isEmpty() ? new byte[PAGE_BYTES] : pool.pop();
            slice.read(index, page);
            slice.changed[index] = page;
            noteChanged((int) (offset >>> PAGE_SHIFT));
        }
        return page;
    }

    /** The copy of the page at this offset, or null if there is none and the file's page is sound. */
    private byte[] copyOf(Slice slice, long offset) {
        int index = pageIndex(offset);
        byte[] page = slice.changed[index];
        if (page != null || isWriting && slice.isChecked(index)) {
            return page;
        }
        int number = (int) (offset >>> PAGE_SHIFT);
        if (salvageEndNanos != 0 && System.nanoTime() - salvageEndNanos > 0) {
            throw new Salvage.TooLongException();
        }
        if (isSumTrusted && !slice.isSound(index)) {
            return healed(slice, index, number);
        }
        if (isWriting) {
            slice.setChecked(index);
            noteChecked(number);
        }
        return null;
    }

    /** Mends what can be mended; readers cannot, and say so. */
    private byte[] healed(Slice slice, int index, int number) {
        byte[] page = new byte[PAGE_BYTES];
        slice.read(index, page);
        if (isWriting && PageSum.mend(page, slice.sum(index))) {
            slice.changed[index] = page;
            noteChanged(number);
            if (number < HEAD_BYTES >> PAGE_SHIFT) {
                System.arraycopy(page, 0, head, number << PAGE_SHIFT, PAGE_BYTES);
            }
        } else if (isWriting && SingleBit.isInSum(PageSum.of(page) ^ slice.sum(index))) {
            main.mendSum(number, PageSum.of(page));
            page = null;
        } else {
            throw new DamagedPageException(number);
        }
        mendedPages++;
        LOG.warn(
                "A bit of page {} of the file of documents was wrong; it was found by the page's checksum and mended.",
                number);
        return page;
    }

    private void noteChecked(int number) {
        if (checkedCount == checkedNumbers.length) {
            checkedNumbers = Arrays.copyOf(checkedNumbers, checkedCount * 2);
        }
        checkedNumbers[checkedCount++] = number;
    }

    private void forgetChecks() {
        for (int index = 0; index < checkedCount; index++) {
            int number = checkedNumbers[index];
            slices[number / PAGES_PER_SLICE].uncheck(number % PAGES_PER_SLICE);
        }
        checkedCount = 0;
    }

    private void noteChanged(int number) {
        if (changedCount == changedNumbers.length) {
            changedNumbers = Arrays.copyOf(changedNumbers, changedCount * 2);
        }
        changedNumbers[changedCount++] = number;
    }

    @Override
    public void putLong(long offset, long value) {
        if (getLong(offset) == value) {
            return;
        }
        if (within(offset) > PAGE_BYTES - Long.BYTES) {
            putData(offset, ByteBuffer.allocate(Long.BYTES).putLong(0, value).array(), 0, Long.BYTES);
            return;
        }
        LONG.set(writablePage(offset), within(offset), value);
        if (offset < HEAD_BYTES) {
            LONG.set(head, (int) offset, value);
        }
    }

    @Override
    public void putInt(long offset, int value) {
        if (getInt(offset) == value) {
            return;
        }
        if (within(offset) > PAGE_BYTES - Integer.BYTES) {
            putData(offset, ByteBuffer.allocate(Integer.BYTES).putInt(0, value).array(), 0, Integer.BYTES);
            return;
        }
        INT.set(writablePage(offset), within(offset), value);
        if (offset < HEAD_BYTES) {
            INT.set(head, (int) offset, value);
        }
    }

    @Override
    public void putByte(long offset, byte value) {
        if (getByte(offset) == value) {
            return;
        }
        writablePage(offset)[within(offset)] = value;
        if (offset < HEAD_BYTES) {
            head[(int) offset] = value;
        }
    }

    @Override
    public void putData(long offset, byte[] source, int sourcePosition, int size) {
        int done = 0;
        while (done < size) {
            long at = offset + done;
            int count = Math.min(size - done, PAGE_BYTES - within(at));
            putWithinPage(at, source, sourcePosition + done, count);
            done += count;
        }
    }

    private void putWithinPage(long offset, byte[] source, int sourcePosition, int size) {
        byte[] present = readablePage(offset);
        int from = within(offset);
        if (Arrays.equals(present, from, from + size, source, sourcePosition, sourcePosition + size)) {
            return;
        }
        System.arraycopy(source, sourcePosition, writablePage(offset), from, size);
        if (offset < HEAD_BYTES) {
            System.arraycopy(source, sourcePosition, head, (int) offset, size);
        }
    }

    /** The bytes of the page at this offset: its copy, or the scratch page, which only the writer uses. */
    private byte[] readablePage(long offset) {
        Slice slice = slice(offset);
        int index = pageIndex(offset);
        byte[] page = copyOf(slice, offset);
        if (page == null) {
            slice.read(index, scratch);
            return scratch;
        }
        return page;
    }

    @Override
    public void putData(long offset, ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        putData(offset, bytes, 0, bytes.length);
    }

    @Override
    public void clear(long startOffset, long endOffset) {
        for (long at = startOffset; at < endOffset; ) {
            int count = (int) Math.min(endOffset - at, PAGE_BYTES - within(at));
            putWithinPage(at, ZEROS, 0, count);
            at += count;
        }
    }

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    @Override
    public long getLong(long offset) {
        if (offset <= HEAD_BYTES - Long.BYTES) {
            return (long) LONG.get(head, (int) offset);
        }
        if (within(offset) > PAGE_BYTES - Long.BYTES) {
            byte[] bytes = new byte[Long.BYTES];
            getData(offset, bytes, 0, Long.BYTES);
            return (long) LONG.get(bytes, 0);
        }
        Slice slice = slice(offset);
        byte[] page = copyOf(slice, offset);
        return page == null
                ? slice.synced.getLong((int) offset & (SLICE_BYTES - 1))
                : (long) LONG.get(page, within(offset));
    }

    @Override
    public int getInt(long offset) {
        if (offset <= HEAD_BYTES - Integer.BYTES) {
            return (int) INT.get(head, (int) offset);
        }
        byte[] bytes = new byte[Integer.BYTES];
        getData(offset, bytes, 0, Integer.BYTES);
        return (int) INT.get(bytes, 0);
    }

    @Override
    public byte getByte(long offset) {
        Slice slice = slice(offset);
        byte[] page = copyOf(slice, offset);
        return page == null ? slice.synced.get((int) offset & (SLICE_BYTES - 1)) : page[within(offset)];
    }

    @Override
    public void getData(long offset, byte[] target, int targetPosition, int size) {
        int done = 0;
        while (done < size) {
            long at = offset + done;
            int count = Math.min(size - done, PAGE_BYTES - within(at));
            Slice slice = slice(at);
            byte[] page = copyOf(slice, at);
            if (page == null) {
                slice.synced.get((int) at & (SLICE_BYTES - 1), target, targetPosition + done, count);
            } else {
                System.arraycopy(page, within(at), target, targetPosition + done, count);
            }
            done += count;
        }
    }

    /** A copy: bounds hold even where damaged bytes would lead a reader astray. */
    @Override
    public DataInput2 getDataInput(long offset, int size) {
        byte[] bytes = new byte[size];
        try {
            getData(offset, bytes, 0, size);
        } catch (DamagedPageException e) {
            if (salvageEndNanos == 0) {
                throw e;
            }
            readUnchecked(offset, bytes);
            return new DamagedInput(bytes, e);
        }
        return new DataInput2.ByteArray(bytes);
    }

    private void readUnchecked(long offset, byte[] target) {
        int done = 0;
        while (done < target.length) {
            long at = offset + done;
            int count = Math.min(target.length - done, PAGE_BYTES - within(at));
            slice(at).synced.get((int) at & (SLICE_BYTES - 1), target, done, count);
            done += count;
        }
    }

    @Override
    public long length() {
        return (long) slices.length << SLICE_SHIFT;
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
            slices = new Slice[0];
        }
    }

    /** Space is never given back: a mapped file cannot be shortened everywhere. */
    @Override
    public void truncate(long size) {
        throw new UnsupportedOperationException("truncate");
    }

    @Override
    public int sliceSize() {
        return SLICE_BYTES;
    }

    @Override
    public boolean isSliced() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public File getFile() {
        return null;
    }

    @Override
    public boolean getFileLocked() {
        return true;
    }
}
