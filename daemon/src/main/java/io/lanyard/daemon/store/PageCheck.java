package io.lanyard.daemon.store;

import static io.lanyard.daemon.store.MainFile.PAGES_PER_SLICE;
import static io.lanyard.daemon.store.PageChanges.PAGE_BYTES;

import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares pages of the main file with their sums before they are used, and mends what can be mended.
 *
 * <p>A reader checks a page each time, the writer once in a commit. Only the writer mends, since nobody else is there then.
 */
final class PageCheck {
    private static final Logger LOG = LoggerFactory.getLogger(PageCheck.class);

    private final MainFile main;
    private boolean isWriting;
    private int[] checkedNumbers = new int[256];
    private int checkedCount;
    private volatile int mendedPages;
    /** Not 0 in a volume that is only salvaged. */
    private long salvageEndNanos;

    private boolean isSumTrusted = true;

    PageCheck(MainFile main) {
        this.main = main;
    }

    /** For files that are damaged; {@code isTrusted} is false if the sums may be older than their pages. */
    void salvage(boolean isTrusted) {
        salvageEndNanos = Long.MAX_VALUE;
        isSumTrusted = isTrusted;
    }

    boolean isSalvaged() {
        return salvageEndNanos != 0;
    }

    void salvageUntil(long nanoTime) {
        salvageEndNanos = nanoTime;
    }

    /** Pages that were read before count, too: who goes in circles reads nothing else. */
    void endIfTooLong() {
        if (salvageEndNanos != 0 && System.nanoTime() - salvageEndNanos > 0) {
            throw new Salvage.TooLongException();
        }
    }

    /** From now on there is one thread, which writes too. */
    void beginWriting() {
        isWriting = true;
    }

    /** From now on there are readers only. */
    void endWriting(Slice[] slices) {
        isWriting = false;
        forget(slices);
    }

    /** How many pages were found damaged since the opening, and mended. */
    int mendedPages() {
        return mendedPages;
    }

    /** Whether the writer found this page of the file sound in the commit that is under way. */
    boolean isKnown(Slice slice, int index) {
        return isWriting && slice.isChecked(index);
    }

    /**
     * Checks a page of the file.
     *
     * @return null if it is sound or its sum was mended, or what it should be
     * @throws DamagedPageException if it cannot be mended, or not now
     */
    byte[] mended(Slice slice, int number) {
        int index = number % PAGES_PER_SLICE;
        if (!slice.isReadable(index)) {
            throw new DamagedPageException(number);
        }
        if (isSumTrusted && !slice.isSound(index)) {
            return mend(slice, index, number);
        }
        if (isWriting) {
            slice.setChecked(index);
            note(number);
        }
        return null;
    }

    private byte[] mend(Slice slice, int index, int number) {
        byte[] page = new byte[PAGE_BYTES];
        slice.read(index, page);
        boolean isPageMended = isWriting && PageSum.mend(page, slice.sum(index));
        if (!isPageMended) {
            if (!isWriting || !SingleBit.isInSum(PageSum.of(page) ^ slice.sum(index))) {
                throw new DamagedPageException(number);
            }
            main.mendSum(number, PageSum.of(page));
        }
        mendedPages++;
        LOG.warn(
                "A bit of page {} of the file of documents was wrong; it was found by the page's checksum and mended.",
                number);
        return isPageMended ? page : null;
    }

    private void note(int number) {
        if (checkedCount == checkedNumbers.length) {
            checkedNumbers = Arrays.copyOf(checkedNumbers, checkedCount * 2);
        }
        checkedNumbers[checkedCount++] = number;
    }

    /** After a commit: what the writer found sound may rot from now on. */
    void forget(Slice[] slices) {
        for (int index = 0; index < checkedCount; index++) {
            int number = checkedNumbers[index];
            slices[number / PAGES_PER_SLICE].uncheck(number % PAGES_PER_SLICE);
        }
        checkedCount = 0;
    }
}
