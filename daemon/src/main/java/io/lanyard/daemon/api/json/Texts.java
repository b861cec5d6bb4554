package io.lanyard.daemon.api.json;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** Texts as the API writes them. */
public final class Texts {

    private static final int MAX_QUOTED = 120;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Texts() {}

    /** Returns milliseconds since 1970 in ISO 8601, UTC, always with milliseconds. */
    public static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    /** Returns whether {@code text} is a time in ISO 8601 with its offset from UTC. */
    public static boolean isTime(String text) {
        return instantOf(text) != null;
    }

    /** Returns such a time as milliseconds since 1970. */
    public static long millis(String time) {
        return instantOf(time).toEpochMilli();
    }

    private static Instant instantOf(String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    /** Returns the same, or {@code null} for 0, which stands for never. */
    public static String timeOrNull(long millis) {
        return millis == 0 ? null : time(millis);
    }

    /** Returns {@code text}, or {@code null} if it is empty. */
    public static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** Returns a caller's text short enough for an error message. */
    public static String shortened(String text) {
        if (text.length() <= MAX_QUOTED) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MAX_QUOTED - 1)) ? MAX_QUOTED - 1 : MAX_QUOTED;
        return text.substring(0, end) + "…";
    }
}
