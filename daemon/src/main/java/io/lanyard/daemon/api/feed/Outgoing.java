package io.lanyard.daemon.api.feed;

import java.util.List;

/**
 * A message for one reader. In the middle of it may stand a text that many readers are told at the same time, and that
 * is in memory once.
 *
 * @param intro what comes first
 * @param shared what others are told too
 * @param own the rest
 * @param isBare whether it is a bare string instead of JSON
 */
record Outgoing(String intro, String shared, String own, boolean isBare) {

    /** Makes a message without anything before the shared part. */
    Outgoing(String shared, String own) {
        this("", shared, own, false);
    }

    /** Makes a message for one reader alone. */
    static Outgoing of(String text) {
        return new Outgoing("", "", text, false);
    }

    /** Makes a message of a string that is no JSON. */
    static Outgoing bare(String text) {
        return new Outgoing("", "", text, true);
    }

    /** Returns the whole. */
    String text() {
        return intro.isEmpty() && shared.isEmpty() ? own : intro + shared + own;
    }

    /** Returns how many characters it has. */
    int length() {
        return intro.length() + shared.length() + own.length();
    }

    /**
     * Returns a part of about {@code length} characters that does not end between the halves of a surrogate pair; it may
     * be shorter, but not empty before the end.
     */
    String part(int from, int length) {
        int begin = from;
        for (String text : List.of(intro, shared, own)) {
            if (begin < text.length()) {
                int end = Math.min(text.length(), begin + length);
                boolean isSplitting = end < text.length() && Character.isHighSurrogate(text.charAt(end - 1));
                return text.substring(begin, isSplitting ? end + 1 : end);
            }
            begin -= text.length();
        }
        return "";
    }
}
