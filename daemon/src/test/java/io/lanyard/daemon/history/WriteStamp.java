package io.lanyard.daemon.history;

import java.time.Instant;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stamp as a program reads it from the header {@code Lanyard-Stamp}, in the order in which writes win.
 *
 * @param millis the wall-clock part
 * @param counter what orders writes within a millisecond
 * @param replica the tie-break, 16 hexadecimal digits
 */
public record WriteStamp(long millis, int counter, String replica) implements Comparable<WriteStamp> {

    /** Older than every stamp there is. */
    public static final WriteStamp OLDEST = new WriteStamp(0, 0, "");

    /** Newer than every stamp there is. */
    public static final WriteStamp NEWEST = new WriteStamp(Long.MAX_VALUE, 0, "");

    private static final Pattern FORM = Pattern.compile("(.+Z)\\.([0-9]+)@([0-9a-f]{16})");
    private static final Comparator<WriteStamp> ORDER = Comparator.comparingLong(WriteStamp::millis)
            .thenComparingInt(WriteStamp::counter)
            .thenComparing(WriteStamp::replica);

    /** Returns the stamp that a header holds. */
    public static WriteStamp parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a stamp: " + text);
        }
        return new WriteStamp(
                Instant.parse(matcher.group(1)).toEpochMilli(), Integer.parseInt(matcher.group(2)), matcher.group(3));
    }

    @Override
    public int compareTo(WriteStamp other) {
        return ORDER.compare(this, other);
    }
}
