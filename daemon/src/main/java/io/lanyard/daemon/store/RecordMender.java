package io.lanyard.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends journal records of which one bit is wrong.
 *
 * <p>Where records end, a damaged one looks like one that was being written when the power went, which has to be passed
 * over. It is damaged, and not torn, if a whole one follows, or if its pages are in the main file ({@link WasWhole}):
 * they get there only after it was forced. A wrong bit in its first bytes is mended in any case, since there are so few places for it that a
 * torn record cannot look so by chance.
 */
final class RecordMender {
    private static final Logger LOG = LoggerFactory.getLogger(RecordMender.class);

    /** Magic, number of pages and counter: without them nothing can be told of the rest. */
    private static final int FRONT_BYTES = 16;

    private final JournalSegment segment;

    RecordMender(JournalSegment segment) {
        this.segment = segment;
    }

    /**
     * Mends the record at this place.
     *
     * @param counter what it must count
     * @param isDamaged whether it is known that it was whole once
     * @return whether it is whole now; the file was not changed if it is not
     */
    boolean mend(long position, long counter, boolean isDamaged) throws IOException {
        boolean isMended = mendFront(position, counter) || isDamaged && mendRest(position, counter);
        if (isMended) {
            LOG.warn(
                    "A bit of {} at byte {} was wrong; it was found by the record's checksum and mended.",
                    segment.name(),
                    position);
        }
        return isMended;
    }

    private boolean mendFront(long position, long counter) throws IOException {
        ByteBuffer front = segment.readFront(position);
        for (int bit = 0; bit < FRONT_BYTES * Byte.SIZE && front != null; bit++) {
            byte before = front.get(bit / Byte.SIZE);
            front.put(bit / Byte.SIZE, (byte) (before ^ 1 << bit % Byte.SIZE));
            JournalSegment.Entry claim = segment.claimIn(front, position);
            if (claim != null && claim.counter() == counter && isWholeWith(position, bit, counter)) {
                return true;
            }
            front.put(bit / Byte.SIZE, before);
        }
        return false;
    }

    private boolean mendRest(long position, long counter) throws IOException {
        JournalSegment.Entry claim = segment.claimAt(position);
        if (claim == null) {
            return false;
        }
        long bytes = segment.checkedBytes(claim);
        int difference = segment.difference(claim);
        long bit = SingleBit.isInSum(difference)
                ? (bytes << 3) + placeInSum(difference)
                : SingleBit.find(difference, bytes);
        return bit >= 0 && isWholeWith(position, bit, counter);
    }

    /** Sums lie highest byte first. */
    private static int placeInSum(int difference) {
        int bit = Integer.numberOfTrailingZeros(difference);
        return (Integer.BYTES - 1 - bit / Byte.SIZE) * Byte.SIZE + bit % Byte.SIZE;
    }

    private boolean isWholeWith(long position, long bit, long counter) throws IOException {
        segment.flip(position, bit);
        JournalSegment.Entry entry = segment.claimAt(position);
        if (entry != null && entry.counter() == counter && segment.entryAt(position) != null) {
            return true;
        }
        segment.flip(position, bit);
        return false;
    }

    /** Whether a record that is not whole was whole once. */
    enum WasWhole {
        NO_SIGN,
        LIKELY,
        SURE
    }

    /**
     * Whether the pages of what seems to be a record of this counter are in the main file. It is sure if one of them is
     * there that no other record holds, since the main file has what its sum says then. It is likely if all are there
     * but one, although they should be newer than what is torn can be.
     *
     * @param whole the whole records before it, by segment
     */
    WasWhole wasWhole(long position, long counter, MainFile main, Map<JournalSegment, List<JournalSegment.Entry>> whole)
            throws IOException {
        JournalSegment.Entry claim = segment.claimAt(position);
        if (claim == null || claim.counter() != counter) {
            return WasWhole.NO_SIGN;
        }
        Map<Integer, Integer> newest = newestSums(whole);
        PageChanges claimed = segment.read(claim);
        byte[] present = new byte[PageChanges.PAGE_BYTES];
        int inPlace = 0;
        boolean isNewer = false;
        for (int index = 0; index < claimed.count(); index++) {
            int number = claimed.number(index);
            if (number < 0 || (long) number << PageChanges.PAGE_SHIFT >= main.length()) {
                continue;
            }
            main.read(number, ByteBuffer.wrap(present));
            if (!Arrays.equals(present, claimed.content(index))) {
                continue;
            }
            inPlace++;
            int sum = PageSum.of(present);
            if (sum != newest.getOrDefault(number, main.sum(number))) {
                if (!newest.containsKey(number)) {
                    return WasWhole.SURE;
                }
                isNewer = true;
            }
        }
        return isNewer && inPlace >= claimed.count() - 1 ? WasWhole.LIKELY : WasWhole.NO_SIGN;
    }

    private static Map<Integer, Integer> newestSums(Map<JournalSegment, List<JournalSegment.Entry>> whole)
            throws IOException {
        Map<Integer, Integer> sums = new HashMap<>();
        Map<Integer, Long> counters = new HashMap<>();
        for (Map.Entry<JournalSegment, List<JournalSegment.Entry>> records : whole.entrySet()) {
            for (JournalSegment.Entry record : records.getValue()) {
                PageChanges changes = records.getKey().read(record);
                for (int index = 0; index < changes.count(); index++) {
                    if (counters.merge(changes.number(index), record.counter(), Math::max) == record.counter()) {
                        sums.put(changes.number(index), PageSum.of(changes.content(index)));
                    }
                }
            }
        }
        return sums;
    }
}
