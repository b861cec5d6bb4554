package io.lanyard.daemon.api.route;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * Makes document ids that sort by the time of their making: UUID version 7 (RFC 9562), lower-case, with the 12 bits
 * after the milliseconds as a counter (its method 1). Any thread.
 */
final class TimeOrderedId {

    private static final int MAX_COUNTER = 0xFFF;

    private final RandomGenerator random;
    private long lastMillis;
    private int counter;

    TimeOrderedId() {
        this(new SecureRandom());
    }

    /** Makes a source of ids that draws from {@code random}. */
    TimeOrderedId(RandomGenerator random) {
        this.random = random;
    }

    /** Returns a new id, greater than all before it, even if the clock steps back. */
    synchronized String next(long nowMillis) {
        if (nowMillis > lastMillis) {
            lastMillis = nowMillis;
            counter = random.nextInt(MAX_COUNTER / 2);
        } else if (counter < MAX_COUNTER) {
            counter++;
        } else {
            lastMillis++;
            counter = 0;
        }
        long high = lastMillis << 16 | 0x7000 | counter;
        long low = random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L;
        String digits = String.format("%016x%016x", high, low);
        return String.join(
                "-",
                digits.substring(0, 8),
                digits.substring(8, 12),
                digits.substring(12, 16),
                digits.substring(16, 20),
                digits.substring(20));
    }
}
