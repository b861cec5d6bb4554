package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;
import static io.lanyard.daemon.store.PageChanges.PAGE_SHIFT;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of pages under the journal, and the checksum of each page.
 *
 * <p>It consists of slices: 4,096 pages of 1,024 bytes, their 4,096 sums of 4 bytes ({@link PageSum}), 4,096 bytes of
 * nothing. Offsets of pages are counted without sums, as if those were not there. The file only ever grows, by whole
 * slices filled with zeros, so that a full disk shows while growing and not when a committed page has to be put in its
 * place.
 *
 * <p>Sums are kept in memory and reach the file with {@link #force()}. So in the file, a page and its sum agree unless
 * the journal holds the page: opening replays the journal, and whatever does not agree with its sum then is damaged.
 *
 * <p>One thread at a time; {@link #force()} from any.
 */
final class MainFile implements Closeable {
    static final int SLICE_SHIFT = 22;
    static final int SLICE_BYTES = 1 << SLICE_SHIFT;
    static final int PAGES_PER_SLICE = SLICE_BYTES >> PAGE_SHIFT;

    /** What a slice takes in the file. */
    static final int SLICE_FILE_BYTES = SLICE_BYTES + PAGES_PER_SLICE * Integer.BYTES + 4096;

    private static final int SUMS_BYTES = PAGES_PER_SLICE * Integer.BYTES;
    private static final int STAGING_BYTES = 1 << 16;

    private static final Logger LOG = LoggerFactory.getLogger(MainFile.class);

    private final DiskFile file;
    private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    /** Guards what {@link #force()} reads on another thread: sums and which of them are not in the file yet. */
    private final Object sumsLock = new Object();

    private final BitSet unwrittenSums = new BitSet();
    private int[][] sums;
    private int forces;

    MainFile(DiskFile file) throws IOException {
        this.file = file;
        sums = new int[(int) (file.length() / SLICE_FILE_BYTES)][];
        for (int slice = 0; slice < sums.length; slice++) {
            sums[slice] = sumsOrZeros(slice);
        }
    }

    /** Without its sums a slice is damaged, which is noticed when its pages are read. */
    private int[] sumsOrZeros(int slice) {
        try {
            return readSums(slice);
        } catch (IOException e) {
            LOG.error("Checksums of the file of documents cannot be read, from byte {}.", sumsPosition(slice), e);
            return new int[PAGES_PER_SLICE];
        }
    }

    /** The sums of a slice as they are in the file. */
    private int[] readSums(int slice) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SUMS_BYTES);
        file.read(sumsPosition(slice), bytes);
        int[] read = new int[PAGES_PER_SLICE];
        bytes.flip().asIntBuffer().get(read);
        return read;
    }

    /** How many bytes of pages there are. */
    long length() {
        return (long) sums.length << SLICE_SHIFT;
    }

    /** How many bytes the file has. */
    long sizeBytes() {
        return (long) sums.length * SLICE_FILE_BYTES;
    }

    void growTo(long bytes) throws IOException {
        int slices = sums.length;
        while ((long) slices << SLICE_SHIFT < bytes) {
            fillWithZeros((long) slices * SLICE_FILE_BYTES);
            slices++;
        }
        int[][] grown = Arrays.copyOf(sums, slices);
        for (int slice = sums.length; slice < slices; slice++) {
            grown[slice] = new int[PAGES_PER_SLICE];
        }
        synchronized (sumsLock) {
            sums = grown;
        }
    }

    private void fillWithZeros(long start) throws IOException {
        for (long done = 0; done < SLICE_FILE_BYTES; done += staging.limit()) {
            staging.clear().limit((int) Math.min(STAGING_BYTES, SLICE_FILE_BYTES - done));
            for (int position = 0; position < staging.limit(); position += Long.BYTES) {
                staging.putLong(position, 0);
            }
            file.write(start + done, staging);
        }
    }

    /** Puts committed pages in their places, neighbours in one write. */
    void apply(PageChanges changes) throws IOException {
        synchronized (sumsLock) {
            for (int index = 0; index < changes.count(); index++) {
                int number = changes.number(index);
                sums[number / PAGES_PER_SLICE][number % PAGES_PER_SLICE] = PageSum.of(changes.content(index));
                unwrittenSums.set(number / PAGES_PER_SLICE);
            }
        }
        staging.clear();
        long start = 0;
        for (int index = 0; index < changes.count(); index++) {
            long position = position(changes.number(index));
            if (!staging.hasRemaining() || start + staging.position() != position) {
                flush(start);
                start = position;
            }
            staging.put(changes.content(index), 0, PAGE_BYTES);
        }
        flush(start);
    }

    private void flush(long start) throws IOException {
        staging.flip();
        if (staging.hasRemaining()) {
            file.write(start, staging);
        }
        staging.clear();
    }

    private static long position(int page) {
        return (long) (page / PAGES_PER_SLICE) * SLICE_FILE_BYTES + (long) (page % PAGES_PER_SLICE) * PAGE_BYTES;
    }

    private static long sumsPosition(int slice) {
        return (long) slice * SLICE_FILE_BYTES + SLICE_BYTES;
    }

    /** Reads pages of one slice as they are in the file, from this one on, until {@code target} is full. */
    void read(int page, ByteBuffer target) throws IOException {
        file.read(position(page), target);
    }

    /** The sum that a page should have. */
    int sum(int page) {
        return sums[page / PAGES_PER_SLICE][page % PAGES_PER_SLICE];
    }

    /**
     * A read-only view of a slice's pages. Touching a page that the disk cannot read may end the process: who does not
     * know that it can be read uses {@link #read}.
     */
    ByteBuffer map(int slice) throws IOException {
        return file.map((long) slice * SLICE_FILE_BYTES, SLICE_BYTES);
    }

    /** The sums of a slice's pages, brought up to date by {@link #apply}. Not to be changed by the caller. */
    int[] sums(int slice) {
        return sums[slice];
    }

    /** Takes a sum for wrong because its page is sound. The caller sees to it that nobody applies meanwhile. */
    void mendSum(int page, int sum) {
        synchronized (sumsLock) {
            sums[page / PAGES_PER_SLICE][page % PAGES_PER_SLICE] = sum;
            unwrittenSums.set(page / PAGES_PER_SLICE);
        }
    }

    /**
     * Compares the sums of a slice in the file with those in memory, and has them written again with the next
     * {@link #force()} if they differ. Those that are to be written anyway count as equal.
     */
    boolean compareSums(int slice) throws IOException {
        synchronized (sumsLock) {
            if (forces > 0 || unwrittenSums.get(slice) || Arrays.equals(readSums(slice), sums[slice])) {
                return true;
            }
            unwrittenSums.set(slice);
            return false;
        }
    }

    /** Returns when every page applied before the call is on the disk itself, and its sum. */
    void force() throws IOException {
        synchronized (sumsLock) {
            forces++;
        }
        try {
            writeSums();
            file.force();
        } finally {
            synchronized (sumsLock) {
                forces--;
            }
        }
    }

    private void writeSums() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(SUMS_BYTES);
        int slice = takeUnwritten(0, bytes);
        while (slice >= 0) {
            file.write(sumsPosition(slice), bytes);
            slice = takeUnwritten(slice + 1, bytes);
        }
    }

    private int takeUnwritten(int from, ByteBuffer bytes) {
        synchronized (sumsLock) {
            int slice = unwrittenSums.nextSetBit(from);
            if (slice >= 0) {
                unwrittenSums.clear(slice);
                bytes.clear().asIntBuffer().put(sums[slice]);
            }
            return slice;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
