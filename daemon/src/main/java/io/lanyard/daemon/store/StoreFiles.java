package io.lanyard.daemon.store;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of the files of one generation of a store. Each compaction makes a new generation, since a mapped file can
 * be neither shortened nor replaced everywhere.
 *
 * @param generation its number, 0 for a store that was never compacted
 */
record StoreFiles(long generation) {
    static final StoreFiles FIRST = new StoreFiles(0);

    private static final Pattern NAMES = Pattern.compile("documents(?:-(\\d{1,18}))?|journal(?:-(\\d{1,18}))?-[01]");

    /** The file of pages. */
    String main() {
        return "documents" + suffix();
    }

    /** One of the two files of the redo journal, 0 or 1. */
    String journal(int segment) {
        return "journal" + suffix() + "-" + segment;
    }

    private String suffix() {
        return generation == 0 ? "" : "-" + generation;
    }

    /** The generation that a file of this name belongs to, if any. */
    static Optional<StoreFiles> of(String name) {
        Matcher matcher = NAMES.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String number = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return Optional.of(number == null ? FIRST : new StoreFiles(Long.parseLong(number)));
    }
}
