package io.lanyard.daemon.store;

import static io.lanyard.daemon.engine.SalvageReport.MAX_NAMES;

import io.lanyard.daemon.engine.SalvageReport;
import io.lanyard.daemon.engine.Store.DamagedException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Collects what a salvage had to leave out. Not thread-safe. */
final class SalvageLosses implements StoreCopy.Losses {
    private static final String DOCUMENT = "document ";

    private final Set<String> documents = new TreeSet<>();
    private final Set<String> others = new TreeSet<>();
    private long documentCount;
    private boolean isEverythingLost;

    @Override
    public void damaged(String what) {
        if (!what.startsWith(DOCUMENT)) {
            add(others, what);
            return;
        }
        documentCount++;
        add(documents, what.substring(DOCUMENT.length()));
    }

    @Override
    public boolean areLeftOut() {
        return true;
    }

    @Override
    public void missing(String what, DamagedException cause) {
        add(others, what);
    }

    private static void add(Set<String> names, String name) {
        if (names.size() < MAX_NAMES) {
            names.add(name);
        }
    }

    /** Another attempt begins. */
    void forget() {
        documents.clear();
        others.clear();
        documentCount = 0;
    }

    void everything() {
        isEverythingLost = true;
    }

    /** The content of the entry that tells of it: names of documents, one a line. */
    byte[] encode() {
        return String.join("\n", documents).getBytes(StandardCharsets.US_ASCII);
    }

    SalvageReport report(String why, long atMillis, String movedTo) {
        return isEverythingLost
                ? new SalvageReport(why, atMillis, movedTo, 0, List.of(), List.of(), true)
                : new SalvageReport(
                        why, atMillis, movedTo, documentCount, List.copyOf(documents), List.copyOf(others), false);
    }
}
