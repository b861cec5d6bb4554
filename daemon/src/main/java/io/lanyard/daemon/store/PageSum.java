package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** The checksum of a page of the main file: CRC32C, such that a page of zeros has 0. */
final class PageSum {
    private static final int ZEROS = checksum(new byte[PAGE_BYTES]);

    private PageSum() {}

    static int of(byte[] page) {
        return checksum(page) ^ ZEROS;
    }

    /** The sum of the page at {@code position}; the buffer's own position and limit are left alone. */
    static int of(ByteBuffer pages, int position) {
        CRC32C checksum = new CRC32C();
        checksum.update(pages.duplicate().limit(position + PAGE_BYTES).position(position));
        return (int) checksum.getValue() ^ ZEROS;
    }

    /**
     * Mends a page of which one bit is wrong.
     *
     * @return whether the page has this sum now; false if more than one bit was wrong, and the page is as it was then
     */
    static boolean mend(byte[] page, int sum) {
        int difference = of(page) ^ sum;
        long bit = SingleBit.find(difference, PAGE_BYTES);
        if (bit >= 0) {
            page[(int) (bit >>> 3)] ^= (byte) (1 << (bit & 7));
        }
        return bit >= 0 || difference == 0;
    }

    private static int checksum(byte[] page) {
        CRC32C checksum = new CRC32C();
        checksum.update(page, 0, PAGE_BYTES);
        return (int) checksum.getValue();
    }
}
