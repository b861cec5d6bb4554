package io.lanyard.daemon.store;

import java.util.List;

/** How large a fresh copy of a store would be, found by reading all of it, a slice at a time. */
final class SizeEstimate {
    private static final int ALIGNMENT = 16;

    /** What a value costs beside itself: its place in the file's index, its key's and its share of the tree's nodes. */
    private static final int INDEX_BYTES = 26;

    private static final int SAMPLE = 2_048;
    private static final long FIXED_BYTES = 6L << 20;

    private final Runnable progress;
    private long bytes;
    private long documents;

    private SizeEstimate(Runnable progress) {
        this.progress = progress;
    }

    /** Returns bytes, journal included. */
    static long of(Trees trees, TreeSlices.Reading reading, Runnable progress) {
        SizeEstimate estimate = new SizeEstimate(progress);
        new TreeSlices("the documents", trees.documentTree(), reading).forEach((key, value) -> {
            estimate.add(key, value);
            estimate.documents++;
        });
        new TreeSlices("the entries", trees.entryTree(), reading).forEach(estimate::add);
        new TreeSlices("the conflict journal", trees.conflictTree(), reading).forEach(estimate::add);
        List<ArrivalIndex.Raw> sample = reading.read(
                "the arrival index", () -> trees.arrivalIndex().rawAfter(trees.lastArrival() - SAMPLE, SAMPLE));
        long sampled = sample.stream().mapToLong(raw -> raw.value().length + 5L).sum();
        estimate.bytes += sample.isEmpty() ? 0 : estimate.documents * sampled / sample.size();
        return FIXED_BYTES + estimate.bytes + estimate.bytes / 200;
    }

    private void add(byte[] key, byte[] value) {
        progress.run();
        bytes += (value.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + key.length + INDEX_BYTES;
    }
}
