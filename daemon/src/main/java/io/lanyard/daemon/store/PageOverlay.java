package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.MainFile.PAGES_PER_SLICE;
import static io.lanyard.daemon.store.MainFile.SLICE_BYTES;
import static io.lanyard.daemon.store.MainFile.SLICE_SHIFT;
import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.mapdb.DBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages of the main file, {@linkplain PageCheck checked} whenever they are used, and over them copies in memory of
 * those that were changed since the last sync.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A page has a copy in memory only if its bytes differ from the main file's, or did since the last sync.
 *   <li>{@link #head} always equals the first 64 KiB. MapDB sums its header with {@code getInt} at every commit, which
 *       would otherwise cost more than everything else a commit does.
 * </ol>
 *
 * Either one thread writes or any number read.
 */
final class PageOverlay {
    static final int HEAD_BYTES = 1 << 16;
    private static final int POOLED_PAGES = 1024;
    private static final int PAGES_AT_ONCE = 64;
    private static final Logger LOG = LoggerFactory.getLogger(PageOverlay.class);

    final byte[] head = new byte[HEAD_BYTES];
    final PageCheck check;

    private final MainFile main;
    private final ArrayDeque<byte[]> pool = new ArrayDeque<>();
    private final PageChanges changes = new PageChanges();
    private volatile Slice[] slices = {};
    private int[] changedNumbers = new int[256];
    private int changedCount;
    private final byte[] scratch = new byte[PAGE_BYTES];

    PageOverlay(MainFile main) {
        this.main = main;
        check = new PageCheck(main);
    }

    void mapUpTo(long bytes) throws IOException {
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
            readHead();
        }
    }

    /** What cannot be read of it is zeros, and unsound. */
    private void readHead() {
        for (int number = 0; number < HEAD_BYTES >> PAGE_SHIFT; number++) {
            ByteBuffer page = ByteBuffer.wrap(head, number << PAGE_SHIFT, PAGE_BYTES);
            if (!isRead(number, page)) {
                Arrays.fill(head, number << PAGE_SHIFT, number + 1 << PAGE_SHIFT, (byte) 0);
                setUnreadable(number);
            }
        }
    }

    /** In bytes. */
    long length() {
        return (long) slices.length << SLICE_SHIFT;
    }

    /** How many pages there are. */
    int count() {
        return (int) (length() >>> PAGE_SHIFT);
    }

    /** From now on every offset is beyond the end. */
    void letGo() {
        slices = new Slice[0];
    }

    /** From now on there are readers only. */
    void endWriting() {
        check.endWriting(slices);
    }

    /**
     * Whether these pages are sound: the first that is not, or -1. They are read by the file and not by its mapping, since
     * the disk may not be able to read them. Readers may go on meanwhile, the writer not.
     */
    int firstDamaged(int from, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(count, PAGES_AT_ONCE) * PAGE_BYTES);
        for (int first = from; first < from + count; first += bytes.limit() / PAGE_BYTES) {
            boolean areReadable = isRunRead(first, from + count, bytes);
            for (int number = first; number < first + bytes.limit() / PAGE_BYTES; number++) {
                Slice slice = slices[number / PAGES_PER_SLICE];
                int index = number % PAGES_PER_SLICE;
                int at = number - first << PAGE_SHIFT;
                boolean isSound = areReadable ? PageSum.of(bytes, at) == slice.sum(index) : slice.isSound(index);
                if (slice.changed[index] == null && !isSound) {
                    return number;
                }
            }
        }
        return -1;
    }

    /** Looks which pages the disk cannot read at all: none of them is touched from now on. */
    void findUnreadable() {
        ByteBuffer bytes = ByteBuffer.allocate(PAGES_AT_ONCE * PAGE_BYTES);
        for (int first = 0; first < count(); first += bytes.limit() / PAGE_BYTES) {
            isRunRead(first, count(), bytes);
        }
    }

    /** Reads so many pages of one slice as there is room for; if that fails, notes which cannot be read. */
    private boolean isRunRead(int first, int end, ByteBuffer bytes) {
        int pages = Math.min(end - first, bytes.capacity() / PAGE_BYTES);
        pages = Math.min(pages, PAGES_PER_SLICE - first % PAGES_PER_SLICE);
        boolean isRead = isRead(first, bytes.clear().limit(pages * PAGE_BYTES));
        for (int number = first; !isRead && number < first + pages; number++) {
            if (!isRead(number, ByteBuffer.allocate(PAGE_BYTES))) {
                setUnreadable(number);
            }
        }
        return isRead;
    }

    private void setUnreadable(int number) {
        Slice slice = slices[number / PAGES_PER_SLICE];
        if (slice.isReadable(number % PAGES_PER_SLICE)) {
            LOG.warn("Page {} of the file of documents cannot be read.", number);
            slice.setUnreadable(number % PAGES_PER_SLICE);
        }
    }

    private boolean isRead(int number, ByteBuffer target) {
        try {
            main.read(number, target);
            return true;
        } catch (ClosedChannelException e) {
            throw new DBException.VolumeIOError(e); // that says nothing of the disk
        } catch (IOException e) {
            LOG.debug("of the file of documents cannot be read: page {}, or one of the next few", number, e);
            return false;
        }
    }

    /** Checks the page of this number; only the writer may mend it. */
    void check(int number) {
        copyOf(slice((long) number << PAGE_SHIFT), (long) number << PAGE_SHIFT);
    }

    /** How many pages have copies. */
    int changedCount() {
        return changedCount;
    }

    /** The copies, to be written; {@link #forgetCopies} once they are in their places. */
    PageChanges collectChanges() {
        Arrays.sort(changedNumbers, 0, changedCount);
        changes.clear();
        for (int index = 0; index < changedCount; index++) {
            int number = changedNumbers[index];
            changes.add(number, slices[number / PAGES_PER_SLICE].changed[number % PAGES_PER_SLICE]);
        }
        return changes;
    }

    /** What was collected is in the main file now. */
    void forgetCopies() {
        for (int index = 0; index < changes.count(); index++) {
            int number = changes.number(index);
            slices[number / PAGES_PER_SLICE].changed[number % PAGES_PER_SLICE] = null;
            if (pool.size() < POOLED_PAGES) {
                pool.push(changes.content(index));
            }
        }
        changes.clear();
        changedCount = 0;
        check.forget(slices);
    }

    /** Shows what the last sync left. */
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

    Slice slice(long offset) {
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

    /** The copy of the page at this offset, made now if there was none. */
    byte[] writablePage(long offset) {
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

    /** The bytes of the page at this offset: its copy, or the scratch page, which only the writer uses. */
    byte[] readablePage(long offset) {
        Slice slice = slice(offset);
        byte[] page = copyOf(slice, offset);
        if (page == null) {
            slice.read(pageIndex(offset), scratch);
            return scratch;
        }
        return page;
    }

    /** The copy of the page at this offset, or null if there is none and the file's page is sound. */
    byte[] copyOf(Slice slice, long offset) {
        check.endIfTooLong();
        int index = pageIndex(offset);
        byte[] page = slice.changed[index];
        if (page != null || check.isKnown(slice, index)) {
            return page;
        }
        int number = (int) (offset >>> PAGE_SHIFT);
        byte[] mended = check.mended(slice, number);
        if (mended != null) {
            slice.changed[index] = mended;
            noteChanged(number);
            if (number < HEAD_BYTES >> PAGE_SHIFT) {
                System.arraycopy(mended, 0, head, number << PAGE_SHIFT, PAGE_BYTES);
            }
        }
        return mended;
    }

    /** Copies bytes of one page of the file whether it is sound or not; leaves {@code target} alone if it cannot be read. */
    void readUnchecked(long offset, byte[] target, int at, int count) {
        Slice slice = slice(offset);
        if (slice.isReadable(pageIndex(offset))) {
            slice.synced.get((int) offset & (SLICE_BYTES - 1), target, at, count);
        }
    }

    private void noteChanged(int number) {
        if (changedCount == changedNumbers.length) {
            changedNumbers = Arrays.copyOf(changedNumbers, changedCount * 2);
        }
        changedNumbers[changedCount++] = number;
    }
}
