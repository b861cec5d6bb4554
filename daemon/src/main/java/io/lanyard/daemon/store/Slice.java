package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.nio.ByteBuffer;
import java.util.BitSet;

/** A stretch of the main file as it was at the last sync, the sums of its pages, and the pages changed since. */
final class Slice {
    final ByteBuffer synced;
    final byte[][] changed = new byte[MainFile.PAGES_PER_SLICE][];
    private final int[] sums;

    /** One bit for each page that the writer found sound in the commit that is under way. */
    private final long[] checked = new long[MainFile.PAGES_PER_SLICE / Long.SIZE];

    /** One bit for each page that the disk could not read; {@link #synced} must not be touched there. */
    private volatile BitSet unreadable = new BitSet();

    Slice(ByteBuffer synced, int[] sums) {
        this.synced = synced;
        this.sums = sums;
    }

    /** Whether the file's page has the sum that it should have. */
    boolean isSound(int index) {
        return isReadable(index) && PageSum.of(synced, index << PAGE_SHIFT) == sums[index];
    }

    boolean isReadable(int index) {
        return !unreadable.get(index);
    }

    /** One thread at a time; others may be reading. */
    void setUnreadable(int index) {
        BitSet more = (BitSet) unreadable.clone();
        more.set(index);
        unreadable = more;
    }

    boolean isChecked(int index) {
        return (checked[index / Long.SIZE] & 1L << index) != 0;
    }

    void setChecked(int index) {
        checked[index / Long.SIZE] |= 1L << index;
    }

    /** Forgets which pages were checked, at least for this one. */
    void uncheck(int index) {
        checked[index / Long.SIZE] = 0;
    }

    /** Copies the file's page into {@code target}. */
    void read(int index, byte[] target) {
        synced.get(index << PAGE_SHIFT, target, 0, PAGE_BYTES);
    }

    int sum(int index) {
        return sums[index];
    }
}
