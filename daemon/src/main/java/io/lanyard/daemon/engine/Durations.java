package io.lanyard.daemon.engine;

/** Lengths of time for people. */
final class Durations {

    private static final String[] UNITS = {"d", "h", "min", "s"};
    private static final long[] SECONDS = {86_400, 3_600, 60, 1};

    private Durations() {}

    /** Returns the two largest units of a length of time, such as {@code 5 min 12 s}. */
    static String inWords(long millis) {
        long rest = millis / 1_000;
        for (int unit = 0; unit < UNITS.length; unit++) {
            long count = rest / SECONDS[unit];
            if (count > 0) {
                boolean isLast = unit == UNITS.length - 1;
                long lesser = isLast ? 0 : rest % SECONDS[unit] / SECONDS[unit + 1];
                return count + " " + UNITS[unit] + (lesser == 0 ? "" : " " + lesser + " " + UNITS[unit + 1]);
            }
        }
        return "0 s";
    }
}
