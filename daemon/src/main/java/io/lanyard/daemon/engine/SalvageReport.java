package io.lanyard.daemon.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a store that was damaged.
 *
 * @param why what was damaged, in words
 * @param atMillis when it was found, milliseconds since 1970
 * @param movedTo where the damaged files are now
 * @param lostDocuments how many documents are known to be lost
 * @param firstLost the names of some of them, such as {@code contact/anna}, at most {@value #MAX_NAMES}
 * @param otherLosses what else was lost, in words
 * @param isEverythingLost whether nothing at all could be read
 */
public record SalvageReport(
        String why,
        long atMillis,
        String movedTo,
        long lostDocuments,
        List<String> firstLost,
        List<String> otherLosses,
        boolean isEverythingLost) {

    /** How many names are kept at most. */
    public static final int MAX_NAMES = 100;

    private static final int SHOWN_NAMES = 5;

    /** Where a store keeps the report of the last time. */
    public static final String ENTRY = "salvage";

    /** Returns the bytes by which a store keeps it. */
    public byte[] encode() {
        List<String> lines = new ArrayList<>(List.of(
                why.replace('\n', ' '),
                Long.toString(atMillis),
                movedTo.replace('\n', ' '),
                Long.toString(lostDocuments),
                Boolean.toString(isEverythingLost),
                Integer.toString(firstLost.size())));
        lines.addAll(firstLost);
        lines.addAll(otherLosses);
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what {@link #encode} wrote. */
    public static SalvageReport decode(byte[] bytes) {
        List<String> lines = List.of(new String(bytes, StandardCharsets.UTF_8).split("\n", -1));
        int namesEnd = 6 + Integer.parseInt(lines.get(5));
        return new SalvageReport(
                lines.get(0),
                Long.parseLong(lines.get(1)),
                lines.get(2),
                Long.parseLong(lines.get(3)),
                lines.subList(6, namesEnd),
                lines.subList(namesEnd, lines.size()),
                Boolean.parseBoolean(lines.get(4)));
    }

    /** Says it in words for people. */
    public String sentence() {
        StringBuilder text =
                new StringBuilder("The store was damaged (" + why + "). Its files are now in " + movedTo + ".");
        if (isEverythingLost) {
            text.append(" Nothing of it could be read, so it began empty.");
        } else {
            text.append(
                    lostDocuments == 0
                            ? " Every document that is known of could be read."
                            : " " + lostDocuments + (lostDocuments == 1 ? " document" : " documents")
                                    + " could not be read: "
                                    + String.join(", ", firstLost.subList(0, Math.min(SHOWN_NAMES, firstLost.size())))
                                    + (lostDocuments > SHOWN_NAMES ? ", …" : "") + ".");
            otherLosses.forEach(
                    loss -> text.append(" Lost besides: ").append(loss).append('.'));
        }
        return text.append(" What is missing comes from the first peer that is met.")
                .toString();
    }
}
