package io.lanyard.daemon.api.feed;

import io.lanyard.daemon.api.feed.FeedPlace.Stretch;
import io.lanyard.daemon.node.Told;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a reader of the change feed was told since it knew everything last, worked out from when it read what instead of
 * being kept.
 *
 * <p>The reader passes the feed in stretches, each read when the feed ended at some tail. A document that stood at a
 * number in a stretch was there, and told, if it moved on to a number after that tail only; if it moved on before, the
 * reader did not see it. So a stretch costs two numbers, however many documents are in it.
 *
 * <p>Bounded: of very many stretches, the oldest become one. Of what moved on between the tail of the first of them and
 * that of the last it is not known whether the reader saw it. Not thread-safe.
 */
final class FeedMemory implements Told {

    private static final int MAX_STRETCHES = 1_024;
    private static final int FIRST_CAPACITY = 2;

    private long fully;
    private long[] ends = new long[FIRST_CAPACITY];
    private long[] tails = new long[FIRST_CAPACITY];
    private int count;

    /** The tail of the first stretch, also when that became one with others. */
    private long begun = Long.MAX_VALUE;

    FeedMemory(FeedPlace place) {
        fully = place.fully();
        if (!place.isFull()) {
            place.stretches().forEach(stretch -> pass(stretch.end(), stretch.tail()));
            begun = place.begun();
        }
    }

    /** Notes that the reader passed everything up to {@code number}, in a stretch that was read with this tail. */
    void pass(long number, long tail) {
        if (count > 0 && tails[count - 1] == tail) {
            ends[count - 1] = number;
            return;
        }
        if (number == (count == 0 ? fully : ends[count - 1])) {
            return;
        }
        if (count == 0) {
            begun = tail;
        }
        if (count == MAX_STRETCHES) {
            count--;
            System.arraycopy(ends, 1, ends, 0, count);
            System.arraycopy(tails, 1, tails, 0, count);
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
            tails = Arrays.copyOf(tails, 2 * count);
        }
        ends[count] = number;
        tails[count] = tail;
        count++;
    }

    /** Notes that the reader knows every document as it was when the feed ended at {@code number}. */
    void complete(long number) {
        fully = number;
        count = 0;
        begun = Long.MAX_VALUE;
        if (ends.length > FIRST_CAPACITY) {
            ends = new long[FIRST_CAPACITY];
            tails = new long[FIRST_CAPACITY];
        }
    }

    /** Returns the stretches as a place can hold them: of too many, the oldest become one. */
    List<Stretch> stretches() {
        List<Stretch> stretches = new ArrayList<>();
        for (int i = Math.max(0, count - FeedPlace.MAX_STRETCHES); i < count; i++) {
            stretches.add(new Stretch(ends[i], tails[i]));
        }
        return stretches;
    }

    @Override
    public boolean has(long number, long successor) {
        if (number <= fully) {
            return true;
        }
        int stretch = stretchOf(number);
        return stretch < count && successor > tails[stretch];
    }

    @Override
    public boolean isUnsure(long number, long successor) {
        if (number <= fully || successor <= begun) {
            return false;
        }
        int stretch = stretchOf(number);
        return stretch == 0 && count > 0 && successor <= tails[0];
    }

    private int stretchOf(long number) {
        int found = Arrays.binarySearch(ends, 0, count, number);
        return found < 0 ? -found - 1 : found;
    }

    @Override
    public long fully() {
        return fully;
    }

    @Override
    public long begun() {
        return begun;
    }
}
