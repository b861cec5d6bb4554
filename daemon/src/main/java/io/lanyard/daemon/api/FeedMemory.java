package io.lanyard.daemon.api;

import io.lanyard.daemon.node.Told;
import java.util.Arrays;

/**
 * What a reader of the change feed was told since it knew everything last, worked out from when it read what instead of
 * being kept.
 *
 * <p>The reader passes the feed in stretches, each read when the feed ended at some tail. A document that stood at a
 * number in a stretch was there, and told, if it moved on to a number after that tail only; if it moved on before, the
 * reader did not see it. So a stretch costs two numbers, however many documents are in it.
 *
 * <p>Bounded: of very many stretches, two become one with the later tail. By that the reader can only be taken to know
 * less than it does. Not thread-safe.
 */
final class FeedMemory implements Told {

    private static final int MAX_STRETCHES = 1_024;
    private static final int FIRST_CAPACITY = 2;

    private long fully;
    private long[] ends = new long[FIRST_CAPACITY];
    private long[] tails = new long[FIRST_CAPACITY];
    private int count;

    FeedMemory(FeedPlace place) {
        fully = place.fully();
        if (!place.isFull()) {
            pass(place.position().number(), place.tail());
        }
    }

    /** Notes that the reader passed everything up to {@code number}, in a stretch that was read with this tail. */
    void pass(long number, long tail) {
        if (count > 0 && tails[count - 1] == tail) {
            ends[count - 1] = number;
            return;
        }
        if (count == MAX_STRETCHES) {
            halve();
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
        if (ends.length > FIRST_CAPACITY) {
            ends = new long[FIRST_CAPACITY];
            tails = new long[FIRST_CAPACITY];
        }
    }

    /** Returns the newest tail of the stretches. */
    long tail() {
        return count == 0 ? fully : tails[count - 1];
    }

    @Override
    public boolean has(long number, long successor) {
        if (number <= fully) {
            return true;
        }
        int found = Arrays.binarySearch(ends, 0, count, number);
        int stretch = found < 0 ? -found - 1 : found;
        return stretch < count && successor > tails[stretch];
    }

    @Override
    public long fully() {
        return fully;
    }

    @Override
    public long begun() {
        return count == 0 ? Long.MAX_VALUE : tails[0];
    }

    private void halve() {
        for (int i = 0; i < count / 2; i++) {
            ends[i] = ends[2 * i + 1];
            tails[i] = Math.max(tails[2 * i], tails[2 * i + 1]);
        }
        count /= 2;
    }
}
