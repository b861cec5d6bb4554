package io.lanyard.daemon.node;

import java.util.concurrent.TimeUnit;

/**
 * How much of the past is kept. What was deleted or overwritten lives on in it, so it can be turned off.
 *
 * @param changesPerDocument how many changes of each document, 0 for no history at all
 * @param maxAgeMillis how old they may get
 * @param maxBytes about how much they may take together
 */
public record HistoryLimits(int changesPerDocument, long maxAgeMillis, long maxBytes) {

    /** The most that can be kept of a document. */
    public static final int MAX_CHANGES_PER_DOCUMENT = 100;

    /** What is kept unless somebody says otherwise: ten changes of each document, thirty days, 64 MiB. */
    public static final HistoryLimits USUAL = of(10);

    /** Checks the number. */
    public HistoryLimits {
        if (changesPerDocument < 0 || changesPerDocument > MAX_CHANGES_PER_DOCUMENT) {
            throw new IllegalArgumentException("not between 0 and " + MAX_CHANGES_PER_DOCUMENT);
        }
    }

    /** Returns the usual limits with another number of changes. */
    public static HistoryLimits of(int changesPerDocument) {
        return new HistoryLimits(changesPerDocument, TimeUnit.DAYS.toMillis(30), 64L << 20);
    }

    /** Returns whether nothing is kept. */
    boolean isOff() {
        return changesPerDocument == 0;
    }
}
